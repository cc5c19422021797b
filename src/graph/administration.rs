//! Writes of settings: cross-tenant access, and application permissions. Each is one request.
//!
//! <https://learn.microsoft.com/en-us/graph/api/resources/crosstenantaccesspolicy-overview>,
//! <https://learn.microsoft.com/en-us/graph/api/serviceprincipal-post-approleassignments>

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Call, Client};
use super::error::GraphError;
use super::halt::Halt;
use super::reply::{Lost, SendError};
use super::retry::Trouble;
use crate::access::{Consent, Direction};
use crate::directory::{ObjectId, TenantId};

/// The writing half of Graph for settings. A plan has none.
pub struct Administration<'a>(&'a Client);

/// One request that changes one setting of one tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    tenant: TenantId,
    what: &'static str,
    method: Method,
    path: String,
    body: Value,
}

/// What came of an edit.
#[derive(Debug)]
pub enum Made {
    /// The service said so.
    Done,
    /// Certainly not done.
    Refused(GraphError),
    /// Nobody knows; reading tells.
    Unsure(GraphError),
    /// Not done, because the call is to stop.
    Halted,
}

const POLICY: &str = "/policies/crossTenantAccessPolicy";

impl Edit {
    /// `allowedCloudEndpoints` becomes this list, which is written whole.
    pub fn clouds(tenant: TenantId, clouds: &[String]) -> Self {
        let body = json!({ "allowedCloudEndpoints": clouds });
        Self { tenant, what: "the change of the enabled clouds", method: Method::PATCH, path: POLICY.to_owned(), body }
    }

    /// Another tenant becomes a partner, with the default settings.
    pub fn partner(tenant: TenantId, other: TenantId) -> Self {
        let (path, body) = (format!("{POLICY}/partners"), json!({ "tenantId": other }));
        Self { tenant, what: "adding the partner", method: Method::POST, path, body }
    }

    /// A partner's people may come in, or people may go out to it: everybody, with every application.
    pub fn collaboration(tenant: TenantId, other: TenantId, direction: Direction) -> Self {
        let rule = |target: &str, kind: &str| json!({ "accessType": "allowed", "targets": [{ "target": target, "targetType": kind }] });
        let everybody = json!({
            "usersAndGroups": rule("AllUsers", "user"),
            "applications": rule("AllApplications", "application"),
        });
        let name = match direction {
            Direction::Inbound => "b2bCollaborationInbound",
            Direction::Outbound => "b2bCollaborationOutbound",
        };
        Self::of_partner(tenant, other, "the change of B2B collaboration", json!({ name: everybody }))
    }

    /// A partner's settings of consent become these, both of them, so that none is lost.
    pub fn consent(tenant: TenantId, other: TenantId, consent: Consent) -> Self {
        let Consent { inbound_allowed, outbound_allowed } = consent;
        let settings = json!({ "inboundAllowed": inbound_allowed, "outboundAllowed": outbound_allowed });
        let body = json!({ "automaticUserConsentSettings": settings });
        Self::of_partner(tenant, other, "the change of automatic consent", body)
    }

    /// A service principal is granted a permission of another one, Graph's.
    pub fn grant(tenant: TenantId, principal: ObjectId, resource: ObjectId, role: ObjectId) -> Self {
        let path = format!("/servicePrincipals/{principal}/appRoleAssignments");
        let body = json!({ "principalId": principal, "resourceId": resource, "appRoleId": role });
        Self { tenant, what: "granting the permission", method: Method::POST, path, body }
    }

    fn of_partner(tenant: TenantId, other: TenantId, what: &'static str, body: Value) -> Self {
        Self { tenant, what, method: Method::PATCH, path: format!("{POLICY}/partners/{other}"), body }
    }

    /// The HTTP method.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path below `/v1.0`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is sent.
    pub fn body(&self) -> &Value {
        &self.body
    }
}

impl<'a> Administration<'a> {
    /// The writing half of a client.
    pub fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// Sends one edit. It is sent again only where the service has certainly not processed it.
    pub async fn make(&self, edit: &Edit, halt: &Halt) -> Made {
        if edit.tenant != self.0.tenant {
            return Made::Refused(GraphError::WrongTenant { expected: edit.tenant });
        }
        let call = Call::edit(edit.what, edit.method.clone(), &edit.path, &edit.body, halt);
        match self.0.send(&call).await {
            Ok(reply) if (200..300).contains(&reply.status) => Made::Done,
            Ok(reply) => Made::Refused(reply.refusal(edit.what)),
            Err(SendError::Halted { .. }) => Made::Halted,
            Err(error) => match &error {
                SendError::GaveUp(Lost { trouble: Trouble::Lost | Trouble::ServerFailed, .. }) => {
                    Made::Unsure(error.of_read(edit.what))
                }
                _ => Made::Refused(error.of_read(edit.what)),
            },
        }
    }
}
