//! The ledger's file is taken away while a run waits for the answer to its first invitation.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use xcsync::sandbox::{Action, Fault};

use crate::context::{Tenant, reported};
use crate::crashes::{Scene, quiet_in_the_end, struck};

/// Time enough to move a file.
const ANSWER: Duration = Duration::from_secs(3);

/// Does something to the ledger under a run, which then must stop; mends it, and runs until quiet.
async fn taken_away(what: &str, take: impl FnOnce(&Tenant), mend: impl FnOnce(&Tenant)) {
    let scene = Scene::first();
    let tenant = scene.set_up().await;
    let child = struck(&tenant, Fault::on("POST", "/invitations", Action::Slow(ANSWER))).await;
    take(&tenant);
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let run = reported(&output);
    assert_eq!((&run["exit_code"], &run["error"]["code"]), (&1.into(), &"ledger-replaced".into()), "{what}: {run:#}");
    let message = run["error"]["message"].as_str().unwrap();
    assert!(message.contains("moved, deleted or replaced") && message.contains("left to the next run"), "{message}");
    let counts = &run["counts"];
    assert_eq!((tenant.posts().len(), tenant.mailed().len()), (1, 1), "{what}: sent on without a ledger");
    assert_eq!((&counts["invited"], &counts["not_attempted"]), (&1.into(), &2.into()), "{what}: {run:#}");
    let told = &run["outcomes"][0];
    assert_eq!((&told["address"], &told["status"]), (&tenant.mailed()[0].clone().into(), &201.into()), "{run:#}");
    mend(&tenant);
    quiet_in_the_end(&tenant, &scene, what).await;
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("aside")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledger_is_deleted_stops_before_the_next_invitation() {
    taken_away("deleted", |tenant| fs::remove_file(tenant.ledger()).unwrap(), |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledger_is_moved_stops_before_the_next_invitation() {
    let away = |tenant: &Tenant| fs::rename(tenant.ledger(), aside(&tenant.ledger())).unwrap();
    let back = |tenant: &Tenant| fs::rename(aside(&tenant.ledger()), tenant.ledger()).unwrap();
    taken_away("moved", away, back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledgers_folder_vanishes_stops_before_the_next_invitation() {
    // As a share does that is not mounted any more.
    let away = |tenant: &Tenant| fs::rename(tenant.folder.path(), aside(tenant.folder.path())).unwrap();
    let back = |tenant: &Tenant| fs::rename(aside(tenant.folder.path()), tenant.folder.path()).unwrap();
    taken_away("vanished", away, back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_ledger_is_restored_from_a_copy_stops_before_the_next_invitation() {
    let copied = |tenant: &Tenant| {
        fs::copy(tenant.ledger(), aside(&tenant.ledger())).unwrap();
        fs::rename(aside(&tenant.ledger()), tenant.ledger()).unwrap();
    };
    taken_away("a copy", copied, |_| {}).await;
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
    taken_away("replaced", replaced, mended).await;
}
