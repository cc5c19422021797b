//! `setup`: scripts that parse and stay what they are, plans, and changes that are made once.

mod connect_rule;
mod permissions;
pub mod powershell;
mod sandbox;
mod tenant;

use tokio::sync::watch;
use xcsync::sandbox::{Exchange, Sandbox};
use xcsync::world::Environment;

use crate::context::{Ended, Tenant, run_line};

/// `xcsync setup` with these arguments, in a folder without a configuration.
async fn call(arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_string_lossy();
    let env = Environment::default().with("HOME", &home).with("APPDATA", &home).with("ProgramData", &home);
    let line = ["xcsync", "setup"].iter().chain(arguments).map(Into::into);
    run_line(line, &env, xcsync::sandbox::monday(), watch::channel(0).1).await
}

/// `xcsync setup` with the configuration of a tenant.
async fn set_up(tenant: &Tenant, arguments: &[&str]) -> Ended {
    let config = tenant.config();
    let line = ["xcsync".into(), "--config".into(), config.into_os_string(), "setup".into()];
    let line = line.into_iter().chain(arguments.iter().map(Into::into));
    run_line(line, &tenant.environment(), tenant.graph.now(), watch::channel(0).1).await
}

/// The requests that reached an emulator and would change something.
fn writes(graph: &Sandbox) -> Vec<Exchange> {
    graph.traffic().into_iter().filter(|exchange| exchange.method != "GET").collect()
}

/// Setting and result of every change.
fn changes(ended: &Ended) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let report = ended.json();
    let changes = report["changes"].as_array().unwrap_or_else(|| panic!("{report:#}"));
    changes.iter().map(|change| (text(&change["setting"]), text(&change["result"]))).collect()
}
