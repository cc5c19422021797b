//! What an invitation does, and why it is refused.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Bench, invitation, tenant};
use crate::sandbox::{AllowInvitesFrom, Contact, Mail, Person, Refusal, monday};

fn ann() -> Person {
    Person::synced(1, "ann@contoso.com")
}

async fn refusal(bench: &Bench, person: &Person, address: &str) -> (u16, String) {
    let (status, body) = bench.invite(person.id, address).await;
    (status, body["error"]["message"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn an_account_is_converted_in_place() {
    let bench = Bench::with([ann()]).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let (status, body) = bench.invite(ann().id, "ann@contoso.com").await;
    assert_eq!(status, 201);
    assert_eq!(body["status"], "PendingAcceptance");
    assert_eq!(body["invitedUser"], json!({ "id": ann().id }));
    assert!(body["inviteRedeemUrl"].as_str().unwrap().contains("ticket"));
    let state = bench.state(ann().id).await;
    assert_eq!(state["externalUserState"], "PendingAcceptance");
    assert_eq!(state["externalUserStateChangeDateTime"], "2026-03-02T08:00:05Z");
    let person = bench.sandbox.person(ann().id).unwrap();
    assert_eq!(person.user_principal_name, ann().user_principal_name);
    assert_eq!((person.user_type, person.creation_type), (Some("Member".to_owned()), None));
    let mail = Mail {
        to: "ann@contoso.com".to_owned(),
        user_id: ann().id,
        language: Some("en-US".to_owned()),
        at: monday() + chrono::TimeDelta::seconds(5),
    };
    assert_eq!(bench.sandbox.edit(|tenant| tenant.mails.clone()), [mail]);
}

#[tokio::test(start_paused = true)]
async fn a_pending_user_gets_another_mail() {
    let bench = Bench::with([ann()]).await;
    bench.invite(ann().id, "ann@contoso.com").await;
    bench.invite(ann().id, "ann@contoso.com").await;
    assert_eq!(bench.sandbox.edit(|tenant| tenant.mails.len()), 2);
}

#[tokio::test(start_paused = true)]
async fn the_change_time_of_a_second_invitation_is_a_switch() {
    for (moves, expected) in [(true, "2026-03-02T08:01:00Z"), (false, "2026-03-02T08:00:00Z")] {
        let bench = Bench::with([ann()]).await;
        bench.sandbox.edit(|tenant| tenant.switches.second_invitation_moves_change_time = moves);
        bench.invite(ann().id, "ann@contoso.com").await;
        tokio::time::advance(Duration::from_secs(60)).await;
        bench.invite(ann().id, "ann@contoso.com").await;
        assert_eq!(bench.state(ann().id).await["externalUserStateChangeDateTime"], expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_user_is_answered_by_the_switch_and_gets_no_mail() {
    for (created, expected) in [(true, 201), (false, 400)] {
        let bench = Bench::with([ann().state("Accepted", monday())]).await;
        bench.sandbox.edit(|tenant| tenant.switches.accepted_again_is_created = created);
        assert_eq!(bench.invite(ann().id, "ann@contoso.com").await.0, expected);
        assert_eq!(bench.state(ann().id).await["externalUserState"], "Accepted");
        assert!(bench.sandbox.edit(|tenant| tenant.mails.is_empty()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_redeemed_invitation_shows_as_accepted() {
    let bench = Bench::with([ann()]).await;
    bench.invite(ann().id, "ann@contoso.com").await;
    bench.sandbox.accept(ann().id);
    assert_eq!(bench.state(ann().id).await["externalUserState"], "Accepted");
}

#[tokio::test(start_paused = true)]
async fn the_new_state_shows_late_where_replicas_lag() {
    let bench = Bench::with([ann()]).await;
    bench.sandbox.edit(|tenant| tenant.switches.state_lag = Duration::from_secs(8));
    bench.invite(ann().id, "ann@contoso.com").await;
    assert_eq!(bench.state(ann().id).await["externalUserState"], Value::Null);
    tokio::time::advance(Duration::from_secs(8)).await;
    assert_eq!(bench.state(ann().id).await["externalUserState"], "PendingAcceptance");
}

#[tokio::test(start_paused = true)]
async fn a_lost_conversion_is_answered_201() {
    let bench = Bench::with([Person { conversion_lost: true, ..ann() }]).await;
    assert_eq!(bench.invite(ann().id, "ann@contoso.com").await.0, 201);
    assert_eq!(bench.state(ann().id).await["externalUserState"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn the_permission_is_its_own() {
    let bench = Bench::with([ann()]).await;
    for (roles, start) in
        [(["User.Read.All"], "Insufficient privileges"), (["User.ReadWrite.All"], "Guest invitations not allowed")]
    {
        let token = bench.sandbox.token(&roles);
        let request = bench.client.post(format!("{}/v1.0/invitations", bench.sandbox.root())).bearer_auth(token);
        let (status, body) =
            super::answer(request.json(&invitation(ann().id, "ann@contoso.com")).send().await.unwrap()).await;
        assert_eq!(status, 403);
        assert!(body["error"]["message"].as_str().unwrap().starts_with(start), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tenant_can_refuse_everybody() {
    let bench = Bench::with([ann()]).await;
    bench.sandbox.edit(|tenant| tenant.allow_invites_from = AllowInvitesFrom::None);
    let (status, message) = refusal(&bench, &ann(), "ann@contoso.com").await;
    assert_eq!((status, message.starts_with("Guest invitations not allowed for your company.")), (403, true));
    bench.sandbox.edit(|tenant| tenant.blocked_for_suspicion = true);
    let (status, message) = refusal(&bench, &ann(), "ann@contoso.com").await;
    assert_eq!((status, message.contains("suspicious activity")), (403, true));
}

#[tokio::test(start_paused = true)]
async fn addresses_are_refused_by_their_form_and_domain() {
    let bench = Bench::with([ann()]).await;
    bench.sandbox.edit(|tenant| {
        tenant.groups.insert("All@contoso.com".to_owned());
        tenant.blocked_domains.insert("blocked.example".to_owned());
        tenant.worker_disabled_domains.insert("noworker.example".to_owned());
        let odd = Refusal {
            status: 500,
            code: "InternalServerError".to_owned(),
            message: "Unable to find target address".to_owned(),
        };
        tenant.refusals.insert("odd@contoso.com".to_owned(), odd);
    });
    for (address, status, start) in [
        ("ann+x@contoso.com", 400, "The Primary SMTP Address is an invalid value"),
        ("ann.@contoso.com", 400, "The Primary SMTP Address is an invalid value"),
        ("ann", 400, "The Primary SMTP Address is an invalid value"),
        ("all@contoso.com", 400, "Group email address is not supported"),
        ("x@blocked.example", 400, "This invitation is blocked by cross-tenant access settings."),
        ("x@noworker.example", 400, "This action can't be completed because the Microsoft B2B Cross Cloud Worker"),
        ("x@fabrikam.us", 400, "This user can't be invited to this directory."),
        ("odd@contoso.com", 500, "Unable to find target address"),
    ] {
        let (found, message) = refusal(&bench, &ann(), address).await;
        assert_eq!((found, message.starts_with(start)), (status, true), "{address}: {message}");
    }
    assert_eq!(bench.state(ann().id).await["externalUserState"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_another_object_has_is_refused() {
    let bob = Person::cloud(2, "bob@fabrikam.us").proxy("smtp:Ann@contoso.com");
    let bench = Bench::with([ann(), bob.clone()]).await;
    let (status, message) = refusal(&bench, &ann(), "ann@contoso.com").await;
    assert_eq!(status, 400);
    assert!(message.contains(&format!("already exists in the directory as object ID: {}", bob.id)), "{message}");
    bench.sandbox.edit(|tenant| tenant.switches.addresses_collide_in_any_case = false);
    assert_eq!(bench.invite(ann().id, "ann@contoso.com").await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn a_contact_with_the_address_blocks_it() {
    let bench = Bench::with([ann()]).await;
    let contact = Contact {
        id: uuid::Uuid::from_u128(77),
        display_name: Some("Ann (contact)".to_owned()),
        mail: Some("ann@contoso.com".to_owned()),
        proxy_addresses: vec!["SMTP:ann@contoso.com".to_owned()],
    };
    bench.sandbox.edit(|tenant| tenant.contacts.push(contact));
    assert_eq!(bench.invite(ann().id, "ann@contoso.com").await.0, 400);
    let filter = "/v1.0/contacts?$select=id,mail&$filter=proxyAddresses/any(x:x eq 'smtp:ann@contoso.com')";
    assert_eq!(bench.get(filter).await.1["value"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_disabled_account_is_a_failed_precondition() {
    let bench = Bench::with([ann().disabled()]).await;
    let (status, message) = refusal(&bench, &ann(), "ann@contoso.com").await;
    assert_eq!((status, message.contains("but the account is blocked from signing in")), (412, true));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_converted_is_an_invalid_request() {
    let bench = Bench::with([ann().not_convertible()]).await;
    assert_eq!(refusal(&bench, &ann(), "ann@contoso.com").await, (400, "Invalid request input.".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn without_an_object_id_the_account_itself_is_in_the_way() {
    let bench = Bench::with([ann()]).await;
    let mut body = invitation(ann().id, "ann@contoso.com");
    body.as_object_mut().unwrap().remove("invitedUser");
    let (status, answer) = bench.post("/v1.0/invitations", &body).await;
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().contains(&ann().id.to_string()));
    body["invitedUserEmailAddress"] = json!("new@contoso.com");
    body["invitedUserType"] = json!("Guest");
    assert_eq!(bench.post("/v1.0/invitations", &body).await.0, 201);
    assert_eq!(bench.sandbox.edit(|tenant| tenant.people.len()), 2);
}

#[tokio::test(start_paused = true)]
async fn a_malformed_invitation_does_nothing() {
    let bench = Bench::unlogged([ann()]).await;
    let whole = invitation(ann().id, "ann@contoso.com");
    for (name, value) in [
        ("invitedUserEmailAddress", Value::Null),
        ("inviteRedirectUrl", Value::Null),
        ("invitedUserType", json!("Robot")),
        ("colour", json!("red")),
    ] {
        let mut body = whole.clone();
        body[name] = value;
        assert_eq!(bench.post("/v1.0/invitations", &body).await.0, 400, "{name}");
    }
    assert_eq!(bench.state(ann().id).await["externalUserState"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn throttling_counts_fixed_windows() {
    let mut tenant = tenant();
    tenant.invitation_limit = Some((2, Duration::from_secs(5)));
    tenant.people.push(ann());
    let bench = Bench::of(tenant).await;
    tokio::time::advance(Duration::from_millis(1_500)).await;
    let send = || bench.request("POST", "/v1.0/invitations").json(&invitation(ann().id, "ann@contoso.com")).send();
    assert_eq!(send().await.unwrap().status(), 201);
    assert_eq!(send().await.unwrap().status(), 201);
    let refused = send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"4".parse().unwrap()));
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(send().await.unwrap().status(), 201);
    bench.sandbox.edit(|tenant| tenant.switches.throttled_with_retry_after = false);
    assert_eq!(send().await.unwrap().status(), 201);
    assert!(send().await.unwrap().headers().get("retry-after").is_none());
}

#[tokio::test(start_paused = true)]
async fn answers_take_the_time_that_was_drawn() {
    let mut tenant = tenant();
    tenant.invitation_latency = (Duration::from_secs(2), Duration::from_secs(3));
    tenant.people.push(ann());
    let bench = Bench::of(tenant).await;
    let before = tokio::time::Instant::now();
    bench.invite(ann().id, "ann@contoso.com").await;
    let took = before.elapsed();
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(4), "{took:?}");
}
