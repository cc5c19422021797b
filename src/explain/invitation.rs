//! Answers to `POST /invitations`: by what they are known, and what they mean.

use super::Known;
use super::Side::{Home, Service, Tenant};

/// What a refusal is about, and so what a run does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// This person only: held until something about them changes.
    Person,
    /// The whole tenant: the run stops at once.
    Tenant,
    /// The access token: the run stops at once, and the next one brings another. This person is tried again as after any failure.
    Token,
    /// Microsoft has blocked invitations of this tenant: stop, and only Microsoft's support lifts it.
    Blocked,
    /// Passing: worth another try in a later run.
    Again,
}

/// One kind of answer.
#[derive(Clone, Copy, Debug)]
pub struct InvitationError {
    /// What it means; its code stands in reports.
    pub known: Known,
    /// Statuses it was seen with; empty matches all. Statuses of 400s are seldom documented, so that they are matched loosely.
    pub statuses: &'static [u16],
    /// A part of `error.message`, lower-case; empty matches all.
    pub message: &'static str,
    /// What it is about.
    pub class: Class,
}

const fn row(class: Class, statuses: &'static [u16], message: &'static str, known: Known) -> InvitationError {
    InvitationError { known, statuses, message, class }
}

/// What only Microsoft lifts.
pub const TENANT_BLOCKED: Known = Known::new(
    "tenant-blocked",
    Service,
    "Microsoft has blocked invitations from this tenant for suspicious activity",
    "open a support case with Microsoft; nothing else lifts the block, and further tries make it worse; once it is lifted, run `xcsync invite --resume` for this tenant, which sends the rest of the plan too if the first is taken",
);

/// A 429, wherever it comes.
pub const THROTTLED: Known = Known::new(
    "throttled",
    Service,
    "more requests than the service allows",
    "nothing to do if it passes: the next run goes on; lower rate_per_second if it happens often, since other applications count against the same limit",
);

/// A 401, wherever it comes.
pub const TOKEN_REJECTED: Known = Known::new(
    "token-rejected",
    Tenant,
    "Graph rejects the access token, and a fresh one too",
    "see in the sign-in logs of the Entra admin center whether the identity is disabled, blocked or gone; a token of `access-token` must be obtained anew",
);

/// Every kind; the first that fits counts.
///
/// Where each was seen: invitation-post, external-id/troubleshoot and the provisioning error table of Microsoft's documentation.
pub const INVITATION_ERRORS: &[InvitationError] = &[
    row(Class::Blocked, &[403], "invitations are blocked for this directory", TENANT_BLOCKED),
    row(
        Class::Tenant,
        &[403],
        "guest invitations not allowed",
        Known::new(
            "invitations-not-allowed",
            Tenant,
            "the tenant lets nobody invite (`allowInvitesFrom` is `none`, as US Government tenants start), or the application lacks User.Invite.All",
            "set External collaboration settings > Guest invite settings to let applications invite, and grant User.Invite.All itself, not a higher permission; it takes 15 to 60 minutes to act",
        ),
    ),
    row(
        Class::Tenant,
        &[401, 403],
        "insufficient privileges",
        Known::new(
            "insufficient-privileges",
            Tenant,
            "the credential lacks an application permission",
            "grant User.Invite.All with admin consent; a managed identity's token may take up to 24 hours to carry it",
        ),
    ),
    row(
        Class::Tenant,
        &[],
        "blocked by cross-tenant access settings",
        Known::new(
            "cross-tenant-access",
            Tenant,
            "cross-tenant access settings of this tenant or of the home tenant block the invitation",
            "enable the other cloud and add the other tenant by id on both sides: inbound here, outbound at home",
        ),
    ),
    row(
        Class::Tenant,
        &[],
        "cross cloud worker application has been disabled",
        Known::new(
            "cross-cloud-worker-disabled",
            Home,
            "the application Microsoft B2B Cross Cloud Worker is disabled in the home tenant",
            "enable that enterprise application in the home tenant",
        ),
    ),
    row(
        Class::Person,
        &[],
        "but the account is blocked from signing in",
        Known::new(
            "account-blocked",
            Tenant,
            "an object with this address exists and is disabled",
            "enable the account in the source directory, or remove the other object",
        ),
    ),
    row(
        Class::Person,
        &[],
        "already exists in the directory as object id",
        Known::new(
            "already-exists",
            Tenant,
            "another object of this tenant owns the address",
            "remove or correct the other object that the message names",
        ),
    ),
    row(
        Class::Person,
        &[],
        "group email address is not supported",
        Known::new(
            "group-address",
            Tenant,
            "the address belongs to a group or distribution list",
            "give the person an address of their own, or remove the address from the group",
        ),
    ),
    row(
        Class::Person,
        &[],
        "primary smtp address is an invalid value",
        Known::new(
            "address-refused",
            Home,
            "the service does not take the address",
            "correct the address in the source directory; plus addressing is refused",
        ),
    ),
    row(
        Class::Person,
        &[],
        "usertype is neither guest nor member",
        Known::new(
            "invalid-user-type",
            Tenant,
            "the account's userType is not one that can be invited",
            "set the account's userType to Member or Guest",
        ),
    ),
    row(
        Class::Person,
        &[],
        "invalid request input",
        Known::new(
            "not-convertible",
            Tenant,
            "the service refuses to convert this account; reported for synced accounts that carry onPremisesUserPrincipalName",
            "change the Entra Connect rule of the additional server so that onPremisesUserPrincipalName is not written, synchronize, and try again with --user",
        ),
    ),
    row(
        Class::Person,
        &[],
        "this user can't be invited to this directory",
        Known::new(
            "invitee-tenant",
            Home,
            "the person's tenant cannot take part",
            "check the person's home tenant and its collaboration settings",
        ),
    ),
    row(
        Class::Again,
        &[404],
        "unable to read the company information",
        Known::new(
            "replication-lag",
            Service,
            "the directory has not caught up with itself yet",
            "nothing; the person is tried again by a later run",
        ),
    ),
    row(
        Class::Again,
        &[500],
        "unable to find target address",
        Known::new(
            "target-address",
            Service,
            "a failure inside the service, seen for consumer addresses",
            "nothing at first; if it stays, check the address",
        ),
    ),
    row(Class::Again, &[429], "", THROTTLED),
    row(Class::Token, &[401], "", TOKEN_REJECTED),
];

/// The kind of an error answer to `POST /invitations`, if it is known.
pub fn invitation_error(status: u16, message: &str) -> Option<&'static InvitationError> {
    let message = message.to_ascii_lowercase();
    INVITATION_ERRORS.iter().find(|error| {
        (error.statuses.is_empty() || error.statuses.contains(&status)) && message.contains(error.message)
    })
}
