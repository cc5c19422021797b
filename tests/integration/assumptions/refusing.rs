use xcsync::sandbox::{AllowInvitesFrom, Person};

use super::under_both;
use crate::context::{Gateway, Tenant, new_people};

#[tokio::test(start_paused = true)]
async fn members_are_invited_or_the_run_stops_after_one() {
    let [may, may_not] = under_both(|| new_people(3), |switches| switches.app_may_invite_members = false).await;
    assert_eq!(may.apply(&[]).await.results(), [3, 0, 0, 0, 0]);
    let run = may_not.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (4, "insufficient-privileges", [0, 1, 0, 0, 2]));
    assert!(run.run["error"]["hint"].as_str().unwrap().contains("User.Invite.All"));
}

#[tokio::test(start_paused = true)]
async fn a_higher_permission_alone_is_judged_by_the_service() {
    let roles = ["User.ReadWrite.All", "Organization.Read.All", "RoleManagement.Read.Directory"];
    let tenants = under_both(|| new_people(3), |switches| switches.invite_all_required = false).await;
    let [needed, not_needed] = tenants.map(|tenant| tenant.permitted(&roles));
    let run = needed.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (4, "invitations-not-allowed", [0, 1, 0, 0, 2]));
    assert_eq!(not_needed.apply(&[]).await.results(), [3, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn an_address_taken_in_another_case_is_held() {
    let owner =
        || vec![Person::synced(1, "p1@contoso.com"), Person::cloud(2, "x@fabrikam.us").proxy("SMTP:P1@Contoso.com")];
    for tenant in under_both(owner, |switches| switches.addresses_collide_in_any_case = false).await {
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.run["decisions"][0]["reason"].as_str()), (0, Some("address-taken")));
        assert!(run.posts().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_among_other_mails_is_held() {
    let owner =
        || vec![Person::synced(1, "p1@contoso.com"), Person::cloud(2, "x@fabrikam.us").other_mail("p1@contoso.com")];
    for tenant in under_both(owner, |switches| switches.other_mails_collide = false).await {
        let run = tenant.apply(&[]).await;
        assert_eq!((run.run["decisions"][0]["reason"].as_str(), run.posts().len()), (Some("address-taken"), 0));
    }
}

#[tokio::test(start_paused = true)]
async fn another_address_than_mail_is_sent_or_refused_and_never_loops() {
    let people = || {
        (1..=8).map(|n| {
            Person::synced(n, &format!("p{n}@contoso.com")).extension_attribute(1, &format!("q{n}@contoso.com"))
        })
    };
    let tenants = under_both(|| people().collect(), |switches| switches.address_must_be_mail = true).await;
    let [free, bound] = tenants.map(|tenant| tenant.set("invite", "address = \"extensionAttribute1\""));
    assert_eq!(free.apply(&[]).await.results(), [8, 0, 0, 0, 0]);
    let run = bound.apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (7, [0, 5, 0, 0, 3], 5));
}

#[tokio::test(start_paused = true)]
async fn an_account_disabled_meanwhile_fails_alone() {
    for tenant in under_both(|| new_people(3), |switches| switches.disabled_is_precondition_failed = false).await {
        let disable = async {
            Gateway::after_posts(&tenant.graph, 1).await;
            let id = new_people(2)[1].id;
            tenant.graph.edit(|graph| graph.people.get_mut(id).unwrap().account_enabled = Some(false));
        };
        let (run, ()) = tokio::join!(tenant.apply(&[]), disable);
        assert_eq!((run.exit, run.results()), (3, [2, 1, 0, 0, 0]));
        assert_eq!(run.outcome("p2@contoso.com")["error"]["code"], "account-blocked");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_refuses_is_known_by_status_and_text() {
    for tenant in under_both(|| new_people(3), |switches| switches.policy_refusal_is_forbidden = false).await {
        tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.error(), run.results()), (4, "invitations-not-allowed", [0, 1, 0, 0, 2]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrongly_prepared_object_gets_the_hint_about_the_connect_rule() {
    let person = || Person::synced(1, "p1@contoso.com").on_premises_upn("p1@contoso.com");
    assert_eq!(Tenant::with([person()]).await.apply(&[]).await.results(), [1, 0, 0, 0, 0]);
    let run = Tenant::with([person().not_convertible()]).await.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (3, [0, 1, 0, 0, 0]));
    let hint = run.outcome("p1@contoso.com")["error"]["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("onPremisesUserPrincipalName") && hint.contains("Entra Connect rule"), "{hint}");
}
