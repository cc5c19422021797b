//! Answers, and the errors of Graph in their recorded form.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use super::state::State;

/// What Graph says of a body: recorded on successful answers.
const ODATA_JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// A whole answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    /// How long it takes until the answer leaves; what it says is true from the start.
    pub(super) delay: Duration,
}

impl Answer {
    /// An answer of JSON text.
    pub(super) fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
            delay: Duration::ZERO,
        }
    }

    /// A successful answer of Graph.
    pub(super) fn odata(status: u16, body: impl Into<Bytes>) -> Self {
        let mut answer = Self::text(status, ODATA_JSON, body);
        answer.headers.push(("OData-Version".to_owned(), "4.0".to_owned()));
        answer.headers.push(("x-ms-resource-unit".to_owned(), "1".to_owned()));
        answer
    }

    /// An answer of Graph without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), delay: Duration::ZERO }
    }

    /// A plain JSON answer, as the sign-in endpoints give.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// The same, later.
    pub(super) fn after(mut self, delay: Duration) -> Self {
        self.delay += delay;
        self
    }

    /// The same with one more header.
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// An error of Graph.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: u16,
    code: String,
    message: String,
    headers: Vec<(String, String)>,
}

impl Failure {
    pub(super) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned(), headers: Vec::new() }
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// The recorded 404 of directory objects.
    pub(super) fn not_found(id: &str) -> Self {
        let message =
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        Self::new(404, "Request_ResourceNotFound", &message)
    }

    /// The recorded 403 of a missing application permission.
    pub(super) fn denied() -> Self {
        Self::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    /// 401, with the challenge that Graph sends.
    pub(super) fn unauthenticated(message: &str) -> Self {
        Self::new(401, "InvalidAuthenticationToken", message).header(
            "WWW-Authenticate",
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
             client_id=\"00000003-0000-0000-c000-000000000000\"",
        )
    }

    /// 429; `retry_after` is the header's text.
    pub(super) fn throttled(retry_after: Option<String>) -> Self {
        let failure = Self::new(429, "TooManyRequests", "Please retry again later.");
        match retry_after {
            Some(text) => failure.header("Retry-After", &text),
            None => failure,
        }
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The answer that says so.
    pub(super) fn answer(&self, state: &State, ids: &Ids) -> Answer {
        let inner = json!({
            "date": state.now().format("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": ids.request.to_string(),
            "client-request-id": ids.client,
        });
        let name = if state.tenant.switches.inner_error_has_capital { "innerError" } else { "innererror" };
        let body = json!({ "error": { "code": self.code, "message": self.message, name: inner } });
        let mut answer = Answer::text(self.status, "application/json", body.to_string());
        answer.headers.extend(self.headers.iter().cloned());
        answer
    }
}

/// The ids of one exchange.
pub(super) struct Ids {
    pub(super) request: Uuid,
    /// The caller's own, or the request's.
    pub(super) client: String,
}

impl Ids {
    pub(super) fn new(client: Option<&str>) -> Self {
        let request = Uuid::new_v4();
        Self { request, client: client.map_or_else(|| request.to_string(), str::to_owned) }
    }
}
