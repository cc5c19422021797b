//! What stops a run before its plan is done.

use std::collections::HashMap;

use super::person::Outcome;
use super::problem::Problem;
use crate::auth::AuthError;
use crate::error::Exit;
use crate::explain::invitation::TENANT_BLOCKED;
use crate::explain::{Class, Known, own};
use crate::graph::error::ServiceError;
use crate::ledger::LedgerError;
use crate::report::OutcomeResult;
use crate::selection::Decision;

/// So many people refused with the same words that the catalogue doesn't know: then it is not about the people.
const SAME_UNKNOWN_REFUSAL: u32 = 3;

/// Why nothing more is sent.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Stop {
    /// A signal.
    #[error("interrupted")]
    Interrupted,
    /// The tenant takes no invitations.
    #[error("the tenant refuses invitations: {0}")]
    TenantRefuses(ServiceError),
    /// Microsoft has blocked invitations from this tenant.
    #[error("Microsoft has blocked invitations from this tenant: {0}")]
    TenantBlocked(ServiceError),
    /// The tenant refused the last invitation, and the one that was to find out has not shown that it takes them again.
    #[error("the tenant refused invitations before, and the one that was tried was not taken either")]
    StillRefused,
    /// What is sent can't be noted.
    #[error("{0}")]
    Ledger(LedgerError),
    /// 2xx, but not a 201 for the right object.
    #[error("an invitation was answered with {0}")]
    Astray(String),
    /// Something else than Graph answered.
    #[error("an answer is not Microsoft Graph's: {0}")]
    Foreign(String),
    /// No token.
    #[error(transparent)]
    NoToken(AuthError),
    /// `stop_after_failures`.
    #[error("{0} people in a row failed or are unknown")]
    FailuresInARow(u32),
    /// The same refusal that the catalogue doesn't know, again and again.
    #[error("{SAME_UNKNOWN_REFUSAL} people were refused with the same words: {0}")]
    SameRefusal(ServiceError),
    /// `max_runtime`, or a Retry-After beyond it.
    #[error("max_runtime is over, or the service wants to be left alone for longer")]
    OutOfTime,
    /// The service can't be reached, or throttles for longer than there is time.
    #[error("the service does not take invitations now: {0}")]
    NotProcessed(String),
}

impl Stop {
    /// The exit code that a run stopped by this has.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Interrupted => Exit::Interrupted,
            Self::Ledger(error) => error.exit(),
            Self::StillRefused
            | Self::TenantRefuses(_)
            | Self::TenantBlocked(_)
            | Self::Astray(_)
            | Self::Foreign(_) => Exit::Denied,
            Self::NoToken(error) => match error.exit() {
                // The settings were right when the run began (a file may have vanished since), and a run that has sent
                // has no code 2 (SPEC section 8): to its reader, a sign-in has failed.
                Exit::Usage => Exit::Denied,
                exit => exit,
            },
            Self::FailuresInARow(_) | Self::SameRefusal(_) | Self::OutOfTime | Self::NotProcessed(_) => Exit::Stopped,
        }
    }

    /// Its entry in the catalogue; `None` where the error within tells code and way out.
    fn known(&self) -> Option<Known> {
        let known = match self {
            Self::Interrupted => own::INTERRUPTED,
            Self::TenantRefuses(error) => error.entry().map_or(own::TENANT_REFUSES, |entry| entry.known),
            Self::TenantBlocked(_) => TENANT_BLOCKED,
            Self::StillRefused => own::TENANT_REFUSES,
            Self::Astray(_) => own::ASTRAY_ANSWER,
            Self::Foreign(_) => own::NOT_GRAPH,
            Self::FailuresInARow(_) => own::FAILURES_IN_A_ROW,
            Self::SameRefusal(_) => own::SAME_REFUSAL,
            Self::OutOfTime => own::OUT_OF_TIME,
            Self::NotProcessed(_) => own::NOT_PROCESSED,
            Self::Ledger(_) | Self::NoToken(_) => return None,
        };
        Some(known)
    }

    /// The code in reports.
    pub fn code(&self) -> String {
        match self {
            Self::Ledger(error) => error.code().to_owned(),
            Self::NoToken(error) => error.code(),
            other => other.known().map(|known| known.code.to_owned()).unwrap_or_default(),
        }
    }

    /// The way out.
    pub fn hint(&self) -> String {
        match self {
            Self::Ledger(error) => error.hint().to_owned(),
            Self::NoToken(error) => error.hint(),
            other => other.known().map(|known| known.remedy.to_owned()).unwrap_or_default(),
        }
    }

    /// A later reason of more weight takes the place of an earlier one.
    pub(super) fn weight(&self) -> u8 {
        match self.exit() {
            Exit::Interrupted => 4,
            Exit::Unexpected => 3,
            // Only Microsoft lifts it, so that it must not hide behind another refusal.
            Exit::Denied if matches!(self, Self::TenantBlocked(_)) => 2,
            Exit::Denied => 1,
            _ => 0,
        }
    }
}

/// Watches the outcomes in the order of completion.
pub(super) struct Watcher {
    limit: u32,
    in_a_row: u32,
    unknown_refusals: HashMap<String, u32>,
}

impl Watcher {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit, in_a_row: 0, unknown_refusals: HashMap::new() }
    }

    /// What one more outcome means for the run.
    pub(super) fn after(&mut self, outcome: &Outcome) -> Option<Stop> {
        self.at_once(outcome).or_else(|| self.failures(outcome))
    }

    fn at_once(&mut self, outcome: &Outcome) -> Option<Stop> {
        if let Some(error) = &outcome.unrecorded {
            return Some(Stop::Ledger(error.clone()));
        }
        let problem = outcome.problem.as_ref()?;
        match (problem, problem.class()) {
            (Problem::Refused(error), Some(Class::Tenant | Class::Token)) => Some(Stop::TenantRefuses(error.clone())),
            (Problem::Refused(error), Some(Class::Blocked)) => Some(Stop::TenantBlocked(error.clone())),
            (Problem::Refused(error), None) => self.unknown_refusal(error),
            (Problem::Ledger(error), _) => Some(Stop::Ledger(error.clone())),
            (Problem::Astray(why), _) => Some(Stop::Astray(why.clone())),
            (Problem::Foreign(what), _) => Some(Stop::Foreign(what.clone())),
            (Problem::NoToken(error), _) => Some(Stop::NoToken(error.clone())),
            (Problem::NotProcessed { throttled: true, .. }, _) => Some(Stop::OutOfTime),
            (Problem::NotProcessed { why, .. }, _) => Some(Stop::NotProcessed(why.clone())),
            _ => None,
        }
    }

    fn unknown_refusal(&mut self, error: &ServiceError) -> Option<Stop> {
        // What names a person or an object differs from one to the next; the rest is the refusal.
        let general = |word: &&str| !word.contains('@') && !word.contains(|c: char| c.is_ascii_digit());
        let words: Vec<_> = error.message.split_whitespace().filter(general).collect();
        let times =
            self.unknown_refusals.entry(format!("{} {} {}", error.status, error.code, words.join(" "))).or_default();
        *times += 1;
        (*times >= SAME_UNKNOWN_REFUSAL).then(|| Stop::SameRefusal(error.clone()))
    }

    fn failures(&mut self, outcome: &Outcome) -> Option<Stop> {
        match outcome.result {
            OutcomeResult::Invited => self.in_a_row = 0,
            // New people only (SPEC section 6.6): that retries fail is known already.
            OutcomeResult::Failed | OutcomeResult::Unknown if outcome.item.decision == Decision::Invite => {
                self.in_a_row += 1;
            }
            _ => {}
        }
        (self.in_a_row >= self.limit).then_some(Stop::FailuresInARow(self.in_a_row))
    }
}
