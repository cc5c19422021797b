//! The table of people: who is sent to first, then who is held, then who is skipped.

use std::io;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use crate::directory::Personal;
use crate::harmless::harmless;
use crate::report::page::Page;
use crate::report::people::Person;
use crate::report::style::Color;
use crate::report::{OutcomeEntry, OutcomeResult};
use crate::selection::{Decision, Reason};

/// Writes the table; nothing where nobody is listed.
///
/// A terminal that is too narrow gets no object ids, since names and addresses say more to a person; what is
/// still too wide wraps within its cell.
pub(super) fn write(page: &mut Page<'_>, mut people: Vec<Person<'_>>) -> io::Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    people.sort_by_cached_key(rank);
    page.blank()?;
    let results = people.iter().any(|p| p.outcome.is_some());
    let mut shown = table(&people, results, true);
    if let Some(width) = page.style.width.filter(|width| natural_width(&shown) > usize::from(*width)) {
        shown = table(&people, results, false);
        fit(&mut shown, width);
    }
    let colors = people.iter().map(color);
    painted(page, &shown, colors)
}

/// The order of the rows: by decision, what came of it, reason, name.
fn rank(person: &Person<'_>) -> (u8, Option<OutcomeResult>, Option<Reason>, String) {
    let name = person.display_name.expose().to_lowercase();
    (place(person.decision), person.outcome.map(|o| o.result), person.entry.map(|e| e.reason), name)
}

/// Where a decision stands in the table: what is done first comes first.
fn place(decision: Decision) -> u8 {
    match decision {
        Decision::Invite => 0,
        Decision::Remind => 1,
        Decision::Retry => 2,
        Decision::Hold => 3,
        Decision::Skip => 4,
    }
}

fn table(people: &[Person<'_>], results: bool, ids: bool) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(cells(
        ["DECISION", "RESULT", "NAME", "ADDRESS", "REASON", "USER ID"].map(str::to_owned),
        results,
        ids,
    ));
    table.add_rows(people.iter().map(|person| cells(row(person), results, ids)));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Names wrap first: a decision, a result or an address that wraps can't be searched for or copied.
pub(super) fn fit(table: &mut Table, width: u16) {
    const NARROWEST_NAME: usize = 12;
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let last = table.column_count() - 1;
    let name = last - 2;
    let name_width = table.column_max_content_widths().get(name).copied().unwrap_or_default();
    let others = natural_width(table) - usize::from(name_width);
    let roomy = others + NARROWEST_NAME <= usize::from(width);
    for (index, column) in table.column_iter_mut().enumerate() {
        if index == last {
            column.set_padding((0, 0));
        }
        if index < name || (roomy && index > name) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

fn row(person: &Person<'_>) -> [String; 6] {
    let Person { user_id, display_name, address, decision, entry, outcome } = *person;
    [
        decision.code().to_owned(),
        outcome.map_or("", |o| o.result.code()).to_owned(),
        harmless(display_name.expose()).into_owned(),
        harmless(address.map_or("", Personal::expose)).into_owned(),
        entry.map_or("", |e| e.reason.code()).to_owned(),
        user_id.to_string(),
    ]
}

/// The columns that are shown; `-` stands for nothing, so that columns can be told apart by tools.
fn cells(all: [String; 6], results: bool, ids: bool) -> Vec<String> {
    let shown = [true, results, true, true, true, ids];
    let cell = |(text, _): (String, bool)| if text.trim().is_empty() { "-".to_owned() } else { text };
    all.into_iter().zip(shown).filter(|(_, shown)| *shown).map(cell).collect()
}

/// How wide a table is that nobody narrows.
pub(super) fn natural_width(table: &Table) -> usize {
    let widths = table.column_max_content_widths();
    let gaps = 2 * widths.len().saturating_sub(1);
    widths.into_iter().map(usize::from).sum::<usize>() + gaps
}

fn color(person: &Person<'_>) -> Color {
    match (person.outcome.map(|OutcomeEntry { result, .. }| result), person.decision) {
        (Some(OutcomeResult::Failed), _) => Color::Bad,
        (Some(OutcomeResult::Unknown | OutcomeResult::Unverified), _) | (_, Decision::Hold) => Color::Attention,
        (Some(OutcomeResult::NotAttempted), _) | (_, Decision::Skip) => Color::Faint,
        (Some(OutcomeResult::Invited) | None, _) => Color::Good,
    }
}

/// Writes the lines with the first word of each row coloured; what a row wraps into begins with a blank.
pub(super) fn painted(page: &mut Page<'_>, table: &Table, colors: impl Iterator<Item = Color>) -> io::Result<()> {
    let mut colors = std::iter::once(Color::Faint).chain(colors);
    table.lines().try_for_each(|line| {
        let color = if line.starts_with(' ') { None } else { colors.next() };
        page.first_word(color.unwrap_or(Color::Plain), line.trim_end())
    })
}
