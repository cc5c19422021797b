//! Where new tokens come from: `azure_identity`, or a variable.

use std::time::Duration;

use azure_core::time::OffsetDateTime;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::jwt::Claims;
use crate::auth::methods::Method;
use crate::auth::provider::Source;
use crate::auth::{AuthError, Token, arc, azure_cli};
use crate::world::Clock;

/// A token that does not say its end is taken to live so long; Graph refuses it earlier if it knows better.
const ASSUMED_LIFE: TimeDelta = TimeDelta::hours(1);

/// A prepared method that asks for tokens of one Graph root.
pub(super) struct MethodSource {
    pub(super) method: Method,
    /// `<graph root>/.default`.
    pub(super) scope: String,
    /// Whom a failure names where nothing was seen: the authority's address.
    pub(super) authority: String,
    pub(super) clock: Clock,
}

#[async_trait::async_trait]
impl Source for MethodSource {
    async fn fetch(&self) -> Result<Token, AuthError> {
        match &self.method {
            Method::Credential { factory, http, absolute_expiry } => {
                // A failure of an earlier fetch is not this one's.
                drop(http.take_failure());
                let credential = factory()?;
                let token = credential.get_token(&[&self.scope], None).await;
                let token = token.map_err(|_| http.take_failure().unwrap_or_else(not_made))?;
                let expires_on = self.end(token.expires_on, *absolute_expiry);
                let secret = SecretString::from(token.token.secret().to_owned());
                Ok(Token { secret, expires_on })
            }
            Method::Arc(agent) => {
                let resource = self.scope.trim_end_matches("/.default");
                from_answer(&agent.fetch(resource).await?, self.clock.now())
            }
            Method::AzureCli(cli) => cli.fetch(&self.scope, self.clock.now()).await,
            Method::Given { token } => Ok(given(token, self.clock.now())),
        }
    }

    fn cut_off(&self, budget: Duration) -> AuthError {
        let seen = match &self.method {
            Method::Credential { http, .. } => http.take_failure(),
            Method::Arc(_) | Method::AzureCli(_) | Method::Given { .. } => None,
        };
        let seconds = budget.as_secs();
        match seen {
            Some(AuthError::Unreachable { host, cause }) => {
                AuthError::Unreachable { host, cause: format!("{cause}; given up after {seconds} s") }
            }
            Some(other) => other,
            None => {
                let advice = match &self.method {
                    Method::AzureCli(_) => "; `az account get-access-token` run by hand shows what it waits for",
                    _ => "",
                };
                let cause = format!("no answer within {seconds} s{advice}");
                AuthError::Unreachable { host: self.asked().to_owned(), cause }
            }
        }
    }
}

impl MethodSource {
    fn asked(&self) -> &str {
        match &self.method {
            Method::Arc(_) => arc::HOST,
            Method::AzureCli(_) => azure_cli::HOST,
            _ => &self.authority,
        }
    }

    /// `azure_identity` adds a lifetime to the system's clock by itself: the same clock gives it back, and ours takes it from there.
    fn end(&self, expires_on: OffsetDateTime, absolute: bool) -> DateTime<Utc> {
        let ends = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        if absolute {
            return believed(ends(expires_on.unix_timestamp()), self.clock.now());
        }
        let left = (expires_on - OffsetDateTime::now_utc()).whole_seconds();
        ends(self.clock.now().timestamp().saturating_add(left))
    }
}

/// `azure_identity` refuses only what it can't make an address or a scope of.
pub(super) fn not_made() -> AuthError {
    AuthError::Settings {
        problem: "the sign-in library refuses the tenant id, the client id, the authority or the Graph root".to_owned(),
        remedy: "compare [tenants.NAME] with the example configuration".to_owned(),
    }
}

/// A token out of [`crate::auth::answer::read`], which has checked it.
fn from_answer(answer: &str, now: DateTime<Utc>) -> Result<Token, AuthError> {
    let answer: serde_json::Value = serde_json::from_str(answer).map_err(|_| not_made())?;
    let text = |name: &str| answer[name].as_str().ok_or_else(not_made);
    let ends = text("expires_on")?.parse().ok();
    let ends = ends.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let expires_on = believed(ends.ok_or_else(not_made)?, now);
    Ok(Token { secret: SecretString::from(text("access_token")?), expires_on })
}

fn given(token: &SecretString, now: DateTime<Utc>) -> Token {
    let exp = Claims::read(token.expose_secret()).and_then(|claims| claims.exp);
    let ends = exp.and_then(|exp| DateTime::from_timestamp(exp, 0)).unwrap_or(now);
    Token { secret: token.clone(), expires_on: believed(ends, now) }
}

/// Nobody hands out a token that has ended: where this machine's clock says so, the clock may be hours off, and Graph
/// knows better. It answers 401 where the token did end.
pub(super) fn believed(ends: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if ends > now { ends } else { now + ASSUMED_LIFE }
}
