//! Tokens of another cloud or tenant: code 4, and they are used for nothing.

use serde_json::json;
use uuid::Uuid;
use xcsync::sandbox::{Action, Fault};

use crate::context::{Ended, INVITER, TOKEN, Tenant, run_with};

use super::{ann, assert_refused};

const OTHER: Uuid = Uuid::from_u128(0x0123_4567_89ab_4cde_8f01_2345_6789_abcd);
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

async fn run(tenant: &mut Tenant, token: String) -> Ended {
    tenant.token = token;
    let env = xcsync::world::Environment::default().with(TOKEN, &tenant.token);
    let interrupts = tokio::sync::watch::channel(0).1;
    run_with(&tenant.config(), &["-o", "json"], &env, tenant.graph.now(), interrupts).await
}

#[tokio::test(start_paused = true)]
async fn a_token_for_another_cloud_sends_no_request() {
    let audiences = [
        "https://graph.microsoft.com",
        "https://graph.microsoft.us/",
        "https://management.azure.com",
        "http://127.0.0.1",
    ];
    for aud in audiences {
        let mut tenant = Tenant::with([ann()]).await;
        let token = tenant.graph.token_with(json!({ "aud": aud, "roles": INVITER }));
        let ended = run(&mut tenant, token).await;
        assert_refused(&tenant, &ended, 4, "wrong-cloud");
        assert!(tenant.graph.traffic().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_for_another_tenant_sends_no_request() {
    for aud in [None, Some(GRAPH)] {
        let mut tenant = Tenant::with([ann()]).await;
        let aud = aud.map_or(tenant.graph.root(), str::to_owned);
        let token = tenant.graph.token_with(json!({ "tid": OTHER, "aud": aud, "roles": INVITER }));
        let ended = run(&mut tenant, token).await;
        assert_refused(&tenant, &ended, 4, "wrong-tenant");
        assert!(tenant.graph.traffic().is_empty());
    }
}

/// The token doesn't tell; the directory that answers is another one.
async fn run_in_another_tenant(token: impl Fn(&Tenant) -> String) -> (Tenant, Ended) {
    let mut tenant = Tenant::with([ann()]).await;
    let token = token(&tenant);
    // The configuration goes on naming the tenant that it named.
    tenant.graph.edit(|tenant| tenant.id = OTHER);
    let ended = run(&mut tenant, token).await;
    (tenant, ended)
}

#[tokio::test(start_paused = true)]
async fn graphs_application_id_as_audience_lets_the_directory_tell() {
    let token = |tenant: &Tenant| tenant.graph.token_with(json!({ "aud": GRAPH, "roles": INVITER }));
    let (tenant, ended) = run_in_another_tenant(token).await;
    assert_refused(&tenant, &ended, 4, "wrong-tenant");
    assert_eq!(tenant.graph.traffic().len(), 1, "the organization and nothing else");
}

#[tokio::test(start_paused = true)]
async fn an_opaque_token_lets_the_directory_tell() {
    let (tenant, ended) = run_in_another_tenant(|t| t.graph.opaque_token(json!({ "roles": INVITER }))).await;
    assert_refused(&tenant, &ended, 4, "wrong-tenant");
    assert_eq!(tenant.graph.traffic().len(), 1, "the organization and nothing else");
}

#[tokio::test(start_paused = true)]
async fn an_opaque_token_of_the_right_tenant_is_good() {
    let mut tenant = Tenant::with([ann()]).await;
    let token = tenant.graph.opaque_token(json!({ "roles": INVITER }));
    let ended = run(&mut tenant, token).await;
    assert_eq!((ended.exit, tenant.posts().len()), (0, 1), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn an_opaque_token_that_may_not_ask_the_directory_is_no_proof() {
    let mut tenant = Tenant::with([ann()]).await;
    let token = tenant.graph.opaque_token(json!({ "roles": ["User.Read.All", "User.Invite.All"] }));
    let ended = run(&mut tenant, token).await;
    assert_refused(&tenant, &ended, 4, "denied");
    assert_eq!(tenant.graph.traffic().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_names_another_tenant_than_the_token_is_refused() {
    let mut tenant = Tenant::with([ann()]).await;
    let other = |body: &mut serde_json::Value| body["value"][0]["id"] = json!(OTHER);
    tenant.graph.edit(|t| t.faults.push(Fault::on("GET", "/v1.0/organization", Action::Edit(other)).always()));
    let token = tenant.graph.token(INVITER);
    let ended = run(&mut tenant, token).await;
    assert_refused(&tenant, &ended, 4, "wrong-tenant");
}

#[tokio::test(start_paused = true)]
async fn a_token_with_hostile_claims_is_told_in_one_short_line() {
    let mut tenant = Tenant::with([ann()]).await;
    let token = tenant.graph.token_with(json!({ "tid": format!("\u{1b}[2J\n{}", "x".repeat(1 << 20)) }));
    let ended = run(&mut tenant, token).await;
    assert_refused(&tenant, &ended, 4, "wrong-tenant");
    assert!(ended.stdout.len() < 4_000);
}
