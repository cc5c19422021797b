//! What can be wrong with a ledger; the variants say what the administrator does next.

use std::path::{Path, PathBuf};

use crate::error::Exit;
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

    /// The code in reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "locked",
            Self::NotALedger { .. } => "not-a-ledger",
            Self::Damaged { .. } => "ledger-damaged",
            Self::Newer { .. } => "ledger-newer",
            Self::Unusable { .. } => "ledger-unusable",
            Self::NoFolder { .. } => "ledger-folder-missing",
            Self::Replaced { .. } => "ledger-replaced",
            Self::Second { .. } => "second-ledger",
        }
    }

    /// The way out.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Locked { .. } => {
                "wait until it has ended; the lock goes with its process, so there is nothing to delete"
            }
            Self::NotALedger { .. } => {
                "give the right file in `state`; xcsync begins a ledger of its own where there is none"
            }
            Self::Damaged { .. } => {
                "put a copy back in its place; without one, move it away and look at `xcsync invite --full --dry-run`: a new ledger leaves alone whoever was created before its first window, and knows nothing of retries and holds"
            }
            Self::Newer { .. } => "run the version that wrote it, or a later one; a dry run can still read it",
            Self::Unusable { .. } => {
                "see that the disk has room, that the folder is mounted, that this account may write there, and that no other program holds the file"
            }
            Self::NoFolder { .. } => "create the folder for the account of the schedule, or mount what belongs there",
            Self::Replaced { .. } => {
                "put the right file back in the folder of `state` before the next run: it alone knows what this one has left open; and see that one schedule alone uses it"
            }
            Self::Second { .. } => {
                "name the right one in `state`, or move it to the new place; to begin anew on purpose, move the old one away"
            }
        }
    }
}
