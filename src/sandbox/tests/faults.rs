//! What goes wrong on demand.

use std::time::Duration;

use serde_json::Value;

use super::{Bench, crowd, invitation};
use crate::sandbox::{Action, Canned, Fault, Person};

fn ann() -> Person {
    Person::synced(1, "ann@contoso.com")
}

async fn struck(action: Action) -> Bench {
    let bench = Bench::with([ann()]).await;
    // So that the POST reuses a connection: clients repeat by themselves what they believe was never sent.
    bench.get("/v1.0/users?$top=1").await;
    bench.sandbox.edit(|tenant| tenant.faults.push(Fault::on("POST", "/invitations", action)));
    bench
}

async fn post(bench: &Bench) -> reqwest::Result<reqwest::Response> {
    bench.request("POST", "/v1.0/invitations").json(&invitation(ann().id, "ann@contoso.com")).send().await
}

#[tokio::test(start_paused = true)]
async fn a_connection_dropped_before_the_write_has_done_nothing() {
    let bench = struck(Action::DropBefore).await;
    assert!(post(&bench).await.unwrap_err().status().is_none());
    assert_eq!(bench.state(ann().id).await["externalUserState"], Value::Null);
    assert_eq!(post(&bench).await.unwrap().status(), 201);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_has_done_nothing_and_is_never_answered() {
    let bench = struck(Action::Hang).await;
    tokio::time::timeout(Duration::from_secs(3600), post(&bench)).await.unwrap_err();
    assert_eq!(bench.state(ann().id).await["externalUserState"], Value::Null);
    let hung = &bench.sandbox.traffic()[1];
    assert_eq!((hung.status, hung.fault), (None, true));
}

#[tokio::test(start_paused = true)]
async fn a_connection_dropped_after_the_write_has_done_it() {
    let bench = struck(Action::DropAfter).await;
    post(&bench).await.unwrap_err();
    assert_eq!(bench.state(ann().id).await["externalUserState"], "PendingAcceptance");
    let first = &bench.sandbox.traffic()[1];
    assert_eq!((first.status, first.fault), (None, true));
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_the_write_has_done_it() {
    let bench = struck(Action::FailAfter(Canned::graph_error(503, "", "later").header("Retry-After", "7"))).await;
    let answer = post(&bench).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"7".parse().unwrap()));
    assert_eq!(bench.state(ann().id).await["externalUserState"], "PendingAcceptance");
}

#[tokio::test(start_paused = true)]
async fn a_canned_answer_stands_for_itself() {
    let bench = struck(Action::Answer(Canned::html(502))).await;
    let answer = post(&bench).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (502, &"text/html".parse().unwrap()));
    assert!(answer.headers().contains_key("date"));
    assert_eq!(bench.state(ann().id).await["externalUserState"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_done_at_once() {
    let bench = struck(Action::Slow(Duration::from_secs(90))).await;
    let request = bench.request("POST", "/v1.0/invitations").timeout(Duration::from_secs(30));
    let error = request.json(&invitation(ann().id, "ann@contoso.com")).send().await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(bench.state(ann().id).await["externalUserState"], "PendingAcceptance");
    assert!(!bench.sandbox.traffic()[1].fault);
}

#[tokio::test(start_paused = true)]
async fn an_endless_body_goes_on() {
    let bench = struck(Action::Endless).await;
    let mut answer = post(&bench).await.unwrap();
    let mut read = 0;
    while read < 4 << 20 {
        read += answer.chunk().await.unwrap().unwrap().len();
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_break_off() {
    let bench = struck(Action::Cut(20)).await;
    let answer = post(&bench).await.unwrap();
    assert_eq!(answer.status(), 201);
    assert!(answer.bytes().await.is_err());
    assert_eq!(bench.state(ann().id).await["externalUserState"], "PendingAcceptance");
}

#[tokio::test(start_paused = true)]
async fn a_201_can_name_another_object() {
    let bench = struck(Action::WrongObject).await;
    let body: Value = post(&bench).await.unwrap().json().await.unwrap();
    assert_ne!(body["invitedUser"]["id"], ann().id.to_string());
}

#[tokio::test(start_paused = true)]
async fn faults_wait_and_repeat() {
    let bench = Bench::with(crowd(1)).await;
    let fault = Fault::on("GET", "$top=5", Action::Answer(Canned::status(503))).skip(1).times(2);
    bench.sandbox.edit(|tenant| tenant.faults.push(fault));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(bench.request("GET", "/v1.0/users?%24top=5").send().await.unwrap().status().as_u16());
    }
    assert_eq!(seen, [200, 503, 503, 200]);
}

#[tokio::test(start_paused = true)]
async fn an_edited_page_is_what_the_editor_makes_of_it() {
    let bench = Bench::with(crowd(3)).await;
    let edit = |body: &mut Value| drop(body.as_object_mut().unwrap().remove("value"));
    bench.sandbox.edit(|tenant| {
        tenant.faults.push(Fault::on("GET", "/users", Action::Edit(edit)).always());
    });
    let (status, page) = bench.get("/v1.0/users?$top=1").await;
    assert_eq!((status, page.get("value")), (200, None));
    assert!(page["@odata.nextLink"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_emulator_refuses_connections() {
    let bench = Bench::with([ann()]).await;
    let root = bench.sandbox.root();
    bench.get("/v1.0/users").await;
    drop(bench.sandbox);
    tokio::task::yield_now().await;
    let error = bench.client.get(format!("{root}/v1.0/users")).send().await.unwrap_err();
    assert!(error.is_connect() || error.is_request());
}
