use xcsync::sandbox::{Action, AllowInvitesFrom, Canned, Fault};

use super::*;

/// Six hours after a complete run, with so many new people since.
async fn six_hours_later(new: u32) -> Tenant {
    let tenant = tenant([person(1, -1)]).await;
    assert_eq!(tenant.apply(&[]).await.exit, 0);
    add(&tenant, (2..2 + new).map(|n| person(n, 5)));
    at(&tenant, hours(6));
    tenant
}

async fn assert_moved(tenant: &Tenant, has_moved: bool, what: &str) {
    let from = if has_moved { hours(5) } else { hours(-1) };
    assert_eq!(next_window(tenant).await, incremental(from), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_0_or_3_moves_it() {
    let tenant = six_hours_later(2).await;
    assert_eq!(tenant.apply(&[]).await.exit, 0);
    assert_moved(&tenant, true, "0").await;
    let tenant = six_hours_later(2).await;
    tenant.graph.edit(|graph| graph.groups.insert("p2@contoso.com".to_owned()));
    assert_eq!(tenant.apply(&[]).await.exit, 3);
    assert_moved(&tenant, true, "3").await;
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_does_not() {
    let tenant = six_hours_later(2).await;
    assert_eq!(tenant.apply(&["--dry-run"]).await.exit, 0);
    assert_moved(&tenant, false, "dry run").await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_refused_stopped_or_misused_does_not() {
    let refused = six_hours_later(2).await;
    refused.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    let no_reading = Fault::on("GET", "/users", Action::Answer(Canned::graph_error(403, "Forbidden", "No.")));
    let unread = six_hours_later(2).await.fault(no_reading);
    let large = six_hours_later(2).await.set("limits", "max_invitations = 1");
    let stopped = six_hours_later(2).await.set("limits", "stop_after_failures = 1");
    stopped.graph.edit(|graph| graph.groups.insert("p2@contoso.com".to_owned()));
    let wrong = six_hours_later(2).await;
    wrong.graph.edit(|graph| graph.verified_domains.push("contoso.com".to_owned()));
    for (exit, tenant) in [(4, refused), (4, unread), (5, large), (7, stopped), (2, wrong)] {
        assert_eq!(tenant.apply(&[]).await.exit, exit);
        tenant.graph.edit(|graph| graph.verified_domains.retain(|domain| domain != "contoso.com"));
        assert_moved(&tenant, false, &exit.to_string()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_run_does_not() {
    let tenant = six_hours_later(2).await;
    interrupted(&tenant, 2).await;
    assert_moved(&tenant, false, "130").await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cut_off_does_not() {
    let tenant = six_hours_later(2).await;
    cut_off(&tenant, &[], 1).await;
    assert_moved(&tenant, false, "cut off").await;
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_breaks_off_does_not() {
    let down = Canned::graph_error(503, "ServiceUnavailable", "Try later.");
    let tenant = six_hours_later(3).await;
    tenant.graph.edit(|graph| graph.page_size = Some(1));
    let tenant = tenant.fault(Fault::on("GET", "/users", Action::Answer(down)).skip(1).always());
    assert_eq!(tenant.apply(&[]).await.exit, 7);
    tenant.graph.edit(|graph| graph.faults.clear());
    assert_moved(&tenant, false, "discovery").await;
}

#[tokio::test(start_paused = true)]
async fn a_wave_that_leaves_somebody_over_does_not_and_its_last_one_does() {
    let tenant = six_hours_later(3).await.set("limits", "wave = 2");
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [2, 0, 0, 0, 1]));
    assert_moved(&tenant, false, "left over").await;
    at(&tenant, hours(6) + seconds(60));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [1, 0, 0, 0, 0]));
    assert_eq!(next_window(&tenant).await, incremental(hours(5) + seconds(60)));
}

#[tokio::test(start_paused = true)]
async fn a_window_that_begins_after_it_does_not_and_one_that_begins_at_it_does() {
    for (since, has_moved) in [("21599s", false), ("21600s", true)] {
        let tenant = six_hours_later(2).await;
        let run = tenant.apply(&["--since", since]).await;
        assert_eq!((run.exit, run.posts().len()), (0, 2));
        assert_moved(&tenant, has_moved, since).await;
    }
}

#[tokio::test(start_paused = true)]
async fn people_asked_for_do_not() {
    let tenant = six_hours_later(2).await;
    assert_eq!(tenant.apply(&["--user", "p2@contoso.com"]).await.posts().len(), 1);
    assert_moved(&tenant, false, "--user").await;
    assert_eq!(tenant.apply(&["--user", "nobody@contoso.com"]).await.exit, 2);
    assert_moved(&tenant, false, "nobody").await;
}

#[tokio::test(start_paused = true)]
async fn full_moves_it() {
    let tenant = six_hours_later(2).await;
    assert_eq!(tenant.apply(&["--full"]).await.exit, 0);
    assert_moved(&tenant, true, "--full").await;
}

#[tokio::test(start_paused = true)]
async fn a_run_without_a_ledger_does_not() {
    let tenant = six_hours_later(2).await;
    assert_eq!(tenant.apply(&["--no-state"]).await.exit, 0);
    assert_moved(&tenant, false, "--no-state").await;
}

#[tokio::test(start_paused = true)]
async fn a_reminder_that_a_wave_leaves_over_is_somebody_to_be_sent_too() {
    let tenant = six_hours_later(0).await;
    add(&tenant, [person(2, 5)]);
    assert_eq!(tenant.apply(&[]).await.exit, 0);
    at(&tenant, hours(8 * 24));
    let tenant = tenant.set("limits", "wave = 1");
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.count("remind"), run.results()), (0, 2, [1, 0, 0, 0, 1]));
    assert_eq!(next_window(&tenant).await.0, "sweep", "the sweep has not gone through");
    at(&tenant, hours(8 * 24 + 1));
    assert_eq!(tenant.apply(&[]).await.results(), [1, 0, 0, 0, 0]);
    assert_eq!(next_window(&tenant).await, incremental(hours(8 * 24)));
}
