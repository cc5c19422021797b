use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;
use tokio::sync::watch;
use xcsync::sandbox::{Action, AllowInvitesFrom, Canned, Fault, Person, monday};
use xcsync::world::Environment;

use crate::context::{Ended, Gateway, Tenant, binary, mixed, new_people, run_line, unreadable};
use crate::several::Pair;

/// `xcsync history` with these arguments in this process; the network has no part in it.
async fn history(tenant: &Tenant, args: &[&str]) -> Ended {
    let asked = tenant.graph.traffic().len();
    let config = tenant.config();
    let line = ["xcsync", "--config", config.to_str().unwrap(), "history"];
    let line = line.iter().chain(args).map(Into::into);
    let ended = run_line(line, &Environment::default(), tenant.graph.now(), watch::channel(0).1).await;
    assert_eq!(tenant.graph.traffic().len(), asked, "history needs nothing but the ledger");
    ended
}

async fn json(tenant: &Tenant, args: &[&str]) -> Value {
    history(tenant, &[args, &["-o", "json"]].concat()).await.json()
}

/// Some minutes pass, within the life of a token.
fn later(tenant: &Tenant) {
    tenant.graph.edit(|graph| graph.now += TimeDelta::minutes(15));
}

/// Lists in any order, and what the report of a run alone has.
fn comparable(run: &Value) -> (Value, BTreeSet<String>, BTreeSet<String>) {
    let mut rest = run.clone();
    let list = |key: &str| run[key].as_array().unwrap().iter().map(Value::to_string).collect();
    let lists = (list("decisions"), list("outcomes"));
    rest.as_object_mut().unwrap().retain(|key, _| key != "decisions" && key != "outcomes");
    (rest, lists.0, lists.1)
}

#[tokio::test(start_paused = true)]
async fn a_run_in_full_says_what_the_run_itself_said() {
    let tenant = mixed().await;
    let said = tenant.report(&[]).await;
    assert_eq!((&said["exit_code"], &said["counts"]["invited"]), (&3.into(), &2.into()), "{said:#}");
    let kept = json(&tenant, &[said["run_id"].as_str().unwrap()]).await;
    assert_eq!(
        (&kept["schema"], &kept["exit_code"], &kept["error"]),
        (&"xcsync.history/1".into(), &0.into(), &Value::Null)
    );
    assert_eq!(comparable(&kept["runs"][0]), comparable(&said));
}

/// A first run over five new people that ends in this way, and the code and the error that it ends with.
async fn ending(how: &str) -> (Tenant, u64, &'static str) {
    let tenant = Tenant::with(new_people(5)).await;
    match how {
        "refused tenant" => tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None),
        "failures" => tenant.graph.edit(|graph| graph.groups.extend(["p1@contoso.com".to_owned()])),
        "not seen" => tenant.graph.edit(|graph| graph.switches.state_lag = Duration::from_secs(90)),
        _ => {}
    }
    match how {
        "refused tenant" => (tenant, 4, "invitations-not-allowed"),
        "failures" => (tenant.set("limits", "stop_after_failures = 1"), 7, "failures-in-a-row"),
        "not seen" => (tenant, 3, ""),
        "over the limit" => (tenant.set("limits", "max_invitations = 4"), 5, "over-limit"),
        "wave" => (tenant.set("limits", "wave = 2"), 0, ""),
        "never answered" => {
            let fault = Fault::on("POST", "/invitations", Action::Answer(Canned::status(503))).always();
            (tenant.fault(fault).set("limits", "stop_after_failures = 2"), 7, "failures-in-a-row")
        }
        "no sign-in" => (tenant.permitted(&[]), 4, "denied"),
        _ => panic!("{how}"),
    }
}

#[tokio::test(start_paused = true)]
async fn however_a_run_ended_it_is_told_in_full_as_it_was() {
    for how in ["refused tenant", "failures", "not seen", "over the limit", "wave", "never answered", "no sign-in"] {
        let (tenant, exit, error) = ending(how).await;
        let said = tenant.report(&[]).await;
        let ended = (said["exit_code"].as_u64().unwrap(), said["error"]["code"].as_str().unwrap_or_default());
        assert_eq!(ended, (exit, error), "{how}: {said:#}");
        let kept = json(&tenant, &[said["run_id"].as_str().unwrap()]).await;
        assert_eq!(comparable(&kept["runs"][0]), comparable(&said), "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_changed_nothing_has_no_decisions_and_no_outcomes() {
    let tenant = mixed().await;
    tenant.report(&[]).await;
    later(&tenant);
    let said = tenant.report(&[]).await;
    assert_ne!(said["decisions"], serde_json::json!([]), "held people are in each report");
    let kept = &json(&tenant, &[said["run_id"].as_str().unwrap()]).await["runs"][0];
    // Those of the invited and of the refused are others now.
    let reasons: Vec<_> = kept["decisions"].as_array().unwrap().iter().map(|one| one["reason"].clone()).collect();
    assert_eq!(
        (reasons, &kept["outcomes"]),
        (vec!["pending".into(), "pending".into(), "refused".into()], &serde_json::json!([]))
    );
    later(&tenant);
    let said = tenant.report(&[]).await;
    let kept = &json(&tenant, &[said["run_id"].as_str().unwrap()]).await["runs"][0];
    assert_eq!((&kept["decisions"], &kept["outcomes"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(kept["counts"], said["counts"]);
}

#[tokio::test(start_paused = true)]
async fn whom_a_wave_left_over_is_told_again_only_once_they_are_sent() {
    let tenant = Tenant::with(new_people(5)).await.set("limits", "wave = 2");
    let runs = [tenant.report(&[]).await, tenant.report(&[]).await];
    let mut told = Vec::new();
    for run in runs {
        let kept = json(&tenant, &[run["run_id"].as_str().unwrap()]).await["runs"][0].clone();
        let news = kept["decisions"].as_array().unwrap().iter().filter(|one| one["reason"] == "new").count();
        told.push((news, kept["outcomes"].as_array().unwrap().len(), kept["counts"]["not_attempted"].clone()));
    }
    // The second run has the one whom it left over once more in its counts only.
    assert_eq!(told, [(5, 5, 3.into()), (2, 2, 1.into())]);
}

#[tokio::test(start_paused = true)]
async fn runs_are_listed_newest_first_without_people() {
    let tenant = mixed().await;
    let mut said = Vec::new();
    for args in [&[][..], &["--since", "2h"], &["--full"]] {
        said.push(tenant.report(args).await);
        later(&tenant);
    }
    tenant.report(&["--dry-run"]).await;
    let listed = json(&tenant, &[]).await;
    let runs = listed["runs"].as_array().unwrap();
    let ids = |runs: &[Value]| runs.iter().map(|run| run["run_id"].clone()).collect::<Vec<_>>();
    said.reverse();
    assert_eq!(ids(runs), ids(&said), "and no dry run");
    for (run, said) in runs.iter().zip(&said) {
        assert!(run.get("decisions").is_none() && run.get("outcomes").is_none());
        let shown =
            ["counts", "window", "exit_code", "started_at", "finished_at", "plan_digest", "tenant", "warnings", "mode"];
        for key in shown {
            assert_eq!(run[key], said[key], "{key}");
        }
    }
    assert_eq!(ids(json(&tenant, &["--limit", "2"]).await["runs"].as_array().unwrap()), ids(&said[..2]));
}

#[tokio::test(start_paused = true)]
async fn text_is_a_table_of_runs_or_one_run_as_it_was_reported() {
    let tenant = mixed().await;
    tenant.report(&[]).await;
    later(&tenant);
    let second = tenant.report(&[]).await["run_id"].as_str().unwrap().to_owned();
    let listed = history(&tenant, &[]).await;
    let rows: Vec<Vec<_>> = listed
        .stdout
        .lines()
        .map(|line| line.split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect())
        .collect();
    assert_eq!(rows[0], ["STARTED", "TENANT", "WINDOW", "READ", "CODE", "RUN ID", "RESULT"]);
    assert_eq!(
        (rows[1][1..5].to_vec(), rows[1][5], rows[1][6]),
        (vec!["emulated", "incremental", "7", "0"], second.as_str(), "nobody to send to")
    );
    assert_eq!((rows[2][1..5].to_vec(), rows[2][6]), (vec!["emulated", "first", "8", "3"], "2 of 3 invited, failed 1"));
    let limited = history(&tenant, &["--limit", "1"]).await.stdout;
    assert!(
        limited.ends_with("\nthere are older runs: --limit N shows more\n") && !listed.stdout.contains("older"),
        "{limited}"
    );
    let first = rows[2][5];
    let shown = history(&tenant, &[first]).await.stdout;
    for line in ["invite    failed   ", "result: 2 of 3 invited; failed 1, unknown 0", "counts: 8 read; invite 3"] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn csv_has_a_row_for_each_run_or_for_each_person_of_one() {
    let tenant = mixed().await;
    let said = tenant.run(&["-o", "csv"]).await.stdout;
    let listed = history(&tenant, &["-o", "csv"]).await.stdout;
    let rows: Vec<Vec<_>> = listed.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((rows.len(), &rows[0][..3], rows[0].len()), (2, &["tenant", "run_id", "started_at"][..], rows[1].len()));
    let cell = |name: &str| rows[1][rows[0].iter().position(|column| *column == name).unwrap()];
    assert_eq!((cell("window_kind"), cell("invited"), cell("failed"), cell("exit_code")), ("first", "2", "1", "3"));
    let kept = history(&tenant, &[cell("run_id"), "-o", "csv"]).await.stdout;
    let sorted = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&kept), sorted(&said));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_under_way_or_cut_off_is_shown_as_not_ended_with_what_it_had_begun() {
    let tenant = Tenant::with(new_people(1)).await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(3600))));
    let meanwhile = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        json(&tenant, &[]).await
    };
    let beside = tokio::select! {
        ended = tenant.run(&[]) => panic!("it ended before: {ended:?}"),
        beside = meanwhile => beside,
    };
    assert_eq!(json(&tenant, &[]).await, beside, "whether it is under way or cut off can't be seen");
    let run = beside["runs"][0].clone();
    let unknown = ["finished_at", "exit_code", "counts", "window"].map(|key| run[key].clone());
    assert_eq!(unknown, [Value::Null, Value::Null, Value::Null, Value::Null]);
    assert!(history(&tenant, &[]).await.stdout.contains("  not ended\n"));
    let id = run["run_id"].as_str().unwrap();
    let full = json(&tenant, &[id]).await["runs"][0].clone();
    assert_eq!(
        (&full["outcomes"][0]["result"], &full["outcomes"][0]["status"]),
        (&"unknown".into(), &Value::Null),
        "{full:#}"
    );
    let text = history(&tenant, &[id]).await.stdout;
    assert!(text.contains(", not ended\n") && text.contains("result: the run has not ended"), "{text}");
    assert!(!text.contains("counts:"), "{text}");
    let csv = history(&tenant, &["-o", "csv"]).await.stdout;
    assert!(csv.lines().nth(1).unwrap().ends_with(",,,,,,,,,,,,,,,,,,"), "{csv}");
}

#[tokio::test(start_paused = true)]
async fn an_id_that_no_run_has_is_a_wrong_call() {
    let tenant = mixed().await;
    let unknown = "01a21540-ed5f-748c-827e-6e2eff6966bc";
    for ledger in [false, true] {
        let ended = history(&tenant, &[unknown]).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(ended.stderr.contains(unknown) && ended.stderr.contains("`xcsync history` lists"), "{ended:?}");
        let csv = history(&tenant, &[unknown, "-o", "csv"]).await.stdout;
        assert!(
            csv.starts_with("tenant,run_id,user_id,") && csv.lines().count() == 1,
            "as with an id that is there: {csv}"
        );
        let error = json(&tenant, &[unknown]).await;
        assert_eq!(
            (&error["error"]["code"], &error["exit_code"], &error["runs"]),
            (&"no-such-run".into(), &2.into(), &serde_json::json!([]))
        );
        if !ledger {
            tenant.report(&[]).await;
        }
    }
    for args in [&["last week"][..], &["--limit", "0"], &["--limit", "3", unknown], &["--cloud", "sandbox"]] {
        let ended = history(&tenant, args).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ended.stderr.starts_with("error: "), "{ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_ledger_there_is_no_run_and_none_is_begun() {
    let tenant = mixed().await;
    let ended = history(&tenant, &[]).await;
    let said = format!(
        "no run yet: there is no ledger {}; dry runs and runs with --no-state leave none\n",
        tenant.ledger().display()
    );
    assert_eq!((ended.exit, ended.stdout.as_str()), (0, said.as_str()), "{ended:?}");
    assert_eq!(json(&tenant, &[]).await["runs"], serde_json::json!([]));
    assert!(!tenant.ledger().exists());
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_can_t_be_read_is_code_1() {
    let tenant = mixed().await;
    tenant.report(&[]).await;
    for (bytes, words, code) in unreadable(&tenant.ledger()) {
        std::fs::write(tenant.ledger(), &bytes).unwrap();
        let ended = history(&tenant, &[]).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (1, ""), "{ended:?}");
        assert!(ended.stderr.contains(words) && ended.stderr.contains("hint: "), "{ended:?}");
        let told = json(&tenant, &[]).await;
        assert_eq!((&told["exit_code"], &told["error"]["code"]), (&1.into(), &code.into()), "{told:#}");
        assert!(std::fs::read(tenant.ledger()).unwrap() == bytes, "it is another file now");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_of_a_newer_version_is_shown_and_left_as_it_is() {
    let tenant = mixed().await;
    tenant.report(&[]).await;
    let added = "ALTER TABLE runs ADD COLUMN later TEXT; PRAGMA user_version = 99";
    rusqlite::Connection::open(tenant.ledger()).unwrap().execute_batch(added).unwrap();
    let bytes = std::fs::read(tenant.ledger()).unwrap();
    assert_eq!(json(&tenant, &[]).await["runs"][0]["counts"]["invited"], 2);
    assert!(std::fs::read(tenant.ledger()).unwrap() == bytes, "it is another file now");
}

#[tokio::test(start_paused = true)]
async fn tenants_of_one_ledger_are_listed_together_or_one_by_one() {
    let pair = Pair::new().await;
    let said = pair.run(&[]).await.json()["runs"].clone();
    let listed = async |args: &[&str]| {
        let line = ["xcsync", "--config", pair.config().to_str().unwrap(), "history", "-o", "json"].map(Into::into);
        let line = line.into_iter().chain(args.iter().map(Into::into));
        let ended = run_line(line, &Environment::default(), monday(), watch::channel(0).1).await;
        let named = |run: &Value| (run["tenant"]["name"].clone(), run["counts"]["invited"].clone());
        (ended.exit, ended.json()["runs"].as_array().unwrap().iter().map(named).collect::<Vec<_>>())
    };
    let (one, two) = (("one".into(), 2.into()), ("two".into(), 3.into()));
    assert_eq!(listed(&[]).await, (0, vec![two.clone(), one.clone()]));
    assert_eq!(listed(&["--limit", "1"]).await, (0, vec![two.clone()]));
    assert_eq!(listed(&["--tenant", "one"]).await, (0, vec![one.clone()]));
    let id = said[0]["run_id"].as_str().unwrap();
    assert_eq!(listed(&[id]).await, (0, vec![one]));
    assert_eq!(listed(&["--tenant", "two", id]).await, (2, vec![]));
    let other = "UPDATE runs SET tenant = 2";
    rusqlite::Connection::open(pair.first.ledger()).unwrap().execute_batch(other).unwrap();
    let text = history(&pair.first, &[]).await.stdout;
    assert!(text.starts_with("no run of the selected tenants is in the ledger /"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn names_come_out_harmless() {
    let mut person = Person::synced(1, "p1@contoso.com");
    person.display_name = Some("=1+1\u{1b}[31m\u{202e}\nPat".to_owned());
    let tenant = Tenant::with([person]).await;
    let id = tenant.report(&[]).await["run_id"].as_str().unwrap().to_owned();
    let Ended { stdout: text, stderr: log, .. } = history(&tenant, &[&id, "-vv"]).await;
    assert!(!log.contains("Pat") && !log.contains("p1@"), "names are for reports: {log}");
    let csv = history(&tenant, &[&id, "-o", "csv"]).await.stdout;
    for out in [&text, &csv] {
        assert!(out.contains("Pat") && !out.contains(['\u{1b}', '\u{202e}']), "{out:?}");
    }
    assert!(csv.contains("'=1+1"), "{csv}");
    let kept = json(&tenant, &[&id]).await;
    assert_eq!(kept["runs"][0]["decisions"][0]["display_name"], "=1+1\u{1b}[31m\u{202e}\nPat");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_needs_no_credential_and_no_right_to_lock() {
    let tenant = mixed().await;
    tenant.binary(&[]).assert().code(3);
    let lock = std::fs::File::open(tenant.folder.path().join(format!("xcsync.db.{}.lock", tenant.id))).unwrap();
    lock.lock().unwrap();
    let output = binary().arg("--config").arg(tenant.config()).args(["history", "-o", "csv"]).assert().code(0);
    assert_eq!(String::from_utf8_lossy(&output.get_output().stdout).lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_does_not_change_the_exit_code() {
    let tenant = mixed().await;
    tenant.binary(&["--full"]).assert().code(3);
    for (args, expected) in [(&["-o", "json"][..], 0), (&["01a21540-ed5f-748c-827e-6e2eff6966bc", "-o", "json"], 2)] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_xcsync"));
        command.env_clear().arg("--config").arg(tenant.config()).arg("history").args(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), ended.stderr.len()), (Some(expected), 0), "{ended:?}");
    }
}
