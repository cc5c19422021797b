//! From the configured method to a credential: which identity asks, and whom.

use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport, Url};
use azure_core::time::Duration;
use azure_identity::{
    ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId,
};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::arc::ArcAgent;
use crate::auth::token_http::{Asked, TokenHttp};
use crate::auth::transport::is_loopback;
use crate::auth::{AuthError, HttpClients, secret};
use crate::config::{AuthSettings, SecretSource, Tenant};
use crate::world::Environment;

/// Makes the same credential again: `azure_identity` can't drop a cached token, a new credential has none.
pub(super) type Factory = Box<dyn Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync>;

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
    /// Somebody else obtained the token.
    Given {
        /// The token.
        token: SecretString,
    },
}

/// Prepares the configured method; every problem that shows without a network is [`AuthError::Settings`].
pub(super) fn prepare(tenant: &Tenant, clients: &HttpClients, env: &Environment) -> Result<Method, AuthError> {
    let settings = tenant.auth.clone().unwrap_or(AuthSettings::Auto);
    prepare_as(settings, tenant, clients, env)
}

fn prepare_as(
    settings: AuthSettings,
    tenant: &Tenant,
    clients: &HttpClients,
    env: &Environment,
) -> Result<Method, AuthError> {
    match settings {
        AuthSettings::ClientSecret { client_id, secret } => {
            tracing::info!(tenant = tenant.name, client_id, "signs in by client-secret");
            client_secret(client_id, secret::read(&secret, env)?, tenant, clients)
        }
        AuthSettings::ManagedIdentity { client_id } => {
            tracing::info!(tenant = tenant.name, client_id, "signs in by managed-identity");
            managed_identity(client_id, env)
        }
        AuthSettings::AccessToken { token_env } => {
            tracing::info!(tenant = tenant.name, variable = token_env, "signs in by access-token");
            Ok(Method::Given { token: given_token(&token_env, env)? })
        }
        AuthSettings::Auto => prepare_as(auto(env)?, tenant, clients, env),
    }
}

/// The configured method's name as in `method`, with `auto` resolved, for `check` and the report.
pub fn method_name(tenant: &Tenant, env: &Environment) -> Result<&'static str, AuthError> {
    let chosen = match &tenant.auth {
        None | Some(AuthSettings::Auto) => auto(env)?,
        Some(chosen) => chosen.clone(),
    };
    Ok(match chosen {
        AuthSettings::Auto => "auto",
        AuthSettings::ManagedIdentity { .. } => "managed-identity",
        AuthSettings::ClientSecret { .. } => "client-secret",
        AuthSettings::AccessToken { .. } => "access-token",
    })
}

/// `auto`: by local facts alone, never by asking the network, and never another method after one has failed.
fn auto(env: &Environment) -> Result<AuthSettings, AuthError> {
    let client_id = env.get("AZURE_CLIENT_ID").map(str::to_owned);
    if let (Some(client_id), Some(_)) = (&client_id, env.get("AZURE_CLIENT_SECRET")) {
        return Ok(AuthSettings::ClientSecret {
            client_id: client_id.clone(),
            secret: SecretSource::Env("AZURE_CLIENT_SECRET".to_owned()),
        });
    }
    let unsupported = ["AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"];
    if let Some(variable) = unsupported.into_iter().find(|name| env.get(name).is_some()) {
        return Err(AuthError::Settings {
            problem: format!("{variable} is set, and this version can't sign in by certificate or federated token"),
            remedy: "set `method = \"client-secret\"` or `method = \"managed-identity\"` in [tenants.NAME.auth]"
                .to_owned(),
        });
    }
    // Hosts with a user-assigned identity name it by this variable, as all of Microsoft's libraries read it.
    Ok(AuthSettings::ManagedIdentity { client_id })
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

fn client_secret(
    client_id: String,
    secret: SecretString,
    tenant: &Tenant,
    clients: &HttpClients,
) -> Result<Method, AuthError> {
    let (authority, plain) = authority(&tenant.endpoints.authority)?;
    let http = Arc::new(TokenHttp::new(clients.internet.clone(), Asked::Entra { plain }));
    let transport = http.clone();
    let tenant_id = tenant.tenant_id.to_string();
    let factory: Factory = Box::new(move || {
        // The cloud is always given: without it the variable AZURE_AUTHORITY_HOST could send the secret elsewhere.
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host.clone_from(&authority);
        let client_options =
            ClientOptions { cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))), ..options(&transport) };
        let secret = Secret::new(secret.expose_secret().to_owned());
        let options = ClientSecretCredentialOptions { client_options };
        Ok(ClientSecretCredential::new(&tenant_id, client_id.clone(), secret, Some(options))?)
    });
    Ok(Method::Credential { factory, http, absolute_expiry: false })
}

/// The authority as `azure_identity` takes it, and whether it really is plain http, which is for loopback only.
fn authority(authority: &str) -> Result<(String, bool), AuthError> {
    let refused = || AuthError::Settings {
        problem: format!("the authority {authority} is no bare https address (http is for loopback only)"),
        remedy: "give an https address as `authority` in [tenants.NAME.endpoints]".to_owned(),
    };
    let url = Url::parse(authority).map_err(|_| refused())?;
    // azure_identity would drop a path silently.
    if url.path() != "/" || url.query().is_some() {
        return Err(refused());
    }
    match url.scheme() {
        "https" => Ok((authority.to_owned(), false)),
        "http" if is_loopback(&url) => Ok((authority.replacen("http", "https", 1), true)),
        _ => Err(refused()),
    }
}

fn managed_identity(client_id: Option<String>, env: &Environment) -> Result<Method, AuthError> {
    refuse_unsupported_host(env)?;
    let stand_in = imds_stand_in(env)?;
    if stand_in.is_none()
        && let Some(agent) = ArcAgent::find(&HttpClients::local()?, env)?
    {
        return arc(agent, client_id);
    }
    let asked = Asked::ManagedIdentity { imds: stand_in };
    let http = Arc::new(TokenHttp::new(HttpClients::local()?, asked));
    let transport = http.clone();
    let factory: Factory = Box::new(move || {
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
            client_options: options(&transport),
        };
        Ok(ManagedIdentityCredential::new(Some(options))?)
    });
    Ok(Method::Credential { factory, http, absolute_expiry: true })
}

/// The agent knows one identity, the machine's own.
fn arc(agent: ArcAgent, client_id: Option<String>) -> Result<Method, AuthError> {
    match client_id {
        None => Ok(Method::Arc(agent)),
        Some(id) => Err(AuthError::Settings {
            problem: format!("the user-assigned identity {id} can't be used on an Azure Arc server, which has its own identity only"),
            remedy: "remove `client_id` from [tenants.NAME.auth] (or unset AZURE_CLIENT_ID), and give the server's identity the permissions".to_owned(),
        }),
    }
}

/// Hosts whose own protocol this version doesn't speak, by the variables that mark them.
fn refuse_unsupported_host(env: &Environment) -> Result<(), AuthError> {
    let set = |name| env.get(name).is_some();
    let host = match (set("IDENTITY_ENDPOINT"), set("IDENTITY_HEADER")) {
        (true, true) if set("IDENTITY_SERVER_THUMBPRINT") => "Service Fabric",
        (false, _) if set("MSI_ENDPOINT") => "Cloud Shell or Azure Machine Learning",
        _ => return Ok(()),
    };
    Err(AuthError::Settings {
        problem: format!("this is a host of {host}, whose managed identity this version can't use"),
        remedy: "set `method = \"client-secret\"` in [tenants.NAME.auth]".to_owned(),
    })
}

/// The variable by which Microsoft's libraries for Go, Python and JavaScript move the metadata service, for tests.
///
/// It counts for loopback only: the real service's address never changes.
fn imds_stand_in(env: &Environment) -> Result<Option<Url>, AuthError> {
    const VARIABLE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
    let Some(value) = env.get(VARIABLE) else {
        return Ok(None);
    };
    let url = Url::parse(value).ok().filter(|url| url.scheme() == "http" && is_loopback(url));
    url.map(Some).ok_or_else(|| AuthError::Settings {
        problem: format!("{VARIABLE} is {value}, which is not http on loopback"),
        remedy: format!("unset {VARIABLE}: the metadata service is found without it"),
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
