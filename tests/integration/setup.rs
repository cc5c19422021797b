//! `setup`: scripts that parse and stay what they are, plans, and changes that are made once.

mod connect_rule;
mod powershell;

use tokio::sync::watch;
use xcsync::world::Environment;

use crate::context::{Ended, run_line};

/// `xcsync setup` with these arguments, in a folder without a configuration.
async fn call(arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_string_lossy();
    let env = Environment::default().with("HOME", &home).with("APPDATA", &home).with("ProgramData", &home);
    let line = ["xcsync", "setup"].iter().chain(arguments).map(Into::into);
    run_line(line, &env, xcsync::sandbox::monday(), watch::channel(0).1).await
}
