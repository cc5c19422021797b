//! What `explain` has to say: entries of the catalogue.

use std::io::{self, Write};

use super::style::Style;
use super::{ErrorEntry, OutputFormat, csv, json, text};
use crate::error::Exit;
use crate::explain::{Entry, Fit, Found};

/// The report of one call of `xcsync explain`.
#[derive(Clone, Debug)]
pub struct ExplainReport {
    /// How the call ends.
    pub exit: Exit,
    /// What went wrong: nothing fits.
    pub error: Option<ErrorEntry>,
    /// How the entries were found; `None` with `--list`.
    pub fit: Option<Fit>,
    /// The entries, the best first; with `--list` all of them.
    pub entries: Vec<Entry>,
}

impl ExplainReport {
    /// The whole catalogue.
    pub fn listed(entries: Vec<Entry>) -> Self {
        Self { exit: Exit::Done, error: None, fit: None, entries }
    }

    /// What was found.
    pub fn found(found: Found) -> Self {
        let Found { entries, fit } = found;
        Self { exit: Exit::Done, error: None, fit: Some(fit), entries }
    }

    /// Nothing fits, and what to do.
    pub fn failed(error: ErrorEntry) -> Self {
        Self { exit: Exit::Usage, error: Some(error), fit: None, entries: Vec::new() }
    }

    /// Writes it, as [`super::write()`] does with the report of a run.
    pub fn write(&self, format: OutputFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match format {
            OutputFormat::Text => text::write_explain(self, style, out),
            OutputFormat::Json => json::write_explain(self, out),
            OutputFormat::Csv => csv::write_explain(self, out),
        }
    }
}
