//! One person's way: posted, and where the answer is ambiguous, looked at.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::auth::AuthError;
use crate::directory::ExternalUserState;
use crate::explain::{Class, Entry};
use crate::graph::error::ServiceError;
use crate::graph::halt::{Halt, unless_halted};
use crate::graph::invitations::{Invitations, Meaning, Posted};
use crate::graph::reads::Directory;
use crate::ledger::Intended;
use crate::plan::Item;
use crate::report::OutcomeResult;
use crate::selection::Decision;

/// When a person is looked at after an ambiguous answer, in seconds since it, or since the end of the pause that it asked for.
const LOOKS: [u64; 5] = [2, 5, 10, 20, 30];

/// What became of one person.
#[derive(Debug)]
pub struct Outcome {
    /// The person.
    pub item: Item,
    /// How it ended.
    pub result: OutcomeResult,
    /// The last status.
    pub status: Option<u16>,
    /// Graph's `request-id`.
    pub request_id: Option<String>,
    /// How often it was posted.
    pub attempts: u32,
    /// What went wrong.
    pub problem: Option<Problem>,
    created: bool,
}

/// What went wrong with one person.
#[derive(Debug)]
pub enum Problem {
    /// The service refused.
    Refused(ServiceError),
    /// No trustworthy answer, and the directory shows no invitation.
    Ambiguous(String),
    /// 2xx, but not a 201 for the right object.
    Astray(String),
    /// Certainly not done: the service can't be reached, or throttles for too long.
    NotProcessed {
        /// What was seen.
        why: String,
        /// 429 rather than an unreachable service.
        throttled: bool,
    },
    /// Something else than Graph answered.
    Foreign(String),
    /// No token.
    NoToken(AuthError),
    /// 201, but the directory does not show it.
    NotSeen,
}

impl Problem {
    /// The entry of the catalogue, where the service refused with something known.
    pub fn entry(&self) -> Option<&'static Entry> {
        match self {
            Self::Refused(error) => error.entry(),
            _ => None,
        }
    }

    /// What a refusal is about; an unknown 401 or 403 is the tenant's.
    pub fn class(&self) -> Option<Class> {
        match self {
            Self::Refused(error) => {
                let unknown = matches!(error.status, 401 | 403).then_some(Class::Tenant);
                error.entry().map(|entry| entry.class).or(unknown)
            }
            _ => None,
        }
    }
}

impl Outcome {
    /// Somebody whose turn never came.
    pub fn not_attempted(item: Item) -> Self {
        let result = OutcomeResult::NotAttempted;
        Self { item, result, status: None, request_id: None, attempts: 0, problem: None, created: false }
    }

    /// Whether a 201 for the right object came.
    pub fn was_created(&self) -> bool {
        self.created
    }

    /// 201, but the directory does not show it.
    pub fn set_unverified(&mut self) {
        self.result = OutcomeResult::Unverified;
        self.problem = Some(Problem::NotSeen);
    }
}

/// What those under way listen to.
#[derive(Clone)]
pub(super) struct Signals {
    halt: Halt,
    finish_by: watch::Receiver<Option<Instant>>,
}

/// The other end of [`Signals`].
pub(super) struct SignalsSender {
    halt: watch::Sender<bool>,
    finish_by: watch::Sender<Option<Instant>>,
}

impl Signals {
    /// A pair of ends.
    pub(super) fn channel() -> (SignalsSender, Self) {
        let (halt_sender, halt) = watch::channel(false);
        let (finish_sender, finish_by) = watch::channel(None);
        (SignalsSender { halt: halt_sender, finish_by: finish_sender }, Self { halt, finish_by })
    }
}

impl SignalsSender {
    /// Nothing new is posted; whoever waits wakes.
    pub(super) fn halt(&self) {
        self.halt.send_replace(true);
    }

    /// Whatever is under way is cut off then.
    pub(super) fn finish_by(&self, when: Instant) {
        self.finish_by.send_replace(Some(when));
    }
}

/// Posts one invitation and settles what came of it.
pub(super) async fn invite(
    invitations: &Invitations<'_>,
    directory: &Directory<'_>,
    intended: Intended,
    signals: Signals,
) -> Outcome {
    let item = intended.item().clone();
    let mut finish_by = signals.finish_by.clone();
    let cut = async move {
        match finish_by.wait_for(Option::is_some).await.ok().and_then(|when| *when) {
            Some(when) => sleep_until(when).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        outcome = post_and_settle(invitations, directory, &intended, &signals.halt) => outcome,
        () = cut => ambiguous(item, "cut off by an interruption before the answer came".to_owned()),
    }
}

async fn post_and_settle(
    invitations: &Invitations<'_>,
    directory: &Directory<'_>,
    intended: &Intended,
    halt: &Halt,
) -> Outcome {
    let posted = invitations.post(intended, halt).await;
    let item = intended.item().clone();
    let arrived = match &posted.meaning {
        // A second invitation leaves no mark that tells it from the first: an ambiguous reminder counts as used.
        Meaning::Ambiguous { retry_after, .. } if item.decision != Decision::Remind => {
            let wish = retry_after.unwrap_or_default();
            let in_time = wish < invitations.deadline().saturating_duration_since(Instant::now());
            in_time && has_arrived(directory, &item, wish, halt).await
        }
        _ => false,
    };
    outcome(item, posted, arrived)
}

/// Whether the directory shows the invitation, by the last look.
async fn has_arrived(directory: &Directory<'_>, item: &Item, wish: Duration, halt: &Halt) -> bool {
    let start = Instant::now() + wish;
    for seconds in LOOKS {
        let when = start + Duration::from_secs(seconds);
        // When the run is stopping there is one more look, at once.
        let halted = unless_halted(Some(halt), sleep_until(when)).await.is_err();
        let states = directory.states(&[item.user_id]).await;
        let state = states.ok().and_then(|states| states.into_iter().next().flatten());
        if state.as_ref().is_some_and(ExternalUserState::is_invited) {
            return true;
        }
        if halted {
            return false;
        }
    }
    false
}

fn outcome(item: Item, posted: Posted, arrived: bool) -> Outcome {
    use OutcomeResult::{Failed, Invited, NotAttempted, Unknown};
    let Posted { meaning, status, request_id, tries } = posted;
    let created = matches!(meaning, Meaning::Created);
    let (result, problem) = match meaning {
        Meaning::Created => (Invited, None),
        Meaning::Ambiguous { .. } if arrived => (Invited, None),
        Meaning::Ambiguous { why, .. } => (Unknown, Some(Problem::Ambiguous(why))),
        Meaning::Astray(why) => (Unknown, Some(Problem::Astray(why))),
        Meaning::Foreign(what) => (Unknown, Some(Problem::Foreign(what))),
        Meaning::Refused(error) => (Failed, Some(Problem::Refused(error))),
        Meaning::NotProcessed { why, throttled } => (NotAttempted, Some(Problem::NotProcessed { why, throttled })),
        Meaning::NoToken(error) => (NotAttempted, Some(Problem::NoToken(error))),
        Meaning::Halted => (NotAttempted, None),
    };
    tracing::info!(user_id = %item.user_id, decision = item.decision.code(), result = result.code(), status, request_id, "invitation");
    Outcome { item, result, status, request_id, attempts: tries, problem, created }
}

fn ambiguous(item: Item, why: String) -> Outcome {
    let meaning = Meaning::Ambiguous { why, retry_after: None };
    outcome(item, Posted { meaning, status: None, request_id: None, tries: 1 }, false)
}
