use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;
use tokio::time::Instant;
use xcsync::sandbox::{Action, AllowInvitesFrom, Fault, Person, Tenant as Emulated, monday};
use xcsync::world::Clock;

use crate::context::{TOKEN, Tenant, binary, new_people};

/// What signals do.
#[cfg(unix)]
mod signals;

/// The lock between processes.
mod locks;

/// A tenant of these people in which it is now: the binary has the machine's clock.
async fn live(people: Vec<Person>) -> Tenant {
    let now = Clock::local().now();
    let people = people.into_iter().map(|person| person.created(now - TimeDelta::hours(1))).collect();
    Tenant::of(Emulated { now, people, ..Emulated::default() }).await
}

/// Starts the real binary without waiting for it.
fn started(tenant: &Tenant, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xcsync"));
    command.env_clear().env(TOKEN, &tenant.token).arg("--config").arg(tenant.config()).arg("invite").args(args);
    command.args(["-o", "json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the emulator has seen so many requests to a path of a process that still runs.
async fn reached(tenant: &Tenant, child: &mut Child, path: &str, times: usize) {
    let seen = || tenant.graph.traffic().iter().filter(|exchange| exchange.url.contains(path)).count();
    while seen() < times {
        assert!(child.try_wait().unwrap().is_none(), "the process has ended without {path}");
        tokio::task::yield_now().await;
    }
}

/// Its exit code and report, once it has ended.
fn ended(child: Child) -> (Option<i32>, Value) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_is_the_processs() {
    let refuse = |tenant: Tenant, addresses: &[&str]| {
        tenant.graph.edit(|graph| graph.groups.extend(addresses.iter().map(|&address| address.to_owned())));
        tenant
    };
    let people = || live(new_people(2));
    let denied = people().await;
    denied.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    let fast = "rate_per_second = 60";
    let failing = refuse(people().await, &["p1@contoso.com", "p2@contoso.com"]);
    let stopped = refuse(people().await, &["p1@contoso.com"]);
    for (expected, tenant, args) in [
        (0, people().await, vec!["--dry-run"]),
        (2, people().await.set("limits", "wave = -1"), vec![]),
        (2, people().await, vec!["--user", "nobody@contoso.com"]),
        (3, failing.set("limits", fast), vec![]),
        (4, denied, vec![]),
        (5, people().await.set("limits", "max_invitations = 1"), vec![]),
        (7, stopped.set("limits", "stop_after_failures = 1"), vec![]),
    ] {
        let output = tenant.binary(&args).arg("-o").arg("json").output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["exit_code"], expected, "{report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_does_not_change_the_exit_code() {
    for (limits, expected) in [("", 0), ("max_invitations = 1", 5)] {
        let tenant = live(new_people(200)).await.set("limits", limits);
        let args: &[&str] = if expected == 0 { &["--dry-run", "--max-invitations", "500"] } else { &[] };
        let mut child = started(&tenant, args);
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(expected));
    }
}

#[test]
fn version_and_help_end_well_and_say_something() {
    for args in [vec!["--version"], vec!["--help"], vec!["invite", "--help"], vec!["config", "--help"]] {
        let output = binary().args(&args).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.is_empty()), (Some(0), true), "{args:?}");
        assert!(output.stdout.starts_with(b"xcsync ") || output.stdout.len() > 300, "{args:?}");
    }
}

#[test]
fn an_empty_environment_without_configuration_is_told_what_to_do_next() {
    let output = Command::new(env!("CARGO_BIN_EXE_xcsync")).env_clear().arg("invite").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("xcsync config init") && told.contains("--cloud sandbox"), "{told}");
}

#[test]
fn a_variable_that_is_empty_counts_as_unset() {
    let mut command = binary();
    for name in ["CONFIG", "TENANT", "CLOUD", "OUTPUT", "VERBOSE", "QUIET", "RECORD", "TENANT_ID", "DOMAIN", "AUTH"] {
        command.env(format!("XCSYNC_{name}"), "");
    }
    let output = command.args(["invite", "--cloud", "sandbox", "--dry-run"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let wrong = binary().args(["endpoints"]).env("XCSYNC_CLOUD", "moon").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

fn sandbox(args: &[&str]) -> (i32, Value) {
    let output = binary().args(["invite", "--cloud", "sandbox", "-o", "json"]).args(args).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

/// Every reason.
const REASONS: [&str; 29] = [
    "no-mail",
    "other-domain",
    "not-synced",
    "excluded",
    "out-of-scope",
    "accepted",
    "pending",
    "unknown-state",
    "account-disabled",
    "no-address",
    "invalid-address",
    "upn-differs",
    "duplicate-address",
    "sync-conflict",
    "address-taken",
    "mailbox-licensed",
    "privileged",
    "home-user-not-found",
    "home-user-disabled",
    "address-changed",
    "reverted",
    "reminders-used-up",
    "pending-reminder-due",
    "before-start",
    "refused",
    "gave-up",
    "retry-later",
    "retry-due",
    "new",
];

#[test]
fn the_sandbox_shows_every_decision_and_sends_nothing_in_a_dry_run() {
    let (exit, report) = sandbox(&["--dry-run"]);
    let run = &report["runs"][0];
    assert_eq!((exit, &run["exit_code"], &run["outcomes"]), (0, &0.into(), &serde_json::json!([])));
    let counts = run["counts"].to_string() + &run["decisions"].to_string();
    let missing: Vec<_> = REASONS.iter().filter(|reason| !counts.contains(&format!("\"{reason}\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_sandbox_shows_a_refusal_a_throttled_and_a_dropped_answer() {
    let (exit, report) = sandbox(&[]);
    let run = &report["runs"][0];
    assert_eq!((exit, &run["counts"]["failed"], &run["counts"]["invited"]), (3, &1.into(), &11.into()), "{run:#}");
    let outcome =
        |address: &str| run["outcomes"].as_array().unwrap().iter().find(|one| one["address"] == address).unwrap();
    assert_eq!(outcome("team.blue@contoso.com")["error"]["code"], "group-address");
    assert_eq!(outcome("carla.stone@contoso.com")["attempts"], 2);
    let dropped = outcome("dmitri.hale@contoso.com");
    assert_eq!((&dropped["status"], &dropped["result"]), (&Value::Null, &"invited".into()));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_known_by_its_stream_and_not_by_a_variable_that_was_inherited() {
    use std::os::linux::fs::MetadataExt as _;
    let tenant = live(new_people(1)).await;
    let path = tenant.folder.path().join("journal");
    for (is_other, begins) in [(false, "<6>INFO run{"), (true, "20")] {
        let file = std::fs::File::create(&path).unwrap();
        let stream = file.metadata().unwrap();
        let stream = format!("{}:{}", stream.st_dev(), stream.st_ino() + u64::from(is_other));
        let mut command = Command::new(env!("CARGO_BIN_EXE_xcsync"));
        command.env_clear().env(TOKEN, &tenant.token).env("JOURNAL_STREAM", stream);
        command.arg("--config").arg(tenant.config()).args(["invite", "--dry-run"]);
        assert!(command.stdout(Stdio::null()).stderr(file).status().unwrap().success());
        let log = std::fs::read_to_string(&path).unwrap();
        assert!(!log.is_empty() && log.lines().all(|line| line.starts_with(begins)), "{log}");
    }
}
