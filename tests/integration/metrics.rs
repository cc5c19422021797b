//! Metrics: the file for `node_exporter`, whole, true, and never a reason for a run to fail.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::TimeDelta;
use xcsync::sandbox::{Action, Canned, Fault, Person, monday};

use crate::context::{Tenant, new_people, run_line, run_with, say};
use crate::several::Pair;

/// A tenant of new people whose runs write metrics, and the file.
async fn with_metrics(people: u32) -> (Tenant, PathBuf) {
    let tenant = Tenant::with(new_people(people)).await.signing_in_by_secret();
    let file = tenant.folder.path().join("xcsync.prom");
    (tenant.set("notify", &table(&file)), file)
}

fn table(file: &Path) -> String {
    format!("[metrics]\ntextfile = {file:?}\n")
}

/// The value of a sample, without its fraction: a metric whose labels hold these.
fn sample(text: &str, name: &str, labels: &str) -> Option<i64> {
    let line = text.lines().find(|line| line.starts_with(&format!("xcsync_{name}{{")) && line.contains(labels))?;
    line.rsplit_once(' ')?.1.split('.').next()?.parse().ok()
}

#[tokio::test(start_paused = true)]
async fn a_run_tells_when_how_long_and_what_became_of_whom() {
    let (tenant, file) = with_metrics(3).await;
    let throttled = Canned::graph_error(429, "TooManyRequests", "").header("Retry-After", "1");
    tenant.graph.edit(|graph| graph.faults.push(Fault::on("POST", "/invitations", Action::Answer(throttled))));
    let refused = Canned::graph_error(400, "BadRequest", "Group email address is not supported");
    let last = Fault::on("POST", "/invitations", Action::Answer(refused)).skip(2);
    tenant.graph.edit(|graph| graph.faults.push(last));
    let ended = tenant.run(&[]).await;
    assert_eq!(ended.exit, 3, "{ended:?}");
    let text = fs::read_to_string(&file).unwrap();
    let value =
        |name: &str, labels: &str| sample(&text, name, labels).unwrap_or_else(|| panic!("{name} {labels}\n{text}"));
    assert_eq!(value("last_run_exit_code", "tenant=\"emulated\""), 3);
    assert_eq!(value("last_run_decisions", "decision=\"invite\""), 3);
    assert_eq!(value("last_run_outcomes", "outcome=\"invited\""), 2);
    assert_eq!(value("last_run_outcomes", "outcome=\"failed\""), 1);
    assert_eq!(value("last_run_throttled_responses", "cloud=\"custom\""), 1);
    assert_eq!(value("people", "state=\"pending\""), 2);
    assert_eq!(value("tenant_refusing", "tenant=\"emulated\""), 0);
    let (ended_at, lasted) = (value("last_run_timestamp_seconds", ""), value("last_run_duration_seconds", ""));
    let start = tenant.graph.now().timestamp();
    assert!((ended_at - start).abs() < 60 && (1..60).contains(&lasted), "{ended_at} {start} {lasted}");
    assert!((value("last_complete_run_timestamp_seconds", "") - start).abs() < 60);
    assert!((value("oldest_pending_invitation_timestamp_seconds", "") - start).abs() < 60);
}

#[tokio::test(start_paused = true)]
async fn a_reminder_does_not_make_the_oldest_invitation_younger() {
    let (tenant, file) = with_metrics(1).await;
    tenant.run(&[]).await;
    let name = "oldest_pending_invitation_timestamp_seconds";
    let first = sample(&fs::read_to_string(&file).unwrap(), name, "").unwrap();
    tenant.graph.edit(|graph| graph.now += TimeDelta::days(8));
    let ended = tenant.run(&[]).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(
        (sample(&text, "last_run_decisions", "decision=\"remind\""), sample(&text, name, "")),
        (Some(1), Some(first))
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_comes_to_nothing_tells_its_code_and_leaves_the_last_complete_run_where_it_was() {
    let (tenant, file) = with_metrics(1).await;
    tenant.run(&[]).await;
    let before = sample(&fs::read_to_string(&file).unwrap(), "last_complete_run_timestamp_seconds", "").unwrap();
    tenant.graph.edit(|graph| {
        graph.now += TimeDelta::hours(1);
        graph.faults.push(Fault::on("GET", "/users", Action::Answer(Canned::graph_error(403, "Denied", ""))).always());
    });
    assert_eq!(tenant.run(&[]).await.exit, 4);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(sample(&text, "last_run_exit_code", ""), Some(4), "{text}");
    assert_eq!(sample(&text, "last_complete_run_timestamp_seconds", ""), Some(before), "{text}");
}

/// Calls with these arguments, one after the other, for two tenants whose runs write metrics; what the file tells then.
/// `between` is done before the last.
async fn of_two(calls: &[&[&str]], between: impl FnOnce(&Path)) -> String {
    let pair = Pair::new().await;
    let file = pair.first.folder.path().join("both.prom");
    let config = pair.first.folder.path().join("metrics.toml");
    fs::write(&config, fs::read_to_string(pair.config()).unwrap() + &table(&file)).unwrap();
    let env = pair.first.environment().with("SECOND_TOKEN", &pair.second.token);
    let call = async |args: &[&str]| {
        let ended = run_with(&config, args, &env, pair.first.graph.now(), tokio::sync::watch::channel(0).1).await;
        assert_eq!(ended.exit, 0, "{ended:?}");
    };
    let (last, before) = calls.split_last().unwrap();
    for args in before {
        call(args).await;
    }
    between(&pair.first.ledger());
    call(last).await;
    fs::read_to_string(&file).unwrap()
}

const INVITED_BY_TWO: &str = "tenant=\"two\",cloud=\"custom\",outcome=\"invited\"";

#[tokio::test(start_paused = true)]
async fn a_call_for_one_tenant_keeps_the_samples_of_the_other() {
    let text = of_two(&[&[], &["--tenant", "one"]], |_| {}).await;
    assert_eq!(sample(&text, "last_run_outcomes", INVITED_BY_TWO), Some(3), "{text}");
    assert_eq!(sample(&text, "people", "tenant=\"one\",cloud=\"custom\",state=\"pending\""), Some(2), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_under_way_elsewhere_is_not_the_last() {
    let under_way = |ledger: &Path| {
        let ledger = rusqlite::Connection::open(ledger).unwrap();
        let sql = "UPDATE runs SET finished_at = NULL, exit_code = NULL, counts = NULL WHERE number = \
            (SELECT max(number) FROM runs WHERE tenant_name = 'two')";
        assert_eq!(ledger.execute(sql, []).unwrap(), 1);
    };
    let text = of_two(&[&[], &[], &["--tenant", "one"]], under_way).await;
    assert_eq!(sample(&text, "last_run_outcomes", INVITED_BY_TWO), Some(3), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_written_is_a_warning_and_the_run_ends_as_it_would() {
    let tenant = Tenant::with(new_people(1)).await;
    let file = tenant.folder.path().join("missing/xcsync.prom");
    let tenant = tenant.set("notify", &table(&file));
    let ended = tenant.run(&["-o", "json"]).await;
    assert_eq!((ended.exit, tenant.mailed().len()), (0, 1), "{ended:?}");
    assert!(ended.run()["warnings"].to_string().contains("xcsync.prom can't be written"), "{ended:?}");
    assert!(ended.stderr.contains("the metrics were not written"), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn what_sends_nothing_by_itself_or_remembers_nothing_writes_no_metrics() {
    for args in [&["--dry-run"][..], &["--no-state"]] {
        let (tenant, file) = with_metrics(1).await;
        assert_eq!(tenant.run(args).await.exit, 0);
        assert!(!file.exists(), "{args:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_file_is_replaced_as_a_whole_and_nothing_lies_around() {
    let (tenant, file) = with_metrics(1).await;
    fs::write(&file, "something old").unwrap();
    tenant.run(&[]).await;
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# HELP xcsync_") && text.ends_with("# EOF\n"), "{text}");
    let names =
        fs::read_dir(tenant.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.contains("prom")).collect::<Vec<_>>(), ["xcsync.prom"]);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn another_account_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (tenant, file) = with_metrics(1).await;
    tenant.run(&[]).await;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o444, 0o444);
}

/// The same, with somebody who is held and somebody who has accepted.
async fn with_everybody() -> (Tenant, PathBuf) {
    let (tenant, file) = with_metrics(3).await;
    let held = Person::synced(90, "taken@contoso.com").user_principal_name("taken_gmail.com#EXT#@fabrikam.us");
    let accepted = Person::synced(91, "a@contoso.com").state("Accepted", monday());
    tenant.graph.edit(|graph| graph.people.extend([held, accepted]));
    (tenant, file)
}

#[tokio::test(start_paused = true)]
async fn it_counts_people_as_status_does_without_the_directory() {
    let (tenant, file) = with_everybody().await;
    let refused = Canned::graph_error(400, "BadRequest", "Group email address is not supported");
    tenant.graph.edit(|graph| graph.faults.push(Fault::on("POST", "/invitations", Action::Answer(refused)).skip(2)));
    tenant.run(&[]).await;
    tenant.run(&[]).await;
    let config = tenant.config();
    let line =
        ["xcsync", "--config", config.to_str().unwrap(), "status", "--offline", "-o", "json"].map(OsString::from);
    let interrupts = tokio::sync::watch::channel(0).1;
    let status = run_line(line, &tenant.environment(), tenant.graph.now(), interrupts).await.json();
    let counts = status["tenants"][0]["counts"].as_object().unwrap();
    assert!(counts.values().filter(|count| **count != 0).count() > 2, "{counts:?}");
    let text = fs::read_to_string(&file).unwrap();
    for (state, count) in counts {
        assert_eq!(sample(&text, "people", &format!("state=\"{state}\"")), count.as_i64(), "{state}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_readme_lists_every_metric() {
    let (tenant, file) = with_everybody().await;
    tenant.run(&[]).await;
    let text = fs::read_to_string(&file).unwrap();
    let written: BTreeSet<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let listed: BTreeSet<_> =
        crate::documents::README.lines().filter_map(|line| line.strip_prefix("| `xcsync_")).collect();
    let listed: Vec<_> =
        listed.into_iter().filter_map(|row| row.split_once('`')).map(|(name, _)| format!("xcsync_{name}")).collect();
    assert_eq!(written, listed.iter().map(String::as_str).collect());
}

#[tokio::test(start_paused = true)]
async fn promtool_finds_nothing_wrong_with_it() {
    let (tenant, file) = with_metrics(2).await;
    tenant.run(&[]).await;
    let mut promtool = Command::new("promtool");
    promtool
        .args(["check", "metrics"])
        .stdin(fs::File::open(&file).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    match promtool.output() {
        Ok(output) => assert!(output.status.success() && output.stderr.is_empty(), "{output:?}"),
        Err(error) => say(&format!("skipped: promtool, of Prometheus, can't be run: {error}")),
    }
}

#[test]
fn a_file_that_would_not_be_collected_is_refused_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let tenant = "[tenants.gcch]\ncloud = \"usgov\"\ntenant_id = \"11111111-2222-3333-4444-555555555555\"\n[tenants.gcch.invite]\ndomains = [\"contoso.com\"]\n";
    for (metrics, says) in [
        ("textfile = \"/var/lib/xcsync.txt\"\n", "does not end in .prom"),
        ("", "`textfile` is missing"),
        ("textfile = 7\n", "must be a text"),
        ("text_file = \"a.prom\"\n", "did you mean `textfile`?"),
    ] {
        fs::write(&path, format!("[metrics]\n{metrics}{tenant}")).unwrap();
        let output = crate::context::binary().args(["config", "check"]).arg("--config").arg(&path).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.code() == Some(2) && text.contains(says), "{metrics}: {text}");
    }
}
