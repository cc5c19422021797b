//! `xcsync report`.

use std::path::PathBuf;

use clap::Args;

/// `xcsync report`.
#[derive(Clone, Debug, Args)]
pub struct Report {
    /// Write the page there, whole or not at all; `-` is stdout. A page that is there is replaced, any other file is not.
    #[arg(long, value_name = "FILE", required = true, allow_hyphen_values = true)]
    pub html: PathBuf,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  xcsync report --html /srv/xcsync/status.html     every configured tenant; for a schedule
  xcsync report --tenant gcch --html gcch.html     one tenant
  xcsync report --html - > status.html             to stdout
  xcsync report --cloud sandbox --html page.html   a sample, without any tenant

It reads the ledger alone: no network, no credential. The page names people. A new file is for its owner and group; one \
that is replaced keeps its rights.";
