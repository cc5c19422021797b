use xcsync::sandbox::AllowInvitesFrom;

use super::*;
use crate::context::new_people;

/// The exit code of the probe, which needs nothing but the ledger, and the code of its error.
async fn probe(tenant: &Tenant, age: &str) -> (u8, String) {
    let args = ["--offline", "--max-age", age, "-o", "json"];
    let ended = status_in(&Environment::default(), tenant, &args, watch::channel(0).1).await;
    let told = only_tenant(&ended.json());
    (ended.exit, told["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn stale() -> (u8, String) {
    (8, "no-recent-run".to_owned())
}

fn fresh() -> (u8, String) {
    (0, String::new())
}

#[tokio::test(start_paused = true)]
async fn it_is_8_where_no_run_was_complete_or_the_last_complete_one_is_too_old() {
    let tenant = lasting(new_people(1)).await;
    assert_eq!(probe(&tenant, "26h").await, stale(), "no ledger at all");
    tenant.report(&[]).await;
    assert_eq!(probe(&tenant, "26h").await, fresh());
    at(&tenant, 25);
    assert_eq!((probe(&tenant, "26h").await, probe(&tenant, "24h").await), (fresh(), stale()));
    at(&tenant, 27);
    assert_eq!(probe(&tenant, "26h").await, stale());
    let online = status(&tenant, &["--max-age", "26h"]).await;
    assert_eq!(online.exit, 8);
    let said = "\nerror: emulated: the last complete run began 2026-03-02T08:00:0";
    assert!(online.stdout.contains(said), "{online:?}");
    assert!(online.stdout.contains("--max-age allows 26h (no-recent-run)\nhint: "), "{online:?}");
    assert_eq!(status(&tenant, &[]).await.exit, 0, "without --max-age age is no problem");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_not_complete_does_not_count() {
    let tenant = lasting(new_people(3)).await.set("limits", "wave = 2");
    tenant.report(&[]).await;
    assert_eq!(probe(&tenant, "26h").await, stale(), "a wave left somebody over");
    tenant.report(&[]).await;
    assert_eq!(probe(&tenant, "26h").await, fresh());
    at(&tenant, 27);
    tenant.graph.edit(|graph| {
        graph.allow_invites_from = AllowInvitesFrom::None;
        graph.people.push(person(4).created(monday() + TimeDelta::hours(26)));
    });
    assert_eq!(tenant.report(&[]).await["exit_code"], 4);
    assert_eq!(probe(&tenant, "26h").await, stale());
    tenant.report(&["--dry-run"]).await;
    tenant.report(&["--user", "p1@contoso.com"]).await;
    assert_eq!(probe(&tenant, "26h").await, stale());
}

#[tokio::test(start_paused = true)]
async fn a_run_from_the_future_is_no_recent_one_and_a_clock_some_seconds_off_does_no_harm() {
    let mut tenant = Tenant::with(new_people(1)).await;
    tenant.report(&[]).await;
    tenant.local_time = Some(monday() - TimeDelta::minutes(2));
    assert_eq!(probe(&tenant, "26h").await, fresh());
    tenant.local_time = Some(monday() - TimeDelta::hours(3));
    assert_eq!(probe(&tenant, "26h").await, stale());
    // The server's clock, where it was asked, is the one that counts.
    assert_eq!(status(&tenant, &["--max-age", "26h"]).await.exit, 0);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_outranks_an_old_run_and_both_are_told() {
    let tenant = Tenant::with(new_people(1)).await;
    tenant.report(&[]).await;
    tenant.graph.edit(|graph| graph.now += TimeDelta::minutes(40));
    let told = json(&tenant.permitted(&[]), &["--max-age", "30m"]).await;
    assert_eq!((&told["exit_code"], &told["error"]["code"]), (&4.into(), &"denied".into()));
    assert!(told["warnings"][0].as_str().unwrap().contains("--max-age allows 30m"), "{told:#}");
}

#[tokio::test(start_paused = true)]
async fn an_age_that_is_none_is_a_wrong_call() {
    let tenant = Tenant::with(new_people(1)).await;
    for age in ["", "26", "-26h", "0h", "1.5h", "yesterday", "9999999d"] {
        let ended = status(&tenant, &["--max-age", age]).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{age}: {ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_refuses_invitations_is_told_with_the_way_out() {
    let tenant = Tenant::with(new_people(1)).await;
    tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    tenant.report(&[]).await;
    let told = json(&tenant, &["--offline"]).await;
    let warning = told["warnings"][0].as_str().unwrap();
    assert!(warning.contains("(invitations-not-allowed)"), "{warning}");
    assert!(warning.contains("`xcsync invite --tenant emulated --resume`"), "{warning}");
}
