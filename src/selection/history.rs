//! What earlier runs left behind, and what reading and sending make of it. Pure: `now` is given.

mod retry;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

pub use retry::Retry;

use super::reason::{Decision, Reason};
use crate::digest::sha256;
use crate::directory::{ExternalUserState, MailAddress, ObjectId, Personal, User};

/// An attempt without an outcome is left alone for so long: its request may still be under way, and reads lag behind writes.
const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(15);

/// What a ledger knows; empty for a run without one.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// People created before this were there before xcsync was; `None` adopts everybody.
    pub adopted_from: Option<DateTime<Utc>>,
    /// What is known of single people.
    pub people: HashMap<ObjectId, Record>,
    /// Whose record is another now than the one that was read.
    changed: HashSet<ObjectId>,
    /// Whose attempt of an earlier run has an outcome now, and whether the directory shows the invitation.
    settled: HashMap<ObjectId, bool>,
}

impl History {
    /// Of these people.
    pub fn new(adopted_from: Option<DateTime<Utc>>, people: HashMap<ObjectId, Record>) -> Self {
        Self { adopted_from, people, ..Self::default() }
    }

    /// What is known of a person.
    pub fn of(&self, id: ObjectId) -> Option<&Record> {
        self.people.get(&id)
    }

    /// Takes in how a person stands in the directory now; who was never heard of stays so until a decision.
    pub fn read(&mut self, user: &User, address: Option<&MailAddress>, now: DateTime<Utc>) {
        self.change(user.id, |record| record.read(user, address, now));
    }

    /// Takes in that a person is not in the directory any more.
    pub fn missed(&mut self, id: ObjectId, now: DateTime<Utc>) {
        self.change(id, |record| record.missed(now));
    }

    /// Takes in what was decided about a person, and says whether that is news.
    pub fn decided(&mut self, user: &User, address: Option<&MailAddress>, reason: Reason, now: DateTime<Utc>) -> bool {
        let known = self.people.contains_key(&user.id);
        if !known {
            // Whoever is no candidate is nobody's business here, whatever became of an invitation of somebody else's.
            let stranger = matches!(reason, Reason::NoMail | Reason::OtherDomain);
            if stranger || (reason.counted_only() && !user.state.is_invited()) {
                return false;
            }
            let mut record = Record::default();
            record.read(user, address, now);
            self.people.insert(user.id, record);
            self.changed.insert(user.id);
        }
        let mut news = false;
        self.change(user.id, |record| {
            record.told(address);
            news = record.reason != Some(reason);
            if news {
                (record.reason, record.since) = (Some(reason), Some(now));
            }
        });
        // Of a whole tenant that had accepted before the first run, nobody is news.
        news && (known || !reason.counted_only())
    }

    /// Everybody whose record is to be written.
    pub fn changes(&self) -> impl Iterator<Item = (ObjectId, &Record)> {
        self.people.iter().filter(|(id, _)| self.changed.contains(id)).map(|(id, record)| (*id, record))
    }

    /// Whose attempt of an earlier run was settled, and whether the directory shows an invitation of theirs.
    pub fn settled(&self) -> &HashMap<ObjectId, bool> {
        &self.settled
    }

    fn change(&mut self, id: ObjectId, change: impl FnOnce(&mut Record)) {
        let Some(record) = self.people.get_mut(&id) else { return };
        let before = record.clone();
        change(record);
        if *record != before {
            self.changed.insert(id);
        }
        if let (Some(attempt), None) = (before.attempt, record.attempt) {
            // What is shown was there before a reminder.
            self.settled.insert(id, attempt.decision != Decision::Remind && record.was_seen_invited());
        }
    }
}

/// What a ledger knows of one person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The state that the directory showed last.
    pub seen: Seen,
    /// Whether the directory had no such person when they were last read by id.
    pub gone: bool,
    /// The address that was invited; before that, the one seen last.
    pub address: Option<MailAddress>,
    /// When this ledger's last invitation or reminder was sent.
    pub last_invitation: Option<DateTime<Utc>>,
    /// How often this ledger has invited or reminded.
    pub invitations: u32,
    /// How often this ledger has reminded.
    pub reminders: u32,
    /// An intent that has no outcome yet.
    pub attempt: Option<Attempt>,
    /// A failure that is still open.
    pub open: Option<Open>,
    /// The reason of the last decision.
    pub reason: Option<Reason>,
    /// Since when that is the reason.
    pub since: Option<DateTime<Utc>>,
}

/// The state that the directory showed last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// Not invited, or never looked at.
    #[default]
    NotInvited,
    /// Pending.
    Pending,
    /// Accepted.
    Accepted,
}

/// An invitation that was about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// Invite, remind or retry.
    pub decision: Decision,
}

/// A failure that is still open.
#[derive(Clone, Debug, PartialEq)]
pub enum Open {
    /// To be tried again.
    Retry(Retry),
    /// The service refused this person as they were.
    Refused {
        /// How they were.
        when: Fingerprint,
    },
    /// Tried for as long as allowed.
    GaveUp,
}

/// What an attempt came to, as far as later runs must know.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The service took it; whether the directory shows it is still to be seen.
    Created,
    /// No answer that could be trusted, but the directory was seen to show the invitation.
    Seen,
    /// No trustworthy answer: it may have been sent.
    Unknown,
    /// The service refused, for a reason that may pass.
    Failed,
    /// The service refused this person as they are.
    Refused,
    /// Nothing was done, or what was refused is not about this person.
    NotDone,
}

/// What has to change before a refused person is tried again: a digest of it, since the ledger has no use for the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a person as they are now: mail, UPN, proxy addresses and enabled state.
    pub fn of(user: &User) -> Self {
        let mail = user.mail.as_ref().map(Personal::expose);
        Self::new(mail, user.upn.expose(), user.proxy_addresses.iter().map(Personal::expose), user.enabled)
    }

    /// Of somebody with these values.
    pub fn new<'a>(mail: Option<&str>, upn: &str, proxies: impl IntoIterator<Item = &'a str>, enabled: bool) -> Self {
        // Lower case, since a change of case mends nothing; sorted, since nobody promises an order.
        let mut proxies: Vec<_> = proxies.into_iter().map(str::to_lowercase).collect();
        proxies.sort_unstable();
        let (mail, upn) = (mail.unwrap_or_default().to_lowercase(), upn.to_lowercase());
        Self(sha256(&format!("{mail}\n{upn}\n{enabled}\n{}", proxies.join("\n"))))
    }

    /// As a ledger has kept it.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// As a ledger keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Record {
    /// Whether the directory showed an invitation of this person before.
    pub fn was_seen_invited(&self) -> bool {
        self.seen != Seen::NotInvited
    }

    /// Whether the person was invited under another address than the present one.
    pub fn invited_under_another(&self, address: Option<&MailAddress>) -> bool {
        let invited = self.was_seen_invited() || self.last_invitation.is_some();
        invited && self.address.is_some() && self.address.as_ref() != address
    }

    /// When this ledger last invited or reminded, and how often it reminded; `None` where it never invited.
    pub fn invitations(&self) -> Option<(DateTime<Utc>, u32)> {
        Some((self.last_invitation?, self.reminders))
    }

    /// Whether this ledger has ever had to do with the person, beyond seeing them.
    pub fn was_attempted(&self) -> bool {
        self.attempt.is_some() || self.open.is_some() || self.last_invitation.is_some()
    }

    /// An invitation is about to leave.
    pub fn intended(&mut self, decision: Decision, at: DateTime<Utc>) {
        self.attempt = Some(Attempt { at, decision });
    }

    /// What the attempt came to; `address` and `person` are as they were sent.
    pub fn ended(&mut self, ending: &Ending, address: &MailAddress, person: &Fingerprint) {
        let Some(Attempt { at, decision }) = self.attempt.take() else { return };
        match (ending, decision) {
            (Ending::NotDone, _) => {}
            // However it ended, it was one: a second one right behind it would be mail to a person who has had one, and one
            // that fails in every run gets the tenant blocked.
            (_, Decision::Remind) => self.was_sent(decision, at),
            (Ending::Created, _) => {
                self.was_sent(decision, at);
                self.address = Some(address.clone());
                self.open = Some(Retry::unverified(self.retry(), at).map_or(Open::GaveUp, Open::Retry));
            }
            (Ending::Seen, _) => {
                self.was_sent(decision, at);
                self.address = Some(address.clone());
                (self.open, self.seen) = (None, Seen::Pending);
            }
            (Ending::Unknown, _) => self.failed(at, true),
            (Ending::Failed, _) => self.failed(at, false),
            (Ending::Refused, _) => self.open = Some(Open::Refused { when: person.clone() }),
        }
    }

    /// The directory shows an invitation that was just sent.
    pub fn verified(&mut self) {
        (self.open, self.seen) = (None, Seen::Pending);
    }

    /// Before an invitation it is only what a report shows; where an answer in doubt turns out to have been one, it was sent
    /// to this address.
    fn told(&mut self, address: Option<&MailAddress>) {
        if !self.was_seen_invited() && self.last_invitation.is_none() && address.is_some() {
            self.address = address.cloned();
        }
    }

    fn was_sent(&mut self, decision: Decision, at: DateTime<Utc>) {
        self.last_invitation = self.last_invitation.max(Some(at));
        self.invitations += 1;
        self.reminders += u32::from(decision == Decision::Remind);
    }

    fn failed(&mut self, at: DateTime<Utc>, maybe_sent: bool) {
        self.open = Some(Retry::after(self.retry(), at, maybe_sent).map_or(Open::GaveUp, Open::Retry));
    }

    /// The failure that is tried again. Asked for once more after it was given up, or another person by now: the days are
    /// counted anew.
    fn retry(&self) -> Option<Retry> {
        match self.open {
            Some(Open::Retry(retry)) => Some(retry),
            _ => None,
        }
    }

    fn read(&mut self, user: &User, address: Option<&MailAddress>, now: DateTime<Utc>) {
        self.gone = false;
        self.settle(Some(&user.state), now);
        if matches!(&self.open, Some(Open::Refused { when }) if *when != Fingerprint::of(user)) {
            // Noted now, since a change may be undone before anything is sent: an account that is disabled and enabled again.
            self.open = Some(Open::Retry(Retry::changed(now)));
        }
        let seen = match user.state {
            ExternalUserState::PendingAcceptance => Seen::Pending,
            ExternalUserState::Accepted => Seen::Accepted,
            ExternalUserState::NotInvited | ExternalUserState::Unknown => {
                // Until somebody is invited it is only what a report shows.
                if !self.was_seen_invited() && self.last_invitation.is_none() {
                    self.address = address.cloned();
                }
                return;
            }
        };
        if let Some(Open::Retry(retry)) = &self.open
            && let Some(at) = retry.maybe_sent
        {
            // What was in doubt has arrived; a 201 was counted when it came.
            if self.last_invitation.is_none_or(|last| last < at) {
                self.was_sent(Decision::Invite, at);
            }
        }
        // Whoever has accepted is invited no more: that their address changes later is nobody's worry.
        if !(self.was_seen_invited() || self.last_invitation.is_some()) || seen == Seen::Accepted {
            self.address = address.cloned();
        }
        (self.open, self.seen) = (None, seen);
    }

    fn missed(&mut self, now: DateTime<Utc>) {
        self.settle(None, now);
        // Asked for once more while there is something to settle: nobody else comes back to it.
        self.gone = self.attempt.is_none();
    }

    /// SPEC section 6.2: an attempt that an earlier run left without an outcome gets the one that reading shows.
    fn settle(&mut self, state: Option<&ExternalUserState>, now: DateTime<Utc>) {
        let Some(Attempt { at, decision }) = self.attempt else { return };
        let invited = state.is_some_and(ExternalUserState::is_invited);
        if decision == Decision::Remind || invited {
            // A reminder leaves no mark that could be read: it counts as used.
            self.was_sent(decision, at);
            self.attempt = None;
        } else if now - at >= SETTLED_AFTER {
            self.failed(at, true);
            self.attempt = None;
        }
    }
}

#[cfg(test)]
mod tests;
