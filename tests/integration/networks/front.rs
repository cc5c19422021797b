//! TLS before the emulator, under a CA of its own.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

/// The names that the front's certificate is for, unless a test wants others.
pub(super) const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "graph.test", "login.test"];

/// What the front shows and speaks.
pub(super) struct Front {
    pub(super) names: Vec<String>,
    pub(super) expired: bool,
    pub(super) http2: bool,
}

impl Default for Front {
    fn default() -> Self {
        Self { names: NAMES.map(str::to_owned).to_vec(), expired: false, http2: false }
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
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    http1: AtomicU32,
    http2: AtomicU32,
    refused: AtomicU32,
}

impl Standing {
    /// TLS connections by what was spoken on them: HTTP/1.1, HTTP/2, and those that clients did not want.
    pub(super) fn connections(&self) -> [u32; 3] {
        let counts = &self.counts;
        [&counts.http1, &counts.http2, &counts.refused].map(|count| count.load(Ordering::SeqCst))
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
        let counts = Arc::<Counts>::default();
        let (acceptor, target) = (TlsAcceptor::from(Arc::new(config)), target.to_owned());
        tokio::spawn(accept(listener, acceptor, target, counts.clone()));
        Standing { root: format!("https://localhost:{port}"), address: format!("127.0.0.1:{port}"), ca, counts }
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
        let config = ServerConfig::builder().with_no_client_auth();
        let mut config = config.with_single_cert(vec![leaf.der().clone()], private).unwrap();
        let http2 = self.http2.then(|| b"h2".to_vec());
        config.alpn_protocols = http2.into_iter().chain([b"http/1.1".to_vec()]).collect();
        (config, ca.pem())
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, target: String, counts: Arc<Counts>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, target, counts) = (acceptor.clone(), target.clone(), counts.clone());
        connections.spawn(async move {
            // A client shows that it does not trust the certificate at the handshake, or by its first words after it.
            match acceptor.accept(stream).await {
                Err(_) => drop(counts.refused.fetch_add(1, Ordering::SeqCst)),
                Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                    counts.http2.fetch_add(1, Ordering::SeqCst);
                    http2(stream, target).await;
                }
                Ok(stream) => {
                    counts.http1.fetch_add(1, Ordering::SeqCst);
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
