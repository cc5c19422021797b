//! One user object of the tenant.

mod setters;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

/// The instant at which a tenant starts that was not given one: 2026-03-02T08:00:00Z, a Monday.
pub fn monday() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_514) + TimeDelta::hours(8)
}

/// A user, with the properties of <https://learn.microsoft.com/en-us/graph/api/resources/user> that xcsync may ask for.
///
/// The fields are those of Graph in Rust's spelling; each has a setter of the same name where tests need one.
#[derive(Clone, Debug)]
pub struct Person {
    /// The object id.
    pub id: Uuid,
    /// `displayName`.
    pub display_name: Option<String>,
    /// `mail`.
    pub mail: Option<String>,
    /// `userPrincipalName`.
    pub user_principal_name: String,
    /// `userType`: `Member` or `Guest`.
    pub user_type: Option<String>,
    /// `accountEnabled`.
    pub account_enabled: Option<bool>,
    /// `createdDateTime`.
    pub created_date_time: DateTime<Utc>,
    /// `externalUserState`: null, `PendingAcceptance` or `Accepted`.
    pub external_user_state: Option<String>,
    /// `externalUserStateChangeDateTime`.
    pub external_user_state_change_date_time: Option<DateTime<Utc>>,
    /// `creationType`: how the object was created, which a conversion does not change.
    pub creation_type: Option<String>,
    /// `onPremisesSyncEnabled`.
    pub on_premises_sync_enabled: Option<bool>,
    /// `onPremisesUserPrincipalName`.
    pub on_premises_user_principal_name: Option<String>,
    /// `onPremisesDomainName`.
    pub on_premises_domain_name: Option<String>,
    /// `onPremisesExtensionAttributes`, by number 1 to 15.
    pub on_premises_extension_attributes: BTreeMap<u8, String>,
    /// `onPremisesProvisioningErrors`, each a whole JSON object.
    pub on_premises_provisioning_errors: Vec<Value>,
    /// `onPremisesLastSyncDateTime`.
    pub on_premises_last_sync_date_time: Option<DateTime<Utc>>,
    /// `onPremisesImmutableId`.
    pub on_premises_immutable_id: Option<String>,
    /// `proxyAddresses`, with their `SMTP:` or `smtp:`.
    pub proxy_addresses: Vec<String>,
    /// `otherMails`.
    pub other_mails: Vec<String>,
    /// `assignedPlans`, each a whole JSON object.
    pub assigned_plans: Vec<Value>,
    /// `companyName`.
    pub company_name: Option<String>,
    /// `country`.
    pub country: Option<String>,
    /// `department`.
    pub department: Option<String>,
    /// `employeeType`.
    pub employee_type: Option<String>,
    /// `jobTitle`.
    pub job_title: Option<String>,
    /// When the object shows in lists; by its id it can be read at once.
    pub visible_from: Option<DateTime<Utc>>,
    /// Until when reads show an earlier state, and which: replicas lag behind a write.
    pub earlier_state: Option<EarlierState>,
    /// Whether an invitation can convert the object; objects that the additional Entra Connect server prepared
    /// wrongly cannot be told apart from the others by reading them.
    pub convertible: bool,
    /// The service answers 201 and nothing happens
    /// (<https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/3399>).
    pub conversion_lost: bool,
}

/// What reads show of a state until an instant.
#[derive(Clone, Debug)]
pub struct EarlierState {
    /// Until when.
    pub until: DateTime<Utc>,
    /// The state before.
    pub state: Option<String>,
    /// Its change time.
    pub changed: Option<DateTime<Utc>>,
}

impl Person {
    /// An account that a directory synchronization owns, never invited, created an hour before [`monday`].
    ///
    /// `n` makes the object id and the UPN; the UPN's domain is `fabrikam.us`.
    pub fn synced(n: u32, mail: &str) -> Self {
        let mut person = Self::cloud(n, mail);
        person.on_premises_sync_enabled = Some(true);
        person.on_premises_last_sync_date_time = Some(person.created_date_time);
        person.on_premises_immutable_id = Some(format!("immutable{n:08}"));
        person.on_premises_domain_name = Some("corp.contoso.com".to_owned());
        person
    }

    /// An account that no directory synchronization owns.
    pub fn cloud(n: u32, mail: &str) -> Self {
        Self {
            id: Uuid::from_u128(0x5a4d_b000_0000_4000_8000_0000_0000_0000 + u128::from(n)),
            display_name: Some(format!("Person {n}")),
            mail: Some(mail.to_owned()),
            user_principal_name: format!("person{n}@fabrikam.us"),
            user_type: Some("Member".to_owned()),
            account_enabled: Some(true),
            created_date_time: monday() - TimeDelta::hours(1),
            external_user_state: None,
            external_user_state_change_date_time: None,
            creation_type: None,
            on_premises_sync_enabled: None,
            on_premises_user_principal_name: None,
            on_premises_domain_name: None,
            on_premises_extension_attributes: BTreeMap::new(),
            on_premises_provisioning_errors: Vec::new(),
            on_premises_last_sync_date_time: None,
            on_premises_immutable_id: None,
            proxy_addresses: vec![format!("SMTP:{mail}")],
            other_mails: Vec::new(),
            assigned_plans: Vec::new(),
            company_name: None,
            country: None,
            department: None,
            employee_type: None,
            job_title: None,
            visible_from: None,
            earlier_state: None,
            convertible: true,
            conversion_lost: false,
        }
    }

    /// The state and its change time as reads show them at an instant.
    pub fn state_at(&self, now: DateTime<Utc>) -> (Option<&String>, Option<DateTime<Utc>>) {
        match &self.earlier_state {
            Some(earlier) if now < earlier.until => (earlier.state.as_ref(), earlier.changed),
            _ => (self.external_user_state.as_ref(), self.external_user_state_change_date_time),
        }
    }

    /// Whether lists show the object at an instant.
    pub fn is_listed(&self, now: DateTime<Utc>) -> bool {
        self.visible_from.is_none_or(|from| from <= now)
    }
}
