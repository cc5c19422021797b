//! Cross-tenant access settings of both sides of a pair: what they lack, and a script for each side.
//!
//! <https://learn.microsoft.com/en-us/entra/external-id/cross-cloud-settings>

mod script;

use serde_json::{Value, json};

use crate::access::{Access, Collaboration, Consent, Direction, Rule, Settings, Side, Target, Verdict};
use crate::check::Check;
use crate::directory::TenantId;
use crate::graph::administration::Edit;

pub use script::script;

/// The settings that can be changed here, each by the check that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The other cloud is enabled.
    PartnerCloud,
    /// The other tenant is a partner, by its id.
    PartnerOrganization,
    /// People of the partner may come in.
    B2bInbound,
    /// People may go out to the partner.
    B2bOutbound,
    /// People are spared the consent.
    AutoRedeem,
}

impl Setting {
    /// The check's name, which reports and `--allow` have.
    pub fn code(self) -> &'static str {
        self.check().name()
    }

    fn check(self) -> Check {
        match self {
            Self::PartnerCloud => Check::PartnerCloud,
            Self::PartnerOrganization => Check::PartnerOrganization,
            Self::B2bInbound => Check::B2bInbound,
            Self::B2bOutbound => Check::B2bOutbound,
            Self::AutoRedeem => Check::AutoRedeem,
        }
    }

    /// B2B collaboration in the direction of a side.
    fn collaboration(side: Side) -> Self {
        match side {
            Side::Tenant => Self::B2bInbound,
            Side::Home => Self::B2bOutbound,
        }
    }
}

/// The cloud of the other tenant, as `allowedCloudEndpoints` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherCloud {
    /// The same as this tenant's: there is nothing to enable.
    Same,
    /// Another one.
    Named(&'static str),
    /// Its addresses are none of Microsoft's own, so that its name is not known.
    Unknown,
}

/// One tenant of a pair, as far as the other one is concerned.
#[derive(Clone, Debug)]
pub struct Half {
    /// Its name in the configuration.
    pub name: String,
    /// Its id.
    pub id: TenantId,
    /// The other's name.
    pub other_name: String,
    /// The other's id.
    pub other: TenantId,
    /// The other's cloud.
    pub other_cloud: OtherCloud,
    /// What it is for the other: it invites the other's people, is their home, or both.
    pub sides: Vec<Side>,
}

/// One change of a half.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which setting it is.
    pub setting: Setting,
    /// For which side.
    pub side: Side,
    /// What is there; null where nothing is.
    pub from: Value,
    /// What shall be there.
    pub to: Value,
    /// The request.
    pub edit: Edit,
}

/// What a half lacks, in the order in which it is to be changed.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The changes.
    pub changes: Vec<Change>,
    /// What is left alone, and why.
    pub notes: Vec<String>,
}

/// Where the setting of clouds is, for tenants that don't tell it.
pub const CLOUD_SETTINGS: &str =
    "Entra admin center > External Identities > Cross-tenant access settings > Microsoft cloud settings";

/// What a half lacks. It only adds: a block, a restriction or an untold setting is changed only where `allowed` names it.
pub fn plan(half: &Half, access: &Access, allowed: &[Setting]) -> Plan {
    let mut plan = Plan::default();
    plan.cloud(half, access, allowed);
    plan.organization(half, access);
    for side in &half.sides {
        plan.collaboration(half, *side, access, allowed);
    }
    plan.consent(half, access);
    plan
}

/// What a half needs that nobody can look at, if it is as new; what is there is null, since nobody knows.
pub fn unseen(half: &Half) -> Vec<Change> {
    let everybody = Rule { access_type: Some("allowed".to_owned()), targets: Vec::new() };
    let rule = |all: &str| Some(Rule { targets: vec![Target { target: all.to_owned() }], ..everybody.clone() });
    let open = Collaboration { users_and_groups: rule("AllUsers"), applications: rule("AllApplications") };
    let default = Settings {
        b2b_collaboration_inbound: Some(open.clone()),
        b2b_collaboration_outbound: Some(open),
        automatic_user_consent_settings: None,
    };
    let access = Access { allowed_clouds: Some(Vec::new()), default, partner: None };
    plan(half, &access, &[]).changes.into_iter().map(|change| Change { from: Value::Null, ..change }).collect()
}

impl Change {
    /// Whether the settings, read again, hold it.
    pub fn is_in(&self, half: &Half, access: &Access) -> bool {
        match self.setting {
            Setting::PartnerCloud => match half.other_cloud {
                // Where the tenant does not tell, that the service took it is all that can be known; the plan's note says so.
                OtherCloud::Named(cloud) => access.allows_cloud(cloud) != Some(false),
                OtherCloud::Same | OtherCloud::Unknown => true,
            },
            Setting::PartnerOrganization => access.partner.is_some(),
            Setting::B2bInbound | Setting::B2bOutbound => access.verdict(self.side.direction()) == Verdict::Allowed,
            Setting::AutoRedeem => access.consents(self.side.direction()),
        }
    }
}

impl Plan {
    fn add(&mut self, setting: Setting, side: Side, values: (Value, Value), edit: Edit) {
        let (from, to) = values;
        self.changes.push(Change { setting, side, from, to, edit });
    }

    fn note(&mut self, half: &Half, setting: Setting, text: &str) {
        self.notes.push(format!("{}: {}: {text}", half.name, setting.code()));
    }

    fn cloud(&mut self, half: &Half, access: &Access, allowed: &[Setting]) {
        let setting = Setting::PartnerCloud;
        let cloud = match half.other_cloud {
            OtherCloud::Same => return,
            OtherCloud::Named(cloud) => cloud,
            OtherCloud::Unknown => {
                let text = format!(
                    "the addresses of {} are those of no known cloud; enable its cloud under {CLOUD_SETTINGS}",
                    half.other_name
                );
                return self.note(half, setting, &text);
            }
        };
        let told = access.allowed_clouds.as_ref();
        if access.allows_cloud(cloud) == Some(true) {
            return;
        }
        if told.is_none() && !allowed.contains(&setting) {
            let text = format!(
                "this tenant does not tell which clouds are enabled, as US Government tenants may not; see that {cloud} is, under {CLOUD_SETTINGS}; --allow partner-cloud tries to enable it, and would replace a list that nobody can see"
            );
            return self.note(half, setting, &text);
        }
        if told.is_none() {
            let text = format!(
                "this tenant does not tell which clouds are enabled, and so not whether the change is there: look under {CLOUD_SETTINGS}"
            );
            self.note(half, setting, &text);
        }
        let mut clouds = told.cloned().unwrap_or_default();
        clouds.push(cloud.to_owned());
        let values = (json!(told), json!(clouds));
        self.add(setting, half.first_side(), values, Edit::clouds(half.id, &clouds));
    }

    fn organization(&mut self, half: &Half, access: &Access) {
        if access.partner.is_none() {
            let values = (Value::Null, json!({ "tenantId": half.other }));
            self.add(Setting::PartnerOrganization, half.first_side(), values, Edit::partner(half.id, half.other));
        }
    }

    fn collaboration(&mut self, half: &Half, side: Side, access: &Access, allowed: &[Setting]) {
        let (setting, direction) = (Setting::collaboration(side), side.direction());
        let verdict = access.verdict(direction);
        if verdict == Verdict::Allowed {
            return;
        }
        if allowed.contains(&setting) {
            let edit = Edit::collaboration(half.id, half.other, direction);
            return self.add(setting, side, (json!(word(verdict)), json!(word(Verdict::Allowed))), edit);
        }
        let by = if access.is_inherited(direction) { "the default setting" } else { "the partner's setting" };
        let way = format!("--allow {} opens it for everybody, and for this partner alone", setting.code());
        let text = match verdict {
            Verdict::Restricted => format!(
                "{by} allows some people or applications only, and is left as it is; see that those who matter are among them; {way}"
            ),
            _ => format!("{by} says {}, and is left as it is; {way}", word(verdict)),
        };
        self.note(half, setting, &text);
    }

    /// The two ways of consent are one property, so that the second change carries the first one on.
    fn consent(&mut self, half: &Half, access: &Access) {
        let own = access.partner.as_ref().and_then(|partner| partner.automatic_user_consent_settings);
        let mut consent = own.unwrap_or_default();
        for side in half.sides.iter().copied().filter(|side| !access.consents(side.direction())) {
            let before = consent;
            match side.direction() {
                Direction::Inbound => consent.inbound_allowed = Some(true),
                Direction::Outbound => consent.outbound_allowed = Some(true),
            }
            let edit = Edit::consent(half.id, half.other, consent);
            self.add(Setting::AutoRedeem, side, (shown(before), shown(consent)), edit);
        }
    }
}

impl Half {
    /// The side that settings without a direction are told of.
    fn first_side(&self) -> Side {
        self.sides.first().copied().unwrap_or(Side::Tenant)
    }
}

fn shown(consent: Consent) -> Value {
    json!({ "inboundAllowed": consent.inbound_allowed, "outboundAllowed": consent.outbound_allowed })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Restricted => "restricted",
        Verdict::Blocked => "blocked",
        Verdict::Untold => "untold",
    }
}

#[cfg(test)]
mod tests;
