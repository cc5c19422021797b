use std::collections::BTreeSet;

use xcsync::explain::INVITATION_ERRORS;
use xcsync::sandbox::{Action, AllowInvitesFrom, Canned, Fault};

use crate::context::{Applied, Tenant, new_people};

/// What a refusal of the second of four people comes to.
enum Means {
    /// This person fails, the others go on.
    Person,
    /// The run stops with code 4.
    Stop,
    /// Nobody knows; read, not posted again.
    Doubt,
    /// Posted again.
    Again,
}
use Means::{Again, Doubt, Person, Stop};

/// The answers that were documented or seen (facts of Graph, section 2.5): entry, status, code, message, and what it means.
const SEEN: &[(&str, u16, &str, &str, Means)] = &[
    (
        "invitations-not-allowed",
        403,
        "",
        "Guest invitations not allowed for your company. Contact your company administrator for more details.",
        Stop,
    ),
    ("invitations-not-allowed", 403, "Unauthorized", "Guest invitations not allowed for your company.", Stop),
    (
        "tenant-blocked",
        403,
        "Forbidden",
        "Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support",
        Stop,
    ),
    (
        "insufficient-privileges",
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
        Stop,
    ),
    (
        "cross-tenant-access",
        400,
        "BadRequest",
        "This invitation is blocked by cross-tenant access settings. Admins in both your organization and the invited user's organization must configure cross-tenant access settings.",
        Stop,
    ),
    (
        "cross-cloud-worker-disabled",
        400,
        "BadRequest",
        "This action can't be completed because the Microsoft B2B Cross Cloud Worker application has been disabled in the invited user's tenant.",
        Stop,
    ),
    (
        "already-exists",
        400,
        "BadRequest",
        "The invited user already exists in the directory as object ID: 5a4db000-0000-4000-8000-000000000009. They can use that account to sign in to shared apps and resources.",
        Person,
    ),
    (
        "account-blocked",
        412,
        "PreconditionFailed",
        "The invited user already exists in the directory as object ID: 5a4db000-0000-4000-8000-000000000009, but the account is blocked from signing in.",
        Person,
    ),
    (
        "account-blocked",
        400,
        "BadRequest",
        "The invited user already exists in the directory as object ID: 5a4db000-0000-4000-8000-000000000009, but the account is blocked from signing in.",
        Person,
    ),
    ("group-address", 400, "BadRequest", "Group email address is not supported", Person),
    ("address-refused", 400, "BadRequest", "The Primary SMTP Address is an invalid value", Person),
    ("invalid-user-type", 400, "BadRequest", "UserType is neither guest nor member", Person),
    ("not-convertible", 400, "BadRequest", "User invitation failed. Invalid request input.", Person),
    ("not-convertible", 400, "BadRequest", "Invalid request input.", Person),
    (
        "invitee-tenant",
        400,
        "BadRequest",
        "This user can't be invited to this directory. Please try a different email address.",
        Person,
    ),
    (
        "replication-lag",
        404,
        "Directory_ObjectNotFound",
        "Unable to read the company information from the directory.",
        Person,
    ),
    ("target-address", 500, "InternalServerError", "Unable to find target address", Doubt),
    ("throttled", 429, "TooManyRequests", "Please retry again later.", Again),
    ("token-rejected", 401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", Stop),
];

/// A run over four people at one in two seconds, the second of whom is answered so.
async fn second(answer: Canned, times: u32) -> Applied {
    let people = new_people(4);
    let fault = Fault::on("POST", "/invitations", Action::Answer(answer)).about(people[1].id).times(times);
    Tenant::with(people).await.set("limits", "rate_per_second = 0.5").fault(fault).apply(&[]).await
}

#[tokio::test(start_paused = true)]
async fn every_known_refusal_does_what_its_class_says() {
    for (entry, status, code, message, means) in SEEN {
        let again = if matches!(means, Again) { 1 } else { u32::MAX };
        let run = second(Canned::graph_error(*status, code, message), again).await;
        let expected = match means {
            Person => (3, [3, 1, 0, 0, 0], 4),
            // The token is tried once more, and the third person has the slot in between.
            Stop if *status == 401 => (4, [2, 1, 0, 0, 1], 4),
            Stop => (4, [1, 1, 0, 0, 2], 2),
            Doubt => (3, [3, 0, 1, 0, 0], 4),
            Again => (0, [4, 0, 0, 0, 0], 5),
        };
        assert_eq!((run.exit, run.results(), run.posts().len()), expected, "{entry} {status}");
        told_by_its_entry(&run, entry, *status, means);
    }
}

fn told_by_its_entry(run: &Applied, entry: &str, status: u16, means: &Means) {
    let outcome = run.outcome("p2@contoso.com");
    if matches!(means, Person | Stop) {
        assert_eq!((&outcome["error"]["code"], &outcome["status"]), (&entry.into(), &status.into()), "{outcome:#}");
        assert!(outcome["error"]["hint"].is_string(), "{outcome:#}");
    }
    assert_eq!(run.error(), if matches!(means, Stop) { entry } else { "" });
}

#[test]
fn the_table_above_has_every_entry_of_the_catalogue() {
    let seen: BTreeSet<_> = SEEN.iter().map(|(entry, ..)| *entry).collect();
    let known: BTreeSet<_> = INVITATION_ERRORS.iter().map(|error| error.known.code).collect();
    assert_eq!(seen, known);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_403_is_the_tenants() {
    let run = second(Canned::graph_error(403, "NewCode", "Words that nobody has seen."), u32::MAX).await;
    assert_eq!((run.exit, run.error(), run.results()), (4, "tenant-refuses", [1, 1, 0, 0, 2]));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_400_is_the_persons() {
    let run = second(Canned::graph_error(400, "NewCode", "Words that nobody has seen."), u32::MAX).await;
    assert_eq!((run.exit, run.error(), run.results()), (3, "", [3, 1, 0, 0, 0]));
    assert_eq!(run.outcome("p2@contoso.com")["error"]["code"], "NewCode");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_lets_nobody_invite_is_asked_once() {
    let tenant = Tenant::with(new_people(3)).await;
    tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (4, "invitations-not-allowed", [0, 1, 0, 0, 2]));
    let hint = run.run["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("User.Invite.All") && hint.contains("Guest invite settings"), "{hint}");
}

#[tokio::test(start_paused = true)]
async fn a_blocked_tenant_is_told_that_only_microsofts_support_helps() {
    let tenant = Tenant::with(new_people(3)).await;
    tenant.graph.edit(|graph| graph.blocked_for_suspicion = true);
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.posts().len()), (4, "tenant-blocked", 1));
    let error = &run.run["error"];
    assert!(error["message"].as_str().unwrap().starts_with("Microsoft has blocked invitations from this tenant"));
    assert!(error["hint"].as_str().unwrap().contains("support case with Microsoft"), "{error:#}");
}
