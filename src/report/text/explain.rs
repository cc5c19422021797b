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
    let rows: Vec<&Entry> = entries.iter().filter(|entry| entry.kind == kind).collect();
    if page.style.width.is_some_and(|width| usize::from(width) < codes_and_sides(&rows) + LEAST) {
        return rows.into_iter().try_for_each(|entry| stacked(page, entry));
    }
    let mut table = table_of(&rows);
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

/// In fewer columns a meaning is a ribbon of single words.
const LEAST: usize = 28;

/// The width of the columns before the meaning.
fn codes_and_sides(rows: &[&Entry]) -> usize {
    let longest = |length: fn(&Entry) -> usize| rows.iter().map(|entry| length(entry) + 2).max().unwrap_or_default();
    longest(|entry| entry.code.len()) + longest(|entry| entry.side.code().len())
}

/// The meaning beneath its code.
fn stacked(page: &mut Page<'_>, entry: &Entry) -> io::Result<()> {
    page.first_word(Color::Plain, &format!("{}  {}", entry.code, entry.side.code()))?;
    page.prose(2, entry.meaning)
}

fn table_of(rows: &[&Entry]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["CODE", "SIDE", "MEANING"]);
    table.add_rows(rows.iter().map(|entry| [&*entry.code, entry.side.code(), entry.meaning]));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::catalogue;

    fn listed(width: u16) -> String {
        let mut out = Vec::new();
        let style = Style { color: false, width: Some(width) };
        write(&ExplainReport::listed(catalogue()), style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_list_fits_a_terminal_and_no_code_wraps() {
        for width in [60, 80, 120] {
            let text = listed(width);
            for entry in catalogue() {
                let begins = |line: &&str| line.split(' ').next() == Some(&*entry.code);
                assert_eq!(text.lines().filter(begins).count(), 1, "{} at {width}", entry.code);
            }
            let too_long = text.lines().filter(|line| line.len() > usize::from(width) && line.contains(' '));
            // A code and its side stay in one line, however long the code.
            let is_stacked = |line: &&str| line.split_whitespace().count() == 2;
            assert_eq!(too_long.filter(|line| !is_stacked(line)).collect::<Vec<_>>(), Vec::<&str>::new(), "{width}");
        }
    }

    #[test]
    fn where_the_codes_leave_no_room_the_meaning_stands_beneath() {
        let text = listed(80);
        assert!(text.contains("\nExternalTenantNotFound  several\n  Microsoft's "), "{text}");
        assert!(text.contains("\nCODE  SIDE           MEANING\n0     nobody         done"), "{text}");
    }
}
