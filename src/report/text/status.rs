//! Where everyone stands, for people: per tenant one screen of counts, who waits or is stuck, and what to do about it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::{DateTime, TimeDelta, Utc};
use comfy_table::{ContentArrangement, Table, presets};

use super::{error_lines, notes, table};
use crate::directory::Personal;
use crate::harmless::harmless;
use crate::report::json::instant;
use crate::report::page::Page;
use crate::report::style::{Color, Style};
use crate::report::{ErrorEntry, PastRun, Source, StatusReport, TenantStatus};
use crate::status::{Cause, Person, State};

const COLUMNS: [&str; 7] = ["STATE", "WAITS", "NAME", "ADDRESS", "REASON", "NEXT", "USER ID"];

/// So many of them a terminal gets that has no room for all: an address that wraps can't be copied.
const NARROW: usize = 5;

/// So many people fit on a screen, with what is said above and below them.
const SHOWN: usize = 20;

/// Writes the tenants, then what ended the call.
pub(in crate::report) fn write(report: &StatusReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    for (number, status) in report.tenants.iter().enumerate() {
        if number > 0 {
            page.blank()?;
        }
        tenant(page, status, report.list_all)?;
    }
    if report.error.is_some() && !report.tenants.is_empty() {
        page.blank()?;
    }
    report.error.iter().try_for_each(|error| error_lines(page, error))
}

fn tenant(page: &mut Page<'_>, status: &TenantStatus, list_all: bool) -> io::Result<()> {
    let TenantStatus { tenant, now, people, .. } = status;
    let told_by = match status.source {
        Source::Directory => "",
        Source::Ledger => ", as the ledger knows it",
    };
    let headline = format!("{} ({}): where everyone stands{told_by}", harmless(&tenant.name), tenant.cloud);
    page.raw(&page.style.paint(Color::Strong, &headline))?;
    page.prose(0, &format!("counts: {}", counts(status)))?;
    page.prose(0, &format!("runs:   {}", runs(status)))?;
    let (listed, quiet): (Vec<_>, Vec<_>) = people.iter().partition(|person| list_all || person.needs_attention());
    let room = if list_all { listed.len() } else { SHOWN };
    rows(page, &listed[..listed.len().min(room)], *now)?;
    if listed.len() > room {
        page.prose(0, &format!("and {} more; -v lists them, -o csv too", listed.len() - room))?;
    }
    remedies(page, &listed)?;
    closing(page, status, &quiet)
}

/// Who is not listed, and what stands beside the people.
fn closing(page: &mut Page<'_>, status: &TenantStatus, quiet: &[&Person]) -> io::Result<()> {
    let TenantStatus { warnings, error, .. } = status;
    let mut by_cause: BTreeMap<&str, u64> = BTreeMap::new();
    for person in quiet.iter().filter(|person| person.state != State::Accepted) {
        *by_cause.entry(person.cause.known().code).or_default() += 1;
    }
    if !(by_cause.is_empty() && warnings.is_empty() && error.is_none()) {
        page.blank()?;
    }
    if !by_cause.is_empty() {
        let counts = notes::most_first(&by_cause);
        page.prose(0, &format!("not invited, and need nobody: {counts}; -v lists them"))?;
    }
    warnings.iter().try_for_each(|warning| page.labelled(Color::Attention, "warning", warning))?;
    error.iter().try_for_each(|error| error_lines(page, error))
}

fn counts(status: &TenantStatus) -> String {
    let words = State::ALL.map(|state| format!("{} {}", state.code(), status.count(state)));
    words.join(", ")
}

fn runs(status: &TenantStatus) -> String {
    let TenantStatus { now, last_run, complete_until, .. } = status;
    let last = match last_run {
        None => return "none yet".to_owned(),
        Some(PastRun { report, has_ended: false }) => {
            format!("the last one began {} and has not ended", instant(report.started_at))
        }
        Some(PastRun { report, has_ended: true }) => {
            let (at, code) = (instant(report.finished_at), report.exit.code());
            format!("the last one ended {at} with code {code}")
        }
    };
    let complete = match complete_until {
        None => "none was complete yet".to_owned(),
        Some(at) => format!("the last complete one began to read {} ({} ago)", instant(*at), span(*now - *at)),
    };
    format!("{last}; {complete}")
}

fn rows(page: &mut Page<'_>, people: &[&Person], now: DateTime<Utc>) -> io::Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let mut shown = table_of(people, now, COLUMNS.len());
    if let Some(width) = page.style.width.filter(|width| table::natural_width(&shown) > usize::from(*width)) {
        shown = table_of(people, now, NARROW);
        table::fit(&mut shown, width);
    }
    table::painted(page, &shown, people.iter().map(|person| color(person.state)))
}

fn table_of(people: &[&Person], now: DateTime<Utc>, columns: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(COLUMNS.iter().take(columns));
    table.add_rows(people.iter().map(|person| row(person, now).into_iter().take(columns)));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// `-` stands for nothing, so that columns can be told apart by tools.
fn row(person: &Person, now: DateTime<Utc>) -> [String; COLUMNS.len()] {
    let Person { user_id, display_name, address, state, cause, since, next_attempt, .. } = person;
    let next = next_attempt.map(|at| if at <= now { "due".to_owned() } else { format!("in {}", span(at - now)) });
    let cells = [
        state.code().to_owned(),
        since.filter(|_| person.needs_attention()).map(|since| span(now - since)).unwrap_or_default(),
        harmless(display_name.expose()).into_owned(),
        harmless(address.as_ref().map_or("", Personal::expose)).into_owned(),
        cause.known().code.to_owned(),
        next.unwrap_or_default(),
        user_id.to_string(),
    ];
    cells.map(|cell| if cell.trim().is_empty() { "-".to_owned() } else { cell })
}

/// A span of time, to the nearest minute, in the unit that says most; a negative one is nothing.
fn span(span: TimeDelta) -> String {
    let minutes = span.num_seconds().saturating_add(30).max(0) / 60;
    match minutes {
        0..=119 => format!("{minutes} min"),
        120..=2879 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

fn color(state: State) -> Color {
    match state {
        State::GaveUp | State::Failed => Color::Bad,
        State::Held => Color::Attention,
        State::Pending => Color::Plain,
        State::NotInvited => Color::Faint,
        State::Accepted => Color::Good,
    }
}

/// People who share a cause, and whatever is said of what went wrong.
type Groups<'a> = BTreeMap<(State, Cause, Option<(&'a str, &'a str, Option<&'a str>)>), u64>;

/// By cause, what it means and what mends it.
fn remedies(page: &mut Page<'_>, people: &[&Person]) -> io::Result<()> {
    let mut groups = Groups::new();
    for person in people.iter().filter(|person| person.state != State::Accepted) {
        let said = person.last_error.as_ref().map(|error| {
            let ErrorEntry { code, message, hint, .. } = error;
            (code.as_str(), message.as_str(), hint.as_deref())
        });
        *groups.entry((person.state, person.cause, said)).or_default() += 1;
    }
    if !groups.is_empty() {
        page.blank()?;
        page.raw("What to do:")?;
    }
    for ((_, cause, said), count) in groups {
        let known = cause.known();
        page.prose(2, &format!("{} ({count}): {}; {}", known.code, known.meaning, known.remedy))?;
        if let Some((code, message, hint)) = said {
            page.prose(4, &format!("last error: {}: {message}", harmless(code)))?;
            hint.iter().try_for_each(|hint| page.prose(4, &format!("hint: {hint}")))?;
        }
    }
    Ok(())
}
