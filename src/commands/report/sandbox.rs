//! `--cloud sandbox`: a page of people who were made up, so that anybody can see one.

use chrono::{DateTime, Utc};

use super::{ReportError, page_tenant};
use crate::commands::sandbox;
use crate::ledger::sample;
use crate::report::PageTenant;

/// The built-in tenant, with half a year of runs.
pub(super) async fn tenants(now: DateTime<Utc>) -> Result<Vec<PageTenant>, ReportError> {
    let Some(tenant) = sandbox::settings() else { return Ok(Vec::new()) };
    let ledger = sample(tenant.tenant_id, now).await?;
    Ok(vec![page_tenant(&tenant, Some(ledger), now).await?])
}
