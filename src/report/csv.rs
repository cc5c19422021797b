//! The reports as CSV: RFC 4180 with CRLF and a header, one row per listed person, or per listed run.
//!
//! Spreadsheets run a cell as a formula that begins with `=`, `+`, `-` or `@`, also after blanks; such cells
//! get an apostrophe in front, which spreadsheets take for "this is text". Control characters become visible
//! escapes, so that a row is always one line.

use std::borrow::Cow;
use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::json::instant;
use super::people::{Person, joined};
use super::{ErrorEntry, ExplainReport, HistoryReport, InviteReport, OutcomeEntry, PastRun, RunReport};
use crate::directory::Personal;
use crate::explain::Entry;
use crate::harmless::harmless_line;

const HEADER: [&str; 14] = [
    "tenant",
    "run_id",
    "user_id",
    "display_name",
    "address",
    "decision",
    "reason",
    "hint",
    "result",
    "status",
    "error_code",
    "error_message",
    "request_id",
    "attempts",
];

/// One row per past run, where they are listed.
const RUNS_HEADER: [&str; 21] = [
    "tenant",
    "run_id",
    "started_at",
    "finished_at",
    "window_kind",
    "window_from",
    "window_to",
    "discovered",
    "invite",
    "remind",
    "retry",
    "skip",
    "hold",
    "invited",
    "failed",
    "unknown",
    "unverified",
    "not_attempted",
    "exit_code",
    "error_code",
    "error_message",
];

/// Writes the header and the rows of every run; errors of a run have no row.
pub(super) fn write(report: &InviteReport, out: &mut dyn Write) -> io::Result<()> {
    table(HEADER, people_of(report.runs.iter()), out)
}

/// The same of a past run in full; where past runs are listed, a row for each.
pub(super) fn write_history(report: &HistoryReport, out: &mut dyn Write) -> io::Result<()> {
    if report.in_full {
        return table(HEADER, people_of(report.runs.iter().map(|past| &past.report)), out);
    }
    table(RUNS_HEADER, report.runs.iter().map(run_cells), out)
}

/// One row per entry of the catalogue.
pub(super) fn write_explain(report: &ExplainReport, out: &mut dyn Write) -> io::Result<()> {
    let cells = |entry: &Entry| {
        let Entry { kind, code, side, meaning, remedy, said: _ } = entry;
        [code, kind.code(), side.code(), meaning, remedy].map(str::to_owned)
    };
    table(["code", "kind", "side", "meaning", "remedy"], report.entries.iter().map(cells), out)
}

/// Writes a header and its rows.
pub(super) fn table<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| defused(cell).into_owned()))?;
    }
    writer.flush()
}

fn people_of<'a>(runs: impl Iterator<Item = &'a RunReport>) -> impl Iterator<Item = [String; HEADER.len()]> {
    runs.flat_map(|run| joined(run).into_iter().map(|person| cells(run, &person)))
}

/// A past run's cells; what is not known of a run that has not ended is empty.
fn run_cells(past: &PastRun) -> [String; RUNS_HEADER.len()] {
    let PastRun { report, has_ended } = past;
    let RunReport { run_id, started_at, finished_at, tenant, window, counts, exit, error, .. } = report;
    let ended = |cell: String| if *has_ended { cell } else { String::new() };
    let count = |count: u64| ended(count.to_string());
    let (from, to) = (window.and_then(|window| window.from), window.map(|window| window.to));
    [
        tenant.name.clone(),
        run_id.to_string(),
        instant(*started_at),
        ended(instant(*finished_at)),
        window.map(|window| window.kind.code().to_owned()).unwrap_or_default(),
        from.map(instant).unwrap_or_default(),
        to.map(instant).unwrap_or_default(),
        count(counts.discovered),
        count(counts.invite),
        count(counts.remind),
        count(counts.retry),
        count(counts.skip),
        count(counts.hold),
        count(counts.invited),
        count(counts.failed),
        count(counts.unknown),
        count(counts.unverified),
        count(counts.not_attempted),
        ended(exit.code().to_string()),
        error.as_ref().map(|error| error.code.clone()).unwrap_or_default(),
        error.as_ref().map(|error| error.message.clone()).unwrap_or_default(),
    ]
}

/// A person's cells, in the order of the header.
fn cells(run: &RunReport, person: &Person<'_>) -> [String; HEADER.len()] {
    let Person { user_id, display_name, address, decision, entry, outcome } = *person;
    let [result, status, error_code, error_message, request_id, attempts] = outcome_cells(outcome);
    [
        run.tenant.name.clone(),
        run.run_id.to_string(),
        user_id.to_string(),
        display_name.expose().to_owned(),
        address.map_or("", Personal::expose).to_owned(),
        decision.code().to_owned(),
        entry.map_or("", |e| e.reason.code()).to_owned(),
        entry.and_then(|e| e.hint()).unwrap_or_default().to_owned(),
        result,
        status,
        error_code,
        error_message,
        request_id,
        attempts,
    ]
}

fn outcome_cells(outcome: Option<&OutcomeEntry>) -> [String; 6] {
    let Some(outcome) = outcome else {
        return Default::default();
    };
    let OutcomeEntry {
        // These four are cells of the person.
        user_id: _,
        display_name: _,
        address: _,
        decision: _,
        result,
        status,
        error,
        request_id,
        attempts,
    } = outcome;
    let of_error = |part: fn(&ErrorEntry) -> &String| error.as_ref().map(part).cloned().unwrap_or_default();
    [
        result.code().to_owned(),
        status.map(|status| status.to_string()).unwrap_or_default(),
        of_error(|e| &e.code),
        of_error(|e| &e.message),
        request_id.clone().unwrap_or_default(),
        attempts.to_string(),
    ]
}

/// A cell that no spreadsheet runs. The full-width forms count too: some versions of Excel fold them.
pub(super) fn defused(cell: &str) -> Cow<'_, str> {
    // The list of OWASP, "CSV Injection"; its tab and carriage return are escaped below.
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let safe = harmless_line(cell);
    if formula { Cow::Owned(format!("'{safe}")) } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture::{self, golden};
    use proptest::prelude::*;

    fn rendered(report: &InviteReport) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn with_name(name: &str) -> InviteReport {
        let mut report = fixture::applied();
        report.runs.truncate(1);
        report.runs[0].decisions.truncate(1);
        report.runs[0].outcomes.clear();
        report.runs[0].decisions[0].display_name = Personal::new(name);
        report
    }

    fn parsed(text: &str) -> Vec<Vec<String>> {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let row = |row: Result<::csv::StringRecord, _>| row.unwrap().iter().map(str::to_owned).collect();
        reader.records().map(row).collect()
    }

    #[test]
    fn every_decision_and_every_outcome() {
        golden!("applied.csv", rendered(&fixture::applied()));
    }

    #[test]
    fn formulas_are_text() {
        for (name, cell) in [
            ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
            ("+1", "'+1"),
            ("-1+1", "'-1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\t=1", r"'\t=1"),
            ("\r=1", r"'\r=1"),
            ("\u{a0}=1", "'\u{a0}=1"),
            ("\tTab", r"\tTab"),
            ("Ada = Lovelace", "Ada = Lovelace"),
        ] {
            assert_eq!(parsed(&rendered(&with_name(name)))[1][3], cell);
        }
    }

    #[test]
    fn lines_end_with_crlf_and_nowhere_else() {
        let text = rendered(&with_name("two\r\nlines, \"quoted\""));
        assert_eq!(text.matches('\n').count(), 2);
        assert_eq!(text.matches("\r\n").count(), 2);
        assert!(text.contains(r#""two\r\nlines, ""quoted""""#));
    }

    #[test]
    fn a_report_without_runs_is_a_header() {
        assert_eq!(rendered(&fixture::error_only()), format!("{}\r\n", HEADER.join(",")));
    }

    proptest! {
        #[test]
        fn any_name_keeps_the_number_of_cells(name in any::<String>()) {
            let rows = parsed(&rendered(&with_name(&name)));
            prop_assert_eq!(rows.len(), 2);
            prop_assert!(rows.iter().all(|row| row.len() == HEADER.len()));
            prop_assert!(!rows[1][3].trim_start().starts_with(['=', '+', '-', '@']));
        }
    }
}
