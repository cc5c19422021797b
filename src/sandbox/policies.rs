//! The policies that decide about invitations: `authorizationPolicy` and `crossTenantAccessPolicy`.
//!
//! <https://learn.microsoft.com/en-us/graph/api/resources/crosstenantaccesspolicy-overview>

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, Failure};
use super::request::Request;
use super::state::State;
use super::tenant::AllowInvitesFrom;

/// The cross-tenant access settings of a tenant.
#[derive(Clone, Debug)]
pub struct CrossTenantAccess {
    /// `allowedCloudEndpoints`; none where the tenant's cloud does not have the property, as US Government's may not.
    pub allowed_cloud_endpoints: Option<Vec<String>>,
    /// The default settings.
    pub default: Value,
    /// The settings of partners by tenant id; null inherits.
    pub partners: BTreeMap<Uuid, Value>,
}

impl Default for CrossTenantAccess {
    /// The service's own defaults: collaboration is allowed, no other cloud is, and there are no partners.
    fn default() -> Self {
        let setting = |access: &str| {
            json!({
                "usersAndGroups": { "accessType": access, "targets": [{ "target": "AllUsers", "targetType": "user" }] },
                "applications": {
                    "accessType": access,
                    "targets": [{ "target": "AllApplications", "targetType": "application" }],
                },
            })
        };
        Self {
            allowed_cloud_endpoints: Some(Vec::new()),
            default: json!({
                "id": "5a4db000-de5a-4000-8000-000000000001",
                "isServiceDefault": true,
                "inboundTrust": {
                    "isMfaAccepted": false,
                    "isCompliantDeviceAccepted": false,
                    "isHybridAzureADJoinedDeviceAccepted": false,
                },
                "automaticUserConsentSettings": { "inboundAllowed": false, "outboundAllowed": false },
                "b2bCollaborationInbound": setting("allowed"),
                "b2bCollaborationOutbound": setting("allowed"),
                "b2bDirectConnectInbound": setting("blocked"),
                "b2bDirectConnectOutbound": setting("blocked"),
            }),
            partners: BTreeMap::new(),
        }
    }
}

/// The largest policy, in bytes: <https://learn.microsoft.com/en-us/graph/api/resources/crosstenantaccesspolicy-overview>.
/// How the service counts them is not said; here they are those of its JSON.
const LARGEST: usize = 25 << 10;

/// Answers what is below `/policies`; a change that makes the policy too large is none.
pub(super) fn answer(state: &mut State, request: &Request, path: &[&str]) -> Result<Answer, Failure> {
    let before = (request.method != "GET").then(|| state.tenant.access.clone());
    let answer = served(state, request, path)?;
    let Some(before) = before else { return Ok(answer) };
    let CrossTenantAccess { allowed_cloud_endpoints, default, partners } = &state.tenant.access;
    let size = json!([allowed_cloud_endpoints, default, partners.values().collect::<Vec<_>>()]).to_string().len();
    if size > LARGEST {
        state.tenant.access = before;
        return Err(Failure::bad_request("The policy exceeds the maximum size of 25 KB."));
    }
    Ok(answer)
}

fn served(state: &mut State, request: &Request, path: &[&str]) -> Result<Answer, Failure> {
    let access = &state.tenant.access;
    match (request.method.as_str(), path) {
        ("GET", ["authorizationPolicy"]) => Ok(authorization(state)),
        ("GET", ["crossTenantAccessPolicy"]) => {
            let mut policy = json!({ "id": "crossTenantAccessPolicy", "displayName": "CrossTenantAccessPolicy" });
            if let Some(endpoints) = &access.allowed_cloud_endpoints {
                policy["allowedCloudEndpoints"] = json!(endpoints);
            }
            Ok(entity(state, 200, "policies/crossTenantAccessPolicy/$entity", policy))
        }
        ("PATCH", ["crossTenantAccessPolicy"]) => set_endpoints(state, request),
        ("GET", ["crossTenantAccessPolicy", "default"]) => {
            Ok(entity(state, 200, "policies/crossTenantAccessPolicy/default/$entity", access.default.clone()))
        }
        ("GET", ["crossTenantAccessPolicy", "partners"]) => {
            let all: Vec<&Value> = access.partners.values().collect();
            Ok(entity(state, 200, "policies/crossTenantAccessPolicy/partners", json!({ "value": all })))
        }
        ("POST", ["crossTenantAccessPolicy", "partners"]) => add_partner(state, request),
        (method, ["crossTenantAccessPolicy", "partners", id]) => partner(state, request, method, id),
        _ => {
            Err(Failure::new(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."))
        }
    }
}

fn entity(state: &State, status: u16, context: &str, mut body: Value) -> Answer {
    body["@odata.context"] = Value::String(format!("{}/v1.0/$metadata#{context}", state.public_root));
    Answer::odata(status, body.to_string())
}

fn authorization(state: &State) -> Answer {
    let from = match state.tenant.allow_invites_from {
        AllowInvitesFrom::None => "none",
        AllowInvitesFrom::AdminsAndGuestInviters => "adminsAndGuestInviters",
        AllowInvitesFrom::AdminsGuestInvitersAndAllMembers => "adminsGuestInvitersAndAllMembers",
        AllowInvitesFrom::Everyone => "everyone",
    };
    let policy =
        json!({ "id": "authorizationPolicy", "displayName": "Authorization Policy", "allowInvitesFrom": from });
    entity(state, 200, "policies/authorizationPolicy/$entity", policy)
}

fn body(request: &Request) -> Result<Value, Failure> {
    let parsed = serde_json::from_slice::<Value>(&request.body).ok().filter(Value::is_object);
    parsed.ok_or_else(|| Failure::bad_request("Unable to read JSON request payload."))
}

fn set_endpoints(state: &mut State, request: &Request) -> Result<Answer, Failure> {
    let wanted = body(request)?;
    let own = state.tenant.access.allowed_cloud_endpoints.as_mut();
    let (Some(own), Some(endpoints)) = (own, wanted["allowedCloudEndpoints"].as_array()) else {
        return Err(Failure::bad_request("The property 'allowedCloudEndpoints' cannot be set."));
    };
    *own = endpoints.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Answer::empty(204))
}

fn add_partner(state: &mut State, request: &Request) -> Result<Answer, Failure> {
    let wanted = body(request)?;
    let id = wanted["tenantId"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    let id = id.ok_or_else(|| Failure::bad_request("The property 'tenantId' is required."))?;
    if state.tenant.access.partners.contains_key(&id) {
        return Err(Failure::new(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            "Another object with the same value exists.",
        ));
    }
    let mut partner = json!({
        "tenantId": id,
        "isServiceProvider": null,
        "inboundTrust": null,
        "b2bCollaborationInbound": null,
        "b2bCollaborationOutbound": null,
        "b2bDirectConnectInbound": null,
        "b2bDirectConnectOutbound": null,
        "automaticUserConsentSettings": { "inboundAllowed": null, "outboundAllowed": null },
    });
    overlay(&mut partner, &wanted);
    state.tenant.access.partners.insert(id, partner.clone());
    Ok(entity(state, 201, "policies/crossTenantAccessPolicy/partners/$entity", partner))
}

fn partner(state: &mut State, request: &Request, method: &str, id: &str) -> Result<Answer, Failure> {
    let context = "policies/crossTenantAccessPolicy/partners/$entity";
    let key = Uuid::parse_str(id).map_err(|_| Failure::not_found(id))?;
    let found = state.tenant.access.partners.get_mut(&key).ok_or_else(|| Failure::not_found(id))?;
    match method {
        "GET" => {
            let partner = found.clone();
            Ok(entity(state, 200, context, partner))
        }
        "PATCH" => {
            overlay(found, &body(request)?);
            Ok(Answer::empty(204))
        }
        _ => {
            Err(Failure::new(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."))
        }
    }
}

/// A PATCH replaces whole properties; inside of consent settings it replaces what it names.
fn overlay(own: &mut Value, wanted: &Value) {
    for (name, value) in wanted.as_object().into_iter().flatten() {
        if name == "automaticUserConsentSettings" && value.is_object() && own[name].is_object() {
            for (inner, value) in value.as_object().into_iter().flatten() {
                own[name][inner] = value.clone();
            }
        } else {
            own[name] = value.clone();
        }
    }
}
