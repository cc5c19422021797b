//! The clouds as data: names, aliases, endpoints.
//!
//! <https://learn.microsoft.com/en-us/graph/deployments>

/// The four addresses that make a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The Graph root without a slash at its end; also the audience of its tokens.
    pub graph: String,
    /// The sign-in authority without a slash at its end.
    pub authority: String,
    /// The base of My Apps, where an invited person lands.
    pub redirect: String,
}

/// A cloud by its canonical name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloudName {
    /// The Commercial cloud, also Microsoft 365 GCC.
    Commercial,
    /// US Government L4: GCC High.
    UsGov,
    /// US Government L5: DoD.
    UsGovDod,
    /// Endpoints given in `[tenants.X.endpoints]`.
    Custom,
    /// The built-in tenant.
    Sandbox,
}
