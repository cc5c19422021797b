//! Answers to invitations that are not what they should be: believed only where they are, and never posted twice.

use serde_json::json;
use uuid::Uuid;
use xcsync::sandbox::{Action, Canned, Fault, Person};

use crate::context::Tenant;

use super::{Trap, ann, answering, faulty, ok};

/// Two people, of whom the first meets this.
async fn pair(action: Action) -> Tenant {
    let tenant = Tenant::with([ann(), Person::synced(2, "bob@contoso.com")]).await;
    tenant.graph.edit(|tenant| tenant.faults.push(Fault::on("POST", "/v1.0/invitations", action)));
    tenant
}

/// The run stopped after the first with code 4, who is unknown; the second was not attempted.
#[track_caller]
fn assert_stopped(run: &serde_json::Value, tenant: &Tenant, code: &str) {
    assert_eq!((&run["exit_code"], &run["error"]["code"]), (&4.into(), &json!(code)), "{run:#}");
    let results: Vec<_> = run["outcomes"].as_array().unwrap().iter().map(|outcome| &outcome["result"]).collect();
    assert_eq!(results, ["unknown", "not-attempted"], "{run:#}");
    assert_eq!(run["outcomes"][0]["attempts"], 1, "{run:#}");
    assert_eq!(tenant.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn success_of_another_kind_than_201_stops_the_run() {
    let body = json!({ "invitedUser": { "id": ann().id }, "status": "PendingAcceptance" });
    for status in [200, 202, 204, 206] {
        let body = if status == 204 { String::new() } else { body.to_string() };
        let tenant = pair(Action::FailAfter(Canned::status(status).body(&body))).await;
        let run = tenant.report(&[]).await;
        assert_stopped(&run, &tenant, "astray-answer");
        assert_eq!(run["outcomes"][0]["status"], status);
    }
}

#[tokio::test(start_paused = true)]
async fn a_201_about_another_object_stops_the_run() {
    let tenant = pair(Action::WrongObject).await;
    assert_stopped(&tenant.report(&[]).await, &tenant, "astray-answer");
    for id in [json!("no id"), json!(""), json!(format!("{{{}}}", ann().id)), json!(Uuid::nil())] {
        let tenant =
            pair(Action::FailAfter(Canned { status: 201, ..ok(&json!({ "invitedUser": { "id": id } })) })).await;
        assert_stopped(&tenant.report(&[]).await, &tenant, "astray-answer");
    }
}

/// Answers that say nothing about what was done.
fn unreadable() -> Vec<Action> {
    vec![
        Action::Cut(20),
        Action::Cut(0),
        Action::DropAfter,
        Action::FailAfter(Canned::status(201)),
        Action::FailAfter(Canned::status(201).body("{\"invitedUser\":{\"id\":")),
        Action::FailAfter(Canned::html(201)),
        Action::FailAfter(Canned::status(201).body("{}")),
        Action::FailAfter(Canned::status(201).body("{\"invitedUser\":null}")),
        Action::FailAfter(Canned { status: 201, ..super::bodies::bomb() }),
        Action::FailAfter(Canned::html(502)),
        Action::FailAfter(Canned::status(504).header("x-filler", &"x".repeat(4 << 20))),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_is_settled_by_reading_the_person() {
    for action in unreadable() {
        let told = format!("{action:.200?}");
        let tenant = pair(action).await;
        let run = tenant.report(&[]).await;
        assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &2.into()), "{told}: {run:#}");
        assert_eq!(tenant.posts().len(), 2, "each once: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn whom_the_directory_never_shows_is_unknown_and_not_posted_again() {
    for action in [Action::DropBefore, Action::Endless, Action::Answer(Canned::html(502))] {
        let told = format!("{action:?}");
        let tenant = pair(action).await;
        let run = tenant.report(&[]).await;
        assert_eq!(
            (&run["exit_code"], &run["outcomes"][0]["result"]),
            (&3.into(), &json!("unknown")),
            "{told}: {run:#}"
        );
        let about_ann = tenant
            .posts()
            .into_iter()
            .filter(|post| post.request_body.as_ref().is_some_and(|body| body["invitedUser"]["id"] == json!(ann().id)));
        assert_eq!(about_ann.count(), 1, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_an_invitation_is_not_followed_and_stops_the_run() {
    let trap = Trap::set();
    for status in [301, 302, 303, 307, 308] {
        for body in ["", r#"{"error":{"code":"Moved","message":"elsewhere"}}"#] {
            let moved = Canned::status(status).header("Location", &trap.url()).body(body);
            let tenant = pair(Action::Answer(moved)).await;
            let run = tenant.report(&[]).await;
            assert_stopped(&run, &tenant, "not-graph");
            assert_eq!(run["outcomes"][0]["status"], status, "{run:#}");
        }
    }
    trap.assert_untouched();
}

#[tokio::test(start_paused = true)]
async fn a_proxys_page_instead_of_an_answer_stops_the_run() {
    for status in [400, 401, 403, 407] {
        let tenant = pair(Action::Answer(Canned::html(status))).await;
        tenant.graph.edit(|tenant| tenant.faults[0].times = u32::MAX);
        let run = tenant.report(&[]).await;
        assert_eq!((&run["exit_code"], &run["error"]["code"]), (&4.into(), &json!("not-graph")), "{run:#}");
        assert_eq!((run["outcomes"][1]["result"].as_str(), tenant.mailed().len()), (Some("not-attempted"), 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_in_a_201_goes_nowhere() {
    let body =
        json!({ "invitedUser": { "id": ann().id }, "inviteRedeemUrl": "https://evil.example/?ticket=canary-ticket" });
    let tenant = answering(Canned { status: 201, ..ok(&body) }).await;
    let ended = tenant.run(&["-vvv"]).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    assert!(!ended.stdout.contains("canary-ticket") && !ended.stderr.contains("canary-ticket"));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_answered_with_nonsense_shows_nothing() {
    let tenant = faulty(Fault::on("POST", "/v1.0/invitations", Action::DropAfter)).await;
    let nonsense = Action::Answer(Canned::html(200));
    tenant.graph.edit(|tenant| tenant.faults.push(Fault::on("GET", "select=id,externalUserState", nonsense).always()));
    let run = tenant.report(&[]).await;
    assert_eq!((&run["exit_code"], &run["outcomes"][0]["result"]), (&3.into(), &json!("unknown")), "{run:#}");
    assert_eq!(tenant.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_says_null_is_a_refusal_of_one_person() {
    for error in [
        json!({ "code": null, "message": "Group email address is not supported" }),
        json!({ "code": "BadRequest", "message": null }),
        json!({ "code": null, "message": null }),
    ] {
        let refusal = Canned { status: 400, ..ok(&json!({ "error": error })) };
        let tenant = pair(Action::Answer(refusal)).await;
        let run = tenant.report(&[]).await;
        let results: Vec<_> = run["outcomes"].as_array().unwrap().iter().map(|outcome| &outcome["result"]).collect();
        assert_eq!((&run["exit_code"], results), (&3.into(), vec![&json!("failed"), &json!("invited")]), "{run:#}");
    }
}
