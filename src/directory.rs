//! The words of the domain: tenants, objects, addresses, users as the directory tells of them.

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The id of an Entra tenant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct TenantId(Uuid);

/// The id of a directory object; ordered as its lower-case text is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct ObjectId(Uuid);

macro_rules! guid {
    ($name:ident) => {
        impl $name {
            /// Reads the hyphenated form of 36 characters, in any case; `None` for everything else.
            pub fn parse(text: &str) -> Option<Self> {
                // `Uuid` also takes braces, URNs and 32 digits, which Graph never writes.
                (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}
guid!(TenantId);
guid!(ObjectId);

impl ObjectId {
    /// Its 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id with these 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The lower half of its bits, of which 62 are random.
    pub fn half(self) -> u64 {
        self.0.as_u64_pair().1
    }
}

/// What the directory says of a person: a name, a UPN, a mail address as read.
///
/// It comes from people and is hostile until a report has made it harmless; it has no plain `Debug` or `Display`, so that it can't slip into a log.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Personal(String);

/// No directory attribute that is kept is longer (`displayName` has 256 characters, an address 254);
/// what is longer was written by somebody who means harm.
const LONGEST_KEPT: usize = 512;

impl Personal {
    /// Keeps the text; of an absurdly long one its beginning and its end, joined by `…`.
    pub fn new(text: &str) -> Self {
        if text.len() <= LONGEST_KEPT {
            return Self(text.to_owned());
        }
        let head = text.floor_char_boundary(LONGEST_KEPT / 2);
        let tail = text.ceil_char_boundary(text.len() - LONGEST_KEPT / 2);
        Self(format!("{}…{}", &text[..head], &text[tail..]))
    }

    /// The text itself, for decisions, requests and reports; never for logs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<personal>")
    }
}

/// A mail address that an invitation can be sent to; compared without regard to ASCII case.
#[derive(Clone)]
pub struct MailAddress(String);

/// Characters that the API refuses in `invitedUserEmailAddress`.
///
/// <https://learn.microsoft.com/en-us/graph/api/resources/invitation>
const REFUSED: &str = "~!#$%^&*()+=[]{}\\/|;:\"<>?,";

impl MailAddress {
    /// Reads an address: trimmed, without one dot at its end; `None` where the API would refuse it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_suffix('.').unwrap_or(text);
        let (local, domain) = text.split_once('@')?;
        let clean = |part: &str| part.chars().all(|c| c.is_ascii_graphic() && !REFUSED.contains(c));
        let edge = |part: &str| part.starts_with(['.', '-']) || part.ends_with(['.', '-']);
        let right = !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !edge(local)
            && !edge(domain)
            && !domain.contains("..")
            // RFC 5321 section 4.5.3.1.3 allows 256 for a path, two of which are its brackets.
            && text.len() <= 254
            && clean(local)
            && clean(domain);
        right.then(|| Self(text.to_owned()))
    }

    /// The address as it is sent.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for MailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for MailAddress {}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<mail address>")
    }
}

/// `externalUserState`: where a B2B user stands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum ExternalUserState {
    /// Null: never invited.
    #[default]
    NotInvited,
    /// Invited, not yet redeemed.
    PendingAcceptance,
    /// Redeemed.
    Accepted,
    /// A value that this program doesn't know.
    Unknown,
}

impl ExternalUserState {
    /// Reads the property; empty text counts as null.
    pub fn read(value: Option<&str>) -> Self {
        match value {
            None | Some("") => Self::NotInvited,
            Some("PendingAcceptance") => Self::PendingAcceptance,
            Some("Accepted") => Self::Accepted,
            Some(_) => Self::Unknown,
        }
    }

    /// Whether an invitation has left its mark.
    pub fn is_invited(&self) -> bool {
        matches!(self, Self::PendingAcceptance | Self::Accepted)
    }
}

/// A user of the tenant, as far as a decision needs to know them.
///
/// <https://learn.microsoft.com/en-us/graph/api/resources/user>
#[derive(Clone, Debug)]
pub struct User {
    /// `id`.
    pub id: ObjectId,
    /// `displayName`.
    pub display_name: Personal,
    /// `mail`.
    pub mail: Option<Personal>,
    /// `userPrincipalName`.
    pub upn: Personal,
    /// `userType`, sent back unchanged: `Member`, `Guest`.
    pub user_type: Option<Personal>,
    /// `accountEnabled`; null counts as enabled, because only a clear `false` makes the service refuse.
    pub enabled: bool,
    /// `createdDateTime`.
    pub created: Option<DateTime<Utc>>,
    /// `externalUserState`.
    pub state: ExternalUserState,
    /// `onPremisesSyncEnabled` is true.
    pub synced: bool,
    /// `onPremisesUserPrincipalName`.
    pub on_premises_upn: Option<Personal>,
    /// `proxyAddresses`, with their `SMTP:` or `smtp:`.
    pub proxy_addresses: Vec<Personal>,
    /// Whether `onPremisesProvisioningErrors` has an entry.
    pub sync_conflict: bool,
    /// The attributes that the configuration reads (`where`, `address`), by their configuration name.
    pub attributes: Vec<(Attribute, Personal)>,
}

impl User {
    /// The value of an attribute; `None` where it is null or was not asked for.
    pub fn attribute(&self, wanted: Attribute) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.expose())
    }
}

/// The attributes that `[invite.where]` and `address` can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// `companyName`.
    CompanyName,
    /// `country`.
    Country,
    /// `department`.
    Department,
    /// `employeeType`.
    EmployeeType,
    /// `jobTitle`.
    JobTitle,
    /// `onPremisesDomainName`.
    OnPremisesDomainName,
    /// `userType`.
    UserType,
    /// `onPremisesExtensionAttributes/extensionAttribute1` to `15`, by number.
    Extension(u8),
}

const NAMED: [(&str, Attribute); 7] = [
    ("companyName", Attribute::CompanyName),
    ("country", Attribute::Country),
    ("department", Attribute::Department),
    ("employeeType", Attribute::EmployeeType),
    ("jobTitle", Attribute::JobTitle),
    ("onPremisesDomainName", Attribute::OnPremisesDomainName),
    ("userType", Attribute::UserType),
];

impl Attribute {
    /// Reads the configuration's (and Graph's) name of an attribute.
    pub fn from_name(name: &str) -> Option<Self> {
        let number = |n: &str| (1..=15).find(|i: &u8| i.to_string() == n);
        let named = NAMED.iter().find(|(known, _)| *known == name);
        named.map(|(_, attribute)| *attribute).or_else(|| {
            let n = name.strip_prefix("extensionAttribute")?;
            number(n).map(Self::Extension)
        })
    }

    /// The configuration's (and Graph's) name.
    pub fn name(self) -> String {
        match (self, NAMED.iter().find(|(_, known)| *known == self)) {
            (Self::Extension(number), _) => format!("extensionAttribute{number}"),
            (_, Some((name, _))) => (*name).to_owned(),
            (_, None) => String::new(),
        }
    }
}

/// A mail domain as the domain rule compares it: lower-case ASCII, without a dot at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailDomain(String);

impl MailDomain {
    /// Reads a configured domain; `None` for what can't be one (an `@`, a blank, no dot, an empty label).
    pub fn parse(text: &str) -> Option<Self> {
        let domain = text.trim().to_ascii_lowercase();
        let domain = domain.strip_suffix('.').unwrap_or(&domain);
        let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        // RFC 1035 section 2.3.4 allows 255 octets, of which length and root take two.
        let right = domain.contains('.') && domain.len() <= 253 && domain.split('.').all(label);
        right.then(|| Self(domain.to_owned()))
    }

    /// The domain's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the domain rule sees an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainMatch {
    /// One of ours to invite.
    Ours,
    /// Another domain.
    Other,
    /// Another, but so like one of ours that somebody should look at it.
    Near(MailDomain),
    /// There is nothing to compare.
    NoMail,
}

/// The domains whose people are to be invited.
#[derive(Clone, Debug)]
pub struct HomeDomains {
    /// `domains`.
    pub domains: Vec<MailDomain>,
    /// `include_subdomains`.
    pub include_subdomains: bool,
}

impl HomeDomains {
    /// The domain rule of SPEC section 7: exactly one `@`, and what stands after it equals one of the domains
    /// (or, with `include_subdomains`, ends in one at a label's boundary). Never a substring, never a pattern.
    pub fn matches(&self, mail: Option<&str>) -> DomainMatch {
        let Some(mail) = mail.map(str::trim).filter(|mail| !mail.is_empty()) else {
            return DomainMatch::NoMail;
        };
        // After the last one: of `a@contoso.com@evil.example` the mail would go to the latter.
        let after = mail.rsplit_once('@').map_or("", |(_, after)| after).to_ascii_lowercase();
        let after = after.strip_suffix('.').unwrap_or(&after);
        if mail.matches('@').count() == 1 && self.holds(after) {
            return DomainMatch::Ours;
        }
        // What is wrong with an address in one of ours is not its domain.
        match MailDomain::parse(after).filter(|domain| self.is_near(after) && !self.holds(domain.as_str())) {
            Some(domain) => DomainMatch::Near(domain),
            None => DomainMatch::Other,
        }
    }

    fn holds(&self, domain: &str) -> bool {
        let bounded = |ours: &str| domain.strip_suffix(ours).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
        let ours = |ours: &MailDomain| domain == ours.as_str() || self.include_subdomains && bounded(ours.as_str());
        self.domains.iter().any(ours)
    }

    /// A domain that contains one of ours, or is one letter away from it.
    fn is_near(&self, domain: &str) -> bool {
        let near = |ours: &MailDomain| {
            let ours = ours.as_str();
            // `contoso.com.example` is somebody's trap, `contosso.com` somebody's slip: both are worth a look, none
            // an invitation.
            domain.contains(ours) || domain.len().abs_diff(ours.len()) <= 1 && strsim::osa_distance(domain, ours) == 1
        };
        self.domains.iter().any(near)
    }
}
