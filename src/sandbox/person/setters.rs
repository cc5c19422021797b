//! Fluent setters, so that a test says in one line what is special about a person.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::Person;

impl Person {
    /// Sets the object id.
    #[must_use]
    pub fn id(mut self, id: Uuid) -> Self {
        self.id = id;
        self
    }

    /// Sets the display name.
    #[must_use]
    pub fn display_name(mut self, name: &str) -> Self {
        self.display_name = Some(name.to_owned());
        self
    }

    /// Sets the UPN.
    #[must_use]
    pub fn user_principal_name(mut self, upn: &str) -> Self {
        upn.clone_into(&mut self.user_principal_name);
        self
    }

    /// Sets `userType`.
    #[must_use]
    pub fn user_type(mut self, user_type: &str) -> Self {
        self.user_type = Some(user_type.to_owned());
        self
    }

    /// Takes the mail address away, with its proxy address.
    #[must_use]
    pub fn without_mail(mut self) -> Self {
        self.mail = None;
        self.proxy_addresses.clear();
        self
    }

    /// Blocks the account from signing in.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.account_enabled = Some(false);
        self
    }

    /// Sets when the object was created.
    #[must_use]
    pub fn created(mut self, at: DateTime<Utc>) -> Self {
        self.created_date_time = at;
        self
    }

    /// Sets `externalUserState` and when it changed.
    #[must_use]
    pub fn state(mut self, state: &str, changed: DateTime<Utc>) -> Self {
        self.external_user_state = Some(state.to_owned());
        self.external_user_state_change_date_time = Some(changed);
        self
    }

    /// Sets `onPremisesUserPrincipalName`.
    #[must_use]
    pub fn on_premises_upn(mut self, upn: &str) -> Self {
        self.on_premises_user_principal_name = Some(upn.to_owned());
        self
    }

    /// Sets one extension attribute, 1 to 15.
    #[must_use]
    pub fn extension_attribute(mut self, number: u8, value: &str) -> Self {
        self.on_premises_extension_attributes.insert(number, value.to_owned());
        self
    }

    /// Adds a proxy address, with its `SMTP:` or `smtp:`.
    #[must_use]
    pub fn proxy(mut self, address: &str) -> Self {
        self.proxy_addresses.push(address.to_owned());
        self
    }

    /// Adds another mail address.
    #[must_use]
    pub fn other_mail(mut self, address: &str) -> Self {
        self.other_mails.push(address.to_owned());
        self
    }

    /// Adds an enabled service plan.
    #[must_use]
    pub fn plan(mut self, service: &str, plan: Uuid) -> Self {
        self.assigned_plans.push(json!({
            "assignedDateTime": super::super::schema::stamp(self.created_date_time),
            "capabilityStatus": "Enabled",
            "service": service,
            "servicePlanId": plan,
        }));
        self
    }

    /// Adds a synchronization conflict about `property` and `value`.
    #[must_use]
    pub fn provisioning_error(mut self, property: &str, value: &str) -> Self {
        self.on_premises_provisioning_errors.push(json!({
            "category": "PropertyConflict",
            "occurredDateTime": super::super::schema::stamp(self.created_date_time),
            "propertyCausingError": property,
            "value": value,
        }));
        self
    }

    /// Sets `department`.
    #[must_use]
    pub fn department(mut self, value: &str) -> Self {
        self.department = Some(value.to_owned());
        self
    }

    /// Sets `companyName`.
    #[must_use]
    pub fn company_name(mut self, value: &str) -> Self {
        self.company_name = Some(value.to_owned());
        self
    }

    /// Sets `country`.
    #[must_use]
    pub fn country(mut self, value: &str) -> Self {
        self.country = Some(value.to_owned());
        self
    }

    /// Sets `jobTitle`.
    #[must_use]
    pub fn job_title(mut self, value: &str) -> Self {
        self.job_title = Some(value.to_owned());
        self
    }

    /// Sets `employeeType`.
    #[must_use]
    pub fn employee_type(mut self, value: &str) -> Self {
        self.employee_type = Some(value.to_owned());
        self
    }

    /// Keeps the object out of lists until an instant.
    #[must_use]
    pub fn visible_from(mut self, at: DateTime<Utc>) -> Self {
        self.visible_from = Some(at);
        self
    }

    /// Lets every invitation of the object be refused.
    #[must_use]
    pub fn not_convertible(mut self) -> Self {
        self.convertible = false;
        self
    }

    /// Lets the service answer 201 and do nothing.
    #[must_use]
    pub fn lost(mut self) -> Self {
        self.conversion_lost = true;
        self
    }
}
