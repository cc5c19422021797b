//! The error catalogue as data: what the service says, what it means, whose side it is on, what mends it.

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

/// Who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What this program was told: its configuration, a secret, a variable.
    Configuration,
    /// This machine and the network around it: its clock, its identity, proxies.
    Host,
    /// The registration of the application that signs in.
    Application,
    /// The tenant that invites.
    Tenant,
    /// The tenant where the person signs in.
    Home,
    /// Microsoft.
    Service,
}

impl Side {
    /// The side in a sentence: "on the side of …".
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "the configuration",
            Self::Host => "this host and its network",
            Self::Application => "the application's registration",
            Self::Tenant => "the tenant",
            Self::Home => "the home tenant",
            Self::Service => "Microsoft",
        }
    }
}

/// One entry.
#[derive(Debug)]
pub struct Entry {
    /// The stable code in reports.
    pub id: &'static str,
    /// Statuses it was seen with; empty matches all. Statuses of 400s are seldom documented, so that they are matched loosely.
    pub statuses: &'static [u16],
    /// The `error.code`, where the message alone would not do.
    pub code: Option<&'static str>,
    /// A part of `error.message`, lower-case; empty matches all.
    pub message: &'static str,
    /// What it is about.
    pub class: Class,
    /// Who can mend it.
    pub side: Side,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Answers to `POST /invitations`; the first entry that fits counts.
///
/// Where each was seen: invitation-post, external-id/troubleshoot and the provisioning error table of Microsoft's documentation.
pub const INVITATION_ERRORS: &[Entry] = &[
    Entry {
        id: "tenant-blocked",
        statuses: &[403],
        code: None,
        message: "invitations are blocked for this directory",
        class: Class::Blocked,
        side: Side::Service,
        meaning: "Microsoft has blocked invitations from this tenant for suspicious activity",
        remedy: "open a support case with Microsoft; nothing else lifts the block, and further tries make it worse",
    },
    Entry {
        id: "invitations-not-allowed",
        statuses: &[403],
        code: None,
        message: "guest invitations not allowed",
        class: Class::Tenant,
        side: Side::Tenant,
        meaning: "the tenant lets nobody invite (`allowInvitesFrom` is `none`, as US Government tenants start), or the application lacks User.Invite.All",
        remedy: "set External collaboration settings > Guest invite settings to let applications invite, and grant User.Invite.All itself, not a higher permission; it takes 15 to 60 minutes to act",
    },
    Entry {
        id: "insufficient-privileges",
        statuses: &[401, 403],
        code: None,
        message: "insufficient privileges",
        class: Class::Tenant,
        side: Side::Tenant,
        meaning: "the credential lacks an application permission",
        remedy: "grant User.Invite.All with admin consent; a managed identity's token may take up to 24 hours to carry it",
    },
    Entry {
        id: "cross-tenant-access",
        statuses: &[],
        code: None,
        message: "blocked by cross-tenant access settings",
        class: Class::Tenant,
        side: Side::Tenant,
        meaning: "cross-tenant access settings of this tenant or of the home tenant block the invitation",
        remedy: "enable the other cloud and add the other tenant by id on both sides: inbound here, outbound at home",
    },
    Entry {
        id: "cross-cloud-worker-disabled",
        statuses: &[],
        code: None,
        message: "cross cloud worker application has been disabled",
        class: Class::Tenant,
        side: Side::Home,
        meaning: "the application Microsoft B2B Cross Cloud Worker is disabled in the home tenant",
        remedy: "enable that enterprise application in the home tenant",
    },
    Entry {
        id: "account-blocked",
        statuses: &[],
        code: None,
        message: "but the account is blocked from signing in",
        class: Class::Person,
        side: Side::Tenant,
        meaning: "an object with this address exists and is disabled",
        remedy: "enable the account in the source directory, or remove the other object",
    },
    Entry {
        id: "already-exists",
        statuses: &[],
        code: None,
        message: "already exists in the directory as object id",
        class: Class::Person,
        side: Side::Tenant,
        meaning: "another object of this tenant owns the address",
        remedy: "remove or correct the other object that the message names",
    },
    Entry {
        id: "group-address",
        statuses: &[],
        code: None,
        message: "group email address is not supported",
        class: Class::Person,
        side: Side::Tenant,
        meaning: "the address belongs to a group or distribution list",
        remedy: "give the person an address of their own, or remove the address from the group",
    },
    Entry {
        id: "invalid-address",
        statuses: &[],
        code: None,
        message: "primary smtp address is an invalid value",
        class: Class::Person,
        side: Side::Home,
        meaning: "the service does not take the address",
        remedy: "correct the address in the source directory; plus addressing is refused",
    },
    Entry {
        id: "invalid-user-type",
        statuses: &[],
        code: None,
        message: "usertype is neither guest nor member",
        class: Class::Person,
        side: Side::Tenant,
        meaning: "the account's userType is not one that can be invited",
        remedy: "set the account's userType to Member or Guest",
    },
    Entry {
        id: "not-convertible",
        statuses: &[],
        code: None,
        message: "invalid request input",
        class: Class::Person,
        side: Side::Tenant,
        meaning: "the service refuses to convert this account; reported for synced accounts that carry onPremisesUserPrincipalName",
        remedy: "change the Entra Connect rule of the additional server so that onPremisesUserPrincipalName is not written, synchronize, and try again with --user",
    },
    Entry {
        id: "invitee-tenant",
        statuses: &[],
        code: None,
        message: "this user can't be invited to this directory",
        class: Class::Person,
        side: Side::Home,
        meaning: "the person's tenant cannot take part",
        remedy: "check the person's home tenant and its collaboration settings",
    },
    Entry {
        id: "replication-lag",
        statuses: &[404],
        code: None,
        message: "unable to read the company information",
        class: Class::Again,
        side: Side::Service,
        meaning: "the directory has not caught up with itself yet",
        remedy: "nothing; the person is tried again by a later run",
    },
    Entry {
        id: "target-address",
        statuses: &[500],
        code: None,
        message: "unable to find target address",
        class: Class::Again,
        side: Side::Service,
        meaning: "a failure inside the service, seen for consumer addresses",
        remedy: "nothing at first; if it stays, check the address",
    },
    Entry {
        id: "throttled",
        statuses: &[429],
        code: None,
        message: "",
        class: Class::Again,
        side: Side::Service,
        meaning: "more requests than the service allows",
        remedy: "lower rate_per_second if it happens often; other applications count against the same limit",
    },
    Entry {
        id: "token-rejected",
        statuses: &[401],
        code: None,
        message: "",
        class: Class::Token,
        side: Side::Tenant,
        meaning: "Graph rejects the access token, and a fresh one too",
        remedy: "see that the application still exists in the tenant and may sign in; with access-token, obtain a new token",
    },
];

/// The entry that fits an error answer of `POST /invitations`, if one does.
pub fn invitation_error(status: u16, code: &str, message: &str) -> Option<&'static Entry> {
    let message = message.to_ascii_lowercase();
    INVITATION_ERRORS.iter().find(|entry| {
        (entry.statuses.is_empty() || entry.statuses.contains(&status))
            && entry.code.is_none_or(|wanted| wanted == code)
            && message.contains(entry.message)
    })
}
