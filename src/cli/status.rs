//! `xcsync status`.

use std::time::Duration;

use clap::Args;

use super::value;

/// `xcsync status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// Ask nobody: what the ledger knows, without credential and network.
    #[arg(long)]
    pub offline: bool,
    /// End with code 8 unless a run was complete within this time, such as 26h: a probe for a monitor.
    #[arg(long, value_name = "AGE", value_parser = value::age, allow_hyphen_values = true)]
    pub max_age: Option<Duration>,
}

pub(super) const EXAMPLES: &str = "\
Lists who waits or is stuck, longest first; with -v also who needs nobody and who has accepted. It asks \
Graph about whomever the ledger knows and who has not accepted, which takes User.Read.All. Ends with 0 also \
where people wait.

Examples:
  xcsync status                               who waits, who is stuck, and what to do about it
  xcsync status --tenant gcch -o csv          one tenant's, for a spreadsheet
  xcsync status --offline --max-age 26h -q    for a monitor: did it run?
  xcsync status --cloud sandbox               what it looks like, without any permission";
