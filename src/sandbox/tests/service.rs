//! The tenant's facts, batches, headers, the log, and the ready tenants.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use super::{Bench, crowd, tenant};
use crate::sandbox::{Action, Canned, Fault, RoleAssignment, monday, people};

fn item(id: u32, url: &str) -> Value {
    json!({ "id": id.to_string(), "method": "GET", "url": url })
}

#[tokio::test(start_paused = true)]
async fn the_organization_tells_its_id_and_domains() {
    let bench = Bench::with(crowd(1)).await;
    let (_, body) = bench.get("/v1.0/organization?$select=id,verifiedDomains").await;
    assert_eq!(body["value"][0]["id"], bench.sandbox.edit(|tenant| tenant.id).to_string());
    assert_eq!(body["value"][0]["verifiedDomains"][1]["isInitial"], true);
    assert!(body["value"][0].get("displayName").is_none());
}

#[tokio::test(start_paused = true)]
async fn role_assignments_are_found_by_principal() {
    let mut tenant = tenant();
    tenant.people.extend(crowd(3));
    let holder = tenant.people.iter().nth(1).unwrap().id;
    tenant.role_assignments.push(RoleAssignment::helpdesk(holder));
    let bench = Bench::of(tenant).await;
    let path = "/v1.0/roleManagement/directory/roleAssignments?$select=id,principalId&$filter=principalId";
    let (_, found) = bench.get(&format!("{path} eq '{holder}'")).await;
    assert_eq!(found["value"][0]["principalId"], holder.to_string());
    let (_, none) = bench.get(&format!("{path} in ('5a4db000-0000-4000-8000-000000000000')")).await;
    assert_eq!(none["value"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_batch_answers_each_item_for_itself() {
    let bench = Bench::with(crowd(3)).await;
    let requests = [
        item(1, "/users/5a4db000-0000-4000-8000-000000000001?$select=mail"),
        item(2, "/users/5a4db000-0000-4000-8000-00000000ffff"),
        item(3, "/users?$filter=mail%20eq%20'p2@contoso.com'&$select=id"),
    ];
    let (status, body) = bench.post("/v1.0/$batch", &json!({ "requests": requests })).await;
    assert_eq!(status, 200);
    let answers = by_id(&body);
    assert_eq!(answers.iter().map(|one| one["status"].as_u64().unwrap()).collect::<Vec<_>>(), [200, 404, 200]);
    assert_eq!(answers[0]["body"]["mail"], "p1@contoso.com");
    assert_eq!(answers[2]["body"]["value"].as_array().unwrap().len(), 1);
}

/// The answers of a batch in the order of their ids: they come in another.
fn by_id(body: &Value) -> Vec<Value> {
    let mut answers = body["responses"].as_array().unwrap().clone();
    answers.sort_by_key(|answer| answer["id"].as_str().unwrap().to_owned());
    answers
}

#[tokio::test(start_paused = true)]
async fn batches_have_their_own_rules() {
    let bench = Bench::unlogged(crowd(1)).await;
    let many: Vec<Value> = (0..21).map(|id| item(id, "/users?$top=1")).collect();
    let twice = vec![item(1, "/users?$top=1"), item(1, "/users?$top=1")];
    let absolute = vec![item(1, "https://graph.microsoft.com/v1.0/users")];
    for requests in [many, twice, absolute] {
        assert_eq!(bench.post("/v1.0/$batch", &json!({ "requests": requests })).await.0, 400);
    }
}

#[tokio::test(start_paused = true)]
async fn batch_items_are_throttled_one_by_one() {
    let bench = Bench::with(crowd(1)).await;
    bench.sandbox.edit(|tenant| tenant.batch_item_limit = Some((2, Duration::from_secs(1))));
    tokio::time::advance(Duration::from_millis(751)).await;
    let requests: Vec<Value> = (0..3).map(|id| item(id, "/users?$top=1&$select=id")).collect();
    let (status, body) = bench.post("/v1.0/$batch", &json!({ "requests": requests })).await;
    let answers = by_id(&body);
    assert_eq!((status, &answers[1]["status"]), (200, &json!(200)));
    assert_eq!(answers[2]["status"], 429);
    assert_eq!(answers[2]["headers"]["Retry-After"], "0.249");
}

#[tokio::test(start_paused = true)]
async fn faults_reach_the_items_of_batches() {
    let bench = Bench::with(crowd(2)).await;
    let fault = Fault::on("GET", "000000000001", Action::Answer(Canned::graph_error(503, "", "later")));
    bench.sandbox.edit(|tenant| tenant.faults.push(fault));
    let urls = ["/users/5a4db000-0000-4000-8000-000000000000", "/users/5a4db000-0000-4000-8000-000000000001"];
    let requests: Vec<Value> = (0..).zip(urls).map(|(id, url)| item(id, url)).collect();
    let (_, body) = bench.post("/v1.0/$batch", &json!({ "requests": requests })).await;
    let answers = by_id(&body);
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!(200), &json!(503)));
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_the_headers_that_diagnoses_need() {
    let bench = Bench::unlogged(crowd(1)).await;
    bench.sandbox.edit(|tenant| tenant.date_skew = TimeDelta::hours(3));
    for path in ["/v1.0/users?$top=1", "/v1.0/users/nobody", "/v1.0/nowhere"] {
        let answer = bench.request("GET", path).header("client-request-id", "mine").send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("client-request-id"), "mine");
        assert_eq!(header("request-id").len(), 36);
        assert!(header("x-ms-ags-diagnostic").contains("ServerInfo"));
        let date = DateTime::parse_from_rfc2822(&header("date")).unwrap();
        assert!((date.to_utc() - monday() - TimeDelta::hours(3)).num_seconds() < 2);
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_methods_and_paths_are_errors_of_graph() {
    let bench = Bench::unlogged(crowd(1)).await;
    assert_eq!(bench.get("/v1.0/invitations").await.0, 404);
    assert_eq!(bench.post("/v1.0/users", &json!({})).await.0, 405);
    assert_eq!(bench.get("/v1.0/nowhere").await.0, 400);
    assert_eq!(bench.get("/elsewhere").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn the_log_is_written_without_tokens() {
    let bench = Bench::with(crowd(1)).await;
    bench.get("/v1.0/users?$select=id&$top=1").await;
    bench.sandbox.edit(|tenant| tenant.faults.push(Fault::on("GET", "/users", Action::DropBefore)));
    bench.request("GET", "/v1.0/users?$top=1").send().await.unwrap_err();
    let dir = tempfile::tempdir().unwrap();
    bench.sandbox.write_traffic(dir.path()).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|one| one.unwrap().path()).collect();
    names.sort();
    assert_eq!(names.len(), 2);
    let full = std::fs::read_to_string(&names[0]).unwrap();
    assert!(names[0].to_str().unwrap().ends_with(".full.jsonl") && !full.contains(&bench.token));
    let exchange: Value = serde_json::from_str(&full).unwrap();
    assert_eq!(
        (&exchange["status"], &exchange["request_headers"]["authorization"]),
        (&json!(200), &json!("Bearer [redacted]"))
    );
    let request: Value = serde_json::from_str(&std::fs::read_to_string(&names[1]).unwrap()).unwrap();
    assert_eq!(request["status"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn the_demonstration_has_people_of_every_kind() {
    let bench = Bench::of(people::demo(monday())).await;
    let (mails, _) = bench.mails("$select=id,mail&$top=999").await;
    assert!(mails.len() >= 40, "{}", mails.len());
    let home = |mail: &&String| mail.to_lowercase().ends_with("@contoso.com");
    assert!(mails.iter().filter(home).count() >= 30);
    for mail in people::EXCLUDED.into_iter().chain([people::REFUSED, people::THROTTLED, people::DROPPED]) {
        assert!(mails.iter().any(|one| one == mail), "{mail}");
    }
    let faults = bench.sandbox.edit(|tenant| tenant.faults.len());
    assert_eq!((faults, bench.sandbox.edit(|tenant| tenant.role_assignments.len())), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_crowd_is_served_in_pages_of_999() {
    let bench = Bench::of(people::crowd(5_000, 100, monday())).await;
    let (mails, pages) = bench.mails("$select=id,mail&$top=999").await;
    assert_eq!((mails.len(), pages), (5_000, 6));
    assert_eq!(mails.iter().filter(|mail| mail.ends_with("@contoso.com")).count(), 50);
    assert!(bench.sandbox.traffic().iter().all(|one| one.response_body.is_none()));
}

#[tokio::test(start_paused = true)]
async fn the_demonstration_shows_the_common_failures() {
    let mut tenant = people::demo(monday());
    tenant.traffic_dir = super::tenant().traffic_dir;
    let bench = Bench::of(tenant).await;
    let id = |mail: &str| bench.sandbox.edit(|tenant| tenant.people.with_mail(mail).unwrap().id);
    for (mail, statuses) in [
        ("ann.archer@contoso.com", vec![201]),
        (people::REFUSED, vec![400]),
        (people::THROTTLED, vec![429, 201]),
        ("yusuf.demir@contoso.com", vec![400]),
        ("ugo.ferri+us@contoso.com", vec![400]),
        ("samir.patel@contoso.com", vec![412]),
    ] {
        for status in statuses {
            assert_eq!(bench.invite(id(mail), mail).await.0, status, "{mail}");
        }
    }
    let dropped = id(people::DROPPED);
    let request = bench.request("POST", "/v1.0/invitations").json(&super::invitation(dropped, people::DROPPED));
    request.send().await.unwrap_err();
    assert_eq!(bench.state(dropped).await["externalUserState"], "PendingAcceptance");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_at_once_are_answered_on_many_threads() {
    let bench = std::sync::Arc::new(Bench::with(crowd(40)).await);
    let mut tasks = tokio::task::JoinSet::new();
    for person in crowd(40) {
        let bench = std::sync::Arc::clone(&bench);
        tasks.spawn(async move { bench.invite(person.id, person.mail.as_deref().unwrap()).await.0 });
    }
    assert_eq!(tasks.join_all().await, vec![201; 40]);
    assert_eq!(bench.sandbox.edit(|tenant| tenant.mails.len()), 40);
}
