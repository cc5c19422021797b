//! `POST /invitations`, above all of an existing account.
//!
//! <https://learn.microsoft.com/en-us/graph/api/invitation-post>,
//! <https://learn.microsoft.com/en-us/entra/external-id/invite-internal-users>

mod rules;

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, Failure};
use super::person::{EarlierState, Person};
use super::request::Request;
use super::routes::Roles;
use super::state::State;
use super::tenant::Mail;

/// An invitation whose form is right.
struct Invitation {
    address: String,
    user: Option<Uuid>,
    user_type: Option<String>,
    redirect: String,
    send: bool,
    language: Option<String>,
    display_name: Option<String>,
}

/// Judges an invitation, and does what it says.
pub(super) fn post(state: &mut State, request: &Request, roles: &Roles) -> Result<Answer, Failure> {
    rules::permission(state, roles)?;
    let limit = state.tenant.invitation_limit;
    if let Err(left) = state.invitations.count(limit, state.started.elapsed()) {
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        return Err(Failure::throttled(state.tenant.switches.throttled_with_retry_after.then(|| seconds.to_string())));
    }
    let invitation = rules::form(&request.body)?;
    rules::tenant(state)?;
    rules::address(state, &invitation)?;
    let position = rules::target(state, &invitation)?;
    let answer = match position {
        Some(position) => convert(state, &invitation, position),
        None => create_guest(state, &invitation),
    };
    let latency = state.tenant.invitation_latency;
    let delay = state.draw(latency);
    answer.map(|answer| answer.after(delay))
}

/// Turns an existing account into a B2B user, or reminds one who is.
fn convert(state: &mut State, invitation: &Invitation, position: usize) -> Result<Answer, Failure> {
    let now = state.now();
    let switches = state.tenant.switches.clone();
    let person = state.tenant.people.at(position).ok_or_else(|| Failure::not_found("user"))?.clone();
    let accepted = person.external_user_state.as_deref() == Some("Accepted");
    if accepted && !switches.accepted_again_is_created {
        return Err(rules::exists(&person));
    }
    if !accepted && !person.conversion_lost {
        let pending = person.external_user_state.is_some();
        let (seen_state, seen_changed) = person.state_at(now);
        let earlier = EarlierState {
            until: now + chrono::TimeDelta::from_std(switches.state_lag).unwrap_or_default(),
            state: seen_state.cloned(),
            changed: seen_changed,
        };
        let user_type = invitation.user_type.clone().filter(|_| !switches.user_type_stays);
        state.tenant.people.update(position, |person| {
            person.external_user_state = Some("PendingAcceptance".to_owned());
            if !pending || switches.second_invitation_moves_change_time {
                person.external_user_state_change_date_time = Some(now);
            }
            person.earlier_state = Some(earlier);
            person.user_type = user_type.or(person.user_type.take());
        });
    }
    if invitation.send && !accepted && !person.conversion_lost {
        mail(state, invitation, person.id);
    }
    Ok(created(state, invitation, &person, if accepted { "Completed" } else { "PendingAcceptance" }))
}

/// What an invitation without an existing account does: a guest appears.
fn create_guest(state: &mut State, invitation: &Invitation) -> Result<Answer, Failure> {
    let now = state.now();
    let number =
        u32::try_from(state.tenant.people.len()).map_err(|_| Failure::bad_request("The directory is full."))?;
    let mut guest = Person::cloud(number, &invitation.address).id(Uuid::new_v4()).created(now);
    let initial = state.tenant.verified_domains.last().cloned().unwrap_or_default();
    guest.user_principal_name = format!("{}#EXT#@{initial}", invitation.address.replace('@', "_"));
    guest.user_type = Some(invitation.user_type.clone().unwrap_or_else(|| "Guest".to_owned()));
    guest.creation_type = Some("Invitation".to_owned());
    guest.display_name = invitation.display_name.clone().or_else(|| Some(invitation.address.clone()));
    let guest = guest.state("PendingAcceptance", now);
    state.tenant.people.push(guest.clone());
    if invitation.send {
        mail(state, invitation, guest.id);
    }
    Ok(created(state, invitation, &guest, "PendingAcceptance"))
}

fn mail(state: &mut State, invitation: &Invitation, user_id: Uuid) {
    let at = state.now();
    state.tenant.mails.push(Mail {
        to: invitation.address.clone(),
        user_id,
        language: invitation.language.clone(),
        at,
    });
}

/// The 201; its properties are those of Microsoft's documented sample.
fn created(state: &State, invitation: &Invitation, person: &Person, status: &str) -> Answer {
    let id = Uuid::new_v4();
    let mut user = json!({ "id": person.id });
    if state.tenant.switches.answer_has_upn {
        user["userPrincipalName"] = Value::String(person.user_principal_name.clone());
    }
    let body = json!({
        "@odata.context": format!("{}/v1.0/$metadata#invitations/$entity", state.public_root),
        "id": id,
        "inviteRedeemUrl": redeem_url(state, id),
        "invitedUserDisplayName": invitation.display_name,
        "invitedUserType": invitation.user_type.as_deref().unwrap_or("Guest"),
        "invitedUserEmailAddress": invitation.address,
        "sendInvitationMessage": invitation.send,
        "resetRedemption": false,
        "inviteRedirectUrl": invitation.redirect,
        "status": status,
        "invitedUserMessageInfo": {
            "messageLanguage": invitation.language,
            "customizedMessageBody": null,
            "ccRecipients": [{ "emailAddress": { "name": null, "address": null } }],
        },
        "invitedUser": user,
    });
    Answer::odata(201, body.to_string())
}

/// Whoever has this address can redeem the invitation: the ticket is a secret.
fn redeem_url(state: &State, id: Uuid) -> String {
    let ticket = Uuid::new_v4().simple();
    let tenant = state.tenant.id;
    format!(
        "{}/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d{tenant}%26user%3d{id}%26ticket%3d{ticket}%26ver%3d2.0",
        state.public_root
    )
}
