//! Entries of the catalogue as one JSON object, schema `xcsync.explain/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::ErrorView;
use crate::explain::{Entry, Fit};
use crate::harmless::harmless_json;
use crate::report::ExplainReport;

/// Writes entries of the catalogue.
pub(in crate::report) fn write(report: &ExplainReport, out: &mut dyn Write) -> io::Result<()> {
    let document = serde_json::to_string_pretty(&ExplainView::of(report))?;
    writeln!(out, "{}", harmless_json(&document))
}

#[derive(Serialize)]
struct ExplainView<'a> {
    schema: &'static str,
    exit_code: u8,
    error: Option<ErrorView<'a>>,
    /// `code`, `contained`, or `similar`, which is a guess; null with `--list`.
    fit: Option<&'static str>,
    entries: Vec<EntryView<'a>>,
}

#[derive(Serialize)]
struct EntryView<'a> {
    code: &'a str,
    kind: &'static str,
    side: &'static str,
    meaning: &'static str,
    remedy: &'static str,
}

impl<'a> ExplainView<'a> {
    fn of(report: &'a ExplainReport) -> Self {
        let ExplainReport { exit, error, fit, entries } = report;
        let entry = |entry: &'a Entry| {
            let Entry { kind, code, side, meaning, remedy, said: _ } = entry;
            EntryView { code, kind: kind.code(), side: side.code(), meaning, remedy }
        };
        Self {
            schema: "xcsync.explain/1",
            exit_code: exit.code(),
            error: error.as_ref().map(ErrorView::of),
            fit: fit.map(Fit::code),
            entries: entries.iter().map(entry).collect(),
        }
    }
}
