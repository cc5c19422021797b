//! The way to a tenant: a client, or a script in its place.

use std::sync::Arc;
use std::time::Duration;

use super::error::SetupError;
use crate::auth::{self, Host, HttpClients};
use crate::config::{Limits, Tenant};
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::record::Recorder;
use crate::world::World;

/// How long a tenant's Graph may fail or throttle: somebody waits for the answer, unlike with a run of the schedule.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client of a tenant, by its own credential.
pub(super) fn client(tenant: &Tenant, world: &World, recorder: Option<Arc<Recorder>>) -> Result<Client, GraphError> {
    let clients = HttpClients::for_tenant(tenant)?;
    let tokens = auth::access_tokens(tenant, &clients, Host::of(world))?;
    let limits = Limits { max_runtime: tenant.limits.max_runtime.min(PATIENCE), ..tenant.limits.clone() };
    Ok(Client::new(tenant, clients.graph.clone(), tokens, &limits).recorded(recorder))
}

/// The cloud's name in Microsoft Graph PowerShell.
pub(super) fn environment(tenant: &Tenant) -> Result<&'static str, SetupError> {
    let name = tenant.cloud.meant(&tenant.endpoints).and_then(crate::cloud::CloudName::powershell_name);
    name.ok_or_else(|| {
        let message = format!("PowerShell does not know the cloud of the tenant {}", tenant.name);
        SetupError::usage(message, "a script is for commercial, usgov and usgov-dod; leave out --powershell")
    })
}

/// `--powershell` beside `--cloud sandbox`.
#[cfg(feature = "sandbox")]
pub(super) fn no_script() -> SetupError {
    let message = "PowerShell can't sign in to the sandbox, which is a cloud of this program alone";
    SetupError::usage(message, "leave out --powershell, or select a configured tenant with --tenant NAME")
}
