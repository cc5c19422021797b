//! `azure-cli`: a token of whoever is signed in with `az`, for an administrator at a terminal.
//!
//! `az` keeps one current cloud and one current account; both are compared with the configuration before a token is
//! asked for. Its words are never shown, since they name people; its AADSTS codes are.
//! <https://learn.microsoft.com/en-us/cli/azure/account>

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use azure_core::credentials::TokenCredential as _;
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions, Executor};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;

use crate::auth::source::believed;
use crate::auth::{AuthError, Token, aadsts};
use crate::cloud::CloudName;
use crate::config::Tenant;
use crate::directory::TenantId;
use crate::explain::own;
use crate::world::Environment;

/// Whom failures name.
pub(super) const HOST: &str = "the Azure CLI";

/// The Azure CLI, for one tenant.
pub(super) struct AzureCli {
    tenant: TenantId,
    cloud: CloudName,
    az: Arc<Az>,
}

/// What `az account show` tells of the current account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    environment_name: String,
    tenant_id: String,
}

impl AzureCli {
    pub(super) fn new(tenant: &Tenant, env: &Environment) -> Self {
        let az = Az { folder: systems_folder(env), failure: Mutex::default() };
        Self { tenant: tenant.tenant_id, cloud: tenant.cloud, az: Arc::new(az) }
    }

    /// A token for a scope, if `az` is signed in to the configured tenant in the configured cloud.
    pub(super) async fn fetch(&self, scope: &str, now: DateTime<Utc>) -> Result<Token, AuthError> {
        self.compare(&self.account().await?)?;
        let options = AzureCliCredentialOptions {
            tenant_id: Some(self.tenant.to_string()),
            executor: Some(self.az.clone()),
            ..Default::default()
        };
        let unusable = || self.az.take_failure().unwrap_or_else(unreadable);
        let credential = AzureCliCredential::new(Some(options)).map_err(|_| unusable())?;
        let token = credential.get_token(&[scope], None).await.map_err(|_| unusable())?;
        let ends = DateTime::from_timestamp(token.expires_on.unix_timestamp(), 0).unwrap_or(now);
        let secret = SecretString::from(token.token.secret().to_owned());
        Ok(Token { secret, expires_on: believed(ends, now) })
    }

    async fn account(&self) -> Result<Account, AuthError> {
        let [program, switch] = SHELL;
        let output = self.az.run(OsStr::new(program), &[switch, "az account show -o json"].map(OsStr::new)).await;
        let output = output.ok().filter(|output| output.status.success());
        let output = output.ok_or_else(|| self.az.take_failure().unwrap_or_else(unreadable))?;
        serde_json::from_slice(&output.stdout).map_err(|_| unreadable())
    }

    /// Refuses an account of another cloud or tenant: its token would be refused too, with words that nobody understands.
    fn compare(&self, account: &Account) -> Result<(), AuthError> {
        let cloud = self.cloud.azure_cli_name();
        if let Some(expected) = cloud.filter(|expected| !account.environment_name.eq_ignore_ascii_case(expected)) {
            return Err(refused(
                format!("is set to the cloud {}, the configured one is {expected}", shown(&account.environment_name)),
                format!("run `az cloud set --name {expected}`, then `az login --tenant {}`", self.tenant),
            ));
        }
        if TenantId::parse(&account.tenant_id) != Some(self.tenant) {
            return Err(refused(
                format!(
                    "is signed in to the tenant {}, the configured one is {}",
                    shown(&account.tenant_id),
                    self.tenant
                ),
                format!(
                    "run `az login --tenant {}` (with `--allow-no-subscriptions` where it has none), or `az account set`",
                    self.tenant
                ),
            ));
        }
        Ok(())
    }
}

/// The shell and its switch.
#[cfg(not(windows))]
const SHELL: [&str; 2] = ["/bin/sh", "-c"];
#[cfg(windows)]
const SHELL: [&str; 2] = ["cmd", "/C"];

/// A folder in which nobody but the system can put a program named `az`: `cmd` looks first where it was started.
fn systems_folder(env: &Environment) -> PathBuf {
    PathBuf::from(if cfg!(windows) { env.get("SystemRoot").unwrap_or(r"C:\Windows") } else { "/bin" })
}

/// Whether there is an `az` that a shell would find.
pub(super) fn is_on_the_path(env: &Environment) -> bool {
    let names: &[&str] = if cfg!(windows) { &["az.cmd", "az.exe"] } else { &["az"] };
    let path = env.get("PATH").unwrap_or_default();
    let holds = |folder: &Path| folder.is_absolute() && names.iter().any(|name| folder.join(name).is_file());
    std::env::split_paths(path).any(|folder| holds(&folder))
}

/// Runs `az`, and remembers in our own words why it failed.
#[derive(Debug)]
struct Az {
    folder: PathBuf,
    failure: Mutex<Option<AuthError>>,
}

impl Az {
    fn take_failure(&self) -> Option<AuthError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn remember(&self, failure: AuthError) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }
}

#[async_trait::async_trait]
impl Executor for Az {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let mut command = tokio::process::Command::new(program);
        // Nobody is asked anything. What is cut off is killed: the shell itself, while what it started ends by itself.
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        // The library's own `cd` does not do on Windows: `cmd` does not leave for another drive by it.
        command.current_dir(&self.folder);
        let output = command.output().await;
        match &output {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                self.remember(failure(output.status.code(), &String::from_utf8_lossy(&output.stderr)));
            }
            Err(error) => self.remember(refused(
                format!("can't be started: {error}"),
                "choose another `method` in [tenants.NAME.auth]".to_owned(),
            )),
        }
        output
    }
}

/// Why `az` gave nothing, by what it says on stderr and how it ended.
///
/// The shell ends with 127 where it finds no program (POSIX, section 2.8.2); `cmd` says so in the system's language, and
/// sets 9009.
fn failure(code: Option<i32>, stderr: &str) -> AuthError {
    let says = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
    let codes = aadsts::codes(stderr);
    if !codes.is_empty() {
        return AuthError::Refused { codes, text: String::new() };
    }
    if matches!(code, Some(127 | 9009)) || says(&["' is not recognized"]) {
        return AuthError::Settings {
            problem: "`az` is not on the PATH".to_owned(),
            remedy: "install the Azure CLI, or choose another `method` in [tenants.NAME.auth]".to_owned(),
        };
    }
    if says(&["ConnectionError", "Max retries exceeded", "Connection aborted"]) {
        return AuthError::Unreachable { host: HOST.to_owned(), cause: "it does not reach Entra".to_owned() };
    }
    if says(&["az login"]) {
        return refused("has nobody signed in".to_owned(), own::AZURE_CLI.remedy.to_owned());
    }
    let ended = code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with code {code}"));
    refused(ended, "run `az account get-access-token` yourself and read what it says".to_owned())
}

fn refused(problem: String, remedy: String) -> AuthError {
    AuthError::AzureCli { problem, remedy }
}

/// What it prints is no account and no token: an old version, or something else that is called `az`.
fn unreadable() -> AuthError {
    refused(
        "answers something else than was asked for".to_owned(),
        "update it to 2.54 or later, and see that `az` on the PATH is the Azure CLI".to_owned(),
    )
}

/// A name as it may stand in a message: short, and without control characters.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests;
