//! What stands beneath the table: why people are held, and what became of those who may not be invited.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;

use crate::harmless::{harmless, harmless_line};
use crate::report::page::Page;
use crate::report::people::Person;
use crate::report::{OutcomeEntry, OutcomeResult};
use crate::selection::{Decision, Reason};

/// How many kinds a line names before it only counts the rest.
const KINDS: usize = 12;

/// Writes both groups; nothing where there is nothing to say.
pub(super) fn write(page: &mut Page<'_>, people: &[Person<'_>]) -> io::Result<()> {
    not_invited(page, people)?;
    hints(page, people)
}

/// People who share everything that is said of what went wrong.
type Group<'a> = BTreeMap<(OutcomeResult, Option<u16>, &'a str, &'a str, Option<&'a str>), Vec<&'a OutcomeEntry>>;

fn not_invited(page: &mut Page<'_>, people: &[Person<'_>]) -> io::Result<()> {
    let mut groups = Group::new();
    for outcome in people.iter().filter_map(|p| p.outcome).filter(|o| o.result != OutcomeResult::Invited) {
        let error = outcome.error.as_ref();
        let (code, message) = error.map_or(("", ""), |e| (&e.code, &e.message));
        let hint = error.and_then(|e| e.hint.as_deref());
        groups.entry((outcome.result, outcome.status, code, message, hint)).or_default().push(outcome);
    }
    if !groups.is_empty() {
        page.blank()?;
        page.raw("Not confirmed as invited:")?;
    }
    for ((result, status, code, message, hint), outcomes) in groups {
        let said = if message.is_empty() { meaning(result) } else { message };
        let status = status.map(|status| status.to_string()).unwrap_or_default();
        let source = [status.as_str(), code].join(" ");
        let source = if source.trim().is_empty() { String::new() } else { format!(" {}:", harmless(source.trim())) };
        page.prose(2, &format!("{} ({}):{source} {said}", result.code(), outcomes.len()))?;
        hint.iter().try_for_each(|hint| page.prose(4, &format!("hint: {hint}")))?;
        outcomes.into_iter().filter(|o| o.attempts > 0).try_for_each(|o| addresses(page, o))?;
    }
    Ok(())
}

/// What a result means where the service has said nothing.
fn meaning(result: OutcomeResult) -> &'static str {
    match result {
        OutcomeResult::Invited => "the service said so, and the directory shows it",
        OutcomeResult::Failed => "the service refused",
        OutcomeResult::Unknown => "no trustworthy answer; a later run looks at the account before it tries again",
        OutcomeResult::Unverified => "accepted by the service, not yet seen in the directory; the next runs look again",
        OutcomeResult::NotAttempted => "never started; the next run goes on",
    }
}

/// What support asks for: who, and which request.
fn addresses(page: &mut Page<'_>, outcome: &OutcomeEntry) -> io::Result<()> {
    let OutcomeEntry { user_id, address, request_id, attempts, .. } = outcome;
    let request = request_id.as_deref().map(|id| format!(", request {}", harmless(id))).unwrap_or_default();
    let times = if *attempts == 1 { String::new() } else { format!(", {attempts} attempts") };
    page.prose(4, &format!("{} user {user_id}{request}{times}", harmless(address.expose())))
}

/// Per reason of a hold its hint; hints of single people, whatever their decision, with their names.
fn hints(page: &mut Page<'_>, people: &[Person<'_>]) -> io::Result<()> {
    let mut by_reason: BTreeMap<Reason, Vec<&Person<'_>>> = BTreeMap::new();
    for person in people {
        if let Some(entry) = person.entry.filter(|e| e.hint.is_some() || e.reason.decision() == Decision::Hold) {
            by_reason.entry(entry.reason).or_default().push(person);
        }
    }
    if !by_reason.is_empty() {
        page.blank()?;
        page.raw("What to do:")?;
    }
    for (reason, people) in by_reason {
        let general = people.iter().any(|p| p.entry.is_some_and(|e| e.hint.is_none()));
        let hint = if general { reason.hint() } else { "" };
        page.prose(2, format!("{} ({}): {hint}", reason.code(), people.len()).trim_end())?;
        people.into_iter().try_for_each(|person| own_hint(page, person))?;
    }
    Ok(())
}

fn own_hint(page: &mut Page<'_>, person: &Person<'_>) -> io::Result<()> {
    let Some(hint) = person.entry.and_then(|e| e.hint.as_deref()) else {
        return Ok(());
    };
    page.prose(4, &format!("{}: {}", harmless(person.display_name.expose()), harmless_line(hint)))
}

/// `what 12, that 3, …`: the most first, by name where equal.
pub(super) fn most_first(counts: &BTreeMap<impl Display, u64>) -> String {
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut words: Vec<_> =
        sorted.iter().take(KINDS).map(|(what, count)| format!("{} {count}", harmless(&what.to_string()))).collect();
    if sorted.len() > KINDS {
        words.push(format!("and {} more", sorted.len() - KINDS));
    }
    words.join(", ")
}
