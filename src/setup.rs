//! What `setup` tells and changes on both sides of a pair: pure plans of changes, and PowerShell for whoever applies them.

pub mod connect_rule;
pub mod permissions;
pub mod powershell;
pub mod tenant;

/// A side of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The tenant that invites.
    Tenant,
    /// The tenant where these people sign in.
    Home,
}

impl Side {
    /// Its word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Home => "home",
        }
    }
}
