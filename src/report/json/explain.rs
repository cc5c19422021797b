//! Entries of the catalogue as one JSON object, schema `xcsync.explain/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::write_document;
use crate::explain::{Entry, Fit};
use crate::report::ExplainReport;

/// Writes entries of the catalogue.
pub(in crate::report) fn write(report: &ExplainReport, out: &mut dyn Write) -> io::Result<()> {
    let ExplainReport { exit, error, fit, entries } = report;
    let entries = entries.iter().map(|entry| {
        let Entry { kind, code, side, meaning, remedy, said: _ } = entry;
        EntryView { code, kind: kind.code(), side: side.code(), meaning, remedy }
    });
    let view = ExplainView { fit: fit.map(Fit::code), entries: entries.collect() };
    write_document("xcsync.explain/1", *exit, error.as_ref(), view, out)
}

#[derive(Serialize)]
struct ExplainView<'a> {
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
