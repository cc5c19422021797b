//! From the configured method to a credential: which identity asks, and whom.

mod auto;
mod entra;
mod managed;

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport};
use azure_core::time::Duration;
use secrecy::{ExposeSecret, SecretString};

use crate::auth::arc::ArcAgent;
use crate::auth::azure_cli::AzureCli;
use crate::auth::certificate::ClientCertificate;
use crate::auth::token_http::TokenHttp;
use crate::auth::{AuthError, Host, HttpClients, secret};
use crate::config::{AuthMethod, AuthSettings, SecretSource, Tenant};
use crate::world::Environment;
use auto::auto;
use entra::Application;
use managed::managed_identity;

/// Makes the same credential again: `azure_identity` can't drop a cached token, a new credential has none. What changes
/// over time, such as the token of a workload identity, is read anew.
pub(super) type Factory = Box<dyn Fn() -> Result<Arc<dyn TokenCredential>, AuthError> + Send + Sync>;

/// How tokens are obtained, ready to go.
pub(super) enum Method {
    /// Through `azure_identity`.
    Credential {
        /// Makes the credential.
        factory: Factory,
        /// Its way to the network, which remembers failures.
        http: Arc<TokenHttp>,
        /// Whether its tokens' end is an absolute time by the service's clock.
        absolute_expiry: bool,
    },
    /// The agent of an Azure Arc server.
    Arc(ArcAgent),
    /// Whoever is signed in with the Azure CLI.
    AzureCli(AzureCli),
    /// Somebody else obtained the token.
    Given {
        /// The token.
        token: SecretString,
    },
}

/// Prepares the configured method; every problem that shows without a network is [`AuthError::Settings`].
pub(super) fn prepare(tenant: &Tenant, clients: &HttpClients, host: Host<'_>) -> Result<Method, AuthError> {
    let settings = tenant.auth.clone().unwrap_or(AuthSettings::Auto);
    prepare_as(settings, tenant, clients, host)
}

fn prepare_as(
    settings: AuthSettings,
    tenant: &Tenant,
    clients: &HttpClients,
    host: Host<'_>,
) -> Result<Method, AuthError> {
    let method = method_of(&settings);
    if method != AuthMethod::Auto {
        tracing::info!(tenant = tenant.name, method = method.name(), "signs in");
    }
    let application = |client_id| Application::new(client_id, tenant, clients);
    match settings {
        AuthSettings::ClientSecret { client_id, secret } => {
            let secret = secret::read(&secret, host.env)?;
            Ok(application(client_id)?.by_secret(secret))
        }
        AuthSettings::ClientCertificate { client_id, certificate_file, key_file } => {
            let certificate = ClientCertificate::read(&certificate_file, key_file.as_deref())?;
            Ok(application(client_id)?.by_certificate(certificate, host.clock))
        }
        AuthSettings::WorkloadIdentity { client_id, token_file } => {
            let file = entra::token_file(&token_file, host.env)?;
            application(client_id)?.by_federated_token(file)
        }
        AuthSettings::ManagedIdentity { client_id } => managed_identity(client_id, host.env),
        AuthSettings::AzureCli => Ok(Method::AzureCli(AzureCli::new(tenant, host.env))),
        AuthSettings::AccessToken { token_env } => Ok(Method::Given { token: given_token(&token_env, host.env)? }),
        AuthSettings::Auto => prepare_as(auto(host)?, tenant, clients, host),
    }
}

/// The configured method's name as in `method`, with `auto` resolved, for `check` and the report.
pub fn method_name(tenant: &Tenant, host: Host<'_>) -> Result<&'static str, AuthError> {
    let chosen = match &tenant.auth {
        None | Some(AuthSettings::Auto) => auto(host)?,
        Some(chosen) => chosen.clone(),
    };
    Ok(method_of(&chosen).name())
}

fn method_of(settings: &AuthSettings) -> AuthMethod {
    match settings {
        AuthSettings::Auto => AuthMethod::Auto,
        AuthSettings::ManagedIdentity { .. } => AuthMethod::ManagedIdentity,
        AuthSettings::ClientSecret { .. } => AuthMethod::ClientSecret,
        AuthSettings::ClientCertificate { .. } => AuthMethod::ClientCertificate,
        AuthSettings::WorkloadIdentity { .. } => AuthMethod::WorkloadIdentity,
        AuthSettings::AzureCli => AuthMethod::AzureCli,
        AuthSettings::AccessToken { .. } => AuthMethod::AccessToken,
    }
}

fn given_token(variable: &str, env: &Environment) -> Result<SecretString, AuthError> {
    let token = secret::read(&SecretSource::Env(variable.to_owned()), env)?;
    if token.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(token);
    }
    Err(AuthError::GivenToken {
        variable: variable.to_owned(),
        problem: "has characters that no token has, such as blanks".to_owned(),
    })
}

/// An unreachable authority is asked again within the provider's budget; `azure_identity` ignores this for the metadata service.
fn options(transport: &Arc<TokenHttp>) -> ClientOptions {
    ClientOptions {
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            initial_delay: Duration::milliseconds(500),
            max_retries: 3,
            max_total_elapsed: Duration::seconds(20),
            ..Default::default()
        }),
        transport: Some(Transport::new(transport.clone())),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
