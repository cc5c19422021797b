//! The configuration: found (`locate`), read (`raw`), validated as a whole (`validate`), selected from (`select`).

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::cloud::{CloudName, Endpoints};
use crate::directory::{Attribute, MailDomain, TenantId};

mod file;
mod findings;
mod keys;
mod locate;
mod method;
mod nearest;
mod notify;
mod problem;
mod raw;
mod references;
mod section;
mod select;
mod source;
mod validate;
mod value;

pub use locate::new_file;
pub use method::{AuthMethod, UnknownMethod};
pub use nearest::nearest;
pub use notify::{Mail, Notify, NotifyOn, SmtpServer, SmtpTls, Via, Webhook, WebhookFormat};
pub use problem::Problems;
pub(crate) use references::open_to_others;
pub use select::{Configured, Flags, Loaded, file_to_check, load, read};
pub use value::{duration_text, parse_duration, parse_since};

/// The variable of `access-token` where none is named.
const TOKEN_VARIABLE: &str = "XCSYNC_ACCESS_TOKEN";

/// Everything that was configured, by file and by flags; no `Option` where a default exists.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from; `None` where flags alone made it.
    pub file: Option<PathBuf>,
    /// `state`: the ledger's place.
    pub state: State,
    /// `[metrics]`: the file for `node_exporter`'s textfile collector; `None` where nobody asked for one.
    pub metrics: Option<PathBuf>,
    /// The tenants in the order of the file.
    pub tenants: Vec<Tenant>,
    /// `[notify]`: who is told what.
    pub notify: Notify,
}

/// Where the ledger lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The file.
    pub path: PathBuf,
    /// Whether nobody named it: then its folder is made. What somebody named may be a mount that is missing.
    pub is_default: bool,
    /// The default places that it is not, where another configuration may have put a ledger.
    pub elsewhere: Vec<PathBuf>,
}

/// `[tenants.NAME]`.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The table's name.
    pub name: String,
    /// `cloud`.
    pub cloud: CloudName,
    /// The cloud's addresses, or those of `[tenants.X.endpoints]`.
    pub endpoints: Endpoints,
    /// `tenant_id`.
    pub tenant_id: TenantId,
    /// `ca_file`.
    pub ca_file: Option<PathBuf>,
    /// `[auth]`; `None` where the table is missing (then only somebody's `home`).
    pub auth: Option<AuthSettings>,
    /// Whether the file has `[auth]`: without it nobody is looked up here for a tenant whose `home` this is.
    pub is_asked_as_home: bool,
    /// `[invite]`; `None` for tenants that are only somebody's `home`.
    pub invite: Option<InviteSettings>,
    /// `[limits]`.
    pub limits: Limits,
}

/// `[tenants.NAME.auth]`, see SPEC section 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthSettings {
    /// Chosen by local facts.
    Auto,
    /// `managed-identity`.
    ManagedIdentity {
        /// The user-assigned identity's client id; `None` is the system-assigned one.
        client_id: Option<String>,
    },
    /// `client-secret`.
    ClientSecret {
        /// The application's client id.
        client_id: String,
        /// Where the secret is.
        secret: SecretSource,
    },
    /// `client-certificate`.
    ClientCertificate {
        /// The application's client id.
        client_id: String,
        /// PEM: certificates, and the private key unless it has a file of its own.
        certificate_file: PathBuf,
        /// PEM: the private key.
        key_file: Option<PathBuf>,
    },
    /// `workload-identity`: a token of another issuer that the application trusts.
    WorkloadIdentity {
        /// The application's client id.
        client_id: String,
        /// Where that token is.
        token_file: TokenFile,
    },
    /// `azure-cli`: whoever is signed in with `az`.
    AzureCli,
    /// `access-token`: a token that somebody else obtained.
    AccessToken {
        /// The variable that holds it.
        token_env: String,
    },
}

/// Where the federated token of `workload-identity` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFile {
    /// `token_file`.
    Path(PathBuf),
    /// Where the host's variable says, as Kubernetes sets it.
    OfVariable,
}

impl TokenFile {
    /// The variable that Microsoft's webhook for Kubernetes sets.
    ///
    /// <https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html>
    pub const VARIABLE: &str = "AZURE_FEDERATED_TOKEN_FILE";
}

/// Where a secret is kept; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A file that only its owner (and group) may read.
    File(PathBuf),
    /// An environment variable.
    Env(String),
}

/// `[tenants.NAME.invite]`.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file, and they are independent")]
pub struct InviteSettings {
    /// `domains`: the mail domains of the home side; never empty.
    pub domains: Vec<MailDomain>,
    /// `include_subdomains`.
    pub include_subdomains: bool,
    /// `home`: the name of the configured tenant these people sign in to.
    pub home: Option<String>,
    /// `address`.
    pub address: AddressSource,
    /// `accept_mail_as_login`.
    pub accept_mail_as_login: bool,
    /// `require_synced`.
    pub require_synced: bool,
    /// `send_message`.
    pub send_message: bool,
    /// `message_language`.
    pub message_language: String,
    /// The redirect sent: `redirect_url`, or the cloud's My Apps page for this tenant.
    pub redirect_url: String,
    /// `lookback`.
    pub lookback: Duration,
    /// `overlap`.
    pub overlap: Duration,
    /// `sweep_every`; `None` is "never".
    pub sweep_every: Option<Duration>,
    /// `remind_after`; `None` is "never".
    pub remind_after: Option<Duration>,
    /// `max_reminders`.
    pub max_reminders: u32,
    /// `exclude`, lower-cased: addresses, object ids, UPNs.
    pub exclude: Vec<String>,
    /// `[where]`: all must hold; values lower-cased.
    pub conditions: Vec<(Attribute, Vec<String>)>,
}

impl InviteSettings {
    /// Every default; what has none (`domains`, `redirect_url`) is for the caller to fill.
    pub(crate) fn defaults() -> Self {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        Self {
            domains: Vec::new(),
            include_subdomains: false,
            home: None,
            address: AddressSource::Mail,
            accept_mail_as_login: false,
            require_synced: true,
            send_message: true,
            message_language: "en-US".to_owned(),
            redirect_url: String::new(),
            lookback: 25 * HOUR,
            overlap: HOUR,
            sweep_every: Some(24 * HOUR),
            remind_after: Some(7 * 24 * HOUR),
            max_reminders: 2,
            exclude: Vec::new(),
            conditions: Vec::new(),
        }
    }
}

/// `address`: which attribute holds the address that people sign in with at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressSource {
    /// `mail`.
    Mail,
    /// `on-prem-upn`.
    OnPremisesUpn,
    /// `home-upn`: asked of the home tenant.
    HomeUpn,
    /// `extensionAttribute1` to `15`.
    Extension(u8),
}

/// `[tenants.NAME.limits]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// `max_invitations`: a plan with more is refused whole.
    pub max_invitations: u32,
    /// `wave`: at most so many are sent per run.
    pub wave: Option<u32>,
    /// `rate_per_second`: 0.01 to 60.
    pub rate_per_second: f64,
    /// `stop_after_failures`: in a row.
    pub stop_after_failures: u32,
    /// `max_runtime`.
    pub max_runtime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_invitations: 100,
            wave: None,
            rate_per_second: 1.0,
            stop_after_failures: 5,
            max_runtime: Duration::from_secs(45 * 60),
        }
    }
}

/// `--since`: an age, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// So long before the server's now.
    Ago(Duration),
    /// From this instant.
    At(DateTime<Utc>),
}
