//! What needs attention, with what mends it: the brake, missing runs, failures and holds by cause, people who wait.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::entry;
use super::prose::Prose;
use super::shown::{PersonView, Shown, minute, people as people_text, span};
use crate::error::Exit;
use crate::explain::{Entry, Side};
use crate::ledger::TenantRefusal;
use crate::report::{ErrorEntry, Overview, PastRun};
use crate::status::{Person, State};

/// A schedule that runs daily has missed one by then.
const SILENT_FOR: TimeDelta = TimeDelta::hours(48);

/// So many causes are told; the service may have as many codes as there are people.
const CAUSES: usize = 10;

/// So many people of one cause are named.
const NAMED: usize = 5;

/// So many people who wait are named.
const WAITING: usize = 25;

/// A sentence that stands out, with what to do.
pub(super) struct Alarm {
    pub(super) title: String,
    pub(super) meaning: Prose,
    pub(super) remedy: Prose,
}

/// People of one state, by cause.
pub(super) struct StateView {
    pub(super) title: &'static str,
    pub(super) listed: Vec<CauseView>,
    /// The causes that are left out.
    pub(super) more: Option<String>,
}

/// People with one cause.
pub(super) struct CauseView {
    pub(super) code: &'static str,
    pub(super) people: String,
    pub(super) meaning: Prose,
    pub(super) remedy: Prose,
    /// Whose side it is on; empty where nobody knows.
    pub(super) side: &'static str,
    pub(super) error: Option<ErrorView>,
    pub(super) named: Vec<PersonView>,
    pub(super) more: usize,
    /// Whether and when they are tried again.
    pub(super) again: Option<String>,
}

/// What went wrong with the last try.
pub(super) struct ErrorView {
    pub(super) code: Shown,
    pub(super) message: Prose,
    pub(super) hint: Option<Prose>,
}

/// Somebody who waits.
pub(super) struct WaitingView {
    pub(super) who: PersonView,
    pub(super) waited: String,
    pub(super) invitations: u32,
    pub(super) code: &'static str,
    pub(super) remedy: Prose,
    pub(super) error: Option<ErrorView>,
}

/// The brake, and runs that stay away.
pub(super) fn alarms(overview: &Overview, now: DateTime<Utc>, entries: &[Entry]) -> Vec<Alarm> {
    let refusal = overview.refusal.as_ref().map(|refusal| brake(refusal, entries));
    let newest = overview.runs.first().map(|past| past.report.started_at);
    let silent = newest.filter(|newest| now - *newest >= SILENT_FOR).map(|newest| Alarm {
        title: format!("No run has begun for {}", span(now - newest)),
        meaning: Prose::sentence(&format!("The newest run began on {}.", minute(newest))),
        remedy: Prose::sentence("see that the schedule starts `xcsync invite`, and what its log says"),
    });
    refusal
        .into_iter()
        .chain(silent)
        .chain(overview.runs.first().and_then(|newest| ended_early(newest, entries)))
        .collect()
}

/// The newest run did not go through.
fn ended_early(newest: &PastRun, entries: &[Entry]) -> Option<Alarm> {
    let PastRun { report, has_ended } = newest;
    if !has_ended || matches!(report.exit, Exit::Done | Exit::Partial) {
        return None;
    }
    let known = report.error.as_ref().and_then(|error| entry(entries, &error.code));
    let exit = report.exit.known();
    Some(Alarm {
        title: format!("The newest run ended with code {}", exit.code),
        meaning: Prose::sentence(known.map_or(exit.meaning, |known| known.meaning)),
        remedy: Prose::sentence(known.map_or(exit.remedy, |known| known.remedy)),
    })
}

fn brake(refusal: &TenantRefusal, entries: &[Entry]) -> Alarm {
    let at = minute(refusal.at);
    let (title, then) = if refusal.blocked {
        ("The brake is on: nothing is sent", "Nothing is sent until `xcsync invite --resume`.")
    } else {
        ("The tenant refuses invitations", "One invitation in 24 hours is tried.")
    };
    let known = entry(entries, &refusal.code);
    let meaning = known.map_or(refusal.message.as_str(), |known| known.meaning);
    let remedy = known.map_or("let the tenant take invitations again", |known| known.remedy);
    Alarm {
        title: title.to_owned(),
        meaning: Prose::of(&format!("{then} Refused on {at}: {meaning}.")),
        remedy: Prose::sentence(remedy),
    }
}

impl StateView {
    /// Of the states in which somebody must act or something is tried again, those that somebody is in.
    pub(super) fn all(people: &[Person], entries: &[Entry]) -> Vec<Self> {
        let titles = [
            (State::GaveUp, "Given up: tried for 28 days"),
            (State::Held, "Held until somebody acts"),
            (State::Failed, "Failed, and tried again"),
        ];
        let of_state = |(state, title)| Self::of(title, people.iter().filter(|one| one.state == state), entries);
        titles.into_iter().map(of_state).filter(|view| !view.listed.is_empty()).collect()
    }

    fn of<'a>(title: &'static str, people: impl Iterator<Item = &'a Person>, entries: &[Entry]) -> Self {
        let mut causes: BTreeMap<_, Vec<&Person>> = BTreeMap::new();
        for one in people {
            let error = one.last_error.as_ref().map(|error| error.code.as_str());
            causes.entry((one.cause, error)).or_default().push(one);
        }
        let mut causes: Vec<_> = causes.into_values().collect();
        causes.sort_by_key(|alike| Reverse(alike.len()));
        let rest = &causes[causes.len().min(CAUSES)..];
        let left_out = rest.iter().map(|alike| alike.len() as u64).sum();
        let more = (!rest.is_empty()).then(|| format!("and {} more causes with {}", rest.len(), people_text(left_out)));
        let listed = causes.iter().take(CAUSES).filter_map(|alike| CauseView::of(alike, entries)).collect();
        Self { title, listed, more }
    }
}

impl CauseView {
    /// Of people with the same cause, who has waited longest first.
    fn of(alike: &[&Person], entries: &[Entry]) -> Option<Self> {
        let first = alike.first()?;
        let known = first.cause.known();
        let of_error = first.last_error.as_ref().and_then(|error| entry(entries, &error.code));
        let next: Vec<_> = alike.iter().filter_map(|one| one.next_attempt).collect();
        let again =
            next.iter().min().map(|at| format!("{} tried again, from {} on", are(next.len() as u64), minute(*at)));
        Some(Self {
            code: known.code,
            people: people_text(alike.len() as u64),
            meaning: Prose::sentence(known.meaning),
            remedy: Prose::sentence(known.remedy),
            side: side(of_error.map_or(known.side, |entry| entry.side)),
            error: first.last_error.as_ref().map(ErrorView::of),
            named: alike.iter().take(NAMED).map(|one| PersonView::of(one)).collect(),
            more: alike.len().saturating_sub(NAMED),
            again,
        })
    }
}

impl ErrorView {
    fn of(error: &ErrorEntry) -> Self {
        Self {
            code: Shown::cell(&error.code),
            message: Prose::sentence(&error.message),
            hint: error.hint.as_deref().map(Prose::sentence),
        }
    }
}

/// Where there is one side, it helps to know which.
fn side(side: Side) -> &'static str {
    match side {
        Side::Several | Side::Nobody => "",
        one => one.name(),
    }
}

fn are(number: u64) -> String {
    format!("{} {}", people_text(number), if number == 1 { "is" } else { "are" })
}

impl WaitingView {
    /// Of those who have not accepted, some, the longest first.
    pub(super) fn some(people: &[Person], now: DateTime<Utc>) -> Vec<Self> {
        let waiting = people.iter().filter(|one| one.state == State::Pending);
        waiting.take(WAITING).map(|one| Self::of(one, now)).collect()
    }

    fn of(person: &Person, now: DateTime<Utc>) -> Self {
        let known = person.cause.known();
        Self {
            who: PersonView::of(person),
            waited: person.since.map_or_else(|| "not known".to_owned(), |since| span(now - since)),
            invitations: person.invitations,
            code: known.code,
            remedy: Prose::sentence(known.remedy),
            error: person.last_error.as_ref().map(ErrorView::of),
        }
    }
}

/// Who was not invited, by reason, the most frequent first.
pub(super) fn not_invited(people: &[Person]) -> Option<String> {
    let mut causes: BTreeMap<_, u64> = BTreeMap::new();
    for one in people.iter().filter(|one| one.state == State::NotInvited) {
        *causes.entry(one.cause.known().code).or_default() += 1;
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, people)| Reverse(*people));
    let texts: Vec<_> = causes.iter().map(|(code, people)| format!("{people} {code}")).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}
