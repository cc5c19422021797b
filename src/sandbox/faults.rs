//! Faults on demand.

use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

/// Something that goes wrong with certain requests.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The method it waits for; empty for any.
    pub method: String,
    /// What the path and query, decoded, must contain.
    pub path_contains: String,
    /// What the body must contain; empty for anything.
    pub body_contains: String,
    /// How many matching requests pass unharmed first.
    pub skip: u32,
    /// How many it then hits; `u32::MAX` for all.
    pub times: u32,
    /// What happens to them.
    pub action: Action,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// Nothing is done and this is answered.
    Answer(Canned),
    /// Nothing is done and the connection closes without an answer.
    DropBefore,
    /// Nothing is done and no answer ever comes; the connection stays open until the client closes it.
    Hang,
    /// The request is done and the connection closes without an answer.
    DropAfter,
    /// The request is done and this is answered instead of the truth.
    FailAfter(Canned),
    /// The request is done at once, and answered that much later.
    Slow(Duration),
    /// The request is done at once, and answered when this says so, or when nobody is left who could.
    Held(watch::Receiver<bool>),
    /// Nothing is done; a 200 comes with a body that never ends.
    Endless,
    /// The request is done and its answer breaks off after that many bytes of the body.
    Cut(usize),
    /// The request is done and the 201 names another object.
    WrongObject,
    /// The request is done and its JSON answer is changed.
    Edit(fn(&mut serde_json::Value)),
}

/// An answer given word by word.
#[derive(Clone, Debug, Default)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Canned {
    /// A status without headers or body.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// An error as Graph writes it.
    pub fn graph_error(status: u16, code: &str, message: &str) -> Self {
        let error = serde_json::json!({ "error": { "code": code, "message": message } });
        Self::status(status).header("Content-Type", "application/json").body(&error.to_string())
    }

    /// A proxy's HTML page.
    pub fn html(status: u16) -> Self {
        Self::status(status)
            .header("Content-Type", "text/html")
            .body("<html><body><h1>The proxy could not reach the server</h1></body></html>")
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with this body.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }
}

impl Fault {
    /// Hits the first request with this method whose path and query contain a text.
    pub fn on(method: &str, path_contains: &str, action: Action) -> Self {
        Self {
            method: method.to_owned(),
            path_contains: path_contains.to_owned(),
            body_contains: String::new(),
            skip: 0,
            times: 1,
            action,
        }
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Hits so many.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Hits all.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u32::MAX)
    }

    /// Only where the body names this object.
    #[must_use]
    pub fn about(mut self, id: Uuid) -> Self {
        self.body_contains = id.to_string();
        self
    }

    fn matches(&self, method: &str, target: &str, body: &str) -> bool {
        let method = self.method.is_empty() || self.method == method;
        method && self.times > 0 && target.contains(&self.path_contains) && body.contains(&self.body_contains)
    }
}

/// What the first fault that hits a request does to it; counts the faults down.
pub(super) fn strike(faults: &mut [Fault], method: &str, target: &str, body: &[u8]) -> Option<Action> {
    let body = String::from_utf8_lossy(body);
    for fault in faults.iter_mut().filter(|fault| fault.matches(method, target, &body)) {
        if fault.skip > 0 {
            fault.skip -= 1;
        } else {
            if fault.times != u32::MAX {
                fault.times -= 1;
            }
            return Some(fault.action.clone());
        }
    }
    None
}
