//! Answers to reads that are not Graph's, or not whole: the run ends, and nobody is invited on half a truth.

use std::io::Write as _;

use serde_json::{Map, Value, json};
use xcsync::sandbox::{Action, Canned, Fault};

use crate::context::Tenant;

use super::{LIST, Trap, ann, assert_refused, faulty, listing, ok};

/// What is read of every user, whatever the configuration.
const ROW: [&str; 11] = [
    "displayName",
    "mail",
    "userPrincipalName",
    "userType",
    "accountEnabled",
    "createdDateTime",
    "externalUserState",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
    "onPremisesProvisioningErrors",
    "proxyAddresses",
];

/// A user of whom all is null but the id and the address.
fn row(id: Value) -> Map<String, Value> {
    let nulls = ROW.iter().map(|key| ((*key).to_owned(), Value::Null));
    nulls.chain([("id".to_owned(), id), ("mail".to_owned(), json!("ann@contoso.com"))]).collect()
}

#[tokio::test(start_paused = true)]
async fn html_instead_of_json_is_a_proxys_and_ends_the_run() {
    for status in [200, 401, 403, 404, 407] {
        let tenant = listing(Canned::html(status)).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
}

#[tokio::test(start_paused = true)]
async fn html_with_a_server_error_is_tried_again_and_then_left_to_the_next_run() {
    let tenant = listing(Canned::html(502)).await;
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 7, "service-failing");
    let tenant = faulty(Fault::on("GET", LIST, Action::Answer(Canned::html(502)))).await;
    assert_eq!(tenant.run(&[]).await.exit, 0);
    assert_eq!(tenant.mailed(), ["ann@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn json_that_is_no_page_of_users_ends_the_run() {
    let row = |id: Value| json!({ "value": [row(id)] });
    for body in [
        json!({ "value": null }),
        json!({ "value": {} }),
        json!({ "value": "[]" }),
        json!({ "values": [] }),
        json!({ "error": { "code": "Nothing", "message": "in a 200" } }),
        json!([]),
        json!(null),
        json!({ "value": [null] }),
        json!({ "value": [{ "mail": "ann@contoso.com", "onPremisesSyncEnabled": true }] }),
        row(json!(null)),
        row(json!(7)),
        row(json!("")),
        row(json!("ann")),
        row(json!("../../invitations")),
        row(json!(format!("{{{}}}", ann().id))),
        json!({ "value": [], "@odata.nextLink": 7 }),
    ] {
        let tenant = listing(ok(&body)).await;
        let ended = tenant.run(&["-o", "json"]).await;
        assert_refused(&tenant, &ended, 4, "not-graph");
        assert!(!ended.stdout.contains("ann@"), "{}", ended.stdout);
    }
}

#[tokio::test(start_paused = true)]
async fn json_that_ends_too_early_ends_the_run() {
    for body in ["", "{", "{\"value\":[", "{\"value\":[]", "{\"value\":[]}}", "{\"value\":[]}{\"value\":[]}"] {
        let tenant = listing(Canned::status(200).header("Content-Type", "application/json").body(body)).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
}

#[tokio::test(start_paused = true)]
async fn json_that_is_deeper_than_anybody_means_ends_the_run() {
    let deep = format!("{{\"value\":[{{\"id\":\"{}\",\"x\":{}", ann().id, "[".repeat(1 << 20));
    let deeper = format!("{{\"value\":[{{\"displayName\":{}", "{\"a\":".repeat(1 << 20));
    for body in [deep, deeper] {
        let tenant = listing(Canned::status(200).body(&body)).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let tenant = faulty(Fault::on("GET", LIST, Action::Cut(40)).times(2)).await;
    assert_eq!(tenant.run(&[]).await.exit, 0);
    assert_eq!(tenant.mailed(), ["ann@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn answers_that_always_break_off_leave_it_to_the_next_run() {
    let tenant = faulty(Fault::on("GET", LIST, Action::Cut(40)).always()).await;
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 7, "unreachable");
}

#[tokio::test(start_paused = true)]
async fn a_body_without_end_ends_the_run_at_a_limit() {
    for target in [LIST, "/v1.0/organization", "/v1.0/$batch"] {
        let method = if target.ends_with("$batch") { "POST" } else { "GET" };
        let tenant = faulty(Fault::on(method, target, Action::Endless).always()).await;
        let ended = tenant.run(&["-o", "json"]).await;
        assert_refused(&tenant, &ended, 4, "not-graph");
        assert!(ended.stdout.contains("more than 32 MiB"), "{ended:?}");
    }
}

/// A body that says nothing, many times as large as it is sent.
pub(super) fn bomb() -> Canned {
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let blanks = vec![b' '; 1 << 20];
    (0..64).for_each(|_| zip.write_all(&blanks).unwrap());
    let body = zip.finish().unwrap();
    assert!(body.len() < 1 << 17);
    Canned { body, ..Canned::status(200).header("Content-Encoding", "gzip") }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_unpacks_without_end_ends_the_run_at_the_same_limit() {
    let tenant = listing(bomb()).await;
    let ended = tenant.run(&["-o", "json"]).await;
    assert_refused(&tenant, &ended, 4, "not-graph");
    assert!(ended.stdout.contains("more than 32 MiB"), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_packed_as_it_says_is_not_believed() {
    let tenant = listing(ok(&json!({ "value": [] })).header("Content-Encoding", "gzip")).await;
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 7, "unreachable");
}

#[tokio::test(start_paused = true)]
async fn headers_without_measure_are_not_read() {
    let huge = Canned::status(200).header("x-ms-ags-diagnostic", &"x".repeat(4 << 20));
    let tenant = listing(huge.body("{\"value\":[]}")).await;
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 7, "unreachable");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_a_read_is_not_followed() {
    let trap = Trap::set();
    for status in [301, 302, 303, 307, 308] {
        let tenant = listing(Canned::status(status).header("Location", &trap.url())).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
    trap.assert_untouched();
}

#[tokio::test(start_paused = true)]
async fn an_organization_that_is_none_ends_the_run() {
    for body in [json!({ "value": [] }), json!({}), json!({ "value": [{ "id": "none" }] }), json!({ "value": [{}] })] {
        let answer = Action::Answer(ok(&body));
        let tenant = faulty(Fault::on("GET", "/v1.0/organization", answer).always()).await;
        let ended = tenant.run(&["-o", "json"]).await;
        let code = ended.run()["error"]["code"].clone();
        assert_refused(&tenant, &ended, 4, code.as_str().unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_answers_something_else_ends_the_run() {
    for responses in [
        json!([]),
        json!(null),
        json!([{ "id": "7", "status": 200, "body": { "value": [] } }]),
        json!([{ "id": "0", "status": 200 }]),
        json!([{ "id": "0", "status": 200, "body": { "value": null } }]),
        json!([{ "id": "0", "status": 200, "body": { "value": [{ "id": "nobody" }] } }]),
        json!([{ "id": "0", "status": 403, "body": "<html>" }]),
        json!([{ "id": "0", "status": 302, "headers": { "Location": "http://127.0.0.1:1/" } }]),
    ] {
        let answer = Action::Answer(ok(&json!({ "responses": responses })));
        let tenant = faulty(Fault::on("POST", "/v1.0/$batch", answer).always()).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
}

/// Errors in forms that Graph does not document, or in its own, out of all measure.
fn strange_errors() -> [Value; 8] {
    [
        json!({ "error": "invalid_request", "error_description": "not Graph's" }),
        json!({ "error": null }),
        json!({ "error": [] }),
        json!({ "error": { "code": "", "message": "" } }),
        json!({ "error": { "code": "", "message": "", "innerError": { "innerError": { "code": "deep" } } } }),
        json!({ "error": { "code": "x".repeat(1 << 20), "message": "y".repeat(1 << 20) } }),
        json!({ "error": { "code": "a\u{1b}[2J\u{0}", "message": "b\r\nforged: line\u{202e}\u{9b}31m" } }),
        json!({ "error": { "code": { "a": 1 }, "message": ["b"] } }),
    ]
}

#[tokio::test(start_paused = true)]
async fn strange_error_bodies_end_the_run_and_stay_small_and_harmless() {
    for body in strange_errors() {
        for output in ["text", "json", "csv"] {
            let answer = Canned::status(400).header("Content-Type", "application/json").body(&body.to_string());
            let tenant = listing(answer).await;
            let ended = tenant.run(&["-vvv", "-o", output]).await;
            assert_eq!((ended.exit, tenant.posts().len()), (4, 0), "{body:.200}");
            super::people::assert_harmless(&ended);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn strange_refusals_of_an_invitation_stay_small_and_harmless() {
    for body in strange_errors() {
        let answer = Canned::status(400).header("Content-Type", "application/json").body(&body.to_string());
        let tenant = faulty(Fault::on("POST", "/v1.0/invitations", Action::Answer(answer)).always()).await;
        let ended = tenant.run(&["-vvv", "-o", "csv"]).await;
        assert!([3, 4].contains(&ended.exit), "{ended:?}");
        assert!(tenant.mailed().is_empty());
        super::people::assert_harmless(&ended);
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_told_as_one() {
    let tenant = Tenant::with([ann()]).await.permitted(&["User.Invite.All"]);
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "denied");
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_and_is_missing_is_not_null() {
    let whole = row(json!(ann().id));
    assert_eq!(listing(ok(&json!({ "value": [whole] }))).await.run(&[]).await.exit, 0);
    for key in ROW {
        let mut less = whole.clone();
        less.remove(key);
        let tenant = listing(ok(&json!({ "value": [less] }))).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
}
