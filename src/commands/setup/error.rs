//! What ends a call of `setup` before its changes.

use crate::error::Exit;
use crate::report::ErrorEntry;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetupError {
    /// Correct the call.
    #[error("{message}; nothing was changed")]
    Usage {
        /// What is wrong.
        message: String,
        /// The way out.
        hint: String,
    },
}

impl SetupError {
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// How the call ends.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
        }
    }

    /// Its entry in the report.
    pub(super) fn entry(&self) -> ErrorEntry {
        match self {
            Self::Usage { hint, .. } => ErrorEntry::own("usage", self.to_string(), hint.clone()),
        }
    }
}
