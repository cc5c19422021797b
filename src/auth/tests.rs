//! The whole way from the configuration to a token, against small servers on loopback.

mod network;

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::auth::testing::{
    CANARY, CLIENT, Nobody, Server, TENANT, http, in_child, is_child, jwt, noon, tenant, token_answer,
};
use crate::config::{AuthSettings, SecretSource};

fn client_secret() -> AuthSettings {
    AuthSettings::ClientSecret { client_id: CLIENT.to_owned(), secret: SecretSource::Env("SECRET".to_owned()) }
}

fn environment() -> Environment {
    Environment::default().with("SECRET", CANARY)
}

fn tokens(authority: &str, auth: AuthSettings, env: &Environment) -> Result<Arc<dyn AccessTokens>, AuthError> {
    let tenant = tenant(authority, auth);
    let clients = HttpClients::for_tenant(&tenant)?;
    access_tokens(&tenant, &clients, host(env))
}

fn host(env: &Environment) -> Host<'_> {
    Host { env, clock: Clock::at(noon()), attended: false }
}

fn text(token: &Token) -> &str {
    token.secret.expose_secret()
}

#[tokio::test]
async fn a_client_secret_asks_this_tenant_at_the_configured_authority() {
    let server = Server::start(|_| token_answer("one")).await;
    let tokens = tokens(&server.url(), client_secret(), &environment()).expect("prepared");
    let token = tokens.token().await.expect("a token");
    assert_eq!(text(&token), "one");
    let life = token.expires_on - noon();
    assert!((3590..=3700).contains(&life.num_seconds()), "{life}");
    let request = server.requests().remove(0);
    assert!(request.starts_with(&format!("POST /{TENANT}/oauth2/v2.0/token ")), "{request}");
    assert!(request.contains("scope=https%3A%2F%2Fgraph.microsoft.us%2F.default"), "{request}");
    assert!(request.contains("grant_type=client_credentials") && request.contains(CLIENT));
}

#[tokio::test]
async fn tokens_are_cached_until_graph_rejects_one() {
    let count = Mutex::new(0);
    let server = Server::start(move |_| {
        let mut count = count.lock().expect("not poisoned");
        *count += 1;
        token_answer(&format!("token{count}"))
    })
    .await;
    let tokens = tokens(&server.url(), client_secret(), &environment()).expect("prepared");
    let first = tokens.token().await.expect("a token");
    assert_eq!(text(&tokens.token().await.expect("cached")), "token1");
    tokens.invalidate(&first).await;
    assert_eq!(text(&tokens.token().await.expect("fresh")), "token2");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_asked_once_and_never_shown() {
    let server = Server::start(|_| {
        http("401 Unauthorized", r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid.\r\nTrace ID: 1","error_codes":[7000215]}"#)
    })
    .await;
    let tokens = tokens(&server.url(), client_secret(), &environment()).expect("prepared");
    let error = tokens.token().await.err().expect("refused");
    assert_eq!((error.code().as_str(), error.exit().code()), ("AADSTS7000215", 4));
    assert_eq!(server.requests().len(), 1);
    assert_no_canary(&error);
}

fn assert_no_canary(error: &AuthError) {
    assert!(!format!("{error} {error:?} {}", error.hint()).contains(CANARY));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_| token_answer("stolen")).await;
    let location = elsewhere.url();
    let server = Server::start(move |_| {
        format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    })
    .await;
    let tokens = tokens(&server.url(), client_secret(), &environment()).expect("prepared");
    let error = tokens.token().await.err().expect("refused");
    assert_eq!(error.code(), "foreign-answer");
    assert!(elsewhere.requests().is_empty());
}

fn on_imds(address: &str) -> Environment {
    environment().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", address)
}

fn managed_identity(client_id: Option<&str>) -> AuthSettings {
    AuthSettings::ManagedIdentity { client_id: client_id.map(str::to_owned) }
}

const AUTHORITY: &str = "https://login.microsoftonline.us";

#[tokio::test]
async fn the_metadata_service_is_asked_for_graph_of_this_cloud() {
    let ends = noon().timestamp() + 7200;
    let server =
        Server::start(move |_| http("200 OK", &format!(r#"{{"access_token":"mi","expires_on":{ends}}}"#))).await;
    let tokens = tokens(AUTHORITY, managed_identity(Some(CLIENT)), &on_imds(&server.url())).expect("prepared");
    let token = tokens.token().await.expect("a token");
    assert_eq!((text(&token), token.expires_on.timestamp()), ("mi", ends));
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET /metadata/identity/oauth2/token?"), "{request}");
    assert!(request.contains("resource=https%3A%2F%2Fgraph.microsoft.us&") && request.contains(CLIENT), "{request}");
    assert!(request.to_ascii_lowercase().contains("metadata: true"), "{request}");
}

#[tokio::test]
async fn a_host_without_managed_identity_is_told_at_once() {
    let nobody = Nobody::listens();
    let tokens = tokens(AUTHORITY, managed_identity(None), &on_imds(&nobody.url())).expect("prepared");
    let asked = tokio::time::timeout(Duration::from_secs(5), tokens.token()).await;
    let error = asked.expect("fast").err().expect("nobody there");
    assert_eq!((error.code().as_str(), error.exit().code()), ("no-managed-identity", 4));
    assert!(error.to_string().contains("169.254.169.254"), "{error}");
    assert!(error.hint().contains("client-secret"));
}

#[tokio::test]
async fn an_identity_that_is_not_assigned_is_not_asked_for_again() {
    let server = Server::start(|_| {
        http("400 Bad Request", r#"{"error":"invalid_request","error_description":"Identity not found"}"#)
    })
    .await;
    let tokens = tokens(AUTHORITY, managed_identity(None), &on_imds(&server.url())).expect("prepared");
    assert_eq!(tokens.token().await.err().expect("refused").code(), "no-managed-identity");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_given_token_lives_as_long_as_it_says() {
    let given = |exp: i64| {
        let token = jwt(&serde_json::json!({ "exp": exp }));
        let auth = AuthSettings::AccessToken { token_env: "TOKEN".to_owned() };
        tokens(AUTHORITY, auth, &environment().with("TOKEN", &token)).expect("prepared")
    };
    let soon = noon().timestamp() + 100;
    assert_eq!(given(soon).token().await.expect("good").expires_on.timestamp(), soon);
    let ended = given(noon().timestamp()).token().await.expect("Graph tells, for this clock may be off");
    assert_eq!((ended.expires_on - noon()).num_minutes(), 60);
    let opaque = AuthSettings::AccessToken { token_env: "SECRET".to_owned() };
    let token = tokens(AUTHORITY, opaque, &environment()).expect("prepared").token().await.expect("assumed good");
    assert_eq!((token.expires_on - noon()).num_minutes(), 60);
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_at_any_level_holds_a_secret_or_a_token() {
    in_child("auth::tests::child_that_logs_everything", Vec::new()).await;
}

#[tokio::test]
async fn child_that_logs_everything() {
    if !is_child() {
        return;
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start(|_| token_answer("canary-token")).await;
    let refusing = Server::start(|_| http("401 Unauthorized", &format!(r#"{{"error":"{CANARY}"}}"#))).await;
    for server in [&server, &refusing] {
        let tokens = tokens(&server.url(), client_secret(), &environment()).expect("prepared");
        let _ = tokens.token().await;
    }
    let log = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    assert!(log.contains("signs in"), "{log}");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test(start_paused = true)]
async fn an_authority_that_is_down_is_asked_again() {
    let count = Mutex::new(0);
    let server = Server::start(move |_| {
        let mut count = count.lock().expect("not poisoned");
        *count += 1;
        match *count {
            1 => http("502 Bad Gateway", "<html>"),
            2 => http("503 Service Unavailable", ""),
            _ => token_answer("at-last"),
        }
    })
    .await;
    let tokens = tokens(&server.url(), client_secret(), &environment()).expect("prepared");
    assert_eq!(text(&tokens.token().await.expect("a token")), "at-last");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_authority_that_stays_down_is_told_within_the_budget() {
    let server = Server::start(|_| {
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 120\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            .to_owned()
    })
    .await;
    let clock = Clock::at(noon());
    let tokens = tokens(&server.url(), client_secret(), &environment()).expect("prepared");
    let error = tokens.token().await.err().expect("down");
    assert_eq!(error.exit().code(), 7);
    assert!(error.to_string().contains("HTTP 503; given up after 30 s"), "{error}");
    assert!((clock.now() - noon()).num_seconds() <= 31);
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_to_the_authority_is_unreachable() {
    let nobody = Nobody::listens();
    let tokens = tokens(&nobody.url(), client_secret(), &environment()).expect("prepared");
    let error = tokens.token().await.err().expect("down");
    assert_eq!((error.code().as_str(), error.exit().code()), ("authority-unreachable", 7));
    assert!(error.to_string().contains("onnection refused"), "{error}");
    assert_no_canary(&error);
}
