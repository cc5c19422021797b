//! TLS with an own CA, and proxies.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;
use crate::auth::testing::{exchange, in_child, is_child};

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
                exchange(stream, &|_: &str| token_answer("by-tls"), &Mutex::default()).await;
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
    let ask = |clients| access_tokens(&tenant, clients, host(&environment())).expect("prepared");
    assert_eq!(text(&ask(&with_ca).token().await.expect("trusted")), "by-tls");
    let asked = tokio::time::timeout(Duration::from_secs(5), async { ask(&without).token().await }).await;
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

#[tokio::test]
async fn an_app_service_endpoint_is_asked_directly_whatever_the_proxy() {
    let ends = noon().timestamp() + 7200;
    let body = format!(r#"{{"access_token":"app-service","expires_on":"{ends}"}}"#);
    let endpoint = Server::start(move |_| http("200 OK", &body)).await;
    let proxy = Server::start(|_| http("200 OK", "{}")).await;
    let variables = vec![
        ("IDENTITY_ENDPOINT", format!("{}/msi/token", endpoint.url())),
        ("IDENTITY_HEADER", CANARY.to_owned()),
        ("HTTP_PROXY", proxy.url()),
        ("http_proxy", proxy.url()),
        ("AZURE_AUTHORITY_HOST", proxy.url()),
    ];
    in_child("auth::tests::network::child_on_app_service", variables).await;
    assert!(proxy.requests().is_empty());
    let request = endpoint.requests().remove(0).to_ascii_lowercase();
    assert!(request.starts_with("get /msi/token?api-version=2019-08-01"), "{request}");
    assert!(request.contains(&format!("x-identity-header: {CANARY}")), "{request}");
}

#[tokio::test]
async fn child_on_app_service() {
    if !is_child() {
        return;
    }
    let env = Environment::of_process();
    let tokens = tokens(AUTHORITY, AuthSettings::Auto, &env).expect("prepared");
    assert_eq!(text(&tokens.token().await.expect("a token")), "app-service");
}

#[tokio::test]
async fn the_internet_goes_through_the_proxy_and_loopback_does_not() {
    let proxy = Server::start(|_| http("400 Bad Request", "{}")).await;
    let authority = Server::start(|_| token_answer("direct")).await;
    let variables = vec![
        ("HTTP_PROXY", proxy.url()),
        ("http_proxy", proxy.url()),
        ("AZURE_AUTHORITY_HOST", proxy.url()),
        ("XCSYNC_TEST_AUTHORITY", authority.url()),
    ];
    in_child("auth::tests::network::child_behind_a_proxy", variables).await;
    assert_eq!(authority.requests().len(), 1);
    let asked = proxy.requests();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with("GET http://login.example/"), "{asked:?}");
}

#[tokio::test]
async fn child_behind_a_proxy() {
    if !is_child() {
        return;
    }
    let env = Environment::of_process();
    let authority = env.get("XCSYNC_TEST_AUTHORITY").expect("given");
    let direct = tokens(authority, client_secret(), &environment()).expect("prepared");
    assert_eq!(text(&direct.token().await.expect("a token")), "direct");
    let clients = HttpClients::new(None).expect("clients");
    let found = tenant_of_domain(&clients, "http://login.example", "contoso.com").await;
    assert_eq!(found, Ok(None));
}

#[tokio::test]
async fn a_proxy_that_never_answers_is_given_up_within_the_budget() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let proxy = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok(connection) = listener.accept().await {
            kept.push(connection);
        }
    });
    in_child("auth::tests::network::child_behind_a_silent_proxy", vec![("HTTPS_PROXY", proxy)]).await;
}

#[tokio::test(start_paused = true)]
async fn child_behind_a_silent_proxy() {
    if !is_child() {
        return;
    }
    let tokens = tokens("https://login.example", client_secret(), &environment()).expect("prepared");
    let start = tokio::time::Instant::now();
    let error = tokens.token().await.err().expect("no way there");
    let took = start.elapsed().as_secs();
    assert!(error.exit().code() == 7 && (20..=31).contains(&took), "{error} after {took} s");
    assert!(error.to_string().contains("timed out") && error.hint().contains("HTTPS_PROXY"), "{error}");
}
