//! What a run of `invite` has to say: plain data.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ErrorEntry;
use crate::directory::{ObjectId, Personal, TenantId};
use crate::error::Exit;
use crate::selection::{Decision, Reason};

/// The report of one call of `xcsync invite`.
#[derive(Clone, Debug)]
pub struct InviteReport {
    /// How the call ends, over all tenants.
    pub exit: Exit,
    /// What ended the call before or beside its runs, such as a configuration that is wrong.
    pub error: Option<ErrorEntry>,
    /// One run per tenant, in the order in which they ran.
    pub runs: Vec<RunReport>,
}

/// One run: one tenant.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The run's id, a version 7 UUID.
    pub run_id: Uuid,
    /// Whether anything could be sent.
    pub mode: Mode,
    /// When the run began, by the local clock.
    pub started_at: DateTime<Utc>,
    /// When it ended, by the local clock.
    pub finished_at: DateTime<Utc>,
    /// The tenant.
    pub tenant: TenantEntry,
    /// What was read; `None` where the run ended before that was known.
    pub window: Option<WindowEntry>,
    /// The plan's digest, `sha256:…`; `None` where there was no plan.
    pub plan_digest: Option<String>,
    /// How many of each kind.
    pub counts: Counts,
    /// How many answers were 429, those of items within a batch not counted; in metrics only.
    pub throttled: u64,
    /// The people to list, in any order; the run leaves out who is counted only.
    pub decisions: Vec<DecisionEntry>,
    /// What became of everybody to be sent; empty where nothing was sent.
    pub outcomes: Vec<OutcomeEntry>,
    /// What an administrator should know although it did not stop the run.
    pub warnings: Vec<String>,
    /// With `--user`: how each person asked for was decided on.
    pub trace: Vec<TraceEntry>,
    /// How this run ends.
    pub exit: Exit,
    /// Why it ended early, or was refused.
    pub error: Option<ErrorEntry>,
}

impl RunReport {
    /// The sums that SPEC section 8 promises to readers of the report.
    pub(super) fn adds_up(&self) -> bool {
        let counts = &self.counts;
        let decided = counts.to_send() + counts.skip + counts.hold;
        let sent = counts.with_outcome();
        counts.discovered == decided && sent == self.outcomes.len() as u64 && (sent == 0 || sent == counts.to_send())
    }
}

/// Whether a run sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `--dry-run`: stops after the plan.
    DryRun,
    /// Sends.
    Apply,
}

impl Mode {
    /// The word in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::DryRun => "dry-run",
            Self::Apply => "apply",
        }
    }
}

/// The tenant of a run.
#[derive(Clone, Debug)]
pub struct TenantEntry {
    /// Its name in the configuration.
    pub name: String,
    /// Its cloud's canonical name.
    pub cloud: &'static str,
    /// Its id.
    pub tenant_id: TenantId,
}

/// The time span whose new users were read.
#[derive(Clone, Copy, Debug)]
pub struct WindowEntry {
    /// Why this window.
    pub kind: WindowKind,
    /// Its beginning; `None` for everything.
    pub from: Option<DateTime<Utc>>,
    /// Its end, by the server's clock.
    pub to: DateTime<Utc>,
}

/// The kinds of windows of SPEC section 6.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// The first run of a ledger reads everything once.
    First,
    /// From the watermark, less the overlap.
    Incremental,
    /// From the start of what is adopted, now and then.
    Sweep,
    /// From `--since`.
    Since,
    /// `--full`.
    Full,
    /// Only the people of `--user`.
    Users,
}

impl WindowKind {
    const ALL: [Self; 6] = [Self::First, Self::Incremental, Self::Sweep, Self::Since, Self::Full, Self::Users];

    /// The kind with a word; `None` for one of another version.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Incremental => "incremental",
            Self::Sweep => "sweep",
            Self::Since => "since",
            Self::Full => "full",
            Self::Users => "users",
        }
    }
}

/// How many of each kind; [`Counts::decided`] and [`Counts::came_out`] keep the sums right.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Distinct users read.
    pub discovered: u64,
    /// Of these: a first invitation.
    pub invite: u64,
    /// Another mail to somebody pending.
    pub remind: u64,
    /// Another try.
    pub retry: u64,
    /// Nothing to do.
    pub skip: u64,
    /// An administrator must act.
    pub hold: u64,
    /// The skipped by reason code.
    pub skipped_by_reason: BTreeMap<&'static str, u64>,
    /// The held by reason code.
    pub held_by_reason: BTreeMap<&'static str, u64>,
    /// Mail domains that nearly match `domains`, with the number of their people.
    pub near_domains: BTreeMap<String, u64>,
    /// 201, and seen in the directory.
    pub invited: u64,
    /// The service refused.
    pub failed: u64,
    /// No trustworthy answer.
    pub unknown: u64,
    /// 201, not seen in the directory.
    pub unverified: u64,
    /// Never started.
    pub not_attempted: u64,
}

impl Counts {
    /// Counts `people` users with one reason, as discovered and as decided.
    pub fn decided(&mut self, reason: Reason, people: u64) {
        let (sum, by_reason) = match reason.decision() {
            Decision::Invite => (&mut self.invite, None),
            Decision::Remind => (&mut self.remind, None),
            Decision::Retry => (&mut self.retry, None),
            Decision::Skip => (&mut self.skip, Some(&mut self.skipped_by_reason)),
            Decision::Hold => (&mut self.hold, Some(&mut self.held_by_reason)),
        };
        *sum += people;
        self.discovered += people;
        if let Some(by_reason) = by_reason.filter(|_| people > 0) {
            *by_reason.entry(reason.code()).or_default() += people;
        }
    }

    /// Counts one person's outcome.
    pub fn came_out(&mut self, result: OutcomeResult) {
        *match result {
            OutcomeResult::Invited => &mut self.invited,
            OutcomeResult::Failed => &mut self.failed,
            OutcomeResult::Unknown => &mut self.unknown,
            OutcomeResult::Unverified => &mut self.unverified,
            OutcomeResult::NotAttempted => &mut self.not_attempted,
        } += 1;
    }

    /// Everybody whom the plan sends to.
    pub fn to_send(&self) -> u64 {
        self.invite + self.remind + self.retry
    }

    /// Everybody with an outcome.
    pub fn with_outcome(&self) -> u64 {
        self.invited + self.failed + self.unknown + self.unverified + self.not_attempted
    }
}

/// One listed person.
#[derive(Clone, Debug)]
pub struct DecisionEntry {
    /// The object's id.
    pub user_id: ObjectId,
    /// `displayName`.
    pub display_name: Personal,
    /// The address, where there is one.
    pub address: Option<Personal>,
    /// Why; the decision follows from it.
    pub reason: Reason,
    /// What stands in place of [`Reason::hint`], such as the name of the other duplicate.
    pub hint: Option<String>,
}

impl DecisionEntry {
    /// What an administrator can do about it: the person's own hint, else the reason's.
    pub fn hint(&self) -> Option<&str> {
        let general = Some(self.reason.hint()).filter(|hint| !hint.is_empty());
        self.hint.as_deref().or(general)
    }
}

/// What became of one person who was to be sent an invitation.
#[derive(Clone, Debug)]
pub struct OutcomeEntry {
    /// The object's id.
    pub user_id: ObjectId,
    /// `displayName`.
    pub display_name: Personal,
    /// The address as sent.
    pub address: Personal,
    /// Invite, remind or retry.
    pub decision: Decision,
    /// What came of it.
    pub result: OutcomeResult,
    /// The status of the last answer; `None` without one.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<ErrorEntry>,
    /// Graph's `request-id` of the last answer.
    pub request_id: Option<String>,
    /// How many requests were posted.
    pub attempts: u32,
}

/// How one person's invitation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutcomeResult {
    /// The service said so, and the directory shows it.
    Invited,
    /// The service refused.
    Failed,
    /// No trustworthy answer.
    Unknown,
    /// 201, and the directory does not show it yet.
    Unverified,
    /// Never started.
    NotAttempted,
}

impl OutcomeResult {
    const ALL: [Self; 5] = [Self::Invited, Self::Failed, Self::Unknown, Self::Unverified, Self::NotAttempted];

    /// The result with a word; `None` for one of another version.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.code() == code)
    }

    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Unverified => "unverified",
            Self::NotAttempted => "not-attempted",
        }
    }
}

/// How one person of `--user` was decided on.
#[derive(Clone, Debug)]
pub struct TraceEntry {
    /// What was asked for: an id, a UPN or an address.
    pub asked: Personal,
    /// The steps in their order; it ends with the one that settled it.
    pub steps: Vec<TraceStep>,
}

/// One step of a trace.
#[derive(Clone, Debug)]
pub struct TraceStep {
    /// Which question.
    pub question: Question,
    /// Its answer in words.
    pub answer: Personal,
}

/// The questions of a trace, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Is there such a user?
    Found,
    /// Is the address in one of `domains`?
    InDomain,
    /// Do `require_synced`, `exclude` and `where` let the user through?
    InScope,
    /// What do directory and ledger say?
    State,
    /// Does the home tenant know the person? Asked only about whoever would be sent to.
    AtHome,
    /// What follows?
    Decision,
}

impl Question {
    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::InDomain => "in-domain",
            Self::InScope => "in-scope",
            Self::State => "state",
            Self::AtHome => "at-home",
            Self::Decision => "decision",
        }
    }
}
