//! Crashes inside a commit: the file holds a part of what was to be written, and the journal beside it how it was before.
//!
//! A transaction that outgrows its cache leaves the same behind: SQLite writes pages into the file before it commits
//! (<https://www.sqlite.org/atomiccommit.html>, section 5).

use std::path::Path;

use rusqlite::Connection;

use super::aftermath::quiet_in_the_end;
use super::scene::{Scene, with_suffix};

/// How a journal begins that is to be played back: <https://www.sqlite.org/fileformat.html>, section 3.
const HOT: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// More than the cache holds.
const MANY_PAGES: &str = "CREATE TABLE torn (x); \
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO torn SELECT randomblob(3000) FROM n;";

/// A ledger's file and journal, as they are in the middle of a transaction that has begun to be written.
fn torn(path: &Path, work: &str) -> Vec<(&'static str, Vec<u8>)> {
    let ledger = Connection::open(path).unwrap();
    ledger.execute_batch(&format!("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 2; BEGIN; {work}")).unwrap();
    let files = ["", "-journal"].map(|suffix| (suffix, std::fs::read(with_suffix(path, suffix)).unwrap()));
    assert!(files[1].1.starts_with(&HOT), "the journal is not to be played back");
    files.into()
}

/// A tenant whose ledger's last commit was cut off in the middle.
pub async fn cut_off() -> Scene {
    let mut scene = Scene::later().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("xcsync.db");
    let whole = scene.files.remove(0).1;
    std::fs::write(&path, &whole).unwrap();
    scene.files = torn(&path, &format!("DELETE FROM people; DELETE FROM attempts; {MANY_PAGES}"));
    assert_ne!(scene.files[0].1, whole, "nothing is written yet");
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_cut_off_in_the_middle_is_undone_by_the_next_run() {
    let scene = cut_off().await;
    quiet_in_the_end(&scene.set_up().await, &scene, "a torn commit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_whose_beginning_was_cut_off_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::first();
    scene.files = torn(&folder.path().join("xcsync.db"), MANY_PAGES);
    assert!(!scene.files[0].1.starts_with(b"SQLite"), "its first page is written already");
    quiet_in_the_end(&scene.set_up().await, &scene, "a torn beginning").await;
}
