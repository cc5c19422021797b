//! What the home tenant tells of people: whose account each one is, and what that stands against.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::reason::Reason;
use crate::directory::{ObjectId, Personal};

/// The longest name: that of a mail address (RFC 5321 section 4.5.3.1.3), more than a UPN has.
const LONGEST: usize = 254;

/// What a home account is found by, as its mail or its UPN; compared without regard to ASCII case.
#[derive(Clone)]
pub struct LookUpName(String);

impl LookUpName {
    /// Reads a name: trimmed, without one dot at its end; `None` for what can be neither a mail address nor a UPN.
    ///
    /// Both are ASCII in Entra. Characters that an invitation must not have (`'`, `+`, `#`) may be in them.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_suffix('.').unwrap_or(text);
        let (local, domain) = text.split_once('@')?;
        let right = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
        let clean = text.len() <= LONGEST && text.chars().all(|c| c.is_ascii_graphic());
        (right && clean).then(|| Self(text.to_owned()))
    }

    /// The name itself, for requests and decisions; never for logs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for LookUpName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for LookUpName {}

impl Hash for LookUpName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.bytes().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
    }
}

impl std::fmt::Debug for LookUpName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<look-up name>")
    }
}

/// An account of the home tenant.
#[derive(Clone, Debug)]
pub struct HomeAccount {
    /// Its object id, which is the home tenant's.
    pub id: ObjectId,
    /// `mail`.
    pub mail: Option<Personal>,
    /// `userPrincipalName`: what the person signs in with.
    pub upn: Personal,
    /// `accountEnabled`; null counts as enabled, as it does here.
    pub enabled: bool,
}

impl HomeAccount {
    /// What it is found by.
    pub fn names(&self) -> impl Iterator<Item = LookUpName> {
        let mail = self.mail.as_ref().map(Personal::expose);
        mail.into_iter().chain([self.upn.expose()]).filter_map(LookUpName::parse)
    }
}

/// Whom the home tenant knows by a person's name.
#[derive(Clone, Debug)]
pub enum Home {
    /// Nobody.
    Nobody,
    /// One account.
    One(HomeAccount),
    /// Several, whatever they are: nothing here tells which of them the person signs in to.
    Several(Vec<ObjectId>),
}

impl Home {
    /// The one account, where there is one.
    pub fn account(&self) -> Option<&HomeAccount> {
        match self {
            Self::One(account) => Some(account),
            Self::Nobody | Self::Several(_) => None,
        }
    }

    /// What of rule 17 it stands against.
    pub(super) fn obstacle(&self) -> Option<(Reason, Option<String>)> {
        match self {
            Self::Nobody => Some((Reason::HomeUserNotFound, None)),
            Self::Several(ids) => Some((Reason::HomeUserNotFound, Some(super::naming(Reason::HomeUserNotFound, ids)))),
            Self::One(account) => (!account.enabled).then_some((Reason::HomeUserDisabled, None)),
        }
    }
}

/// Whose account each one is: by mail or by UPN. An account that is found both ways, or listed twice, is one.
pub fn whose(asked: &[(ObjectId, LookUpName)], accounts: &[HomeAccount]) -> HashMap<ObjectId, Home> {
    let mut by_name: HashMap<LookUpName, Vec<usize>> = HashMap::new();
    for (index, account) in accounts.iter().enumerate() {
        for name in account.names() {
            let known = by_name.entry(name).or_default();
            if known.iter().all(|other| accounts[*other].id != account.id) {
                known.push(index);
            }
        }
    }
    let home = |name: &LookUpName| match by_name.get(name).map_or(&[][..], Vec::as_slice) {
        [] => Home::Nobody,
        [one] => Home::One(accounts[*one].clone()),
        several => Home::Several(several.iter().map(|index| accounts[*index].id).collect()),
    };
    asked.iter().map(|(person, name)| (*person, home(name))).collect()
}

#[cfg(test)]
mod tests;
