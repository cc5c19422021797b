//! What can go wrong with one person, and what is said of it.

use crate::auth::AuthError;
use crate::explain::{Class, Entry};
use crate::graph::error::ServiceError;
use crate::ledger::LedgerError;
use crate::report::ErrorEntry;

/// What went wrong with one person.
#[derive(Debug)]
pub enum Problem {
    /// The service refused.
    Refused(ServiceError),
    /// No trustworthy answer, and the directory was not seen to show an invitation.
    Ambiguous {
        /// What was seen of an answer.
        why: String,
        /// What the last look has shown.
        look: Look,
    },
    /// 2xx, but not a 201 for the right object.
    Astray(String),
    /// Certainly not done: the service can't be reached, or throttles for too long.
    NotProcessed {
        /// What was seen.
        why: String,
        /// 429 rather than an unreachable service.
        throttled: bool,
    },
    /// Something else than Graph answered.
    Foreign(String),
    /// No token.
    NoToken(AuthError),
    /// The intent could not be written; not sent.
    Ledger(LedgerError),
    /// 201, but the directory does not show it.
    NotSeen,
}

impl Problem {
    /// The entry of the catalogue, where the service refused with something known.
    pub fn entry(&self) -> Option<&'static Entry> {
        match self {
            Self::Refused(error) => error.entry(),
            _ => None,
        }
    }

    /// What a refusal is about; an unknown 401 or 403 is the tenant's.
    pub fn class(&self) -> Option<Class> {
        match self {
            Self::Refused(error) => {
                let unknown = matches!(error.status, 401 | 403).then_some(Class::Tenant);
                error.entry().map(|entry| entry.class).or(unknown)
            }
            _ => None,
        }
    }

    /// Its entry in reports and in the ledger.
    pub fn to_entry(&self) -> ErrorEntry {
        let (code, message, hint) = match self {
            Self::Refused(error) => {
                let entry = self.entry();
                // The catalogue's own word: Graph's code is `BadRequest` for nearly everything.
                let code = entry.map_or_else(|| error.code.clone(), |entry| entry.id.to_owned());
                let hint = entry.map(|entry| format!("{}: {}", entry.meaning, entry.remedy));
                return ErrorEntry { code, message: error.message.clone(), hint, quotes_service: true };
            }
            Self::Ambiguous { why, look: Look::NotInvited } => (
                "no-answer",
                why,
                "it may have been invited: the directory shows nothing yet; it is not posted again in this run",
            ),
            Self::Ambiguous { why, .. } => (
                "no-answer",
                why,
                "it may have been invited, and nobody could look: see in the directory; it is not posted again in this run",
            ),
            Self::Astray(why) => {
                ("astray-answer", why, "look at the account in the portal before anything else is sent")
            }
            Self::NotProcessed { why, throttled: true } => ("throttled", why, "the next run goes on"),
            Self::NotProcessed { why, .. } => {
                ("unreachable", why, "the service never saw the request; the next run goes on")
            }
            Self::Foreign(what) => ("not-graph", what, "find out what stands between this machine and Graph"),
            Self::NoToken(error) => {
                return ErrorEntry {
                    code: error.code(),
                    message: error.to_string(),
                    hint: Some(error.hint()),
                    quotes_service: false,
                };
            }
            Self::Ledger(error) => {
                return ErrorEntry {
                    code: error.code().to_owned(),
                    message: format!("{error}; the invitation did not leave"),
                    hint: Some(error.hint().to_owned()),
                    quotes_service: false,
                };
            }
            Self::NotSeen => {
                let message = "the service answered 201, but the directory does not show the invitation yet".to_owned();
                let hint = Some(
                    "nothing now: the next runs look again, and after 24 hours the person is tried once more"
                        .to_owned(),
                );
                return ErrorEntry { code: "not-seen".to_owned(), message, hint, quotes_service: false };
            }
        };
        ErrorEntry {
            code: code.to_owned(),
            message: message.clone(),
            hint: Some(hint.to_owned()),
            quotes_service: false,
        }
    }
}

/// What a look at a person after an ambiguous answer has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nobody looked, or nobody could.
    None,
    /// No invitation.
    NotInvited,
    /// Invited.
    Invited,
}
