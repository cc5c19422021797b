//! The newest runs as rows, and those that did not end well with what to do.

use chrono::{DateTime, Utc};

use super::entry;
use super::prose::Prose;
use super::shown::{Shown, day, short, span};
use crate::error::Exit;
use crate::explain::Entry;
use crate::report::{PastRun, WindowEntry};

/// A run as a row.
pub(super) struct RunView {
    pub(super) started: String,
    pub(super) took: String,
    pub(super) window: String,
    /// Read, to be sent, invited, failed, in doubt (unknown or unverified), held.
    pub(super) counts: [String; 6],
    pub(super) code: String,
    pub(super) meaning: String,
    pub(super) ended_well: bool,
}

/// Runs that ended alike.
pub(super) struct BadRuns {
    pub(super) title: String,
    pub(super) last: String,
    pub(super) meaning: Prose,
    pub(super) remedy: Prose,
}

impl RunView {
    pub(super) fn of(past: &PastRun) -> Self {
        let PastRun { report, has_ended } = past;
        let counts = &report.counts;
        let in_doubt = counts.unknown + counts.unverified;
        let counts = [counts.discovered, counts.to_send(), counts.invited, counts.failed, in_doubt, counts.hold];
        let unless_cut_off = |text: String| if *has_ended { text } else { "–".to_owned() };
        Self {
            started: short(report.started_at),
            took: unless_cut_off(span_of(report.finished_at - report.started_at)),
            window: report.window.map_or_else(|| "–".to_owned(), window),
            counts: counts.map(|count| unless_cut_off(count.to_string())),
            code: unless_cut_off(report.exit.code().to_string()),
            meaning: meaning(past),
            ended_well: ended_well(past),
        }
    }
}

/// Runs take seconds.
fn span_of(took: chrono::TimeDelta) -> String {
    match took.num_seconds() {
        seconds @ 0..120 => format!("{seconds} s"),
        _ => span(took),
    }
}

fn window(window: WindowEntry) -> String {
    match window.from {
        Some(from) => format!("{}, from {}", window.kind.code(), short(from)),
        None => window.kind.code().to_owned(),
    }
}

fn meaning(past: &PastRun) -> String {
    if !past.has_ended {
        return "not ended: under way, or cut off".to_owned();
    }
    let meaning = match past.report.exit {
        // In most rows: the whole sentence would hide the others.
        Exit::Done => "done",
        exit => exit.known().meaning,
    };
    match &past.report.error {
        Some(error) => format!("{meaning} ({})", Shown::cell(&error.code)),
        None => meaning.to_owned(),
    }
}

fn ended_well(past: &PastRun) -> bool {
    past.has_ended && past.report.exit == Exit::Done
}

/// Runs that did not end well by the way they ended, the latest first. One that has only begun is no news yet.
pub(super) fn bad(runs: &[PastRun], now: DateTime<Utc>, entries: &[Entry]) -> Vec<BadRuns> {
    let mut ways: Vec<(Way<'_>, Vec<&PastRun>)> = Vec::new();
    let bad = runs.iter().filter(|past| !ended_well(past) && !may_be_under_way(past, runs, now));
    for past in bad {
        let way = Way::of(past);
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, alike)) => alike.push(past),
            None => ways.push((way, vec![past])),
        }
    }
    ways.iter().map(|(way, alike)| way.told(alike, entries)).collect()
}

/// The newest of all that began within the longest time that a run is given by default, and some.
fn may_be_under_way(past: &PastRun, runs: &[PastRun], now: DateTime<Utc>) -> bool {
    let is_newest = runs.first().is_some_and(|newest| newest.report.run_id == past.report.run_id);
    !past.has_ended && is_newest && now - past.report.started_at < chrono::TimeDelta::hours(1)
}

/// How a run ended.
#[derive(PartialEq)]
struct Way<'a> {
    exit: Option<Exit>,
    error: Option<&'a str>,
}

impl<'a> Way<'a> {
    fn of(past: &'a PastRun) -> Self {
        let exit = past.has_ended.then_some(past.report.exit);
        Self { exit, error: past.report.error.as_ref().map(|error| error.code.as_str()) }
    }

    fn told(&self, alike: &[&PastRun], entries: &[Entry]) -> BadRuns {
        let times = if alike.len() == 1 { "1 run".to_owned() } else { format!("{} runs", alike.len()) };
        let last = alike.first().map(|past| day(past.report.started_at)).unwrap_or_default();
        let Some(exit) = self.exit else {
            return BadRuns {
                title: format!("{times} without an end"),
                last,
                meaning: Prose::sentence("the process was killed, or the host went down"),
                remedy: Prose::sentence(
                    "nothing: the next run settles what was left open; where it stays, see the log of the schedule",
                ),
            };
        };
        // An error says more than the exit code; one that nobody knows is still told by its code.
        let known = self.error.and_then(|code| entry(entries, code));
        let code = self.error.map_or_else(String::new, |code| format!(", {}", Shown::cell(code)));
        BadRuns {
            title: format!("{times} with code {}{code}", exit.code()),
            last,
            meaning: Prose::sentence(known.map_or(exit.known().meaning, |known| known.meaning)),
            remedy: Prose::sentence(known.map_or(exit.known().remedy, |known| known.remedy)),
        }
    }
}
