//! Who gets told of a run: by webhook, heartbeat and mail; how often; and that telling holds up and changes nothing.

mod ear;
mod heartbeat;
mod mail;
mod repetition;
mod smtp;
mod waiting;
mod webhook;

use std::path::PathBuf;

use chrono::TimeDelta;
use serde_json::Value;
use xcsync::sandbox::{Action, Canned, Fault, Person, monday};

use crate::context::{Tenant, new_people};
pub use ear::Ear;

/// A secret in a file that only this account may read.
fn secret_file(tenant: &Tenant, name: &str, content: &str) -> PathBuf {
    let path = tenant.folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path
}

/// A tenant that tells a webhook, with one more line for its table.
fn telling(tenant: Tenant, ear: &Ear, on: &str, line: &str) -> Tenant {
    let file = secret_file(&tenant, "webhook-url", &format!("{}/hook?sig=sesame\n", ear.root));
    tenant.set("notify", &format!("[notify]\non = {on:?}\n[notify.webhook]\nurl_file = {file:?}\n{line}"))
}

/// Mail by Graph, to a team and to whoever is on call.
fn mailing(tenant: Tenant, on: &str) -> Tenant {
    let lines = format!(
        "[notify]\non = {on:?}\n[notify.mail]\nfrom = \"xcsync@fabrikam.us\"\nto = [\"team@fabrikam.us\"]\n\
         problems_to = [\"oncall@fabrikam.us\", \"TEAM@fabrikam.us\"]"
    );
    let mailbox = Person::synced(900, "xcsync@fabrikam.us").user_principal_name("xcsync@fabrikam.us");
    tenant.graph.edit(|graph| graph.people.extend([mailbox.clone()]));
    tenant.set("notify", &lines)
}

/// Somebody whom the service refuses.
fn refused(n: u32) -> (Person, Fault) {
    let address = format!("refused{n}@contoso.com");
    let body = r#"{"error":{"code":"BadRequest","message":"Group email address is not supported"}}"#;
    let answer = Canned { status: 400, body: body.into(), ..Canned::default() };
    let fault = Fault {
        method: "POST".to_owned(),
        path_contains: "/invitations".to_owned(),
        body_contains: address.clone(),
        skip: 0,
        times: u32::MAX,
        action: Action::Answer(answer),
    };
    (Person::synced(n, &address), fault)
}

/// Two who are invited, one who is refused, one who is held.
async fn mixed() -> Tenant {
    let (person, fault) = refused(50);
    let held = Person::synced(60, "held+plus@contoso.com").display_name("<b>Held</b> & co");
    let people = new_people(2).into_iter().chain([person, held]);
    Tenant::with(people).await.signing_in_by_secret().fault(fault)
}

/// Lets it be so many hours after Monday.
fn at(tenant: &Tenant, hours: i64) {
    let missing = monday() + TimeDelta::hours(hours) - tenant.graph.now();
    tenant.graph.edit(|graph| graph.now += missing);
}

/// One run: its code and its report.
async fn run(tenant: &Tenant, args: &[&str]) -> (u8, Value) {
    let args: Vec<_> = args.iter().copied().chain(["-o", "json"]).collect();
    let ended = tenant.run_once(&args, tokio::sync::watch::channel(0).1).await;
    (ended.exit, ended.run())
}

/// The warnings about notifications; none shows a secret.
fn untold(report: &Value) -> Vec<String> {
    let warnings = report["warnings"].as_array().unwrap().iter().map(|warning| warning.as_str().unwrap().to_owned());
    let untold: Vec<_> = warnings.filter(|warning| warning.contains("-not-sent")).collect();
    let secret = |warning: &String| ["sesame", "127.0.0.1", "@"].iter().any(|word| warning.contains(word));
    assert!(!untold.iter().any(secret), "{untold:?}");
    untold
}
