//! The metrics file, after the runs of a call.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::config::{Config, State, Tenant};
use crate::ledger::{LedgerError, LedgerView, known_people, past_runs};
use crate::metrics::{self, Figures};
use crate::report::RunReport;
use crate::selection::Scope;
use crate::status;

/// Writes the file of every tenant that invites, also of those that this call left alone, since it is written whole.
///
/// A file that can't be written is a warning: what was sent is sent.
pub(super) async fn write(file: &Path, config: &Config, runs: &mut [RunReport], now: DateTime<Utc>) {
    let mut known = Vec::new();
    for tenant in &config.tenants {
        match of(&config.state, tenant, now).await {
            Ok(figures) => known.extend(figures),
            // The run has said it already; without samples the monitor sees that something is missing.
            Err(error) => tracing::debug!(tenant = tenant.name, %error, "the ledger tells no metrics"),
        }
    }
    if let Err(error) = metrics::write(file, &metrics::render(&known)) {
        tracing::warn!(%error, "the metrics were not written");
        for run in runs {
            run.warnings.push(error.to_string());
        }
    }
}

/// What there is to tell of a tenant; nothing of one where nobody is invited, or where no run was yet.
async fn of(state: &State, tenant: &Tenant, now: DateTime<Utc>) -> Result<Option<Figures>, LedgerError> {
    let Some(scope) = tenant.invite.as_ref().map(Scope::new) else { return Ok(None) };
    let Some(view) = LedgerView::open(state, tenant.tenant_id).await? else { return Ok(None) };
    let known = known_people(&view, false).await?;
    let people = status::by_ledger(&known.people, &scope, now);
    // The newest may be under way in another process.
    let runs = past_runs(&view, &[tenant.tenant_id], 2).await?;
    Ok(Some(Figures {
        tenant: tenant.name.clone(),
        cloud: tenant.cloud.name(),
        last_run: runs.into_iter().find(|run| run.has_ended).map(|run| run.report),
        complete_until: view.standing().await?.watermark,
        people: status::State::ALL.map(|state| (state, status::count(&people, known.accepted, state))),
        oldest_pending: status::longest_pending(&people),
        is_refusing: view.refusal().await?.is_some(),
    }))
}
