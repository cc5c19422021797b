//! `xcsync explain`: pasted texts find the entry that is meant, and the catalogue has all that is promised.

mod facts;
mod pasted;
mod promised;
mod specified;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use xcsync::world::Environment;

use crate::context::{Ended, run_line};

/// `xcsync explain` and these arguments, with an empty environment.
async fn explain(arguments: &[&str]) -> Ended {
    let now: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
    let line = ["xcsync", "explain"].iter().chain(arguments).map(Into::into);
    run_line(line, &Environment::default(), now, watch::channel(0).1).await
}

/// The codes that a text finds, the best first, and how.
async fn found(text: &str) -> (Vec<String>, String) {
    let ended = explain(&["-o", "json", "--", text]).await;
    let json = ended.json();
    assert_eq!(json["schema"], "xcsync.explain/1");
    assert_eq!(json["exit_code"], ended.exit, "{json:#}");
    let codes = json["entries"].as_array().unwrap().iter().map(|entry| entry["code"].as_str().unwrap().to_owned());
    (codes.collect(), json["fit"].as_str().unwrap_or_default().to_owned())
}
