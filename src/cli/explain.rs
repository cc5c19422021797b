//! `xcsync explain`.

use clap::Args;

/// `xcsync explain`.
#[derive(Clone, Debug, Args)]
pub struct Explain {
    /// A code, an exit code, or a message of Graph, of Entra or of a report, as it was said.
    #[arg(value_name = "TEXT|CODE", required_unless_present = "list", conflicts_with = "list")]
    pub text: Vec<String>,
    /// The whole catalogue.
    #[arg(long)]
    pub list: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  xcsync explain AADSTS7000215                            a code of Entra, also without its letters
  xcsync explain upn-differs                              a reason, or an error of a report
  xcsync explain 7                                        an exit code
  xcsync explain 'Group email address is not supported'   a message, as it was said
  xcsync explain --list -o csv                            everything, for a spreadsheet";
