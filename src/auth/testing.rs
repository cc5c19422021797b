//! What this room's tests share: a server that answers as told, a tenant, tokens.

use std::sync::{Arc, Mutex};

use azure_core::base64::encode_url_safe;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

use crate::auth::Token;
use crate::cloud::{CloudName, Endpoints};
use crate::config::{AuthSettings, Limits, Tenant};
use crate::directory::TenantId;

pub(super) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(super) const CLIENT: &str = "66666666-7777-8888-9999-000000000000";
/// It must never be seen in a text that this program makes.
pub(super) const CANARY: &str = "canary~secret";

/// A server on loopback and what it was asked.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers every request by `answer`, which gets the whole request and gives the whole response.
    pub(super) async fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let server = Self { address, seen: Arc::default() };
        let seen = server.seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                exchange(stream, &answer, &seen).await;
            }
        });
        server
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

/// A port that refuses connections, kept from every other test for as long as this lives.
pub(super) struct Nobody(TcpSocket);

impl Nobody {
    pub(super) fn listens() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        Self(socket)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("bound"))
    }
}

/// One request, one response, and the connection closes.
pub(super) async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &(impl Fn(&str) -> String + Sync),
    seen: &Mutex<Vec<String>>,
) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut piece).await {
            Ok(length) if length > 0 => request.extend_from_slice(&piece[..length]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let response = answer(&request);
    seen.lock().expect("not poisoned").push(request);
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    body.len() >= length.unwrap_or(0)
}

pub(super) fn http(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn token_answer(token: &str) -> String {
    http(
        "200 OK",
        &format!(r#"{{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"{token}"}}"#),
    )
}

pub(super) fn tenant(authority: &str, auth: AuthSettings) -> Tenant {
    Tenant {
        name: "gcch".to_owned(),
        cloud: CloudName::Custom,
        endpoints: Endpoints {
            graph: "https://graph.microsoft.us".to_owned(),
            authority: authority.to_owned(),
            redirect: "https://myapps.microsoft.us".to_owned(),
        },
        tenant_id: tenant_id(),
        ca_file: None,
        auth: Some(auth),
        is_asked_as_home: false,
        invite: None,
        limits: Limits::default(),
    }
}

pub(super) fn tenant_id() -> TenantId {
    TenantId::parse(TENANT).expect("a GUID")
}

pub(super) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("in range")
}

/// A JWT with these claims and no true signature.
pub(super) fn jwt(claims: &serde_json::Value) -> String {
    let part = |text: String| encode_url_safe(text);
    format!("{}.{}.c2ln", part(r#"{"alg":"none"}"#.to_owned()), part(claims.to_string()))
}

pub(super) fn token(text: &str) -> Token {
    Token { secret: SecretString::from(text), expires_on: noon() }
}

/// Says that this process was started by [`in_child`]; elsewhere the children's tests have nothing to do.
const CHILD: &str = "XCSYNC_TEST_CHILD";

/// Whether a test may count on the variables that [`in_child`] gives; else it says that its parent runs it.
pub(super) fn is_child() -> bool {
    let child = crate::world::Environment::of_process().get(CHILD).is_some();
    if !child {
        println!("skipped: runs in a process of its own, started by the test that needs it");
    }
    child
}

/// Runs one test of this binary in a child with these variables: libraries read the
/// environment themselves, and what tracing caches of a call site is shared by all threads.
pub(super) async fn in_child(test: &'static str, variables: Vec<(&'static str, String)>) {
    let run = move || {
        let mut child = std::process::Command::new(std::env::current_exe().expect("a path"));
        child.args(["--exact", test]).env(CHILD, "1");
        child.envs(variables).output()
    };
    let output = tokio::task::spawn_blocking(run).await.expect("ran");
    let output = output.expect("started");
    let printed = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && printed.contains("1 passed");
    assert!(passed, "{printed}");
}
