//! One person's way: posted, and where the answer is ambiguous, looked at.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::auth::AuthError;
use crate::directory::ExternalUserState;
use crate::explain::{Class, Entry};
use crate::graph::error::ServiceError;
use crate::graph::halt::Halt;
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
    /// No trustworthy answer, and the directory was not seen to show an invitation.
    Ambiguous {
        /// What was seen of an answer.
        why: String,
        /// What the last look has shown.
        look: Look,
    },
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

impl Signals {
    /// Waits until the time to finish is over; for ever where nobody interrupts.
    async fn cut(&self) {
        let mut finish_by = self.finish_by.clone();
        let when = finish_by.wait_for(Option::is_some).await.ok().and_then(|when| *when);
        match when {
            Some(when) => sleep_until(when).await,
            None => std::future::pending().await,
        }
    }

    /// Waits until an instant, or until the run is interrupted, and says which came first.
    async fn interrupted_before(&self, when: Instant) -> bool {
        let mut finish_by = self.finish_by.clone();
        tokio::select! {
            biased;
            Ok(_) = finish_by.wait_for(Option::is_some) => true,
            () = sleep_until(when) => false,
        }
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
    let posted = tokio::select! {
        biased;
        posted = invitations.post(&intended, &signals.halt) => posted,
        () = signals.cut() => cut_off(),
    };
    let Meaning::Ambiguous { retry_after, .. } = &posted.meaning else {
        return outcome(item, posted, Look::None);
    };
    let wish = retry_after.unwrap_or_default();
    // A Retry-After that outlasts the run forbids looking; that the time is over does not.
    let allowed = wish.is_zero() || wish < invitations.deadline().saturating_duration_since(Instant::now());
    // A second invitation leaves no mark that tells it from the first: an ambiguous reminder counts as used.
    if !allowed || item.decision == Decision::Remind {
        return outcome(item, posted, Look::None);
    }
    let mut look = Look::None;
    tokio::select! {
        biased;
        () = settle(directory, &item, wish, &signals, &mut look) => {}
        () = signals.cut() => {}
    }
    outcome(item, posted, look)
}

/// What was not answered when the time to finish was over. Whoever waits ends before, so that the request had left.
fn cut_off() -> Posted {
    let why = "cut off by an interruption before the answer came".to_owned();
    Posted::without_answer(Meaning::Ambiguous { why, retry_after: None }, 1)
}

/// What a look at a person after an ambiguous answer has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nobody looked, or nobody could.
    None,
    /// No invitation.
    NotInvited,
    /// Invited.
    Invited,
}

/// Looks at a person until the directory shows the invitation, or the last look is over.
async fn settle(directory: &Directory<'_>, item: &Item, wish: Duration, signals: &Signals, look: &mut Look) {
    let start = Instant::now() + wish;
    for seconds in LOOKS {
        let interrupted = signals.interrupted_before(start + Duration::from_secs(seconds)).await;
        // Once interrupted there is one more look, at once, unless the service wants to be left alone.
        if interrupted && directory.is_paused() {
            return;
        }
        if let Ok(states) = directory.states(&[item.user_id]).await {
            let invited = states.first().is_some_and(|state| state.as_ref().is_some_and(ExternalUserState::is_invited));
            *look = if invited { Look::Invited } else { Look::NotInvited };
        }
        if interrupted || *look == Look::Invited {
            return;
        }
    }
}

fn outcome(item: Item, posted: Posted, look: Look) -> Outcome {
    use OutcomeResult::{Failed, Invited, NotAttempted, Unknown};
    let Posted { meaning, status, request_id, tries } = posted;
    let created = matches!(meaning, Meaning::Created);
    let (result, problem) = match meaning {
        Meaning::Created => (Invited, None),
        Meaning::Ambiguous { .. } if look == Look::Invited => (Invited, None),
        Meaning::Ambiguous { why, .. } => (Unknown, Some(Problem::Ambiguous { why, look })),
        Meaning::Astray(why) => (Unknown, Some(Problem::Astray(why))),
        Meaning::Foreign { what, sent: true } => (Unknown, Some(Problem::Foreign(what))),
        Meaning::Foreign { what, sent: false } => (NotAttempted, Some(Problem::Foreign(what))),
        Meaning::Refused(error) => (Failed, Some(Problem::Refused(error))),
        Meaning::NotProcessed { why, throttled } => (NotAttempted, Some(Problem::NotProcessed { why, throttled })),
        Meaning::NoToken(error) => (NotAttempted, Some(Problem::NoToken(error))),
        Meaning::Halted => (NotAttempted, None),
    };
    // Whether the answer said it, or a look at the directory after one that did not.
    let settled_by = match (&problem, look) {
        (Some(Problem::Ambiguous { .. }), Look::None) => "nobody",
        (_, Look::None) => "answer",
        (_, Look::NotInvited | Look::Invited) => "reading",
    };
    tracing::info!(user_id = %item.user_id, decision = item.decision.code(), result = result.code(), settled_by, status, request_id, "invitation");
    Outcome { item, result, status, request_id, attempts: tries, problem, created }
}
