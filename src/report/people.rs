//! Decisions and outcomes joined: one row per person, for text and CSV.

use std::collections::HashMap;

use super::{DecisionEntry, OutcomeEntry, RunReport};
use crate::directory::{ObjectId, Personal};
use crate::selection::Decision;

/// One listed person.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    pub(super) user_id: ObjectId,
    pub(super) display_name: &'a Personal,
    pub(super) address: Option<&'a Personal>,
    pub(super) decision: Decision,
    pub(super) entry: Option<&'a DecisionEntry>,
    pub(super) outcome: Option<&'a OutcomeEntry>,
}

/// Everybody with a decision in its order, then who has only an outcome, so that no outcome can get lost.
pub(super) fn joined(run: &RunReport) -> Vec<Person<'_>> {
    let mut outcomes: HashMap<_, _> = run.outcomes.iter().map(|o| (o.user_id, o)).collect();
    let decided = |entry| decided(entry, outcomes.remove(&entry.user_id));
    let mut people: Vec<_> = run.decisions.iter().map(decided).collect();
    let alone = run.outcomes.iter().filter(|o| outcomes.contains_key(&o.user_id));
    people.extend(alone.map(came_out));
    people
}

fn decided<'a>(entry: &'a DecisionEntry, outcome: Option<&'a OutcomeEntry>) -> Person<'a> {
    Person {
        user_id: entry.user_id,
        display_name: &entry.display_name,
        // The address as sent says more than the address as read.
        address: outcome.map(|o| &o.address).or(entry.address.as_ref()),
        decision: entry.reason.decision(),
        entry: Some(entry),
        outcome,
    }
}

fn came_out(outcome: &OutcomeEntry) -> Person<'_> {
    Person {
        user_id: outcome.user_id,
        display_name: &outcome.display_name,
        address: Some(&outcome.address),
        decision: outcome.decision,
        entry: None,
        outcome: Some(outcome),
    }
}
