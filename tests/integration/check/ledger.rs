//! The ledger, as a run that sends would meet it.

use std::fs;

use super::{assert_amiss, found, ready, row};

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_not_there_yet_is_as_it_should_be_and_is_not_begun() {
    let pair = ready().await;
    assert!(row(&found(&pair).await, "tenant ledger").detail.contains("none yet"));
    assert!(!pair.ledger().exists());
}

#[tokio::test(start_paused = true)]
async fn one_of_an_earlier_run_passes_and_stays_as_it_is() {
    let pair = ready().await;
    assert_eq!(pair.run(&[]).await.exit, 0);
    let before = fs::read(pair.ledger()).unwrap();
    let found = found(&pair).await;
    assert!(row(&found, "tenant ledger").detail.contains("no brake is on"), "{found:#?}");
    assert_eq!(fs::read(pair.ledger()).unwrap(), before);
}

#[tokio::test(start_paused = true)]
async fn a_brake_that_is_on_fails_with_since_when_and_how_it_is_lifted() {
    let pair = ready().await;
    pair.graph.edit(|tenant| tenant.blocked_domains.extend(["contoso.com".to_owned()]));
    assert_eq!(pair.run_once(&[], tokio::sync::watch::channel(0).1).await.exit, 4);
    assert_amiss(&found(&pair).await, &["tenant ledger fail"], "xcsync invite --tenant emulated --resume");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_no_ledger_fails_and_is_left_as_it_is() {
    let pair = ready().await;
    fs::write(pair.ledger(), "a letter to the editor").unwrap();
    assert_amiss(&found(&pair).await, &["tenant ledger fail"], "not a ledger");
    assert_eq!(fs::read_to_string(pair.ledger()).unwrap(), "a letter to the editor");
}

#[tokio::test(start_paused = true)]
async fn a_ledger_of_a_newer_version_fails() {
    let pair = ready().await;
    assert_eq!(pair.run(&[]).await.exit, 0);
    let connection = rusqlite::Connection::open(pair.ledger()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    assert_amiss(&found(&pair).await, &["tenant ledger fail"], "99");
}

#[tokio::test(start_paused = true)]
async fn a_named_folder_that_is_not_there_fails() {
    let pair = ready().await;
    let config = fs::read_to_string(pair.config()).unwrap();
    let moved = config.replace("xcsync.db", "missing/xcsync.db");
    let path = pair.folder.path().join("moved.toml");
    fs::write(&path, moved).unwrap();
    let line = ["xcsync".into(), "--config".into(), path.into_os_string(), "check".into(), "-o".into(), "json".into()];
    let env = pair.environment();
    let ended = crate::context::run_line(line, &env, pair.graph.now(), tokio::sync::watch::channel(0).1).await;
    assert_amiss(&super::of(&ended), &["tenant ledger fail"], "is not there");
}
