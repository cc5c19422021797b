//! `--cloud sandbox`: the built-in tenant, and what earlier runs would have left in the ledger.

use uuid::Uuid;

use super::error::StatusError;
use super::{Looking, Options};
use crate::commands::invite::sandbox::remembered;
use crate::commands::sandbox::{Permissions, Started};
use crate::ledger::{Learnt, LockedLedger, Run};
use crate::report::{Progress, TenantStatus};
use crate::world::World;

/// Starts the tenants, looks, and stops them.
pub(super) async fn status(
    options: &Options,
    world: &mut World,
    progress: &Progress,
) -> Result<TenantStatus, StatusError> {
    let started = Started::with(world, &Permissions { tenant: &["User.Read.All"], home: &[] }).await?;
    let Started { tenant, graph, .. } = &started;
    let run = Run {
        id: Uuid::now_v7(),
        tenant: tenant.tenant_id,
        tenant_name: tenant.name.clone(),
        cloud: tenant.cloud.name(),
        started_at: world.clock.now(),
    };
    let ledger = LockedLedger::temporary(&run)?;
    let records = remembered(graph, world.clock.now());
    ledger.learn(Learnt { records, ..Learnt::default() }).await?;
    let mut status = Looking { tenant, options, world, progress }.at(ledger.view()).await?;
    // That one has filled the ledger alone.
    status.last_run = None;
    Ok(status)
}
