//! Sending: the first alone, then paced and concurrent; what stops a run.

mod person;
mod problem;
mod stop;

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

pub use person::Outcome;
pub use problem::{Look, Problem};
pub use stop::Stop;

use crate::graph::invitations::Invitations;
use crate::graph::reads::Directory;
use crate::ledger::LockedLedger;
use crate::plan::{ApprovedItem, ApprovedPlan};
use crate::report::OutcomeResult;
use person::Signals;
use stop::Watcher;

/// Invitations under way at once: at 60 a second it holds the pace against answers of a second.
const AT_ONCE: usize = 64;

/// How long what is under way may take when the run is interrupted.
const FINISH: Duration = Duration::from_secs(20);

/// What sending needs besides the plan.
pub struct Sending<'a> {
    /// The writing half of Graph.
    pub invitations: &'a Invitations<'a>,
    /// The reading half, to see what an ambiguous answer did.
    pub directory: &'a Directory<'a>,
    /// The memory: an intent is in it before its invitation leaves.
    pub ledger: &'a LockedLedger,
    /// The tenant refused the last invitation: the first one shows whether it still does, and else there is no other.
    pub refused_before: bool,
    /// `stop_after_failures`.
    pub stop_after_failures: u32,
    /// How often the run was asked to end.
    pub interrupts: watch::Receiver<u32>,
    /// Called with the number of people that are done.
    pub progress: &'a dyn Fn(usize),
}

/// What came of it all.
#[derive(Debug)]
pub struct Sent {
    /// Everybody of the plan: in the order of completion, then those not attempted.
    pub outcomes: Vec<Outcome>,
    /// What stopped it, if anything did.
    pub stop: Option<Stop>,
    /// When the last 201 came; the end of sending where none did.
    pub last_created: Instant,
}

/// Sends an approved plan.
pub async fn send(plan: ApprovedPlan, sending: Sending<'_>) -> Sent {
    let (_, items, left_over) = plan.into_parts();
    let (signals_sender, signals) = Signals::channel();
    let mut run = Run::new(items, &sending);
    let mut interrupts = sending.interrupts.clone();
    let mut under_way = FuturesUnordered::new();
    let deadline = sending.invitations.deadline();
    while run.may_start(under_way.len()) || !under_way.is_empty() {
        let may_start = run.may_start(under_way.len());
        tokio::select! {
            // Answers before signals before new people: what is known already decides whether another one may leave.
            biased;
            Some(outcome) = under_way.next() => {
                run.take(outcome);
                (sending.progress)(run.outcomes.len());
            }
            Ok(_) = interrupts.wait_for(|times| *times > 0), if !run.is_interrupted() => {
                run.stop = Some(Stop::Interrupted);
                signals_sender.finish_by(Instant::now() + FINISH);
            }
            () = sleep_until(deadline), if run.stop.is_none() => run.stop_for(Stop::OutOfTime),
            () = sending.invitations.turn(), if may_start => {
                // The turn comes before the intent: an interrupted wait leaves no intent without an outcome.
                if let Some(item) = run.waiting.pop_front() {
                    under_way.push(person::invite(&sending, item, signals.clone()));
                }
            }
        }
        if sending.invitations.paused_until().is_some_and(|until| until >= deadline) {
            run.stop_for(Stop::OutOfTime);
        }
        if run.stop.is_some() {
            signals_sender.halt();
        }
    }
    drop(under_way);
    let never_started = run.waiting.iter().map(|approved| approved.item().clone()).chain(left_over);
    run.outcomes.extend(never_started.map(Outcome::not_attempted));
    let last_created = run.last_created.unwrap_or_else(Instant::now);
    Sent { outcomes: run.outcomes, stop: run.stop, last_created }
}

/// Where sending stands.
struct Run {
    waiting: VecDeque<ApprovedItem>,
    outcomes: Vec<Outcome>,
    watcher: Watcher,
    stop: Option<Stop>,
    last_created: Option<Instant>,
    /// Whether a first 201 for the right object has opened the way.
    opened: bool,
    /// Whether the tenant refused the last invitation before this run.
    is_probe: bool,
}

impl Run {
    fn new(items: Vec<ApprovedItem>, sending: &Sending<'_>) -> Self {
        let watcher = Watcher::new(sending.stop_after_failures);
        let (waiting, is_probe) = (items.into(), sending.refused_before);
        Self { waiting, outcomes: Vec::new(), watcher, stop: None, last_created: None, opened: false, is_probe }
    }

    fn may_start(&self, under_way: usize) -> bool {
        // If the first goes wrong for everybody's reason, one person is harmed and not sixty-four.
        let room = if self.opened { AT_ONCE } else { 1 };
        self.stop.is_none() && !self.waiting.is_empty() && under_way < room
    }

    fn take(&mut self, outcome: Outcome) {
        if outcome.was_created() {
            self.opened = true;
            self.last_created = Some(Instant::now());
        }
        if let Some(stop) = self.watcher.after(&outcome) {
            self.stop_for(stop);
        }
        let was_tried = outcome.result != OutcomeResult::NotAttempted;
        if self.is_probe && !self.opened && was_tried && !outcome.was_taken() {
            self.stop_for(Stop::StillRefused);
        }
        self.outcomes.push(outcome);
    }

    /// The first reason counts, unless a later one is of more weight (SPEC section 8: the first of 130, 1, 4, 7).
    fn stop_for(&mut self, stop: Stop) {
        if self.stop.as_ref().is_none_or(|old| old.weight() < stop.weight()) {
            self.stop = Some(stop);
        }
    }

    fn is_interrupted(&self) -> bool {
        matches!(self.stop, Some(Stop::Interrupted))
    }
}
