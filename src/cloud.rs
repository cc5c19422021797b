//! The clouds as data: names, aliases, endpoints.
//!
//! <https://learn.microsoft.com/en-us/graph/deployments>

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::directory::TenantId;
use crate::harmless::harmless_line;

/// The addresses that make a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The Graph root without a slash at its end; also the audience of its tokens.
    pub graph: String,
    /// The sign-in authority without a slash at its end.
    pub authority: String,
    /// The base of My Apps, where an invited person lands.
    pub redirect: String,
}

impl Endpoints {
    /// Where a person lands after redeeming an invitation to this tenant.
    pub fn redirect_for(&self, tenant: TenantId) -> String {
        format!("{}/?tenantid={tenant}", self.redirect)
    }
}

/// A cloud by its canonical name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloudName {
    /// The Commercial cloud, also Microsoft 365 GCC.
    Commercial,
    /// US Government L4: GCC High.
    UsGov,
    /// US Government L5: the Department of Defense.
    UsGovDod,
    /// Endpoints given in `[tenants.X.endpoints]`.
    Custom,
    /// The built-in tenant.
    Sandbox,
}

/// One line of the table of clouds.
struct Row {
    cloud: CloudName,
    name: &'static str,
    aliases: &'static [&'static str],
    /// Graph, authority, My Apps; `None` where the configuration or the sandbox brings them.
    addresses: Option<[&'static str; 3]>,
    /// The name in a tenant's `allowedCloudEndpoints`.
    partner_name: Option<&'static str>,
    /// The name in the Azure CLI.
    azure_cli_name: Option<&'static str>,
    /// The name in Microsoft Graph PowerShell.
    powershell_name: Option<&'static str>,
}

const ROWS: [Row; 5] = [
    Row {
        cloud: CloudName::Commercial,
        name: "commercial",
        aliases: &["global", "public", "gcc", "azurecloud"],
        addresses: Some([
            "https://graph.microsoft.com",
            "https://login.microsoftonline.com",
            "https://myapps.microsoft.com",
        ]),
        partner_name: Some("microsoftonline.com"),
        azure_cli_name: Some("AzureCloud"),
        powershell_name: Some("Global"),
    },
    Row {
        cloud: CloudName::UsGov,
        name: "usgov",
        aliases: &["gcchigh", "gcc-high", "l4", "usgovhigh", "azureusgovernment"],
        addresses: Some([
            "https://graph.microsoft.us",
            "https://login.microsoftonline.us",
            "https://myapps.microsoft.us",
        ]),
        partner_name: Some("microsoftonline.us"),
        azure_cli_name: Some("AzureUSGovernment"),
        powershell_name: Some("USGov"),
    },
    Row {
        cloud: CloudName::UsGovDod,
        name: "usgov-dod",
        aliases: &["dod", "l5", "usgovdod"],
        addresses: Some([
            "https://dod-graph.microsoft.us",
            "https://login.microsoftonline.us",
            "https://myapps.microsoft.us",
        ]),
        partner_name: Some("microsoftonline.us"),
        azure_cli_name: Some("AzureUSGovernment"),
        powershell_name: Some("USGovDoD"),
    },
    Row {
        cloud: CloudName::Custom,
        name: "custom",
        aliases: &[],
        addresses: None,
        partner_name: None,
        azure_cli_name: None,
        powershell_name: None,
    },
    Row {
        cloud: CloudName::Sandbox,
        name: "sandbox",
        aliases: &[],
        addresses: None,
        partner_name: None,
        azure_cli_name: None,
        powershell_name: None,
    },
];

impl CloudName {
    /// Microsoft's own clouds, in the order of the table.
    pub const PUBLISHED: [Self; 3] = [Self::Commercial, Self::UsGov, Self::UsGovDod];

    /// Every cloud, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.cloud)
    }

    /// Reads a name or an alias, in any case.
    pub fn parse(text: &str) -> Result<Self, UnknownCloud> {
        let same = |known: &&str| known.eq_ignore_ascii_case(text);
        let fits = |row: &&Row| same(&row.name) || row.aliases.iter().any(same);
        let found = ROWS.iter().find(fits).map(|row| row.cloud);
        found.ok_or_else(|| UnknownCloud::new(text))
    }

    /// The canonical name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The cloud's addresses; `None` for `custom` and `sandbox`, which have none of their own.
    pub fn endpoints(self) -> Option<Endpoints> {
        let [graph, authority, redirect] = self.row().addresses?.map(str::to_owned);
        Some(Endpoints { graph, authority, redirect })
    }

    /// How another tenant's `allowedCloudEndpoints` names this cloud.
    ///
    /// <https://learn.microsoft.com/en-us/graph/api/resources/crosstenantaccesspolicy>
    pub fn partner_name(self) -> Option<&'static str> {
        self.row().partner_name
    }

    /// The cloud's name in the Azure CLI, which does not tell L4 from L5; `None` where any may be right.
    ///
    /// <https://learn.microsoft.com/en-us/cli/azure/manage-clouds-azure-cli>
    pub fn azure_cli_name(self) -> Option<&'static str> {
        self.row().azure_cli_name
    }

    /// The cloud's name in Microsoft Graph PowerShell (`Connect-MgGraph -Environment`).
    ///
    /// <https://learn.microsoft.com/en-us/powershell/microsoftgraph/authentication-commands>
    pub fn powershell_name(self) -> Option<&'static str> {
        self.row().powershell_name
    }

    /// The cloud that addresses of a configuration, or of the sandbox, stand for: the one whose My Apps they name.
    ///
    /// Of the two US Government clouds, which share it, the first.
    pub fn meant(self, endpoints: &Endpoints) -> Option<Self> {
        let is_its = |cloud: &Self| cloud.endpoints().is_some_and(|own| own.redirect == endpoints.redirect);
        if self.endpoints().is_some() { Some(self) } else { Self::PUBLISHED.into_iter().find(is_its) }
    }

    fn row(self) -> &'static Row {
        // The variants are declared in the order of the table; a test holds both together.
        &ROWS[self as usize]
    }
}

impl fmt::Display for CloudName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A cloud's name that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown cloud `{given}`{}; known are commercial, usgov, usgov-dod, custom, sandbox", self.suggestion())]
pub struct UnknownCloud {
    given: String,
    /// The known name or alias that is meant, where one is near.
    pub nearest: Option<&'static str>,
}

impl UnknownCloud {
    fn new(text: &str) -> Self {
        let names = ROWS.iter().flat_map(|row| std::iter::once(&row.name).chain(row.aliases));
        Self { given: harmless_line(text).into_owned(), nearest: crate::config::nearest(text, names.copied()) }
    }

    fn suggestion(&self) -> String {
        self.nearest.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
    }
}

/// Why a text is no address of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointProblem {
    /// Not a URL with a host.
    #[error("is not an address such as `https://graph.example.com`")]
    NoAddress,
    /// Tokens would travel in the clear.
    #[error("must begin with https:// (http:// is for loopback hosts only)")]
    NotEncrypted,
    /// A user name or a password in front of the host.
    #[error("must not hold a user name or password")]
    UserInfo,
    /// More than scheme, host and port.
    #[error("must end after the host or the port: no path, query or fragment")]
    Path,
}

/// Reads the address of a custom endpoint: scheme, host in lower case, port; no slash at its end.
pub fn endpoint_base(text: &str) -> Result<String, EndpointProblem> {
    // The URL parser drops tabs and line ends and turns backslashes; what needs that is no address.
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(EndpointProblem::NoAddress);
    }
    let url = Url::parse(text).map_err(|_| EndpointProblem::NoAddress)?;
    let host = url.host_str().ok_or(EndpointProblem::NoAddress)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(host) => {}
        _ => return Err(EndpointProblem::NotEncrypted),
    }
    if text.contains('@') {
        return Err(EndpointProblem::UserInfo);
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(EndpointProblem::Path);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether a host, as [`Url::host_str`] gives it, is this machine: 127.0.0.0/8, `::1` or `localhost`.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A host that a firewall must let through.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Reach {
    /// The cloud's canonical name.
    pub cloud: &'static str,
    /// The host's name.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Who connects: `xcsync`, or the invited `people` by their browsers.
    pub from: &'static str,
    /// What for.
    pub purpose: &'static str,
}

/// What must be reachable for a tenant with these addresses.
pub fn reached(cloud: CloudName, endpoints: &Endpoints) -> Vec<Reach> {
    let uses = [
        (&endpoints.graph, "xcsync", "Microsoft Graph: users, invitations, policies"),
        (&endpoints.authority, "xcsync", "sign-in: tokens, OpenID documents"),
        (&endpoints.authority, "people", "sign-in when an invitation is redeemed"),
        (&endpoints.redirect, "people", "My Apps, where an invited person lands"),
    ];
    let reach = |(address, from, purpose): (&String, &'static str, &'static str)| {
        let url = Url::parse(address).ok()?;
        Some(Reach {
            cloud: cloud.name(),
            host: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
            from,
            purpose,
        })
    };
    uses.into_iter().filter_map(reach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_stands_at_its_place_in_the_table() {
        for (place, row) in ROWS.iter().enumerate() {
            assert_eq!(row.cloud as usize, place);
            assert_eq!(CloudName::parse(&row.name.to_uppercase()), Ok(row.cloud));
            for alias in row.aliases {
                assert_eq!(CloudName::parse(alias), Ok(row.cloud));
            }
        }
    }

    #[test]
    fn an_unknown_cloud_is_told_the_nearest_and_all_known_names() {
        let told = |text| CloudName::parse(text).unwrap_err().to_string();
        assert_eq!(
            told("usgv"),
            "unknown cloud `usgv`, did you mean `usgov`?; known are commercial, usgov, usgov-dod, custom, sandbox"
        );
        assert_eq!(
            told("china\u{1b}"),
            "unknown cloud `china\\u{1b}`; known are commercial, usgov, usgov-dod, custom, sandbox"
        );
    }

    #[test]
    fn a_custom_endpoint_is_reduced_to_scheme_host_and_port() {
        assert_eq!(endpoint_base("https://Graph.Example.COM/"), Ok("https://graph.example.com".into()));
        assert_eq!(endpoint_base("https://graph.example.com:8443"), Ok("https://graph.example.com:8443".into()));
    }

    #[test]
    fn plain_http_is_for_loopback_hosts_only() {
        for local in ["http://127.0.0.1:80", "http://127.9.9.9", "http://[::1]:9", "http://LOCALHOST:1/"] {
            assert!(endpoint_base(local).is_ok(), "{local}");
        }
        for far in ["http://graph.example.com", "http://localhost.example.com", "http://10.0.0.1", "ftp://127.0.0.1"] {
            assert_eq!(endpoint_base(far), Err(EndpointProblem::NotEncrypted), "{far}");
        }
    }

    #[test]
    fn a_custom_endpoint_is_no_more_than_a_host() {
        let cases = [
            ("https://a.example/v1.0", EndpointProblem::Path),
            ("https://a.example?x", EndpointProblem::Path),
            ("https://a.example/#x", EndpointProblem::Path),
            ("https://u:p@a.example", EndpointProblem::UserInfo),
            ("https://@a.example", EndpointProblem::UserInfo),
            ("a.example", EndpointProblem::NoAddress),
            ("https://a.ex\tample", EndpointProblem::NoAddress),
            ("", EndpointProblem::NoAddress),
        ];
        for (text, problem) in cases {
            assert_eq!(endpoint_base(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn the_default_redirect_names_the_tenant() {
        let tenant = TenantId::parse("11111111-2222-3333-4444-555555555555").unwrap();
        let endpoints = CloudName::UsGov.endpoints().unwrap();
        assert_eq!(
            endpoints.redirect_for(tenant),
            "https://myapps.microsoft.us/?tenantid=11111111-2222-3333-4444-555555555555"
        );
    }

    #[test]
    fn people_and_program_reach_the_hosts_of_their_cloud() {
        let endpoints = CloudName::UsGovDod.endpoints().unwrap();
        let hosts = reached(CloudName::UsGovDod, &endpoints);
        assert_eq!(hosts[0].host, "dod-graph.microsoft.us");
        assert!(hosts.iter().all(|reach| reach.port == 443 && reach.cloud == "usgov-dod"));
    }
}
