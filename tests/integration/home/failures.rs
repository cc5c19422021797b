use xcsync::sandbox::{Action, Canned, Fault, IdentityFailure};

use super::at_home;
use crate::context::{Applied, Home, Nobody, Tenant, account, new_people};

/// Nothing was sent, nobody was decided about, and the error names the home tenant.
fn ended(run: &Applied, exit: u8, code: &str, words: &[&str]) {
    assert_eq!((run.exit, run.error(), run.posts().len()), (exit, code, 0), "{:#}", run.run);
    assert_eq!((run.count("hold"), run.run["decisions"].as_array().map(Vec::len)), (0, Some(0)), "{:#}", run.run);
    let [message, hint] = ["message", "hint"].map(|part| run.run["error"][part].as_str().unwrap());
    assert!(
        message.starts_with("the home tenant home: ") && message.ends_with("nothing was sent to anyone"),
        "{message}"
    );
    assert!(hint.starts_with("in the home tenant home: "), "{hint}");
    for word in words {
        assert!(hint.contains(word), "{word} is not in {hint}");
    }
}

async fn with_fault(fault: Fault) -> Tenant {
    let tenant = at_home(1..=2).await;
    tenant.home().graph.edit(|graph| graph.faults.push(fault));
    tenant
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_ends_the_run_with_the_one_to_grant_over_there() {
    let mut tenant = at_home(1..=2).await;
    tenant.home.as_mut().unwrap().token = tenant.home().graph.token(&[]);
    for args in [&["--dry-run"][..], &[]] {
        ended(&tenant.apply(args).await, 4, "denied", &["User.Read.All"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_home_tenant_that_nobody_answers_for_ends_the_run() {
    let home = Home::with([account(1, "p1@contoso.com")]).await;
    let nobody = Nobody::listens();
    let closed = nobody.address();
    let tenant = Tenant::with(new_people(1)).await.set("limits", "max_runtime = \"2m\"");
    let mut home = home.moved_to(&format!("http://{closed}"));
    home.token = home.graph.token_with(serde_json::json!({"aud": format!("http://{closed}")}));
    ended(&tenant.at_home(home).apply(&[]).await, 7, "unreachable", &[]);
}

#[tokio::test(start_paused = true)]
async fn throttling_that_lasts_ends_the_run_and_one_that_passes_is_waited_out() {
    let throttled =
        || Canned::graph_error(429, "TooManyRequests", "Please retry again later.").header("Retry-After", "600");
    let always = Fault::on("POST", "$batch", Action::Answer(throttled())).always();
    let tenant = with_fault(always).await.set("limits", "max_runtime = \"5m\"");
    ended(&tenant.apply(&[]).await, 7, "throttled", &[]);
    let tenant = with_fault(Fault::on("POST", "$batch", Action::Answer(throttled()))).await;
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [2, 0, 0, 0, 0]));
    assert!(run.took.as_secs() >= 600, "{:?}", run.took);
}

#[tokio::test(start_paused = true)]
async fn the_home_tenants_throttling_is_not_the_inviting_tenants() {
    let item = Canned::graph_error(429, "TooManyRequests", "Please retry again later.").header("Retry-After", "30");
    let tenant = with_fault(Fault::on("GET", "/users", Action::Answer(item))).await;
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [2, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_graphs_ends_the_run() {
    let html = || Canned::html(200);
    for (method, url, answer) in [
        ("POST", "$batch", html()),
        ("GET", "/users", Canned::status(200).body(r#"{"value": [{"id": "5a4db000-0000-4000-8000-000000000001", "mail": "somebody@contoso.com", "userPrincipalName": "somebody@contoso.com", "accountEnabled": true}]}"#)),
        ("GET", "/users", Canned::status(200).body(r#"{"value": [{"id": "no id", "mail": "p1@contoso.com", "userPrincipalName": "p1@contoso.com", "accountEnabled": true}]}"#)),
        ("GET", "/users", Canned::status(200).body(r#"{"value": [{"id": "5a4db000-0000-4000-8000-000000000001", "mail": "p1@contoso.com", "userPrincipalName": "p1@contoso.com"}]}"#)),
        ("GET", "/users", Canned::status(200).body(r#"{"value": [{"id": "5a4db000-0000-4000-8000-000000000001", "mail": "p1@contoso.com", "userPrincipalName": null, "accountEnabled": true}]}"#)),
        ("GET", "/users", Canned::status(200).body(r"{}")),
    ] {
        let tenant = with_fault(Fault::on(method, url, Action::Answer(answer)).always()).await;
        ended(&tenant.apply(&[]).await, 4, "not-graph", &[]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_ends_the_run() {
    let failing = Canned::graph_error(503, "ServiceUnavailable", "The service is unavailable.");
    let tenant = with_fault(Fault::on("POST", "$batch", Action::Answer(failing)).always()).await;
    ended(&tenant.set("limits", "max_runtime = \"5m\"").apply(&[]).await, 7, "service-failing", &[]);
}

#[tokio::test(start_paused = true)]
async fn a_token_of_the_inviting_tenant_is_never_sent_to_the_home_tenant() {
    let mut tenant = at_home(1..=1).await;
    let own = tenant.graph.token_with(serde_json::json!({"aud": tenant.home().graph.root()}));
    tenant.home.as_mut().unwrap().token = own;
    let run = tenant.apply(&[]).await;
    ended(&run, 4, "wrong-tenant", &[]);
    assert_eq!(tenant.home().graph.traffic().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_decided_about_where_only_a_part_of_the_look_ups_was_answered() {
    let tenant = at_home(1..=20).await;
    let refused = Canned::graph_error(400, "Request_UnsupportedQuery", "Unsupported query.");
    let one = Fault::on("GET", "p20", Action::Answer(refused));
    tenant.home().graph.edit(|graph| graph.faults.push(one));
    ended(&tenant.apply(&[]).await, 4, "refused-read", &[]);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_at_home_that_fails_ends_the_run_before_any_look_up() {
    let refused =
        r#"{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}"#;
    for (failure, exit, code) in [
        (IdentityFailure::Answer(401, refused.to_owned()), 4, "AADSTS7000215"),
        (IdentityFailure::Html, 7, "authority-unreachable"),
    ] {
        let mut tenant = at_home(1..=1).await.set("limits", "max_runtime = \"5m\"");
        let home = tenant.home.as_mut().unwrap();
        let client = home.graph.edit(|graph| {
            graph.identity.failure = Some(failure);
            graph.application.client_id
        });
        home.auth = Some(format!(
            "method = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_env = \"SANDBOX_SECRET\"\n"
        ));
        ended(&tenant.apply(&[]).await, exit, code, &[]);
        assert_eq!(tenant.home().graph.traffic().len(), 0);
    }
}
