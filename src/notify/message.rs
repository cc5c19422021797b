//! What is said, once for all forms: who, what failed, and what to do.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Notice, Trouble};
use crate::directory::Personal;
use crate::error::Exit;
use crate::harmless::{harmless, harmless_line};
use crate::report::{OutcomeEntry, OutcomeResult, RunReport, instant};
use crate::selection::Decision;

/// What is said of a run. Every text is one line without control characters; none is escaped for HTML yet. It is full of
/// names, so that it has no `Debug`.
#[derive(Clone)]
pub struct Message {
    /// One line: tenant, trouble, counts.
    pub subject: String,
    /// Groups of what there is to know, the most urgent first.
    pub groups: Vec<Group>,
    /// What an administrator should know although it stopped nothing.
    pub warnings: Vec<String>,
    /// The run, as names and values.
    pub facts: Vec<(&'static str, String)>,
    /// How often this is said.
    pub footer: &'static str,
}

/// One thing to know, and whom it is about.
#[derive(Clone, Default)]
pub struct Group {
    /// What it is.
    pub title: String,
    /// What was said about it.
    pub said: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// Names with their addresses.
    pub people: Vec<String>,
}

/// What the next run knows of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of it: it is in the ledger.
    Run,
    /// What it has told, and nothing else: the ledger could not be used.
    Told,
    /// Nothing.
    Nothing,
}

/// Where the next run knows what this one has told.
const REMEMBERED: &str = "The same trouble is told once a day as long as it lasts, and its end once.";
/// Where it does not.
const FORGOTTEN: &str = "Nothing is remembered here of what was told, so that every run tells what it finds.";

/// The longest subject, in characters: Exchange cuts at 255.
const LONGEST_SUBJECT: usize = 200;

/// Writes it.
pub fn message(run: &RunReport, notice: &Notice, kept: Kept) -> Message {
    let mut groups: Vec<_> = ended_early(run).into_iter().chain(notice.untold.map(untold)).collect();
    groups.extend(notice.over.iter().map(|trouble| Group {
        title: format!("Over: {}", trouble.name()),
        said: Some("This run has not met it any more.".to_owned()),
        ..Group::default()
    }));
    groups.extend(not_invited(run));
    groups.extend(held(run, notice));
    groups.extend(invited(run));
    if groups.is_empty() {
        groups.push(Group::of("Nobody was sent to, and nobody is held.".to_owned()));
    }
    Message {
        subject: short(&subject(run, notice), LONGEST_SUBJECT),
        groups,
        warnings: run.warnings.iter().map(|warning| harmless_line(warning).into_owned()).collect(),
        facts: facts(run, kept),
        footer: if kept == Kept::Nothing { FORGOTTEN } else { REMEMBERED },
    }
}

impl Message {
    /// As much of it as fits, cut with "and N more": of `sizes` (people in a group; groups, and warnings) the first that
    /// does, else the last. No text is longer than `longest` characters.
    pub(super) fn cut(&self, sizes: &[(usize, usize)], longest: usize, fits: impl Fn(&Self) -> bool) -> Self {
        let mut cut = self.clone();
        for (people, groups) in sizes {
            cut = self.sized(*people, *groups, longest);
            if fits(&cut) {
                break;
            }
        }
        cut
    }

    fn sized(&self, people: usize, groups: usize, longest: usize) -> Self {
        let group = |group: &Group| group.sized(people, longest);
        let more_groups = more(self.groups.len(), groups).map(|more| Group::of(format!("{more} groups")));
        Self {
            subject: short(&self.subject, longest),
            groups: self.groups.iter().take(groups).map(group).chain(more_groups).collect(),
            warnings: list(&self.warnings, groups, longest),
            facts: self.facts.iter().map(|(name, value)| (*name, short(value, longest))).collect(),
            footer: self.footer,
        }
    }
}

impl Group {
    /// Only a title.
    fn of(title: String) -> Self {
        Self { title, ..Self::default() }
    }

    fn sized(&self, people: usize, longest: usize) -> Self {
        let cut = |text: &String| short(text, longest);
        Self {
            title: cut(&self.title),
            said: self.said.as_ref().map(cut),
            remedy: self.remedy.as_ref().map(cut),
            people: list(&self.people, people, longest),
        }
    }
}

fn list(texts: &[String], most: usize, longest: usize) -> Vec<String> {
    texts.iter().take(most).map(|text| short(text, longest)).chain(more(texts.len(), most)).collect()
}

/// How many are left out of a list.
fn more(all: usize, most: usize) -> Option<String> {
    (all > most).then(|| format!("and {} more", all - most))
}

fn short(text: &str, longest: usize) -> String {
    let cut = text.char_indices().nth(longest).map(|(at, _)| at);
    cut.map_or_else(|| text.to_owned(), |at| format!("{}…", &text[..at]))
}

fn subject(run: &RunReport, notice: &Notice) -> String {
    let counts = &run.counts;
    let numbers = [
        (counts.invited, "invited"),
        (counts.failed, "failed"),
        (counts.unknown, "unknown"),
        (counts.unverified, "unverified"),
        (counts.not_attempted, "not attempted"),
        (counts.hold, "held"),
    ];
    let numbers = numbers.into_iter().filter(|(number, _)| *number > 0);
    let numbers = numbers.map(|(number, what)| format!("{number} {what}"));
    let over: Vec<_> = notice.over.iter().map(Trouble::name).collect();
    let over = (!over.is_empty()).then(|| format!("over: {}", over.join(", ")));
    let ended = run.error.as_ref().map(|error| format!("{} ({})", how(run.exit), harmless(&error.code)));
    let untold = notice.untold.map(|since| format!("untold trouble since {}", instant(since)));
    let parts: Vec<_> = ended.into_iter().chain(untold).chain(over).chain(numbers).collect();
    let said = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
    format!("xcsync {}: {said}", harmless(&run.tenant.name))
}

/// How a run with an error has ended, in a word.
fn how(exit: Exit) -> &'static str {
    if exit == Exit::Refused { "refused" } else { "stopped" }
}

fn ended_early(run: &RunReport) -> Option<Group> {
    let error = run.error.as_ref()?;
    Some(Group {
        title: format!("The run was {}: {}", how(run.exit), harmless(&error.code)),
        said: Some(harmless_line(&error.message).into_owned()),
        remedy: error.hint.as_deref().map(|hint| harmless_line(hint).into_owned()),
        people: Vec::new(),
    })
}

/// What an earlier run wanted to tell, and could not: who was refused or held then is not in this run's lists.
fn untold(since: DateTime<Utc>) -> Group {
    Group {
        title: format!("Untold: trouble since {}", instant(since)),
        said: Some("Runs had trouble that could not be told here, because this channel failed.".to_owned()),
        remedy: Some("`xcsync history` lists the runs, `xcsync history RUN_ID` says whom each is about".to_owned()),
        people: Vec::new(),
    }
}

/// People who share everything that is said of what went wrong.
type Kinds<'a> = BTreeMap<(OutcomeResult, &'a str, &'a str, Option<&'a str>), Vec<&'a OutcomeEntry>>;

/// Those who were to be sent to and are not known to be invited.
fn not_invited(run: &RunReport) -> Vec<Group> {
    let mut kinds = Kinds::new();
    for outcome in run.outcomes.iter().filter(|outcome| outcome.result != OutcomeResult::Invited) {
        let (code, message) = outcome.error.as_ref().map_or(("", ""), |error| (&error.code, &error.message));
        let hint = outcome.error.as_ref().and_then(|error| error.hint.as_deref());
        kinds.entry((outcome.result, code, message, hint)).or_default().push(outcome);
    }
    let groups = kinds.into_iter().map(|((result, code, message, hint), outcomes)| {
        let code = if code.is_empty() { String::new() } else { format!(": {}", harmless(code)) };
        Group {
            title: format!("{} ({}){code}", title(result), outcomes.len()),
            said: Some(if message.is_empty() {
                meaning(result).to_owned()
            } else {
                harmless_line(message).into_owned()
            }),
            remedy: hint.map(|hint| harmless_line(hint).into_owned()),
            people: outcomes.iter().map(|outcome| person(&outcome.display_name, Some(&outcome.address))).collect(),
        }
    });
    groups.collect()
}

fn title(result: OutcomeResult) -> &'static str {
    match result {
        OutcomeResult::Invited => "Invited",
        OutcomeResult::Failed => "Failed",
        OutcomeResult::Unknown => "Unknown",
        OutcomeResult::Unverified => "Unverified",
        OutcomeResult::NotAttempted => "Not attempted",
    }
}

/// What a result means where nothing else was said.
fn meaning(result: OutcomeResult) -> &'static str {
    match result {
        OutcomeResult::Invited => "The directory shows it.",
        OutcomeResult::Failed => "The service refused.",
        OutcomeResult::Unknown => {
            "There was no trustworthy answer; a later run looks at the account before it tries again."
        }
        OutcomeResult::Unverified => {
            "The service took it, and the directory does not show it yet; the next runs look again."
        }
        OutcomeResult::NotAttempted => "These were not started; the next run goes on with them.",
    }
}

/// Those who are held newly, by reason; the others as a number.
fn held(run: &RunReport, notice: &Notice) -> Vec<Group> {
    let mut kinds: BTreeMap<&str, (&str, Vec<String>)> = BTreeMap::new();
    let held = run.decisions.iter().filter(|entry| entry.reason.decision() == Decision::Hold);
    let (new, before): (Vec<_>, Vec<_>) = held.partition(|entry| notice.newly_held.contains(&entry.user_id));
    for entry in new {
        let (_, people) = kinds.entry(entry.reason.code()).or_insert_with(|| (entry.reason.hint(), Vec::new()));
        // What is said of one alone, such as who else has the address.
        let own = entry.hint.as_deref().map(|hint| format!(": {}", harmless_line(hint))).unwrap_or_default();
        people.push(person(&entry.display_name, entry.address.as_ref()) + &own);
    }
    let new = kinds.into_iter().map(|(reason, (hint, people))| Group {
        title: format!("Held newly ({}): {reason}", people.len()),
        remedy: (!hint.is_empty()).then(|| hint.to_owned()),
        people,
        ..Group::default()
    });
    let title = format!("Held as before ({})", before.len());
    let before = (!before.is_empty()).then(|| Group::of(title));
    new.chain(before).collect()
}

fn invited(run: &RunReport) -> Option<Group> {
    let invited = run.outcomes.iter().filter(|outcome| outcome.result == OutcomeResult::Invited);
    let people: Vec<_> = invited.map(|outcome| person(&outcome.display_name, Some(&outcome.address))).collect();
    let title = format!("{} ({})", title(OutcomeResult::Invited), people.len());
    (!people.is_empty()).then(|| Group { title, people, ..Group::default() })
}

fn person(name: &Personal, address: Option<&Personal>) -> String {
    let name = harmless(name.expose());
    address.map_or_else(|| name.clone().into_owned(), |address| format!("{name} <{}>", harmless(address.expose())))
}

fn facts(run: &RunReport, kept: Kept) -> Vec<(&'static str, String)> {
    let tenant = &run.tenant;
    let more = (kept == Kept::Run).then(|| ("More", format!("xcsync history {}", run.run_id)));
    let facts = [
        ("Tenant", format!("{} ({}, {})", harmless(&tenant.name), tenant.cloud, tenant.tenant_id)),
        ("Run", run.run_id.to_string()),
        ("Began", instant(run.started_at)),
        ("Ended", instant(run.finished_at)),
        ("Exit code", run.exit.code().to_string()),
    ];
    facts.into_iter().chain(more).collect()
}
