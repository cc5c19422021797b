//! The whole way from the configuration to a token, against small servers on loopback.

use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::Mutex;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;
use crate::auth::testing::{CANARY, CLIENT, Server, TENANT, exchange, http, jwt, noon, tenant, token_answer};
use crate::config::{AuthSettings, SecretSource};

fn client_secret() -> AuthSettings {
    AuthSettings::ClientSecret { client_id: CLIENT.to_owned(), secret: SecretSource::Env("SECRET".to_owned()) }
}

fn environment() -> Environment {
    Environment::default().with("SECRET", CANARY)
}

fn tokens(authority: &str, auth: AuthSettings, env: &Environment) -> Result<Arc<dyn AccessTokens>, AuthError> {
    let clients = HttpClients::new(None)?;
    access_tokens(&tenant(authority, auth), &clients, env, Clock::at(noon()))
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

fn assert_no_canary(error: &(impl std::error::Error + Debug)) {
    assert!(!format!("{error} {error:?}").contains(CANARY));
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
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let nobody = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let tokens = tokens(AUTHORITY, managed_identity(None), &on_imds(&nobody)).expect("prepared");
    let asked = tokio::time::timeout(Duration::from_secs(2), tokens.token()).await;
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

/// A TLS server for 127.0.0.1 under its own CA, and that CA's PEM.
async fn tls_server() -> (String, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA");
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).expect("an address");
    let leaf = leaf.signed_by(&key, &ca).expect("signed");
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![leaf.der().clone()], private).expect("a pair");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("https://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                exchange(stream, &|_: &str| token_answer("by TLS"), &Mutex::default()).await;
            }
        }
    });
    (address, ca.pem())
}

#[tokio::test]
async fn ca_file_is_trusted_and_without_it_the_server_is_not() {
    let (authority, pem) = tls_server().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, pem).expect("written");
    let with_ca = HttpClients::new(Some(&path)).expect("clients");
    let without = HttpClients::new(None).expect("clients");
    let tenant = tenant(&authority, client_secret());
    let ask = |clients| access_tokens(&tenant, clients, &environment(), Clock::at(noon())).expect("prepared");
    assert_eq!(text(&ask(&with_ca).token().await.expect("trusted")), "by TLS");
    let asked = tokio::time::timeout(Duration::from_secs(2), async { ask(&without).token().await }).await;
    let error = asked.expect("not retried").err().expect("untrusted");
    assert_eq!(error.exit().code(), 7);
    assert!(error.to_string().contains("UnknownIssuer") && error.hint().contains("ca_file"), "{error}");
}

#[test]
fn a_ca_file_that_is_none_is_a_mistake_of_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n";
    let hollow = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, content) in [("empty", ""), ("text", "hello"), ("broken", broken), ("hollow", hollow)] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let error = HttpClients::new(Some(&path)).expect_err("refused");
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(error.exit().code(), 2);
    }
    let error = HttpClients::new(Some(&folder.path().join("missing"))).expect_err("refused");
    assert!(error.to_string().contains("can't be read"), "{error}");
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
    assert!(log.contains("signs in by client-secret"), "{log}");
    assert!(!log.contains("canary"), "{log}");
}
