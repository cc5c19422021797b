//! What an earlier run left behind for later decisions.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::directory::{MailAddress, ObjectId, User};

/// What a ledger knows; empty for a run without one.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// People created before this were there before xcsync was; `None` adopts everybody.
    pub adopted_from: Option<DateTime<Utc>>,
    /// What is known of single people.
    pub people: HashMap<ObjectId, Record>,
}

impl History {
    /// What is known of a person.
    pub fn of(&self, id: ObjectId) -> Option<&Record> {
        self.people.get(&id)
    }
}

/// What a ledger knows of one person.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The state that the directory showed last.
    pub seen: Seen,
    /// The address that was invited.
    pub address: Option<MailAddress>,
    /// When this ledger's last invitation or reminder was sent.
    pub last_invitation: Option<DateTime<Utc>>,
    /// How often this ledger has reminded.
    pub reminders: u32,
    /// A failure that is still open.
    pub open: Option<Open>,
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

/// A failure that is still open.
#[derive(Clone, Debug)]
pub enum Open {
    /// To be tried again at an instant.
    Retry {
        /// When.
        due: DateTime<Utc>,
    },
    /// The service refused this person as they were.
    Refused {
        /// How they were.
        when: Fingerprint,
    },
    /// Tried for as long as allowed.
    GaveUp,
}

/// What has to change before a refused person is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a person as they are now: mail, UPN and enabled state.
    pub fn of(user: &User) -> Self {
        let mail = user.mail.as_ref().map(crate::directory::Personal::expose).unwrap_or_default();
        // Lower case, since a change of case mends nothing.
        Self(format!("{}\n{}\n{}", mail.to_lowercase(), user.upn.expose().to_lowercase(), user.enabled))
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
}
