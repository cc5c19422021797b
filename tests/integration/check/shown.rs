//! What people and programs read.

use super::{check, ready};
use crate::context::binary;
use xcsync::sandbox::AllowInvitesFrom;

#[tokio::test(start_paused = true)]
async fn the_json_has_exactly_the_fields_of_the_specification() {
    let report = check(&ready().await, &["-o", "json"]).await.json();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&report), ["checks", "error", "exit_code", "schema"]);
    assert_eq!(keys(&report["checks"][0]), ["check", "detail", "remedy", "side", "status", "tenant"]);
    assert_eq!((&report["schema"], &report["error"]), (&"xcsync.check/1".into(), &serde_json::Value::Null));
}

#[tokio::test(start_paused = true)]
async fn people_read_what_fails_first_and_beneath_it_what_mends_it() {
    let pair = ready().await;
    pair.graph.edit(|tenant| {
        tenant.allow_invites_from = AllowInvitesFrom::None;
        tenant.access.allowed_cloud_endpoints = None;
    });
    let ended = check(&pair, &[]).await;
    assert_eq!(ended.exit, 8);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines[0], "emulated: the tenant that invites");
    assert!(lines[1].starts_with("fail     invitations-allowed   allowInvitesFrom is none"), "{}", ended.stdout);
    assert!(lines[2].trim_start().starts_with("remedy: "), "{}", ended.stdout);
    assert!(lines[3].starts_with("skipped  partner-cloud         "), "{}", ended.stdout);
    assert!(lines.contains(&"home: where the people are at home"), "{}", ended.stdout);
    assert_eq!(*lines.last().unwrap(), "result: not ready; fail 1, warn 0, skipped 1, pass 19");
}

#[tokio::test(start_paused = true)]
async fn what_many_have_in_common_is_said_once() {
    let mut pair = ready().await;
    pair.token = "nobody.knows.it".to_owned();
    let text = check(&pair, &[]).await.stdout;
    assert_eq!(text.matches("remedy: mend the credential first").count(), 1, "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_table_has_a_row_for_each() {
    let csv = check(&ready().await, &["-o", "csv"]).await.stdout;
    assert!(csv.starts_with("tenant,side,check,status,detail,remedy\r\nemulated,tenant,credential,pass,"), "{csv}");
    assert_eq!(csv.lines().count(), 22, "{csv}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_to_nothing_says_why_in_every_form() {
    let pair = ready().await;
    let unknown = check(&pair, &["--tenant", "nobody", "-o", "json"]).await;
    assert_eq!((unknown.exit, &unknown.json()["error"]["code"]), (2, &"config".into()), "{unknown:?}");
    let text = check(&pair, &["--tenant", "nobody"]).await;
    assert!(text.exit == 2 && text.stdout.is_empty() && text.stderr.contains("nobody"), "{text:?}");
}

#[test]
fn the_sandbox_shows_each_kind_of_result() {
    let output = binary().args(["check", "--cloud", "sandbox"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(8), "{text}");
    for kind in ["fail ", "warn ", "skipped ", "pass "] {
        assert!(text.lines().any(|line| line.starts_with(kind)), "{kind}: {text}");
    }
}
