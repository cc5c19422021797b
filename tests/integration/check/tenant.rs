//! The checks that look at one tenant alone, each made to fail.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;
use xcsync::sandbox::{AllowInvitesFrom, Person, Tenant as Emulated};

use super::{AT_HOME, INVITER, amiss, assert_amiss, found, ready, row, worker};
use crate::context::Tenant;

/// A pair whose inviting tenant is changed so.
async fn with(change: impl FnOnce(&mut Emulated)) -> Tenant {
    let pair = ready().await;
    pair.graph.edit(change);
    pair
}

/// A pair whose home tenant is changed so.
async fn with_home(change: impl FnOnce(&mut Emulated)) -> Tenant {
    let pair = ready().await;
    pair.home().graph.edit(change);
    pair
}

#[tokio::test(start_paused = true)]
async fn a_tenant_in_which_nobody_may_invite_fails_and_the_page_is_named() {
    let pair = with(|tenant| tenant.allow_invites_from = AllowInvitesFrom::None).await;
    assert_amiss(&found(&pair).await, &["tenant invitations-allowed fail"], "Guest invite settings");
}

#[tokio::test(start_paused = true)]
async fn administrators_and_guest_inviters_alone_still_lets_applications_invite() {
    for from in [AllowInvitesFrom::AdminsAndGuestInviters, AllowInvitesFrom::AdminsGuestInvitersAndAllMembers] {
        let pair = with(|tenant| tenant.allow_invites_from = from).await;
        assert_eq!(amiss(&found(&pair).await), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_at_home_in_the_inviting_tenant_fails_with_and_without_permission_to_read_them() {
    for permissions in
        [INVITER, &["User.Read.All", "User.Invite.All", "RoleManagement.Read.Directory", "Policy.Read.All"]]
    {
        let pair = with(|tenant| tenant.verified_domains.push("Contoso.com".to_owned())).await.permitted(permissions);
        let found = found(&pair).await;
        assert_amiss(&found, &["tenant domains fail"], "ontoso.com");
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_was_disabled_fails_and_one_that_is_not_there_yet_does_not() {
    let disabled = with_home(|tenant| tenant.principals = vec![worker(false)]).await;
    assert_amiss(&found(&disabled).await, &["home cross-cloud-worker fail"], "is disabled");
    let missing = with_home(|tenant| tenant.principals = Vec::new()).await;
    assert_eq!(amiss(&found(&missing).await), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn nobody_synchronized_in_three_hours_is_a_warning_also_where_others_were() {
    let alone = with(|tenant| {
        let old = tenant.now - TimeDelta::minutes(181);
        tenant.people.iter_mut().for_each(|person| person.on_premises_last_sync_date_time = Some(old));
        tenant.people.push(Person::synced(2, "ben@elsewhere.com"));
    })
    .await;
    assert_amiss(&found(&alone).await, &["tenant directory-sync warn"], "3 hours");
}

#[tokio::test(start_paused = true)]
async fn where_more_were_synchronized_than_are_looked_at_nothing_is_claimed_about_the_others() {
    for (strangers, expected) in [(4, vec![]), (5, vec!["tenant directory-sync skipped"])] {
        let pair = with(|tenant| {
            tenant.page_size = Some(1);
            let ours = std::mem::take(&mut tenant.people);
            tenant.people.extend((10..10 + strangers).map(|n| Person::synced(n, &format!("p{n}@elsewhere.com"))));
            tenant.people.extend(ours.iter().cloned());
        })
        .await;
        assert_amiss(&found(&pair).await, &expected, if expected.is_empty() { "" } else { "of the first" });
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_by_five_minutes_fails_on_both_sides_and_says_which_way() {
    for (off, expected, way) in [
        (299, vec![], ""),
        (301, vec!["tenant clock fail", "home clock fail"], "ahead of"),
        (-301, vec!["tenant clock fail", "home clock fail"], "behind"),
    ] {
        let mut pair = ready().await;
        pair.local_time = Some(pair.graph.now() + TimeDelta::seconds(off));
        assert_amiss(&found(&pair).await, &expected, way);
    }
}

#[tokio::test(start_paused = true)]
async fn more_permissions_than_are_used_are_a_warning_that_names_them() {
    let pair = ready().await.permitted(&[INVITER, &["User.ReadWrite.All", "Sites.FullControl.All"]].concat());
    assert_amiss(&found(&pair).await, &["tenant permissions warn"], "User.ReadWrite.All, Sites.FullControl.All");
    let held: Vec<_> = INVITER.iter().copied().filter(|role| !role.starts_with("RoleManagement")).collect();
    let pair = ready().await.permitted(&[&held[..], &["User.ReadWrite.All"]].concat());
    let found_both = found(&pair).await;
    assert_amiss(
        &found_both,
        &["tenant permissions warn"],
        "User.ReadWrite.All; without RoleManagement.Read.Directory",
    );
    let mut pair = ready().await;
    pair.home.as_mut().unwrap().token = pair.home().graph.token(&[AT_HOME, &["User.Invite.All"]].concat());
    assert_amiss(&found(&pair).await, &["home permissions warn"], "User.Invite.All");
}

#[tokio::test(start_paused = true)]
async fn mail_by_graph_takes_a_permission_that_is_too_much_without_it() {
    const MAIL: &str = "[notify.mail]\nfrom = \"xcsync@fabrikam.us\"\nto = [\"team@fabrikam.us\"]";
    let mailer = [INVITER, &["Mail.Send"]].concat();
    let permissions = async |held: &[&str], notify: &str| {
        let found = found(&ready().await.permitted(held).set("notify", notify)).await;
        let row = row(&found, "tenant permissions");
        (row.status.clone(), row.detail.clone())
    };
    let (status, detail) = permissions(INVITER, MAIL).await;
    assert!(status == "warn" && detail.contains("without Mail.Send mail goes by Graph only"), "{status} {detail}");
    let (status, detail) = permissions(&mailer, "").await;
    assert!(status == "warn" && detail.contains("more than this program uses: Mail.Send"), "{status} {detail}");
    assert_eq!(permissions(&mailer, MAIL).await.0, "pass");
    assert_eq!(permissions(&mailer, &format!("[notify]\non = \"never\"\n{MAIL}")).await.0, "warn");
}

#[tokio::test(start_paused = true)]
async fn users_may_be_read_by_a_higher_permission_and_invited_by_none_but_its_own() {
    let mut pair = ready().await;
    let held = ["Directory.Read.All", "Policy.Read.All"];
    pair.home.as_mut().unwrap().token = pair.home().graph.token(&held);
    assert_amiss(&found(&pair).await, &["home permissions warn"], "Directory.Read.All");
    let held: Vec<_> =
        INVITER.iter().copied().filter(|role| *role != "User.Invite.All").chain(["User.ReadWrite.All"]).collect();
    let pair = ready().await.permitted(&held);
    assert_amiss(&found(&pair).await, &["tenant permissions fail"], "lacks User.Invite.All");
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_was_granted_and_is_not_in_the_token_yet_needs_patience_and_no_second_grant() {
    let held: Vec<_> = INVITER.iter().copied().filter(|role| *role != "User.Invite.All").collect();
    let pair = ready().await.permitted(&held);
    let application = pair.graph.edit(|tenant| tenant.application.object_id);
    let before = found(&pair).await;
    let setup = format!("xcsync setup permissions --tenant emulated --principal {application}");
    assert_amiss(&before, &["tenant permissions fail"], &setup);
    pair.graph.edit(|tenant| {
        let grant = xcsync::sandbox::Grant::named(application, "User.Invite.All", tenant.now).unwrap();
        tenant.grants.push(grant);
    });
    assert_amiss(&found(&pair).await, &["tenant permissions fail"], "granted, but not yet in the token");
}

#[tokio::test(start_paused = true)]
async fn a_persons_token_is_judged_by_what_it_was_given_and_the_way_out_is_an_application() {
    let mut pair = ready().await;
    let claims = json!({ "scp": "User.Read.All User.Invite.All Mail.Read openid profile", "roles": [] });
    pair.token = pair.graph.token_with(claims);
    let all = found(&pair).await;
    let permissions = row(&all, "tenant permissions");
    assert!(permissions.status == "warn" && permissions.detail.contains("RoleManagement"), "{all:#?}");
    assert!(row(&all, "tenant credential").detail.contains("a user of the application"), "{all:#?}");
    pair.token = pair.graph.token_with(json!({ "scp": "User.Read.All", "roles": [] }));
    let lacking = found(&pair).await;
    let remedy = row(&lacking, "tenant permissions").remedy.clone().unwrap();
    assert!(remedy.contains("az login --service-principal"), "{remedy}");
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_tenant_or_cloud_fails_the_cloud_and_not_the_credential() {
    let foreign = json!({ "tid": Uuid::from_u128(7), "roles": INVITER });
    let elsewhere = json!({ "aud": "https://graph.microsoft.com", "roles": INVITER });
    for claims in [foreign, elsewhere] {
        let mut pair = ready().await;
        pair.token = pair.graph.token_with(claims);
        let found = found(&pair).await;
        let status = |check: &str| row(&found, &format!("tenant {check}")).status.as_str();
        assert_eq!(
            [status("credential"), status("cloud"), status("permissions")],
            ["pass", "fail", "skipped"],
            "{found:#?}"
        );
        assert!(found.iter().filter(|one| one.row.starts_with("home ")).all(|one| one.status == "pass"), "{found:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_says_nothing_of_itself_is_proven_and_its_permissions_are_not_guessed() {
    let mut pair = ready().await;
    pair.token = pair.graph.opaque_token(json!({ "roles": INVITER }));
    let found = found(&pair).await;
    assert_amiss(&found, &["tenant permissions skipped"], "can't be read");
    assert!(row(&found, "tenant credential").detail.contains("does not tell who"), "{found:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_is_unknown_to_the_authority_fails_the_cloud_also_without_a_token() {
    let mut pair = ready().await;
    pair.id = Uuid::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888);
    pair.token = "nobody.knows.it".to_owned();
    let found = found(&pair).await;
    assert_eq!(row(&found, "tenant credential").status, "fail", "{found:#?}");
    let cloud = row(&found, "tenant cloud");
    assert!(cloud.status == "fail" && cloud.detail.contains("knows no tenant"), "{cloud:?}");
}

#[tokio::test(start_paused = true)]
async fn a_region_without_b2b_fails() {
    let pair = with(|tenant| tenant.region_scope = "USG".to_owned()).await;
    assert_amiss(&found(&pair).await, &["tenant cloud fail"], "not supported");
}
