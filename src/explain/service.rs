//! What Microsoft's services say beside the answers to an invitation: codes and statuses of Graph, what cross-tenant
//! access and redemption meet. No decision depends on these: they are for people who paste them.

use super::Known;
use super::Side::{self, Application, Home, Host, Program, Service, Several, Tenant};

/// A row: the entry, and words, in lower case, that messages about it hold.
pub type Row = (Known, &'static [&'static str]);

const fn row(
    code: &'static str,
    side: Side,
    said: &'static [&'static str],
    meaning: &'static str,
    remedy: &'static str,
) -> Row {
    (Known::new(code, side, meaning, remedy), said)
}

/// A word of RFC 6749, section 5.2, which Entra gives beside its own code.
const fn oauth(code: &'static str) -> Row {
    row(
        code,
        Several,
        &[],
        "a general word for a refused sign-in; Entra's own code, which stands beside it, says more",
        "give `xcsync explain` the AADSTS code or the whole answer; where there is none, look at Entra admin center > Sign-in logs > Service principal sign-ins",
    )
}

const GRANT: &str = "grant the application permissions that the README lists, with admin consent; a managed identity's token may take up to 24 hours to carry them";
const LATER: &str =
    "nothing: xcsync tries again by itself, and the next run goes on; see https://status.azure.com if it stays";
const REPORT: &str = "report this with the request-id of the log (-v)";

/// `error.code` and statuses of Graph, and general words of sign-in. <https://learn.microsoft.com/en-us/graph/errors>; the throttling page; json-batching.
pub const GRAPH: &[Row] = &[
    row("Authorization_RequestDenied", Tenant, &[], "the credential lacks a permission for this request", GRANT),
    row(
        "InvalidAuthenticationToken",
        Tenant,
        &[
            "access token has expired",
            "lifetime validation failed",
            "access token validation failure",
            "access token is empty",
            "invalid audience",
        ],
        "Graph does not accept the access token: it has expired, or is for another service or cloud",
        "compare `cloud` with the portal that shows the tenant; a token of `access-token` must be obtained anew",
    ),
    row(
        "insufficient_claims",
        Tenant,
        &["continuous access evaluation"],
        "Conditional Access for workload identities blocks the request",
        "Entra admin center > Sign-in logs > Service principal sign-ins shows the policy: exclude the application, or allow this host's address",
    ),
    row(
        "Directory_ObjectNotFound",
        Service,
        &[],
        "the directory does not find an object, which happens right after it was created",
        "nothing at first: it is tried again; if it stays, see whether the account was deleted",
    ),
    row(
        "Request_ResourceNotFound",
        Service,
        &["does not exist or one of its queried reference-property objects are not present"],
        "the account was deleted, or the directory does not show it yet",
        "nothing at first; if it stays, see in the portal whether the account is there",
    ),
    row(
        "TooManyRequests",
        Service,
        &[
            "please retry again later",
            "too many requests",
            "resourceunitlimitexceeded",
            "cpulimitexceeded",
            "writelimitexceeded",
            "x-ms-throttle",
        ],
        "more requests than the service allows",
        super::invitation::THROTTLED.remedy,
    ),
    row(
        "Request_UnsupportedQuery",
        Program,
        &["too many child clauses"],
        "Graph does not support the question as it was asked",
        REPORT,
    ),
    row("Request_BadRequest", Program, &[], "Graph does not understand the request", REPORT),
    row(
        "Directory_ExpiredPageToken",
        Service,
        &[],
        "reading the pages of a list took so long that Graph has forgotten the place",
        "nothing: the next run reads anew; where it stays, a smaller window helps (--since)",
    ),
    row(
        "BadRequest",
        Service,
        &[],
        "Graph's general word for a refusal; its message says more",
        "give `xcsync explain` the message that came with it",
    ),
    row(
        "Forbidden",
        Tenant,
        &[],
        "the tenant or its policies forbid the request; the message says more",
        "give `xcsync explain` the message that came with it",
    ),
    row("InternalServerError", Service, &[], "Graph has a failure of its own", LATER),
    row("ServiceUnavailable", Service, &[], "Graph is not available for the moment", LATER),
    oauth("invalid_client"),
    oauth("invalid_grant"),
    oauth("invalid_request"),
    oauth("invalid_scope"),
    oauth("unauthorized_client"),
    row(
        "400",
        Service,
        &["400 bad request"],
        "Graph refuses the request; its message says why",
        "give `xcsync explain` the message that came with it",
    ),
    row(
        "401",
        Tenant,
        &["401 unauthorized"],
        super::invitation::TOKEN_REJECTED.meaning,
        super::invitation::TOKEN_REJECTED.remedy,
    ),
    row("403", Tenant, &["403 forbidden"], "the credential may not do this, or the tenant forbids it", GRANT),
    row(
        "404",
        Service,
        &["404 not found"],
        "what was asked for is not there, or not yet",
        "nothing at first; if it stays, see in the portal whether the account is there",
    ),
    row(
        "407",
        Host,
        &[],
        "the proxy asks for a user and password, or does not accept those that it was given",
        super::network::PROXY_PASSWORD.remedy,
    ),
    row(
        "410",
        Service,
        &["410 gone"],
        "what was asked for is there no more, such as the place in a list that was read too slowly",
        "nothing: the next run reads anew",
    ),
    row(
        "424",
        Service,
        &["424 failed dependency"],
        "a part of a batch was not looked at, because another part of it has failed",
        "look at the other answers of the batch",
    ),
    row("429", Service, &[], "more requests than the service allows", super::invitation::THROTTLED.remedy),
    row("500", Service, &["500 internal server error"], "the service has a failure of its own", LATER),
    row("501", Program, &["501 not implemented"], "Graph does not support the question as it was asked", REPORT),
    row("502", Service, &["502 bad gateway"], "the service, or a proxy before it, has a failure of its own", LATER),
    row("503", Service, &["503 service unavailable"], "the service is not available for the moment", LATER),
    row("504", Service, &["504 gateway time"], "the service, or a proxy before it, did not answer in time", LATER),
    row("509", Service, &["bandwidth limit exceeded"], "more data than the service allows", LATER),
];

/// Policies of the two tenants, and Microsoft's own cross-tenant synchronization. external-id/troubleshoot,
/// external-id/cross-cloud-settings, and the provisioning error table of Microsoft's documentation.
pub const ACCESS: &[Row] = &[
    row(
        "InvitationsAllowedAndBlockedDomainsPolicy",
        Tenant,
        &["collaboration restrictions"],
        "the tenant's list of allowed or denied domains does not let this domain be invited",
        "External Identities > External collaboration settings > Collaboration restrictions: allow the domain; it takes 15 to 60 minutes to act",
    ),
    row(
        "policy-too-large",
        Tenant,
        &["policy size", "policy object limit", "policyobjectsize", "limit of 25 kb"],
        "the cross-tenant access policy could not be written; it may hold 25 KB at most",
        "remove partners or lists of users and applications that are not needed any more, or name groups in their place",
    ),
    row(
        "InvitationCreationFailureAmbiguousUser",
        Tenant,
        &[],
        "Microsoft's cross-tenant synchronization found an account with this address that it cannot convert",
        "do not let it manage the people whom xcsync invites: take them out of its scope",
    ),
    row(
        "InvitationCreationFailureInvalidPropertyValue",
        Home,
        &[],
        "the address belongs to a group, or is not one that can be invited",
        "correct mail or proxy addresses in the source directory",
    ),
    row(
        "CannotUpdateObjectsMasteredOnPremises",
        Tenant,
        &["mastered on premises", "on-premises mastered", "cannotupdateobjectsmasteredonpremises"],
        "something tries to write an account that directory synchronization owns, such as Microsoft's cross-tenant synchronization; xcsync never writes attributes",
        "change the value in the source directory; do not let both manage the same people",
    ),
    row(
        "AzureActiveDirectoryQuotaLimitExceeded",
        Tenant,
        &["directory quota", "directory_quotaexceeded", "quota limit"],
        "the directory holds as many objects as it may",
        "remove what is not needed any more, or ask Microsoft for a larger quota; a conversion adds no object",
    ),
    row(
        "AzureActiveDirectoryForbidden",
        Tenant,
        &["azuredirectoryb2bmanagementpolicycheckfailure"],
        "Microsoft's cross-tenant synchronization may not invite: the tenant's collaboration settings or cross-tenant access settings forbid it; they forbid it to xcsync too",
        "`xcsync check` tells which setting it is",
    ),
    row(
        "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure",
        Several,
        &["has not enabled automatic user consent", "has not enabled inbound synchronization"],
        "Microsoft's cross-tenant synchronization finds automatic redemption, or user synchronization into the tenant, switched off; xcsync needs neither, but without automatic redemption people accept by hand",
        "Cross-tenant access settings > the organization > Trust settings: automatic redemption, on the side that the message names; `xcsync check` shows both",
    ),
    row(
        "ExternalTenantNotFound",
        Several,
        &[],
        "Microsoft's cross-tenant synchronization does not find the other tenant: the clouds are not enabled for each other, or the tenant is no partner",
        "`xcsync setup tenant` shows what is missing; in the portal: Cross-tenant access settings > Microsoft cloud settings, then Add organization by tenant id, on both sides",
    ),
    row(
        "AzureActiveDirectoryTokenExpired",
        Several,
        &[],
        "Microsoft's cross-tenant synchronization is not let into the other tenant, often because the clouds are not enabled for each other",
        "`xcsync setup tenant` shows what is missing; in the portal: Cross-tenant access settings > Microsoft cloud settings, on both sides",
    ),
    row(
        "encrypted-mail",
        Home,
        &["00000012-0000-0000-c000-000000000000"],
        "where outbound access is blocked for all applications by default, people can't read encrypted mail of other organizations any more",
        "Cross-tenant access settings > Default settings > Outbound access: allow the application 00000012-0000-0000-c000-000000000000 (Microsoft Rights Management Services)",
    ),
];

/// What a person meets who redeems, and what keeps mail from coming. external-id/troubleshoot; the audit list;
/// <https://github.com/MicrosoftDocs/azure-docs/issues/19426>;
/// 500212 and 500213 by the reference page of sign-in codes.
pub const REDEMPTION: &[Row] = &[
    row(
        "AADSTS50020",
        Home,
        &["from identity provider"],
        "the person signs in with an account that the inviting tenant does not know: another one than was invited, or not accepted yet",
        "let the person open the invitation in a private window and sign in with the home UPN that was invited",
    ),
    row(
        "AADSTS90071",
        Tenant,
        &["inbound multifactor authentication", "mfa required"],
        "the inviting tenant asks for a second factor, and the two tenants do not agree on trusting the home tenant's",
        "Cross-tenant access settings > the organization > Inbound > Trust settings: trust multifactor authentication of the home tenant",
    ),
    row(
        "AADSTS500212",
        Home,
        &["notallowedbyoutboundpolicytenant"],
        "the home tenant's outbound access settings do not let the person into the inviting tenant",
        "in the home tenant: Cross-tenant access settings > the organization > Outbound access > B2B collaboration; `xcsync explain b2b-outbound`",
    ),
    row(
        "AADSTS500213",
        Tenant,
        &["notallowedbyinboundpolicytenant"],
        "the inviting tenant's inbound access settings do not let the person in",
        "in the inviting tenant: Cross-tenant access settings > the organization > Inbound access > B2B collaboration; `xcsync explain b2b-inbound`",
    ),
    row(
        "AADB2B_0001",
        Home,
        &[],
        "the invitation can't be redeemed: the home tenant has no account with that UPN, though it is responsible for the domain",
        "see that the person is synchronized in the home tenant, and that the address invited is the home UPN",
    ),
    row(
        "email-not-sent",
        Home,
        &["user unsubscribed", "email not sent"],
        "the person has blocked invitations from this tenant, so that no mail goes out though the service says 201",
        "send the person the link https://myapps.microsoft.com/?tenantid=TENANT_ID (myapps.microsoft.us in the US Government clouds), or let them subscribe again",
    ),
    row(
        "consent-prompt",
        Tenant,
        &["automatic redemption", "permission requested by", "review permissions"],
        "the person is asked to accept by hand, because automatic redemption is not on at both ends",
        "turn on automatic redemption for the other organization: inbound in the inviting tenant, outbound in the home tenant",
    ),
    row(
        "need-admin-approval",
        Application,
        &["need admin approval", "approval required"],
        "an application that the person opens, or the permissions of xcsync's own, have no administrator's consent",
        "Enterprise applications > the application > Permissions: grant admin consent",
    ),
    row(
        "wrong-clock",
        Host,
        &["clock skew", "clock is hours off"],
        "this host's clock differs from the service's",
        "set the clock (NTP); xcsync takes the service's time for its windows, but sign-in by certificate needs the right one",
    ),
];
