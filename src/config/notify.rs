//! `[notify]`: who is told what (SPEC section 12).

use std::path::PathBuf;

use super::SecretSource;
use crate::directory::Personal;

/// `[notify]`; without the table nobody is told.
#[derive(Clone, Debug, Default)]
pub struct Notify {
    /// `on`: after which runs.
    pub on: NotifyOn,
    /// `[notify.mail]`, with `[notify.smtp]` where it goes that way.
    pub mail: Option<Mail>,
    /// `[notify.webhook]`.
    pub webhook: Option<Webhook>,
    /// `[notify.heartbeat]`: the address that is asked after a run that ended 0. It is a secret.
    pub heartbeat: Option<SecretSource>,
}

/// `on`: after which runs somebody is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyOn {
    /// After every run.
    Always,
    /// After a run that sent, that holds somebody new, or whose trouble is new, lasts another day, or is over.
    #[default]
    Changes,
    /// Only about trouble and its end.
    Problems,
    /// Not at all.
    Never,
}

impl NotifyOn {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Always, Self::Changes, Self::Problems, Self::Never];

    /// The word in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Changes => "changes",
            Self::Problems => "problems",
            Self::Never => "never",
        }
    }
}

/// `[notify.mail]`. Its addresses are administrators'; no log shows them.
#[derive(Clone, Debug)]
pub struct Mail {
    /// `via`.
    pub via: Via,
    /// `from`.
    pub from: Personal,
    /// `to`: told as `on` says.
    pub to: Vec<Personal>,
    /// `problems_to`: told about trouble only.
    pub problems_to: Vec<Personal>,
}

/// The way that mail goes.
#[derive(Clone, Debug)]
pub enum Via {
    /// `graph`: `POST /users/{from}/sendMail` with the tenant's own credential.
    Graph,
    /// `smtp`: by this server.
    Smtp(SmtpServer),
}

impl Via {
    /// The word in the file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Smtp(_) => "smtp",
        }
    }
}

/// `[notify.smtp]`.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// `host`.
    pub host: String,
    /// `port`; 587 where TLS begins with STARTTLS, else 465.
    pub port: u16,
    /// `tls`.
    pub tls: SmtpTls,
    /// `user`, and the `password_file` that holds the secret.
    pub login: Option<(Personal, PathBuf)>,
}

/// `tls`: how TLS begins. Without it nothing is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SmtpTls {
    /// After `STARTTLS` (RFC 3207).
    #[default]
    StartTls,
    /// With the connection (RFC 8314).
    Implicit,
}

impl SmtpTls {
    /// Both.
    pub const ALL: [Self; 2] = [Self::StartTls, Self::Implicit];

    /// The word in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Implicit => "implicit",
        }
    }

    /// The port where none is configured.
    pub fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Implicit => 465,
        }
    }
}

/// `[notify.webhook]`.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// `url_file` or `url_env`.
    pub url: SecretSource,
    /// `format`.
    pub format: WebhookFormat,
}

/// `format`: what is posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookFormat {
    /// A card for a Teams workflow.
    #[default]
    AdaptiveCard,
    /// The object of `-o json`.
    Json,
}

impl WebhookFormat {
    /// Both.
    pub const ALL: [Self; 2] = [Self::AdaptiveCard, Self::Json];

    /// The word in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::AdaptiveCard => "adaptive-card",
            Self::Json => "json",
        }
    }
}
