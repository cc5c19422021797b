//! The two HTTP clients of a run, and why they are two.

use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Url, redirect};

use crate::auth::AuthError;
use crate::auth::obstacle::cause;
use crate::bounded;
use crate::config::Tenant;

/// From the name to the end of the TLS handshake, a proxy's CONNECT and its own TLS among it. That takes round trips, not
/// seconds; a proxy that resolves a name first may need some.
const CONNECT: Duration = Duration::from_secs(10);
/// Silence between two pieces of an answer. Graph's slowest pages of 999 users take tens of seconds to their first byte.
const READ: Duration = Duration::from_secs(60);
/// A whole exchange; it ends answers that trickle for ever, which the read timeout never does.
const TOTAL: Duration = Duration::from_secs(180);
/// Firewalls forget silent connections after minutes (Azure's load balancer after 4); we forget them first.
const IDLE: Duration = Duration::from_secs(90);
/// Pings tell a dead HTTP/2 connection from a slow answer before the read timeout does.
const PING: Duration = Duration::from_secs(20);
/// How long a ping may stay unanswered.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The metadata service is on the machine or one hop away; where nobody is, packets vanish, and waiting shows nothing.
const LOCAL_CONNECT: Duration = Duration::from_secs(2);
/// The metadata service may fetch a token from Entra first.
const LOCAL_TOTAL: Duration = Duration::from_secs(10);
/// The largest `ca_file`, in bytes: the whole of Mozilla's list is a quarter of a megabyte.
const CA_FILE_LIMIT: u64 = 4 << 20;

/// The clients of one tenant.
#[derive(Clone, Debug)]
pub struct HttpClients {
    /// For Entra: through the system's proxies, trusting the system's store and `ca_file`.
    pub internet: Client,
    /// For Graph: the same, and another client only where one of the two is on this machine.
    pub graph: Client,
}

impl HttpClients {
    /// Those of a tenant: with its `ca_file`, and past every proxy to what is on this very machine.
    ///
    /// A proxy of the environment (`HTTP_PROXY`) can't reach our loopback, and the sandbox lives there.
    pub fn for_tenant(tenant: &Tenant) -> Result<Self, AuthError> {
        let here = |address: &str| Url::parse(address).is_ok_and(|url| is_loopback(&url));
        let (entra, graph) = (here(&tenant.endpoints.authority), here(&tenant.endpoints.graph));
        let plain =
            [&tenant.endpoints.authority, &tenant.endpoints.graph].iter().all(|root| root.starts_with("http://"));
        if plain && tenant.ca_file.is_none() {
            // Nobody to trust: reading the system's store takes longer than the sandbox takes to start.
            return Self::build(way(true).tls_certs_only([]), None);
        }
        let clients = Self::build(way(entra), tenant.ca_file.as_deref())?;
        if entra == graph {
            return Ok(clients);
        }
        let other = Self::build(way(graph), tenant.ca_file.as_deref())?;
        Ok(Self { graph: other.graph, ..clients })
    }

    /// The client for one other address: past every proxy where it is on this machine.
    pub(super) fn to(url: &Url, ca_file: Option<&Path>) -> Result<Client, AuthError> {
        let here = is_loopback(url);
        if here && url.scheme() == "http" {
            return way(true).tls_certs_only([]).build().map_err(|error| not_built(None, &error));
        }
        Ok(Self::build(way(here), ca_file)?.internet)
    }

    /// The client for managed identity: never through a proxy, which would then hold the token.
    pub fn local() -> Result<Client, AuthError> {
        local().build().map_err(|error| not_built(None, &error))
    }

    /// Makes them; `ca_file` is PEM certificates that are trusted in addition to the system's.
    ///
    /// On Linux the system's store is what `SSL_CERT_FILE` and `SSL_CERT_DIR` say, where they are set; reqwest itself
    /// reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. A `ca_file` that is missing, empty or not PEM is
    /// [`AuthError::Settings`].
    pub fn new(ca_file: Option<&Path>) -> Result<Self, AuthError> {
        Self::build(internet(), ca_file)
    }

    fn build(mut internet: ClientBuilder, ca_file: Option<&Path>) -> Result<Self, AuthError> {
        if let Some(path) = ca_file {
            // rustls-platform-verifier takes these beside the system's store, on every platform that we build for.
            internet = internet.tls_certs_merge(certificates(path)?);
        }
        let internet = internet.build().map_err(|error| not_built(ca_file, &error))?;
        Ok(Self { graph: internet.clone(), internet })
    }
}

/// Whether an address is on this machine by its looks; a name other than `localhost` never is.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<std::net::IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

fn base() -> ClientBuilder {
    // A redirect would carry a secret or a token to an address that nobody configured.
    Client::builder()
        .user_agent(concat!("xcsync/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
}

fn internet() -> ClientBuilder {
    base()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .timeout(TOTAL)
        .pool_idle_timeout(IDLE)
        .tcp_keepalive(IDLE)
        .http2_adaptive_window(true)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PING_TIMEOUT)
}

/// Past every proxy, or through whichever the system names.
fn way(direct: bool) -> ClientBuilder {
    if direct { internet().no_proxy() } else { internet() }
}

fn local() -> ClientBuilder {
    base().no_proxy().connect_timeout(LOCAL_CONNECT).timeout(LOCAL_TOTAL)
}

/// The certificates of a PEM file.
fn certificates(path: &Path) -> Result<Vec<Certificate>, AuthError> {
    let read = std::fs::File::open(path).and_then(|file| bounded::content(file, CA_FILE_LIMIT));
    let pem = read.map_err(|error| bad_ca_file(path, &format!("can't be read: {error}")))?;
    let pem = pem.ok_or_else(|| bad_ca_file(path, "is larger than 4 MiB"))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(bad_ca_file(path, "holds no PEM certificate")),
        Err(_) => Err(bad_ca_file(path, "is broken PEM")),
    }
}

fn bad_ca_file(path: &Path, what: &str) -> AuthError {
    AuthError::Settings {
        problem: format!("`ca_file` {} {what}", path.display()),
        remedy: "give a file with one or more `-----BEGIN CERTIFICATE-----` blocks \
                 (DER to PEM: `openssl x509 -inform der -in ca.cer -out ca.pem`)"
            .to_owned(),
    }
}

/// The builder fails on certificates that are PEM outside and no certificate inside, or where the system has no trust store.
fn not_built(ca_file: Option<&Path>, error: &reqwest::Error) -> AuthError {
    match ca_file {
        Some(path) => bad_ca_file(path, &format!("can't be used: {}", cause(error))),
        None => AuthError::Settings {
            problem: format!("the HTTPS client can't start: {}", cause(error)),
            remedy: "install the system's CA certificates (package `ca-certificates`), or name a file of them in SSL_CERT_FILE".to_owned(),
        },
    }
}
