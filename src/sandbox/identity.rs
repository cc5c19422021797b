//! Sign-in: Entra's token endpoint and OpenID documents, and both protocols of managed identity.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Answer;
use super::request::{Request, form};
use super::state::State;
use super::tenant::IdentityFailure;
use super::{arc, assertion};

/// One path for two services: a host has the agent of Azure Arc or is a virtual machine.
const MANAGED: [&str; 4] = ["metadata", "identity", "oauth2", "token"];

/// What an endpoint answers, as its body or its refusal.
type Endpoint = fn(&State, &Request, &str) -> Result<Value, Answer>;

/// Answers a request outside of Graph.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some(endpoint) = endpoint(state, &request.method, &path) else {
        return Answer::text(404, "text/html", "<html><body>Not found</body></html>");
    };
    if path == MANAGED
        && let Err(challenge) = arc::known(state, request)
    {
        return challenge;
    }
    let late = match state.tenant.identity.failure.clone() {
        Some(IdentityFailure::Html) => {
            return Answer::text(502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>");
        }
        Some(IdentityFailure::Empty) => return Answer::text(200, "application/json", ""),
        Some(IdentityFailure::Answer(status, body)) => {
            return Answer::text(status, "application/json; charset=utf-8", body);
        }
        Some(IdentityFailure::Slow(late)) => late,
        None => Duration::ZERO,
    };
    match endpoint(state, request, path.first().copied().unwrap_or_default()) {
        Ok(body) => Answer::json(200, &with_token(state, body)),
        Err(refusal) => refusal,
    }
    .after(late)
}

/// Who answers, and counts it.
fn endpoint(state: &mut State, method: &str, path: &[&str]) -> Option<Endpoint> {
    let asked = &mut state.asked;
    let (count, endpoint): (_, Endpoint) = match (method, path) {
        ("POST", [_, "oauth2", "v2.0", "token"]) => (&mut asked.token, client_credentials),
        ("GET", [_, "v2.0", ".well-known", "openid-configuration"]) => (&mut asked.openid, openid),
        ("GET", ["msi", "token"]) => (&mut asked.app_service, app_service),
        ("GET", path) if path == MANAGED && state.tenant.identity.arc.is_some() => (&mut asked.arc, arc::token),
        ("GET", path) if path == MANAGED => (&mut asked.imds, imds),
        _ => return None,
    };
    *count += 1;
    Some(endpoint)
}

/// Puts a fresh token where one was promised.
fn with_token(state: &mut State, mut body: Value) -> Value {
    if body.get("access_token").is_some() {
        let claims = state.claims(&state.tenant.application.roles.clone());
        let opaque = state.tenant.identity.opaque_tokens;
        body["access_token"] = Value::String(if opaque { state.mint_opaque(&claims) } else { state.mint(&claims) });
    }
    body
}

fn knows_tenant(state: &State, name: &str) -> bool {
    let domains = &state.tenant.verified_domains;
    name.eq_ignore_ascii_case(&state.tenant.id.to_string())
        || domains.iter().any(|domain| domain.eq_ignore_ascii_case(name))
}

/// <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
fn client_credentials(state: &State, request: &Request, tenant: &str) -> Result<Value, Answer> {
    let fields = form(&String::from_utf8_lossy(&request.body));
    let field = |name: &str| fields.iter().find_map(|(found, value)| (found == name).then_some(value.as_str()));
    if !knows_tenant(state, tenant) {
        return Err(unknown_tenant(state, tenant));
    }
    if field("grant_type") != Some("client_credentials") {
        let text = "The app requested an unsupported grant type.";
        return Err(aadsts(state, 400, "unsupported_grant_type", 70_003, text));
    }
    let client = field("client_id").unwrap_or_default();
    know_client(state, client)?;
    match (field("client_assertion"), field("client_secret")) {
        (Some(assertion), None) if field("client_assertion_type") == Some(assertion::TYPE) => {
            assertion::verify(state, assertion)
                .map_err(|no| aadsts(state, 401, "invalid_client", no.code, &no.text))?;
        }
        (None, Some(secret)) if secret == state.tenant.application.secret => {}
        (None, None) => return Err(aadsts(state, 401, "invalid_client", 7_000_218, NO_CREDENTIAL)),
        _ => return Err(wrong_secret(state, client)),
    }
    know_scope(state, field("scope").unwrap_or_default())?;
    let seconds = state.tenant.identity.token_lifetime.as_secs();
    Ok(json!({ "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": null }))
}

const NO_CREDENTIAL: &str =
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";

fn know_client(state: &State, client: &str) -> Result<(), Answer> {
    if client.eq_ignore_ascii_case(&state.tenant.application.client_id.to_string()) {
        return Ok(());
    }
    let text = format!(
        "Application with identifier '{client}' was not found in the directory '{}'. This can happen if the \
         application has not been installed by the administrator of the tenant or consented to by any user in the \
         tenant. You may have sent your authentication request to the wrong tenant.",
        state.tenant.display_name
    );
    Err(aadsts(state, 400, "unauthorized_client", 700_016, &text))
}

fn wrong_secret(state: &State, client: &str) -> Answer {
    let text = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, \
         not the client secret ID, for a secret added to app '{client}'."
    );
    aadsts(state, 401, "invalid_client", 7_000_215, &text)
}

fn know_scope(state: &State, scope: &str) -> Result<(), Answer> {
    if scope.strip_suffix("/.default").is_some_and(|resource| is_graph(state, resource)) {
        return Ok(());
    }
    let text = format!(
        "The resource principal named {scope} was not found in the tenant named {}. This can happen if the \
         application has not been installed by the administrator of the tenant or consented to by any user in the \
         tenant. You might have sent your authentication request to the wrong tenant.",
        state.tenant.display_name
    );
    Err(aadsts(state, 400, "invalid_resource", 500_011, &text))
}

fn is_graph(state: &State, resource: &str) -> bool {
    let resource = resource.trim_end_matches('/');
    resource == state.public_root || resource == state.root
}

/// An error in the recorded form, with its escaped line ends.
fn aadsts(state: &State, status: u16, error: &str, code: u32, text: &str) -> Answer {
    let now = state.now().format("%Y-%m-%d %H:%M:%SZ").to_string();
    let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
    let description =
        format!("AADSTS{code}: {text}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {now}");
    let mut body = json!({
        "error": error,
        "error_description": description,
        "error_codes": [code],
        "timestamp": now,
        "trace_id": trace,
        "correlation_id": correlation,
    });
    // The recorded answer about an unknown tenant has no address to read on.
    if code != 90_002 {
        body["error_uri"] = Value::String(format!("https://login.microsoftonline.com/error?code={code}"));
    }
    Answer::json(status, &body)
}

fn unknown_tenant(state: &State, tenant: &str) -> Answer {
    let text = format!(
        "Tenant '{tenant}' not found. This may happen if there are no active subscriptions for the tenant. \
         Check with your subscription administrator."
    );
    aadsts(state, 400, "invalid_tenant", 90_002, &text)
}

/// The public facts of a tenant, by id or verified domain.
fn openid(state: &State, _: &Request, tenant: &str) -> Result<Value, Answer> {
    if !knows_tenant(state, tenant) {
        return Err(unknown_tenant(state, tenant));
    }
    let base = format!("{}/{}", state.public_root, state.tenant.id);
    let mut body = json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "issuer": format!("{base}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "tenant_region_scope": state.tenant.region_scope,
        "cloud_instance_name": state.tenant.cloud_instance,
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": state.public_root.split("://").nth(1).unwrap_or_default(),
        "rbac_url": "https://pas.windows.net",
    });
    if let Some(scope) = &state.tenant.region_sub_scope {
        body["tenant_region_sub_scope"] = Value::String(scope.clone());
    }
    Ok(body)
}

/// <https://learn.microsoft.com/en-us/azure/app-service/overview-managed-identity>
fn app_service(state: &State, request: &Request, _: &str) -> Result<Value, Answer> {
    if request.header("x-identity-header") != Some(&state.tenant.identity.identity_header) {
        return Err(Answer::json(
            401,
            &json!({ "statusCode": 401, "message": "The identity header is wrong or missing." }),
        ));
    }
    if request.parameter("api-version").as_deref() != Some("2019-08-01") {
        return Err(Answer::json(400, &json!({ "statusCode": 400, "message": "The api-version is not supported." })));
    }
    managed(state, request)
}

/// <https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
fn imds(state: &State, request: &Request, _: &str) -> Result<Value, Answer> {
    if request.header("metadata") != Some("true") {
        return Err(invalid_request("Required metadata header not specified"));
    }
    let mut body = managed(state, request)?;
    let lifetime = state.tenant.identity.token_lifetime.as_secs();
    body["expires_in"] = Value::String(lifetime.to_string());
    body["ext_expires_in"] = Value::String(lifetime.to_string());
    body["not_before"] = Value::String(state.now().timestamp().to_string());
    Ok(body)
}

pub(super) fn managed(state: &State, request: &Request) -> Result<Value, Answer> {
    let resource = request.parameter("resource").unwrap_or_default();
    if !is_graph(state, &resource) {
        return Err(invalid_request("The resource principal was not found in the tenant"));
    }
    let client = request.parameter("client_id").or_else(|| request.parameter("clientid"));
    if client.is_some_and(|client| !client.eq_ignore_ascii_case(&state.tenant.application.client_id.to_string())) {
        return Err(invalid_request("Identity not found"));
    }
    let expires =
        state.now().timestamp() + i64::try_from(state.tenant.identity.token_lifetime.as_secs()).unwrap_or(i64::MAX);
    let expires_on = if state.tenant.identity.numeric_expires_on { json!(expires) } else { json!(expires.to_string()) };
    Ok(json!({
        "access_token": null,
        "client_id": state.tenant.application.client_id,
        "expires_on": expires_on,
        "resource": resource,
        "token_type": "Bearer",
    }))
}

pub(super) fn invalid_request(description: &str) -> Answer {
    Answer::json(400, &json!({ "error": "invalid_request", "error_description": description }))
}
