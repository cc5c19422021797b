//! What needs attention, with what mends it: the brake, missing runs, failures and holds by cause, people who wait.

use chrono::{DateTime, TimeDelta, Utc};

use super::entry;
use super::prose::Prose;
use super::shown::{PersonView, Shown, day, minute, people, span};
use crate::error::Exit;
use crate::explain::{Entry, Side};
use crate::ledger::TenantRefusal;
use crate::report::{Cause, Overview, PastRun, Waiting};
use crate::selection::Reason;

/// A schedule that runs daily has missed one by then.
const SILENT_FOR: TimeDelta = TimeDelta::hours(48);

/// So many causes are told; the service may have as many codes as there are people.
const CAUSES: usize = 10;

/// A sentence that stands out, with what to do.
pub(super) struct Alarm {
    pub(super) title: String,
    pub(super) meaning: Prose,
    pub(super) remedy: Prose,
}

/// People with one cause.
pub(super) struct CauseView {
    pub(super) code: Shown,
    pub(super) people: String,
    pub(super) meaning: Prose,
    pub(super) remedy: Prose,
    /// Whose side it is on; empty where nobody knows.
    pub(super) side: &'static str,
    pub(super) named: Vec<PersonView>,
    pub(super) more: u64,
    /// Whether and when they are tried again.
    pub(super) again: Option<String>,
}

/// The causes that are told, and what is left out.
pub(super) struct CausesView {
    pub(super) listed: Vec<CauseView>,
    pub(super) more: Option<String>,
}

/// Somebody who waits.
pub(super) struct WaitingView {
    pub(super) who: PersonView,
    pub(super) since: String,
    pub(super) waited: String,
    pub(super) invitations: u32,
    pub(super) remedy: Prose,
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

impl CausesView {
    pub(super) fn of(causes: &[Cause], entries: &[Entry]) -> Self {
        let listed = causes.iter().take(CAUSES).map(|cause| CauseView::of(cause, entries)).collect();
        let rest = &causes[causes.len().min(CAUSES)..];
        let left_out = rest.iter().map(|cause| cause.people).sum();
        let more = (!rest.is_empty()).then(|| format!("and {} more causes with {}", rest.len(), people(left_out)));
        Self { listed, more }
    }
}

impl CauseView {
    fn of(cause: &Cause, entries: &[Entry]) -> Self {
        let known = entry(entries, &cause.code);
        let error = cause.error.as_ref();
        let meaning = known.map(|known| known.meaning).or(error.map(|error| error.message.as_str()));
        let remedy = known.map(|known| known.remedy).or(error.and_then(|error| error.hint.as_deref()));
        let again = cause.next.map(|next| format!("{} tried again, from {} on", are(cause.tried_again), minute(next)));
        Self {
            code: Shown::cell(&cause.code),
            people: people(cause.people),
            meaning: Prose::sentence(meaning.unwrap_or("this version does not know what it means")),
            remedy: Prose::sentence(
                remedy.unwrap_or("`xcsync explain` with the message of the run, see `xcsync history`"),
            ),
            side: known.map_or("", |known| side(known.side)),
            named: cause.named.iter().map(PersonView::of).collect(),
            more: cause.people.saturating_sub(u64::try_from(cause.named.len()).unwrap_or_default()),
            again,
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
    format!("{} {}", people(number), if number == 1 { "is" } else { "are" })
}

impl WaitingView {
    pub(super) fn of(waiting: &Waiting, now: DateTime<Utc>, entries: &[Entry]) -> Self {
        let Waiting { who, since, invitations, reason } = waiting;
        // The last decision was the one to send: they wait since then.
        let sent = Reason::from_code(reason).is_none_or(|reason| reason.decision().sends());
        let reason = if sent { Reason::Pending.code() } else { reason };
        let remedy = entry(entries, reason).map_or("", |known| known.remedy);
        Self {
            who: PersonView::of(who),
            since: since.map_or_else(|| "not known".to_owned(), day),
            waited: since.map_or_else(String::new, |since| span(now - since)),
            invitations: *invitations,
            remedy: Prose::sentence(remedy),
        }
    }
}
