//! Cross-tenant access settings: what they come to for one partner. Pure.
//!
//! <https://learn.microsoft.com/en-us/graph/api/resources/crosstenantaccesspolicy-overview>

use serde::{Deserialize, Deserializer};

/// The settings of one tenant, as far as they decide about one other tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// `allowedCloudEndpoints`; `None` where the cloud does not tell, as US Government's own description lacks it.
    pub allowed_clouds: Option<Vec<String>>,
    /// The default settings.
    pub default: Settings,
    /// The settings for the other tenant; `None` where it is no partner.
    pub partner: Option<Settings>,
}

/// The settings for one partner, or the default; what is null in a partner's inherits the default's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Who of the other side may come in.
    pub b2b_collaboration_inbound: Option<Collaboration>,
    /// Who of this side may go out.
    pub b2b_collaboration_outbound: Option<Collaboration>,
    /// Whether people are spared the consent.
    pub automatic_user_consent_settings: Option<Consent>,
}

/// Who may collaborate, and with which applications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collaboration {
    /// The people.
    pub users_and_groups: Option<Rule>,
    /// The applications.
    pub applications: Option<Rule>,
}

/// A rule about some targets: allowing some blocks all others, blocking some allows all others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// `allowed` or `blocked`.
    pub access_type: Option<String>,
    /// Whom it is about.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub targets: Vec<Target>,
}

/// A list that may be missing or null, as Graph's collections may be.
pub(crate) fn null_as_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(list: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(list)?.unwrap_or_default())
}

/// One target of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Target {
    /// `AllUsers`, `AllApplications`, or an object id.
    pub target: String,
}

/// `automaticUserConsentSettings`; on the default both are always false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// People of the other side are not asked here.
    pub inbound_allowed: Option<bool>,
    /// People of this side are not asked there.
    pub outbound_allowed: Option<bool>,
}

/// Which way people go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the other tenant into this one.
    Inbound,
    /// From this tenant into the other one.
    Outbound,
}

/// A side of a pair of tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The tenant that invites.
    Tenant,
    /// The tenant where the people sign in.
    Home,
}

impl Side {
    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Home => "home",
        }
    }

    /// Which way the people of the pair go here.
    pub fn direction(self) -> Direction {
        match self {
            Self::Tenant => Direction::Inbound,
            Self::Home => Direction::Outbound,
        }
    }
}

/// What a direction comes to; ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everybody may, with every application.
    Allowed,
    /// Some people or applications only; whether those who matter are among them is not looked into.
    Restricted,
    /// Nobody may.
    Blocked,
    /// The answer says neither.
    Untold,
}

impl Access {
    /// What a direction comes to: the partner's setting over the default, people and applications together.
    pub fn verdict(&self, direction: Direction) -> Verdict {
        let own = self.partner.as_ref().and_then(|partner| partner.collaboration(direction));
        let default = self.default.collaboration(direction);
        let rule = |part: fn(&Collaboration) -> Option<&Rule>| own.and_then(part).or_else(|| default.and_then(part));
        let users = verdict(rule(|one| one.users_and_groups.as_ref()), "AllUsers");
        users.max(verdict(rule(|one| one.applications.as_ref()), "AllApplications"))
    }

    /// Whether the verdict comes from the default, which other partners share.
    pub fn is_inherited(&self, direction: Direction) -> bool {
        self.partner.as_ref().and_then(|partner| partner.collaboration(direction)).is_none()
    }

    /// Whether people are spared the consent in this direction. Null inherits, and the default is never on.
    pub fn consents(&self, direction: Direction) -> bool {
        let consent = |settings: &Settings| {
            let consent = settings.automatic_user_consent_settings?;
            match direction {
                Direction::Inbound => consent.inbound_allowed,
                Direction::Outbound => consent.outbound_allowed,
            }
        };
        let own = self.partner.as_ref().and_then(consent);
        own.or_else(|| consent(&self.default)).unwrap_or(false)
    }

    /// Whether the cloud of this name is enabled; `None` where the cloud does not tell.
    pub fn allows_cloud(&self, name: &str) -> Option<bool> {
        let clouds = self.allowed_clouds.as_ref()?;
        Some(clouds.iter().any(|cloud| cloud.eq_ignore_ascii_case(name)))
    }
}

impl Settings {
    fn collaboration(&self, direction: Direction) -> Option<&Collaboration> {
        match direction {
            Direction::Inbound => self.b2b_collaboration_inbound.as_ref(),
            Direction::Outbound => self.b2b_collaboration_outbound.as_ref(),
        }
    }
}

/// One rule's verdict; `all` is how its kind of target says "everybody".
fn verdict(rule: Option<&Rule>, all: &str) -> Verdict {
    let Some(rule) = rule else { return Verdict::Untold };
    let everybody = rule.targets.iter().any(|target| target.target.eq_ignore_ascii_case(all));
    match (rule.access_type.as_deref(), everybody, rule.targets.is_empty()) {
        // Allowing everybody, and blocking nobody.
        (Some("allowed"), true, _) | (Some("blocked"), false, true) => Verdict::Allowed,
        // Allowing nobody, and blocking everybody.
        (Some("allowed"), false, true) | (Some("blocked"), true, _) => Verdict::Blocked,
        (Some("allowed" | "blocked"), false, false) => Verdict::Restricted,
        _ => Verdict::Untold,
    }
}

#[cfg(test)]
mod tests;
