//! `auto`: by local facts alone, never by asking the network, and never another method after one has failed.

use std::path::PathBuf;

use crate::auth::{AuthError, Host, arc, azure_cli};
use crate::config::{AuthSettings, SecretSource, TokenFile};

/// The method that the facts of this host speak for, in the order of SPEC section 5.
pub(super) fn auto(host: Host<'_>) -> Result<AuthSettings, AuthError> {
    let get = |name| host.env.get(name).map(str::to_owned);
    let client_id = get("AZURE_CLIENT_ID");
    if let (Some(client_id), Some(_)) = (&client_id, get("AZURE_CLIENT_SECRET")) {
        let secret = SecretSource::Env("AZURE_CLIENT_SECRET".to_owned());
        return Ok(AuthSettings::ClientSecret { client_id: client_id.clone(), secret });
    }
    if let (Some(client_id), Some(file)) = (&client_id, get("AZURE_CLIENT_CERTIFICATE_PATH")) {
        let certificate_file = PathBuf::from(file);
        return Ok(AuthSettings::ClientCertificate { client_id: client_id.clone(), certificate_file, key_file: None });
    }
    if get(TokenFile::VARIABLE).is_some() {
        let client_id = client_id.ok_or_else(|| AuthError::Settings {
            problem: format!("{} is set and AZURE_CLIENT_ID is not: a federated token is good for one application", TokenFile::VARIABLE),
            remedy: "set AZURE_CLIENT_ID (in Kubernetes the annotation `azure.workload.identity/client-id` of the service account does), or configure [tenants.NAME.auth]".to_owned(),
        })?;
        return Ok(AuthSettings::WorkloadIdentity { client_id, token_file: TokenFile::OfVariable });
    }
    let by_cli = host.attended && azure_cli::is_on_the_path(host.env);
    let has_identity = get("IDENTITY_ENDPOINT").is_some() || arc::is_installed(host.env);
    if by_cli && !has_identity {
        return Ok(AuthSettings::AzureCli);
    }
    // Hosts with a user-assigned identity name it by this variable, as all of Microsoft's libraries read it.
    Ok(AuthSettings::ManagedIdentity { client_id })
}
