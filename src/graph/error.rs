//! What can go wrong with a request; the variants say what the caller does next.

use crate::auth::{AuthError, obstacle};
use crate::directory::TenantId;
use crate::error::Exit;
use crate::explain::invitation::{THROTTLED, TOKEN_REJECTED};
use crate::explain::{self, InvitationError, Known, own};
use crate::graph::wire::ErrorBody;

/// A refusal in Graph's own form.
///
/// <https://learn.microsoft.com/en-us/graph/errors>
#[derive(Clone, Debug, thiserror::Error)]
#[error("Graph answered {status} {code}: {message}")]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// `error.code`; may be empty.
    pub code: String,
    /// `error.message`, without control characters and cut; may name people, so it belongs in reports and never in logs.
    pub message: String,
    /// The `request-id`, for Microsoft's support.
    pub request_id: Option<String>,
}

/// The longest code or message that is passed on, in characters.
const LONGEST: usize = 500;

impl ServiceError {
    /// A refusal with what its body says, made fit for a report: short, in one line, and without what must never stand there.
    pub fn new(status: u16, body: &ErrorBody, request_id: Option<String>) -> Self {
        Self { status, code: quotable(&body.error.code), message: quotable(&body.error.message), request_id }
    }

    /// The entry of the catalogue for this answer to an invitation.
    pub fn entry(&self) -> Option<&'static InvitationError> {
        explain::invitation_error(self.status, &self.message)
    }
}

/// A text of the service, cut, without control characters, tokens and redeem URLs.
fn quotable(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace).map(|word| match word.trim_end() {
        // How every JSON object in base64 begins, and so every JWT.
        inner if inner.contains("eyJ") => word.replace(inner, "[token]"),
        // Of the sign-in page, or of the older page that takes the ticket itself.
        inner if inner.to_ascii_lowercase().contains("/redeem") => word.replace(inner, "[redeem URL]"),
        _ => word.to_owned(),
    });
    words.collect::<String>().chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// Why a request has no answer that can be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GraphError {
    /// End the run: something else than Graph answers, or Graph's answer breaks its own contract.
    #[error("an answer is not Microsoft Graph's: {what}; nothing more is sent")]
    NotGraph {
        /// What came, and to which request.
        what: String,
    },
    /// End the run: the credential may not do this.
    #[error("{what} is not allowed: {error}")]
    Denied {
        /// What was asked for.
        what: String,
        /// Graph's answer.
        error: ServiceError,
    },
    /// For the caller to judge: Graph refused the request itself.
    #[error("{what} was refused: {error}")]
    Refused {
        /// What was asked for.
        what: String,
        /// Graph's answer.
        error: ServiceError,
    },
    /// End the run, the next one goes on: nobody answers.
    #[error("{what} got no answer after {tries} tries: {why}")]
    Unreachable {
        /// What was asked for.
        what: String,
        /// How often.
        tries: u32,
        /// The last reason.
        why: String,
    },
    /// End the run, the next one goes on: the service fails or throttles for longer than there is time.
    #[error("{what} was answered {status} after {tries} tries and there is no time for another")]
    Busy {
        /// What was asked for.
        what: String,
        /// How often.
        tries: u32,
        /// The last status.
        status: u16,
    },
    /// End the run: the credential belongs to another tenant.
    #[error("Graph answers for another tenant than {expected}; nothing was sent")]
    WrongTenant {
        /// The configured tenant.
        expected: TenantId,
    },
    /// End the run: no token.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

impl GraphError {
    /// Its entry in the catalogue; `None` where the sign-in tells code and way out.
    fn known(&self) -> Option<Known> {
        let known = match self {
            Self::NotGraph { .. } => own::NOT_GRAPH,
            Self::Denied { .. } => own::DENIED,
            Self::Refused { .. } => own::REFUSED_READ,
            Self::Unreachable { .. } => own::UNREACHABLE,
            Self::Busy { status: 429, .. } => THROTTLED,
            Self::Busy { .. } => own::SERVICE_FAILING,
            Self::WrongTenant { .. } => own::WRONG_TENANT,
            Self::Auth(_) => return None,
        };
        Some(known)
    }

    /// The code, in the words of the sign-in where that is what failed.
    pub fn reported_code(&self) -> String {
        match self {
            Self::Auth(error) => error.code(),
            other => other.known().map(|known| known.code.to_owned()).unwrap_or_default(),
        }
    }

    /// Whether its text holds the service's own words.
    pub fn quotes_service(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::Refused { .. })
    }

    /// The way out, in the words of the sign-in where that is what failed.
    pub fn remedy(&self) -> String {
        match self {
            Self::Auth(error) => error.hint(),
            Self::Denied { error: ServiceError { status: 401, .. }, .. } => {
                format!("a fresh token was refused too: {}", TOKEN_REJECTED.remedy)
            }
            Self::Unreachable { why, .. } => obstacle::remedy(why).to_owned(),
            Self::WrongTenant { expected } => {
                own::WRONG_TENANT.remedy_with("the configured tenant", &format!("the tenant {expected}"))
            }
            other => other.known().map(|known| known.remedy.to_owned()).unwrap_or_default(),
        }
    }

    /// How a run ends whose read fails with this.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Auth(error) => error.exit(),
            Self::Unreachable { .. } | Self::Busy { .. } => Exit::Stopped,
            // Somebody was deleted between being listed and being looked at; the next run sees it as it is.
            Self::Refused { error, .. } if error.status == 404 => Exit::Stopped,
            Self::NotGraph { .. } | Self::Denied { .. } | Self::Refused { .. } | Self::WrongTenant { .. } => {
                Exit::Denied
            }
        }
    }

    /// An answer that is not Graph's.
    pub fn not_graph(what: impl Into<String>) -> Self {
        Self::NotGraph { what: what.into() }
    }
}
