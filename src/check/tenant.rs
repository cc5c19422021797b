//! The checks that look at one tenant alone.

use super::access::selecting;
use super::{Identity, Look, NotSignedIn, Region, Said, Side, Synced, Trouble, View};
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
const OPTIONAL: [&str; 5] =
    [ROLES, "Organization.Read.All", "Policy.Read.All", "Policy.Read.CrossTenantAccess", "Application.Read.All"];
/// What mail by Graph takes.
const MAIL: &str = "Mail.Send";
/// What is said of permissions that no feature uses.
const TOO_MUCH: &str = "holds more than this program uses";
const TAKE_AWAY: &str = "take away what nothing else needs; settings are better changed by an administrator (`xcsync setup tenant --powershell`)";
/// Where nothing else can be said.
const MEND_CREDENTIAL: &str = "mend the credential first";
/// The most that clocks may differ, in minutes: tokens are refused beyond it.
const CLOCK_MINUTES: i64 = 5;

/// What was seen; else the permission to grant and the page that shows the same, or what happened.
pub(super) fn seen<'a, T>(look: &'a Look<T>, permission: &str, page: &str) -> Result<&'a T, Said> {
    match look {
        Look::Seen(seen) => Ok(seen),
        Look::Denied => Err(Said::skipped(
            format!("needs {permission}"),
            format!("grant {permission} to the identity of this tenant, or look at {page}"),
        )),
        Look::Failed(trouble) => Err(Said::failed(trouble)),
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

#[expect(clippy::unnecessary_wraps, reason = "one signature for all checks")]
pub(super) fn credential(view: &View<'_>) -> Result<Said, Said> {
    Ok(match &view.facts.identity {
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
    })
}

/// Also without a token: the tenant's public document tells where it is.
#[expect(clippy::unnecessary_wraps, reason = "one signature for all checks")]
pub(super) fn cloud(view: &View<'_>) -> Result<Said, Said> {
    let View { tenant, facts, .. } = view;
    if let Err(NotSignedIn { message, remedy, is_foreign: true }) = &facts.identity {
        return Ok(Said::fail(message.clone(), remedy.clone()));
    }
    let is_signed_in = facts.identity.is_ok();
    Ok(match &facts.region {
        Look::Seen(Some(region)) => placed(tenant.cloud, region, is_signed_in),
        Look::Seen(None) => Said::fail(
            format!("the authority of {} knows no tenant {}", tenant.cloud, tenant.tenant_id),
            format!("correct `cloud` or `tenant_id` of [tenants.{}]", tenant.name),
        ),
        Look::Denied | Look::Failed(_) if !is_signed_in => Said::not_signed_in(),
        Look::Denied => Said::pass("the token is for this tenant in this cloud"),
        Look::Failed(trouble) => Said::warn(
            format!("the token fits, and the public OpenID document can't be read: {}", trouble.message),
            "let this host reach the authority: `xcsync endpoints`",
        ),
    })
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

pub(super) fn clock(view: &View<'_>) -> Result<Said, Said> {
    let ahead = match &view.facts.clock {
        Look::Denied => return Err(Said::skipped("the server's time is not told", "see the other checks")),
        Look::Failed(trouble) => return Err(Said::failed(trouble)),
        Look::Seen(ahead) => ahead,
    };
    if ahead.num_minutes().abs() < CLOCK_MINUTES {
        return Ok(Said::pass(format!("{} s from the server's", ahead.num_seconds().abs())));
    }
    let way = if ahead.num_seconds() > 0 { "ahead of" } else { "behind" };
    Ok(Said::fail(
        format!("this machine is {} minutes {way} the server", ahead.num_minutes().abs()),
        "set its clock by the network: `timedatectl set-ntp true`, on Windows `w32tm /resync`",
    ))
}

pub(super) fn permissions(view: &View<'_>) -> Result<Said, Said> {
    let identity = view.facts.identity.as_ref().map_err(|_| Said::not_signed_in())?;
    if !identity.is_readable {
        return Err(Said::skipped(
            "the token can't be read, so that nobody sees what it holds",
            "look at Enterprise applications > the application > Permissions",
        ));
    }
    let needed: &[&str] = if view.side == Side::Tenant { &NEEDED } else { &NEEDED_AT_HOME };
    let missing: Vec<_> = needed.iter().copied().filter(|name| !identity.holds(name)).collect();
    if !missing.is_empty() {
        return Ok(missing_permissions(view, identity, &missing));
    }
    let lacking = lacking(view, identity);
    let more = superfluous(view, identity);
    if lacking.is_empty() && more.is_empty() {
        return Ok(Said::pass(format!("holds {}", needed.join(", "))));
    }
    let (mut details, mut remedies): (Vec<_>, Vec<_>) = lacking.into_iter().unzip();
    if more.is_empty() {
        details.insert(0, "holds what a run needs".to_owned());
    } else {
        details.insert(0, format!("{TOO_MUCH}: {}", more.join(", ")));
        remedies.push(TAKE_AWAY.to_owned());
    }
    Ok(Said::warn(details.join("; "), remedies.join("; ")))
}

/// What a run can do without, and what comes of that: each with what to do.
fn lacking(view: &View<'_>, identity: &Identity) -> Vec<(String, String)> {
    let mut lacking = Vec::new();
    if view.side == Side::Home {
        return lacking;
    }
    if !identity.holds(ROLES) {
        let detail = format!("without {ROLES} holders of directory roles are not kept from being converted");
        lacking.push((detail, format!("grant {ROLES}")));
    }
    if view.pair.mails_by_graph && !identity.holds(MAIL) {
        // https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac: what Exchange grants is in no token.
        let detail =
            format!("without {MAIL} mail goes by Graph only where Exchange itself allows it, which no token shows");
        lacking.push((detail, format!("grant {MAIL}, unless Exchange's RBAC for Applications lets it send as `from`")));
    }
    lacking
}

/// What is held and used by nothing here. A person's token has what the sign-in program was given, which is not for this
/// program to judge.
fn superfluous<'a>(view: &View<'_>, identity: &'a Identity) -> Vec<&'a str> {
    if identity.is_delegated {
        return Vec::new();
    }
    // Two tenants may be each other's home, with one identity for both.
    let invites = view.tenant.invite.is_some();
    let used: &[&str] = if invites { &NEEDED } else { &NEEDED_AT_HOME };
    let mails = invites && view.pair.mails_by_graph;
    let is_used = |name: &&str| OPTIONAL.contains(name) || used.contains(name) || mails && *name == MAIL;
    identity.permissions.iter().map(String::as_str).filter(|name| !is_used(name)).collect()
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

fn missing_permissions(view: &View<'_>, identity: &Identity, missing: &[&str]) -> Said {
    let detail = format!("the token lacks {}", missing.join(", "));
    if let Look::Seen(granted) = &view.facts.granted
        && missing.iter().all(|name| granted.iter().any(|one| one == name))
    {
        return Said::fail(
            format!("{detail}: granted, but not yet in the token"),
            "wait: a managed identity's token is renewed once in about 24 hours, an application's at the next sign-in",
        );
    }
    if identity.is_delegated {
        return Said::fail(
            detail,
            "a user's token holds what the program was given that signed in; sign in as an application: `az login --service-principal` or `--identity`, or another `method`",
        );
    }
    let (selecting, object) = (selecting(view.tenant), identity.object.as_deref().unwrap_or("OBJECT_ID"));
    Said::fail(
        detail,
        format!("grant it with admin consent: `xcsync setup permissions {selecting} --principal {object}` shows how"),
    )
}

pub(super) fn invitations_allowed(view: &View<'_>) -> Result<Said, Said> {
    const PAGE: &str =
        "Entra admin center > External Identities > External collaboration settings > Guest invite settings";
    Ok(match seen(&view.facts.allow_invites_from, "Policy.Read.All", PAGE)? {
        Some(from) if from.eq_ignore_ascii_case("none") => Said::fail(
            "allowInvitesFrom is none: nobody may invite, applications neither (US Government tenants start so)",
            format!("choose another than the most restrictive setting at {PAGE}; it takes 15 to 60 minutes to act"),
        ),
        Some(from) => Said::pass(format!("allowInvitesFrom is {from}: an application with User.Invite.All may invite")),
        None => Said::skipped("the cloud does not tell allowInvitesFrom", format!("look at {PAGE}")),
    })
}

pub(super) fn domains(view: &View<'_>) -> Result<Said, Said> {
    let own = seen(&view.facts.own_domains, "Organization.Read.All", "Entra admin center > Domain names")?;
    if own.is_empty() {
        return Ok(Said::pass("none of `domains` is verified in this tenant"));
    }
    Ok(Said::fail(
        format!("verified in this tenant: {}", own.join(", ")),
        "`domains` are the mail domains of the home side; people of this tenant's own domains can't be invited into it",
    ))
}

/// The name under which Microsoft's page has it searched for; no page gives its application id.
///
/// <https://learn.microsoft.com/en-us/entra/external-id/troubleshoot>
pub const WORKER: &str = "Microsoft B2B Cross Cloud Worker";

pub(super) fn cross_cloud_worker(view: &View<'_>) -> Result<Said, Said> {
    const PAGE: &str = "Entra admin center > Enterprise applications > Microsoft B2B Cross Cloud Worker > Properties";
    let found = seen(&view.facts.worker, "Application.Read.All", PAGE)?;
    if found.iter().any(|one| one.account_enabled == Some(false)) {
        return Ok(Said::fail(
            format!("{WORKER} is disabled: invitations of people of this tenant from another cloud fail"),
            format!("set \"Enabled for users to sign-in?\" to Yes at {PAGE}"),
        ));
    }
    Ok(Said::pass(if found.is_empty() { "not there yet, and so not disabled" } else { "enabled" }))
}

pub(super) fn directory_sync(view: &View<'_>) -> Result<Said, Said> {
    let Synced { newest, is_whole, now } = seen(&view.facts.synced, "User.Read.All", "the users of the tenant")?;
    Ok(match newest {
        Some(newest) => Said::pass(format!(
            "somebody in scope was synchronized {} minutes ago",
            (*now - *newest).num_minutes().max(0)
        )),
        None if !is_whole => Said::skipped(
            "many people were synchronized lately, and of the first thousands none has a mail of `domains`",
            "look at one of them: Entra admin center > Users > the person > On-premises",
        ),
        // Not a failure: the time of a person moves when something about them does.
        None => Said::warn(
            format!("nobody in scope was synchronized in the last {} hours", Synced::WITHIN.num_hours()),
            "normal where nothing has changed; else look at the additional Entra Connect server: Get-ADSyncScheduler, and its export errors",
        ),
    })
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
