//! The checks of cross-tenant access settings, each seen from one side.

use super::tenant::unseen;
use super::{Facts, Look, Pair, Said, Side};
use crate::access::{Access, Direction, Verdict};
use crate::cloud::CloudName;
use crate::config::Tenant;

/// Where the portal shows the same.
const PAGE: &str = "Entra admin center > External Identities > Cross-tenant access settings";
/// What it takes to read them.
const PERMISSION: &str = "Policy.Read.All";

/// The settings, or what is said in their place.
fn seen(facts: &Facts) -> Result<&Access, Said> {
    let Some(look) = &facts.access else {
        return Err(Said::skipped(
            "no `home` is configured, so that nobody knows the other tenant",
            "name it in [tenants.NAME.invite], with a table of its own",
        ));
    };
    match look {
        Look::Seen(access) => Ok(access),
        other => Err(unseen(other, PERMISSION, PAGE).unwrap_or_else(|| Said::pass(""))),
    }
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

pub(super) fn partner_cloud(pair: Pair<'_>, side: Side, facts: &Facts, other: Option<&Facts>) -> Said {
    let access = match seen(facts) {
        Ok(access) => access,
        Err(said) => return said,
    };
    let (own, opposite) = (pair.tenant_of(side), pair.opposite(side));
    let name = opposite.and_then(|tenant| cloud_name(tenant, other));
    let Some(name) = name else {
        return Said::skipped(
            "the other tenant's cloud is not known",
            format!("look at {PAGE} > Microsoft cloud settings"),
        );
    };
    if own.and_then(|tenant| cloud_name(tenant, Some(facts))).is_some_and(|own| own == name) {
        return Said::pass("both tenants are in one cloud: nothing to enable");
    }
    match access.allows_cloud(&name) {
        Some(true) => Said::pass(format!("{name} is enabled")),
        Some(false) => Said::fail(format!("{name} is not enabled"), setup(pair)),
        None => Said::skipped(
            "this cloud does not tell which other clouds are enabled",
            format!("look at {PAGE} > Microsoft cloud settings: {name} must be ticked"),
        ),
    }
}

pub(super) fn partner_organization(pair: Pair<'_>, side: Side, facts: &Facts) -> Said {
    let access = match seen(facts) {
        Ok(access) => access,
        Err(said) => return said,
    };
    let other = pair.opposite(side).map(|tenant| format!("{} ({})", tenant.name, tenant.tenant_id)).unwrap_or_default();
    match &access.partner {
        Some(_) => Said::pass(format!("{other} is a partner")),
        None => Said::fail(format!("{other} is no partner: an enabled cloud alone allows nobody"), setup(pair)),
    }
}

pub(super) fn collaboration(pair: Pair<'_>, side: Side, facts: &Facts) -> Said {
    let access = match seen(facts) {
        Ok(access) => access,
        Err(said) => return said,
    };
    let (direction, tab, check) = match side {
        Side::Tenant => (Direction::Inbound, "Inbound access", "b2b-inbound"),
        Side::Home => (Direction::Outbound, "Outbound access", "b2b-outbound"),
    };
    let from = if access.is_inherited(direction) { "by the default" } else { "by the partner's own settings" };
    match access.verdict(direction) {
        Verdict::Allowed => Said::pass(format!("all users and applications are allowed, {from}")),
        Verdict::Restricted => Said::warn(
            format!("some users or applications only are allowed, {from}"),
            format!(
                "see that the people to be invited, and My Apps, are among them: {PAGE} > {tab} > B2B collaboration"
            ),
        ),
        Verdict::Blocked => {
            let call = format!("`xcsync setup tenant {} --allow {check}`", selecting(pair.tenant));
            Said::fail(format!("blocked, {from}"), format!("{call} shows how to lift the block for this partner"))
        }
        Verdict::Untold => {
            Said::skipped("the answer does not tell", format!("look at {PAGE} > {tab} > B2B collaboration"))
        }
    }
}

/// Off is no failure: people accept by hand then.
pub(super) fn auto_redeem(pair: Pair<'_>, side: Side, facts: &Facts) -> Said {
    let access = match seen(facts) {
        Ok(access) => access,
        Err(said) => return said,
    };
    let (direction, word) = match side {
        Side::Tenant => (Direction::Inbound, "inbound"),
        Side::Home => (Direction::Outbound, "outbound"),
    };
    if access.consents(direction) {
        return Said::pass(format!("automatic consent is on, {word}"));
    }
    Said::warn(format!("automatic consent is off, {word}: people must accept by hand"), setup(pair))
}
