//! What a token service's answer says: a token, or why there is none.

mod identity;

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
#[derive(Default)]
struct Refusal {
    error: String,
    description: String,
    codes: Vec<u32>,
}

impl Refusal {
    /// What of an answer can be read; a field of another type counts as missing. `None` where neither text is there.
    fn of(answer: &Value) -> Option<Self> {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let (error, description) = (text("error"), text("error_description"));
        let number = |code: &Value| match code {
            Value::String(text) => text.trim_start_matches("AADSTS").parse().ok(),
            other => other.as_u64().and_then(|code| u32::try_from(code).ok()),
        };
        let mut codes: Vec<u32> = answer["error_codes"].as_array().into_iter().flatten().filter_map(number).collect();
        if codes.is_empty() {
            codes = aadsts::codes(&description);
        }
        let is_one = !error.is_empty() || !description.is_empty() || !codes.is_empty();
        is_one.then_some(Self { error, description, codes })
    }

    /// Whether Entra says that it passes by itself, whatever the status.
    fn passes(&self) -> bool {
        self.error == "temporarily_unavailable" || aadsts::known(&self.codes).is_some_and(|entry| entry.passes)
    }

    /// The AADSTS text; without one the status and the OAuth error.
    fn text(&self, status: u16) -> String {
        // The outer `error` is an identifier such as `invalid_client`; anything else is left out.
        let identifier = |c: char| c.is_ascii_lowercase() || c == '_';
        let error = Some(self.error.as_str()).filter(|error| error.len() <= 40 && error.chars().all(identifier));
        let text = aadsts_text(&self.description);
        text.unwrap_or_else(|| format!("HTTP {status} {}", error.unwrap_or_default()).trim_end().to_owned())
    }
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
    Err(match service {
        Service::ManagedIdentity => identity::failure(status, parsed.as_ref(), host),
        Service::Entra => entra_failure(status, parsed.as_ref().and_then(Refusal::of), host),
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
    match (status, refusal) {
        (408 | 429 | 500..=599, refusal) => unreachable(status, refusal.as_ref(), host),
        (400..=499, Some(refusal)) if refusal.passes() => unreachable(status, Some(&refusal), host),
        (400..=499, Some(refusal)) => refused(status, &refusal),
        (_, _) => AuthError::ForeignAnswer { host: host.to_owned(), answer: foreign(status) },
    }
}

fn unreachable(status: u16, refusal: Option<&Refusal>, host: &str) -> AuthError {
    let said = refusal.filter(|refusal| !refusal.codes.is_empty());
    let said = said.map(|refusal| format!(", {}", aadsts::told(&refusal.codes, &refusal.text(status))));
    AuthError::Unreachable { host: host.to_owned(), cause: format!("HTTP {status}{}", said.unwrap_or_default()) }
}

fn refused(status: u16, refusal: &Refusal) -> AuthError {
    AuthError::Refused { codes: refusal.codes.clone(), text: refusal.text(status) }
}

fn foreign(status: u16) -> String {
    match status {
        300..=399 => format!("HTTP {status}, a redirect, which is not followed"),
        _ => format!("HTTP {status}, without a token and without Entra's error"),
    }
}

/// The part of a description from `AADSTS` on, on one line; `None` where it has no code and so may be anything.
///
/// Words with an `@` are left out: texts about users name them by their address.
fn aadsts_text(description: &str) -> Option<String> {
    let start = description.find("AADSTS")?;
    let words = description[start..].split_whitespace();
    let words = words.map(|word| if word.contains('@') { "(left out)" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    let shown = text.chars().filter(|c| !c.is_control());
    Some(shown.take(TEXT_LIMIT).collect())
}

#[cfg(test)]
mod tests;
