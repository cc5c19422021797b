//! The property tables of users, contacts and role assignments.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::person::Person;
use super::schema::{Filterable, Property, Schema, Value};
use super::tenant::{Contact, RoleAssignment};

/// A property that filters read by scanning.
macro_rules! column {
    ($name:literal, $filterable:ident, $get:expr) => {
        Property { name: $name, filterable: Filterable::$filterable, indexed: false, get: $get }
    };
}

/// A property with an index over equal texts.
macro_rules! indexed {
    ($name:literal, $filterable:ident, $get:expr) => {
        Property { name: $name, filterable: Filterable::$filterable, indexed: true, get: $get }
    };
}

/// Users. Without `$select` Graph returns the eleven basic properties; those that xcsync never reads are null here.
/// <https://learn.microsoft.com/en-us/graph/api/user-list>
pub(super) static USERS: Schema<Person> = Schema {
    type_name: "microsoft.graph.user",
    resource: "User",
    set: "users",
    properties: &[
        indexed!("id", Text, |p, _| Value::Built(p.id.to_string())),
        column!("displayName", Text, |p, _| Value::text(p.display_name.as_ref())),
        indexed!("mail", Text, |p, _| Value::text(p.mail.as_ref())),
        indexed!("userPrincipalName", Text, |p, _| Value::Text(&p.user_principal_name)),
        column!("userType", Text, |p, _| Value::text(p.user_type.as_ref())),
        column!("accountEnabled", Bool, |p, _| Value::bool(p.account_enabled)),
        column!("createdDateTime", Time, |p, _| Value::Time(p.created_date_time)),
        column!("externalUserState", Advanced, |p, now| Value::text(p.state_at(now).0)),
        column!("externalUserStateChangeDateTime", No, |p, now| Value::time(p.state_at(now).1)),
        column!("creationType", Text, |p, _| Value::text(p.creation_type.as_ref())),
        column!("onPremisesSyncEnabled", Bool, |p, _| Value::bool(p.on_premises_sync_enabled)),
        column!("onPremisesUserPrincipalName", No, |p, _| Value::text(p.on_premises_user_principal_name.as_ref())),
        column!("onPremisesDomainName", No, |p, _| Value::text(p.on_premises_domain_name.as_ref())),
        column!("onPremisesExtensionAttributes", No, |p, _| extensions(&p.on_premises_extension_attributes)),
        column!("onPremisesProvisioningErrors", No, |p, _| list(&p.on_premises_provisioning_errors)),
        column!("onPremisesLastSyncDateTime", Time, |p, _| Value::time(p.on_premises_last_sync_date_time)),
        column!("onPremisesImmutableId", Text, |p, _| Value::text(p.on_premises_immutable_id.as_ref())),
        indexed!("proxyAddresses", Texts, |p, _| Value::Texts(&p.proxy_addresses)),
        indexed!("otherMails", Texts, |p, _| Value::Texts(&p.other_mails)),
        column!("assignedPlans", No, |p, _| list(&p.assigned_plans)),
        column!("companyName", Text, |p, _| Value::text(p.company_name.as_ref())),
        column!("country", Text, |p, _| Value::text(p.country.as_ref())),
        column!("department", Text, |p, _| Value::text(p.department.as_ref())),
        column!("employeeType", Text, |p, _| Value::text(p.employee_type.as_ref())),
        column!("jobTitle", Text, |p, _| Value::text(p.job_title.as_ref())),
        column!("identities", No, |p, now| identities(p, p.state_at(now).0)),
        column!("businessPhones", No, |_, _| Value::Texts(&[])),
        column!("givenName", Text, |_, _| Value::Null),
        column!("mobilePhone", No, |_, _| Value::Null),
        column!("officeLocation", No, |_, _| Value::Null),
        column!("preferredLanguage", Text, |_, _| Value::Null),
        column!("surname", Text, |_, _| Value::Null),
    ],
    unselected: &[
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
        "id",
    ],
};

/// Organizational contacts. <https://learn.microsoft.com/en-us/graph/api/orgcontact-list>
pub(super) static CONTACTS: Schema<Contact> = Schema {
    type_name: "microsoft.graph.orgContact",
    resource: "Contact",
    set: "contacts",
    properties: &[
        column!("id", Text, |c, _| Value::Built(c.id.to_string())),
        column!("displayName", Text, |c, _| Value::text(c.display_name.as_ref())),
        column!("mail", Text, |c, _| Value::text(c.mail.as_ref())),
        column!("proxyAddresses", Texts, |c, _| Value::Texts(&c.proxy_addresses)),
    ],
    unselected: &["id", "displayName", "mail", "proxyAddresses"],
};

/// Directory role assignments. <https://learn.microsoft.com/en-us/graph/api/rbacapplication-list-roleassignments>
pub(super) static ROLE_ASSIGNMENTS: Schema<RoleAssignment> = Schema {
    type_name: "microsoft.graph.unifiedRoleAssignment",
    resource: "RoleAssignment",
    set: "roleManagement/directory/roleAssignments",
    properties: &[
        column!("id", Text, |r, _| Value::Text(&r.id)),
        column!("principalId", Text, |r, _| Value::Built(r.principal_id.to_string())),
        column!("roleDefinitionId", Text, |r, _| Value::Built(r.role_definition_id.to_string())),
        column!("directoryScopeId", No, |_, _| Value::Text("/")),
    ],
    unselected: &["id", "principalId", "roleDefinitionId", "directoryScopeId"],
};

const NO_EXTENSIONS: &str = concat!(
    r#"{"extensionAttribute1":null,"extensionAttribute2":null,"extensionAttribute3":null,"extensionAttribute4":null,"#,
    r#""extensionAttribute5":null,"extensionAttribute6":null,"extensionAttribute7":null,"extensionAttribute8":null,"#,
    r#""extensionAttribute9":null,"extensionAttribute10":null,"extensionAttribute11":null,"extensionAttribute12":null,"#,
    r#""extensionAttribute13":null,"extensionAttribute14":null,"extensionAttribute15":null}"#
);

/// All fifteen, null where unset, as Graph returns them.
fn extensions(set: &BTreeMap<u8, String>) -> Value<'static> {
    if set.is_empty() {
        return Value::Raw(NO_EXTENSIONS);
    }
    let value = |number| set.get(&number).map_or(Json::Null, |text| Json::String(text.clone()));
    let all: Map<String, Json> = (1..=15).map(|n| (format!("extensionAttribute{n}"), value(n))).collect();
    Value::Json(Json::Object(all))
}

fn list(items: &[Json]) -> Value<'static> {
    if items.is_empty() { Value::Raw("[]") } else { Value::Json(Json::Array(items.to_vec())) }
}

/// The UPN, and after redemption the other tenant's account beside it.
fn identities(person: &Person, state: Option<&String>) -> Value<'static> {
    let identity = |kind: &str, issuer: &str, id: Option<&str>| serde_json::json!({ "signInType": kind, "issuer": issuer, "issuerAssignedId": id });
    let mut all = vec![identity("userPrincipalName", "fabrikam.us", Some(&person.user_principal_name))];
    if state.is_some_and(|state| state == "Accepted") {
        all.push(identity("federated", "ExternalAzureAD", None));
    }
    Value::Json(Json::Array(all))
}
