//! Tokens: obtained, cached, proven. The only place that knows azure_identity.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

/// A bearer token that nobody has looked at yet.
#[derive(Clone)]
pub struct Token {
    /// The token itself.
    pub secret: SecretString,
    /// When it ends.
    pub expires_on: DateTime<Utc>,
}

/// Where tokens for one tenant's Graph come from.
#[async_trait::async_trait]
pub trait AccessTokens: Send + Sync {
    /// A token that still lives for some minutes: the cached one, or a fresh one.
    async fn token(&self) -> Result<Token, AuthError>;

    /// Drops the cached token if it is this one: Graph has answered 401 to it.
    async fn invalidate(&self, rejected: &Token);
}

/// Why there is no token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthError {
    /// Placeholder for the variants.
    #[error("{0}")]
    Todo(String),
}
