//! What a plan must pass before anything is sent. Pure.

use super::{Digest, Item, Letter, Plan};
use crate::config::Limits;
use crate::directory::ObjectId;
use crate::explain::{Known, own};
use crate::selection::Decision;

/// A plan that may be sent; [`Plan::approve`] is the only way to have one.
#[derive(Debug)]
pub struct ApprovedPlan {
    letter: Letter,
    items: Vec<ApprovedItem>,
    left_over: Vec<Item>,
    /// Whether `wave` leaves nobody for later runs.
    is_whole: bool,
}

/// One person of an approved plan; not `Clone`, so that nobody is sent twice.
#[derive(Debug)]
pub struct ApprovedItem(Item);

impl ApprovedItem {
    /// The person.
    pub fn item(&self) -> &Item {
        &self.0
    }
}

impl ApprovedPlan {
    /// What is the same for everybody.
    pub fn letter(&self) -> &Letter {
        &self.letter
    }

    /// Who is sent now, in order, and whom wave and limit leave for later runs.
    pub fn into_parts(self) -> (Letter, Vec<ApprovedItem>, Vec<Item>) {
        (self.letter, self.items, self.left_over)
    }

    /// Whether everybody to be sent is sent now; reminders that wait for room under the limit are not.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// How many are sent now.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is nobody to send to.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Why a plan is refused whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than `max_invitations`.
    #[error("the plan has {planned} invitations, more than max_invitations = {limit}; nothing was sent to anyone")]
    OverLimit {
        /// Invite and retry.
        planned: usize,
        /// The limit.
        limit: u32,
    },
    /// Not the plan of `--expect-plan`.
    #[error("today's plan is {found}, not the expected {expected}; nothing was sent to anyone")]
    OtherPlan {
        /// What was expected.
        expected: String,
        /// What it is.
        found: String,
    },
    /// One account twice: a bug.
    #[error("the plan names {id} twice, which is a bug in xcsync; nothing was sent to anyone")]
    Duplicate {
        /// Which.
        id: ObjectId,
    },
}

impl Refusal {
    /// Its entry in the catalogue.
    fn known(&self) -> Known {
        match self {
            Self::OverLimit { .. } => own::OVER_LIMIT,
            Self::OtherPlan { .. } => own::OTHER_PLAN,
            Self::Duplicate { .. } => own::DUPLICATE_IN_PLAN,
        }
    }

    /// The code in reports.
    pub fn code(&self) -> &'static str {
        self.known().code
    }

    /// The way out; `tenant` is given where several are run, whom a flag without it would allow as much.
    pub fn hint(&self, tenant: Option<&str>) -> String {
        let only = tenant.map_or_else(String::new, |name| format!("--tenant {name} "));
        let known = self.known();
        match self {
            Self::OverLimit { planned, .. } => {
                known.remedy_with("--max-invitations N", &format!("{only}--max-invitations {planned}"))
            }
            Self::OtherPlan { found, .. } => known.remedy_with("DIGEST", found),
            Self::Duplicate { .. } => known.remedy.to_owned(),
        }
    }
}

impl Plan {
    /// Approves the plan, or says why not. `wave` only divides what is approved.
    pub fn approve(self, limits: &Limits, expected: Option<&Digest>) -> Result<ApprovedPlan, Refusal> {
        // First: with somebody in it twice, neither count nor digest mean anything.
        if let Some(id) = self.duplicate() {
            return Err(Refusal::Duplicate { id });
        }
        // Reminders are not counted: they have filled only what these leave (SPEC section 6.5).
        let planned = self.items.iter().filter(|item| item.decision != Decision::Remind).count();
        if planned > usize::try_from(limits.max_invitations).unwrap_or(usize::MAX) {
            return Err(Refusal::OverLimit { planned, limit: limits.max_invitations });
        }
        if let Some(expected) = expected.filter(|expected| **expected != self.digest) {
            return Err(Refusal::OtherPlan { expected: expected.to_string(), found: self.digest.to_string() });
        }
        let mut items = self.items;
        let wave = limits.wave.map_or(items.len(), |wave| usize::try_from(wave).unwrap_or(usize::MAX));
        let mut left_over = items.split_off(wave.min(items.len()));
        let is_whole = left_over.is_empty();
        left_over.extend(self.waiting);
        let items = items.into_iter().map(ApprovedItem).collect();
        Ok(ApprovedPlan { letter: self.letter, items, left_over, is_whole })
    }
}
