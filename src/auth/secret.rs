//! Secrets out of files and variables, with the reasons to refuse one.

use std::fs::File;
use std::path::Path;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::auth::AuthError;
use crate::bounded;
use crate::config::{SecretSource, open_to_others};
use crate::world::Environment;

/// The longest secret, in bytes: Entra's client secrets have 40, access tokens with many roles some thousands.
const LIMIT: u64 = 64 * 1024;

/// The secret itself: without the line end that editors put after it, never empty, of one line.
pub(super) fn read(source: &SecretSource, env: &Environment) -> Result<SecretString, AuthError> {
    match source {
        SecretSource::Env(name) => {
            let value = env.get(name).ok_or_else(|| missing_variable(name))?;
            checked(value, &format!("the variable {name}"))
        }
        SecretSource::File(path) => from_file(path),
    }
}

pub(super) fn missing_variable(name: &str) -> AuthError {
    AuthError::Settings {
        problem: format!("the variable {name}, which should hold the secret, is not set"),
        remedy: format!("set {name} for this program (also in the unit, task or pod that runs it on a schedule)"),
    }
}

fn from_file(path: &Path) -> Result<SecretString, AuthError> {
    let (bytes, open) = bytes(path, "the secret file")?;
    if let Some(mode) = open {
        return Err(shared("the secret file", path, mode));
    }
    let name = format!("the secret file {}", path.display());
    // Bytes that are no text are not shown: they may be the secret.
    let text = std::str::from_utf8(&bytes).map_err(|_| settings(format!("{name} is not UTF-8"), UTF8))?;
    checked(text.strip_prefix('\u{feff}').unwrap_or(text), &name)
}

/// A file's content, wiped from memory after use, and its mode where others may read it. `what` names it.
pub(super) fn bytes(path: &Path, what: &str) -> Result<(Zeroizing<Vec<u8>>, Option<u32>), AuthError> {
    let name = format!("{what} {}", path.display());
    let unreadable = |error: std::io::Error| {
        settings(
            format!("{name} can't be read: {error}"),
            "correct the path in [tenants.NAME.auth], or let this account read the file",
        )
    };
    // Opening a pipe that nobody writes into would wait for ever.
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(settings(format!("{name} is no file"), "name a file, not a folder, a pipe or a device"));
    }
    let file = File::open(path).map_err(unreadable)?;
    // Asks the open file, not the path: nobody can swap it in between.
    let mode = open_to_others(&file.metadata().map_err(unreadable)?);
    let content = bounded::content(file, LIMIT).map_err(unreadable)?.map(Zeroizing::new);
    let content = content.ok_or_else(|| {
        settings(format!("{name} is larger than 64 KiB"), "name the file that holds this and nothing else")
    })?;
    Ok((content, mode))
}

/// A small text file; one that is larger than `limit` bytes, or no UTF-8, is [`std::io::ErrorKind::InvalidData`].
pub(super) fn small_file(path: &Path, limit: u64) -> std::io::Result<Zeroizing<String>> {
    let bytes = bounded::content(File::open(path)?, limit)?;
    // The bytes themselves stay out of the error.
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(Zeroizing::new)
        .ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

const ONE_LINE: &str = "the file holds the secret's value on one line and nothing else";
const UTF8: &str = "write it as UTF-8, in PowerShell with `Set-Content -Encoding utf8`";

fn checked(value: &str, name: &str) -> Result<SecretString, AuthError> {
    let value = value.trim_end_matches(['\r', '\n']);
    if value.trim().is_empty() {
        return Err(settings(format!("{name} is empty"), "put the secret's value there"));
    }
    if value.chars().any(char::is_control) {
        return Err(settings(format!("{name} holds more than one line, or control characters"), ONE_LINE));
    }
    Ok(SecretString::from(value))
}

fn settings(problem: String, remedy: &str) -> AuthError {
    AuthError::Settings { problem, remedy: remedy.to_owned() }
}

/// The refusal of a file with a secret that others may read.
pub(super) fn shared(what: &str, path: &Path, mode: u32) -> AuthError {
    let path = path.display();
    settings(
        format!("{what} {path} is open to every account of this machine (mode {mode:03o})"),
        &format!(
            "run `chmod o-rwx '{path}'`, and consider the secret known to others if it mattered; in Kubernetes set `defaultMode: 0400`"
        ),
    )
}

#[cfg(test)]
mod tests;
