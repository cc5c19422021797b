//! Access tokens: minted, remembered, judged.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Failure;
use super::state::State;

/// Graph's own application id, which a token may name as its audience.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// The tokens that were minted here.
#[derive(Default)]
pub(super) struct Tokens(HashMap<String, Minted>);

struct Minted {
    roles: Vec<String>,
    audience: String,
    expires: DateTime<Utc>,
    revoked: bool,
}

impl Tokens {
    /// Answers 401 to this token from now on.
    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(minted) = self.0.get_mut(token) {
            minted.revoked = true;
        }
    }
}

impl State {
    /// The claims of an application's token.
    pub(super) fn claims(&self, roles: &[String]) -> Value {
        let now = self.now();
        let lifetime = TimeDelta::from_std(self.tenant.identity.token_lifetime).unwrap_or_default();
        let application = &self.tenant.application;
        json!({
            "aud": self.public_root,
            "iss": format!("https://sts.windows.net/{}/", self.tenant.id),
            "iat": now.timestamp(),
            "nbf": now.timestamp(),
            "exp": (now + lifetime).timestamp(),
            "app_displayname": application.display_name,
            "appid": application.client_id,
            "idtyp": "app",
            "oid": application.object_id,
            "roles": roles,
            "sub": application.object_id,
            "tid": self.tenant.id,
            "uti": Uuid::new_v4().simple().to_string(),
            "ver": "1.0",
        })
    }

    /// A JWT with these claims; nobody checks its signature.
    pub(super) fn mint(&mut self, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "sandbox" });
        let token = format!("{}.{}.{}", part(&header), part(claims), URL_SAFE_NO_PAD.encode("unsigned"));
        self.remember(&token, claims);
        token
    }

    /// A token with the same force that nobody can read.
    pub(super) fn mint_opaque(&mut self, claims: &Value) -> String {
        let token = format!("opaque-{}", Uuid::new_v4().simple());
        self.remember(&token, claims);
        token
    }

    fn remember(&mut self, token: &str, claims: &Value) {
        let roles = claims["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let expires =
            claims["exp"].as_i64().and_then(|at| DateTime::from_timestamp(at, 0)).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let minted = Minted {
            roles: roles.collect(),
            audience: claims["aud"].as_str().unwrap_or_default().to_owned(),
            expires,
            revoked: false,
        };
        self.tokens.0.insert(token.to_owned(), minted);
    }

    /// The application permissions of the token in an `Authorization` header.
    pub(super) fn judge(&self, authorization: Option<&str>) -> Result<Vec<String>, Failure> {
        let token = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if token.is_empty() {
            return Err(Failure::unauthenticated("Access token is empty."));
        }
        let Some(minted) = self.tokens.0.get(token) else {
            return Err(Failure::unauthenticated("IDX14100: JWT is not well formed, there are no dots (.)."));
        };
        if minted.revoked {
            return Err(Failure::unauthenticated("Access token has been revoked."));
        }
        if minted.expires <= self.now() {
            return Err(Failure::unauthenticated("Lifetime validation failed, the token is expired."));
        }
        let audience = minted.audience.trim_end_matches('/');
        if audience != GRAPH && audience != self.public_root.trim_end_matches('/') && audience != self.root {
            return Err(Failure::unauthenticated("Access token validation failure. Invalid audience."));
        }
        Ok(minted.roles.clone())
    }
}
