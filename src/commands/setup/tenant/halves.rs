//! From the configuration to the tenants that have something to set, each for another one.

use crate::access::Side;
use crate::cli;
use crate::commands::setup::error::SetupError;
use crate::config::{Configured, Tenant};
use crate::setup::tenant::{Half, OtherCloud};

/// A configured tenant with what it is for another one.
pub(super) struct Own<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) half: Half,
    /// Whether it may be asked: it is one of those that invite, or has `[auth]` of its own.
    pub(super) is_asked: bool,
}

/// The halves of every selected pair; two tenants that are each other's home have one half each.
pub(super) fn of<'a>(
    inviting: &[&'a Tenant],
    all: &'a [Tenant],
    side: Option<cli::Side>,
) -> Result<Vec<Own<'a>>, SetupError> {
    let wanted = |one: Side| match side {
        None => true,
        Some(cli::Side::Tenant) => one == Side::Tenant,
        Some(cli::Side::Home) => one == Side::Home,
    };
    let mut owns: Vec<Own<'_>> = Vec::new();
    for tenant in inviting.iter().copied() {
        let home = home_of(all, tenant)?;
        for (own, other, side) in [(tenant, home, Side::Tenant), (home, tenant, Side::Home)] {
            if wanted(side) {
                add(&mut owns, own, other, side);
            }
        }
    }
    Ok(owns)
}

/// The selected tenants that invite; of a home that is selected itself, it is said by which tenant it is reached.
pub(super) fn inviting(configured: &Configured) -> Result<Vec<&Tenant>, SetupError> {
    let all = &configured.config.tenants;
    let invited_by = |home: &Tenant| all.iter().find(|one| home_name(one) == Some(&home.name));
    let homes = configured.selected.iter().filter(|one| one.invite.is_none());
    let pair = || homes.clone().find_map(|home| Some((home, invited_by(home)?)));
    configured.to_invite().map_err(|problems| match pair() {
        None => problems.into(),
        Some((home, other)) => {
            let (message, other) = (format!("the tenant {} invites nobody itself", home.name), &other.name);
            SetupError::usage(message, format!("it is the home of {other}: give --tenant {other} --side home"))
        }
    })
}

fn home_name(tenant: &Tenant) -> Option<&String> {
    tenant.invite.as_ref()?.home.as_ref()
}

fn home_of<'a>(all: &'a [Tenant], tenant: &Tenant) -> Result<&'a Tenant, SetupError> {
    let home = home_name(tenant).and_then(|name| all.iter().find(|home| home.name == *name));
    home.ok_or_else(|| {
        let message = format!("the other side of {} is not configured", tenant.name);
        let hint = format!(
            "add a table [tenants.NAME] with cloud and tenant_id of the tenant where these people sign in, and home = \"NAME\" to [tenants.{}.invite]; it needs no [auth]",
            tenant.name
        );
        SetupError::usage(message, hint)
    })
}

fn add<'a>(owns: &mut Vec<Own<'a>>, tenant: &'a Tenant, other: &Tenant, side: Side) {
    let same = |own: &&mut Own<'_>| own.half.id == tenant.tenant_id && own.half.other == other.tenant_id;
    if let Some(own) = owns.iter_mut().find(same) {
        own.half.sides.push(side);
        return;
    }
    let half = Half {
        name: tenant.name.clone(),
        id: tenant.tenant_id,
        other_name: other.name.clone(),
        other: other.tenant_id,
        other_cloud: other_cloud(tenant, other),
        sides: vec![side],
    };
    // A tenant that invites signs in by local facts where it has no [auth]; somebody's home is left alone then.
    let is_asked = tenant.is_asked_as_home || side == Side::Tenant;
    owns.push(Own { tenant, half, is_asked });
}

fn other_cloud(tenant: &Tenant, other: &Tenant) -> OtherCloud {
    let name = |tenant: &Tenant| tenant.cloud.meant(&tenant.endpoints).and_then(crate::cloud::CloudName::partner_name);
    match (name(tenant), name(other)) {
        (_, None) => OtherCloud::Unknown,
        (own, Some(name)) if own == Some(name) => OtherCloud::Same,
        (_, Some(name)) => OtherCloud::Named(name),
    }
}
