//! Whether something is said, and to whom. Pure.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::NotifyOn;
use crate::directory::ObjectId;
use crate::error::Exit;
use crate::explain::{Class, INVITATION_ERRORS, own};
use crate::harmless::harmless;
use crate::report::{Mode, OutcomeResult, RunReport, WindowKind};
use crate::selection::Decision;

/// Trouble that lasts is told once more after so long. Half an hour less than a day: a schedule that begins each run some
/// minutes earlier or later would else tell it every other day.
const REPEATED_AFTER: TimeDelta = TimeDelta::minutes(24 * 60 - 30);

/// One kind of trouble, by what is the same in the next run: its code, and no counts, ids or names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trouble(String);

impl Trouble {
    /// What is wrong with a run: what ended it, else what went wrong with people.
    pub fn of(run: &RunReport) -> BTreeSet<Self> {
        if let Some(error) = &run.error {
            return BTreeSet::from([Self(format!("run {}", lasting(&error.code)))]);
        }
        let bad = |result| [OutcomeResult::Failed, OutcomeResult::Unknown, OutcomeResult::Unverified].contains(&result);
        let bad = run.outcomes.iter().filter(|outcome| bad(outcome.result));
        let trouble = bad.map(|outcome| {
            let code = outcome.error.as_ref().map_or("", |error| &error.code);
            Self(format!("people {} {}", outcome.result.code(), harmless(code)))
        });
        trouble.collect()
    }

    /// As it was kept.
    pub fn from_key(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// As it is kept.
    pub fn key(&self) -> &str {
        &self.0
    }

    /// The words that follow `run` or `people`: the code, or the result and the code.
    pub fn name(&self) -> &str {
        self.0.split_once(' ').map_or("", |(_, name)| name.trim())
    }

    /// It ended runs, and did not only befall people.
    fn is_of_runs(&self) -> bool {
        self.0.starts_with("run ")
    }
}

/// The first run that a tenant refuses tells why; those after it only that it does so still.
fn lasting(code: &str) -> String {
    let tenant = INVITATION_ERRORS.iter().filter(|error| error.class == Class::Tenant);
    let is_refusal = tenant.map(|error| error.known.code).any(|known| known == code);
    if is_refusal { own::TENANT_REFUSES.code.to_owned() } else { harmless(code).into_owned() }
}

/// That something was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub trouble: Trouble,
    /// When it was told last.
    pub at: DateTime<Utc>,
    /// Its end was told too.
    pub over: bool,
}

/// What is known before a channel is told something.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// What this channel was told; empty where nothing is remembered.
    pub told: Vec<Told>,
    /// Since when people are held for what they are held for now; without an entry, somebody is held newly.
    pub held_since: HashMap<ObjectId, DateTime<Utc>>,
    /// Up to which of these instants this channel knows who is held.
    pub holds_told: Option<DateTime<Utc>>,
    /// Since when this channel has not taken what it should have been told of trouble.
    pub untold: Option<DateTime<Utc>>,
    /// Somebody is still to be tried again after a failure.
    pub is_failing: bool,
}

/// What is to be said of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// Trouble that is told now.
    pub due: BTreeSet<Trouble>,
    /// Trouble whose end is told now.
    pub over: BTreeSet<Trouble>,
    /// People of the run's decisions who are held newly.
    pub newly_held: BTreeSet<ObjectId>,
    /// Since when there were runs with trouble that this channel was not told of.
    pub untold: Option<DateTime<Utc>>,
    /// Whoever is told as `on` says gets it.
    pub to_all: bool,
    /// Whoever is told about trouble only gets it.
    pub to_problems: bool,
    /// What is remembered once it is told.
    pub remember: Vec<Told>,
    /// Up to when it is known then who is held.
    pub holds_told: Option<DateTime<Utc>>,
}

impl Notice {
    /// Nobody is told anything.
    pub fn is_silent(&self) -> bool {
        !self.to_all && !self.to_problems
    }
}

/// Decides what one channel is told after a run; `now` is when the run began, so that a daily schedule compares days.
///
/// A dry run, a run that somebody interrupted, and one that another run locked out say nothing: whoever started the first
/// two looks on, and the run that holds the lock tells of itself.
pub fn decide(run: &RunReport, on: NotifyOn, earlier: &Earlier, now: DateTime<Utc>) -> Notice {
    if run.mode == Mode::DryRun || on == NotifyOn::Never || matches!(run.exit, Exit::Interrupted | Exit::Locked) {
        return Notice::default();
    }
    let due: BTreeSet<_> = Trouble::of(run).into_iter().filter(|trouble| !told_lately(trouble, earlier, now)).collect();
    let over = over(run, earlier);
    let newly_held = newly_held(run, earlier);
    let untold = earlier.untold;
    let is_problem = !due.is_empty() || !over.is_empty() || !newly_held.is_empty() || untold.is_some();
    let has_sent = run.outcomes.iter().any(|outcome| outcome.attempts > 0);
    let to_all = match on {
        NotifyOn::Always => true,
        NotifyOn::Changes => is_problem || has_sent,
        NotifyOn::Problems => is_problem,
        NotifyOn::Never => false,
    };
    let remember = remember(&due, &over, earlier, now);
    let holds_told = newly_held.iter().filter_map(|id| earlier.held_since.get(id)).max().copied();
    Notice { due, over, newly_held, untold, to_all, to_problems: is_problem, remember, holds_told }
}

/// Whether its end was told since does not matter: what comes and goes would else be told by every second run.
fn told_lately(trouble: &Trouble, earlier: &Earlier, now: DateTime<Utc>) -> bool {
    let lately = |told: &&Told| now.signed_duration_since(told.at).abs() < REPEATED_AFTER;
    earlier.told.iter().filter(lately).any(|told| told.trouble == *trouble)
}

fn remember(due: &BTreeSet<Trouble>, over: &BTreeSet<Trouble>, earlier: &Earlier, now: DateTime<Utc>) -> Vec<Told> {
    let due = due.iter().map(|trouble| Told { trouble: trouble.clone(), at: now, over: false });
    let ended = earlier.told.iter().filter(|told| over.contains(&told.trouble));
    due.chain(ended.map(|told| Told { over: true, ..told.clone() })).collect()
}

/// What was told, is not seen any more, and whose end nobody knows yet. A run that ended early shows nothing of people;
/// one by hand for a few of them (`--user`) nothing of the schedule's; and trouble with people lasts until nobody is left
/// to be tried again, whether or not they were due in this run.
fn over(run: &RunReport, earlier: &Earlier) -> BTreeSet<Trouble> {
    let is_for_a_few = run.window.is_some_and(|window| window.kind == WindowKind::Users);
    if run.error.is_some() || is_for_a_few {
        return BTreeSet::new();
    }
    let trouble = Trouble::of(run);
    let has_ended = |told: &&Told| {
        !told.over && !trouble.contains(&told.trouble) && (told.trouble.is_of_runs() || !earlier.is_failing)
    };
    earlier.told.iter().filter(has_ended).map(|told| told.trouble.clone()).collect()
}

fn newly_held(run: &RunReport, earlier: &Earlier) -> BTreeSet<ObjectId> {
    let held = run.decisions.iter().filter(|entry| entry.reason.decision() == Decision::Hold);
    let is_new = |id: &ObjectId| match (earlier.held_since.get(id), earlier.holds_told) {
        (Some(since), Some(told)) => *since > told,
        _ => true,
    };
    held.map(|entry| entry.user_id).filter(is_new).collect()
}

#[cfg(test)]
mod tests;
