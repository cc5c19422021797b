//! One tenant as a whole, as its ledger has it: what the HTML page is made of. Plain data, bounded however many people
//! there are.

use chrono::{DateTime, Utc};

use super::{ErrorEntry, PastRun};
use crate::directory::Personal;
use crate::ledger::TenantRefusal;

/// What a ledger knows of one tenant.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// How many people stand where.
    pub standings: Standings,
    /// Who has waited longest with an invitation, the longest first: some of [`Standings::pending`].
    pub waiting: Vec<Waiting>,
    /// Failures that are still open, by cause, the most frequent first.
    pub failures: Vec<Cause>,
    /// People who are held, by reason, the most frequent first.
    pub held: Vec<Cause>,
    /// Everybody whom this ledger has invited, in any order.
    pub invited: Vec<Invited>,
    /// People who have accepted, and not after an invitation of this ledger's.
    pub accepted_otherwise: u64,
    /// The newest runs, newest first.
    pub runs: Vec<PastRun>,
    /// How many runs the ledger has.
    pub all_runs: u64,
    /// The tenant refuses invitations.
    pub refusal: Option<TenantRefusal>,
}

/// How many people stand where; nobody is counted twice. Whoever is gone from the directory is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    /// Invited, and have not accepted yet.
    pub pending: u64,
    /// Have accepted.
    pub accepted: u64,
    /// Their invitation has failed or is in doubt; those who were given up are among them.
    pub failed: u64,
    /// Held for another reason than a failure.
    pub held: u64,
    /// Known, and neither invited nor failed nor held.
    pub others: u64,
}

/// A person, for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The display name.
    pub name: Personal,
    /// The address, where one is known.
    pub address: Option<Personal>,
}

/// Somebody who has not accepted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub who: Named,
    /// Since the first invitation of this ledger's, else since a run first saw them pending.
    pub since: Option<DateTime<Utc>>,
    /// How often this ledger has invited or reminded.
    pub invitations: u32,
    /// The code of the reason of the last decision.
    pub reason: String,
}

/// People whom the same thing stands in the way of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The code: of an error, or of a reason.
    pub code: String,
    /// How many people.
    pub people: u64,
    /// Some of them, those with the oldest failure first.
    pub named: Vec<Named>,
    /// How many of them are tried again.
    pub tried_again: u64,
    /// When the first of them is tried again.
    pub next: Option<DateTime<Utc>>,
    /// What the first of them was told.
    pub error: Option<ErrorEntry>,
}

/// One person whom this ledger has invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invited {
    /// When they were first invited.
    pub at: DateTime<Utc>,
    /// When a run first saw that they had accepted.
    pub accepted: Option<DateTime<Utc>>,
}
