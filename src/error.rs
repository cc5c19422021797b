//! The exit codes, and the errors that end a run.

use crate::auth::AuthError;
use crate::config::Problems;
use crate::discovery::DiscoveryError;
use crate::dispatch::Stop;
use crate::explain::invitation::TENANT_BLOCKED;
use crate::explain::{Known, own};
use crate::graph::error::GraphError;
use crate::ledger::LedgerError;
use crate::plan::Refusal;
use crate::report::ErrorEntry;

/// How a run ends, for the scheduler: SPEC section 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Unexpected: a bug, the ledger is unusable, or a FIPS build without its module.
    Unexpected,
    /// Usage or configuration.
    Usage,
    /// The run went through; some people failed, are unknown or unverified.
    Partial,
    /// Authentication, permission, wrong cloud or tenant, an answer that is not Graph's, or the tenant refuses invitations.
    Denied,
    /// Refused before sending: over a limit, or not the expected plan.
    Refused,
    /// Another run holds the lock.
    Locked,
    /// Stopped early or could not start; the next run goes on.
    Stopped,
    /// `check` or a `status` probe found problems.
    Problems,
    /// Interrupted, cleanly.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::Denied => 4,
            Self::Refused => 5,
            Self::Locked => 6,
            Self::Stopped => 7,
            Self::Problems => 8,
            Self::Interrupted => 130,
        }
    }

    /// The exit with a code; `None` for what is none of ours.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|exit| exit.code() == code)
    }

    /// What stands for several tenants: the first of 130, 1, 2, 4, 6, 5, 7, 3, 0.
    pub fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        exits.into_iter().min_by_key(|exit| exit.rank()).unwrap_or(Self::Done)
    }

    /// Its place in that order: what ends everything, then what a person must mend, then what mends itself.
    fn rank(self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Denied => 3,
            Self::Locked => 4,
            Self::Refused => 5,
            Self::Stopped => 6,
            // Of `check` and `status` alone, which have no other but 0.
            Self::Problems => 7,
            Self::Partial => 8,
            Self::Done => 9,
        }
    }
}

/// What ends a run, or the whole call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Correct the configuration.
    #[error("{0}")]
    Config(#[from] Problems),
    /// Correct the call.
    #[error("{message}; nothing was sent to anyone")]
    Usage {
        /// What is wrong.
        message: String,
        /// The way out.
        hint: String,
    },
    /// Correct `domains`: these people are at home here.
    #[error(
        "{domain} is a verified domain of this very tenant, so its people are not the other side's; nothing was sent to anyone"
    )]
    OwnDomain {
        /// The domain.
        domain: String,
    },
    /// See what stands in the way of a token.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// See what is wrong with Graph.
    #[error("{0}; nothing was sent to anyone")]
    Graph(#[from] GraphError),
    /// See what is wrong with the home tenant's Graph: whom it does not tell of, nobody decides about.
    #[error("the home tenant {tenant}: {error}; nothing was sent to anyone")]
    Home {
        /// Its name in the configuration.
        tenant: String,
        /// What is wrong.
        error: Box<GraphError>,
    },
    /// Correct `--user`.
    #[error("{0}")]
    Users(DiscoveryError),
    /// See what is wrong with the ledger.
    #[error("{0}; nothing was sent to anyone")]
    Ledger(LedgerError),
    /// Everything was sent, and is in the ledger; only how the run has ended is not.
    #[error("{0}; what was sent is known, and the next run reads the same people again")]
    Unfinished(LedgerError),
    /// Wait for Microsoft, then `--resume`.
    #[error(
        "Microsoft has blocked invitations from this tenant, as a run found out at {at} ({message}); nothing was sent to anyone"
    )]
    Blocked {
        /// When.
        at: String,
        /// What the service said then.
        message: String,
    },
    /// Mend what the tenant refuses; one invitation a day finds out.
    #[error(
        "the tenant refused the last invitation, at {at} ({message}), and one in 24 hours is tried; nothing was sent to anyone"
    )]
    StillRefused {
        /// When.
        at: String,
        /// What the service said then.
        message: String,
    },
    /// Look at the plan.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Sending was stopped.
    #[error("{0}; what was not sent is left to the next run")]
    Stopped(#[from] Stop),
    /// Reading took as long as the whole run may.
    #[error("max_runtime is over before the plan is made; nothing was sent to anyone")]
    OutOfTime,
    /// A signal came before anything was sent.
    #[error("interrupted; nothing was sent to anyone")]
    Interrupted,
}

impl From<DiscoveryError> for Error {
    fn from(error: DiscoveryError) -> Self {
        match error {
            DiscoveryError::Graph(error) => Self::Graph(error),
            DiscoveryError::Users(_) => Self::Users(error),
        }
    }
}

impl Error {
    /// How a run ends that fails with this.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Usage { .. } | Self::OwnDomain { .. } | Self::Users(_) => Exit::Usage,
            Self::Ledger(error) | Self::Unfinished(error) => error.exit(),
            Self::Auth(error) => error.exit(),
            Self::Graph(error) => error.exit(),
            Self::Home { error, .. } => error.exit(),
            Self::OutOfTime => Exit::Stopped,
            Self::Blocked { .. } | Self::StillRefused { .. } => Exit::Denied,
            Self::Refused(Refusal::Duplicate { .. }) => Exit::Unexpected,
            Self::Refused(Refusal::OverLimit { .. } | Refusal::OtherPlan { .. }) => Exit::Refused,
            Self::Stopped(stop) => stop.exit(),
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// Its entry in the catalogue; `None` where the error within tells code and way out.
    fn known(&self) -> Option<Known> {
        let known = match self {
            Self::Config(_) => own::CONFIG,
            Self::Usage { .. } => own::USAGE,
            Self::OwnDomain { .. } => own::OWN_DOMAIN,
            Self::Users(_) => own::USER_NOT_FOUND,
            Self::Blocked { .. } => TENANT_BLOCKED,
            Self::StillRefused { .. } => own::TENANT_REFUSES,
            Self::OutOfTime => own::OUT_OF_TIME,
            Self::Interrupted => own::INTERRUPTED,
            Self::Auth(_)
            | Self::Graph(_)
            | Self::Home { .. }
            | Self::Ledger(_)
            | Self::Unfinished(_)
            | Self::Refused(_)
            | Self::Stopped(_) => return None,
        };
        Some(known)
    }

    /// The code in reports.
    pub fn code(&self) -> String {
        match self {
            Self::Auth(error) => error.code(),
            Self::Graph(error) => error.reported_code(),
            Self::Home { error, .. } => error.reported_code(),
            Self::Ledger(error) | Self::Unfinished(error) => error.code().to_owned(),
            Self::Refused(refusal) => refusal.code().to_owned(),
            Self::Stopped(stop) => stop.code(),
            other => other.known().map(|known| known.code.to_owned()).unwrap_or_default(),
        }
    }

    /// The way out.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            // Its text says for each problem what to do.
            Self::Config(_) => return None,
            Self::Usage { hint, .. } => hint.clone(),
            Self::Auth(error) => error.hint(),
            Self::Graph(error) => error.remedy(),
            Self::Home { tenant, error } => format!("in the home tenant {tenant}: {}", error.remedy()),
            Self::Ledger(error) | Self::Unfinished(error) => error.hint().to_owned(),
            Self::Refused(refusal) => refusal.hint(None),
            Self::Stopped(stop) => stop.hint(),
            other => return other.known().map(|known| known.remedy.to_owned()),
        };
        Some(hint)
    }

    /// Whether its text holds the service's own words.
    fn quotes_service(&self) -> bool {
        match self {
            Self::Graph(error) => error.quotes_service(),
            Self::Home { error, .. } => error.quotes_service(),
            Self::Stopped(stop) => {
                matches!(stop, Stop::TenantRefuses(_) | Stop::TenantBlocked(_) | Stop::SameRefusal(_))
            }
            other => matches!(other, Self::Blocked { .. } | Self::StillRefused { .. }),
        }
    }

    /// Its entry in a report.
    pub fn entry(&self) -> ErrorEntry {
        ErrorEntry {
            code: self.code(),
            message: self.to_string(),
            hint: self.hint(),
            quotes_service: self.quotes_service(),
        }
    }
}
