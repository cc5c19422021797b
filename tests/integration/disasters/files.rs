//! A file in the ledger's place that is none, or is broken: it is left as it is.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::{known, planned_with, planned_without, refused};
use crate::context::Tenant;

/// SQLite's own default, which the ledger keeps.
const PAGE: usize = 4096;

/// Refused by a run that sends and told by a dry run, the file being the same afterwards, byte by byte.
async fn left_as_it_is(tenant: &Tenant, bytes: &[u8], codes: &[&str], what: &str) {
    fs::write(tenant.ledger(), bytes).unwrap();
    let said = planned_without(tenant.real(&["--dry-run"])).await;
    assert!(said.contains("xcsync.db") && said.contains("it was left as it is"), "{what}: {said}");
    let code = *codes.iter().find(|code| said.contains(words(code))).unwrap_or_else(|| panic!("{what}: {said}"));
    refused(tenant, tenant.real(&[]), code).await;
    assert!(fs::read(tenant.ledger()).unwrap() == bytes, "{what}: the file is another now");
}

/// By what the text of an error is known.
fn words(code: &str) -> &'static str {
    match code {
        "not-a-ledger" => "is not a ledger",
        "ledger-damaged" => "is damaged",
        _ => "was written by a newer version",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_ledger_is_refused_and_left_as_it_is() {
    let tenant = known().await;
    left_as_it_is(&tenant, b"Dear diary, today nobody was invited.\n", &["not-a-ledger"], "a text").await;
    left_as_it_is(&tenant, &[0; 8192], &["not-a-ledger"], "zeros").await;
    for (what, begun_by) in [
        ("another program's database", "CREATE TABLE songs (title)"),
        ("one with a stamp of its own", "PRAGMA application_id = 7; CREATE TABLE songs (title)"),
        ("one with a version of its own", "PRAGMA user_version = 1; CREATE TABLE songs (title); DROP TABLE songs"),
    ] {
        let path = tenant.folder.path().join("other.db");
        Connection::open(&path).unwrap().execute_batch(begun_by).unwrap();
        left_as_it_is(&tenant, &fs::read(&path).unwrap(), &["not-a-ledger"], what).await;
        fs::remove_file(path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_the_ledgers_place_is_refused_and_left_as_it_is() {
    let tenant = known().await;
    fs::remove_file(tenant.ledger()).unwrap();
    fs::create_dir(tenant.ledger()).unwrap();
    assert!(planned_without(tenant.real(&["--dry-run"])).await.contains("is not a ledger"));
    refused(&tenant, tenant.real(&[]), "not-a-ledger").await;
    assert!(fs::read_dir(tenant.ledger()).unwrap().next().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_damaged_anywhere_or_cut_short_is_refused_and_left_as_it_is() {
    let tenant = known().await;
    let whole = fs::read(tenant.ledger()).unwrap();
    let either = ["not-a-ledger", "ledger-damaged"];
    let pages = whole.len() / PAGE;
    assert!(pages >= 10, "too few pages to prove anything: {pages}");
    for page in 0..pages {
        let mut bytes = whole.clone();
        bytes[page * PAGE..(page + 1) * PAGE].fill(0xa5);
        left_as_it_is(&tenant, &bytes, if page == 0 { &either[..1] } else { &either[1..] }, &format!("page {page}"))
            .await;
    }
    for length in [10, 50, 100, PAGE / 2, PAGE, PAGE + 1, whole.len() / 2, whole.len() - PAGE, whole.len() - 1] {
        left_as_it_is(&tenant, &whole[..length], &either, &format!("{length} bytes")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_a_newer_version_is_read_by_a_dry_run_and_never_written() {
    let tenant = known().await;
    newer(&tenant.ledger());
    let bytes = fs::read(tenant.ledger()).unwrap();
    planned_with(tenant.real(&["--dry-run"])).await;
    let run = refused(&tenant, tenant.real(&[]), "ledger-newer").await;
    assert!(run["error"]["hint"].as_str().unwrap().contains("or a later one"), "{run:#}");
    assert!(fs::read(tenant.ledger()).unwrap() == bytes, "it is another file now");
}

/// Makes it one of a later form, with what such a form may have added.
fn newer(path: &Path) {
    let added = "ALTER TABLE people ADD COLUMN later TEXT; CREATE TABLE news (x); PRAGMA user_version = 99";
    Connection::open(path).unwrap().execute_batch(added).unwrap();
}
