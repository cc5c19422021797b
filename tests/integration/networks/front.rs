//! TLS before the emulator, under a CA of its own.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{SupportedKxGroup, aws_lc_rs};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::server::TlsStream;

/// The names that the front's certificate is for, unless a test wants others.
pub(super) const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "graph.test", "login.test"];

/// What the front shows and speaks.
pub(super) struct Front {
    pub(super) names: Vec<String>,
    pub(super) expired: bool,
    pub(super) http2: bool,
    /// Makes a certificate for whatever name is asked for, as a proxy does that looks into TLS.
    pub(super) mints: bool,
    /// The one group for key exchange; all that rustls has where `None`.
    pub(super) group: Option<&'static dyn SupportedKxGroup>,
}

impl Default for Front {
    fn default() -> Self {
        let names = NAMES.map(str::to_owned).to_vec();
        Self { names, expired: false, http2: false, mints: false, group: None }
    }
}

/// A front that runs; it stops with its test's runtime.
pub(super) struct Standing {
    /// `https://localhost:<port>`.
    pub(super) root: String,
    /// `127.0.0.1:<port>`, for a proxy.
    pub(super) address: String,
    /// The CA, where clients find it.
    pub(super) ca: PathBuf,
    connections: watch::Receiver<Connections>,
}

/// TLS connections by what was spoken on them: HTTP/1.1, HTTP/2, and those that clients did not want.
type Connections = [u32; 3];

impl Standing {
    /// Those so far.
    pub(super) fn connections(&self) -> Connections {
        *self.connections.borrow()
    }

    /// Those so far, and at least one: that a client is gone is known here later than there.
    pub(super) async fn met(&self) -> Connections {
        let mut connections = self.connections.clone();
        *connections.wait_for(|seen| seen.iter().sum::<u32>() > 0).await.unwrap()
    }
}

impl Front {
    /// Stands before `target`, an `http://` root, and leaves its CA in a folder.
    pub(super) async fn before(self, target: &str, folder: &Path) -> Standing {
        let (config, pem) = self.certified();
        let ca = folder.join("ca.pem");
        std::fs::write(&ca, pem).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (count, connections) = watch::channel([0; 3]);
        let (acceptor, target) = (TlsAcceptor::from(Arc::new(config)), target.to_owned());
        tokio::spawn(accept(listener, acceptor, target, count));
        Standing { root: format!("https://localhost:{port}"), address: format!("127.0.0.1:{port}"), ca, connections }
    }

    /// The server's side of TLS, and the CA's PEM.
    fn certified(&self) -> (ServerConfig, String) {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut leaf = CertificateParams::new(self.names.clone()).unwrap();
        if self.expired {
            leaf.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let leaf = leaf.signed_by(&key, &ca).unwrap();
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let pem = ca.pem();
        let mut provider = aws_lc_rs::default_provider();
        provider.kx_groups = self.group.map_or(provider.kx_groups, |group| vec![group]);
        let config = ServerConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
        let config = config.unwrap().with_no_client_auth();
        let mut config = if self.mints {
            config.with_cert_resolver(Arc::new(Mint(ca)))
        } else {
            config.with_single_cert(vec![leaf.der().clone()], private).unwrap()
        };
        let http2 = self.http2.then(|| b"h2".to_vec());
        config.alpn_protocols = http2.into_iter().chain([b"http/1.1".to_vec()]).collect();
        (config, pem)
    }
}

/// Signs a certificate for each name that is asked for.
#[derive(Debug)]
struct Mint(CertifiedIssuer<'static, KeyPair>);

impl ResolvesServerCert for Mint {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new([hello.server_name()?.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = aws_lc_rs::default_provider();
        Some(Arc::new(CertifiedKey::from_der(vec![leaf.der().clone()], private, &provider).unwrap()))
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, target: String, count: watch::Sender<Connections>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, target, count) = (acceptor.clone(), target.clone(), count.clone());
        connections.spawn(async move {
            // A client shows that it does not trust the certificate at the handshake, or by its first words after it.
            match acceptor.accept(stream).await {
                Err(_) => count.send_modify(|seen| seen[2] += 1),
                Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                    count.send_modify(|seen| seen[1] += 1);
                    http2(stream, target).await;
                }
                Ok(stream) => {
                    count.send_modify(|seen| seen[0] += 1);
                    http1(stream, &target).await;
                }
            }
        });
    }
}

/// Passes bytes on: what reaches the emulator is what the client has written.
async fn http1(mut near: TlsStream<TcpStream>, target: &str) {
    if let Ok(mut far) = TcpStream::connect(target.trim_start_matches("http://")).await {
        // An end that goes away ends the other.
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    }
}

/// The emulator speaks HTTP/1.1 only: requests are made again there.
async fn http2(stream: TlsStream<TcpStream>, target: String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let service = service_fn(move |request| passed_on(request, client.clone(), target.clone()));
    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    // A client that goes away is no failure of the test.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

async fn passed_on(
    request: hyper::Request<Incoming>,
    client: reqwest::Client,
    target: String,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let url = format!("{target}{}", head.uri.path_and_query().unwrap());
    let body = body.collect().await.unwrap().to_bytes();
    let answer = client.request(head.method, url).headers(head.headers).body(body).send().await.unwrap();
    let mut response = hyper::Response::builder().status(answer.status());
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "connection") {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(answer.bytes().await.unwrap())).unwrap())
}
