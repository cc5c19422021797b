//! What came of a request: an answer, or why there is none.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::client::Call;
use super::error::{GraphError, ServiceError};
use super::exchange::{Broken, LARGEST_ANSWER};
use super::retry::{Repeat, Trouble};
use super::wire;
use crate::auth::AuthError;

/// An answer, its body unread.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The server's `Date`.
    pub date: Option<DateTime<Utc>>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// `request-id`.
    pub request_id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// How often the request was made.
    pub tries: u32,
}

/// Why there is no answer.
pub enum SendError {
    /// The run is to stop, and the request was not under way.
    Halted {
        /// How often it was made.
        tries: u32,
    },
    /// All tries went wrong, or none more may be made.
    GaveUp(Lost),
    /// Something else than Graph answered.
    Foreign(String),
    /// No token.
    Auth(AuthError),
    /// The directory does not say whose the token is, because it does not take it.
    Denied(ServiceError),
    /// The request did not leave this time, for want of a token.
    NotSent {
        /// What is wrong with the token.
        cause: Box<SendError>,
        /// How often the request was made before.
        tries: u32,
    },
}

/// The last trouble of a request that got no answer.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Of which kind.
    pub trouble: Trouble,
    /// The status, where one came.
    pub status: Option<u16>,
    /// `Retry-After`, where one came.
    pub retry_after: Option<Duration>,
    /// `request-id`, where one came.
    pub request_id: Option<String>,
    /// What was seen.
    pub why: String,
    /// How often the request was made.
    pub tries: u32,
}

impl Lost {
    /// The pause that the service asked for outlasts the run.
    pub(super) fn paused(tries: u32) -> Self {
        let why = "the service wants to be left alone for longer than the run may last".to_owned();
        Self { trouble: Trouble::Throttled, status: None, retry_after: None, request_id: None, why, tries }
    }

    pub(super) fn answered(trouble: Trouble, reply: Reply) -> Self {
        let why = match reply.service_error() {
            Some(error) => error.to_string(),
            None => format!("status {}", reply.status),
        };
        let Reply { status, retry_after, request_id, tries, .. } = reply;
        Self { trouble, status: Some(status), retry_after, request_id, why, tries }
    }

    pub(super) fn broken(call: &Call<'_>, broken: Broken, tries: u32) -> Result<Self, SendError> {
        let (trouble, status, why) = match broken {
            Broken::Barred(why) => (Trouble::Barred, None, why),
            Broken::NeverConnected(why) => (Trouble::NeverConnected, None, why),
            Broken::Lost(status, why) => (Trouble::Lost, status, why),
            Broken::Oversized(_) if call.repeat() == Repeat::Freely => {
                return Err(SendError::Foreign(format!(
                    "{}: a body of more than {} MiB",
                    call.what,
                    LARGEST_ANSWER >> 20
                )));
            }
            Broken::Oversized(status) => (Trouble::Lost, Some(status), "a body without end".to_owned()),
        };
        Ok(Self { trouble, status, retry_after: None, request_id: None, why, tries })
    }
}

impl SendError {
    /// What it means for a read, which never halts and is never ambiguous.
    pub fn of_read(self, what: &str) -> GraphError {
        let what = what.to_owned();
        match self {
            Self::NotSent { cause, .. } => cause.of_read(&what),
            Self::Auth(error) => GraphError::Auth(error),
            Self::Denied(error) => GraphError::Denied { what, error },
            Self::Foreign(what) => GraphError::NotGraph { what },
            // Reads are never halted, see `Call`; if they were, the next run would go on.
            Self::Halted { .. } => GraphError::Busy { what, tries: 0, status: 0 },
            Self::GaveUp(Lost { trouble, status, tries, why, .. }) => match (trouble, status) {
                (Trouble::Throttled | Trouble::ServerFailed, Some(status)) => GraphError::Busy { what, tries, status },
                // The service's own words may name people, and this error is told in logs too.
                (_, Some(status)) => GraphError::Unreachable { what, tries, why: format!("status {status}") },
                _ => GraphError::Unreachable { what, tries, why },
            },
        }
    }
}

impl Reply {
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let date = self.date.map(|date| ("date", date.to_rfc2822()));
        let wish = self.retry_after.map(|wish| ("retry-after", wish.as_secs().to_string()));
        let id = self.request_id.clone().map(|id| ("request-id", id));
        [date, wish, id].into_iter().flatten().collect()
    }

    /// Reads the body, which is an object; what serde says of a failure may quote people, so that only the place is passed on.
    pub fn read<T: serde::de::DeserializeOwned>(&self, what: &str) -> Result<T, GraphError> {
        let start = self.body.trim_ascii_start();
        if !start.starts_with(b"{") {
            // An array would be read into a structure by position.
            let looks = if start.starts_with(b"<") { "HTML" } else { "no JSON object" };
            return Err(GraphError::not_graph(format!("{what}: {looks}")));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            let looks = if error.is_eof() { "JSON that ends too early" } else { "JSON of another shape" };
            GraphError::not_graph(format!("{what}: {looks} (line {}, column {})", error.line(), error.column()))
        })
    }

    /// The refusal in Graph's form, if the body is one.
    pub fn service_error(&self) -> Option<ServiceError> {
        let body: wire::ErrorBody = serde_json::from_slice(&self.body).ok()?;
        Some(ServiceError::new(self.status, &body, self.request_id.clone()))
    }

    /// What a redirect is called: Graph never redirects, and nobody follows.
    pub fn redirect(&self, what: &str) -> Option<String> {
        let redirected = (300..400).contains(&self.status);
        redirected.then(|| format!("{what} is redirected ({}), which Graph never does", self.status))
    }

    /// What an answer to a read means that is not 200.
    pub fn refusal(&self, what: &str) -> GraphError {
        if let Some(redirect) = self.redirect(what) {
            return GraphError::not_graph(redirect);
        }
        let Some(error) = self.service_error() else {
            return GraphError::not_graph(format!("{what}: status {} without Graph's error body", self.status));
        };
        match self.status {
            ..=299 => GraphError::not_graph(format!("{what}: status {} instead of 200", self.status)),
            401 | 403 => GraphError::Denied { what: what.to_owned(), error },
            _ => GraphError::Refused { what: what.to_owned(), error },
        }
    }
}
