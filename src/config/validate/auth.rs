//! `[tenants.NAME.auth]`. No message here repeats a value: whatever stands in this table may be a secret.

use std::path::Path;

use super::path;
use crate::config::findings::Findings;
use crate::config::method::{AuthMethod, supported};
use crate::config::raw::sounds_secret;
use crate::config::references::Reference;
use crate::config::section::{Entry, Section};
use crate::config::{AuthSettings, SecretSource, TOKEN_VARIABLE};
use crate::directory::TenantId;

/// Which keys belong to which methods, also to those of later versions.
const OWNERS: [(&str, &[&str]); 7] = [
    ("client_id", &["managed-identity", "client-secret", "client-certificate", "workload-identity"]),
    ("client_secret_file", &["client-secret"]),
    ("client_secret_env", &["client-secret"]),
    ("certificate_file", &["client-certificate"]),
    ("key_file", &["client-certificate"]),
    ("token_file", &["workload-identity"]),
    ("token_env", &["access-token"]),
];

/// `None` where it could not be understood.
pub(super) fn settings(
    section: &Section<'_>,
    folder: &Path,
    references: &mut Vec<Reference>,
    findings: &mut Findings<'_>,
) -> Option<AuthSettings> {
    section.check_keys(findings);
    let method = method(section, findings)?;
    check_owners(section, method, findings);
    let client_id = client_id(section, method, findings);
    match method {
        AuthMethod::Auto => Some(AuthSettings::Auto),
        AuthMethod::ManagedIdentity => Some(AuthSettings::ManagedIdentity { client_id }),
        AuthMethod::ClientSecret => {
            section.require("client_id", CLIENT_ID_FORM, findings);
            let secret = secret(section, folder, references, findings);
            Some(AuthSettings::ClientSecret { client_id: client_id?, secret: secret? })
        }
        AuthMethod::AccessToken => {
            let given = variable(section, "token_env", findings);
            if section.has("token_env") && given.is_none() {
                return None;
            }
            let token_env = given.as_ref().map_or(TOKEN_VARIABLE, |entry| &entry.value).to_owned();
            let span = given.map_or_else(|| section.head.clone(), |entry| entry.span);
            references.push(Reference::variable(Entry { value: token_env.clone(), span }));
            Some(AuthSettings::AccessToken { token_env })
        }
    }
}

fn method(section: &Section<'_>, findings: &mut Findings<'_>) -> Option<AuthMethod> {
    if !section.has("method") {
        return Some(AuthMethod::Auto);
    }
    let form = format!("write one of {}", supported());
    let text = section.text("method", &form, findings)?;
    let method = AuthMethod::parse(text.value);
    if let Err(problem) = &method {
        findings.add(
            &text.span,
            problem.to_string(),
            "write one of the supported methods, or leave `method` out for auto",
        );
    }
    method.ok()
}

/// Points out keys that this method does not read: with them, something else was meant.
fn check_owners(section: &Section<'_>, method: AuthMethod, findings: &mut Findings<'_>) {
    for (key, owners) in OWNERS {
        if section.has(key) && !owners.contains(&method.name()) {
            let title = format!("`{key}` does not belong to method \"{}\"", method.name());
            let help = format!("it belongs to {}; write that method, or leave the key out", owners.join(", "));
            findings.add(&section.key_span(key), title, help);
        }
    }
}

const CLIENT_ID_FORM: &str =
    "write the application's client id, a GUID (the portal shows it as \"Application (client) ID\")";

fn client_id(section: &Section<'_>, method: AuthMethod, findings: &mut Findings<'_>) -> Option<String> {
    if matches!(method, AuthMethod::Auto | AuthMethod::AccessToken) {
        return None;
    }
    // Any GUID: the form is the same as a tenant's.
    let id = section.parsed("client_id", CLIENT_ID_FORM, TenantId::parse, findings)?;
    Some(id.value.to_string())
}

fn secret(
    section: &Section<'_>,
    folder: &Path,
    references: &mut Vec<Reference>,
    findings: &mut Findings<'_>,
) -> Option<SecretSource> {
    let file = path(section, "client_secret_file", folder, findings);
    let env = variable(section, "client_secret_env", findings);
    match (section.has("client_secret_file"), section.has("client_secret_env")) {
        (true, true) => {
            let span = section.key_span("client_secret_env");
            findings.add(
                &span,
                "the secret is said to be in two places",
                "keep client_secret_file or client_secret_env",
            );
        }
        // Who has written the secret itself is told so already.
        (false, false) if !section.entries().iter().any(|(key, _)| sounds_secret(key.value)) => {
            let help = "add client_secret_file or client_secret_env";
            findings.add(&section.head, "nothing says where the client secret is", help);
        }
        _ => {}
    }
    references.extend(file.clone().map(Reference::secret));
    references.extend(env.clone().map(Reference::variable));
    file.map(|file| SecretSource::File(file.value)).or(env.map(|env| SecretSource::Env(env.value)))
}

/// A variable's name; what is none might be the secret itself.
fn variable(section: &Section<'_>, key: &str, findings: &mut Findings<'_>) -> Option<Entry<String>> {
    const FORM: &str = "write the name of an environment variable: letters, digits and `_`";
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let right =
        |text: &str| !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(fits);
    section.parsed(key, FORM, |text| right(text).then(|| text.to_owned()), findings)
}
