//! An application that shows Entra a secret, or an assertion that somebody whom Entra trusts has signed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::Secret;
use azure_core::http::{ClientMethodOptions, ClientOptions, Url};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions,
};
use secrecy::{ExposeSecret, SecretString};

use super::{Factory, Method, options};
use crate::auth::certificate::ClientCertificate;
use crate::auth::source::not_made;
use crate::auth::token_http::{Asked, TokenHttp};
use crate::auth::transport::is_loopback;
use crate::auth::{AuthError, HttpClients, secret};
use crate::config::{Tenant, TokenFile};
use crate::world::{Clock, Environment};

/// An application, and the tenant and authority that it signs in to.
#[derive(Clone)]
pub(super) struct Application {
    client_id: String,
    tenant_id: String,
    /// The authority as it is configured.
    configured: String,
    /// The same as `azure_identity` takes it.
    authority: String,
    http: Arc<TokenHttp>,
}

impl Application {
    pub(super) fn new(client_id: String, tenant: &Tenant, clients: &HttpClients) -> Result<Self, AuthError> {
        let configured = tenant.endpoints.authority.clone();
        let (authority, plain) = authority(&configured)?;
        let http = Arc::new(TokenHttp::new(clients.internet.clone(), Asked::Entra { plain }));
        Ok(Self { client_id, tenant_id: tenant.tenant_id.to_string(), configured, authority, http })
    }

    pub(super) fn by_secret(self, secret: SecretString) -> Method {
        let http = self.http.clone();
        let factory: Factory = Box::new(move || {
            let options = ClientSecretCredentialOptions { client_options: self.options() };
            let secret = Secret::new(secret.expose_secret().to_owned());
            let made = ClientSecretCredential::new(&self.tenant_id, self.client_id.clone(), secret, Some(options));
            Ok(made.map_err(|_| not_made())?)
        });
        Method::Credential { factory, http, absolute_expiry: false }
    }

    pub(super) fn by_certificate(self, certificate: ClientCertificate, clock: Clock) -> Method {
        // The audience that Microsoft's page asks for: the token endpoint itself.
        let audience = format!("{}/{}/oauth2/v2.0/token", self.configured, self.tenant_id);
        let client_id = self.client_id.clone();
        self.by_assertion(move || certificate.assertion(&client_id, &audience, clock.now()))
    }

    pub(super) fn by_federated_token(self, file: PathBuf) -> Result<Method, AuthError> {
        // What is wrong with the file is told before anything is done.
        federated_token(&file)?;
        Ok(self.by_assertion(move || federated_token(&file)))
    }

    fn by_assertion(self, assertion: impl Fn() -> Result<SecretString, AuthError> + Send + Sync + 'static) -> Method {
        let http = self.http.clone();
        let factory: Factory = Box::new(move || {
            let options = ClientAssertionCredentialOptions { client_options: self.options() };
            let (tenant_id, client_id) = (self.tenant_id.clone(), self.client_id.clone());
            let made = ClientAssertionCredential::new(tenant_id, client_id, Assertion(assertion()?), Some(options));
            Ok(made.map_err(|_| not_made())?)
        });
        Method::Credential { factory, http, absolute_expiry: false }
    }

    /// The cloud is always given: without it the variable `AZURE_AUTHORITY_HOST` could send the secret elsewhere.
    fn options(&self) -> ClientOptions {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host.clone_from(&self.authority);
        ClientOptions { cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))), ..options(&self.http) }
    }
}

/// An assertion for one credential, which lives no longer than a request and its retries.
#[derive(Debug)]
struct Assertion(SecretString);

#[async_trait::async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose_secret().to_owned())
    }
}

/// Where the federated token is.
pub(super) fn token_file(file: &TokenFile, env: &Environment) -> Result<PathBuf, AuthError> {
    match file {
        TokenFile::Path(path) => Ok(path.clone()),
        TokenFile::OfVariable => env.get(TokenFile::VARIABLE).map(PathBuf::from).ok_or_else(|| AuthError::Settings {
            problem: format!("the variable {}, which should name the federated token's file, is not set", TokenFile::VARIABLE),
            remedy: "set `token_file` in [tenants.NAME.auth]; in Kubernetes label the pod `azure.workload.identity/use: \"true\"`".to_owned(),
        }),
    }
}

/// The token, which its issuer renews in place; editors and issuers may end it with a line.
pub(super) fn federated_token(file: &Path) -> Result<SecretString, AuthError> {
    let (content, _) = secret::bytes(file, "the federated token file")?;
    let token = content.trim_ascii();
    let is_token = !token.is_empty() && token.iter().all(u8::is_ascii_graphic);
    let text = std::str::from_utf8(token).ok().filter(|_| is_token);
    text.map(SecretString::from).ok_or_else(|| AuthError::Settings {
        problem: format!("{} holds no token", file.display()),
        remedy: "name the file that the token's issuer writes, one JSON Web Token and nothing else".to_owned(),
    })
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
