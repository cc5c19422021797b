//! What can be wrong with a ledger; the variants say what the administrator does next.

use std::path::{Path, PathBuf};

use crate::error::Exit;
use crate::explain::{Known, own};
use crate::harmless::harmless_line;

/// Why a ledger can't be used. Nothing was changed in it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// Wait for the other run, or end it.
    #[error("another run holds the lock of this tenant{}", holder(.pid.as_ref(), .since.as_ref()))]
    Locked {
        /// The process that holds it, where it is known.
        pid: Option<u32>,
        /// Since when, as RFC 3339.
        since: Option<String>,
    },
    /// Give the right file, or move this one away.
    #[error("{} is not a ledger of xcsync; it was left as it is", shown(.path))]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// Bring a copy back, or move it away.
    #[error("the ledger {} is damaged ({why}); it was left as it is", shown(.path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was seen.
        why: String,
    },
    /// Install the newer version.
    #[error(
        "the ledger {} was written by a newer version of xcsync (its form is {found}, this version knows {known}); it was left as it is",
        shown(.path)
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The form of the file.
        found: i64,
        /// The newest form that this version writes.
        known: i64,
    },
    /// Make room, mount, or give the account its rights.
    #[error("the ledger {} can't be {what}: {why}", shown(.path))]
    Unusable {
        /// The file.
        path: PathBuf,
        /// `opened`, `read`, `written`.
        what: &'static str,
        /// What the system says.
        why: String,
    },
    /// Create or mount the folder.
    #[error("the folder of the ledger {} is not there", shown(.path))]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// Find out which file is the right one.
    #[error("the ledger {} was moved, deleted or replaced while the run was using it", shown(.path))]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// Decide which one is the right one.
    #[error("the ledger {} knows this tenant, and {} does not: a second one would have forgotten who was invited", shown(.other), shown(.path))]
    Second {
        /// The one that would be begun.
        path: PathBuf,
        /// The one that is there.
        other: PathBuf,
    },
}

fn shown(path: &Path) -> String {
    harmless_line(&path.to_string_lossy()).into_owned()
}

fn holder(pid: Option<&u32>, since: Option<&String>) -> String {
    let pid = pid.map_or_else(String::new, |pid| format!(": process {pid}"));
    since.map_or_else(|| pid.clone(), |since| format!("{pid}, since {since}"))
}

impl LedgerError {
    /// How a run ends that can't use its ledger.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Locked { .. } => Exit::Locked,
            Self::NotALedger { .. }
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::Unusable { .. }
            | Self::NoFolder { .. }
            | Self::Replaced { .. }
            | Self::Second { .. } => Exit::Unexpected,
        }
    }

    /// Its entry in the catalogue.
    fn known(&self) -> Known {
        match self {
            Self::Locked { .. } => own::LOCKED,
            Self::NotALedger { .. } => own::NOT_A_LEDGER,
            Self::Damaged { .. } => own::LEDGER_DAMAGED,
            Self::Newer { .. } => own::LEDGER_NEWER,
            Self::Unusable { .. } => own::LEDGER_UNUSABLE,
            Self::NoFolder { .. } => own::LEDGER_FOLDER_MISSING,
            Self::Replaced { .. } => own::LEDGER_REPLACED,
            Self::Second { .. } => own::SECOND_LEDGER,
        }
    }

    /// The code in reports.
    pub fn code(&self) -> &'static str {
        self.known().code
    }

    /// The way out.
    pub fn hint(&self) -> &'static str {
        self.known().remedy
    }
}
