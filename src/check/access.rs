//! The checks of cross-tenant access settings, each seen from one side.

use super::tenant::seen;
use super::{Check, Facts, Look, Pair, Said, View};
use crate::access::{Access, Direction, Verdict};
use crate::cloud::CloudName;
use crate::config::Tenant;

/// Where the portal shows the same.
const PAGE: &str = "Entra admin center > External Identities > Cross-tenant access settings";
/// What it takes to read them.
const PERMISSION: &str = "Policy.Read.All";

/// The settings about the other tenant.
fn settings<'a>(view: &View<'a>) -> Result<&'a Access, Said> {
    let look = view.facts.access.as_ref().ok_or_else(|| {
        Said::skipped(
            "no `home` is configured, so that nobody knows the other tenant",
            "name it in [tenants.NAME.invite], with a table of its own",
        )
    })?;
    seen(look, PERMISSION, PAGE)
}

/// The call that mends the settings of both sides.
fn setup(pair: Pair<'_>) -> String {
    format!("`xcsync setup tenant {}` shows what to change", selecting(pair.tenant))
}

/// The flag that selects a tenant.
pub(super) fn selecting(tenant: &Tenant) -> String {
    if tenant.cloud == CloudName::Sandbox { "--cloud sandbox".to_owned() } else { format!("--tenant {}", tenant.name) }
}

/// How `allowedCloudEndpoints` names a tenant's cloud: by the table of clouds, else by the tenant's own document.
fn cloud_name(tenant: &Tenant, facts: Option<&Facts>) -> Option<String> {
    let told = || match facts.map(|facts| &facts.region) {
        Some(Look::Seen(Some(region))) => region.cloud.clone(),
        _ => None,
    };
    tenant.cloud.partner_name().map(str::to_owned).or_else(told)
}

pub(super) fn partner_cloud(view: &View<'_>) -> Result<Said, Said> {
    let access = settings(view)?;
    let opposite = view.pair.opposite(view.side);
    let name = opposite.and_then(|tenant| cloud_name(tenant, view.other)).ok_or_else(|| {
        Said::skipped("the other tenant's cloud is not known", format!("look at {PAGE} > Microsoft cloud settings"))
    })?;
    if cloud_name(view.tenant, Some(view.facts)).is_some_and(|own| own == name) {
        return Ok(Said::pass("both tenants are in one cloud: nothing to enable"));
    }
    Ok(match access.allows_cloud(&name) {
        Some(true) => Said::pass(format!("{name} is enabled")),
        Some(false) => Said::fail(format!("{name} is not enabled"), setup(view.pair)),
        None => Said::skipped(
            "this cloud does not tell which other clouds are enabled",
            format!("look at {PAGE} > Microsoft cloud settings: {name} must be ticked"),
        ),
    })
}

pub(super) fn partner_organization(view: &View<'_>) -> Result<Said, Said> {
    let access = settings(view)?;
    let other = view.pair.opposite(view.side);
    let other = other.map(|tenant| format!("{} ({})", tenant.name, tenant.tenant_id)).unwrap_or_default();
    Ok(match &access.partner {
        Some(_) => Said::pass(format!("{other} is a partner")),
        None => Said::fail(format!("{other} is no partner: an enabled cloud alone allows nobody"), setup(view.pair)),
    })
}

pub(super) fn collaboration(view: &View<'_>) -> Result<Said, Said> {
    let access = settings(view)?;
    let direction = view.side.direction();
    let (tab, check) = match direction {
        Direction::Inbound => ("Inbound access", Check::B2bInbound.name()),
        Direction::Outbound => ("Outbound access", Check::B2bOutbound.name()),
    };
    let page = format!("{PAGE} > {tab} > B2B collaboration");
    let from = if access.is_inherited(direction) { "by the default" } else { "by the partner's own settings" };
    Ok(match access.verdict(direction) {
        Verdict::Allowed => Said::pass(format!("all users and applications are allowed, {from}")),
        Verdict::Restricted => Said::warn(
            format!("some users or applications only are allowed, {from}"),
            format!("see that the people to be invited, and My Apps, are among them: {page}"),
        ),
        Verdict::Blocked => {
            let call = format!("`xcsync setup tenant {} --allow {check}`", selecting(view.pair.tenant));
            Said::fail(format!("blocked, {from}"), format!("{call} shows how to lift the block for this partner"))
        }
        Verdict::Untold => Said::skipped("the answer does not tell", format!("look at {page}")),
    })
}

/// Off is no failure: people accept by hand then.
pub(super) fn auto_redeem(view: &View<'_>) -> Result<Said, Said> {
    let access = settings(view)?;
    let direction = view.side.direction();
    let word = match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    };
    if access.consents(direction) {
        return Ok(Said::pass(format!("automatic consent is on, {word}")));
    }
    Ok(Said::warn(format!("automatic consent is off, {word}: people must accept by hand"), setup(view.pair)))
}
