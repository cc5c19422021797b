//! Application permissions: which ones a purpose takes, which of them are missing, and a script that grants them.

use super::powershell::{self, filled, quoted};
use crate::directory::{ObjectId, TenantId};
use crate::graph::administration::Edit;
use crate::graph::policies::{Grant, ServicePrincipal};

const TEMPLATE: &str = include_str!("permissions.ps1");

/// What a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Looking people up in their home tenant.
    LookUps,
    /// `invite --dry-run`.
    DryRun,
    /// `invite`.
    Invite,
    /// `check`.
    Check,
}

impl Purpose {
    /// The application permissions that it takes, with those that only make it see more.
    fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::LookUps => &["User.Read.All"],
            Self::DryRun => &["User.Read.All", "Organization.Read.All", "RoleManagement.Read.Directory"],
            Self::Invite => {
                &["User.Read.All", "User.Invite.All", "Organization.Read.All", "RoleManagement.Read.Directory"]
            }
            Self::Check => &["Policy.Read.All", "Application.Read.All", "Organization.Read.All"],
        }
    }
}

/// The permissions of several purposes, each once.
pub fn needed(purposes: &[Purpose]) -> Vec<&'static str> {
    let mut needed: Vec<&str> = Vec::new();
    for permission in purposes.iter().flat_map(|purpose| purpose.permissions()) {
        if !needed.contains(permission) {
            needed.push(permission);
        }
    }
    needed
}

/// What a service principal lacks.
#[derive(Debug, Default)]
pub struct Missing {
    /// By permission, the request that grants it.
    pub grants: Vec<(&'static str, Edit)>,
    /// Permissions that Graph does not offer in this cloud, or whose ids are none.
    pub unknown: Vec<&'static str>,
}

/// Which of these permissions a service principal lacks, by what Graph offers and what was granted.
pub fn missing(
    needed: &[&'static str],
    tenant: TenantId,
    principal: ObjectId,
    graph: &ServicePrincipal,
    granted: &[Grant],
) -> Missing {
    let mut missing = Missing::default();
    for permission in needed {
        let role = graph.app_roles.iter().find(|role| role.value.as_deref() == Some(permission));
        let ids = role.and_then(|role| Some((ObjectId::parse(&graph.id)?, ObjectId::parse(&role.id)?)));
        let Some((resource, role)) = ids else {
            missing.unknown.push(permission);
            continue;
        };
        if !granted.iter().any(|grant| is_of(grant, resource, role)) {
            missing.grants.push((permission, Edit::grant(tenant, principal, resource, role)));
        }
    }
    missing
}

fn is_of(grant: &Grant, resource: ObjectId, role: ObjectId) -> bool {
    let same = |text: &str, id| ObjectId::parse(text) == Some(id);
    same(&grant.app_role_id, role) && grant.resource_id.as_deref().is_none_or(|text| same(text, resource))
}

/// A script that grants what is missing, for whoever may; `environment` is the cloud's name in Microsoft Graph PowerShell.
pub fn script(needed: &[&str], name: &str, tenant: TenantId, environment: &str, principal: ObjectId) -> String {
    let values = [
        ("NAME", quoted(name)),
        ("TENANT_ID", quoted(&tenant.to_string())),
        ("ENVIRONMENT", quoted(environment)),
        ("PRINCIPAL_ID", quoted(&principal.to_string())),
        ("PERMISSIONS", powershell::list(needed.iter().copied())),
    ];
    filled(TEMPLATE, &values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::policies::AppRole;

    const ROLE: &str = "df021288-bdef-4463-88db-98f22de89214";
    const GRAPH: &str = "aaaaaaaa-0000-0000-0000-000000000001";

    fn missing_with(granted: &[(&str, Option<&str>)]) -> Missing {
        let roles = vec![AppRole { id: ROLE.to_owned(), value: Some("User.Read.All".to_owned()) }];
        let graph = ServicePrincipal { id: GRAPH.to_owned(), account_enabled: None, app_roles: roles };
        let granted: Vec<_> = granted
            .iter()
            .map(|(role, of)| Grant { app_role_id: (*role).to_owned(), resource_id: of.map(str::to_owned) })
            .collect();
        let id = "11111111-2222-3333-4444-555555555555";
        let (tenant, principal) = (TenantId::parse(id).unwrap(), ObjectId::parse(id).unwrap());
        missing(&["User.Read.All", "User.Invite.All"], tenant, principal, &graph, &granted)
    }

    #[test]
    fn a_permission_of_several_purposes_is_needed_once() {
        let all = needed(&[Purpose::Invite, Purpose::Check, Purpose::LookUps]);
        assert_eq!(all.iter().filter(|one| **one == "Organization.Read.All").count(), 1);
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn what_was_granted_is_not_missing_also_in_capitals_and_the_same_role_of_another_api_does_not_count() {
        assert_eq!(missing_with(&[]).grants.len(), 1);
        assert_eq!(missing_with(&[(&ROLE.to_uppercase(), Some(GRAPH))]).grants.len(), 0);
        assert_eq!(missing_with(&[(ROLE, Some("bbbbbbbb-0000-0000-0000-000000000001"))]).grants.len(), 1);
    }

    #[test]
    fn what_graph_does_not_offer_is_told() {
        assert_eq!(missing_with(&[]).unknown, ["User.Invite.All"]);
    }
}
