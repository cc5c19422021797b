use std::path::Path;
use std::pin::Pin;

use tokio::sync::watch;
use xcsync::sandbox::{Action, Fault};

use super::*;
use crate::context::{Ended, run_with};

/// A tenant whose next run reads for half a minute.
async fn slow(people: u32) -> Tenant {
    let people = (1..=people).map(|n| person(n, -1));
    tenant(people).await.fault(Fault::on("GET", "/users?", Action::Slow(Duration::from_secs(30))))
}

/// Waits until so many runs have begun to read; the last of them holds the lock.
async fn reading(tenant: &Tenant, runs: usize) {
    Gateway::after(&tenant.graph, "/users?", runs).await;
}

/// Runs with a configuration of these lines.
async fn run_by(tenant: &Tenant, lines: &str, args: &[&str]) -> Ended {
    let path = tenant.folder.path().join("another.toml");
    std::fs::write(&path, lines).unwrap();
    run_with(&path, args, &tenant.environment(), tenant.graph.now(), watch::channel(0).1).await
}

/// A run, and one that begins while the first is reading.
fn beside<'a>(
    tenant: &'a Tenant,
    second: impl Future<Output = Ended> + 'a,
) -> Pin<Box<dyn Future<Output = (Ended, Ended)> + 'a>> {
    let later = async {
        reading(tenant, 1).await;
        second.await
    };
    Box::pin(async { tokio::join!(tenant.run(&[]), later) })
}

fn assert_locked(ended: &Ended) {
    let error = &ended.run()["error"];
    assert_eq!((ended.exit, &error["code"], &ended.json()["exit_code"]), (6, &"locked".into(), &6.into()), "{ended:?}");
    let message = error["message"].as_str().unwrap();
    let holder = format!("process {}, since 2026-03-02T08:00:00Z", std::process::id());
    assert!(message.contains(&holder) && message.contains("nothing was sent to anyone"), "{message}");
    assert!(error["hint"].as_str().unwrap().contains("nothing to delete"));
}

#[tokio::test(start_paused = true)]
async fn a_second_run_ends_6_says_who_holds_the_lock_since_when_and_asks_the_tenant_nothing() {
    let tenant = slow(1).await;
    let (first, (second, asked)) = tokio::join!(tenant.run(&[]), async {
        reading(&tenant, 1).await;
        let before = tenant.graph.traffic().len();
        let second = tenant.run(&["-o", "json"]).await;
        (second, tenant.graph.traffic().len() - before)
    });
    assert_locked(&second);
    let run = second.run();
    assert_eq!((&run["exit_code"], &run["window"], &run["counts"]["discovered"]), (&6.into(), &Value::Null, &0.into()));
    assert_eq!((first.exit, asked, tenant.mailed().len()), (0, 0, 1));
    assert_eq!(tenant.apply(&[]).await.exit, 0, "the lock went with the run");
}

#[tokio::test(start_paused = true)]
async fn the_text_and_the_log_beside_csv_say_the_same() {
    for form in ["text", "csv"] {
        let tenant = slow(0).await;
        let (_, second) = beside(&tenant, tenant.run(&["-o", form])).await;
        let said = second.stdout + &second.stderr;
        let holder = format!("process {}, since 2026-03-02T08:00:00Z", std::process::id());
        assert_eq!(second.exit, 6);
        assert!(said.contains(&holder) && said.contains("nothing to delete"), "{form}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_run_that_sends_takes_the_lock() {
    for args in [vec!["--full"], vec!["--since", "2h"], vec!["--user", "p1@contoso.com"], vec!["--resume"]] {
        let tenant = slow(1).await;
        let args: Vec<_> = args.into_iter().chain(["-o", "json"]).collect();
        assert_locked(&beside(&tenant, tenant.run(&args)).await.1);
    }
}

#[tokio::test(start_paused = true)]
async fn neither_a_dry_run_nor_a_run_without_state_takes_or_needs_it() {
    for flag in ["--dry-run", "--no-state"] {
        let tenant = slow(0).await;
        let (first, second) = beside(&tenant, tenant.run(&[flag])).await;
        assert_eq!((first.exit, second.exit), (0, 0), "{flag}: {second:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_in_the_middle_of_sending_sees_who_is_under_way() {
    let tenant = tenant([person(1, -2), person(2, -1)]).await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(60))));
    let (first, dry) = tokio::join!(tenant.run(&[]), async {
        Gateway::after_posts(&tenant.graph, 1).await;
        tenant.graph.edit(|graph| graph.people.get_mut(id(1)).unwrap().external_user_state = None);
        tenant.report(&["--dry-run"]).await
    });
    assert_eq!((first.exit, &dry["exit_code"]), (3, &0.into()));
    let decisions = dry["decisions"].as_array().unwrap();
    let reasons: Vec<_> = decisions.iter().map(|decision| decision["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["retry-later", "new"]);
}

#[tokio::test(start_paused = true)]
async fn it_is_the_tenants_whatever_a_configuration_calls_it() {
    let tenant = slow(0).await;
    let lines = tenant.state() + &tenant.tables("another_name");
    assert_locked(&beside(&tenant, run_by(&tenant, &lines, &["-o", "json"])).await.1);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn it_is_the_files_by_whatever_way_it_is_reached() {
    let tenant = slow(0).await;
    let link = tenant.folder.path().join("link.db");
    std::os::unix::fs::symlink(tenant.ledger(), &link).unwrap();
    let lines = format!("state = {link:?}\n{}", tenant.tables("emulated"));
    assert_locked(&beside(&tenant, run_by(&tenant, &lines, &["-o", "json"])).await.1);
}

#[tokio::test(start_paused = true)]
async fn another_tenant_of_the_same_ledger_may_run_at_the_same_time() {
    let first = slow(1).await;
    let second = second_tenant([person(1, -1)]).await;
    let lines = first.state() + &second.tables("second");
    let (one, two) = beside(&first, run_by(&second, &lines, &[])).await;
    assert_eq!((one.exit, two.exit), (0, 0), "{two:?}");
    assert_eq!((first.mailed().len(), second.mailed().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn it_is_given_back_however_a_run_ends() {
    let tenant = slow(1).await;
    tokio::select! {
        ended = tenant.run(&[]) => panic!("it ended before: {ended:?}"),
        () = reading(&tenant, 1) => {}
    }
    assert_eq!(tenant.run(&["--user", "nobody@contoso.com"]).await.exit, 2);
    assert_eq!(tenant.run(&[]).await.exit, 0);
    let locks = std::fs::read_dir(tenant.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let locks: Vec<_> = locks.filter(|path| path.extension() == Some(Path::new("lock").as_os_str())).collect();
    assert_eq!(locks.len(), 1, "its file stays, for whoever deleted it would let two runs lock two files");
}

#[tokio::test(start_paused = true)]
async fn runs_that_were_cut_off_before_are_not_taken_for_the_one_that_holds_it() {
    let tenant = slow(0).await;
    tokio::select! {
        ended = tenant.run(&[]) => panic!("it ended before: {ended:?}"),
        () = reading(&tenant, 1) => {}
    }
    at(&tenant, hours(1));
    let tenant = tenant.fault(Fault::on("GET", "/users?", Action::Slow(Duration::from_secs(30))));
    let (_, second) = tokio::join!(tenant.run(&[]), async {
        reading(&tenant, 2).await;
        tenant.run(&["-o", "json"]).await
    });
    let message = second.run()["error"]["message"].to_string();
    assert!(second.exit == 6 && message.contains("since 2026-03-02T09:00:0"), "{second:?}");
}
