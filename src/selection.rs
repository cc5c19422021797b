//! One decision with one reason for every candidate. Pure: no clock, no network, no file.

mod address;
pub mod history;
mod home;
mod reason;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use address::{Owners, addresses, owners_of_addresses};
pub use history::{Attempt, Ending, Fingerprint, History, Open, Record, Retry, Seen};
pub use home::{Home, HomeAccount, LookUpName, whose};
pub use reason::{Decision, Reason};

use crate::config::{AddressSource, InviteSettings};
use crate::directory::{Attribute, DomainMatch, ExternalUserState, HomeDomains, MailAddress, ObjectId, Personal, User};

/// What a run has read, complete.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The candidates; with `--user` and `-v` everybody who was read.
    pub people: Vec<User>,
    /// Distinct users that were read and not kept, for want of a mail address.
    pub without_mail: u64,
    /// Distinct users that were read and not kept, for another domain.
    pub other_domain: u64,
    /// Domains that nearly match, with the number of their people.
    pub near_domains: BTreeMap<String, u64>,
    /// What the home tenant told, of those about to be sent; empty where it is not asked.
    pub homes: HashMap<ObjectId, Home>,
    /// What the closer look showed, of those about to be sent.
    pub looks: HashMap<ObjectId, CloserLook>,
}

/// What only people about to be sent are asked about.
#[derive(Clone, Debug, Default)]
pub struct CloserLook {
    /// Other objects that have the address.
    pub address_owners: Vec<ObjectId>,
    /// An enabled service plan that brings a mailbox.
    pub mailbox: bool,
    /// Holds a directory role.
    pub privileged: bool,
}

/// Who is in scope, by configuration and by command line.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, named as in the configuration")]
pub struct Scope {
    /// The home side's domains.
    pub home: HomeDomains,
    /// `address`.
    pub address: AddressSource,
    /// `accept_mail_as_login`.
    pub accept_mail_as_login: bool,
    /// `require_synced`.
    pub require_synced: bool,
    /// `exclude`, in the form of `comparable`.
    pub exclude: Vec<String>,
    /// `[where]`, values lower-cased.
    pub conditions: Vec<(Attribute, Vec<String>)>,
    /// `--user`: what the ledger remembers of a failure does not hold these people back.
    pub asked_for: bool,
    /// `--resend`: who is pending is reminded now.
    pub resend: bool,
    /// When a reminder is due; `None` is never.
    pub remind_after: Option<std::time::Duration>,
    /// `max_reminders`.
    pub max_reminders: u32,
}

impl Scope {
    /// The scope that the configuration describes.
    pub fn new(settings: &InviteSettings) -> Self {
        Self {
            home: HomeDomains { domains: settings.domains.clone(), include_subdomains: settings.include_subdomains },
            address: settings.address,
            accept_mail_as_login: settings.accept_mail_as_login,
            require_synced: settings.require_synced,
            exclude: settings.exclude.iter().map(|name| comparable(name)).collect(),
            conditions: settings.conditions.clone(),
            asked_for: false,
            resend: false,
            remind_after: settings.remind_after.filter(|_| settings.send_message),
            max_reminders: settings.max_reminders,
        }
    }

    /// The attributes that have to be read for it.
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut attributes: Vec<_> = self.conditions.iter().map(|(attribute, _)| *attribute).collect();
        if let AddressSource::Extension(number) = self.address {
            attributes.push(Attribute::Extension(number));
        }
        attributes.sort_unstable();
        attributes.dedup();
        attributes
    }

    /// How the domain rule sees a user: by `mail`, or by the configured extension attribute where that is null.
    pub fn domain(&self, user: &User) -> DomainMatch {
        let mail = user.mail.as_ref().map(Personal::expose);
        let instead = match self.address {
            AddressSource::Extension(number) => user.attribute(Attribute::Extension(number)),
            _ => None,
        };
        self.home.matches(mail.or(instead))
    }

    /// Rule 7: whoever is pending is left alone, or reminded.
    pub fn pending(&self, record: Option<&Record>, now: DateTime<Utc>) -> Reason {
        if self.resend {
            return Reason::PendingReminderDue;
        }
        // Without a ledger nobody knows when the invitation was sent, and a reminder too many is mail to a person.
        let (Some(after), Some((last, reminders))) = (self.remind_after, record.and_then(Record::invitations)) else {
            return Reason::Pending;
        };
        // A last invitation in the future is a clock that was wrong: nothing has passed.
        let passed = (now - last).to_std().is_ok_and(|passed| passed >= after);
        match (reminders >= self.max_reminders, passed) {
            (true, _) => Reason::RemindersUsedUp,
            (false, true) => Reason::PendingReminderDue,
            (false, false) => Reason::Pending,
        }
    }

    /// Whether `exclude` names the user, by id, UPN or an address.
    fn excludes(&self, user: &User, home: Option<&Home>) -> bool {
        if self.exclude.is_empty() {
            return false;
        }
        let id = user.id.to_string();
        let mail = user.mail.as_ref().map(Personal::expose);
        let names = [Some(id.as_str()), Some(user.upn.expose()), mail, self.raw_address(user, home)];
        names.into_iter().flatten().any(|name| self.exclude.contains(&comparable(name)))
    }

    /// Whether every condition of `where` holds.
    fn includes(&self, user: &User) -> bool {
        self.conditions.iter().all(|(attribute, values)| {
            let value = user.attribute(*attribute).unwrap_or_default().to_lowercase();
            values.contains(&value)
        })
    }
}

/// A name as `exclude` compares it: trimmed and without one dot at its end, as an address is sent, in lower case by Unicode.
fn comparable(name: &str) -> String {
    let name = name.trim();
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}

/// A person with the one reason of their decision.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The person.
    pub user: User,
    /// The address that an invitation would go to, where it is one.
    pub address: Option<MailAddress>,
    /// Why; the decision follows.
    pub reason: Reason,
    /// More than the reason's own hint says, such as the ids of others involved.
    pub hint: Option<String>,
}

/// Decides about everybody in the snapshot, in its order.
pub fn decide(snapshot: &Snapshot, scope: &Scope, history: &History, now: DateTime<Utc>) -> Vec<Decided> {
    let owners = owners_of_addresses(snapshot, scope);
    let rules = Rules { snapshot, scope, history, owners: &owners, now };
    snapshot.people.iter().map(|user| rules.decided(user)).collect()
}

struct Rules<'a> {
    snapshot: &'a Snapshot,
    scope: &'a Scope,
    history: &'a History,
    owners: &'a Owners,
    now: DateTime<Utc>,
}

impl Rules<'_> {
    fn decided(&self, user: &User) -> Decided {
        let address = self.scope.address_of(user, self.home(user));
        let (reason, hint) = self.reason(user, address.as_ref());
        Decided { user: user.clone(), address, reason, hint }
    }

    fn home(&self, user: &User) -> Option<&Home> {
        self.snapshot.homes.get(&user.id)
    }

    /// The rules of SPEC section 7 in their order. Whoever would be sent passes rules 10 to 14 and 17 first.
    fn reason(&self, user: &User, address: Option<&MailAddress>) -> (Reason, Option<String>) {
        let record = self.history.of(user.id);
        let wish = match self.standing(user, record) {
            Some(reason) if reason.decision().sends() => reason,
            Some(reason) => return (reason, None),
            None => Reason::New,
        };
        if let Some(obstacle) = self.obstacle(user, address) {
            return obstacle;
        }
        let wish = match wish {
            Reason::New => self.failures(user, record),
            other => other,
        };
        if !wish.decision().sends() {
            return (wish, None);
        }
        let look = self.snapshot.looks.get(&user.id).and_then(closer);
        look.or_else(|| self.home(user).and_then(Home::obstacle)).unwrap_or((wish, None))
    }

    /// Rules 1 to 9: who they are, and where they stand.
    fn standing(&self, user: &User, record: Option<&Record>) -> Option<Reason> {
        // Before the domain rule: whoever has moved to another domain would drop out of sight there. Whoever has accepted is
        // invited no more.
        let accepted = user.state == ExternalUserState::Accepted;
        let home = self.home(user);
        let address = self.scope.as_it_stands(user, home);
        let domain = self.scope.domain(user);
        // An address that is not told yet has not changed; of somebody in another domain it never will be told.
        let untold = self.scope.is_untold(home) && domain == DomainMatch::Ours;
        if !accepted && !untold && record.is_some_and(|record| record.invited_under_another(address.as_ref())) {
            return Some(Reason::AddressChanged);
        }
        match domain {
            DomainMatch::Ours => {}
            DomainMatch::NoMail => return Some(Reason::NoMail),
            DomainMatch::Other | DomainMatch::Near(_) => return Some(Reason::OtherDomain),
        }
        if self.scope.require_synced && !user.synced {
            return Some(Reason::NotSynced);
        }
        if self.scope.excludes(user, home) {
            return Some(Reason::Excluded);
        }
        if !self.scope.includes(user) {
            return Some(Reason::OutOfScope);
        }
        match user.state {
            ExternalUserState::Accepted => Some(Reason::Accepted),
            // Somebody has undone the conversion, perhaps on purpose; only a person can tell.
            ExternalUserState::NotInvited if record.is_some_and(Record::was_seen_invited) => Some(Reason::Reverted),
            ExternalUserState::PendingAcceptance => Some(self.scope.pending(record, self.now)),
            ExternalUserState::Unknown => Some(Reason::UnknownState),
            ExternalUserState::NotInvited => self.before_start(user, record).then_some(Reason::BeforeStart),
        }
    }

    fn before_start(&self, user: &User, record: Option<&Record>) -> bool {
        // Whoever was attempted, as with --user, was adopted by that: their retries must not end here.
        if self.scope.asked_for || record.is_some_and(Record::was_attempted) {
            return false;
        }
        // The directory does not know when its oldest accounts were created.
        self.history.adopted_from.is_some_and(|start| user.created.is_none_or(|created| created < start))
    }

    /// Rules 10 to 14: what stands against sending to this person, whatever the wish.
    fn obstacle(&self, user: &User, address: Option<&MailAddress>) -> Option<(Reason, Option<String>)> {
        if !user.enabled {
            return Some((Reason::AccountDisabled, None));
        }
        if let Some(reason) = self.unusable(user, address) {
            return Some((reason, None));
        }
        if address.is_some_and(|address| self.login_differs(user, address)) {
            return Some((Reason::UpnDiffers, None));
        }
        let others = self.others_with_address(user);
        if !others.is_empty() {
            return Some((Reason::DuplicateAddress, Some(naming(Reason::DuplicateAddress, &others))));
        }
        user.sync_conflict.then_some((Reason::SyncConflict, None))
    }

    /// Rule 11. Before the home tenant has told the address, what it is asked by is looked at.
    fn unusable(&self, user: &User, address: Option<&MailAddress>) -> Option<Reason> {
        let home = self.home(user);
        let (usable, empty) = if self.scope.is_untold(home) {
            (
                self.scope.look_up_name(user).is_some(),
                user.mail.as_ref().is_none_or(|mail| mail.expose().trim().is_empty()),
            )
        } else {
            (address.is_some(), self.scope.raw_address(user, home).is_none())
        };
        match (usable, empty) {
            (true, _) => None,
            (false, true) => Some(Reason::NoAddress),
            (false, false) => Some(Reason::InvalidAddress),
        }
    }

    /// Rule 12; with `home-upn` the address is the home UPN itself.
    fn login_differs(&self, user: &User, address: &MailAddress) -> bool {
        if self.scope.accept_mail_as_login || self.scope.address == AddressSource::HomeUpn {
            return false;
        }
        let differs = |upn: &str| !upn.eq_ignore_ascii_case(address.expose());
        // The UPN of the source directory tells the home UPN only where its domain is one of the home side's.
        let source = user.on_premises_upn.as_ref().map(|upn| upn.expose().trim());
        let source = source.filter(|upn| self.scope.home.matches(Some(upn)) == DomainMatch::Ours);
        let home = self.home(user).and_then(Home::account).map(|account| account.upn.expose().trim());
        source.into_iter().chain(home).any(differs)
    }

    /// Rule 13: who else has an address of this person's, each named once.
    fn others_with_address(&self, user: &User) -> Vec<ObjectId> {
        let own = addresses(user, self.home(user), self.scope);
        let mut others: Vec<_> = own.iter().filter_map(|address| self.owners.get(address)).flatten().copied().collect();
        others.retain(|id| *id != user.id);
        let mut seen = HashSet::new();
        others.retain(|id| seen.insert(*id));
        others
    }

    /// Rules 15 and 16: what the ledger remembers of earlier failures.
    fn failures(&self, user: &User, record: Option<&Record>) -> Reason {
        // Not even for the asking: its mail may be on the way at this very moment.
        if record.is_some_and(|record| record.attempt.is_some()) {
            return Reason::RetryLater;
        }
        match record.and_then(|record| record.open.as_ref()) {
            None => Reason::New,
            Some(_) if self.scope.asked_for => Reason::RetryDue,
            Some(Open::Retry(retry)) if retry.due <= self.now => Reason::RetryDue,
            Some(Open::Retry(_)) => Reason::RetryLater,
            Some(Open::Refused { when }) if *when == Fingerprint::of(user) => Reason::Refused,
            Some(Open::Refused { .. }) => Reason::RetryDue,
            Some(Open::GaveUp) => Reason::GaveUp,
        }
    }
}

/// Rule 17.
fn closer(look: &CloserLook) -> Option<(Reason, Option<String>)> {
    if !look.address_owners.is_empty() {
        return Some((Reason::AddressTaken, Some(naming(Reason::AddressTaken, &look.address_owners))));
    }
    let reason = if look.mailbox { Reason::MailboxLicensed } else { Reason::Privileged };
    (look.mailbox || look.privileged).then_some((reason, None))
}

/// The reason's hint with the ids of the others involved.
fn naming(reason: Reason, others: &[ObjectId]) -> String {
    // A handful shows the pattern; all of them would fill the report.
    let shown: Vec<_> = others.iter().take(5).map(ObjectId::to_string).collect();
    let more = if others.len() > 5 { ", …" } else { "" };
    format!("{}: {}{more}", reason.hint(), shown.join(", "))
}

#[cfg(test)]
pub(crate) mod tests;
