//! What a run remembers by: a locked ledger to write in, or one to read only.

use super::Options;
use crate::config::{State, Tenant};
use crate::directory::ObjectId;
use crate::ledger::{Learnt, LedgerError, LedgerView, LockedLedger, Run};
use crate::report::{Mode, RunReport};
use crate::selection::Record;

/// Where runs keep what they learn.
pub(super) enum Keeping {
    /// In the ledger.
    File(State),
    /// `--no-state`: nowhere.
    NoState,
    /// In a ledger that is gone with the run; these records are in it from the start.
    #[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "the sandbox's own"))]
    Temporary(Vec<(ObjectId, String, Record)>),
}

/// The memory of one run.
pub(super) enum Memory {
    /// Of a run that sends.
    Locked(Box<LockedLedger>),
    /// Of a dry run.
    View(LedgerView),
}

/// What is said of a ledger that a dry run can't read.
const WITHOUT: &str = "planned as if there were none";

impl Memory {
    /// Opens it, and for a run that sends locks it; a dry run goes on without a ledger that it can't read, and says so.
    pub(super) async fn open(tenant: &Tenant, options: &Options, report: &mut RunReport) -> Result<Self, LedgerError> {
        let run = Run {
            id: report.run_id,
            tenant: tenant.tenant_id,
            tenant_name: tenant.name.clone(),
            cloud: tenant.cloud.name(),
            started_at: report.started_at,
        };
        let locked = match (&options.keeping, options.mode) {
            (Keeping::File(state), Mode::DryRun) => return view(state, tenant, report).await.map(Self::View),
            (Keeping::File(state), Mode::Apply) => LockedLedger::lock(state, &run).await?,
            (Keeping::NoState, _) => LockedLedger::temporary(&run)?,
            (Keeping::Temporary(records), _) => {
                let ledger = LockedLedger::temporary(&run)?;
                ledger.learn(Learnt { records: records.clone(), ..Learnt::default() }).await?;
                ledger
            }
        };
        Ok(match options.mode {
            Mode::DryRun => Self::View(locked.view().clone()),
            Mode::Apply => Self::Locked(Box::new(locked)),
        })
    }

    /// The half that reads.
    pub(super) fn view(&self) -> &LedgerView {
        match self {
            Self::Locked(ledger) => ledger.view(),
            Self::View(view) => view,
        }
    }

    /// The half that writes; a dry run has none.
    pub(super) fn locked(&self) -> Option<&LockedLedger> {
        match self {
            Self::Locked(ledger) => Some(ledger),
            Self::View(_) => None,
        }
    }

    /// The same, to be told the time.
    pub(super) fn locked_mut(&mut self) -> Option<&mut LockedLedger> {
        match self {
            Self::Locked(ledger) => Some(ledger),
            Self::View(_) => None,
        }
    }
}

async fn view(state: &State, tenant: &Tenant, report: &mut RunReport) -> Result<LedgerView, LedgerError> {
    let opened = LedgerView::open(state, tenant.tenant_id).await;
    match opened {
        Ok(Some(view)) => return Ok(view),
        Ok(None) => {}
        Err(error) => report.warnings.push(format!("{error}: {WITHOUT}; {}", error.hint())),
    }
    LedgerView::empty(tenant.tenant_id)
}
