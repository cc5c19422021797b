//! docs/setup.md, followed from its first command to its last: a pair of emulated tenants starts as new, what the guide
//! leaves to people is done between its commands, and every command ends and says what the guide lets expect.

pub(super) mod pair;

use xcsync::sandbox::AllowInvitesFrom;

use crate::context::Ended;
use pair::{COMMERCIAL, GCCH, Guide, Side};

/// What an identity that invites is granted before it may invite.
const READING: &[&str] = &[
    "User.Read.All",
    "Organization.Read.All",
    "RoleManagement.Read.Directory",
    "Policy.Read.All",
    "Application.Read.All",
];
const LOOK_UPS: &[&str] = &["User.Read.All", "Policy.Read.All", "Application.Read.All", "Organization.Read.All"];

#[tokio::test(start_paused = true)]
async fn whoever_follows_the_guide_invites_in_both_directions() {
    followed(Guide::open().await).await;
}

/// As its Graph's own description has it.
#[tokio::test(start_paused = true)]
async fn the_guide_leads_as_far_where_the_government_tenant_does_not_tell_its_clouds() {
    let guide = Guide::open().await;
    guide.edit(&GCCH, |tenant| tenant.access.allowed_cloud_endpoints = None);
    followed(guide).await;
}

async fn followed(mut guide: Guide) {
    before_anything_is_set_up(&mut guide).await;
    commercial_people_are_invited(&mut guide).await;
    government_people_are_invited(&mut guide).await;
    assert_eq!(guide.left(), [""; 0], "nobody has run these");
}

async fn before_anything_is_set_up(guide: &mut Guide) {
    guide.run("invite --cloud sandbox", 3, &["result: 11 of 12 invited"]).await;
    guide.run("check --cloud sandbox", 8, &["fail ", "warn ", "skipped ", "pass "]).await;
    guide.run("setup tenant --cloud sandbox --apply", 0, &["result: applied 5, failed 0"]).await;
    guide.run("endpoints", 0, &["graph.microsoft.us", "graph.microsoft.com"]).await;
    guide.run("config init", 0, &["config.toml"]).await;
    guide.run("config check", 0, &["no problems, 2 tenants"]).await;
}

async fn commercial_people_are_invited(guide: &mut Guide) {
    let inviting = "66666666-7777-8888-9999-222222222222";
    permissions(guide, &GCCH, inviting, "--for dry-run --for check", READING).await;
    permissions(guide, &COMMERCIAL, "77777777-8888-9999-2222-333333333333", "--for look-ups --for check", LOOK_UPS)
        .await;
    guide.edit(&GCCH, |tenant| tenant.allow_invites_from = AllowInvitesFrom::AdminsAndGuestInviters);
    let plan = ["planned partner-cloud", "planned partner-organization", "planned auto-redeem", "15 to 60 minutes"];
    guide.run("setup tenant --tenant gcch", 0, &plan).await;
    access_scripts(guide, &GCCH, ["USGov", "Global"]).await;
    guide.administrators_apply("gcch").await;
    let warnings = ["Created: ", "staging mode", "scheduler was off before and still is", "$UpnTo = ''"];
    guide.run("setup connect-rule", 0, &warnings).await;
    guide.run("setup connect-rule --upn-to extensionAttribute15", 0, &["$UpnTo = 'extensionAttribute15'"]).await;
    guide.run("invite --tenant gcch --dry-run --full", 0, &["ann@contoso.com", "invite 1,"]).await;
    let trace = ["found yes", "at-home yes", "decision invite, new"];
    guide.run("invite --tenant gcch --user ann@contoso.com --dry-run", 0, &trace).await;
    only_the_last_permission_is_missing(&guide.run("check --tenant gcch", 8, &["fail permissions"]).await);
    guide.run("explain upn-differs", 0, &["meaning", "side", "remedy"]).await;
    permissions(guide, &GCCH, inviting, "--for invite", &["User.Invite.All"]).await;
    guide.run("check --tenant gcch", 0, &["fail 0"]).await;
    guide.run("invite --tenant gcch --user ann@contoso.com --record first.jsonl", 0, &["1 of 1 invited"]).await;
    assert_eq!(guide.mailed(&GCCH), ["ann@contoso.com"]);
    guide.run("history", 0, &["gcch"]).await;
}

async fn government_people_are_invited(guide: &mut Guide) {
    guide.other_direction();
    let inviting = "22222222-3333-4444-5555-666666666666";
    permissions(guide, &COMMERCIAL, inviting, "--for dry-run --for check", READING).await;
    permissions(guide, &GCCH, "33333333-4444-5555-6666-777777777777", "--for look-ups --for check", LOOK_UPS).await;
    // The clouds and the partners are there from the first direction.
    let plan = guide.run("setup tenant --tenant commercial", 0, &["planned auto-redeem"]).await;
    let planned = plan.stdout.lines().filter(|line| line.trim_start().starts_with("planned"));
    assert_eq!(planned.filter(|line| !line.contains("auto-redeem")).collect::<Vec<_>>(), [""; 0]);
    access_scripts(guide, &COMMERCIAL, ["Global", "USGov"]).await;
    guide.administrators_apply("commercial").await;
    guide.run("invite --tenant commercial --dry-run --full", 0, &["bob@fabrikam.us", "invite 1,"]).await;
    only_the_last_permission_is_missing(&guide.run("check --tenant commercial", 8, &["fail permissions"]).await);
    permissions(guide, &COMMERCIAL, inviting, "--for invite", &["User.Invite.All"]).await;
    guide.run("invite --tenant commercial --user bob@fabrikam.us --record first.jsonl", 0, &["1 of 1 invited"]).await;
    assert_eq!(guide.mailed(&COMMERCIAL), ["bob@fabrikam.us"]);
}

/// Prints the script and grants what it names, as the administrator who runs it; `expected` is among it.
async fn permissions(guide: &mut Guide, side: &Side, principal: &str, purposes: &str, expected: &[&str]) {
    let line = format!("setup permissions --tenant {} --principal {principal} {purposes} --powershell", side.name);
    let script = guide.run(&line, 0, &[principal, &format!("$tenantId = '{}'", side.id)]).await.stdout;
    let granted = guide.grant(side, &script);
    assert!(expected.iter().all(|name| granted.iter().any(|one| one == name)), "{granted:?}");
    let is_early = purposes != "--for invite" && granted.iter().any(|name| name == "User.Invite.All");
    assert!(!is_early, "granted before anybody is to be invited: {line}");
}

/// The scripts of both sides, each for its own cloud, each with the parameter that the guide names.
async fn access_scripts(guide: &mut Guide, inviting: &Side, [here, there]: [&str; 2]) {
    for (side, cloud, role) in [("tenant", here, "$invites"), ("home", there, "$isHome")] {
        let line = format!("setup tenant --tenant {} --side {side} --powershell", inviting.name);
        let said =
            [&*format!("$environment = '{cloud}'"), &*format!("{role} = $true"), "'b2b-inbound', 'b2b-outbound'"];
        guide.run(&line, 0, &said).await;
    }
}

fn only_the_last_permission_is_missing(check: &Ended) {
    assert!(check.stdout.contains("fail 1,") && check.stdout.contains("lacks User.Invite.All"), "{}", check.stdout);
}
