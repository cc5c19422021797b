//! The tenant that is served: its objects, its policies, and how its service behaves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::faults::Fault;
use super::person::monday;
use super::policies::CrossTenantAccess;
use super::population::People;
use super::principals::{Grant, Principal};
use super::switches::Switches;

/// A tenant in one cloud.
pub struct Tenant {
    /// The tenant id.
    pub id: Uuid,
    /// Its display name.
    pub display_name: String,
    /// Its verified domains; the first is the default one, and `….onmicrosoft.…` is the initial one.
    pub verified_domains: Vec<String>,
    /// `tenant_region_scope` of the OpenID document: `NA`, `EU`, `USGOV`, `USG`, ….
    pub region_scope: String,
    /// `tenant_region_sub_scope`: `GCC`, `DODCON` (GCC High), `DOD`, or absent.
    pub region_sub_scope: Option<String>,
    /// `cloud_instance_name` of the OpenID document.
    pub cloud_instance: String,
    /// The users.
    pub people: People,
    /// Organizational contacts.
    pub contacts: Vec<Contact>,
    /// Mail addresses of groups.
    pub groups: BTreeSet<String>,
    /// Directory role assignments.
    pub role_assignments: Vec<RoleAssignment>,
    /// The application that signs in here.
    pub application: Application,
    /// Service principals beside Graph's and the application's own.
    pub principals: Vec<Principal>,
    /// Permissions that service principals were granted, whether or not tokens hold them yet.
    pub grants: Vec<Grant>,
    /// Who may invite.
    pub allow_invites_from: AllowInvitesFrom,
    /// The cross-tenant access settings. They are what administrators see: invitations go by `blocked_domains`, since
    /// the settings of the other side count too.
    pub access: CrossTenantAccess,
    /// Whether the service blocked the tenant for suspicious invitations.
    pub blocked_for_suspicion: bool,
    /// Domains, lower-cased, that the cross-tenant access settings of either side block.
    pub blocked_domains: BTreeSet<String>,
    /// Domains, lower-cased, whose tenant has disabled the Microsoft B2B Cross Cloud Worker application.
    pub worker_disabled_domains: BTreeSet<String>,
    /// Refusals by lower-cased address, for errors that have no rule of their own here.
    pub refusals: BTreeMap<String, Refusal>,
    /// Requests to `/invitations` per fixed window; the service's own limit is 150 in 5 s.
    pub invitation_limit: Option<(u32, Duration)>,
    /// The least and the most that an answer of `/invitations` takes.
    pub invitation_latency: (Duration, Duration),
    /// Items of batches per fixed window; beyond, an item answers 429 with a decimal `Retry-After`.
    pub batch_item_limit: Option<(u32, Duration)>,
    /// What every other Graph answer takes.
    pub latency: Duration,
    /// A page of users never has more than this, whatever `$top` says.
    pub page_size: Option<usize>,
    /// Puts an empty page with a nextLink before each page of users.
    pub empty_pages: bool,
    /// How long a page token lives; `None` is for ever.
    pub page_token_lifetime: Option<Duration>,
    /// How far the index that answers advanced queries is behind.
    pub index_lag: Duration,
    /// How sign-in behaves.
    pub identity: Identity,
    /// Faults still to come, the first match of each request counts.
    pub faults: Vec<Fault>,
    /// What nobody could look up about the real service.
    pub switches: Switches,
    /// The emulated time at the start; it goes on with tokio's clock.
    pub now: DateTime<Utc>,
    /// How far `Date` is off the emulated time.
    pub date_skew: TimeDelta,
    /// Whether the traffic log keeps bodies.
    pub keep_bodies: bool,
    /// Where the traffic log is written when the emulator stops.
    pub traffic_dir: Option<PathBuf>,
    /// The mail that invitations would have sent, oldest first.
    pub mails: Vec<Mail>,
    /// The messages that `sendMail` accepted, oldest first.
    pub messages: Vec<serde_json::Value>,
    /// Seeds every draw of the emulator.
    pub seed: u64,
}

/// An organizational contact.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The object id.
    pub id: Uuid,
    /// `displayName`.
    pub display_name: Option<String>,
    /// `mail`.
    pub mail: Option<String>,
    /// `proxyAddresses`, with their `SMTP:` or `smtp:`.
    pub proxy_addresses: Vec<String>,
}

/// One assignment of a directory role.
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    /// Its id, which is no GUID.
    pub id: String,
    /// Who holds the role.
    pub principal_id: Uuid,
    /// Which role.
    pub role_definition_id: Uuid,
}

impl RoleAssignment {
    /// The role Helpdesk Administrator, held by `principal`.
    pub fn helpdesk(principal: Uuid) -> Self {
        Self {
            id: format!("assignment-{}", principal.simple()),
            principal_id: principal,
            role_definition_id: Uuid::from_u128(0x729827e3_9c14_49f7_bb1b_9608f156bbb8),
        }
    }
}

/// The application (or managed identity) that signs in.
#[derive(Clone, Debug)]
pub struct Application {
    /// The client id.
    pub client_id: Uuid,
    /// The object id of its service principal.
    pub object_id: Uuid,
    /// Its display name.
    pub display_name: String,
    /// Its secret.
    pub secret: String,
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// The issuers whose tokens it accepts as its own assertions.
    pub federated: Vec<FederatedCredential>,
    /// The application permissions in its tokens.
    pub roles: Vec<String>,
}

/// A certificate that is uploaded to an application.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate itself, in DER.
    pub der: Vec<u8>,
    /// Its public key, in the DER of PKCS #1 or X.509.
    pub public_key: Vec<u8>,
}

/// A federated identity credential of an application.
///
/// <https://learn.microsoft.com/en-us/graph/api/resources/federatedidentitycredentials-overview>
#[derive(Clone, Debug)]
pub struct FederatedCredential {
    /// `issuer`, compared exactly.
    pub issuer: String,
    /// `subject`, compared exactly.
    pub subject: String,
    /// The one entry of `audiences`; a government cloud has its own.
    pub audience: String,
    /// The issuer's public key, which the service reads at the issuer's address; in the DER of PKCS #1 or X.509.
    pub public_key: Vec<u8>,
}

/// `authorizationPolicy.allowInvitesFrom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowInvitesFrom {
    /// Nobody: what US Government tenants start with.
    None,
    /// Administrators and guest inviters.
    AdminsAndGuestInviters,
    /// These and all members.
    AdminsGuestInvitersAndAllMembers,
    /// Everyone: what other tenants start with.
    Everyone,
}

/// A refusal of an invitation.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// Graph's error code.
    pub code: String,
    /// Graph's message.
    pub message: String,
}

/// A mail that an invitation would have sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// To which address.
    pub to: String,
    /// About which user object.
    pub user_id: Uuid,
    /// In which language, where the request said one.
    pub language: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// How the sign-in endpoints behave.
#[derive(Clone, Debug)]
pub struct Identity {
    /// How they fail, if they do.
    pub failure: Option<IdentityFailure>,
    /// How long a token lives.
    pub token_lifetime: Duration,
    /// The value that App Service expects in `X-IDENTITY-HEADER`.
    pub identity_header: String,
    /// The agent of an Azure Arc server, in place of a virtual machine's service.
    pub arc: Option<ArcAgent>,
    /// Whether managed identity writes `expires_on` as a number; documented is a string.
    pub numeric_expires_on: bool,
    /// Whether tokens that are issued here are opaque instead of JWTs.
    pub opaque_tokens: bool,
}

/// The agent of an Azure Arc server: whoever asks it must show that they can read its folder.
///
/// <https://learn.microsoft.com/en-us/azure/azure-arc/servers/managed-identity-authentication>
#[derive(Clone, Debug)]
pub struct ArcAgent {
    /// Where it writes a key for each challenge.
    pub folder: PathBuf,
    /// The same folder as the host knows it, which the challenge names.
    pub named: PathBuf,
    /// The keys that were handed out and not yet shown, each good once.
    pub keys: BTreeSet<String>,
}

/// A failure of the sign-in endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityFailure {
    /// 502 with a proxy's HTML page.
    Html,
    /// 200 without a body.
    Empty,
    /// The right answer, late.
    Slow(Duration),
    /// This status with this body.
    Answer(u16, String),
}

impl Default for Tenant {
    /// An empty tenant at [`monday`], in which everyone may invite.
    fn default() -> Self {
        Self {
            id: Uuid::from_u128(0x5a4d_b000_7e4a_4000_8000_0000_0000_0001),
            display_name: "Fabrikam Government".to_owned(),
            verified_domains: vec!["fabrikam.us".to_owned(), "fabrikam.onmicrosoft.us".to_owned()],
            region_scope: "USGOV".to_owned(),
            region_sub_scope: Some("DODCON".to_owned()),
            cloud_instance: "microsoftonline.us".to_owned(),
            people: People::default(),
            contacts: Vec::new(),
            groups: BTreeSet::new(),
            role_assignments: Vec::new(),
            application: Application::default(),
            principals: Vec::new(),
            grants: Vec::new(),
            allow_invites_from: AllowInvitesFrom::Everyone,
            access: CrossTenantAccess::default(),
            blocked_for_suspicion: false,
            blocked_domains: BTreeSet::new(),
            worker_disabled_domains: BTreeSet::new(),
            refusals: BTreeMap::new(),
            invitation_limit: None,
            invitation_latency: (Duration::ZERO, Duration::ZERO),
            batch_item_limit: None,
            latency: Duration::ZERO,
            page_size: None,
            empty_pages: false,
            page_token_lifetime: None,
            index_lag: Duration::ZERO,
            identity: Identity::default(),
            faults: Vec::new(),
            switches: Switches::default(),
            now: monday(),
            date_skew: TimeDelta::zero(),
            keep_bodies: true,
            traffic_dir: None,
            mails: Vec::new(),
            messages: Vec::new(),
            seed: 1,
        }
    }
}

impl Default for Application {
    /// With the permissions that `invite` needs and those of every look-up.
    fn default() -> Self {
        let roles = ["User.Read.All", "User.Invite.All", "Organization.Read.All", "RoleManagement.Read.Directory"];
        Self {
            client_id: Uuid::from_u128(0x5a4d_b000_a991_4000_8000_0000_0000_0001),
            object_id: Uuid::from_u128(0x5a4d_b000_5e4b_4000_8000_0000_0000_0001),
            display_name: "xcsync".to_owned(),
            secret: "sandbox-secret".to_owned(),
            certificates: Vec::new(),
            federated: Vec::new(),
            roles: roles.map(str::to_owned).to_vec(),
        }
    }
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            failure: None,
            token_lifetime: Duration::from_secs(3_599),
            identity_header: "sandbox-identity-header".to_owned(),
            arc: None,
            numeric_expires_on: false,
            opaque_tokens: false,
        }
    }
}
