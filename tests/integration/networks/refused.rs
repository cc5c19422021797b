//! Sign-in that fails, and tokens that are not accepted.

use serde_json::json;
use xcsync::sandbox::{Action, Canned, Fault, IdentityFailure};

use super::{Ended, says, tenant};
use crate::context::{Nobody, Tenant, new_people};

const OTHER: &str = "99999999-9999-4999-8999-999999999999";
const SECRET: (&str, &str) = ("SANDBOX_SECRET", "sandbox-secret");

/// A dry run that ends 4 after one request for a token, with nothing sent to Graph; its error.
async fn refused(tenant: &Tenant, secret: &str) -> [String; 3] {
    let ended = tenant.dry(&[("SANDBOX_SECRET", secret)]).await;
    assert_eq!((ended.exit, tenant.asked(), tenant.graph.traffic().len()), (4, [1, 0, 0], 0), "{ended:?}");
    ended.error()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_with_code_meaning_and_remedy_and_not_tried_again() {
    let [code, message, hint] = refused(&tenant().await.signing_in_by_secret(), "wrong").await;
    assert_eq!(code, "AADSTS7000215");
    says(&message, &["AADSTS7000215", "Invalid client secret", "Trace ID", "nothing is sent"]);
    says(&message, &["the client secret is wrong", "on the side of the configuration"]);
    says(&hint, &["Certificates & secrets"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_application_is_told_with_its_code() {
    let lines = format!("method = \"client-secret\"\nclient_id = \"{OTHER}\"\nclient_secret_env = \"SANDBOX_SECRET\"");
    let [code, message, hint] = refused(&tenant().await.set("auth", &lines), SECRET.1).await;
    assert_eq!(code, "AADSTS700016");
    says(&message, &["this tenant does not know the application", "was not found in the directory"]);
    says(&hint, &["client_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_tenant_is_told_with_its_code() {
    let mut tenant = tenant().await.signing_in_by_secret();
    tenant.id = OTHER.parse().unwrap();
    let [code, message, hint] = refused(&tenant, SECRET.1).await;
    assert_eq!(code, "AADSTS90002");
    says(&message, &["this cloud has no tenant of that id", OTHER, "not found"]);
    says(&hint, &["tenant_id"]);
}

/// Runs in this process, with simulated time: sign-in that fails for a while is tried again.
async fn fails(tenant: &Tenant) -> (Ended, f64) {
    let start = tokio::time::Instant::now();
    let ended = tenant.run(&["--dry-run", "-o", "json"]).await;
    assert!(tenant.graph.traffic().is_empty(), "{ended:?}");
    (ended, start.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn an_authority_that_nobody_answers_for_is_given_up_within_the_budget() {
    let nobody = Nobody::listens();
    let tenant = tenant_and_authority(&format!("http://{}", nobody.address())).await;
    let (ended, took) = fails(&tenant).await;
    let [code, message, hint] = ended.error();
    assert_eq!((ended.exit, code.as_str()), (7, "authority-unreachable"), "{ended:?}");
    says(&message, &["127.0.0.1", "onnection refused"]);
    says(&hint, &["firewall", "the next run"]);
    assert!((1.0..=30.5).contains(&took), "{took}");
}

async fn tenant_and_authority(authority: &str) -> Tenant {
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret();
    let graph = tenant.graph.root();
    let lines = format!("graph = {graph:?}\nauthority = {authority:?}\nredirect = \"https://myapps.microsoft.us\"");
    tenant.set("endpoints", &lines)
}

#[tokio::test(start_paused = true)]
async fn a_proxys_page_instead_of_the_authority_is_tried_again_and_told_by_its_status() {
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret();
    tenant.graph.edit(|graph| graph.identity.failure = Some(IdentityFailure::Html));
    let (ended, took) = fails(&tenant).await;
    assert_eq!((ended.exit, ended.error()[0].as_str()), (7, "authority-unreachable"), "{ended:?}");
    says(&ended.error()[1], &["HTTP 502", "nothing is sent"]);
    assert!((2..=5).contains(&tenant.asked()[0]) && took < 30.5, "{:?} in {took} s", tenant.asked());
    assert!(!ended.stdout.contains('<'), "the page is not shown: {}", ended.stdout);
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_no_token_and_not_asked_for_again() {
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret();
    tenant.graph.edit(|graph| graph.identity.failure = Some(IdentityFailure::Empty));
    let (ended, took) = fails(&tenant).await;
    assert_eq!((ended.exit, ended.error()[0].as_str()), (4, "foreign-answer"), "{ended:?}");
    assert!(tenant.asked() == [1, 0, 0] && took < 1.0, "{:?} in {took} s", tenant.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_managed_identity_is_told_so_at_once() {
    let tenant = tenant().await.set("auth", "method = \"managed-identity\"");
    let nobody = Nobody::listens();
    let root = format!("http://{}", nobody.address());
    let start = tokio::time::Instant::now();
    let ended = tenant.dry(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &root)]).await;
    let [code, message, hint] = ended.error();
    assert_eq!((ended.exit, code.as_str()), (4, "no-managed-identity"), "{ended:?}");
    says(&message, &["no managed identity", "nothing is sent"]);
    says(&hint, &["client-secret"]);
    assert!(start.elapsed().as_secs() < 30 && tenant.graph.traffic().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_header_that_the_endpoint_refuses_is_not_sent_twice() {
    let tenant = tenant().await.set("auth", "method = \"managed-identity\"");
    let endpoint = format!("{}/msi/token", tenant.graph.root());
    let ended = tenant.dry(&[("IDENTITY_ENDPOINT", &endpoint), ("IDENTITY_HEADER", "wrong")]).await;
    assert_eq!((ended.exit, tenant.asked(), tenant.graph.traffic().len()), (4, [0, 1, 0], 0), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_another_tenant_or_cloud_is_not_sent_anywhere() {
    for (claims, code) in [
        (json!({ "tid": OTHER }), "wrong-tenant"),
        (json!({ "aud": "https://graph.microsoft.com" }), "wrong-cloud"),
        (json!({ "aud": "https://management.azure.com/" }), "wrong-cloud"),
    ] {
        let mut tenant = tenant().await;
        tenant.token = tenant.graph.token_with(claims);
        let ended = tenant.child(&["--full", "-o", "json"], &[]).await;
        assert_eq!((ended.exit, ended.error()[0].as_str()), (4, code), "{ended:?}");
        assert!(tenant.graph.traffic().is_empty());
    }
}

fn rejected(times: u32) -> Fault {
    let answer =
        Canned::graph_error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.");
    Fault::on("GET", "/organization", Action::Answer(answer)).times(times)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_401_gets_exactly_one_fresh_token_and_one_more_try() {
    let tenant = tenant().await.signing_in_by_secret().fault(rejected(1));
    let ended = tenant.dry(&[SECRET]).await;
    assert_eq!((ended.exit, tenant.asked()), (0, [2, 0, 0]), "{ended:?}");
    let organization = |tenant: &Tenant| {
        let traffic = tenant.graph.traffic();
        traffic.iter().filter(|exchange| exchange.url.contains("/organization")).map(|e| e.status).collect::<Vec<_>>()
    };
    assert_eq!(organization(&tenant), [Some(401), Some(200)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_401_ends_the_run_and_speaks_of_the_token() {
    let tenant = tenant().await.signing_in_by_secret().fault(rejected(9));
    let ended = tenant.dry(&[SECRET]).await;
    assert_eq!((ended.exit, tenant.asked(), tenant.graph.traffic().len()), (4, [2, 0, 0], 2), "{ended:?}");
    let [_, message, hint] = ended.error();
    says(&message, &["InvalidAuthenticationToken"]);
    says(&hint, &["token"]);
    assert!(!hint.contains("User.Read.All"), "a permission does not mend a 401: {hint}");
}
