//! What can go wrong with one person, and what is said of it.

use crate::auth::AuthError;
use crate::explain::invitation::THROTTLED;
use crate::explain::{Class, InvitationError, own};
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
    pub fn entry(&self) -> Option<&'static InvitationError> {
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
        match self {
            Self::Refused(error) => self.refused(error),
            Self::Ambiguous { why, look } => no_answer(why, *look),
            Self::Astray(why) => ErrorEntry::own(own::ASTRAY_ANSWER, why),
            Self::NotProcessed { why, throttled: true } => ErrorEntry::own(THROTTLED, why),
            Self::NotProcessed { why, .. } => {
                let hint = format!("the service never saw the request; {}", own::UNREACHABLE.remedy);
                ErrorEntry::own(own::UNREACHABLE, why).with_hint(hint)
            }
            Self::Foreign(what) => ErrorEntry::own(own::NOT_GRAPH, what),
            Self::NoToken(error) => ErrorEntry::within(error.code(), error.to_string(), error.hint()),
            Self::Ledger(error) => {
                ErrorEntry::within(error.code(), format!("{error}; the invitation did not leave"), error.hint())
            }
            Self::NotSeen => ErrorEntry::own(
                own::NOT_SEEN,
                "the service answered 201, but the directory does not show the invitation yet",
            ),
        }
    }

    fn refused(&self, error: &ServiceError) -> ErrorEntry {
        let entry = self.entry();
        ErrorEntry {
            // The catalogue's own word: Graph's code is `BadRequest` for nearly everything.
            code: entry.map_or_else(|| error.code.clone(), |entry| entry.known.code.to_owned()),
            message: error.message.clone(),
            hint: entry.map(|entry| format!("{}: {}", entry.known.meaning, entry.known.remedy)),
            quotes_service: true,
        }
    }
}

fn no_answer(why: &str, look: Look) -> ErrorEntry {
    let known = own::NO_ANSWER;
    let hint = match look {
        Look::NotInvited => format!("it may have been invited: the directory shows nothing yet; {}", known.remedy),
        Look::None | Look::Invited => {
            format!("it may have been invited, and nobody could look: see in the directory; {}", known.remedy)
        }
    };
    ErrorEntry::own(known, why).with_hint(hint)
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
