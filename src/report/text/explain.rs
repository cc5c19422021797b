//! Entries of the catalogue for people: those that were found in full, the whole catalogue as a table for each kind.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::table::natural_width;
use crate::explain::{Entry, Fit, Kind};
use crate::report::ExplainReport;
use crate::report::page::Page;
use crate::report::style::{Color, Style};

/// Writes what was found; the error of a call that found nothing is told on stderr.
pub(in crate::report) fn write(report: &ExplainReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let ExplainReport { fit, entries, exit: _, error: _ } = report;
    let page = &mut Page::new(out, style);
    match fit {
        Some(fit) => found(page, *fit, entries),
        None => Kind::ALL.into_iter().try_for_each(|kind| list(page, kind, entries)),
    }
}

fn found(page: &mut Page<'_>, fit: Fit, entries: &[Entry]) -> io::Result<()> {
    for (number, entry) in entries.iter().enumerate() {
        if number > 0 {
            page.blank()?;
        }
        in_full(page, entry)?;
    }
    if fit == Fit::Similar {
        page.blank()?;
        page.labelled(
            Color::Attention,
            "note",
            "a guess by likeness; `xcsync explain CODE` tells one entry for certain",
        )?;
    }
    Ok(())
}

fn in_full(page: &mut Page<'_>, entry: &Entry) -> io::Result<()> {
    let Entry { kind, code, side, meaning, remedy, said: _ } = entry;
    page.labelled(Color::Strong, code, kind.name())?;
    page.prose(2, &format!("meaning: {meaning}"))?;
    page.prose(2, &format!("side:    {}", side.name()))?;
    page.prose(2, &format!("remedy:  {remedy}"))
}

/// One kind under its heading; a row is one line, unless a terminal is too narrow.
fn list(page: &mut Page<'_>, kind: Kind, entries: &[Entry]) -> io::Result<()> {
    if kind != Kind::ALL[0] {
        page.blank()?;
    }
    page.raw(&page.style.paint(Color::Strong, &format!("{} ({})", kind.name(), kind.code())))?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["CODE", "SIDE", "MEANING"]);
    table.add_rows(
        entries.iter().filter(|entry| entry.kind == kind).map(|entry| [&*entry.code, entry.side.code(), entry.meaning]),
    );
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(width) = page.style.width.filter(|width| natural_width(&table) > usize::from(*width)) {
        fit_in(&mut table, width);
    }
    let mut is_header = true;
    table.lines().try_for_each(|line| {
        let color = if is_header { Color::Faint } else { Color::Plain };
        is_header = false;
        page.first_word(color, line.trim_end())
    })
}

/// Only the meaning wraps: a code that wraps can't be searched for.
fn fit_in(table: &mut Table, width: u16) {
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let last = table.column_count() - 1;
    for (index, column) in table.column_iter_mut().enumerate() {
        if index == last {
            column.set_padding((0, 0));
        } else {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}
