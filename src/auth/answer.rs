//! What a token service's answer says: a token, or why there is none.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::auth::{AuthError, aadsts};

/// The two services that give out tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
    Entra,
    /// <https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
    ManagedIdentity,
}

/// RFC 6749 section 5.2, with Entra's additions.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: String,
    error_description: String,
    error_codes: Vec<u32>,
}

/// The largest answer, in bytes: a token's has some kilobytes; what is larger is somebody's web page.
pub(super) const LIMIT: usize = 1 << 20;

/// The longest AADSTS text that is shown, in characters; the longest known ones have half of it.
const TEXT_LIMIT: usize = 1200;

/// Reads an answer: the token in the form that `azure_identity` takes without fail, or why there is none.
///
/// [`AuthError::Unreachable`] is what passes by itself: the caller may try again.
pub(super) fn read(service: Service, status: u16, body: &[u8], host: &str) -> Result<String, AuthError> {
    let parsed = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    if let (200..=299, Some(answer)) = (status, &parsed)
        && let Some(token) = token(answer)
    {
        return Ok(token);
    }
    let refusal = parsed.and_then(|answer| Refusal::deserialize(answer).ok());
    let refusal = refusal.filter(|refusal| !refusal.error.is_empty() || !refusal.error_description.is_empty());
    Err(match (service, refusal) {
        (Service::ManagedIdentity, refusal) => identity_failure(status, refusal.is_some(), host),
        (Service::Entra, refusal) => entra_failure(status, refusal, host),
    })
}

/// The token with its lifetime as a number and its end as text: Entra gives `expires_in`, managed identity `expires_on`,
/// each as a number or as text.
fn token(answer: &Value) -> Option<String> {
    let number = |name: &str| match answer.get(name)? {
        Value::String(text) => text.parse::<i64>().ok(),
        other => other.as_i64(),
    };
    let secret = answer.get("access_token")?.as_str().filter(|secret| is_token(secret))?;
    let (within, on) = (number("expires_in"), number("expires_on"));
    within.or(on)?;
    // A century is beyond every real token and within every date type.
    let bounded = |seconds: i64, most: i64| seconds.clamp(0, most);
    Some(
        json!({
            "token_type": "Bearer",
            "access_token": secret,
            "expires_in": bounded(within.unwrap_or(0), 3_000_000_000),
            "ext_expires_in": 0,
            "expires_on": bounded(on.unwrap_or(0), 30_000_000_000).to_string(),
            "resource": "",
        })
        .to_string(),
    )
}

/// What may stand in a header (RFC 6750 section 2.1 allows less).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

fn entra_failure(status: u16, refusal: Option<Refusal>, host: &str) -> AuthError {
    let host = host.to_owned();
    match (status, refusal) {
        (408 | 429 | 500..=599, refusal) => AuthError::Unreachable { host, cause: passing(status, refusal.as_ref()) },
        (400..=499, Some(refusal)) => refused(status, &refusal),
        (_, _) => AuthError::ForeignAnswer { host, answer: foreign(status) },
    }
}

fn passing(status: u16, refusal: Option<&Refusal>) -> String {
    match refusal.and_then(|refusal| aadsts_text(&refusal.error_description)) {
        Some(text) => format!("HTTP {status}, {text}"),
        None => format!("HTTP {status}"),
    }
}

fn foreign(status: u16) -> String {
    match status {
        300..=399 => format!("HTTP {status}, a redirect, which is not followed"),
        _ => format!("HTTP {status}, without a token and without Entra's error"),
    }
}

fn refused(status: u16, refusal: &Refusal) -> AuthError {
    let mut codes = refusal.error_codes.clone();
    if codes.is_empty() {
        codes = aadsts::codes(&refusal.error_description);
    }
    // The outer `error` is an identifier such as `invalid_client`; anything else is left out.
    let identifier = |c: char| c.is_ascii_lowercase() || c == '_';
    let error = Some(refusal.error.as_str()).filter(|error| error.len() <= 40 && error.chars().all(identifier));
    let text = aadsts_text(&refusal.error_description);
    let text = text.unwrap_or_else(|| format!("HTTP {status} {}", error.unwrap_or_default()).trim_end().to_owned());
    AuthError::Refused { codes, text }
}

/// The part of a description from `AADSTS` on, on one line; `None` where it has no code and so may be anything.
fn aadsts_text(description: &str) -> Option<String> {
    let start = description.find("AADSTS")?;
    let text = description[start..].split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = text.chars().filter(|c| !c.is_control());
    Some(shown.take(TEXT_LIMIT).collect())
}

/// The metadata service: 400 is "no such identity", 404 and 410 pass (it starts, or is updated), as do 429 and 5xx.
fn identity_failure(status: u16, is_refusal: bool, host: &str) -> AuthError {
    let host = host.to_owned();
    match status {
        404 | 408 | 410 | 429 | 500..=599 => {
            AuthError::Unreachable { host, cause: format!("HTTP {status} from the managed identity endpoint") }
        }
        400..=499 if is_refusal => AuthError::NoManagedIdentity {
            cause: format!(
                "{host} answers HTTP {status}, so that no identity is assigned here, or not the one of `client_id`"
            ),
        },
        _ => AuthError::ForeignAnswer { host, answer: foreign(status) },
    }
}

#[cfg(test)]
mod tests;
