//! The JSON of Graph, as far as it is read or written here; unknown properties are ignored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::directory::{Attribute, ExternalUserState, ObjectId, Personal, User};

/// One page of a collection. A page without `value` does not parse, so that it is never "nobody".
#[derive(Deserialize)]
pub struct Page<T> {
    /// The items; may be empty although more pages follow.
    pub value: Vec<T>,
    /// Where the next page is, used whole.
    #[serde(rename = "@odata.nextLink")]
    pub next_link: Option<String>,
}

/// An answer's error body.
#[derive(Deserialize)]
pub struct ErrorBody {
    /// `error`.
    pub error: ErrorDetail,
}

/// The inside of an error body.
#[derive(Deserialize)]
pub struct ErrorDetail {
    /// `code`, may be empty.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub code: String,
    /// `message`, not for branching where `code` is enough.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub message: String,
}

/// A refusal stays one, however little it says.
fn null_as_empty<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// A user as Graph writes one.
///
/// Graph writes null for what a user has not. What was asked for and is missing is not known, and "never invited" must not
/// be read out of it: `deserialize_with` takes the default away that an `Option` has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRow {
    id: String,
    #[serde(deserialize_with = "Option::deserialize")]
    display_name: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    mail: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    user_principal_name: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    user_type: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    account_enabled: Option<bool>,
    #[serde(deserialize_with = "Option::deserialize")]
    created_date_time: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "Option::deserialize")]
    external_user_state: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    on_premises_sync_enabled: Option<bool>,
    #[serde(deserialize_with = "Option::deserialize")]
    on_premises_user_principal_name: Option<String>,
    on_premises_domain_name: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    on_premises_provisioning_errors: Option<Vec<serde::de::IgnoredAny>>,
    #[serde(deserialize_with = "Option::deserialize")]
    proxy_addresses: Option<Vec<String>>,
    on_premises_extension_attributes: Option<ExtensionAttributes>,
    company_name: Option<String>,
    country: Option<String>,
    department: Option<String>,
    employee_type: Option<String>,
    job_title: Option<String>,
}

/// `onPremisesExtensionAttributes`.
type ExtensionAttributes = std::collections::BTreeMap<String, Option<String>>;

/// No mailbox has so many addresses (Exchange Online allows some hundreds); more were written by somebody who means harm.
const MOST_PROXIES: usize = 1000;

/// What is always decided on; [`select`] adds the configured attributes.
const DECIDED_ON: &str = "id,displayName,mail,userPrincipalName,userType,accountEnabled,createdDateTime,externalUserState,\
onPremisesSyncEnabled,onPremisesUserPrincipalName,onPremisesProvisioningErrors,proxyAddresses";

/// The `$select` of a user: what is decided on, and the attributes that the configuration reads.
pub fn select(attributes: &[Attribute]) -> String {
    let mut select = DECIDED_ON.to_owned();
    if attributes.iter().any(|a| matches!(a, Attribute::Extension(_))) {
        select.push_str(",onPremisesExtensionAttributes");
    }
    // userType is always read already.
    for attribute in attributes.iter().filter(|a| !matches!(a, Attribute::Extension(_) | Attribute::UserType)) {
        select.push(',');
        select.push_str(&attribute.name());
    }
    select
}

impl UserRow {
    /// The user; `None` where the id is no object id.
    pub fn read(mut self, attributes: &[Attribute]) -> Option<User> {
        let values = attributes.iter().filter_map(|a| Some((*a, Personal::new(&self.attribute(*a)?))));
        let values = values.collect();
        let personal = |text: Option<String>| text.map(|t| Personal::new(&t));
        Some(User {
            id: ObjectId::parse(&self.id)?,
            display_name: personal(self.display_name).unwrap_or_default(),
            mail: personal(self.mail),
            upn: personal(self.user_principal_name).unwrap_or_default(),
            user_type: personal(self.user_type),
            enabled: self.account_enabled.unwrap_or(true),
            created: self.created_date_time,
            state: ExternalUserState::read(self.external_user_state.as_deref()),
            synced: self.on_premises_sync_enabled == Some(true),
            on_premises_upn: personal(self.on_premises_user_principal_name),
            proxy_addresses: self
                .proxy_addresses
                .unwrap_or_default()
                .iter()
                .take(MOST_PROXIES)
                .map(|proxy| Personal::new(proxy))
                .collect(),
            sync_conflict: self.on_premises_provisioning_errors.is_some_and(|errors| !errors.is_empty()),
            attributes: values,
        })
    }

    fn attribute(&mut self, wanted: Attribute) -> Option<String> {
        match wanted {
            Attribute::CompanyName => self.company_name.clone(),
            Attribute::Country => self.country.clone(),
            Attribute::Department => self.department.clone(),
            Attribute::EmployeeType => self.employee_type.clone(),
            Attribute::JobTitle => self.job_title.clone(),
            Attribute::OnPremisesDomainName => self.on_premises_domain_name.clone(),
            Attribute::UserType => self.user_type.clone(),
            Attribute::Extension(_) => self.on_premises_extension_attributes.as_mut()?.remove(&wanted.name())?,
        }
    }
}

/// `GET /organization`.
#[derive(Deserialize)]
pub struct Organization {
    /// The tenant's id.
    pub id: String,
    /// The domains that are verified here.
    #[serde(rename = "verifiedDomains")]
    pub verified_domains: Option<Vec<VerifiedDomain>>,
}

/// A verified domain.
#[derive(Deserialize)]
pub struct VerifiedDomain {
    /// Its name.
    pub name: Option<String>,
}

/// What the closer look reads of who else has an address.
#[derive(Deserialize)]
pub struct Id {
    /// The object's id.
    pub id: String,
}

/// An account of the home tenant; what was asked for and is missing is not known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeRow {
    /// Its id over there.
    pub id: String,
    /// `mail`.
    #[serde(deserialize_with = "Option::deserialize")]
    pub mail: Option<String>,
    /// `userPrincipalName`, which every user has.
    pub user_principal_name: String,
    /// `accountEnabled`.
    #[serde(deserialize_with = "Option::deserialize")]
    pub account_enabled: Option<bool>,
}

/// The plans of a user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plans {
    /// Whose plans they are.
    pub id: String,
    /// `assignedPlans`.
    pub assigned_plans: Vec<AssignedPlan>,
}

/// One assigned plan.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignedPlan {
    /// `Enabled`, `Warning`, `Suspended`, `Deleted`, `LockedOut`.
    pub capability_status: Option<String>,
    /// For example `exchange`.
    pub service: Option<String>,
    /// Which plan.
    pub service_plan_id: Option<String>,
}

/// The state of a user, to see whether an invitation has arrived.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateRow {
    /// Whose state it is.
    pub id: String,
    #[serde(deserialize_with = "Option::deserialize")]
    external_user_state: Option<String>,
}

impl StateRow {
    /// The state.
    pub fn state(&self) -> ExternalUserState {
        ExternalUserState::read(self.external_user_state.as_deref())
    }
}

/// The body of `POST /invitations`.
///
/// <https://learn.microsoft.com/en-us/graph/api/invitation-post>
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation<'a> {
    /// Where the mail goes and what the person signs in with.
    pub invited_user_email_address: &'a str,
    /// The account to convert.
    pub invited_user: InvitedUser,
    /// The account's own `userType`; left out where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited_user_type: Option<&'a str>,
    /// Where the person lands.
    pub invite_redirect_url: &'a str,
    /// Whether Microsoft sends the mail.
    pub send_invitation_message: bool,
    /// The mail's language.
    pub invited_user_message_info: MessageInfo<'a>,
}

/// The account to convert.
#[derive(Serialize)]
pub struct InvitedUser {
    /// Its object id.
    pub id: ObjectId,
}

/// The mail's language.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageInfo<'a> {
    /// Such as `en-US`.
    pub message_language: &'a str,
}

/// The answer to an invitation, as far as it is believed: which object it is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invited {
    /// The invited object.
    pub invited_user: Id,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_missing_is_not_the_state_of_nobody_invited() {
        let read = |body: &str| serde_json::from_str::<StateRow>(body).map(|row| row.state()).ok();
        assert_eq!(read(r#"{"id": "x", "externalUserState": null}"#), Some(ExternalUserState::NotInvited));
        assert_eq!(read(r#"{"id": "x"}"#), None);
    }
}
