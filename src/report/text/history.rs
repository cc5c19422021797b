//! Past runs for people: a table of them, or one in full.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use super::{error_lines, headline, notes, table, write_run};
use crate::harmless::harmless;
use crate::report::json::instant;
use crate::report::page::Page;
use crate::report::people::joined;
use crate::report::style::{Color, Style};
use crate::report::{HistoryReport, PastRun, RunReport};

const COLUMNS: [&str; 7] = ["STARTED", "TENANT", "WINDOW", "READ", "CODE", "RUN ID", "RESULT"];

/// Writes the runs, then what is wrong.
pub(in crate::report) fn write(report: &HistoryReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let HistoryReport { error, runs, in_full, has_older, exit: _ } = report;
    let page = &mut Page::new(out, style);
    match (runs.is_empty(), in_full) {
        (true, _) if error.is_none() => page.raw("no run is in the ledger yet; dry runs leave none")?,
        (true, _) => {}
        (false, true) => runs.iter().try_for_each(|past| in_full_of(page, past))?,
        (false, false) => list(page, runs)?,
    }
    if *has_older {
        page.blank()?;
        page.prose(0, "there are older runs: --limit N shows more")?;
    }
    error.iter().try_for_each(|error| error_lines(page, error))
}

fn in_full_of(page: &mut Page<'_>, past: &PastRun) -> io::Result<()> {
    let PastRun { report, has_ended } = past;
    if *has_ended {
        return write_run(page, report, false);
    }
    headline(page, report, false)?;
    let people = joined(report);
    table::write(page, people.clone())?;
    notes::write(page, &people)?;
    page.blank()?;
    let line = "the run has not ended: it is under way, or was cut off; what it left without an outcome is settled by the next run";
    page.labelled(Color::Attention, "result", line)
}

fn list(page: &mut Page<'_>, runs: &[PastRun]) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(COLUMNS);
    table.add_rows(runs.iter().map(row));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().try_for_each(|line| page.raw(line.trim_end()))
}

fn row(past: &PastRun) -> [String; COLUMNS.len()] {
    let PastRun { report, has_ended } = past;
    let unless_cut_off = |cell: String| if *has_ended { cell } else { "-".to_owned() };
    [
        instant(report.started_at),
        harmless(&report.tenant.name).into_owned(),
        report.window.map_or("-", |window| window.kind.code()).to_owned(),
        unless_cut_off(report.counts.discovered.to_string()),
        unless_cut_off(report.exit.code().to_string()),
        report.run_id.to_string(),
        if *has_ended { result(report) } else { "not ended".to_owned() },
    ]
}

/// What a run came to, in a few words.
fn result(run: &RunReport) -> String {
    let counts = &run.counts;
    let sent = match (counts.with_outcome(), counts.to_send()) {
        (0, 0) if run.error.is_none() => "nobody to send to".to_owned(),
        (0, _) => "nothing was sent".to_owned(),
        (_, to_send) => format!("{} of {to_send} invited", counts.invited),
    };
    let others = [
        ("failed", counts.failed),
        ("unknown", counts.unknown),
        ("unverified", counts.unverified),
        ("not-attempted", counts.not_attempted),
    ];
    let others = others.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}"));
    let error = run.error.as_ref().map(|error| harmless(&error.code).into_owned());
    std::iter::once(sent).chain(others).chain(error).collect::<Vec<_>>().join(", ")
}
