//! `[tenants.NAME.auth]`. No message here repeats a value: whatever stands in this table may be a secret.

use std::path::{Path, PathBuf};

use super::path;
use crate::config::findings::Findings;
use crate::config::method::{AuthMethod, known};
use crate::config::raw::sounds_secret;
use crate::config::references::Reference;
use crate::config::section::{Entry, Section};
use crate::config::{AuthSettings, SecretSource, TOKEN_VARIABLE, TokenFile};
use crate::directory::TenantId;

/// Which keys belong to which methods.
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
        AuthMethod::ClientCertificate => {
            section.require("client_id", CLIENT_ID_FORM, findings);
            let (certificate_file, key_file) = certificate(section, folder, references, findings)?;
            Some(AuthSettings::ClientCertificate { client_id: client_id?, certificate_file, key_file })
        }
        AuthMethod::WorkloadIdentity => {
            section.require("client_id", CLIENT_ID_FORM, findings);
            let token_file = token_file(section, folder, references, findings)?;
            Some(AuthSettings::WorkloadIdentity { client_id: client_id?, token_file })
        }
        AuthMethod::AzureCli => Some(AuthSettings::AzureCli),
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
    let form = format!("write one of {}", known());
    let text = section.text("method", &form, findings)?;
    let method = AuthMethod::parse(text.value);
    if let Err(problem) = &method {
        findings.add(&text.span, problem.to_string(), "correct it, or leave `method` out for auto");
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
    if matches!(method, AuthMethod::Auto | AuthMethod::AzureCli | AuthMethod::AccessToken) {
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

/// The certificate's file, and the key's where it is another; whichever holds the key is a secret.
fn certificate(
    section: &Section<'_>,
    folder: &Path,
    references: &mut Vec<Reference>,
    findings: &mut Findings<'_>,
) -> Option<(PathBuf, Option<PathBuf>)> {
    const FORM: &str = "name a PEM file with the certificate, and with its private key unless key_file names that";
    section.require("certificate_file", FORM, findings);
    let certificate = path(section, "certificate_file", folder, findings);
    let key = path(section, "key_file", folder, findings);
    let public = if section.has("key_file") { Reference::certificates } else { Reference::secret };
    references.extend(certificate.clone().map(public));
    references.extend(key.clone().map(Reference::secret));
    let value = |entry: Entry<PathBuf>| entry.value;
    match (certificate, key, section.has("key_file")) {
        // A key file that can't be understood is told above.
        (_, None, true) | (None, ..) => None,
        (Some(certificate), key, _) => Some((certificate.value, key.map(value))),
    }
}

/// The file of the federated token; without one, the host's variable names it.
fn token_file(
    section: &Section<'_>,
    folder: &Path,
    references: &mut Vec<Reference>,
    findings: &mut Findings<'_>,
) -> Option<TokenFile> {
    let given = path(section, "token_file", folder, findings);
    match (given, section.has("token_file")) {
        (Some(file), _) => {
            references.push(Reference::token(file.clone()));
            Some(TokenFile::Path(file.value))
        }
        (None, true) => None,
        (None, false) => {
            let variable = Entry { value: TokenFile::VARIABLE.to_owned(), span: section.head.clone() };
            references.push(Reference::variable(variable));
            Some(TokenFile::OfVariable)
        }
    }
}

/// A variable's name; what is none might be the secret itself.
pub(super) fn variable(section: &Section<'_>, key: &str, findings: &mut Findings<'_>) -> Option<Entry<String>> {
    const FORM: &str = "write the name of an environment variable: letters, digits and `_`";
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let right =
        |text: &str| !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(fits);
    section.parsed(key, FORM, |text| right(text).then(|| text.to_owned()), findings)
}
