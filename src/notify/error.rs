//! Why somebody was not told.

use crate::auth::{AuthError, obstacle};
use crate::graph::error::GraphError;

/// What to do about what may pass by itself.
pub(super) const LATER: &str = "nothing if it passes; the next run tells of trouble that was missed";

/// Why a notification did not go out. Its text holds no address of a webhook or a person, and nothing that a server said
/// beyond its codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// Correct the configuration or this host; nobody was asked.
    #[error("{problem}")]
    Settings {
        /// What is wrong.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// Mend the way to the server.
    #[error("{whom} is not reached: {cause}")]
    Unreachable {
        /// Who was asked.
        whom: &'static str,
        /// What was seen last.
        cause: String,
    },
    /// Mend what the server does not take.
    #[error("{whom} answers {answer}")]
    Refused {
        /// Who was asked.
        whom: &'static str,
        /// The code.
        answer: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Mend what the server offers, or what is asked of it.
    #[error("{whom} can't be used: {cause}")]
    Unfit {
        /// Who was asked.
        whom: &'static str,
        /// What is missing.
        cause: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The others were told, and are not told again.
    #[error("{whom} refuses {refused} of {of} recipients; the others were told")]
    InPart {
        /// Who was asked.
        whom: &'static str,
        /// How many were refused.
        refused: usize,
        /// How many there are.
        of: usize,
        /// What to do about it.
        remedy: &'static str,
    },
    /// No token, or no answer of Graph's.
    #[error("{said}")]
    Graph {
        /// What went wrong, without the service's own words.
        said: String,
        /// What to do about it.
        remedy: String,
    },
    /// It would hold up the schedule.
    #[error("there was no answer in {seconds} s")]
    TooLate {
        /// How long all channels together may take.
        seconds: u64,
    },
    /// A signal came.
    #[error("the call was interrupted before there was an answer")]
    Interrupted,
}

impl NotTold {
    /// A setting that can't be used; `remedy` is the way out.
    pub(super) fn settings(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Settings { problem: problem.into(), remedy: remedy.into() }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &str {
        match self {
            Self::Settings { remedy, .. } | Self::Graph { remedy, .. } => remedy,
            Self::Refused { remedy, .. } | Self::Unfit { remedy, .. } | Self::InPart { remedy, .. } => remedy,
            Self::Unreachable { cause, .. } => obstacle::remedy(cause),
            Self::TooLate { .. } => "see what holds the server up; the next run tells of trouble that was missed",
            Self::Interrupted => LATER,
        }
    }
}

/// What reading a secret or making a client comes to; its words are put where they stand now.
impl From<AuthError> for NotTold {
    fn from(error: AuthError) -> Self {
        let AuthError::Settings { problem, remedy } = error else {
            return Self::Graph { said: error.to_string(), remedy: error.hint() };
        };
        Self::Settings { problem, remedy: remedy.replace("[tenants.NAME.auth]", "[notify]") }
    }
}

/// What a mail by Graph comes to: refusals are about the mailbox and the permission for it.
impl From<GraphError> for NotTold {
    fn from(error: GraphError) -> Self {
        const ALLOW: &str = "grant the application Mail.Send, or let it send as this mailbox by Exchange's RBAC for Applications; both take up to some hours to act";
        const MAILBOX: &str = "`from` must be a mailbox of this tenant in Exchange Online (a shared one is enough), and the addresses in `to` and `problems_to` right";
        let (said, remedy) = match &error {
            GraphError::Denied { error, .. } if error.status == 403 => {
                (format!("Graph does not let it send as `from` ({})", error.status), ALLOW.to_owned())
            }
            GraphError::Refused { error, .. } => {
                (format!("Graph does not take the mail ({})", error.status), MAILBOX.to_owned())
            }
            other => (other.to_string(), other.remedy()),
        };
        Self::Graph { said, remedy }
    }
}
