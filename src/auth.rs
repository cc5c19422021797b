//! Tokens: obtained, cached, proven. The only place that knows `azure_identity`.
//!
//! ```text
//! [auth] ─ methods ─► azure_identity ─ token_http ─► Entra or the managed identity endpoint
//!                          │  answer: a token, or an AuthError in our own words
//! provider ◄───────────────┘  one flight, early renewal, shared failures
//!    └─► Token ─ proof ─► ProvenToken: the only kind that requests are made with
//! ```

mod aadsts;
mod answer;
mod arc;
mod azure_cli;
mod certificate;
mod error;
mod jwt;
mod methods;
pub(crate) mod obstacle;
mod openid;
mod proof;
mod provider;
mod proxy;
mod secret;
mod source;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod token_http;
mod transport;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::Url;
use secrecy::SecretString;

pub use crate::auth::aadsts::{
    Aadsts, TABLE as AADSTS, codes as aadsts_codes, entry as aadsts, look_up, name as aadsts_name,
};
pub use crate::auth::error::AuthError;
pub use crate::auth::jwt::Claims;
pub use crate::auth::methods::method_name;
pub use crate::auth::openid::{OpenIdTenant, openid_tenant, tenant_of_domain};
pub use crate::auth::proof::{ProofError, ProvenToken, Unproven, Verdict, prove};
use crate::auth::provider::Provider;
use crate::auth::source::MethodSource;
pub use crate::auth::transport::{HttpClients, is_loopback};
use crate::config::{SecretSource, Tenant};
use crate::world::{Clock, Environment, World};

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

/// What sign-in goes by on this machine.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    /// Variables that name identities, files and services.
    pub env: &'a Environment,
    /// The local clock.
    pub clock: Clock,
    /// Whether a person looks on: a terminal is attached.
    pub attended: bool,
}

impl<'a> Host<'a> {
    /// The host of a run.
    pub fn of(world: &'a World) -> Self {
        Self { env: &world.env, clock: world.clock, attended: world.stderr_is_terminal }
    }
}

/// The tokens of a configured tenant; nobody is asked yet.
///
/// A tenant without `[auth]` is taken as `method = "auto"`. What is wrong on this machine (a variable or file that is
/// missing or open to others, a proxy's address that is none) is found here, as [`AuthError::Settings`].
pub fn access_tokens(
    tenant: &Tenant,
    clients: &HttpClients,
    host: Host<'_>,
) -> Result<Arc<dyn AccessTokens>, AuthError> {
    proxy::checked(host.env, &tenant.endpoints)?;
    let source = MethodSource {
        method: methods::prepare(tenant, clients, host)?,
        scope: format!("{}/.default", tenant.endpoints.graph),
        authority: tenant.endpoints.authority.clone(),
        clock: host.clock,
    };
    Ok(Arc::new(Provider::new(source, host.clock)))
}

/// A secret of another kind than a sign-in's, by the same rules: a file that others may read is refused.
pub fn secret(source: &SecretSource, env: &Environment) -> Result<SecretString, AuthError> {
    secret::read(source, env)
}

/// A client for one address that is not Microsoft's, on the same way as sign-in: proxies, trust, no redirects.
pub fn client_to(url: &Url, ca_file: Option<&Path>, env: &Environment) -> Result<reqwest::Client, AuthError> {
    proxy::usable(env, &[url.as_str()])?;
    HttpClients::to(url, ca_file)
}
