//! The ledger's file is taken away while a run waits for an answer: before it sends, while it sends, after it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::sync::watch;
use xcsync::sandbox::{Action, Fault};

use crate::context::{Tenant, reported};
use crate::crashes::{Scene, quiet_in_the_end, struck};

/// The answer that a run waits for meanwhile, and what it must say when it goes on.
struct Moment {
    method: &'static str,
    path: &'static str,
    /// What the request names; empty for anything.
    body: &'static str,
    /// How many of the three invitations have left, and arrived.
    sent: usize,
    says: &'static str,
}

const READING: Moment =
    Moment { method: "GET", path: "/users?", body: "", sent: 0, says: "nothing was sent to anyone" };
const SENDING: Moment = Moment {
    method: "POST",
    path: "/invitations",
    body: "",
    sent: 1,
    says: "what was not sent is left to the next run",
};
const READING_BACK: Moment =
    Moment { method: "POST", path: "/$batch", body: "externalUserState", sent: 3, says: "what was sent is known" };

/// Does something to the ledger under a run, which then must stop; mends it, and runs until quiet.
async fn taken_away(moment: &Moment, take: impl FnOnce(&Tenant), mend: impl FnOnce(&Tenant)) {
    let scene = Scene::first();
    let tenant = scene.set_up().await;
    let (release, released) = watch::channel(false);
    let fault = Fault::on(moment.method, moment.path, Action::Held(released));
    let child = struck(&tenant, Fault { body_contains: moment.body.to_owned(), ..fault }).await;
    take(&tenant);
    release.send_replace(true);
    let run = reported(&child.wait_with_output().await.unwrap());
    assert_eq!((&run["exit_code"], &run["error"]["code"]), (&1.into(), &"ledger-replaced".into()), "{run:#}");
    let message = run["error"]["message"].as_str().unwrap();
    assert!(message.contains("moved, deleted or replaced") && message.contains(moment.says), "{message}");
    assert!(run["error"]["hint"].as_str().unwrap().contains("put the right file back"), "{run:#}");
    assert_eq!((tenant.posts().len(), tenant.mailed().len()), (moment.sent, moment.sent), "sent on without a ledger");
    told_truly(&run, &tenant, moment.sent);
    mend(&tenant);
    quiet_in_the_end(&tenant, &scene, moment.says).await;
}

/// Whoever was sent to is in the report, and nobody else.
fn told_truly(run: &Value, tenant: &Tenant, sent: usize) {
    let outcomes = run["outcomes"].as_array().unwrap();
    let invited = outcomes.iter().filter(|told| told["result"] == "invited" && told["status"] == 201);
    let mut invited: Vec<_> = invited.map(|told| told["address"].as_str().unwrap().to_owned()).collect();
    let mut mailed = tenant.mailed();
    invited.sort();
    mailed.sort();
    assert_eq!(invited, mailed, "{run:#}");
    let not_attempted = if sent == 0 { 0 } else { 3 - sent };
    assert_eq!((&run["counts"]["invited"], &run["counts"]["not_attempted"]), (&sent.into(), &not_attempted.into()));
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("aside")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledger_is_deleted_stops_before_the_next_invitation() {
    taken_away(&SENDING, |tenant| fs::remove_file(tenant.ledger()).unwrap(), |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledger_is_moved_stops_before_the_next_invitation() {
    let away = |tenant: &Tenant| fs::rename(tenant.ledger(), aside(&tenant.ledger())).unwrap();
    let back = |tenant: &Tenant| fs::rename(aside(&tenant.ledger()), tenant.ledger()).unwrap();
    taken_away(&SENDING, away, back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledgers_folder_vanishes_stops_before_the_next_invitation() {
    // As a share does that is not mounted any more.
    let away = |tenant: &Tenant| fs::rename(tenant.folder.path(), aside(tenant.folder.path())).unwrap();
    let back = |tenant: &Tenant| fs::rename(aside(tenant.folder.path()), tenant.folder.path()).unwrap();
    taken_away(&SENDING, away, back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledger_is_restored_from_a_copy_stops_before_the_next_invitation() {
    let copied = |tenant: &Tenant| {
        fs::copy(tenant.ledger(), aside(&tenant.ledger())).unwrap();
        fs::rename(aside(&tenant.ledger()), tenant.ledger()).unwrap();
    };
    taken_away(&SENDING, copied, |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_in_the_ledgers_place_stops_the_run_and_is_left_as_it_is() {
    let replaced = |tenant: &Tenant| {
        fs::rename(tenant.ledger(), aside(&tenant.ledger())).unwrap();
        fs::write(tenant.ledger(), "something else").unwrap();
    };
    let mended = |tenant: &Tenant| {
        assert_eq!(fs::read(tenant.ledger()).unwrap(), b"something else");
        fs::rename(aside(&tenant.ledger()), tenant.ledger()).unwrap();
    };
    taken_away(&SENDING, replaced, mended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledger_is_deleted_while_it_reads_sends_nothing() {
    taken_away(&READING, |tenant| fs::remove_file(tenant.ledger()).unwrap(), |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledger_is_deleted_after_everything_was_sent_says_what_it_could_not_write() {
    taken_away(&READING_BACK, |tenant| fs::remove_file(tenant.ledger()).unwrap(), |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_stopped_by_something_else_names_that_first_and_the_ledger_beside_it() {
    let tenant = Scene::first().set_up().await.set("limits", "stop_after_failures = 1");
    tenant.graph.edit(|graph| graph.groups.insert("p2@contoso.com".to_owned()));
    let (release, released) = watch::channel(false);
    let fault = Fault::on(READING_BACK.method, READING_BACK.path, Action::Held(released));
    let child = struck(&tenant, Fault { body_contains: READING_BACK.body.to_owned(), ..fault }).await;
    fs::remove_file(tenant.ledger()).unwrap();
    release.send_replace(true);
    let run = reported(&child.wait_with_output().await.unwrap());
    assert_eq!((&run["exit_code"], &run["error"]["code"]), (&1.into(), &"failures-in-a-row".into()), "{run:#}");
    let warnings = run["warnings"].to_string();
    let told = ["moved, deleted or replaced", "does not say how this run has ended", "put the right file back"];
    assert!(told.iter().all(|words| warnings.contains(words)), "{warnings}");
}
