//! What the endpoints of managed identities answer where they give no token.

use std::time::Duration;

use xcsync::sandbox::IdentityFailure;
use xcsync::world::Environment;

use super::says;
use crate::context::{Ended, Tenant, new_people, run_with};

/// Stands in every answer: nothing of its words is shown.
const CANARY: &str = "canary";

struct Host {
    tenant: Tenant,
    env: Environment,
}

async fn tenant() -> Tenant {
    Tenant::with(new_people(1)).await.set("auth", "method = \"managed-identity\"")
}

impl Host {
    /// A virtual machine, whose endpoint the library finds by our own environment.
    async fn new() -> Self {
        let tenant = tenant().await;
        let env = tenant.environment().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", &tenant.graph.root());
        Self { tenant, env }
    }

    /// A dry run with this failure, how often the endpoint was asked, and the simulated seconds.
    async fn run(&self, failure: IdentityFailure) -> (Ended, u32, f64) {
        self.tenant.graph.edit(|graph| graph.identity.failure = Some(failure));
        let (before, start) = (self.asked(), tokio::time::Instant::now());
        let (config, never) = (self.tenant.config(), tokio::sync::watch::channel(0).1);
        let ended = run_with(&config, &["--dry-run", "-o", "json"], &self.env, self.tenant.graph.now(), never).await;
        assert!(self.tenant.graph.traffic().is_empty(), "Graph was asked without a token");
        assert!(![ended.stdout.as_str(), &ended.stderr].concat().contains(CANARY), "{ended:?}");
        (ended, self.asked() - before, start.elapsed().as_secs_f64())
    }

    fn asked(&self) -> u32 {
        self.tenant.asked()[2]
    }

    /// It ends 4 after one question; the code, the message and the hint.
    async fn stays(&self, status: u16, body: &str) -> [String; 3] {
        let (ended, asked, took) = self.run(IdentityFailure::Answer(status, body.to_owned())).await;
        assert!(ended.exit == 4 && asked == 1 && took < 1.0, "{status} {body}: {asked} in {took} s, {ended:?}");
        says(&ended.error()[1], &["nothing is sent"]);
        ended.error()
    }

    /// It is asked again within the budget, and ends 7; the message and the hint.
    async fn passes(&self, failure: IdentityFailure) -> [String; 2] {
        let (ended, asked, took) = self.run(failure).await;
        let [code, message, hint] = ended.error();
        assert_eq!((ended.exit, code.as_str()), (7, "authority-unreachable"), "{ended:?}");
        assert!((2..=10).contains(&asked) && took <= 30.5, "{asked} in {took} s");
        says(&message, &["nothing is sent"]);
        says(&hint, &["the next run tries again"]);
        [message, hint]
    }
}

fn refusal(error: &str, description: &str) -> String {
    serde_json::json!({ "error": error, "error_description": description, "more": CANARY }).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_metadata_service_without_the_identity_is_told_with_what_to_turn_on() {
    let host = Host::new().await;
    for (status, error, description) in [
        (400, "invalid_request", "Identity not found"),
        (400, "unauthorized_client", "canary"),
        (403, "access_denied", "canary"),
    ] {
        let [code, message, hint] = host.stays(status, &refusal(error, description)).await;
        assert_eq!(code, "no-managed-identity");
        says(&message, &["169.254.169.254", &format!("HTTP {status}"), "no identity is assigned here"]);
        says(&hint, &["system-assigned identity", "`client_id`", "client-secret"]);
    }
}

#[tokio::test(start_paused = true)]
async fn several_identities_are_told_with_the_key_that_names_one() {
    let host = Host::new().await;
    let words = "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request";
    let [code, message, hint] = host.stays(400, &refusal("invalid_request", words)).await;
    assert_eq!(code, "no-managed-identity");
    says(&message, &["several identities"]);
    says(&hint, &["set `client_id` in [tenants.NAME.auth]"]);
}

#[tokio::test(start_paused = true)]
async fn what_entra_told_the_metadata_service_is_told_as_entras_refusal() {
    let host = Host::new().await;
    let words = "AADSTS500011: The resource principal named https://graph.microsoft.us was not found in the tenant named x.\r\nTrace ID: 1";
    let [code, message, hint] = host.stays(400, &refusal("invalid_resource", words)).await;
    assert_eq!(code, "AADSTS500011");
    says(&message, &["this tenant does not know the resource", "on the side of the configuration", "Trace ID: 1"]);
    says(&hint, &["`cloud`"]);
}

#[tokio::test(start_paused = true)]
async fn a_metadata_service_that_starts_or_is_busy_or_broken_is_asked_again() {
    let host = Host::new().await;
    for status in [404, 410, 429, 500, 503] {
        let [message, _] = host.passes(IdentityFailure::Answer(status, refusal("unknown", CANARY))).await;
        says(&message, &[&format!("HTTP {status} from the managed identity endpoint")]);
    }
    host.passes(IdentityFailure::Html).await;
}

#[tokio::test(start_paused = true)]
async fn a_metadata_service_has_ten_seconds_for_an_answer() {
    let host = Host::new().await;
    let [message, _] = host.passes(IdentityFailure::Slow(Duration::from_secs(11))).await;
    says(&message, &["timed out"]);
    host.tenant.graph.edit(|graph| graph.identity.failure = Some(IdentityFailure::Slow(Duration::from_secs(9))));
    let never = tokio::sync::watch::channel(0).1;
    let ended = run_with(&host.tenant.config(), &["--dry-run"], &host.env, host.tenant.graph.now(), never).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_the_metadata_services_is_told_as_somebody_elses() {
    let host = Host::new().await;
    for (status, body) in [
        (200, ""),
        (200, "<html>canary</html>"),
        (200, "[]"),
        (200, r#"{"access_token":"","expires_on":"1"}"#),
        (200, r#"{"token_type":"canary"}"#),
        (302, "canary"),
        (400, "<html>canary</html>"),
        (403, "canary"),
    ] {
        let [code, message, hint] = host.stays(status, body).await;
        assert_eq!(code, "foreign-answer", "{status} {body}");
        says(&message, &["not a token service's", &format!("HTTP {status}")]);
        says(&hint, &["a proxy or a sign-in page"]);
    }
}

/// A dry run of the real binary on a host like App Service, whose variables the library reads itself.
async fn on_app_service(status: u16, message: &str) -> (Ended, u32) {
    let tenant = super::tenant().await.set("auth", "method = \"managed-identity\"");
    let body = serde_json::json!({ "statusCode": status, "message": message, "correlationId": CANARY }).to_string();
    tenant.graph.edit(|graph| graph.identity.failure = Some(IdentityFailure::Answer(status, body)));
    let endpoint = format!("{}/msi/token", tenant.graph.root());
    let ended = tenant.dry(&[("IDENTITY_ENDPOINT", &endpoint), ("IDENTITY_HEADER", "canary-header")]).await;
    assert!(![ended.stdout.as_str(), &ended.stderr].concat().contains(CANARY), "{ended:?}");
    (ended, tenant.asked()[1])
}

#[tokio::test(flavor = "multi_thread")]
async fn app_service_tells_a_foreign_process_from_a_missing_identity() {
    let missing = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
    for (status, words, told, remedy) in [
        (401, CANARY, "HTTP 401: it does not take the request of this process", "IDENTITY_HEADER"),
        (400, missing, "HTTP 400: no identity is assigned here, or not the one of `client_id`", "`client_id`"),
    ] {
        let (ended, asked) = on_app_service(status, words).await;
        let [code, message, hint] = ended.error();
        assert_eq!((ended.exit, asked, code.as_str()), (4, 1, "no-managed-identity"), "{ended:?}");
        says(&message, &[told, "nothing is sent"]);
        says(&hint, &[remedy]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn app_service_that_fails_itself_is_asked_again() {
    let (ended, asked) = on_app_service(500, "An unexpected error occured while fetching the AAD Token. canary").await;
    assert_eq!((ended.exit, ended.error()[0].as_str()), (7, "authority-unreachable"), "{ended:?}");
    assert!((2..=5).contains(&asked), "{asked}");
    says(&ended.error()[1], &["HTTP 500 from the managed identity endpoint", "nothing is sent"]);
}
