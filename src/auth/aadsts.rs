//! Entra's error codes that this program's sign-in meets, as data: code, meaning, remedy.
//!
//! <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>

/// One code of Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aadsts {
    /// The number after `AADSTS`.
    pub code: u32,
    /// What it says about us.
    pub meaning: &'static str,
    /// What an administrator does.
    pub remedy: &'static str,
}

/// What the table knows of a code.
pub fn entry(code: u32) -> Option<&'static Aadsts> {
    TABLE.iter().find(|known| known.code == code)
}

/// The numbers after `AADSTS` in a text, in their order, without repetition.
pub(super) fn codes(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for rest in text.split("AADSTS").skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if let Ok(code) = rest[..end].parse()
            && !found.contains(&code)
        {
            found.push(code);
        }
    }
    found
}

const fn row(code: u32, meaning: &'static str, remedy: &'static str) -> Aadsts {
    Aadsts { code, meaning, remedy }
}

const OTHER_CLOUD: &str = "the application or the tenant lives in another cloud";
const CHECK_CLOUD: &str = "compare `cloud` with the portal that shows this tenant: portal.azure.com is commercial, portal.azure.us is usgov or usgov-dod";

/// By subject: secret, application, tenant and cloud, policy.
const TABLE: [Aadsts; 21] = [
    row(
        7_000_215,
        "the client secret is wrong",
        "store the secret's Value (not its Secret ID) from App registrations > Certificates & secrets; mind blanks and line ends",
    ),
    row(
        7_000_222,
        "the client secret has expired",
        "create a new secret in App registrations > Certificates & secrets and store its Value",
    ),
    row(
        7_000_218,
        "the request carried no client secret",
        "set `client_secret_file` or `client_secret_env` in [tenants.NAME.auth]",
    ),
    row(
        700_027,
        "the client assertion's signature is not one of the application's certificates",
        "upload the certificate's public part in App registrations > Certificates & secrets",
    ),
    row(
        700_016,
        "this tenant does not know the application",
        "compare `client_id` and `tenant_id` with App registrations, and `cloud` with the portal you find them in; a multi-tenant application needs consent here first",
    ),
    row(
        7_000_112,
        "the application is disabled",
        "Enterprise applications > the application > Properties: enable sign-in",
    ),
    row(
        700_030,
        "the certificate is not valid for this application",
        "upload the certificate's public part in App registrations > Certificates & secrets",
    ),
    row(
        7_000_229,
        "the application has no service principal in this tenant",
        "create it: an administrator grants consent in this tenant, or `New-MgServicePrincipal -AppId CLIENT_ID`",
    ),
    row(
        700_211,
        "no federated credential matches the token's issuer",
        "App registrations > Certificates & secrets > Federated credentials: compare the issuer",
    ),
    row(500_011, "this tenant does not know the resource, here: Graph of the configured cloud", CHECK_CLOUD),
    row(
        90_002,
        "this cloud has no tenant of that id",
        "compare `tenant_id` with Overview in the Entra admin center, and `cloud` with the portal that shows it",
    ),
    row(
        900_023,
        "the tenant id is neither a GUID nor a domain",
        "set `tenant_id` to the GUID shown in Overview in the Entra admin center",
    ),
    row(900_382, OTHER_CLOUD, CHECK_CLOUD),
    row(900_432, OTHER_CLOUD, CHECK_CLOUD),
    row(900_439, OTHER_CLOUD, CHECK_CLOUD),
    row(
        900_144,
        "the request lacks a parameter",
        "compare `client_id` with App registrations; if it is right, report this with the trace id",
    ),
    row(
        50_034,
        "the account does not exist in this tenant",
        "compare `tenant_id` and `cloud` with where the account lives",
    ),
    row(
        50_076,
        "the sign-in asks for a second factor",
        "people can't run a schedule: use an application with `client-secret`, or a managed identity",
    ),
    row(
        53_003,
        "Conditional Access blocks the sign-in",
        "Entra admin center > Sign-in logs > Service principal sign-ins shows the policy: exclude the application, or allow this host's address",
    ),
    row(
        53_000,
        "Conditional Access asks for a compliant device",
        "exclude the application from that policy: a schedule has no device",
    ),
    row(
        65_001,
        "the permissions have no administrator's consent",
        "App registrations > API permissions > Grant admin consent",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_any_text_once_each() {
        assert_eq!(codes("AADSTS7000215: Invalid. AADSTS7000215, AADSTS90002."), [7_000_215, 90_002]);
        assert_eq!(codes("no code, AADSTS, AADSTS99999999999999"), [0_u32; 0]);
    }

    #[test]
    fn every_code_stands_once_and_says_what_to_do() {
        for (at, row) in TABLE.iter().enumerate() {
            assert!(TABLE[..at].iter().all(|earlier| earlier.code != row.code), "{} twice", row.code);
            assert!(!row.meaning.is_empty() && !row.remedy.is_empty());
        }
    }

    #[test]
    fn the_codes_of_a_wrong_cloud_send_to_the_portal() {
        for code in [900_382, 900_432, 900_439, 500_011] {
            assert!(entry(code).expect("known").remedy.contains("portal.azure.us"));
        }
    }
}
