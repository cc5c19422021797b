//! Service principals and the application permissions they were granted.
//!
//! <https://learn.microsoft.com/en-us/graph/api/serviceprincipal-list-approleassignments>

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use uuid::{Uuid, uuid};

use super::answer::{Answer, Failure};
use super::objects;
use super::request::Request;
use super::schema::{Filterable, Property, Schema, Value, stamp};
use super::state::State;

/// Graph's own application.
const GRAPH: Uuid = uuid!("00000003-0000-0000-c000-000000000000");
/// The object id of Graph's service principal here; it differs from tenant to tenant.
const GRAPH_PRINCIPAL: Uuid = uuid!("5a4db000-62a9-4000-8000-000000000001");

/// Graph's application permissions, as <https://learn.microsoft.com/en-us/graph/permissions-reference> lists them.
const APP_ROLES: [(&str, Uuid); 15] = [
    ("User.Invite.All", uuid!("09850681-111b-4a89-9bed-3f2cae46d706")),
    ("User.Read.All", uuid!("df021288-bdef-4463-88db-98f22de89214")),
    ("User.ReadWrite.All", uuid!("741f803b-c850-494e-b5df-cde7c675a1ca")),
    ("Directory.Read.All", uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61")),
    ("Directory.ReadWrite.All", uuid!("19dbc75e-c2e2-444c-a770-ec69d8559fc7")),
    ("Policy.Read.All", uuid!("246dd0d5-5bd0-4def-940b-0421030a5b68")),
    ("Policy.ReadWrite.CrossTenantAccess", uuid!("338163d7-f101-4c92-94ba-ca46fe52447c")),
    ("Policy.ReadWrite.Authorization", uuid!("fb221be6-99f2-473f-bd32-01c6a0e9ca3b")),
    ("Mail.Send", uuid!("b633e1c5-b582-4048-a93e-9f11b44c7e96")),
    ("AppRoleAssignment.ReadWrite.All", uuid!("06b708a9-e830-4db3-a914-8e69da51d44f")),
    ("Application.Read.All", uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")),
    ("Organization.Read.All", uuid!("498476ce-e0fe-48b0-b801-37ba7e2685c6")),
    ("RoleManagement.Read.Directory", uuid!("483bed4a-2ad3-4361-a73b-c83ccdbdc53c")),
    ("AuditLog.Read.All", uuid!("b0afded3-3588-46d8-8b3d-9842eff778da")),
    ("CrossTenantInformation.ReadBasic.All", uuid!("cac88765-0581-4025-9725-5ebc13f729ee")),
];

/// A service principal.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The object id.
    pub id: Uuid,
    /// The application's id.
    pub app_id: Uuid,
    /// Its display name.
    pub display_name: String,
    /// Whether it may sign in.
    pub account_enabled: bool,
}

/// A permission of Graph that a service principal was granted; tokens may not hold it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who was granted it, by object id.
    pub principal: Uuid,
    /// Which app role of Graph.
    pub app_role: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}

impl Grant {
    /// The permission of this name; none where the emulator does not know its id.
    pub fn named(principal: Uuid, role: &str, at: DateTime<Utc>) -> Option<Self> {
        let (_, app_role) = *APP_ROLES.iter().find(|(name, _)| *name == role)?;
        Some(Self { principal, app_role, at })
    }

    fn json(&self, state: &State) -> Json {
        let holder = all(state).into_iter().find(|one| one.id == self.principal);
        json!({
            "id": format!("{}{}", self.principal.simple(), self.app_role.simple()),
            "deletedDateTime": null,
            "appRoleId": self.app_role,
            "createdDateTime": stamp(self.at),
            "principalDisplayName": holder.map(|one| one.display_name),
            "principalId": self.principal,
            "principalType": "ServicePrincipal",
            "resourceDisplayName": "Microsoft Graph",
            "resourceId": GRAPH_PRINCIPAL,
        })
    }
}

/// Service principals.
static PRINCIPALS: Schema<Principal> = Schema {
    type_name: "microsoft.graph.servicePrincipal",
    resource: "ServicePrincipal",
    set: "servicePrincipals",
    properties: &[
        column("id", Filterable::Text, |p, _| Value::Built(p.id.to_string())),
        column("appId", Filterable::Text, |p, _| Value::Built(p.app_id.to_string())),
        column("displayName", Filterable::Text, |p, _| Value::Text(&p.display_name)),
        column("accountEnabled", Filterable::Bool, |p, _| Value::Bool(p.account_enabled)),
        column("appRoles", Filterable::No, |p, _| app_roles(p)),
    ],
    unselected: &["id", "appId", "displayName", "accountEnabled", "appRoles"],
};

const fn column(
    name: &'static str,
    filterable: Filterable,
    get: for<'a> fn(&'a Principal, DateTime<Utc>) -> Value<'a>,
) -> Property<Principal> {
    Property { name, filterable, indexed: false, get }
}

fn app_roles(principal: &Principal) -> Value<'static> {
    let role = |(name, id): &(&str, Uuid)| {
        json!({
            "allowedMemberTypes": ["Application"],
            "description": name,
            "displayName": name,
            "id": id,
            "isEnabled": true,
            "origin": "Application",
            "value": name,
        })
    };
    let known = APP_ROLES.iter().filter(|_| principal.app_id == GRAPH);
    Value::Json(known.map(role).collect())
}

/// Graph's, the application's own, and those that the tenant has beside them.
fn all(state: &State) -> Vec<Principal> {
    let application = &state.tenant.application;
    let principal =
        |id, app_id, name: &str| Principal { id, app_id, display_name: name.to_owned(), account_enabled: true };
    let own = principal(application.object_id, application.client_id, &application.display_name);
    let mut all = vec![principal(GRAPH_PRINCIPAL, GRAPH, "Microsoft Graph"), own];
    all.extend(state.tenant.principals.iter().cloned());
    all
}

/// `GET /servicePrincipals`.
pub(super) fn list(state: &State, request: &Request) -> Result<Answer, Failure> {
    objects::set(state, request, &PRINCIPALS, &all(state))
}

/// `GET /servicePrincipals/{id}/appRoleAssignments`.
pub(super) fn grants(state: &State, request: &Request, id: &str) -> Result<Answer, Failure> {
    request.allow_options(&["$top"])?;
    let id = known(state, id)?;
    let found: Vec<Json> =
        state.tenant.grants.iter().filter(|one| one.principal == id).map(|one| one.json(state)).collect();
    Ok(objects::collection(state, "appRoleAssignments", None, &json!(found)))
}

/// `POST /servicePrincipals/{id}/appRoleAssignments` and, on Graph's, `…/appRoleAssignedTo`.
pub(super) fn grant(state: &mut State, request: &Request, id: &str) -> Result<Answer, Failure> {
    known(state, id)?;
    let body: Json = serde_json::from_slice(&request.body)
        .map_err(|_| Failure::bad_request("Unable to read JSON request payload."))?;
    let field = |name: &str| body[name].as_str().and_then(|id| Uuid::parse_str(id).ok());
    let role = field("appRoleId").filter(|id| APP_ROLES.iter().any(|(_, known)| known == id));
    let (Some(principal), Some(app_role), Some(GRAPH_PRINCIPAL)) = (field("principalId"), role, field("resourceId"))
    else {
        return Err(Failure::new(400, "Request_BadRequest", "Not a valid reference update."));
    };
    let grant = Grant { principal, app_role, at: state.now() };
    if state.tenant.grants.iter().any(|one| one.principal == principal && one.app_role == app_role) {
        let message = "Permission being assigned already exists on the object";
        return Err(Failure::new(400, "Request_BadRequest", message));
    }
    let mut answer = grant.json(state);
    answer["@odata.context"] = json!(format!("{}/v1.0/$metadata#appRoleAssignments/$entity", state.public_root));
    state.tenant.grants.push(grant);
    Ok(Answer::odata(201, answer.to_string()))
}

fn known(state: &State, id: &str) -> Result<Uuid, Failure> {
    let found = all(state).into_iter().find(|one| Uuid::parse_str(id) == Ok(one.id));
    found.map(|one| one.id).ok_or_else(|| Failure::not_found(id))
}
