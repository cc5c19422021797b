//! What Graph, Entra and the tools around them say, as it is pasted, and the entry that it finds.

use serde_json::json;

use super::found;

/// An entry's code, and what services say. Names and ids are invented; where only a fact is known, the words are too.
const SAID: &[(&str, &[&str])] = &[
    // Answers to an invitation.
    (
        "invitations-not-allowed",
        &["Guest invitations not allowed for your company. Contact your company administrator for more details."],
    ),
    (
        "tenant-blocked",
        &["Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support"],
    ),
    ("insufficient-privileges", &["Insufficient privileges to complete the operation."]),
    (
        "cross-tenant-access",
        &[
            "This invitation is blocked by cross-tenant access settings. Admins in both your organization and the invited user's organization must configure cross-tenant access settings to allow the invitation.",
        ],
    ),
    (
        "cross-cloud-worker-disabled",
        &[
            "This action can't be completed because the Microsoft B2B Cross Cloud Worker application has been disabled in the invited user's tenant.",
        ],
    ),
    (
        "already-exists",
        &[
            "The invited user already exists in the directory as object ID: 7e6b1f0e-1234-4bcd-9e9e-0123456789ab. They can use that account to sign in to shared apps and resources.",
        ],
    ),
    (
        "account-blocked",
        &[
            "The invited user already exists in the directory as object ID: 7e6b1f0e-1234-4bcd-9e9e-0123456789ab, but the account is blocked from signing in.",
        ],
    ),
    ("group-address", &["Group email address is not supported"]),
    ("address-refused", &["The Primary SMTP Address is an invalid value"]),
    ("invalid-user-type", &["UserType is neither guest nor member"]),
    ("not-convertible", &["User invitation failed. Invalid request input."]),
    ("invitee-tenant", &["This user can't be invited to this directory. Please try a different email address"]),
    ("target-address", &["Unable to find target address"]),
    ("replication-lag", &["Unable to read the company information from the directory."]),
    // Policies of the two tenants.
    (
        "partner-cloud",
        &[
            "The property 'allowedCloudEndpoints' does not exist on type 'microsoft.graph.crossTenantAccessPolicy'. Make sure to only use property names that are defined by the type.",
            "Could not find a property named 'allowedCloudEndpoints' on type 'microsoft.graph.crossTenantAccessPolicy'.",
        ],
    ),
    ("policy-too-large", &["The policy size exceeds the limit of 25 KB", "Policy object limit exceeded"]),
    (
        "partner-organization",
        &["11111111-2222-3333-4444-555555555555 is no partner: an enabled cloud alone allows nobody"],
    ),
    ("b2b-inbound", &[r#""b2bCollaborationInbound": { "usersAndGroups": { "accessType": "blocked" } }"#]),
    ("b2b-outbound", &[r#""b2bCollaborationOutbound": { "applications": { "accessType": "blocked" } }"#]),
    ("auto-redeem", &[r#""automaticUserConsentSettings": { "inboundAllowed": false, "outboundAllowed": null }"#]),
    ("invitations-allowed", &[r#""allowInvitesFrom": "none""#]),
    (
        "InvitationsAllowedAndBlockedDomainsPolicy",
        &["InvitationsAllowedAndBlockedDomainsPolicy", "blocked by the collaboration restrictions"],
    ),
    ("encrypted-mail", &["00000012-0000-0000-c000-000000000000 is blocked by the outbound default"]),
    ("InvitationCreationFailureInvalidPropertyValue", &["InvitationCreationFailureInvalidPropertyValue"]),
    ("InvitationCreationFailureAmbiguousUser", &["Error code: InvitationCreationFailureAmbiguousUser"]),
    (
        "AzureActiveDirectoryForbidden",
        &["AzureActiveDirectoryForbidden", "AzureDirectoryB2BManagementPolicyCheckFailure"],
    ),
    ("AzureActiveDirectoryQuotaLimitExceeded", &["AzureActiveDirectoryQuotaLimitExceeded", "Directory_QuotaExceeded"]),
    (
        "CannotUpdateObjectsMasteredOnPremises",
        &[
            "AzureActiveDirectoryCannotUpdateObjectsMasteredOnPremises",
            "Unable to update the specified properties for on-premises mastered Directory Sync objects",
        ],
    ),
    (
        "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure",
        &[
            "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure",
            "The source tenant has not enabled automatic user consent with the target tenant.",
            "The target tenant has not enabled inbound synchronization with this tenant.",
        ],
    ),
    ("ExternalTenantNotFound", &["ExternalTenantNotFound"]),
    ("AzureActiveDirectoryTokenExpired", &["AzureActiveDirectoryTokenExpired"]),
    // Permissions, facts of the tenant, what arrives in it.
    ("permissions", &["the token lacks Policy.Read.All: granted, but not yet in the token", "missing User.Invite.All"]),
    ("cloud", &[r#""tenant_region_scope": "USG""#, r#""tenant_region_sub_scope": "DODCON""#]),
    ("domains", &["verified in this tenant: contoso.com"]),
    ("directory-sync", &["onPremisesLastSyncDateTime of everybody is older"]),
    ("clock", &["this machine is 12 minutes behind the server"]),
    ("sync-conflict", &[r#""onPremisesProvisioningErrors": [ { "category": "PropertyConflict" } ]"#]),
    // Graph's codes.
    ("Authorization_RequestDenied", &["Authorization_RequestDenied"]),
    (
        "TooManyRequests",
        &[
            "Please retry again later.",
            "429 Too Many Requests",
            "x-ms-throttle-information: ResourceUnitLimitExceeded",
            "CPULimitExceeded",
        ],
    ),
    (
        "Request_UnsupportedQuery",
        &[
            "Too many child clauses specified in search filter expression containing 'OR' operators: 20. Max allowed: 15.",
        ],
    ),
    ("Directory_ExpiredPageToken", &[r#""code": "Directory_ExpiredPageToken""#]),
    ("insufficient_claims", &["Continuous access evaluation resulted in challenge with result: InteractionRequired"]),
    (
        "Request_ResourceNotFound",
        &[
            "Resource '7e6b1f0e-1234-4bcd-9e9e-0123456789ab' does not exist or one of its queried reference-property objects are not present.",
        ],
    ),
    ("Directory_ObjectNotFound", &["Directory_ObjectNotFound"]),
    (
        "InvalidAuthenticationToken",
        &[
            "Access token validation failure. Invalid audience.",
            "Lifetime validation failed, the token is expired.",
            "Access token has expired or is not yet valid.",
        ],
    ),
    ("403", &["403 Forbidden"]),
    ("410", &["410 Gone"]),
    ("424", &["424 Failed Dependency"]),
    ("501", &["501 Not Implemented"]),
    ("502", &["HTTP 502 from login.microsoftonline.us, not JSON"]),
    ("503", &["HTTP/1.1 503 Service Unavailable"]),
    ("504", &["504 Gateway Timeout"]),
    ("509", &["HTTP 509"]),
    // Sign-in.
    (
        "AADSTS7000215",
        &[
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '66666666-7777-8888-9999-000000000000'.",
            "Invalid client secret provided.",
        ],
    ),
    (
        "AADSTS700016",
        &[
            "AADSTS700016: Application with identifier '66666666-7777-8888-9999-000000000000' was not found in the directory 'Contoso'.",
        ],
    ),
    (
        "AADSTS90002",
        &[
            "AADSTS90002: Tenant '11111111-2222-3333-4444-555555555555' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
        ],
    ),
    (
        "AADSTS500011",
        &[
            "AADSTS500011: The resource principal named https://graph.microsoft.us was not found in the tenant named Contoso.",
        ],
    ),
    ("AADSTS900432", &["AADSTS900432: Confidential Client is not supported in Cross Cloud request."]),
    ("AADSTS900382", &["AADSTS900382: Confidential Client is not supported in Cross Cloud request."]),
    ("AADSTS900439", &["AADSTS900439: USGClientNotSupportedOnPublicEndpoint", "USGClientNotSupportedOnPublicEndpoint"]),
    ("AADSTS500014", &["AADSTS500014: The service principal for resource 'https://graph.microsoft.com' is disabled."]),
    (
        "AADSTS700211",
        &["No matching federated identity record found for presented assertion issuer 'https://issuer.example'"],
    ),
    (
        "AADSTS700212",
        &["No matching federated identity record found for presented assertion audience 'api://AzureADTokenExchange'"],
    ),
    (
        "AADSTS700213",
        &["No matching federated identity record found for presented assertion subject 'system:serviceaccount:a:b'"],
    ),
    ("invalid_client", &["invalid_client"]),
    (
        "no-managed-identity",
        &[
            r#"{"error":"invalid_request","error_description":"The requested identity has not been assigned to this resource"}"#,
            r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
            "No Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
            "error sending request for url (http://169.254.169.254/metadata/identity/oauth2/token): operation timed out",
            "Azure Arc managed identity isn't supported",
        ],
    ),
    ("azure-cli", &["ERROR: Please run 'az login' to setup account.", "Azure CLI not found on path"]),
    (
        "auth-settings",
        &[
            "authority host doesn't use HTTPS scheme: http://login.example",
            "Permission denied (os error 13): /var/opt/azcmagent/tokens/7e6b.key",
        ],
    ),
    ("not-graph", &["expected value at line 1 column 1", "EOF while parsing a value at line 1 column 0"]),
    // The way there.
    (
        "network-certificate",
        &["error sending request for url (https://login.microsoftonline.us/): invalid peer certificate: UnknownIssuer"],
    ),
    (
        "network-no-connection",
        &[
            "client error (Connect): tcp connect error: Connection refused (os error 111)",
            "dns error: failed to lookup address information: Name or service not known",
            "error sending request: operation timed out",
        ],
    ),
    ("network-proxy-password", &["407 Proxy Authentication Required"]),
    // Redeeming.
    (
        "AADSTS50020",
        &[
            "AADSTS50020: User account 'ann@contoso.com' from identity provider 'https://sts.windows.net/11111111-2222-3333-4444-555555555555/' does not exist in tenant 'Fabrikam' and cannot access the application '66666666-7777-8888-9999-000000000000'(My Apps) in that tenant.",
        ],
    ),
    (
        "AADSTS90071",
        &[
            "AADSTS90071: An admin from Fabrikam must update their access settings to accept inbound multifactor authentication.",
        ],
    ),
    (
        "AADSTS500212",
        &[
            "AADSTS500212: The user's administrator has set an outbound access policy that does not allow access to the resource tenant.",
        ],
    ),
    (
        "AADSTS500213",
        &[
            "AADSTS500213: The resource tenant's cross-tenant access policy does not allow this user to access this tenant.",
        ],
    ),
    ("AADB2B_0001", &["AADB2B_0001 : We cannot create a self-service account for you"]),
    ("email-not-sent", &["Email not sent, user unsubscribed"]),
];

/// How a text looks where people take it from.
fn as_pasted(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_owned(), format!("  \u{feff}{text}\r\n"), text.replace('\'', "\u{2019}")];
    forms.push(text.replace('"', "\u{201d}"));
    forms.push(format!("\u{1b}[31m{text}\u{1b}[0m"));
    forms.push(text.split(' ').collect::<Vec<_>>().join("\n    "));
    // A bare code is a value there, and not a message.
    if text.contains(' ') {
        let body = json!({ "error": { "code": "", "message": text, "innerError": {
            "date": "2026-03-02T08:00:00", "request-id": "7e6b1f0e-1234-4bcd-9e9e-0123456789ab" } } });
        forms.push(serde_json::to_string_pretty(&body).unwrap());
        forms.push(body.to_string().replace('\'', "\\u0027"));
        forms.push(format!("2026-03-02T08:00:00Z  WARN the call has failed run_id=01 why={text:?}"));
    }
    forms
}

#[tokio::test]
async fn what_services_say_finds_its_entry_in_whatever_form_it_is_pasted() {
    assert!(SAID.len() >= 70, "{}", SAID.len());
    for (code, texts) in SAID {
        for form in texts.iter().flat_map(|text| as_pasted(text)) {
            let (codes, _) = found(&form).await;
            assert_eq!(codes.first().map(String::as_str), Some(*code), "{form}: {codes:?}");
        }
    }
}
