//! The way to a tenant: which are configured, and a client of each.

use std::sync::Arc;

use super::error::SetupError;
use crate::auth::{self, Host, HttpClients};
use crate::cli;
use crate::config::{self, Configured, Loaded, Tenant};
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::record::Recorder;
use crate::world::World;

/// What the file or the flags say.
pub(super) fn configured(global: &cli::Global, world: &World) -> Result<Configured, SetupError> {
    match config::load(&global.into(), &world.env)? {
        Loaded::Configured(configured) => Ok(*configured),
        Loaded::Sandbox => {
            Err(SetupError::usage("the sandbox has nothing to set up", "select a configured tenant with --tenant NAME"))
        }
    }
}

/// The traffic log of `--record`.
pub(super) fn recorder(global: &cli::Global) -> Result<Option<Arc<Recorder>>, SetupError> {
    let Some(path) = &global.record else { return Ok(None) };
    let shown = path.display();
    let recorder = Recorder::create(path).map_err(|error| {
        let message = format!("--record {shown} can't be written: {error}");
        SetupError::usage(message, "give a new file, in a folder that exists")
    })?;
    Ok(Some(Arc::new(recorder)))
}

/// A client of a tenant, by its own credential.
pub(super) fn client(tenant: &Tenant, world: &World, recorder: Option<Arc<Recorder>>) -> Result<Client, GraphError> {
    let clients = HttpClients::for_tenant(tenant)?;
    let tokens = auth::access_tokens(tenant, &clients, Host::of(world))?;
    Ok(Client::new(tenant, clients.graph.clone(), tokens, &tenant.limits).recorded(recorder))
}

/// The cloud's name in Microsoft Graph PowerShell.
pub(super) fn environment(tenant: &Tenant) -> Result<&'static str, SetupError> {
    let name = tenant.cloud.meant(&tenant.endpoints).and_then(crate::cloud::CloudName::powershell_name);
    name.ok_or_else(|| {
        let message = format!("PowerShell does not know the cloud of the tenant {}", tenant.name);
        SetupError::usage(message, "a script is for commercial, usgov and usgov-dod; leave out --powershell")
    })
}
