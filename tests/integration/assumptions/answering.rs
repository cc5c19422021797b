use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use xcsync::sandbox::{Action, Fault, Identity, Person, Tenant as Emulated, monday};
use xcsync::world::Clock;

use super::under_both;
use crate::context::{Gateway, INVITER, Tenant, new_people};

#[tokio::test(start_paused = true)]
async fn an_ambiguous_reminder_is_used_up_whether_or_not_the_time_moves() {
    let pending =
        || vec![Person::synced(1, "p1@contoso.com").state("PendingAcceptance", monday() - TimeDelta::days(9))];
    for tenant in under_both(pending, |switches| switches.second_invitation_moves_change_time = false).await {
        let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::DropAfter));
        let run = tenant.apply(&["--user", "p1@contoso.com", "--resend"]).await;
        assert_eq!((run.exit, run.results(), tenant.mailed().len()), (3, [0, 0, 1, 0, 0], 1));
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_is_waited_out_with_and_without_retry_after() {
    for tenant in under_both(|| new_people(20), |switches| switches.throttled_with_retry_after = false).await {
        tenant.graph.edit(|graph| graph.invitation_limit = Some((5, Duration::from_secs(10))));
        let run = tenant.set("limits", "rate_per_second = 10").apply(&[]).await;
        assert_eq!((run.exit, run.results()), (0, [20, 0, 0, 0, 0]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_who_accepts_meanwhile_is_no_failure_that_stops_a_run() {
    let tenants = under_both(|| new_people(3), |switches| switches.accepted_again_is_created = false).await;
    for (tenant, expected) in tenants.iter().zip([[3, 0, 0, 0, 0], [2, 1, 0, 0, 0]]) {
        let accept = async {
            Gateway::after_posts(&tenant.graph, 1).await;
            tenant.graph.accept(new_people(2)[1].id);
        };
        let (run, ()) = tokio::join!(tenant.apply(&[]), accept);
        assert_eq!((run.results(), tenant.mailed().len()), (expected, 2));
        assert_eq!(run.exit, if expected[1] == 0 { 0 } else { 3 });
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_read_with_and_without_upn() {
    for tenant in under_both(|| new_people(3), |switches| switches.answer_has_upn = true).await {
        assert_eq!(tenant.apply(&[]).await.results(), [3, 0, 0, 0, 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_type_sent_is_the_accounts_own() {
    let people = || vec![Person::synced(1, "p1@contoso.com"), Person::synced(2, "p2@contoso.com").user_type("Guest")];
    for tenant in under_both(people, |switches| switches.user_type_stays = false).await {
        let run = tenant.apply(&[]).await;
        let sent: Vec<_> =
            run.posts().iter().map(|post| post.request_body.clone().unwrap()["invitedUserType"].clone()).collect();
        assert_eq!(sent, ["Member", "Guest"]);
        let types = people()
            .iter()
            .map(|person| tenant.graph.person(person.id).unwrap().user_type.unwrap())
            .collect::<Vec<_>>();
        assert_eq!(types, ["Member", "Guest"]);
    }
}

#[tokio::test(start_paused = true)]
async fn request_ids_come_from_headers_under_either_spelling() {
    for tenant in under_both(|| new_people(2), |switches| switches.inner_error_has_capital = false).await {
        tenant.graph.edit(|graph| {
            graph.groups.insert("p1@contoso.com".to_owned());
            // Microsoft's description has the capital only, so that the other spelling can't be held against it.
            graph.traffic_dir = graph.traffic_dir.take().filter(|_| graph.switches.inner_error_has_capital);
        });
        let run = tenant.apply(&[]).await;
        for (post, address) in run.posts().iter().zip(["p1@contoso.com", "p2@contoso.com"]) {
            let id = run.outcome(address)["request_id"].as_str().map(str::to_owned);
            assert_eq!(id.as_ref(), post.response_headers.get("request-id"), "{address}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_form_of_the_audience_is_proven() {
    let graph = "00000003-0000-0000-c000-000000000000";
    for opaque in [false, true] {
        let mut tenant = Tenant::with(new_people(1)).await;
        let root = tenant.graph.root();
        for audience in [root.clone(), format!("{root}/"), graph.to_owned()] {
            let claims = json!({"aud": audience, "roles": INVITER});
            tenant.token = if opaque { tenant.graph.opaque_token(claims) } else { tenant.graph.token_with(claims) };
            let run = tenant.apply(&["--dry-run"]).await;
            assert_eq!((run.exit, run.count("invite")), (0, 1), "{audience} {opaque}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_pace_follows_what_the_service_allows() {
    for rate in [5, 60] {
        let tenant = Tenant::with(new_people(90)).await.set("limits", &format!("rate_per_second = {rate}"));
        tenant.graph.edit(|graph| graph.invitation_limit = Some((50, Duration::from_secs(5))));
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.results()), (0, [90, 0, 0, 0, 0]));
        let refused = run.posts().iter().filter(|post| post.status == Some(429)).count();
        assert!(refused <= if rate == 5 { 0 } else { 64 }, "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_batch_item_is_asked_again() {
    for limit in [None, Some((7, Duration::from_secs(3)))] {
        let tenant = Tenant::with(new_people(12)).await.set("limits", "rate_per_second = 60");
        tenant.graph.edit(|graph| graph.batch_item_limit = limit);
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.results(), run.posts().len()), (0, [12, 0, 0, 0, 0], 12));
    }
}

/// The library that signs in reads the process's own environment, so that this one takes a process.
#[tokio::test(flavor = "multi_thread")]
async fn a_numeric_expiry_is_read() {
    for numeric_expires_on in [false, true] {
        let identity = Identity { numeric_expires_on, ..Identity::default() };
        let header = identity.identity_header.clone();
        let tenant = Tenant::of(Emulated { now: Clock::local().now(), identity, ..Emulated::default() }).await;
        let tenant = tenant.set("auth", "method = \"managed-identity\"");
        let mut command = tenant.binary(&["--dry-run"]);
        command.env("IDENTITY_ENDPOINT", format!("{}/msi/token", tenant.graph.root())).env("IDENTITY_HEADER", header);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(tenant.graph.asked().app_service, 1);
    }
}
