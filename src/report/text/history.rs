//! Past runs for people: a table of them, or one in full.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use super::{error_lines, headline, notes, table, write_run};
use crate::error::Exit;
use crate::harmless::harmless;
use crate::report::json::instant;
use crate::report::page::Page;
use crate::report::people::joined;
use crate::report::style::{Color, Style};
use crate::report::{HistoryReport, PastRun, RunReport};

const COLUMNS: [&str; 7] = ["STARTED", "TENANT", "WINDOW", "READ", "CODE", "RUN ID", "RESULT"];

/// The columns of a terminal that has no room for all; the others stand below each run.
const NARROW: [&str; 4] = ["STARTED", "TENANT", "CODE", "RUN ID"];

/// Writes the runs, then what is to be known of them, then what is wrong.
pub(in crate::report) fn write(report: &HistoryReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let HistoryReport { error, runs, in_full, note, exit: _ } = report;
    let page = &mut Page::new(out, style);
    if *in_full {
        runs.iter().try_for_each(|past| in_full_of(page, past))?;
    } else if !runs.is_empty() {
        list(page, runs)?;
    }
    if let Some(note) = note {
        if !runs.is_empty() {
            page.blank()?;
        }
        page.prose(0, note)?;
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
    let rows: Vec<_> = runs.iter().map(row).collect();
    let all = table_of(COLUMNS, rows.iter().cloned());
    let is_narrow = page.style.width.is_some_and(|width| table::natural_width(&all) > usize::from(width));
    let short = |[started, tenant, _, _, code, id, _]: [String; COLUMNS.len()]| [started, tenant, code, id];
    let shown = if is_narrow { table_of(NARROW, rows.iter().cloned().map(short)) } else { all };
    let mut lines = shown.lines();
    page.first_word(Color::Faint, lines.next().unwrap_or_default().trim_end())?;
    for ((line, past), [_, _, window, read, _, _, result]) in lines.zip(runs).zip(rows) {
        page.first_word(color(past), line.trim_end())?;
        if is_narrow {
            // What has not come as far as its window has read nobody.
            let rest = if window == "-" { result } else { format!("{window}, {read} read: {result}") };
            page.prose(2, &rest)?;
        }
    }
    Ok(())
}

/// Each row is one line.
fn table_of<const N: usize>(columns: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns);
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

fn color(past: &PastRun) -> Color {
    match past.report.exit {
        _ if !past.has_ended => Color::Attention,
        Exit::Done => Color::Plain,
        Exit::Partial => Color::Attention,
        _ => Color::Bad,
    }
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
