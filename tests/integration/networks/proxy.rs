//! A proxy on loopback: it takes CONNECT, whatever the host, to one address, or answers as told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A proxy that runs; it stops with its test's runtime.
pub(super) struct Proxy {
    /// `127.0.0.1:<port>`.
    pub(super) address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

/// What it does with a connection.
#[derive(Clone)]
enum Way {
    To(String),
    Answer(&'static str),
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

    async fn start(way: Way) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let proxy = Self { address, seen: Arc::default() };
        let seen = proxy.seen.clone();
        tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, way.clone(), seen.clone()));
            }
        });
        proxy
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
        Way::To(address) => through(near, &address).await,
    };
}

async fn through(mut near: TcpStream, address: &str) -> std::io::Result<()> {
    let mut far = TcpStream::connect(address).await?;
    near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await.map(drop)
}
