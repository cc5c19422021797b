//! Where everyone stands: what the ledger knows, joined with what the directory shows now. Pure: `now` is given.
//!
//! Each person has one [`State`]:
//!
//! | state | means |
//! |---|---|
//! | `accepted` | has redeemed: done |
//! | `pending` | invited, by whomever, and has not redeemed yet, in scope or not |
//! | `failed` | tried, and no invitation is seen: the service refused, gave no answer that can be trusted, took an invitation that the directory does not show yet, or a run was cut off in between; it is tried again |
//! | `gave_up` | tried for 28 days; an administrator must act |
//! | `held` | an administrator must act, for one of the other reasons to hold (SPEC section 7) |
//! | `not_invited` | nothing of theirs is open: to be sent by a next run, out of scope, disabled, or gone from the tenant |
//!
//! The first that fits of `accepted`, `gave_up`, `held`, `pending`, `failed`, `not_invited`. The reasons are those of the
//! next run, since the rules are: [`decide`] itself is asked. What only a run looks at (who else has the address, plans,
//! roles, the home tenant) is taken from the last one.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::AddressSource;
use crate::directory::{ExternalUserState, MailAddress, ObjectId, Personal, User};
use crate::explain::{Known, own};
use crate::ledger::KnownPerson;
use crate::report::ErrorEntry;
use crate::selection::{Decided, Decision, History, Open, Reason, Record, Scope, Seen, Snapshot, decide};

/// Where a person stands; in the order in which somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Tried for as long as allowed.
    GaveUp,
    /// An administrator must act.
    Held,
    /// Tried, and tried again.
    Failed,
    /// Invited, has not redeemed.
    Pending,
    /// Nothing of theirs is open.
    NotInvited,
    /// Has redeemed.
    Accepted,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::GaveUp, Self::Held, Self::Failed, Self::Pending, Self::NotInvited, Self::Accepted];

    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::GaveUp => "gave_up",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::NotInvited => "not_invited",
            Self::Accepted => "accepted",
        }
    }
}

/// Why a person stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// What the next run would say.
    Rule(Reason),
    /// The tenant has no such account any more.
    Gone,
}

impl Cause {
    /// Its entry in the catalogue.
    pub fn known(self) -> Known {
        match self {
            Self::Rule(reason) => reason.known(),
            Self::Gone => own::GONE,
        }
    }
}

/// One person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The object's id.
    pub user_id: ObjectId,
    /// `displayName`.
    pub display_name: Personal,
    /// The address that was invited, or would be.
    pub address: Option<Personal>,
    /// Where they stand.
    pub state: State,
    /// Why.
    pub cause: Cause,
    /// Since when they wait: of `pending` since the invitation (no reminder), of `failed` since the first failure, of the
    /// others since a run noted the reason; `None` where nobody has noted it.
    pub since: Option<DateTime<Utc>>,
    /// How often this ledger has invited and reminded them.
    pub invitations: u32,
    /// When the next try is due, or the next reminder.
    pub next_attempt: Option<DateTime<Utc>>,
    /// What went wrong with the last try, while that matters.
    pub last_error: Option<ErrorEntry>,
}

impl Person {
    /// Whether somebody waits for something, or should look: not those who are out of scope, disabled or gone, and were
    /// never invited.
    pub fn needs_attention(&self) -> bool {
        match self.state {
            State::Accepted => false,
            State::NotInvited => self.cause == Cause::Rule(Reason::New),
            State::GaveUp | State::Held | State::Failed | State::Pending => true,
        }
    }
}

/// The people that have to be asked about.
///
/// Whoever has accepted is done: only a run does anything about an account that somebody turned back, and writes it down.
/// Whoever is gone is asked about by the next sweep, with everybody else.
pub fn to_ask(known: &[KnownPerson]) -> Vec<ObjectId> {
    let settled =
        |record: &Record| record.gone || (record.seen == Seen::Accepted && record.reason == Some(Reason::Accepted));
    known.iter().filter(|person| !settled(&person.record)).map(|person| person.user_id).collect()
}

/// What the ledger alone knows.
pub fn by_ledger(known: &[KnownPerson], scope: &Scope, now: DateTime<Utc>) -> Vec<Person> {
    sorted(known.iter().map(|person| of_ledger(person, scope, now)).collect())
}

/// What the directory shows.
#[derive(Debug)]
pub struct Answers {
    /// The server's time.
    pub now: DateTime<Utc>,
    /// Whoever was asked about; `None` is nobody there.
    pub people: HashMap<ObjectId, Option<User>>,
}

/// What the ledger knows and the directory shows.
pub fn joined(
    known: &[KnownPerson],
    answers: Answers,
    adopted_from: Option<DateTime<Utc>>,
    scope: &Scope,
) -> Vec<Person> {
    let Answers { now, people: mut read } = answers;
    let records = known.iter().map(|person| (person.user_id, person.record.clone())).collect();
    let mut history = History::new(adopted_from, records);
    let users: Vec<_> = read.values_mut().filter_map(Option::take).collect();
    for user in &users {
        // As the next run takes them in, but into nothing that is kept.
        let address = scope.shown_address(user, history.of(user.id));
        history.read(user, address.as_ref(), now);
    }
    let snapshot = Snapshot { people: users, ..Snapshot::default() };
    let decided: HashMap<_, _> =
        decide(&snapshot, scope, &history, now).into_iter().map(|one| (one.user.id, one)).collect();
    let person = |person: &KnownPerson| match (decided.get(&person.user_id), read.contains_key(&person.user_id)) {
        (Some(decided), _) => of_directory(person, decided, history.of(person.user_id), scope, now),
        (None, true) => gone(person),
        (None, false) => of_ledger(person, scope, now),
    };
    sorted(known.iter().map(person).collect())
}

/// How many are in a state; `accepted` more have accepted and are not among the people.
pub fn count(people: &[Person], accepted: u64, state: State) -> u64 {
    let listed = people.iter().filter(|person| person.state == state).count() as u64;
    listed + if state == State::Accepted { accepted } else { 0 }
}

/// Since when the longest waiting of the pending wait.
pub fn longest_pending(people: &[Person]) -> Option<DateTime<Utc>> {
    people.iter().filter(|person| person.state == State::Pending).filter_map(|person| person.since).min()
}

/// Who waits longest comes first; then of whom nobody knows since when; whoever waits for nothing comes last.
fn sorted(mut people: Vec<Person>) -> Vec<Person> {
    people.sort_by_cached_key(|person| {
        let waits = person.since.unwrap_or(DateTime::<Utc>::MAX_UTC);
        (!person.needs_attention(), waits, person.state, person.display_name.expose().to_lowercase(), person.user_id)
    });
    people
}

fn of_directory(
    known: &KnownPerson,
    decided: &Decided,
    record: Option<&Record>,
    scope: &Scope,
    now: DateTime<Utc>,
) -> Person {
    let Decided { user, address, reason, hint: _ } = decided;
    let record = record.unwrap_or(&known.record);
    let seen = match user.state {
        ExternalUserState::Accepted => Seen::Accepted,
        ExternalUserState::PendingAcceptance => Seen::Pending,
        ExternalUserState::NotInvited | ExternalUserState::Unknown => Seen::NotInvited,
    };
    let is_same_address = known.record.address == record.address;
    let reason = match known.record.reason {
        Some(kept) if reason.decision().sends() && still_holds(kept, is_same_address, scope) => kept,
        _ if is_of_pending(*reason) && !user.enabled => Reason::AccountDisabled,
        _ => *reason,
    };
    let mut person = standing(known, record, seen, Cause::Rule(reason), scope, now);
    person.display_name = user.display_name.clone();
    let shown = address.as_ref().map(|address| Personal::new(address.expose())).or_else(|| user.mail.clone());
    person.address = shown.or(person.address);
    person
}

/// Whether a reason of the last run still counts, though the rules that can be asked now have nothing against the person: to
/// see it takes more reads than `status` makes. What was said of an address is said of no other.
fn still_holds(kept: Reason, is_same_address: bool, scope: &Scope) -> bool {
    match kept {
        Reason::MailboxLicensed | Reason::Privileged | Reason::HomeUserDisabled => true,
        Reason::DuplicateAddress | Reason::AddressTaken | Reason::HomeUserNotFound | Reason::UpnDiffers => {
            is_same_address
        }
        // With `home-upn` the address is the home tenant's to tell.
        Reason::NoAddress | Reason::InvalidAddress => scope.address == AddressSource::HomeUpn,
        _ => false,
    }
}

fn is_of_pending(reason: Reason) -> bool {
    matches!(reason, Reason::Pending | Reason::RemindersUsedUp | Reason::PendingReminderDue)
}

fn of_ledger(known: &KnownPerson, scope: &Scope, now: DateTime<Utc>) -> Person {
    let record = &known.record;
    if record.gone {
        return gone(known);
    }
    let reason = noted(record, scope, now);
    let seen = if reason == Reason::Reverted { Seen::NotInvited } else { record.seen };
    standing(known, record, seen, Cause::Rule(reason), scope, now)
}

/// The reason that the ledger knows now: the last run's, unless what was sent, or time, has overtaken it.
fn noted(record: &Record, scope: &Scope, now: DateTime<Utc>) -> Reason {
    use Reason::{Accepted, GaveUp, Refused, RetryDue, RetryLater};
    let overtaken = |reason: &Reason| {
        reason.decision().sends()
            || is_of_pending(*reason)
            || matches!(reason, Accepted | Refused | GaveUp | RetryLater)
    };
    if let Some(reason) = record.reason.filter(|reason| !overtaken(reason)) {
        return reason;
    }
    let in_doubt = record.attempt.is_some_and(|attempt| attempt.decision != Decision::Remind);
    match (record.seen, &record.open) {
        (Seen::Accepted, _) => Accepted,
        (Seen::Pending, _) => scope.pending(Some(record), now),
        (Seen::NotInvited, _) if in_doubt => RetryLater,
        (Seen::NotInvited, Some(Open::Retry(retry))) if retry.due <= now => RetryDue,
        (Seen::NotInvited, Some(Open::Retry(_))) => RetryLater,
        (Seen::NotInvited, Some(Open::Refused { .. })) => Refused,
        (Seen::NotInvited, Some(Open::GaveUp)) => GaveUp,
        (Seen::NotInvited, None) => Reason::New,
    }
}

fn gone(known: &KnownPerson) -> Person {
    let KnownPerson { user_id, display_name, record, .. } = known;
    Person {
        user_id: *user_id,
        display_name: display_name.clone(),
        address: shown(record.address.as_ref()),
        state: State::NotInvited,
        cause: Cause::Gone,
        since: None,
        invitations: record.invitations,
        next_attempt: None,
        last_error: None,
    }
}

fn shown(address: Option<&MailAddress>) -> Option<Personal> {
    address.map(|address| Personal::new(address.expose()))
}

/// One person; `record` is as the next run would take it.
fn standing(
    known: &KnownPerson,
    record: &Record,
    seen: Seen,
    cause: Cause,
    scope: &Scope,
    now: DateTime<Utc>,
) -> Person {
    let state = state(seen, cause);
    Person {
        user_id: known.user_id,
        display_name: known.display_name.clone(),
        address: shown(record.address.as_ref()),
        state,
        cause,
        since: since(known, record, state, cause).map(|since| since.min(now)),
        invitations: record.invitations,
        next_attempt: next_attempt(record, state, cause, scope),
        last_error: last_error(known, state),
    }
}

fn state(seen: Seen, cause: Cause) -> State {
    let Cause::Rule(reason) = cause else { return State::NotInvited };
    match (seen, reason) {
        (Seen::Accepted, _) => State::Accepted,
        (_, Reason::GaveUp) => State::GaveUp,
        (_, reason) if reason.decision() == Decision::Hold => State::Held,
        (Seen::Pending, _) => State::Pending,
        (_, Reason::RetryLater | Reason::RetryDue) => State::Failed,
        _ => State::NotInvited,
    }
}

fn since(known: &KnownPerson, record: &Record, state: State, cause: Cause) -> Option<DateTime<Utc>> {
    let noted = known.record.since;
    match (state, &record.open) {
        // Of somebody else's invitation, since a run saw it.
        (State::Pending, _) => known.invited_at.or(record.last_invitation).or(noted),
        // Whom the service refused, and who has changed since, has waited from that refusal on.
        (State::Failed, Some(Open::Retry(retry))) => {
            Some(known.last_try.as_ref().map_or(retry.first, |last| last.at.min(retry.first)))
        }
        (State::Failed, _) => record.attempt.map(|attempt| attempt.at),
        _ if known.record.reason.map(Cause::Rule) == Some(cause) => noted,
        // The run that tried has not decided since.
        _ if matches!(cause, Cause::Rule(Reason::Refused | Reason::GaveUp)) => {
            known.last_try.as_ref().map(|last| last.at)
        }
        _ => None,
    }
}

fn next_attempt(record: &Record, state: State, cause: Cause, scope: &Scope) -> Option<DateTime<Utc>> {
    match (state, cause, &record.open) {
        (State::Failed, _, Some(Open::Retry(retry))) => Some(retry.due),
        (State::Pending, Cause::Rule(Reason::Pending | Reason::PendingReminderDue), _) => {
            let after = TimeDelta::from_std(scope.remind_after?).ok()?;
            let (last, reminders) = record.invitations()?;
            (reminders < scope.max_reminders).then(|| last.checked_add_signed(after)).flatten()
        }
        _ => None,
    }
}

fn last_error(known: &KnownPerson, state: State) -> Option<ErrorEntry> {
    let last = known.last_try.as_ref()?;
    let matters = match state {
        State::GaveUp | State::Held | State::Failed => true,
        // That of an invitation is overtaken: it has arrived.
        State::Pending => last.decision == Decision::Remind,
        State::NotInvited | State::Accepted => false,
    };
    last.error.clone().filter(|_| matters)
}

#[cfg(test)]
mod tests;
