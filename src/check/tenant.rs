//! The checks that look at one tenant alone.

use super::access::selecting;
use super::{Check, Facts, Identity, Look, NotSignedIn, Pair, Region, Said, Side, Synced, Trouble};
use crate::cloud::CloudName;

/// The permissions that a run of `invite` can't do without.
const NEEDED: [&str; 2] = ["User.Read.All", "User.Invite.All"];
/// What a home tenant is read by.
const NEEDED_AT_HOME: [&str; 1] = ["User.Read.All"];
/// What it does more with.
const ROLES: &str = "RoleManagement.Read.Directory";
/// Users can be read by these too.
const READ_USERS_TOO: [&str; 3] = ["User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
/// What some features or some checks use.
const OPTIONAL: [&str; 6] = [
    ROLES,
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.Read.CrossTenantAccess",
    "Application.Read.All",
    "Mail.Send",
];
/// What is said of permissions that no feature uses.
const TOO_MUCH: &str = "holds more than this program uses";
const TAKE_AWAY: &str = "take away what nothing else needs; settings are better changed by an administrator (`xcsync setup tenant --powershell`)";
/// Where nothing else can be said.
const MEND_CREDENTIAL: &str = "mend the credential first";
/// The most that clocks may differ, in minutes: tokens are refused beyond it.
const CLOCK_MINUTES: i64 = 5;

/// The checks of a side, in the order of SPEC section 10.
pub(super) fn rows(side: Side) -> &'static [Check] {
    match side {
        Side::Tenant => &[
            Check::Credential,
            Check::Cloud,
            Check::Clock,
            Check::Permissions,
            Check::InvitationsAllowed,
            Check::Domains,
            Check::PartnerCloud,
            Check::PartnerOrganization,
            Check::B2bInbound,
            Check::AutoRedeem,
            Check::DirectorySync,
        ],
        Side::Home => &[
            Check::Credential,
            Check::Cloud,
            Check::Clock,
            Check::Permissions,
            Check::PartnerCloud,
            Check::PartnerOrganization,
            Check::B2bOutbound,
            Check::AutoRedeem,
            Check::CrossCloudWorker,
        ],
    }
}

/// A look that saw nothing: with the permission to grant and the page that shows the same, or with what happened.
pub(super) fn unseen<T>(look: &Look<T>, permission: &str, page: &str) -> Option<Said> {
    match look {
        Look::Seen(_) => None,
        Look::Denied => Some(Said::skipped(
            format!("needs {permission}"),
            format!("grant {permission} to the identity of this tenant, or look at {page}"),
        )),
        Look::Failed(trouble) => Some(Said::failed(trouble)),
    }
}

impl Said {
    /// What could not be seen, with what mends that.
    pub(super) fn failed(trouble: &Trouble) -> Self {
        Self::fail(trouble.message.clone(), trouble.remedy.clone())
    }

    /// Without a token nobody has seen anything; the credential's own finding says why.
    pub(super) fn not_signed_in() -> Self {
        Self::skipped("nobody is signed in here", MEND_CREDENTIAL)
    }
}

pub(super) fn credential(facts: &Facts) -> Said {
    match &facts.identity {
        Ok(identity) if identity.is_readable => {
            let unknown = || "?".to_owned();
            let application = identity.application.clone().unwrap_or_else(unknown);
            let object = identity.object.clone().unwrap_or_else(unknown);
            let who = if identity.is_delegated { "a user of the application" } else { "the application" };
            Said::pass(format!("signed in by {} as {who} {application}, object {object}", identity.method))
        }
        Ok(identity) => Said::pass(format!("signed in by {}; the token does not tell who it is", identity.method)),
        Err(failure) if failure.is_foreign => Said::pass("a token was obtained"),
        Err(failure) => Said::fail(failure.message.clone(), failure.remedy.clone()),
    }
}

/// Also without a token: the tenant's public document tells where it is.
pub(super) fn cloud(pair: Pair<'_>, side: Side, facts: &Facts) -> Said {
    if let Err(NotSignedIn { message, remedy, is_foreign: true }) = &facts.identity {
        return Said::fail(message.clone(), remedy.clone());
    }
    let Some(tenant) = pair.tenant_of(side) else { return Said::pass("nothing to compare") };
    let is_signed_in = facts.identity.is_ok();
    match &facts.region {
        Look::Seen(Some(region)) => placed(tenant.cloud, region, is_signed_in),
        Look::Seen(None) => Said::fail(
            format!("the authority of {} knows no tenant {}", tenant.cloud, tenant.tenant_id),
            format!("correct `cloud` or `tenant_id` of [tenants.{}]", tenant.name),
        ),
        Look::Denied | Look::Failed(_) if !is_signed_in => Said::not_signed_in(),
        Look::Denied => Said::pass("the token is for this tenant in this cloud"),
        Look::Failed(Trouble { message: why, .. }) => Said::warn(
            format!("the token fits, and the public OpenID document can't be read: {why}"),
            "let this host reach the authority: `xcsync endpoints`",
        ),
    }
}

/// What the public document says of the place of a tenant.
fn placed(cloud: CloudName, region: &Region, is_signed_in: bool) -> Said {
    let (scope, sub) = (region.scope.as_deref().unwrap_or("-"), region.sub_scope.as_deref());
    let named = format!("region {scope}{}", sub.map(|sub| format!(" {sub} ({})", in_words(sub))).unwrap_or_default());
    // https://learn.microsoft.com/en-us/entra/external-id/b2b-government-national-clouds
    if scope.eq_ignore_ascii_case("USG") {
        return Said::fail(
            format!("{named}: B2B collaboration is not supported there"),
            "ask Microsoft to move the tenant; the tenant of a B2B guest must be in region USGOV",
        );
    }
    if !fits(cloud, sub) {
        return Said::fail(
            format!("the tenant is in another cloud than {cloud}: {named}"),
            "correct `cloud`: GCC is `commercial`, DODCON is `usgov` (GCC High), DOD is `usgov-dod`",
        );
    }
    if is_signed_in {
        Said::pass(format!("tenant and audience of the token fit {cloud}; {named}"))
    } else {
        Said::skipped(format!("{named} fits {cloud}; there is no token to compare"), MEND_CREDENTIAL)
    }
}

/// Whether a sub scope is that of a cloud. GCC is in the commercial one; clouds of one's own tell what they like.
fn fits(cloud: CloudName, sub: Option<&str>) -> bool {
    let is = |expected: &str| sub.is_some_and(|sub| sub.eq_ignore_ascii_case(expected));
    match cloud {
        CloudName::Commercial => !is("DODCON") && !is("DOD"),
        CloudName::UsGov => is("DODCON"),
        CloudName::UsGovDod => is("DOD"),
        CloudName::Custom | CloudName::Sandbox => true,
    }
}

fn in_words(sub: &str) -> &'static str {
    match sub.to_ascii_uppercase().as_str() {
        "GCC" => "GCC",
        "DODCON" => "GCC High",
        "DOD" => "DoD",
        _ => "unknown",
    }
}

pub(super) fn clock(facts: &Facts) -> Said {
    match &facts.clock {
        Look::Seen(ahead) if ahead.num_minutes().abs() < CLOCK_MINUTES => {
            Said::pass(format!("{} s from the server's", ahead.num_seconds().abs()))
        }
        Look::Seen(ahead) => {
            let way = if ahead.num_seconds() > 0 { "ahead of" } else { "behind" };
            Said::fail(
                format!("this machine is {} minutes {way} the server", ahead.num_minutes().abs()),
                "set its clock by the network: `timedatectl set-ntp true`, on Windows `w32tm /resync`",
            )
        }
        Look::Denied => Said::skipped("the server's time is not told", "see the other checks"),
        Look::Failed(trouble) => Said::failed(trouble),
    }
}

pub(super) fn permissions(pair: Pair<'_>, side: Side, facts: &Facts) -> Said {
    let Ok(identity) = &facts.identity else { return Said::not_signed_in() };
    if !identity.is_readable {
        return Said::skipped(
            "the token can't be read, so that nobody sees what it holds",
            "look at Enterprise applications > the application > Permissions",
        );
    }
    // Two tenants may be each other's home, with one identity for both.
    let invites = pair.tenant_of(side).is_some_and(|tenant| tenant.invite.is_some());
    let needed: &[&str] = if side == Side::Tenant { &NEEDED } else { &NEEDED_AT_HOME };
    let missing: Vec<_> = needed.iter().copied().filter(|name| !identity.holds(name)).collect();
    if !missing.is_empty() {
        return missing_permissions(pair, side, &missing, facts);
    }
    let is_known =
        |name: &str| OPTIONAL.contains(&name) || NEEDED_AT_HOME.contains(&name) || invites && NEEDED.contains(&name);
    let more: Vec<_> = identity.permissions.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
    // A person's token has what the sign-in program was given, which is not for this program to judge.
    let lacks_roles = side == Side::Tenant && !identity.holds(ROLES);
    let without_roles = format!("without {ROLES} holders of directory roles are not kept from being converted");
    let grant = format!("grant {ROLES}");
    match (more.is_empty() || identity.is_delegated, lacks_roles) {
        (true, false) => Said::pass(format!("holds {}", needed.join(", "))),
        (true, true) => Said::warn(format!("holds what a run needs; {without_roles}"), grant),
        (false, false) => Said::warn(format!("{TOO_MUCH}: {}", more.join(", ")), TAKE_AWAY),
        (false, true) => {
            Said::warn(format!("{TOO_MUCH}: {}; {without_roles}", more.join(", ")), format!("{grant}; {TAKE_AWAY}"))
        }
    }
}

impl Identity {
    /// Whether the permission is held, or a higher one that the service takes for it.
    ///
    /// <https://learn.microsoft.com/en-us/graph/api/user-list#permissions>; an invitation takes its own permission alone.
    fn holds(&self, name: &str) -> bool {
        let higher: &[&str] = if name == "User.Read.All" { &READ_USERS_TOO } else { &[] };
        self.permissions.iter().any(|held| held == name || higher.contains(&held.as_str()))
    }
}

fn missing_permissions(pair: Pair<'_>, side: Side, missing: &[&str], facts: &Facts) -> Said {
    let selecting = pair.tenant_of(side).map(selecting).unwrap_or_default();
    let detail = format!("the token lacks {}", missing.join(", "));
    if let Look::Seen(granted) = &facts.granted
        && missing.iter().all(|name| granted.iter().any(|one| one == name))
    {
        return Said::fail(
            format!("{detail}: granted, but not yet in the token"),
            "wait: a managed identity's token is renewed once in about 24 hours, an application's at the next sign-in",
        );
    }
    let Ok(identity) = &facts.identity else { return Said::not_signed_in() };
    if identity.is_delegated {
        return Said::fail(
            detail,
            "a user's token holds what the program was given that signed in; sign in as an application: `az login --service-principal` or `--identity`, or another `method`",
        );
    }
    let object = identity.object.as_deref().unwrap_or("OBJECT_ID");
    Said::fail(
        detail,
        format!("grant it with admin consent: `xcsync setup permissions {selecting} --principal {object}` shows how"),
    )
}

pub(super) fn invitations_allowed(facts: &Facts) -> Said {
    const PAGE: &str =
        "Entra admin center > External Identities > External collaboration settings > Guest invite settings";
    let look = &facts.allow_invites_from;
    if let Some(said) = unseen(look, "Policy.Read.All", PAGE) {
        return said;
    }
    match look {
        Look::Seen(Some(from)) if from.eq_ignore_ascii_case("none") => Said::fail(
            "allowInvitesFrom is none: nobody may invite, applications neither (US Government tenants start so)",
            format!("choose another than the most restrictive setting at {PAGE}; it takes 15 to 60 minutes to act"),
        ),
        Look::Seen(Some(from)) => {
            Said::pass(format!("allowInvitesFrom is {from}: an application with User.Invite.All may invite"))
        }
        _ => Said::skipped("the cloud does not tell allowInvitesFrom", format!("look at {PAGE}")),
    }
}

pub(super) fn domains(facts: &Facts) -> Said {
    match &facts.own_domains {
        Look::Seen(own) if own.is_empty() => Said::pass("none of `domains` is verified in this tenant"),
        Look::Seen(own) => Said::fail(
            format!("verified in this tenant: {}", own.join(", ")),
            "`domains` are the mail domains of the home side; people of this tenant's own domains can't be invited into it",
        ),
        Look::Denied => Said::skipped("needs Organization.Read.All", "grant Organization.Read.All"),
        Look::Failed(trouble) => Said::failed(trouble),
    }
}

/// The name under which Microsoft's page has it searched for; no page gives its application id.
///
/// <https://learn.microsoft.com/en-us/entra/external-id/troubleshoot>
pub const WORKER: &str = "Microsoft B2B Cross Cloud Worker";

pub(super) fn cross_cloud_worker(facts: &Facts) -> Said {
    let page = "Entra admin center > Enterprise applications > Microsoft B2B Cross Cloud Worker > Properties";
    if let Some(said) = unseen(&facts.worker, "Application.Read.All", page) {
        return said;
    }
    let Look::Seen(found) = &facts.worker else { return Said::pass("") };
    if found.iter().any(|one| one.account_enabled == Some(false)) {
        return Said::fail(
            format!("{WORKER} is disabled: invitations of people of this tenant from another cloud fail"),
            format!("set \"Enabled for users to sign-in?\" to Yes at {page}"),
        );
    }
    Said::pass(if found.is_empty() { "not there yet, and so not disabled" } else { "enabled" })
}

pub(super) fn directory_sync(facts: &Facts) -> Said {
    if let Some(said) = unseen(&facts.synced, "User.Read.All", "the users of the tenant") {
        return said;
    }
    match &facts.synced {
        Look::Seen(Synced { newest: Some(newest), now }) => Said::pass(format!(
            "somebody in scope was synchronized {} minutes ago",
            (*now - *newest).num_minutes().max(0)
        )),
        // Not a failure: the time of a person moves when something about them does.
        _ => Said::warn(
            format!("nobody in scope was synchronized in the last {} hours", Synced::WITHIN.num_hours()),
            "normal where nothing has changed; else look at the additional Entra Connect server: Get-ADSyncScheduler, and its export errors",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Status;

    #[test]
    fn gcc_gcc_high_and_dod_are_told_apart_and_each_fits_its_cloud_alone() {
        let clouds = [CloudName::Commercial, CloudName::UsGov, CloudName::UsGovDod];
        let regions =
            [("NA", None, 0), ("NA", Some("GCC"), 0), ("USGOV", Some("DODCON"), 1), ("USGOV", Some("dod"), 2)];
        for (scope, sub, its_own) in regions {
            let region = Region { scope: Some(scope.to_owned()), sub_scope: sub.map(str::to_owned), cloud: None };
            let status = clouds.map(|cloud| placed(cloud, &region, true).status);
            for (place, status) in status.into_iter().enumerate() {
                let expected = if place == its_own { Status::Pass } else { Status::Fail };
                assert_eq!(status, expected, "{region:?} as {}", clouds[place]);
            }
        }
    }

    #[test]
    fn a_region_that_tells_nothing_fits_the_commercial_cloud_alone() {
        let status = |cloud| placed(cloud, &Region::default(), true).status;
        assert_eq!([CloudName::Commercial, CloudName::UsGov].map(status), [Status::Pass, Status::Fail]);
    }
}
