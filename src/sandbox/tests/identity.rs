//! Sign-in, and what Graph makes of tokens.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Bench, answer, crowd};
use crate::sandbox::{Asked, IdentityFailure};

async fn bench() -> Bench {
    Bench::with(crowd(1)).await
}

async fn ask(bench: &Bench, tenant: &str, change: (&str, &str)) -> (u16, Value) {
    let application = bench.sandbox.edit(|tenant| tenant.application.clone());
    let (client, scope) = (application.client_id.to_string(), format!("{}/.default", bench.sandbox.root()));
    let mut fields = [
        ("grant_type", "client_credentials"),
        ("client_id", client.as_str()),
        ("client_secret", application.secret.as_str()),
        ("scope", scope.as_str()),
    ];
    fields.iter_mut().filter(|(name, _)| *name == change.0).for_each(|field| field.1 = change.1);
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", value.replace('/', "%2F"))).collect();
    let url = format!("{}/{tenant}/oauth2/v2.0/token", bench.sandbox.root());
    let request = bench.client.post(url).header("Content-Type", "application/x-www-form-urlencoded");
    answer(request.body(pairs.join("&")).send().await.unwrap()).await
}

async fn graph_says(bench: &Bench, token: &str) -> u16 {
    let request = bench.client.get(format!("{}/v1.0/users?$top=1", bench.sandbox.root())).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn a_secret_buys_a_token_that_graph_takes() {
    let bench = bench().await;
    let (status, body) = ask(&bench, "fabrikam.us", ("", "")).await;
    assert_eq!((status, &body["expires_in"]), (200, &json!(3_599)));
    assert_eq!(graph_says(&bench, body["access_token"].as_str().unwrap()).await, 200);
    assert_eq!(bench.sandbox.asked(), Asked { token: 1, ..Asked::default() });
}

#[tokio::test(start_paused = true)]
async fn wrong_sign_ins_are_refused_as_entra_refuses_them() {
    let bench = bench().await;
    for (tenant, change, status, code) in [
        ("fabrikam.us", ("client_secret", "wrong"), 401, 7_000_215),
        ("fabrikam.us", ("client_id", "8060e3ec-cbe3-4174-94cf-80065f998444"), 400, 700_016),
        ("nowhere.example", ("", ""), 400, 90_002),
        ("fabrikam.us", ("scope", "https://graph.microsoft.com/.default"), 400, 500_011),
    ] {
        let (found, body) = ask(&bench, tenant, change).await;
        assert_eq!((found, &body["error_codes"]), (status, &json!([code])));
        assert!(body["error_description"].as_str().unwrap().contains("\r\nTrace ID: "));
    }
}

#[tokio::test(start_paused = true)]
async fn the_openid_document_names_the_tenant() {
    let bench = bench().await;
    let id = bench.sandbox.edit(|tenant| tenant.id);
    let (_, body) = bench.get("/fabrikam.us/v2.0/.well-known/openid-configuration").await;
    assert_eq!(body["issuer"], format!("{}/{id}/v2.0", bench.sandbox.root()));
    assert_eq!(body["tenant_region_sub_scope"], "DODCON");
    assert_eq!(bench.get("/contoso.com/v2.0/.well-known/openid-configuration").await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn both_protocols_of_managed_identity_answer() {
    let bench = bench().await;
    let root = bench.sandbox.root();
    let app_service = format!("{root}/msi/token?api-version=2019-08-01&resource={root}");
    let imds = format!("{root}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={root}");
    for (url, header) in [(app_service, ("X-IDENTITY-HEADER", "sandbox-identity-header")), (imds, ("Metadata", "true"))]
    {
        assert!(bench.client.get(&url).send().await.unwrap().status().is_client_error());
        let request = || bench.client.get(&url).header(header.0, header.1).send();
        let body: Value = request().await.unwrap().json().await.unwrap();
        assert!(body["expires_on"].is_string());
        assert_eq!(graph_says(&bench, body["access_token"].as_str().unwrap()).await, 200);
        bench.sandbox.edit(|tenant| tenant.identity.numeric_expires_on = true);
        let body: Value = request().await.unwrap().json().await.unwrap();
        assert!(body["expires_on"].is_number());
        bench.sandbox.edit(|tenant| tenant.identity.numeric_expires_on = false);
    }
    assert_eq!((bench.sandbox.asked().app_service, bench.sandbox.asked().imds), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn sign_in_fails_as_it_is_told_to() {
    let bench = bench().await;
    let fail = |failure| bench.sandbox.edit(|tenant| tenant.identity.failure = Some(failure));
    fail(IdentityFailure::Html);
    assert_eq!(ask(&bench, "fabrikam.us", ("", "")).await, (502, Value::Null));
    fail(IdentityFailure::Empty);
    assert_eq!(ask(&bench, "fabrikam.us", ("", "")).await, (200, Value::Null));
    fail(IdentityFailure::Slow(Duration::from_secs(50)));
    let before = tokio::time::Instant::now();
    assert_eq!(ask(&bench, "fabrikam.us", ("", "")).await.0, 200);
    assert!(before.elapsed() >= Duration::from_secs(50));
}

#[tokio::test(start_paused = true)]
async fn graph_judges_tokens() {
    let bench = bench().await;
    let sandbox = &bench.sandbox;
    let root = sandbox.root();
    for (claims, status) in [
        (json!({}), 200),
        (json!({ "aud": format!("{root}/") }), 200),
        (json!({ "aud": "00000003-0000-0000-c000-000000000000" }), 200),
        (json!({ "aud": "https://graph.microsoft.com" }), 401),
        (json!({ "exp": sandbox.now().timestamp() }), 401),
        (json!({ "roles": ["Mail.Send"] }), 403),
    ] {
        assert_eq!(graph_says(&bench, &sandbox.token_with(claims.clone())).await, status, "{claims}");
        assert_eq!(graph_says(&bench, &sandbox.opaque_token(claims.clone())).await, status, "{claims}");
    }
    assert_eq!(graph_says(&bench, "made.up.token").await, 401);
    let token = sandbox.token(&["User.Read.All"]);
    assert_eq!(graph_says(&bench, &token).await, 200);
    sandbox.revoke(&token);
    assert_eq!(graph_says(&bench, &token).await, 401);
    let token = sandbox.token(&["User.Read.All"]);
    tokio::time::advance(Duration::from_secs(3_600)).await;
    assert_eq!(graph_says(&bench, &token).await, 401);
}
