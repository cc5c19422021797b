//! The memory of the runs: who was invited, what came of it, how far the runs have come. SQLite, in one file.
//!
//! [`LedgerView`] reads and is all that a dry run gets; [`LockedLedger`] writes, and having one is holding the tenant's
//! lock. An intent is on the disk before its invitation leaves, the outcome as soon as it is known. Losing the file loses
//! nobody: the directory tells who is invited, and `--full` or `--since` adopts the others once more.

mod crash;
mod error;
mod file;
mod known;
mod lock;
mod locked;
mod notices;
mod overview;
mod past;
mod place;
mod queue;
mod rows;
#[cfg(feature = "sandbox")]
mod sample;
mod schema;
mod view;

pub use error::LedgerError;
pub use known::{Known, KnownPerson, LastTry, known_people};
pub use locked::{Learnt, LockedLedger, Run};
pub use notices::Notices;
pub use overview::overview;
pub use past::{past_run, past_runs};
#[cfg(feature = "sandbox")]
pub use sample::sample;
pub use view::{LedgerView, TenantRefusal};

use crate::directory::TenantId;
use crate::plan::{ApprovedItem, Item};
use crate::report::{ErrorEntry, OutcomeResult};
use crate::selection::Ending;

/// One person whose invitation is about to leave. The only thing that can be posted; not `Clone`.
#[derive(Debug)]
#[must_use = "an intent without an outcome is left to the next run to settle"]
pub struct Intended {
    item: ApprovedItem,
    tenant: TenantId,
}

impl Intended {
    /// The person.
    pub fn item(&self) -> &Item {
        self.item.item()
    }

    /// The tenant that invites.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }
}

/// What became of an intent.
#[derive(Clone, Debug)]
pub struct Ended {
    /// For reports.
    pub result: OutcomeResult,
    /// The last status.
    pub status: Option<u16>,
    /// Graph's `request-id`.
    pub request_id: Option<String>,
    /// How often it was posted.
    pub tries: u32,
    /// What went wrong.
    pub error: Option<ErrorEntry>,
    /// For later runs.
    pub ending: Ending,
    /// The whole tenant was refused.
    pub refusal: Option<Refusal>,
}

/// An invitation that was refused for the whole tenant.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Microsoft has blocked the tenant.
    pub blocked: bool,
    /// The code in reports.
    pub code: String,
    /// What the service said.
    pub message: String,
}
