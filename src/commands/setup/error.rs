//! What ends a call of `setup` before its changes.

use crate::commands::Misuse;
use crate::config::Problems;
use crate::directory::ObjectId;
use crate::error::Exit;
use crate::explain::own;
use crate::graph::error::GraphError;
use crate::report::ErrorEntry;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetupError {
    /// Correct the configuration.
    #[error("{0}")]
    Config(#[from] Problems),
    /// Correct the call.
    #[error("{}; nothing was changed", .0.message)]
    Usage(Misuse),
    /// Correct `--principal`.
    #[error("the tenant {tenant} has no service principal with the object id {principal}; nothing was changed")]
    NoPrincipal {
        /// The tenant's name in the configuration.
        tenant: String,
        /// What was given.
        principal: ObjectId,
    },
    /// See what is wrong with one tenant's Graph, or the sign-in there.
    #[error("the tenant {tenant}: {error}; nothing was changed")]
    Graph {
        /// Its name in the configuration.
        tenant: String,
        /// What is wrong.
        error: Box<GraphError>,
        /// The way out, where it is another than usual.
        hint: Option<String>,
    },
    /// A signal came.
    #[error("interrupted; `xcsync setup` without --apply shows what is still to be changed")]
    Interrupted,
}

impl From<Misuse> for SetupError {
    fn from(misuse: Misuse) -> Self {
        Self::Usage(misuse)
    }
}

impl SetupError {
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage(Misuse::new(message, hint))
    }

    /// How the call ends.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Usage(_) | Self::NoPrincipal { .. } => Exit::Usage,
            Self::Graph { error, .. } => error.exit(),
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// Its entry in the report.
    pub(super) fn entry(&self) -> ErrorEntry {
        let (code, hint) = match self {
            // Its text says for each problem what to do.
            Self::Config(_) => (own::CONFIG.code.to_owned(), None),
            Self::Usage(misuse) => (own::USAGE.code.to_owned(), Some(misuse.hint.clone())),
            Self::NoPrincipal { .. } => {
                let known = own::PRINCIPAL_NOT_FOUND;
                (known.code.to_owned(), Some(known.remedy.to_owned()))
            }
            Self::Graph { error, hint, .. } => {
                (error.reported_code(), Some(hint.clone().unwrap_or_else(|| error.remedy())))
            }
            Self::Interrupted => (own::INTERRUPTED.code.to_owned(), None),
        };
        let quotes_service = matches!(self, Self::Graph { error, .. } if error.quotes_service());
        ErrorEntry { code, message: self.to_string(), hint, quotes_service }
    }
}
