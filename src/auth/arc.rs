//! Managed identity on Azure Arc servers, which `azure_identity` 1.0 lacks.
//!
//! The agent proves that we may ask: it names a key file that only root and the group `himds` (on Windows:
//! administrators and "Hybrid agent extension applications") can read, and wants its content back.
//! <https://learn.microsoft.com/en-us/azure/azure-arc/servers/managed-identity-authentication>

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Client, StatusCode, Url};
use secrecy::zeroize::Zeroizing;

use crate::auth::answer::{self, Service};
use crate::auth::obstacle::cause;
use crate::auth::transport::is_loopback;
use crate::auth::{AuthError, secret};
use crate::bounded;
use crate::world::Environment;

/// Whom failures name.
pub(super) const HOST: &str = "the Azure Arc agent";
/// Where the agent listens when its variables are missing, as under cron and Task Scheduler.
const ENDPOINT: &str = "http://localhost:40342/metadata/identity/oauth2/token";
/// The version of the agent's protocol that Microsoft's libraries ask for.
const API_VERSION: &str = "2020-06-01";
/// The agent's limit for a key file, in bytes.
const KEY_LIMIT: u64 = 4096;
/// Pauses before the agent is asked again: it restarts when it is updated.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// The agent of this machine.
pub(super) struct ArcAgent {
    client: Client,
    endpoint: Url,
    /// The only folder that a key file may be in: the agent's answer must not make us send another file.
    keys: PathBuf,
}

impl ArcAgent {
    /// The agent, where the variables or its program file say that there is one.
    pub(super) fn find(client: &Client, env: &Environment) -> Result<Option<Self>, AuthError> {
        let (endpoint, imds) = (env.get("IDENTITY_ENDPOINT"), env.get("IMDS_ENDPOINT"));
        let address = match (endpoint, imds, env.get("IDENTITY_HEADER")) {
            (Some(address), Some(_), None) => address,
            (None, _, _) if env.get("MSI_ENDPOINT").is_none() && is_installed(env) => ENDPOINT,
            _ => return Ok(None),
        };
        let url = Url::parse(address).ok().filter(|url| url.scheme() == "http" && is_loopback(url));
        let endpoint = url.ok_or_else(|| AuthError::Settings {
            problem: format!("IDENTITY_ENDPOINT is {address}, which is not http on this machine as the Arc agent is"),
            remedy: "unset IDENTITY_ENDPOINT and IMDS_ENDPOINT: the agent is found without them".to_owned(),
        })?;
        Ok(Some(Self { client: client.clone(), endpoint, keys: keys(env) }))
    }

    /// A token for a resource in the form of [`answer::read`].
    pub(super) async fn fetch(&self, resource: &str) -> Result<String, AuthError> {
        for pause in PAUSES {
            match self.attempt(resource).await {
                Err(AuthError::Unreachable { .. }) => tokio::time::sleep(pause).await,
                settled => return settled,
            }
        }
        self.attempt(resource).await
    }

    async fn attempt(&self, resource: &str) -> Result<String, AuthError> {
        let challenge = self.ask(resource, None).await?;
        if challenge.status() != StatusCode::UNAUTHORIZED {
            return self.read(challenge).await;
        }
        let key = self.key(challenge.headers().get(WWW_AUTHENTICATE))?;
        let answer = self.ask(resource, Some(key)).await?;
        self.read(answer).await
    }

    async fn ask(&self, resource: &str, key: Option<HeaderValue>) -> Result<reqwest::Response, AuthError> {
        let mut url = self.endpoint.clone();
        url.query_pairs_mut().append_pair("api-version", API_VERSION).append_pair("resource", resource);
        let mut request = self.client.get(url).header("Metadata", "true");
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, key);
        }
        request.send().await.map_err(|error| unreachable(&error))
    }

    async fn read(&self, response: reqwest::Response) -> Result<String, AuthError> {
        let status = response.status().as_u16();
        let body = bounded::body(response.bytes_stream(), answer::LIMIT).await.map_err(|error| unreachable(&error))?;
        // What is too large is no token's answer, as nothing is.
        answer::read(Service::ManagedIdentity, status, &body.unwrap_or_default(), HOST)
    }

    /// The content of the file that the agent names, as a header.
    fn key(&self, challenge: Option<&HeaderValue>) -> Result<HeaderValue, AuthError> {
        let challenge = challenge.and_then(|value| value.to_str().ok());
        let named = challenge.and_then(|text| text.strip_prefix("Basic realm="));
        let path = named.and_then(|path| self.checked(Path::new(path.trim().trim_matches('"'))));
        let path = path.ok_or_else(|| AuthError::ForeignAnswer {
            host: HOST.to_owned(),
            answer: format!("HTTP 401, without the name of a key file in {}", self.keys.display()),
        })?;
        let key = secret::small_file(&path, KEY_LIMIT).map_err(|error| unreadable(&path, &error))?;
        let header = HeaderValue::try_from(Zeroizing::new(format!("Basic {}", key.trim_end())).as_str());
        let mut header = header.map_err(|_| unreadable(&path, &std::io::ErrorKind::InvalidData.into()))?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// The file itself, with links followed, if it is a key of the agent.
    fn checked(&self, path: &Path) -> Option<PathBuf> {
        // An account that may not enter the folder can't follow links either; the open then says why.
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let file = real(path);
        let is_key = file.extension().is_some_and(|ending| ending == "key") && file.parent() == Some(&real(&self.keys));
        is_key.then_some(file)
    }
}

fn unreachable(error: &reqwest::Error) -> AuthError {
    AuthError::Unreachable { host: HOST.to_owned(), cause: cause(error) }
}

fn unreadable(path: &Path, error: &std::io::Error) -> AuthError {
    AuthError::Settings {
        problem: format!("the key file {} of the Azure Arc agent can't be read: {error}", path.display()),
        remedy:
            "add this account to the group `himds` (Windows: `Hybrid agent extension applications`) and sign it in anew"
                .to_owned(),
    }
}

/// Whether the agent is on this machine, whatever the variables say: cron and Task Scheduler drop them.
pub(super) fn is_installed(env: &Environment) -> bool {
    program(env).is_some_and(|path| path.exists())
}

/// The agent's program.
fn program(env: &Environment) -> Option<PathBuf> {
    if cfg!(windows) {
        let folder = env.get("ProgramFiles")?;
        return Some(Path::new(folder).join(r"AzureConnectedMachineAgent\himds.exe"));
    }
    Some(PathBuf::from("/opt/azcmagent/bin/himds"))
}

/// The folder of the agent's keys.
fn keys(env: &Environment) -> PathBuf {
    if cfg!(windows) {
        return Path::new(env.get("ProgramData").unwrap_or(r"C:\ProgramData"))
            .join(r"AzureConnectedMachineAgent\Tokens");
    }
    PathBuf::from("/var/opt/azcmagent/tokens")
}

#[cfg(test)]
mod tests;
