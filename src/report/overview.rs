//! What happened in one tenant over time, as its ledger has it: what the HTML page shows beside where everyone stands.

use chrono::{DateTime, Utc};

use super::PastRun;
use crate::ledger::TenantRefusal;

/// What a ledger knows of one tenant's past.
#[derive(Clone, Debug, Default)]
pub struct Overview {
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

/// One person whom this ledger has invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invited {
    /// When they were first invited.
    pub at: DateTime<Utc>,
    /// When a run first saw that they had accepted.
    pub accepted: Option<DateTime<Utc>>,
}
