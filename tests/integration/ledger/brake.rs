use std::ffi::OsString;

use tokio::sync::watch;
use xcsync::sandbox::{Action, Canned, Fault};
use xcsync::world::Environment;

use super::*;
use crate::context::run_line;

/// A tenant of two people that was found to be blocked at Monday's first second.
async fn blocked() -> Tenant {
    let tenant = tenant([person(1, -2), person(2, -1)]).await;
    tenant.graph.edit(|graph| graph.blocked_for_suspicion = true);
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (4, "tenant-blocked", [0, 1, 0, 0, 1]));
    tenant
}

async fn assert_braked(tenant: &Tenant, args: &[&str]) -> Applied {
    let run = tenant.apply(args).await;
    assert_eq!((run.exit, run.error(), run.posts().len()), (4, "tenant-blocked", 0), "{args:?}");
    run
}

#[tokio::test(start_paused = true)]
async fn runs_only_plan_and_end_4_until_resume_however_long_and_whatever_microsoft_did() {
    let tenant = blocked().await;
    for day in [1, 2, 30, 400] {
        at(&tenant, hours(24 * day));
        assert_eq!(assert_braked(&tenant, &[]).await.count("invite"), 2);
        assert_braked(&tenant, &["--dry-run"]).await;
        assert_braked(&tenant, &["--user", "p1@contoso.com"]).await;
        tenant.graph.edit(|graph| graph.blocked_for_suspicion = false);
    }
    assert_eq!(tenant.apply(&["--resume"]).await.results(), [2, 0, 0, 0, 0]);
    add(&tenant, [person(3, 24 * 400)]);
    at(&tenant, hours(24 * 400 + 1));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p3@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_tells_when_it_was_found_and_what_alone_helps() {
    let tenant = blocked().await;
    at(&tenant, hours(5));
    let error = assert_braked(&tenant, &[]).await.run["error"].clone();
    let (message, hint) = (error["message"].as_str().unwrap(), error["hint"].as_str().unwrap());
    assert!(message.contains("2026-03-02T08:00:0") && message.contains("suspicious activity"), "{message}");
    assert!(hint.contains("support case") && hint.contains("--resume"), "{hint}");
}

#[tokio::test(start_paused = true)]
async fn resume_too_early_tries_one_and_brakes_again() {
    let tenant = blocked().await;
    at(&tenant, hours(30));
    let run = tenant.apply(&["--resume"]).await;
    assert_eq!((run.exit, run.error(), run.posts().len()), (4, "tenant-blocked", 1));
    at(&tenant, hours(60));
    assert_braked(&tenant, &[]).await;
}

#[tokio::test(start_paused = true)]
async fn resume_in_a_dry_run_shows_the_plan_and_lifts_nothing() {
    let tenant = blocked().await;
    let before = std::fs::read(tenant.ledger()).unwrap();
    let run = tenant.apply(&["--resume", "--dry-run"]).await;
    assert_eq!((run.exit, run.count("invite")), (0, 2));
    assert!(std::fs::read(tenant.ledger()).unwrap() == before);
    assert_braked(&tenant, &[]).await;
}

#[tokio::test(start_paused = true)]
async fn resume_lifts_it_even_where_there_is_nobody_to_send_to() {
    let tenant = blocked().await;
    tenant.graph.edit(|graph| graph.blocked_for_suspicion = false);
    let kept = [1, 2].map(|n| tenant.graph.person(id(n)).unwrap());
    tenant.graph.edit(|graph| [1, 2].map(|n| graph.people.remove(id(n))));
    assert_eq!(tenant.apply(&["--resume"]).await.exit, 0);
    add(&tenant, kept);
    at(&tenant, hours(1));
    assert_eq!(tenant.apply(&["--since", "9h"]).await.results(), [2, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_answered_after_the_block_does_not_take_its_place() {
    let tenant = tenant([person(1, -3), person(2, -2), person(3, -1)]).await;
    let forbidden = |message: &str| (403, "Forbidden".to_owned(), message.to_owned());
    let (status, code, message) = forbidden("Guest invitations not allowed for your company.");
    tenant.graph.edit(|graph| graph.refusals.insert("p2@contoso.com".to_owned(), Refusal { status, code, message }));
    let (status, code, message) = forbidden("Invitations are blocked for this directory due to suspicious activity.");
    let blocked = Action::Answer(Canned::graph_error(status, &code, &message));
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(20))).about(id(2)));
    let tenant = tenant.fault(Fault::on("POST", "/invitations", blocked).about(id(3)));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (4, "tenant-blocked", [1, 2, 0, 0, 0]));
    for hour in [1, 25, 24 * 30] {
        at(&tenant, hours(hour));
        assert_braked(&tenant, &[]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn resume_is_refused_where_nothing_is_remembered() {
    for line in [["--cloud", "sandbox"], ["--no-state", "-v"]] {
        let line = ["xcsync", "invite", "--resume"].into_iter().chain(line).map(OsString::from);
        let ended = run_line(line, &Environment::default(), monday(), watch::channel(0).1).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains("--resume"), "{}", ended.stderr);
    }
}
