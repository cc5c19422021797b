//! The way through a proxy, past it, and no further than it.

use xcsync::auth::{AuthError, Host, HttpClients, access_tokens};
use xcsync::cloud::{CloudName, Endpoints};
use xcsync::config;
use xcsync::directory::TenantId;
use xcsync::world::{Clock, Environment};

use super::front::{Front, Standing};
use super::proxy::Proxy;
use super::tls::{reached_at, trusting};
use super::{Variables, says, tenant};
use crate::context::{Ended, Nobody, Tenant};

const SECRET: (&str, &str) = ("SANDBOX_SECRET", "sandbox-secret");
/// A user and a password as a proxy's address has them, and as its header has them.
const USER: &str = "canary-user:canary~word@";
const BASIC: &str = "Y2FuYXJ5LXVzZXI6Y2FuYXJ5fndvcmQ=";

pub(super) async fn by_secret() -> Tenant {
    tenant().await.signing_in_by_secret()
}

/// A tenant at these addresses, with a front before it whose CA is trusted.
pub(super) async fn at(tenant: Tenant, graph: &str, authority: &str, names: &[&str]) -> (Tenant, Standing) {
    let names = names.iter().copied().map(str::to_owned).collect();
    let front = Front { names, ..Front::default() }.before(&tenant.graph.root(), tenant.folder.path()).await;
    let address = |text: &str| text.replace("PORT", front.address.split(':').nth(1).unwrap());
    let tenant = trusting(reached_at(tenant, &address(graph), &address(authority)), &front.ca);
    (tenant, front)
}

/// A tenant whose Graph and authority only a proxy knows to find.
pub(super) async fn beyond(tenant: Tenant) -> (Tenant, Standing) {
    at(tenant, "https://graph.test", "https://login.test", &["graph.test", "login.test"]).await
}

/// A dry run with a proxy of this address in one variable.
pub(super) async fn by(tenant: &Tenant, variable: &str, proxy: &str, more: Variables<'_>) -> Ended {
    let address = format!("http://{proxy}");
    let variables: Vec<_> = [SECRET, (variable, address.as_str())].into_iter().chain(more.iter().copied()).collect();
    tenant.dry(&variables).await
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_and_graph_are_reached_through_the_proxy_of_any_variable() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let (tenant, front) = beyond(by_secret().await).await;
        let proxy = Proxy::to(&front.address).await;
        let ended = by(&tenant, variable, &proxy.address, &[]).await;
        assert_eq!((ended.exit, tenant.asked()), (0, [1, 0, 0]), "{variable}: {ended:?}");
        assert_eq!(proxy.hosts(), ["graph.test:443", "login.test:443"]);
        let heads = proxy.heads();
        assert!(heads.iter().all(|head| head.starts_with("CONNECT ") && !head.contains("uthorization")), "{heads:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_gets_the_user_and_password_of_its_address_and_nobody_else_does() {
    let (tenant, front) = beyond(by_secret().await).await;
    let proxy = Proxy::to(&front.address).await;
    let ended = by(&tenant, "HTTPS_PROXY", &format!("{USER}{}", proxy.address), &[]).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    let sent = format!("proxy-authorization: basic {BASIC}").to_lowercase();
    let heads = proxy.heads();
    assert!(heads.iter().all(|head| head.to_lowercase().contains(&sent)), "{heads:?}");
    let traffic = tenant.graph.traffic();
    assert!(traffic.iter().all(|exchange| !exchange.request_headers.contains_key("proxy-authorization")));
}

// The address 0.0.0.0 is a loopback that nobody takes for one, so that only NO_PROXY keeps it from the proxy.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_names_who_is_reached_directly() {
    for (more, proxied) in [
        (&[("NO_PROXY", "0.0.0.0")], false),
        (&[("no_proxy", "login.test, 0.0.0.0/8")], false),
        (&[("NO_PROXY", "0.0.0.0:443,0.0.0.0")], false),
        (&[("NO_PROXY", "login.test")], true),
    ] {
        let root = "https://0.0.0.0:PORT";
        let (tenant, front) = at(by_secret().await, root, root, &["0.0.0.0"]).await;
        let proxy = Proxy::to(&front.address).await;
        let ended = by(&tenant, "HTTPS_PROXY", &proxy.address, more).await;
        assert_eq!((ended.exit, proxy.heads().is_empty()), (0, !proxied), "{more:?}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_this_machine_is_reached_without_a_proxy_whatever_the_other_address_is() {
    let (here, names) = ("https://localhost:PORT", ["localhost", "graph.test", "login.test"]);
    for (graph, authority, proxied) in [
        (here, here, [].as_slice()),
        (here, "https://login.test", &["login.test:443"]),
        ("https://graph.test", here, &["graph.test:443"]),
    ] {
        let (tenant, front) = at(by_secret().await, graph, authority, &names).await;
        let proxy = Proxy::to(&front.address).await;
        let ended = by(&tenant, "HTTPS_PROXY", &proxy.address, &[("HTTP_PROXY", &proxy.address)]).await;
        assert_eq!(
            (ended.exit, &proxy.hosts()[..]),
            (0, proxied.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>().as_slice()),
            "{ended:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_on_loopback_goes_past_every_proxy() {
    let tenant = tenant().await.signing_in_by_secret();
    let canary = Proxy::answering("502 Bad Gateway").await;
    let address = format!("http://{}", canary.address);
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let variables: Vec<_> = names.iter().map(|name| (*name, address.as_str())).chain([SECRET]).collect();
    let ended = tenant.dry(&variables).await;
    assert_eq!((ended.exit, canary.heads().len()), (0, 0), "{ended:?}");
}

/// A dry run of a managed identity where every way but the one to Graph has a canary as its proxy.
async fn managed(host: impl Fn(&str) -> Vec<(&'static str, String)>) -> [u32; 3] {
    let tenant = tenant().await.set("auth", "method = \"managed-identity\"");
    let (tenant, front) = beyond(tenant).await;
    let (proxy, canary) = (Proxy::to(&front.address).await, Proxy::answering("502 Bad Gateway").await);
    let plain = format!("http://{}", canary.address);
    let mut variables = host(&tenant.graph.root());
    variables.extend(["HTTP_PROXY", "http_proxy", "all_proxy"].map(|name| (name, plain.clone())));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ended = by(&tenant, "HTTPS_PROXY", &proxy.address, &variables).await;
    assert_eq!(
        (ended.exit, proxy.hosts(), canary.heads().len()),
        (0, vec!["graph.test:443".to_owned()], 0),
        "{ended:?}"
    );
    tenant.asked()
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_identity_never_goes_through_a_proxy() {
    let imds = managed(|root| vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", root.to_owned())]).await;
    assert_eq!(imds, [0, 0, 1]);
    let header = || ("IDENTITY_HEADER", "sandbox-identity-header".to_owned());
    let app_service = managed(|root| vec![("IDENTITY_ENDPOINT", format!("{root}/msi/token")), header()]).await;
    assert_eq!(app_service, [0, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_wants_a_password_is_told_at_once_as_the_one_who_refuses() {
    for tenant in [by_secret().await, tenant().await] {
        let (tenant, front) = beyond(tenant).await;
        let proxy = Proxy::answering("407 Proxy Authentication Required").await;
        let ended = by(&tenant, "HTTPS_PROXY", &format!("{USER}{}", proxy.address), &[]).await;
        let [_, message, hint] = ended.error();
        assert_eq!((ended.exit, proxy.heads().len(), front.connections()), (7, 1, [0, 0, 0]), "{ended:?}");
        says(&message, &["the proxy (HTTPS_PROXY) asks for a user and password"]);
        says(&hint, &["HTTPS_PROXY=http://user:password@host:port"]);
        assert!(![ended.stdout, ended.stderr].concat().contains("canary"));
    }
}

/// Sign-in in this process, with simulated time, through a proxy; how it fails.
pub(super) async fn fails_by(proxy: &str) -> AuthError {
    let address = format!("http://{USER}{proxy}");
    let through = reqwest::Client::builder().proxy(reqwest::Proxy::https(address).unwrap()).build().unwrap();
    let clients = HttpClients { internet: through.clone(), graph: through };
    let env = Environment::default().with("SANDBOX_SECRET", "canary~secret");
    let host = Host { env: &env, clock: Clock::local(), attended: false };
    let tokens = access_tokens(&configured(), &clients, host).unwrap();
    let start = tokio::time::Instant::now();
    let error = tokens.token().await.err().expect("no way there");
    assert!((1..=30).contains(&start.elapsed().as_secs()), "tried again, within the budget: {:?}", start.elapsed());
    assert!(!format!("{error} {error:?} {}", error.hint()).contains("canary"), "{error:?}");
    error
}

fn configured() -> config::Tenant {
    let address = |name: &str| format!("https://{name}.test");
    config::Tenant {
        name: "proxied".to_owned(),
        cloud: CloudName::Custom,
        endpoints: Endpoints { graph: address("graph"), authority: address("login"), redirect: address("apps") },
        tenant_id: TenantId::parse("11111111-2222-3333-4444-555555555555").unwrap(),
        ca_file: None,
        auth: Some(config::AuthSettings::ClientSecret {
            client_id: "66666666-7777-8888-9999-000000000000".to_owned(),
            secret: config::SecretSource::Env("SANDBOX_SECRET".to_owned()),
        }),
        is_asked_as_home: false,
        invite: None,
        limits: config::Limits::default(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_leads_nowhere_is_named_as_the_cause() {
    let nobody = Nobody::listens();
    for (proxy, words) in [
        (Proxy::answering("403 Forbidden").await.address, "refuses the way there, or cannot reach it itself"),
        (Proxy::answering("502 Bad Gateway").await.address, "refuses the way there, or cannot reach it itself"),
        (nobody.address(), "is not reached: "),
    ] {
        let error = fails_by(&proxy).await;
        assert_eq!((error.exit().code(), error.code().as_str()), (7, "authority-unreachable"));
        says(&error.to_string(), &["no token from login.test: the proxy (HTTPS_PROXY)", words]);
        says(&error.hint(), &["correct HTTPS_PROXY", "NO_PROXY"]);
    }
}
