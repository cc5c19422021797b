//! Calls that end before anything is asked of a tenant: what they say, and where.

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use xcsync::world::Environment;

use crate::context::{Ended, run_line};

async fn call(arguments: &[&str]) -> Ended {
    let monday: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_string_lossy();
    let env = Environment::default().with("HOME", &home).with("APPDATA", &home).with("ProgramData", &home);
    let line = ["xcsync"].iter().chain(arguments).map(Into::into);
    run_line(line, &env, monday, watch::channel(0).1).await
}

#[tokio::test]
async fn a_newcomer_without_a_configuration_reads_three_lines() {
    let ended = call(&["invite"]).await;
    assert_eq!((ended.exit, ended.stdout.as_str(), ended.stderr.lines().count()), (2, "", 3), "{ended:?}");
    assert!(ended.stderr.starts_with("error: no configuration was found;"), "{ended:?}");
}

#[tokio::test]
async fn problems_of_the_configuration_are_told_as_config_check_tells_them() {
    let run = call(&["invite", "--config", "/nowhere/config.toml"]).await;
    let check = call(&["config", "check", "/nowhere/config.toml"]).await;
    assert_eq!((run.exit, &run.stderr), (2, &check.stderr));
    assert_eq!(run.stdout, "");
}

#[tokio::test]
async fn a_wrong_call_is_told_on_stderr_also_beside_csv() {
    for form in ["text", "csv"] {
        let ended = call(&["invite", "--cloud", "sandbox", "--resume", "-o", form]).await;
        assert_eq!(ended.exit, 2);
        assert!(ended.stderr.contains("error: --resume") && ended.stderr.contains("hint: "), "{ended:?}");
        assert!(!ended.stdout.contains("--resume"), "{ended:?}");
    }
}

#[tokio::test]
async fn a_wrong_call_is_one_object_in_json() {
    let json = call(&["invite", "--cloud", "sandbox", "--resume", "-o", "json"]).await.json();
    assert_eq!((&json["exit_code"], &json["error"]["code"]), (&2.into(), &"usage".into()), "{json:#}");
}

#[tokio::test(start_paused = true)]
async fn beside_csv_a_refused_plan_says_on_stderr_how_to_allow_it() {
    let ended = call(&["invite", "--cloud", "sandbox", "--max-invitations", "3", "-o", "csv"]).await;
    assert_eq!(ended.exit, 5);
    assert!(ended.stderr.contains("--max-invitations 11"), "{ended:?}");
}

#[tokio::test]
async fn values_that_fit_nowhere_are_told_with_a_form_that_does() {
    let cases = [
        (vec!["invite", "--cloud", "uk"], "known are commercial"),
        (vec!["invite", "--since", "yesterday"], "such as 25h or 7d"),
        (vec!["invite", "--since", "-5h"], "such as 25h or 7d"),
        (vec!["invite", "--max-invitations", "-3"], "a whole number from 1"),
        (vec!["invite", "--tenant-id", "contoso.com"], "a GUID such as"),
        (vec!["invite", "--domain", "ann@contoso.com"], "the part after the @"),
        (vec!["invite", "--expect-plan", "abc"], "as a dry run prints it"),
        (vec!["invite", "--resend"], "--user"),
        (vec!["endpoints", "--cloud", "custom"], "error: "),
        (vec!["endpoints", "--cloud", "sandbox"], "error: "),
        (vec!["config", "show", "--cloud", "sandbox"], "error: "),
    ];
    for (arguments, part) in cases {
        let ended = call(&arguments).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(part), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_sandboxs_dry_run_prints_sends_exactly_that() {
    let plan = call(&["invite", "--cloud", "sandbox", "--dry-run"]).await;
    let (_, digest) = plan.stdout.split_once("--expect-plan ").unwrap();
    let digest = digest.lines().next().unwrap();
    let sent = call(&["invite", "--cloud", "sandbox", "--expect-plan", digest]).await;
    assert!(sent.exit == 3 && sent.stdout.contains("11 of 12 invited"), "{sent:?}");
}
