//! Why an invitation is refused. Where a wording was recorded it stands here as it was.

use serde_json::Value;
use uuid::Uuid;

use super::Invitation;
use crate::sandbox::answer::Failure;
use crate::sandbox::person::Person;
use crate::sandbox::routes::Roles;
use crate::sandbox::state::State;
use crate::sandbox::tenant::AllowInvitesFrom;

/// The properties of `invitation` that a request may hold.
const PROPERTIES: [&str; 9] = [
    "invitedUserDisplayName",
    "invitedUserEmailAddress",
    "invitedUserMessageInfo",
    "invitedUserType",
    "inviteRedirectUrl",
    "resetRedemption",
    "sendInvitationMessage",
    "invitedUser",
    "invitedUserSponsors",
];

/// Refused in an address: <https://learn.microsoft.com/en-us/graph/api/resources/invitation>.
const FORBIDDEN: &str = "~!#$%^&*()+=[]{}\\/|;:\"<>?,";

fn policy(state: &State, message: &str) -> Failure {
    let code = if state.tenant.switches.policy_refusal_is_forbidden { "Forbidden" } else { "Unauthorized" };
    Failure::new(403, code, message)
}

fn not_allowed(state: &State) -> Failure {
    policy(
        state,
        "Guest invitations not allowed for your company. Contact your company administrator for more details.",
    )
}

/// The application permission; a higher one alone was seen to be refused as if invitations were off.
pub(super) fn permission(state: &State, roles: &Roles) -> Result<(), Failure> {
    let has = |wanted: &str| roles.iter().any(|role| role == wanted);
    let higher = has("User.ReadWrite.All") || has("Directory.ReadWrite.All");
    if has("User.Invite.All") || (higher && !state.tenant.switches.invite_all_required) {
        Ok(())
    } else if higher {
        Err(not_allowed(state))
    } else {
        Err(Failure::denied())
    }
}

/// The body, with the two properties that are required.
pub(super) fn form(body: &[u8]) -> Result<Invitation, Failure> {
    let body: Value = serde_json::from_slice(body).map_err(|_| {
        Failure::bad_request(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        )
    })?;
    let unknown = body.as_object().into_iter().flatten().find(|(name, _)| !PROPERTIES.contains(&name.as_str()));
    if let Some((name, _)) = unknown {
        return Err(Failure::bad_request(&format!(
            "The property '{name}' does not exist on type 'microsoft.graph.invitation'. \
             Make sure to only use property names that are defined by the type."
        )));
    }
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let required = |name: &str| text(name).filter(|value| !value.is_empty());
    let user = match &body["invitedUser"]["id"] {
        Value::Null => None,
        id => Some(id.as_str().and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(invalid_input)?),
    };
    Ok(Invitation {
        address: required("invitedUserEmailAddress").ok_or_else(invalid_input)?,
        redirect: required("inviteRedirectUrl").ok_or_else(invalid_input)?,
        user,
        user_type: text("invitedUserType"),
        send: body["sendInvitationMessage"].as_bool().unwrap_or(false),
        language: body["invitedUserMessageInfo"]["messageLanguage"].as_str().map(str::to_owned),
        display_name: text("invitedUserDisplayName"),
    })
}

fn invalid_input() -> Failure {
    Failure::bad_request("Invalid request input.")
}

/// Whether anybody may be invited at all.
pub(super) fn tenant(state: &State) -> Result<(), Failure> {
    if state.tenant.blocked_for_suspicion {
        let message = "Invitations are blocked for this directory due to suspicious activity. \
                       Please contact Microsoft support for assistance.";
        return Err(Failure::new(403, "Forbidden", message));
    }
    if state.tenant.allow_invites_from == AllowInvitesFrom::None {
        return Err(not_allowed(state));
    }
    Ok(())
}

/// Whether this address may be invited.
pub(super) fn address(state: &State, invitation: &Invitation) -> Result<(), Failure> {
    let address = invitation.address.to_lowercase();
    let domain = address.rsplit('@').next().unwrap_or_default().to_owned();
    if let Some(refusal) = state.tenant.refusals.get(&address) {
        return Err(Failure::new(refusal.status, &refusal.code, &refusal.message));
    }
    if !is_well_formed(&address) {
        return Err(Failure::bad_request("The Primary SMTP Address is an invalid value"));
    }
    match invitation.user_type.as_deref() {
        None | Some("Guest") => {}
        Some("Member") if state.tenant.switches.app_may_invite_members => {}
        Some("Member") => return Err(Failure::denied()),
        Some(_) => return Err(Failure::bad_request("UserType is neither guest nor member")),
    }
    if state.tenant.groups.iter().any(|group| group.to_lowercase() == address) {
        return Err(Failure::bad_request("Group email address is not supported"));
    }
    if state.tenant.blocked_domains.contains(&domain) {
        return Err(Failure::bad_request(
            "This invitation is blocked by cross-tenant access settings. Admins in both your organization and the \
             invited user's organization must configure cross-tenant access settings to allow the invitation.",
        ));
    }
    if state.tenant.worker_disabled_domains.contains(&domain) {
        return Err(Failure::bad_request(
            "This action can't be completed because the Microsoft B2B Cross Cloud Worker application has been \
             disabled in the invited user's tenant. Please ask the invited user's admin to re-enable it, then try again.",
        ));
    }
    if state.tenant.verified_domains.iter().any(|own| own.to_lowercase() == domain) {
        return Err(Failure::bad_request(
            "This user can't be invited to this directory. Please try a different email address.",
        ));
    }
    Ok(())
}

fn is_well_formed(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else {
        return false;
    };
    let printable = |c: char| c.is_ascii_graphic() && !FORBIDDEN.contains(c);
    let inside = !local.starts_with(['.', '-']) && !local.ends_with(['.', '-']);
    !local.is_empty() && inside && domain.contains('.') && !domain.contains('@') && address.chars().all(printable)
}

/// The object to convert, by its place; none where a new guest is asked for.
pub(super) fn target(state: &mut State, invitation: &Invitation) -> Result<Option<usize>, Failure> {
    if let Some(owner) = owner(state, invitation) {
        return Err(owner);
    }
    let Some(id) = invitation.user else {
        return Ok(None);
    };
    let position = state.tenant.people.position(id);
    let found = position.and_then(|position| Some((position, state.tenant.people.at(position)?)));
    let (position, person) = found.ok_or_else(|| Failure::not_found(&id.to_string()))?;
    if person.account_enabled == Some(false) {
        return Err(blocked(state, person));
    }
    let own = person.mail.as_deref().is_some_and(|mail| mail.eq_ignore_ascii_case(&invitation.address));
    if !person.convertible || (state.tenant.switches.address_must_be_mail && !own) {
        return Err(invalid_input());
    }
    Ok(Some(position))
}

/// The refusal where another object has the address.
fn owner(state: &mut State, invitation: &Invitation) -> Option<Failure> {
    let address = &invitation.address;
    let texts = [address.clone(), format!("smtp:{address}")];
    let positions = state.tenant.people.positions(&texts);
    let others = positions.iter().filter_map(|&at| state.tenant.people.at(at));
    let mut others = others.filter(|person| Some(person.id) != invitation.user && collides(state, person, address));
    if let Some(person) = others.next() {
        return Some(if person.account_enabled == Some(false) { blocked(state, person) } else { exists(person) });
    }
    let has = |proxies: &[String]| proxies.iter().any(|proxy| is_proxy(state, proxy, address));
    let contact = state.tenant.contacts.iter().find(|contact| has(&contact.proxy_addresses))?;
    Some(already(contact.id))
}

fn collides(state: &State, person: &Person, address: &str) -> bool {
    let same = |own: &String| same(state, own, address);
    let mail = person.mail.as_ref().is_some_and(|mail| mail.eq_ignore_ascii_case(address));
    let upn = person.user_principal_name.eq_ignore_ascii_case(address);
    let other = state.tenant.switches.other_mails_collide && person.other_mails.iter().any(same);
    mail || upn || other || person.proxy_addresses.iter().any(|proxy| is_proxy(state, proxy, address))
}

fn is_proxy(state: &State, proxy: &str, address: &str) -> bool {
    proxy.split_once(':').is_some_and(|(kind, own)| kind.eq_ignore_ascii_case("smtp") && same(state, own, address))
}

fn same(state: &State, own: &str, address: &str) -> bool {
    own == address || (state.tenant.switches.addresses_collide_in_any_case && own.eq_ignore_ascii_case(address))
}

/// The recorded refusal that names the object.
pub(super) fn exists(person: &Person) -> Failure {
    already(person.id)
}

fn already(id: Uuid) -> Failure {
    Failure::bad_request(&format!(
        "The invited user already exists in the directory as object ID: {id}. \
         They can use that account to sign in to shared apps and resources."
    ))
}

/// The recorded refusal of a disabled account; the recorded status is 412.
fn blocked(state: &State, person: &Person) -> Failure {
    let message = format!(
        "The invited user already exists in the directory as object ID: {}, but the account is blocked from signing in. \
         If the account is unblocked, they can use that account to sign in to shared apps and resources.",
        person.id
    );
    if state.tenant.switches.disabled_is_precondition_failed {
        Failure::new(412, "PreconditionFailed", &message)
    } else {
        Failure::bad_request(&message)
    }
}
