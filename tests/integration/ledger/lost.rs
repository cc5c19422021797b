use std::path::{Path, PathBuf};

use tokio::sync::watch;
use xcsync::sandbox::AllowInvitesFrom;

use super::*;
use crate::context::{Ended, run_with};

/// Somebody pending, somebody who has accepted, somebody from before the start, and nobody else; the tenth day.
async fn ten_days_in() -> Tenant {
    let tenant =
        tenant([person(1, -2), person(2, -1), person(3, -100)]).await.set("invite", "remind_after = \"never\"");
    assert_eq!(tenant.apply(&[]).await.results(), [2, 0, 0, 0, 0]);
    tenant.graph.accept(id(2));
    at(&tenant, hours(240));
    assert_eq!(tenant.apply(&[]).await.exit, 0);
    tenant
}

/// Runs with the ledger at another place.
async fn run_at(tenant: &Tenant, ledger: &Path, args: &[&str]) -> Ended {
    let path = tenant.folder.path().join("moved.toml");
    std::fs::write(&path, format!("state = {ledger:?}\n{}", tenant.tables("emulated"))).unwrap();
    let args: Vec<_> = args.iter().copied().chain(["-o", "json"]).collect();
    run_with(&path, &args, &tenant.environment(), tenant.graph.now(), watch::channel(0).1).await
}

#[tokio::test(start_paused = true)]
async fn without_its_ledger_a_run_says_how_many_are_from_before_and_mails_nobody_again() {
    let tenant = ten_days_in().await;
    add(&tenant, [person(4, 239)]);
    std::fs::remove_file(tenant.ledger()).unwrap();
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((window(&run.run).0.as_str(), run.posted()), ("first", vec!["p4@contoso.com".to_owned()]));
    let found = [1, 2, 3, 4].map(|n| reason_in(&run, n));
    assert_eq!(found, ["pending", "accepted", "before-start", "new"]);
    let warnings = run.run["warnings"].to_string();
    assert!(warnings.contains("1 people") && warnings.contains("`xcsync invite --full` adopts them"), "{warnings}");
}

#[tokio::test(start_paused = true)]
async fn since_and_full_adopt_whom_a_lost_ledger_had_still_to_invite_and_mail_nobody_again() {
    for args in [["--since", "350h"].as_slice(), &["--full"]] {
        let tenant = ten_days_in().await;
        std::fs::remove_file(tenant.ledger()).unwrap();
        assert_eq!(tenant.apply(&[]).await.posted(), [""; 0]);
        assert_eq!(tenant.apply(args).await.posted(), ["p3@contoso.com"]);
        at(&tenant, hours(264));
        assert_eq!(tenant.apply(&[]).await.posted(), [""; 0]);
        assert_eq!(tenant.mailed().len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_ledger_nobody_is_reminded_whose_invitation_nobody_remembers() {
    let tenant = ten_days_in().await;
    std::fs::remove_file(tenant.ledger()).unwrap();
    let tenant = tenant.set("invite", "max_reminders = 9");
    for day in [10, 20, 40] {
        at(&tenant, hours(24 * day));
        tenant.apply(&[]).await;
    }
    assert_eq!(tenant.mailed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_copied_to_another_place_goes_on_there() {
    let tenant = tenant([person(1, -3), person(2, -2), person(3, -1)]).await;
    refuse(&tenant, 2);
    tenant.graph.edit(|graph| graph.groups.insert("p3@contoso.com".to_owned()));
    assert_eq!(tenant.apply(&[]).await.results(), [1, 2, 0, 0, 0]);
    let moved: PathBuf = tenant.folder.path().join("elsewhere.db");
    std::fs::rename(tenant.ledger(), &moved).unwrap();
    at(&tenant, hours(5));
    let run = run_at(&tenant, &moved, &["-v"]).await.run();
    assert_eq!((window(&run), &run["exit_code"]), (incremental(hours(-1)), &0.into()));
    at(&tenant, hours(25));
    mend(&tenant);
    let run = run_at(&tenant, &moved, &["-v"]).await.run();
    assert_eq!((window(&run).0.as_str(), &run["counts"]["retry"]), ("sweep", &1.into()));
    assert_eq!(run["counts"]["held_by_reason"]["refused"], 1);
    assert_eq!(tenant.mailed(), ["p1@contoso.com", "p2@contoso.com"]);
    assert!(!tenant.ledger().exists(), "nothing is begun at the old place");
}

#[tokio::test(start_paused = true)]
async fn a_brake_moves_along() {
    let tenant = tenant([person(1, -1)]).await;
    tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    tenant.apply(&[]).await;
    let moved = tenant.folder.path().join("elsewhere.db");
    std::fs::copy(tenant.ledger(), &moved).unwrap();
    at(&tenant, hours(1));
    assert_eq!(run_at(&tenant, &moved, &[]).await.exit, 4);
    assert_eq!(tenant.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_old_copy_that_is_brought_back_mails_nobody_again() {
    let tenant = tenant([person(1, -2)]).await.set("invite", "remind_after = \"never\"");
    tenant.apply(&[]).await;
    let copy = std::fs::read(tenant.ledger()).unwrap();
    add(&tenant, [person(2, 5)]);
    at(&tenant, hours(6));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p2@contoso.com"]);
    std::fs::write(tenant.ledger(), copy).unwrap();
    add(&tenant, [person(3, 11)]);
    at(&tenant, hours(12));
    let run = tenant.apply(&[]).await;
    assert_eq!((window(&run.run), run.posted()), (incremental(hours(-1)), vec!["p3@contoso.com".to_owned()]));
}
