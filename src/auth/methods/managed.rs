//! Managed identity: which of the services of a host gives out its tokens.

use std::sync::Arc;

use azure_core::http::Url;
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};

use super::{Factory, Method, options};
use crate::auth::arc::ArcAgent;
use crate::auth::source::not_made;
use crate::auth::token_http::{Asked, TokenHttp};
use crate::auth::transport::is_loopback;
use crate::auth::{AuthError, HttpClients};
use crate::world::Environment;

pub(super) fn managed_identity(client_id: Option<String>, env: &Environment) -> Result<Method, AuthError> {
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
        Ok(ManagedIdentityCredential::new(Some(options)).map_err(|_| not_made())?)
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
pub(super) fn refuse_unsupported_host(env: &Environment) -> Result<(), AuthError> {
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
pub(super) fn imds_stand_in(env: &Environment) -> Result<Option<Url>, AuthError> {
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
