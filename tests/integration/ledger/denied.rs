use xcsync::sandbox::{Action, AllowInvitesFrom, Canned, Fault, Tenant as Emulated};

use super::*;

type Cause = fn(&mut Emulated);

/// The refusals of a whole tenant by their codes, and where each comes from.
const CAUSES: [(&str, Cause); 4] = [
    ("invitations-not-allowed", |graph| graph.allow_invites_from = AllowInvitesFrom::None),
    ("insufficient-privileges", |graph| graph.application.roles.retain(|role| role != "User.Invite.All")),
    ("cross-tenant-access", |graph| graph.blocked_domains.extend(["contoso.com".to_owned()])),
    ("cross-cloud-worker-disabled", |graph| graph.worker_disabled_domains.extend(["contoso.com".to_owned()])),
];

/// The tenant takes invitations again.
fn allow(tenant: &Tenant) {
    tenant.graph.edit(|graph| {
        graph.allow_invites_from = AllowInvitesFrom::Everyone;
        graph.application.roles = xcsync::sandbox::Application::default().roles;
        graph.blocked_domains.clear();
        graph.worker_disabled_domains.clear();
    });
}

/// A tenant of three people that refused the first one at Monday's first second.
async fn refused_by(cause: Cause) -> Tenant {
    let tenant = tenant([person(1, -3), person(2, -2), person(3, -1)]).await;
    tenant.graph.edit(cause);
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (4, [0, 1, 0, 0, 2], 1));
    tenant
}

async fn refused() -> Tenant {
    refused_by(CAUSES[0].1).await
}

/// A run that plans and does no more, because the tenant has refused.
async fn assert_left_alone(tenant: &Tenant, args: &[&str]) -> Applied {
    let run = tenant.apply(args).await;
    assert_eq!((run.exit, run.error(), run.posts().len()), (4, "tenant-refuses", 0), "{args:?}");
    assert_eq!(run.run["outcomes"], serde_json::json!([]));
    run
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_refuses_is_tried_with_one_invitation_in_24_hours_and_else_left_alone() {
    for (code, cause) in CAUSES {
        let tenant = refused_by(cause).await;
        for day in 0..3 {
            for wait in [hours(1), hours(12), hours(24) - seconds(3)] {
                at(&tenant, hours(24 * day) + wait);
                let run = assert_left_alone(&tenant, &[]).await;
                assert_eq!(run.count("invite"), 3, "they are planned for all the same");
            }
            at(&tenant, hours(24 * (day + 1)) + seconds(3 * (day + 1)));
            let run = tenant.apply(&[]).await;
            assert_eq!((run.exit, run.error(), run.results()), (4, code, [0, 1, 0, 0, 2]));
            assert_eq!(run.posted(), ["p1@contoso.com"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_said_meanwhile_tells_when_and_why_the_tenant_refused() {
    let tenant = refused().await;
    at(&tenant, hours(5));
    let run = assert_left_alone(&tenant, &[]).await;
    let message = run.run["error"]["message"].as_str().unwrap();
    assert!(message.contains("2026-03-02T08:00:0") && message.contains("Guest invitations not allowed"), "{message}");
    assert!(run.run["error"]["hint"].as_str().unwrap().contains("--resume"));
}

#[tokio::test(start_paused = true)]
async fn it_is_lifted_by_an_invitation_that_left_after_it_and_nobody_counts_as_failed() {
    let tenant = refused().await;
    allow(&tenant);
    at(&tenant, hours(23));
    assert_left_alone(&tenant, &[]).await;
    at(&tenant, hours(24) + seconds(3));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.count("invite"), run.results()), (0, 3, [3, 0, 0, 0, 0]));
    add(&tenant, [person(4, 24)]);
    at(&tenant, hours(25));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p4@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_plan_and_a_dry_run_end_4_meanwhile_too() {
    let tenant = refused().await;
    at(&tenant, hours(2));
    assert_left_alone(&tenant, &["--dry-run"]).await;
    tenant.graph.edit(|graph| [1, 2, 3].map(|n| graph.people.remove(id(n))));
    for args in [[].as_slice(), &["--dry-run"]] {
        assert_eq!(assert_left_alone(&tenant, args).await.count("discovered"), 0);
    }
    at(&tenant, hours(25));
    assert_eq!(tenant.apply(&["--dry-run"]).await.exit, 0, "the run would find out");
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_asked_for_is_sent_meanwhile_but_what_resume_sends() {
    let tenant = refused().await;
    allow(&tenant);
    at(&tenant, hours(2));
    for args in [vec!["--user", "p1@contoso.com"], vec!["--full"], vec!["--since", "9h"]] {
        assert_left_alone(&tenant, &args).await;
    }
    assert_eq!(tenant.apply(&["--resume"]).await.results(), [3, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn resume_tries_one_at_once_and_a_refusal_counts_from_then() {
    let tenant = refused().await;
    at(&tenant, hours(20));
    let run = tenant.apply(&["--resume"]).await;
    assert_eq!((run.exit, run.error(), run.posts().len()), (4, "invitations-not-allowed", 1));
    at(&tenant, hours(43));
    assert_left_alone(&tenant, &[]).await;
    at(&tenant, hours(44) + seconds(3));
    assert_eq!(tenant.apply(&[]).await.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_for_whatever_reason_renews_it() {
    let group = Canned::graph_error(400, "BadRequest", "Group email address is not supported");
    for (action, results) in [(Action::Answer(group), [0, 1, 0, 0, 2]), (Action::DropBefore, [0, 0, 1, 0, 2])] {
        let tenant = refused().await;
        allow(&tenant);
        let tenant = tenant.fault(Fault::on("POST", "/invitations", action));
        at(&tenant, hours(24) + seconds(3));
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.error(), run.results()), (4, "tenant-refuses", results));
        at(&tenant, hours(47));
        assert_left_alone(&tenant, &[]).await;
        at(&tenant, hours(49));
        assert_eq!(tenant.apply(&[]).await.exit, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_cut_off_was_the_one_of_its_day() {
    let tenant = refused().await.fault(Fault::on("POST", "/invitations", Action::DropBefore));
    at(&tenant, hours(24) + seconds(3));
    cut_off(&tenant, &[], 1).await;
    for wait in [25, 47] {
        at(&tenant, hours(wait));
        assert_left_alone(&tenant, &[]).await;
    }
    at(&tenant, hours(49));
    assert_eq!(tenant.apply(&[]).await.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reminder_may_be_the_probe_and_is_not_used_up_by_a_refusal() {
    let tenant = tenant([person(1, -1)]).await;
    tenant.apply(&[]).await;
    tenant.graph.edit(CAUSES[0].1);
    at(&tenant, hours(8 * 24));
    assert_eq!(tenant.apply(&[]).await.results(), [0, 1, 0, 0, 0]);
    at(&tenant, hours(9 * 24 - 1));
    assert_left_alone(&tenant, &[]).await;
    allow(&tenant);
    for (day, mails) in [(10, 2), (18, 3), (40, 3)] {
        at(&tenant, hours(day * 24));
        assert_eq!((tenant.apply(&[]).await.exit, tenant.mailed().len()), (0, mails));
    }
}

#[tokio::test(start_paused = true)]
async fn an_invitation_that_was_under_way_before_does_not_lift_it() {
    let tenant = tenant([person(1, -3), person(2, -2), person(3, -1)]).await;
    let slow = Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(20))).about(id(2));
    let message = "This invitation is blocked by cross-tenant access settings.";
    let refusal = Action::Answer(Canned::graph_error(400, "BadRequest", message));
    let tenant = tenant.fault(slow).fault(Fault::on("POST", "/invitations", refusal).about(id(3)));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (4, [2, 1, 0, 0, 0]));
    at(&tenant, hours(1));
    assert_left_alone(&tenant, &[]).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_rejected_is_no_refusal_of_the_tenant() {
    let rejected = Canned::graph_error(401, "InvalidAuthenticationToken", "The token is expired.");
    let tenant = tenant([person(1, -2), person(2, -1)]).await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Answer(rejected)).always());
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (4, "token-rejected", [0, 1, 0, 0, 1]));
    mend(&tenant);
    // The one with whom it was found out is tried again as after any failure.
    for (hour, posted) in [(1, "p2@contoso.com"), (7, "p1@contoso.com")] {
        at(&tenant, hours(hour));
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.posted()), (0, vec![posted.to_owned()]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_seen_by_reading_lifts_it_too() {
    let tenant = refused().await.fault(Fault::on("POST", "/invitations", Action::DropAfter));
    allow(&tenant);
    at(&tenant, hours(24) + seconds(3));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [3, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_the_service_never_processed_was_none() {
    let busy = Canned::graph_error(429, "TooManyRequests", "Later.").header("Retry-After", "7200");
    let tenant = refused().await.fault(Fault::on("POST", "/invitations", Action::Answer(busy)));
    allow(&tenant);
    at(&tenant, hours(24) + seconds(3));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.count("invited"), run.count("not_attempted")), (7, 0, 3));
    at(&tenant, hours(27));
    assert_eq!(tenant.apply(&[]).await.results(), [3, 0, 0, 0, 0]);
}
