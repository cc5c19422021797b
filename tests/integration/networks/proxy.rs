//! A proxy on loopback: it takes CONNECT, whatever the host, to one address, or answers as told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A proxy that runs; it stops with its test's runtime.
pub(super) struct Proxy {
    /// `127.0.0.1:<port>`.
    pub(super) address: String,
    seen: Arc<Mutex<Vec<String>>>,
    way: Way,
    running: Option<JoinHandle<()>>,
}

/// What it does with a connection.
#[derive(Clone)]
enum Way {
    To(String),
    Answer(&'static str),
    Bytes(&'static [u8]),
}

impl Proxy {
    /// Leads everywhere to one address.
    pub(super) async fn to(address: &str) -> Self {
        Self::start(Way::To(address.to_owned())).await
    }

    /// Answers every request with this status line, and hangs up. Nobody should ask it, or it is to refuse.
    pub(super) async fn answering(status: &'static str) -> Self {
        Self::start(Way::Answer(status)).await
    }

    /// Answers every request with these bytes, and hangs up.
    pub(super) async fn saying(bytes: &'static [u8]) -> Self {
        Self::start(Way::Bytes(bytes)).await
    }

    /// Listens at another address than all the others, and leads to one address.
    pub(super) async fn at(address: &str, target: &str) -> std::io::Result<Self> {
        let way = Way::To(target.to_owned());
        let mut proxy = Self { address: String::new(), seen: Arc::default(), way, running: None };
        proxy.listen(address).await.map(|()| proxy)
    }

    async fn start(way: Way) -> Self {
        let mut proxy = Self { address: String::new(), seen: Arc::default(), way, running: None };
        proxy.listen("127.0.0.1:0").await.unwrap();
        proxy
    }

    async fn listen(&mut self, address: &str) -> std::io::Result<()> {
        let listener = TcpListener::bind(address).await?;
        self.address = listener.local_addr().unwrap().to_string();
        let (way, seen) = (self.way.clone(), self.seen.clone());
        self.running = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, way.clone(), seen.clone()));
            }
        }));
        Ok(())
    }

    /// Ends it, with every connection through it.
    pub(super) async fn die(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            assert!(running.await.is_err_and(|error| error.is_cancelled()));
        }
    }

    /// Starts it again where it was.
    pub(super) async fn again(&mut self) {
        let address = self.address.clone();
        self.listen(&address).await.unwrap();
    }

    /// The heads of the requests so far.
    pub(super) fn heads(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The hosts and ports that were asked for, each once, in order of the alphabet.
    pub(super) fn hosts(&self) -> Vec<String> {
        let host = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.heads().iter().map(host).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }
}

async fn serve(mut near: TcpStream, way: Way, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match near.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    seen.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    // An end that goes away is the other's to tell.
    let _ = match way {
        Way::Answer(status) => {
            near.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes())
                .await
        }
        Way::Bytes(bytes) => near.write_all(bytes).await,
        Way::To(address) => through(near, &address).await,
    };
}

async fn through(mut near: TcpStream, address: &str) -> std::io::Result<()> {
    let mut far = TcpStream::connect(address).await?;
    near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await.map(drop)
}
