//! What is kept of a run: intents before they leave, outcomes after the answer.
//!
//! This version keeps nothing on disk: every run behaves as with `--no-state`. The steps are those of a run
//! that does, so that nothing can be posted without an [`Intended`].

use crate::directory::TenantId;
use crate::plan::{ApprovedItem, Item};

/// The ledger of one tenant's run.
#[derive(Debug)]
pub struct Ledger {
    tenant: TenantId,
}

/// One person whose invitation is about to leave. The only thing that can be posted; not `Clone`.
#[derive(Debug)]
#[must_use = "an intent is either posted or given back as not attempted"]
pub struct Intended {
    item: ApprovedItem,
    tenant: TenantId,
}

impl Ledger {
    /// A run without a ledger.
    pub fn without_state(tenant: TenantId) -> Self {
        Self { tenant }
    }

    /// Notes that a person is about to be sent an invitation.
    pub fn intend(&mut self, item: ApprovedItem) -> Intended {
        Intended { item, tenant: self.tenant }
    }
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
