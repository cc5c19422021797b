//! What `history` has to say: past runs, as SPEC section 11 has it.

use std::io::{self, Write};

use super::style::Style;
use super::{ErrorEntry, OutputFormat, RunReport, csv, json, text};
use crate::error::Exit;

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
    /// Whether there are older runs than those listed.
    pub has_older: bool,
}

impl HistoryReport {
    /// The runs in short, and whether there are older ones.
    pub fn listed(runs: Vec<PastRun>, has_older: bool) -> Self {
        Self { exit: Exit::Done, error: None, runs, in_full: false, has_older }
    }

    /// One run with its decisions and outcomes.
    pub fn in_full(run: PastRun) -> Self {
        Self { exit: Exit::Done, error: None, runs: vec![run], in_full: true, has_older: false }
    }

    /// No runs, and why.
    pub fn failed(exit: Exit, error: ErrorEntry) -> Self {
        Self { exit, error: Some(error), runs: Vec::new(), in_full: false, has_older: false }
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
