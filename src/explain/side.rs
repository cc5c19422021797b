//! Whose side something is on.

/// Who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What this program was told: its configuration, the call, a secret, a variable.
    Configuration,
    /// This machine and the network around it: its clock, its identity, its disk, proxies.
    Host,
    /// The registration of the application that signs in.
    Application,
    /// The tenant that invites.
    Tenant,
    /// The tenant where the person signs in.
    Home,
    /// Microsoft.
    Service,
    /// This program: a bug.
    Program,
    /// More than one: what else is said tells which.
    Several,
    /// Nobody: there is nothing to mend.
    Nobody,
}

impl Side {
    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Host => "host",
            Self::Application => "application",
            Self::Tenant => "tenant",
            Self::Home => "home",
            Self::Service => "service",
            Self::Program => "program",
            Self::Several => "several",
            Self::Nobody => "nobody",
        }
    }

    /// The side in a sentence: "on the side of …".
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "the configuration",
            Self::Host => "this host and its network",
            Self::Application => "the application's registration",
            Self::Tenant => "the tenant",
            Self::Home => "the home tenant",
            Self::Service => "Microsoft",
            Self::Program => "xcsync",
            Self::Several => "more than one; the report tells which",
            Self::Nobody => "nobody",
        }
    }
}
