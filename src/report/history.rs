//! What `history` has to say: past runs, as SPEC section 11 has it.

use std::io::{self, Write};
use std::path::Path;

use super::style::Style;
use super::{ErrorEntry, OutputFormat, RunReport, csv, json, text};
use crate::error::Exit;
use crate::harmless::harmless_line;

/// Why somebody who has run it may see nothing.
const LEAVE_NONE: &str = "dry runs and runs with --no-state leave none";

/// A run as the ledger has kept it.
#[derive(Clone, Debug)]
pub struct PastRun {
    /// What it had to say; of one that has not ended, what was known before.
    pub report: RunReport,
    /// Whether it has ended: else it is under way, or was cut off.
    pub has_ended: bool,
}

/// The report of one call of `xcsync history`.
#[derive(Clone, Debug)]
pub struct HistoryReport {
    /// How the call ends.
    pub exit: Exit,
    /// What went wrong.
    pub error: Option<ErrorEntry>,
    /// The runs, newest first.
    pub runs: Vec<PastRun>,
    /// Whether decisions and outcomes are shown: with `RUN_ID`.
    pub in_full: bool,
    /// What people should know of a list: why it is empty, or that it goes on.
    pub note: Option<String>,
}

impl HistoryReport {
    /// The runs in short, out of this ledger, and whether there are older ones.
    pub fn listed(runs: Vec<PastRun>, has_older: bool, ledger: &Path) -> Self {
        let note = match (runs.is_empty(), has_older) {
            (true, _) => {
                Some(format!("no run of the selected tenants is in the ledger {}; {LEAVE_NONE}", shown(ledger)))
            }
            (false, true) => Some("there are older runs: --limit N shows more".to_owned()),
            (false, false) => None,
        };
        Self { exit: Exit::Done, error: None, runs, in_full: false, note }
    }

    /// No runs, because nobody has begun this ledger.
    pub fn without_ledger(ledger: &Path) -> Self {
        let note = format!("no run yet: there is no ledger {}; {LEAVE_NONE}", shown(ledger));
        Self { note: Some(note), ..Self::listed(Vec::new(), false, ledger) }
    }

    /// One run with its decisions and outcomes.
    pub fn in_full(run: PastRun) -> Self {
        Self { exit: Exit::Done, error: None, runs: vec![run], in_full: true, note: None }
    }

    /// No runs, and why; `in_full` says what was asked for.
    pub fn failed(exit: Exit, error: ErrorEntry, in_full: bool) -> Self {
        Self { exit, error: Some(error), runs: Vec::new(), in_full, note: None }
    }

    /// Writes it, as [`super::write()`] does with the report of a run.
    pub fn write(&self, format: OutputFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match format {
            OutputFormat::Text => text::write_history(self, style, out),
            OutputFormat::Json => json::write_history(self, out),
            OutputFormat::Csv => csv::write_history(self, out),
        }
    }
}

fn shown(path: &Path) -> String {
    harmless_line(&path.to_string_lossy()).into_owned()
}
