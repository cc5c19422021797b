//! What must hold in every history.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;
use xcsync::sandbox::{Mail, Person};

use super::world::{Facts, World, name};
use crate::context::Ended;

/// `remind_after`.
const REMIND_AFTER: TimeDelta = TimeDelta::days(7);

/// Whoever has been eligible for so long when the history ends must be invited: the longest wait is a day, for a retry or for a
/// 201 that is still believed, behind a sweep that comes once a day.
const PATIENCE: TimeDelta = TimeDelta::days(3);

/// The mails so far.
#[derive(Default)]
pub struct Promise {
    /// When each person was mailed last.
    mailed: HashMap<Uuid, Vec<DateTime<Utc>>>,
}

/// How the tenant was before a run.
pub struct Before {
    mails: usize,
    people: HashMap<Uuid, Person>,
}

impl Promise {
    pub fn before(world: &World) -> Before {
        world.tenant.graph.edit(|graph| Before {
            mails: graph.mails.len(),
            people: graph.people.iter().map(|person| (person.id, person.clone())).collect(),
        })
    }

    /// After each run: only who was eligible was mailed, nobody twice within `remind_after`, and the exit code is true.
    pub fn after_a_run(&mut self, world: &World, before: &Before, ended: Option<&Ended>) {
        let mails: Vec<Mail> = world.tenant.graph.edit(|graph| graph.mails[before.mails..].to_vec());
        for mail in mails {
            let (id, facts) = (mail.user_id, &world.facts[&mail.user_id]);
            let person =
                before.people.get(&id).unwrap_or_else(|| broken(world, "mail to somebody who is not there", id));
            if !is_eligible(world, person)
                || mail.to.to_lowercase() != person.mail.clone().unwrap_or_default().to_lowercase()
            {
                broken(world, "mail to somebody who is not in scope, or to another address", id);
            }
            if facts.before_start && world.lost_at.is_none() && facts.reverted.is_none() && facts.by_hand.is_none() {
                broken(world, "mail to somebody from before the start", id);
            }
            let earlier = self.mailed.entry(id).or_default();
            if let Some(last) = earlier.last().filter(|last| mail.at - **last < REMIND_AFTER)
                && !was_taken_back(facts, *last)
            {
                broken(world, "mailed twice within remind_after", id);
            }
            earlier.push(mail.at);
            if earlier.len() > 3 && facts.reverted.is_none() {
                broken(world, "mailed more often than once and two reminders", id);
            }
        }
        if let Some(ended) = ended {
            is_truthful(world, ended);
        }
    }

    /// At the end: everybody who stayed eligible is invited, and a further run sends nothing.
    pub fn at_the_end(world: &World, ended: Option<&Ended>) {
        let now = world.now();
        let people: Vec<Person> = world.tenant.graph.edit(|graph| graph.people.iter().cloned().collect());
        for person in &people {
            let facts = &world.facts[&person.id];
            let stayed = now - facts.touched >= PATIENCE && is_eligible(world, person) && !facts.before_start;
            // Whoever was refused stays so until something about them changes; whoever was taken back waits for an administrator.
            let found = world.sweeps || !facts.late;
            let must = stayed && found && !facts.refused && facts.reverted.is_none();
            if must && person.external_user_state.is_none() {
                broken(world, "lost", person.id);
            }
        }
        let ended = ended.unwrap_or_else(|| broken(world, "the last run was killed", Uuid::nil()));
        let counts = &ended.run()["counts"];
        if ended.exit != 0 || counts["invite"] != 0 || counts["retry"] != 0 {
            broken(world, "the last run had something to do", Uuid::nil());
        }
    }
}

/// An administrator took the invitation back after it was mailed: what follows is a new one.
fn was_taken_back(facts: &Facts, last: DateTime<Utc>) -> bool {
    facts.reverted.is_some_and(|reverted| reverted >= last)
}

/// Whether a person may be mailed, as the directory and the settings are.
fn is_eligible(world: &World, person: &Person) -> bool {
    let mail = person.mail.as_deref().unwrap_or_default();
    let ours = mail.ends_with("@contoso.com") || world.second_domain && mail.ends_with("@northwind.example");
    ours && person.account_enabled == Some(true) && !world.excluded.contains(&person.id.to_string())
}

/// The exit code agrees with what the report says, and with what the service saw.
fn is_truthful(world: &World, ended: &Ended) {
    let run = ended.run();
    let bad = ["failed", "unknown", "unverified"].iter().any(|count| run["counts"][count] != 0);
    let right = match ended.exit {
        0 => !bad && run["error"] == Value::Null,
        3 => bad && run["error"] == Value::Null,
        4 | 7 => run["error"] != Value::Null,
        _ => false,
    };
    if !right {
        broken(world, &format!("an exit code that is not true: {ended:?}"), Uuid::nil());
    }
}

fn broken(world: &World, what: &str, id: Uuid) -> ! {
    let person = world.tenant.graph.person(id);
    let mails: Vec<Mail> =
        world.tenant.graph.edit(|graph| graph.mails.iter().filter(|mail| mail.user_id == id).cloned().collect());
    let about = format!("{}:", name(id));
    let named = format!("{} ", name(id));
    let story: Vec<_> = world
        .story
        .iter()
        .filter(|line| line.contains(&about) || line.contains(&named) || !line.contains(": "))
        .collect();
    panic!("{what}: {} {:?}\n{mails:?}\n{person:?}\n{story:#?}", name(id), world.facts.get(&id));
}
