//! One person's way: posted, and where the answer is ambiguous, looked at.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Sending;
use super::problem::{Look, Problem};
use crate::directory::ExternalUserState;
use crate::explain::Class;
use crate::graph::halt::Halt;
use crate::graph::invitations::{Meaning, Posted};
use crate::graph::reads::Directory;
use crate::ledger::{Ended, Intended, LedgerError, Refusal};
use crate::plan::{ApprovedItem, Item};
use crate::report::OutcomeResult;
use crate::selection::{Decision, Ending};

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
    /// Why it is not in the ledger, where it is not.
    pub unrecorded: Option<LedgerError>,
    created: bool,
}

impl Outcome {
    /// Somebody whose turn never came.
    pub fn not_attempted(item: Item) -> Self {
        let result = OutcomeResult::NotAttempted;
        Self {
            item,
            result,
            status: None,
            request_id: None,
            attempts: 0,
            problem: None,
            unrecorded: None,
            created: false,
        }
    }

    /// Whether the tenant took an invitation: a 201, or the directory shows it.
    pub fn was_taken(&self) -> bool {
        self.created || self.result == OutcomeResult::Invited
    }

    /// What later runs have to know of it.
    fn ended(&self) -> Ended {
        let class = self.problem.as_ref().and_then(Problem::class);
        let ending = match (self.result, class) {
            (OutcomeResult::Invited | OutcomeResult::Unverified, _) if self.created => Ending::Created,
            (OutcomeResult::Invited | OutcomeResult::Unverified, _) => Ending::Seen,
            (OutcomeResult::Unknown, _) => Ending::Unknown,
            (OutcomeResult::Failed, Some(Class::Person)) => Ending::Refused,
            (OutcomeResult::Failed, Some(Class::Again | Class::Token) | None) => Ending::Failed,
            (OutcomeResult::Failed, Some(Class::Tenant | Class::Blocked)) | (OutcomeResult::NotAttempted, _) => {
                Ending::NotDone
            }
        };
        let error = self.problem.as_ref().map(Problem::to_entry);
        let refusal = match (class, &error) {
            (Some(Class::Tenant | Class::Blocked), Some(error)) => Some(Refusal {
                blocked: class == Some(Class::Blocked),
                code: error.code.clone(),
                message: error.message.clone(),
            }),
            _ => None,
        };
        let Self { result, status, request_id, attempts, .. } = self;
        Ended {
            result: *result,
            status: *status,
            request_id: request_id.clone(),
            tries: *attempts,
            error,
            ending,
            refusal,
        }
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

/// Notes the intent, posts the invitation, settles what came of it, and notes that.
pub(super) async fn invite(sending: &Sending<'_>, item: ApprovedItem, signals: Signals) -> Outcome {
    let intended = match sending.ledger.intend(item).await {
        Ok(intended) => intended,
        Err((item, error)) => {
            return Outcome { problem: Some(Problem::Ledger(error)), ..Outcome::not_attempted(item) };
        }
    };
    let mut outcome = posted(sending, &intended, signals).await;
    let recorded = sending.ledger.record(intended, outcome.ended()).await;
    outcome.unrecorded = recorded.err();
    outcome
}

/// Posts one invitation and settles what came of it.
async fn posted(sending: &Sending<'_>, intended: &Intended, signals: Signals) -> Outcome {
    let Sending { invitations, directory, .. } = sending;
    let item = intended.item().clone();
    let posted = tokio::select! {
        biased;
        posted = invitations.post(intended, &signals.halt) => posted,
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
    Outcome { item, result, status, request_id, attempts: tries, problem, unrecorded: None, created }
}
