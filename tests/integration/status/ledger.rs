use std::process::{Command, Stdio};

use super::*;
use crate::context::{binary, new_people, unreadable};

#[tokio::test(start_paused = true)]
async fn without_a_ledger_nobody_is_known_and_none_is_begun() {
    let tenant = Tenant::with(new_people(2)).await;
    let seen = tenant.graph.traffic().len();
    let ended = status(&tenant, &[]).await;
    let said = format!(
        "warning: no run yet: there is no ledger {}; `xcsync invite --dry-run` shows who would be invited\n",
        tenant.ledger().display()
    );
    assert!(ended.exit == 0 && ended.stdout.ends_with(&said), "{ended:?}");
    let rows = status(&tenant, &["-o", "csv"]).await;
    assert!(rows.stdout.lines().count() == 1 && rows.stderr.contains("warning: emulated: no run yet"), "{rows:?}");
    let told = json(&tenant, &[]).await;
    assert_eq!((&told["people"], &told["last_run"]), (&Value::Array(Vec::new()), &Value::Null));
    assert_eq!(told["complete_until"], Value::Null);
    assert_eq!((tenant.ledger().exists(), tenant.graph.traffic().len()), (false, seen));
}

#[tokio::test(start_paused = true)]
async fn listing_everybody_changes_no_count() {
    let tenant = crate::context::mixed().await;
    tenant.report(&[]).await;
    // Somebody who had accepted is gone: no run writes it so today.
    let ledger = rusqlite::Connection::open(tenant.ledger()).unwrap();
    let changed = ledger.execute("UPDATE people SET gone = 1 WHERE reason = 'accepted'", []).unwrap();
    assert_eq!(changed, 1);
    let counts = [&[][..], &["-v"]].map(|more| [&["--offline"], more].concat());
    let [short, all] = [json(&tenant, &counts[0]).await, json(&tenant, &counts[1]).await];
    assert_eq!((&short["counts"], &short["counts"]["accepted"]), (&all["counts"], &0.into()));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_can_t_be_read_is_code_1_and_is_left_as_it_is() {
    let tenant = Tenant::with(new_people(2)).await;
    tenant.report(&[]).await;
    for (bytes, words, code) in unreadable(&tenant.ledger()) {
        std::fs::write(tenant.ledger(), &bytes).unwrap();
        for args in [&[][..], &["--offline", "--max-age", "26h"]] {
            let ended = status(&tenant, args).await;
            assert_eq!((ended.exit, ended.stdout.as_str()), (1, ""), "{ended:?}");
            assert!(ended.stderr.contains(words) && ended.stderr.contains("hint: "), "{ended:?}");
            let told = status(&tenant, &[args, &["-o", "json"]].concat()).await.json();
            assert_eq!((&told["exit_code"], &told["error"]["code"]), (&1.into(), &code.into()), "{told:#}");
        }
    }
    std::fs::remove_file(tenant.ledger()).unwrap();
    std::fs::create_dir(tenant.ledger()).unwrap();
    assert_eq!(status(&tenant, &["--offline"]).await.exit, 1, "a folder is no ledger");
}

#[tokio::test(start_paused = true)]
async fn a_ledger_of_a_newer_version_is_read_and_left_as_it_is() {
    let tenant = Tenant::with(new_people(2)).await;
    tenant.report(&[]).await;
    let added = "ALTER TABLE people ADD COLUMN later TEXT; UPDATE people SET reason = 'of-a-later-version'; \
        PRAGMA user_version = 99";
    rusqlite::Connection::open(tenant.ledger()).unwrap().execute_batch(added).unwrap();
    for args in [&[][..], &["--offline"]] {
        assert_eq!(people(&json(&tenant, args).await), ["p1 pending pending", "p2 pending pending"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_itself_needs_no_credential_offline_and_no_lock_and_no_reader() {
    let tenant = Tenant::with([person(1)]).await;
    tenant.binary(&[]).assert().code(0);
    let lock = std::fs::File::open(tenant.folder.path().join(format!("xcsync.db.{}.lock", tenant.id))).unwrap();
    lock.lock().unwrap();
    let args = ["status", "--offline", "-o", "csv"];
    let output = binary().arg("--config").arg(tenant.config()).args(args).assert().code(0);
    assert_eq!(String::from_utf8_lossy(&output.get_output().stdout).lines().count(), 2);
    let mut command = Command::new(env!("CARGO_BIN_EXE_xcsync"));
    command.env_clear().arg("--config").arg(tenant.config()).args(["status", "--offline", "-o", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.len()), (Some(0), 0), "a reader that has gone away: {ended:?}");
}
