//! What ends a call of `status`.

use crate::commands::Misuse;
use crate::config::Problems;
use crate::error::Exit;
use crate::explain::own;
use crate::ledger::LedgerError;
use crate::report::ErrorEntry;

/// Why nothing, or no more, is shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum StatusError {
    /// Correct the configuration.
    #[error("{0}")]
    Config(#[from] Problems),
    /// Correct the call.
    #[error("{}", .0.message)]
    Usage(Misuse),
    /// Correct the configuration; the selection of tenants refuses it before.
    #[error("this tenant has no [invite] table, so nobody is to be invited")]
    NobodyToInvite,
    /// See what is wrong with the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A signal came.
    #[error("interrupted; the tenants that were not looked at yet are not shown")]
    Interrupted,
}

impl From<Misuse> for StatusError {
    fn from(misuse: Misuse) -> Self {
        Self::Usage(misuse)
    }
}

impl StatusError {
    /// How the call ends.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Usage(_) | Self::NobodyToInvite => Exit::Usage,
            Self::Ledger(error) => error.exit(),
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// Its entry in the report.
    pub(super) fn entry(&self) -> ErrorEntry {
        let message = self.to_string();
        match self {
            // Its text is complete.
            Self::Config(_) => ErrorEntry { hint: None, ..ErrorEntry::own(own::CONFIG, message) },
            Self::Usage(misuse) => ErrorEntry::own(own::USAGE, message).with_hint(misuse.hint.clone()),
            Self::NobodyToInvite => ErrorEntry::own(own::USAGE, message).with_hint("add one"),
            Self::Ledger(error) => ErrorEntry::within(error.code(), message, error.hint()),
            Self::Interrupted => ErrorEntry::own(own::INTERRUPTED, message).with_hint("run it again"),
        }
    }
}
