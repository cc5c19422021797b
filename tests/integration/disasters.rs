//! What a host does to the ledger: before the run, during it, and what is said then.
//!
//! The promise is one for all: code 1 before the next invitation leaves, in words that say what failed, what was not done
//! and what to do; what was sent is in the report; and once the host is mended, the next runs make everything good.

mod files;
#[cfg(unix)]
mod folders;
#[cfg(unix)]
mod full_disk;
#[cfg(unix)]
mod replaced;

use std::process::Command;

use serde_json::Value;

use crate::context::{Tenant, ended, reported};
use crate::crashes::Scene;

/// A tenant with new people whose ledger knows others.
async fn known() -> Tenant {
    Scene::crowd(2).await.set_up().await
}

/// A run that ends with code 1 for its ledger, before anything is sent to anyone, and says so in full.
async fn refused(tenant: &Tenant, command: Command, code: &str) -> Value {
    let output = ended(command).await;
    let run = reported(&output);
    assert_eq!((&run["exit_code"], &run["error"]["code"]), (&1.into(), &code.into()), "{run:#}");
    let message = run["error"]["message"].as_str().unwrap();
    assert!(message.contains("xcsync.db") && message.contains("nothing was sent to anyone"), "{message}");
    assert!(run["error"]["hint"].as_str().is_some_and(|hint| hint.len() > 20), "{run:#}");
    assert_eq!((&run["outcomes"], tenant.posts().len()), (&serde_json::json!([]), 0), "{run:#}");
    run
}

/// What a dry run says of the ledger that it could not read; it plans all the same.
async fn planned_without(command: Command) -> String {
    let run = reported(&ended(command).await);
    assert_eq!((&run["exit_code"], &run["window"]["kind"]), (&0.into(), &"first".into()), "{run:#}");
    let mut warnings = run["warnings"].as_array().unwrap().iter().filter_map(Value::as_str);
    let warning = warnings.find(|warning| warning.contains("planned as if there were none"));
    warning.unwrap_or_else(|| panic!("not a word of the ledger: {run:#}")).to_owned()
}

/// A dry run that reads the ledger and has nothing to say of it.
async fn planned_with(command: Command) {
    let run = reported(&ended(command).await);
    assert_eq!((&run["exit_code"], &run["window"]["kind"]), (&0.into(), &"incremental".into()), "{run:#}");
    assert!(!run["warnings"].to_string().contains("ledger"), "{run:#}");
}
