//! The policies that decide about invitations, and who holds which permission: reads, as an administrator sees them.
//!
//! <https://learn.microsoft.com/en-us/graph/api/resources/crosstenantaccesspolicy-overview>

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;

use super::client::{Call, Client};
use super::error::GraphError;
use super::wire::Page;
use super::{encode, literal, paging};
use crate::access::{Access, Settings, null_as_empty};
use crate::directory::{ObjectId, TenantId};

/// The application id of Graph itself, the same in every cloud.
pub const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// The most pages of users that are looked through.
const PAGES: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SyncedRow {
    mail: Option<String>,
    on_premises_last_sync_date_time: Option<DateTime<Utc>>,
}

/// The reads of one tenant's policies.
pub struct Policies<'a>(&'a Client);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authorization {
    allow_invites_from: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CrossTenantAccess {
    allowed_cloud_endpoints: Option<Vec<String>>,
}

/// A service principal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Its object id.
    pub id: String,
    /// Whether it may sign in; null counts as enabled, as with people.
    pub account_enabled: Option<bool>,
    /// The application permissions that it offers.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub app_roles: Vec<AppRole>,
}

/// An application permission.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AppRole {
    /// Its id.
    pub id: String,
    /// Its name, such as `User.Invite.All`.
    pub value: Option<String>,
}

/// A permission that somebody was granted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Which one.
    pub app_role_id: String,
    /// Of which service principal.
    pub resource_id: Option<String>,
}

impl<'a> Policies<'a> {
    /// The policies that a client can read.
    pub fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// `allowInvitesFrom`; `None` where it is not told.
    pub async fn allow_invites_from(&self) -> Result<Option<String>, GraphError> {
        let call = Call::get("who may invite", "/policies/authorizationPolicy?$select=id,allowInvitesFrom");
        let (policy, _) = self.0.get::<Authorization>(&call).await?;
        Ok(policy.allow_invites_from)
    }

    /// The cross-tenant access settings, as far as they decide about one other tenant.
    pub async fn access(&self, other: TenantId) -> Result<Access, GraphError> {
        let root = "/policies/crossTenantAccessPolicy";
        let policy = async {
            let call = Call::get("the clouds that are enabled", root);
            self.0.get::<CrossTenantAccess>(&call).await
        };
        let default = async {
            let url = format!("{root}/default");
            self.0.get::<Settings>(&Call::get("the default of cross-tenant access", &url)).await
        };
        let (policy, default, partner) = futures_util::try_join!(policy, default, self.partner(other))?;
        Ok(Access { allowed_clouds: policy.0.allowed_cloud_endpoints, default: default.0, partner })
    }

    /// The settings for one other tenant; `None` where it is no partner.
    pub async fn partner(&self, other: TenantId) -> Result<Option<Settings>, GraphError> {
        let url = format!("/policies/crossTenantAccessPolicy/partners/{other}");
        match self.0.get(&Call::get("the partner", &url)).await {
            Ok((settings, _)) => Ok(Some(settings)),
            Err(GraphError::Refused { error, .. }) if error.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Graph's own service principal, with the permissions that it offers.
    pub async fn graph_itself(&self) -> Result<ServicePrincipal, GraphError> {
        let filter = encode(&format!("appId eq {}", literal(GRAPH_APP_ID)));
        let url = format!("/servicePrincipals?$filter={filter}&$select=id,accountEnabled,appRoles");
        let what = "Graph's own service principal";
        let (page, _) = self.0.get::<Page<ServicePrincipal>>(&Call::get(what, &url)).await?;
        page.value.into_iter().next().ok_or_else(|| GraphError::not_graph(format!("{what}: none is listed")))
    }

    /// The service principals of a name.
    pub async fn principals_named(&self, name: &str) -> Result<Vec<ServicePrincipal>, GraphError> {
        let filter = encode(&format!("displayName eq {}", literal(name)));
        let url = format!("/servicePrincipals?$filter={filter}&$select=id,accountEnabled");
        let what = "service principals of a name";
        let (page, _) = self.0.get::<Page<ServicePrincipal>>(&Call::get(what, &url)).await?;
        paging::all(self.0, what, page).await
    }

    /// The application permissions that a service principal was granted, whether or not its tokens hold them yet.
    pub async fn grants(&self, principal: ObjectId) -> Result<Vec<Grant>, GraphError> {
        let url = format!("/servicePrincipals/{principal}/appRoleAssignments");
        let what = "the granted permissions";
        let (page, _) = self.0.get::<Page<Grant>>(&Call::get(what, &url)).await?;
        paging::all(self.0, what, page).await
    }

    /// When the newest of those was synchronized whose mail is `ours`, of the users synchronized since a time.
    ///
    /// A few pages are enough: one person shows that accounts arrive. Tells too whether there were no more of them.
    pub async fn newest_synchronized(
        &self,
        since: DateTime<Utc>,
        ours: impl Fn(Option<&str>) -> bool,
    ) -> Result<(Option<DateTime<Utc>>, bool), GraphError> {
        let what = "users who were synchronized lately";
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let filter = encode(&format!("onPremisesLastSyncDateTime ge {since}"));
        let first = format!("/users?$select=id,mail,onPremisesLastSyncDateTime&$filter={filter}&$top=999");
        let mut next = Some(first);
        let mut newest = None;
        for _ in 0..PAGES {
            let Some(url) = next.take_if(|_| newest.is_none()) else { break };
            let (page, _) = self.0.get::<Page<SyncedRow>>(&Call::get(what, &url)).await?;
            let found = page.value.iter().filter(|row| ours(row.mail.as_deref()));
            newest = newest.max(found.filter_map(|row| row.on_premises_last_sync_date_time).max());
            next = page.next_link;
        }
        Ok((newest, next.is_none()))
    }
}
