use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use xcsync::sandbox::{Action, Canned, Fault, IdentityFailure};

use crate::context::{Ended, Gateway, Tenant, new_people};

/// A tenant whose tokens have to be renewed five seconds after the first.
async fn renewing(people: u32) -> Tenant {
    let tenant = Tenant::with(new_people(people)).await.signing_in_by_secret();
    tenant.graph.edit(|graph| graph.identity.token_lifetime = Duration::from_secs(305));
    tenant
}

/// The authority takes so long for the next token.
fn slow_authority(tenant: &Tenant, seconds: u64) {
    let failure = IdentityFailure::Slow(Duration::from_secs(seconds));
    tenant.graph.edit(|graph| graph.identity.failure = Some(failure));
}

/// A run that is interrupted so long after its first post, before which `then` changes something; how long it went on.
async fn interrupted(tenant: &Tenant, later: Duration, then: impl FnOnce(&Tenant)) -> (Ended, Duration) {
    let (sender, receiver) = watch::channel(0);
    let interrupt = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        then(tenant);
        sleep(later).await;
        sender.send_modify(|times| *times += 1);
        Instant::now()
    };
    let (ended, at) = tokio::join!(tenant.run_once(&["-o", "json"], receiver), interrupt);
    (ended, at.elapsed())
}

#[tokio::test(start_paused = true)]
async fn nothing_leaves_after_a_signal_that_comes_while_a_token_is_renewed() {
    let tenant = renewing(40).await;
    let later = Duration::from_millis(13_500);
    let (ended, took) = interrupted(&tenant, later, |tenant| slow_authority(tenant, 8)).await;
    let signal = tenant.graph.now() - took;
    let late = tenant.posts().iter().filter(|post| post.at > signal).count();
    assert_eq!((ended.exit, late), (130, 0));
    // The one look back waits for the same token, for a short time.
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert_eq!(ended.run()["counts"]["unknown"], 0);
    tenant.the_second_run_sends_nothing(0).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_leaves_after_the_tenant_was_blocked_while_a_token_is_renewed() {
    let tenant = renewing(60).await.set("limits", "rate_per_second = 5");
    let block = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        slow_authority(&tenant, 8);
        sleep(Duration::from_secs(11)).await;
        tenant.graph.edit(|graph| graph.blocked_for_suspicion = true);
        tenant.graph.now()
    };
    let (ended, at) = tokio::join!(tenant.run(&["-o", "json"]), block);
    let late: Vec<_> = tenant.posts().into_iter().filter(|post| post.at > at).collect();
    assert_eq!((ended.exit, &ended.run()["error"]["code"]), (4, &"tenant-blocked".into()), "{}", ended.stdout);
    assert_eq!(late.len(), 1, "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_token_that_cannot_be_proven_was_not_attempted() {
    let busy = Canned::graph_error(503, "serviceUnavailable", "busy");
    let tenant = renewing(40).await.fault(Fault::on("GET", "/organization", Action::Answer(busy)).skip(2).always());
    tenant.graph.edit(|graph| graph.identity.opaque_tokens = true);
    let applied = tenant.apply(&[]).await;
    assert_eq!((applied.exit, applied.count("unknown")), (7, 0), "{}", applied.error());
    // One gives up after a minute; then five looks back want the same token, a minute each.
    assert!(applied.took < Duration::from_secs(480), "{:?}", applied.took);
}

#[tokio::test(start_paused = true)]
async fn a_post_that_was_rejected_before_the_token_ran_out_is_counted() {
    let no = Canned::graph_error(401, "InvalidAuthenticationToken", "Access token has expired.");
    let tenant = Tenant::with(new_people(3)).await.signing_in_by_secret();
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Answer(no)).skip(1));
    let refuse = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000222: expired","error_codes":[7000222]}"#;
        tenant.graph.edit(|graph| graph.identity.failure = Some(IdentityFailure::Answer(401, body.to_owned())));
    };
    let (ended, ()) = tokio::join!(tenant.run(&["-o", "json"]), refuse);
    let run = ended.run();
    assert_eq!((ended.exit, &run["error"]["code"]), (4, &"AADSTS7000222".into()));
    let outcomes = run["outcomes"].as_array().unwrap();
    let attempts: Vec<_> = outcomes.iter().map(|one| (one["result"].as_str().unwrap(), &one["attempts"])).collect();
    assert!(attempts.contains(&("not-attempted", &1.into())), "{attempts:?}");
}

#[tokio::test(start_paused = true)]
async fn reading_back_ends_with_the_time_to_finish() {
    let tenant = Tenant::with(new_people(1)).await;
    let (ended, took) = interrupted(&tenant, Duration::from_secs(3), |tenant| {
        let busy = Canned::graph_error(429, "TooManyRequests", "later").header("Retry-After", "600");
        tenant.graph.edit(|graph| graph.faults.push(Fault::on("POST", "$batch", Action::Answer(busy))));
    })
    .await;
    assert_eq!((ended.exit, &ended.run()["counts"]["unverified"]), (130, &1.into()));
    assert!(took < Duration::from_secs(21), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_signal_during_a_pause_ends_the_run_at_once_and_keeps_what_was_answered() {
    let busy = Canned::graph_error(503, "serviceUnavailable", "busy").header("Retry-After", "60");
    let fault = Fault::on("POST", "/invitations", Action::FailAfter(busy));
    let tenant = Tenant::with(new_people(3)).await.fault(fault);
    let (ended, took) = interrupted(&tenant, Duration::from_secs(5), |_| {}).await;
    let outcome = ended.run()["outcomes"][0].clone();
    assert_eq!((&outcome["result"], &outcome["status"]), (&"unknown".into(), &503.into()), "{outcome}");
    assert!(outcome["error"]["hint"].as_str().unwrap().contains("nobody could look"), "{outcome}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn people_in_doubt_are_looked_at_although_the_time_is_over() {
    let slow = Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(170))).skip(1).always();
    let tenant = Tenant::with(new_people(9)).await.set("limits", "max_runtime = \"60s\"").fault(slow);
    let applied = tenant.apply(&[]).await;
    assert_eq!((applied.exit, applied.count("unknown")), (7, 0), "{:?}", applied.results());
}

#[tokio::test(start_paused = true)]
async fn people_in_doubt_are_looked_at_to_the_end_although_another_stops_the_run() {
    let tenant = Tenant::with(new_people(3)).await.set("limits", "rate_per_second = 10");
    tenant.graph.edit(|graph| graph.switches.state_lag = Duration::from_secs(1));
    let no =
        Canned::graph_error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::DropAfter).skip(1));
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Answer(no)).skip(2));
    let applied = tenant.apply(&[]).await;
    assert_eq!((applied.exit, applied.results()), (4, [2, 1, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_block_by_microsoft_does_not_hide_behind_another_refusal() {
    let no =
        Canned::graph_error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    let blocked =
        Canned::graph_error(403, "Forbidden", "Invitations are blocked for this directory due to suspicious activity.");
    let tenant = Tenant::with(new_people(3)).await.set("limits", "rate_per_second = 60");
    let late = Duration::from_millis(300);
    tenant.graph.edit(|graph| graph.invitation_latency = (late, late));
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Answer(no)).skip(1));
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Answer(blocked)).skip(1));
    let applied = tenant.apply(&[]).await;
    assert_eq!((applied.exit, applied.error()), (4, "tenant-blocked"));
}
