//! The codes as data, by subject.
//!
//! Only codes that are described in public stand here; above each group stands where. Numbers and texts may change
//! without notice, so that nothing but words for people depends on them, and whether a request is worth a second try.

use super::Aadsts;
use crate::explain::Side::{self, Application, Configuration, Host, Service, Tenant};

const fn row(code: u32, side: Side, meaning: &'static str, remedy: &'static str) -> Aadsts {
    Aadsts { code, side, meaning, remedy, passes: false }
}

/// What Microsoft mends within seconds.
const fn passing(code: u32, meaning: &'static str) -> Aadsts {
    Aadsts { code, side: Service, meaning, remedy: WAIT, passes: true }
}

const NO_CREDENTIAL: &str = "set `client_secret_file`, `client_secret_env` or another `method` in [tenants.NAME.auth]";
const UPLOAD: &str = "compare the certificate with App registrations > Certificates & secrets, by its thumbprint, and upload its public part there";
const RENEW: &str = "make a new certificate, and upload its public part in App registrations > Certificates & secrets";
const CLOUD: &str = "compare `cloud` with the portal that shows this tenant: portal.azure.com is commercial, portal.azure.us is usgov or usgov-dod";
const ENABLE: &str = "Enterprise applications > the application > Properties: enable sign-in";
const CONSENT: &str =
    "App registrations > API permissions: add the permissions as application permissions, then Grant admin consent";
const NO_PEOPLE: &str = "people can't run a schedule: use an application, or a managed identity";
const STORED: &str = "sign that user in anew (`az login`); for a schedule use an application or a managed identity, whose sign-in does not end";
const WAIT: &str = "the next run tries again; https://status.azure.com tells of failures that stay";
const SECRET: &str = "store the secret's Value (not its Secret ID) from App registrations > Certificates & secrets; mind blanks and line ends";
const CLIENT: &str = "compare `client_id` and `tenant_id` with App registrations, and `cloud` with the portal you find them in; a multi-tenant application needs consent here first";
const POLICY: &str = "Entra admin center > Sign-in logs > Service principal sign-ins shows the policy: exclude the application, or allow this host's address";
const RESTRICTED: &str = "have `tenant_id` added to the tenants that the proxy names in Restrict-Access-To-Tenants, or sign in past that proxy (NO_PROXY)";

/// Every code that this program has words for.
pub const TABLE: &[Aadsts] = &[
    // The secret. The reference page is <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>;
    // 7000216 and 7000232 stand in reports of users with Entra's text.
    row(7_000_215, Configuration, "the client secret is wrong", SECRET),
    row(70_002, Configuration, "the client secret is wrong", SECRET),
    row(
        7_000_222,
        Application,
        "the client secret has expired",
        "create a new secret in App registrations > Certificates & secrets and store its Value",
    ),
    row(7_000_218, Configuration, "the request carried no client secret", NO_CREDENTIAL),
    row(7_000_216, Configuration, "the request carried no credential of the application", NO_CREDENTIAL),
    row(
        7_000_232,
        Configuration,
        "a managed identity can't sign in with a secret",
        "set `method = \"managed-identity\"` in [tenants.NAME.auth], or the `client_id` of an application that has the secret",
    ),
    row(
        700_025,
        Application,
        "the application is registered as a public client, which has no secret and no certificate",
        "App registrations > Authentication: set `Allow public client flows` to No",
    ),
    // The certificate and what it signs. The reference page; 700021 and 700023 by
    // <https://learn.microsoft.com/en-us/azure/developer/java/sdk/troubleshooting-authentication-service-principal>;
    // 7000214, 7000277 and 1000502 by the list in Microsoft.Identity.Web, where they lead to another certificate; 700024
    // by the same list, and in reports of assertions that were used after their end.
    row(
        700_027,
        Application,
        "the client assertion's signature is not by one of the application's certificates",
        UPLOAD,
    ),
    row(700_030, Application, "the certificate's subject is not one that this application may use", UPLOAD),
    row(50_012, Application, "the certificate, its chain or its signature is not accepted", UPLOAD),
    row(7_000_214, Application, "the certificate has been revoked", RENEW),
    row(7_000_277, Application, "the certificate was revoked", RENEW),
    row(
        1_000_502,
        Application,
        "the certificate is not valid at this time: it has expired, or its time has not come yet",
        "see this host's clock; where it is right, make a new certificate and upload its public part in App registrations > Certificates & secrets",
    ),
    row(
        700_024,
        Host,
        "the client assertion is not valid at this time",
        "set this host's clock (NTP); where a file holds a federated token, see that something renews it",
    ),
    row(
        700_021,
        Configuration,
        "the client assertion is another application's",
        "compare `client_id` with the application that the certificate or the federated token is for",
    ),
    row(700_023, Configuration, "the client assertion is meant for another authority", CLOUD),
    row(
        50_027,
        Configuration,
        "the client assertion is no valid token",
        "see that the file of the federated token holds a whole, fresh token of the issuer that the application trusts",
    ),
    // Federated credentials.
    // <https://github.com/Azure/azure-workload-identity/blob/main/docs/book/src/troubleshooting.md> for 70021; 700211 to 700213, 7002131,
    // 7002138 (<https://github.com/Azure/login/issues/573>) and 70025 (<https://github.com/microsoft/AL-Go/issues/1147>)
    // by their texts in reports.
    row(
        70_021,
        Application,
        "no federated credential of the application matches the token",
        "App registrations > Certificates & secrets > Federated credentials: compare issuer, subject and audience; a new one takes some minutes to act",
    ),
    row(
        700_211,
        Application,
        "no federated credential of the application matches the token's issuer",
        "App registrations > Certificates & secrets > Federated credentials: compare the issuer, to the last slash",
    ),
    row(
        700_212,
        Application,
        "no federated credential of the application matches the token's audience",
        "App registrations > Certificates & secrets > Federated credentials: compare the audience, usually api://AzureADTokenExchange",
    ),
    row(
        700_213,
        Application,
        "no federated credential of the application matches the token's subject",
        "App registrations > Certificates & secrets > Federated credentials: compare the subject",
    ),
    row(
        7_002_131,
        Application,
        "no federated credential or expression of the application matches the token's subject",
        "App registrations > Certificates & secrets > Federated credentials: compare the subject and the expression",
    ),
    row(
        7_002_138,
        Application,
        "the token's subject differs from the federated credential's by upper and lower case",
        "App registrations > Certificates & secrets > Federated credentials: compare the subject, letter by letter",
    ),
    row(
        70_025,
        Application,
        "the application has no federated credential",
        "App registrations > Certificates & secrets > Federated credentials: add one for the token's issuer, subject and audience",
    ),
    // The application. The reference page; 7000229 by Entra's text in reports; 501051 by
    // <https://learn.microsoft.com/en-us/entra/identity-platform/scenario-protected-web-api-app-registration>.
    row(700_016, Configuration, "this tenant does not know the application", CLIENT),
    row(700_011, Configuration, "this tenant does not know the application", CLIENT),
    row(7_000_112, Tenant, "the application is disabled", ENABLE),
    row(70_001, Tenant, "the application is disabled or unknown here", ENABLE),
    row(
        7_000_229,
        Tenant,
        "the application has no service principal in this tenant",
        "create it: an administrator grants consent in this tenant, or `New-MgServicePrincipal -AppId CLIENT_ID`",
    ),
    row(501_051, Tenant, "the application is not assigned to a role of Graph, which this tenant demands", CONSENT),
    row(65_001, Tenant, "the permissions have no administrator's consent", CONSENT),
    // The resource, the tenant and its cloud. The reference page; 5000225 by Microsoft's article "Tenant inaccessible due
    // to inactivity", 900439 by its notes on the endpoints of Azure Government (USGClientNotSupportedOnPublicEndpoint),
    // 500014 by its article on `Required resource is disabled`; 900023 by Entra's text in reports.
    row(500_011, Configuration, "this tenant does not know the resource, here: Graph of the configured cloud", CLOUD),
    row(50_001, Configuration, "this tenant does not know the resource, here: Graph of the configured cloud", CLOUD),
    row(
        70_011,
        Configuration,
        "the scope is not one that Entra knows",
        "compare `cloud`, or `graph` in [tenants.NAME.endpoints], with what `xcsync endpoints` lists",
    ),
    row(
        500_014,
        Tenant,
        "Graph's service principal is disabled in this tenant",
        "Enterprise applications > Microsoft Graph > Properties: enable sign-in; else see whether the tenant's subscriptions have ended",
    ),
    row(
        90_002,
        Configuration,
        "this cloud has no tenant of that id",
        "compare `tenant_id` with Overview in the Entra admin center, and `cloud` with the portal that shows it",
    ),
    row(
        900_023,
        Configuration,
        "the tenant id is neither a GUID nor a domain",
        "set `tenant_id` to the GUID shown in Overview in the Entra admin center",
    ),
    row(90_038, Configuration, "the tenant lives in another cloud", CLOUD),
    row(900_382, Configuration, "the application or the tenant lives in another cloud", CLOUD),
    row(900_432, Configuration, "the application or the tenant lives in another cloud", CLOUD),
    row(900_439, Configuration, "the application or the tenant lives in another cloud", CLOUD),
    row(
        5_000_225,
        Tenant,
        "Microsoft has blocked the tenant because it was not used",
        "an administrator of the tenant asks Microsoft to open it again, within 20 days of the block",
    ),
    row(
        900_144,
        Configuration,
        "the request lacks a parameter",
        "compare `client_id` with App registrations; if it is right, report this with the trace id",
    ),
    // Policies of the tenant, for applications and for the account of a user. The reference page;
    // <https://learn.microsoft.com/en-us/entra/identity/conditional-access/workload-identity> for applications.
    row(53_003, Tenant, "Conditional Access blocks the sign-in", POLICY),
    row(530_032, Tenant, "a security policy of the tenant blocks the sign-in", POLICY),
    row(53_000, Tenant, "Conditional Access asks for a compliant device", NO_PEOPLE),
    row(50_076, Tenant, "the sign-in asks for a second factor", NO_PEOPLE),
    row(50_079, Tenant, "the sign-in asks for a second factor that is not set up yet", NO_PEOPLE),
    row(50_173, Host, "the stored sign-in of a user has been revoked", STORED),
    row(70_043, Host, "the stored sign-in of a user is older than Conditional Access allows", STORED),
    row(700_082, Host, "the stored sign-in of a user has expired because it was not used", STORED),
    // What stands between this host and Entra. The reference page; 1002016 by Microsoft's article on
    // applications that use TLS 1.0 and 1.1, and <https://github.com/pnp/PnP-Tools/issues/326>.
    row(500_021, Host, "a proxy of this network forbids this tenant (tenant restrictions)", RESTRICTED),
    row(500_022, Host, "a proxy of this network forbids this tenant (tenant restrictions)", RESTRICTED),
    row(50_002, Host, "a proxy of this network forbids this tenant (tenant restrictions)", RESTRICTED),
    row(
        1_002_016,
        Host,
        "the connection reached Entra by TLS 1.0 or 1.1, which is a proxy's doing: this program speaks 1.2 and 1.3",
        "let the proxy speak TLS 1.2, or name the authority in NO_PROXY",
    ),
    row(
        900_561,
        Host,
        "the request reached Entra as a GET, which is a proxy's doing: this program posts",
        "find the proxy that changes requests, or name the authority in NO_PROXY",
    ),
    row(
        50_196,
        Configuration,
        "Entra has seen the same request too often in a short time",
        "see whether a scheduler starts this program, or another one with the same application, again and again; wait some minutes",
    ),
    // What is Microsoft's. The reference page.
    row(
        50_000,
        Service,
        "the sign-in service has a failure of its own",
        "open a support case with the trace id if it stays",
    ),
    row(
        90_036,
        Service,
        "the directory behind sign-in has a failure of its own",
        "open a support case with the trace id if it stays",
    ),
    passing(50_033, "a passing failure of the sign-in service"),
    passing(90_006, "the sign-in service is not available for the moment"),
    passing(90_012, "the request took the sign-in service too long"),
    passing(90_024, "a passing failure of the sign-in service"),
    passing(90_033, "the directory behind sign-in is not available for the moment"),
    passing(90_055, "too many requests come in for this tenant"),
];
