//! Whose address: what an invitation would go to, what a home account is found by, and who else has it.

use std::collections::{BTreeSet, HashMap};

use super::{Home, HomeAccount, LookUpName, Record, Scope, Snapshot};
use crate::config::AddressSource;
use crate::directory::{Attribute, DomainMatch, MailAddress, ObjectId, Personal, User};

impl Scope {
    /// The configured address as it stands in the directory, of `home-upn` in the home tenant's.
    pub(super) fn raw_address<'u>(&self, user: &'u User, home: Option<&'u Home>) -> Option<&'u str> {
        let text = match self.address {
            AddressSource::Mail => user.mail.as_ref().map(Personal::expose),
            AddressSource::OnPremisesUpn => user.on_premises_upn.as_ref().map(Personal::expose),
            AddressSource::Extension(number) => user.attribute(Attribute::Extension(number)),
            AddressSource::HomeUpn => home.and_then(Home::account).map(|account| account.upn.expose()),
        };
        text.filter(|text| !text.trim().is_empty())
    }

    /// Whether only the home tenant could tell the address, and it has not.
    pub(super) fn is_untold(&self, home: Option<&Home>) -> bool {
        self.address == AddressSource::HomeUpn && home.and_then(Home::account).is_none()
    }

    /// The address that an invitation would go to; `None` where it is none, or not in one of `domains`, or not told yet.
    pub(super) fn address_of(&self, user: &User, home: Option<&Home>) -> Option<MailAddress> {
        let address = self.as_it_stands(user, home);
        address.filter(|address| self.home.matches(Some(address.expose())) == DomainMatch::Ours)
    }

    /// The same wherever its domain is: `domains` may be others than they were.
    pub(super) fn as_it_stands(&self, user: &User, home: Option<&Home>) -> Option<MailAddress> {
        self.raw_address(user, home).and_then(MailAddress::parse)
    }

    /// The address that the directory here shows now. What it does not show stays as the ledger has it.
    pub fn shown_address(&self, user: &User, known: Option<&Record>) -> Option<MailAddress> {
        match self.address {
            AddressSource::HomeUpn => known.and_then(|record| record.address.clone()),
            _ => self.address_of(user, None),
        }
    }

    /// What the home account is found by: the address; `mail`, where the home tenant is to tell the address.
    pub fn look_up_name(&self, user: &User) -> Option<LookUpName> {
        match self.address {
            AddressSource::HomeUpn => user.mail.as_ref().and_then(|mail| LookUpName::parse(mail.expose())),
            _ => self.address_of(user, None).and_then(|address| LookUpName::parse(address.expose())),
        }
    }

    /// What nobody else here may have: the address.
    ///
    /// Of `home-upn` it is whatever leads to the home account: people who are not looked up show only that, and two who
    /// lead to one account are one person at most.
    pub fn names(&self, user: &User, home: Option<&Home>) -> Vec<LookUpName> {
        let of_address = |address: MailAddress| LookUpName::parse(address.expose());
        if self.address != AddressSource::HomeUpn {
            return self.as_it_stands(user, home).and_then(of_address).into_iter().collect();
        }
        let mut names: Vec<_> = self.look_up_name(user).into_iter().collect();
        for name in home.and_then(Home::account).into_iter().flat_map(HomeAccount::names) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Who has which address, in lower case, among the people whom directory synchronization lets through.
pub(super) type Owners = HashMap<String, Vec<ObjectId>>;

pub(super) fn owners_of_addresses(snapshot: &Snapshot, scope: &Scope) -> Owners {
    let mut owners = Owners::new();
    // Accepted and excluded people count too: a mail to an address that two have reaches the wrong one just the same.
    let counted = |user: &&User| scope.domain(user) == DomainMatch::Ours && (user.synced || !scope.require_synced);
    for user in snapshot.people.iter().filter(counted) {
        for address in addresses(user, snapshot.homes.get(&user.id), scope) {
            owners.entry(address).or_default().push(user.id);
        }
    }
    owners
}

/// What nobody else may have for an address, in lower case.
pub(super) fn addresses(user: &User, home: Option<&Home>, scope: &Scope) -> BTreeSet<String> {
    scope.names(user, home).iter().map(|name| name.expose().to_ascii_lowercase()).collect()
}
