//! Files and variables that the configuration names, looked at before a run begins.

use std::fs::Metadata;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::section::Entry;
use crate::harmless::harmless_line;
use crate::world::Environment;

/// A file or a variable that a setting names.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    span: Range<usize>,
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    Certificates(PathBuf),
    Secret(PathBuf),
    Token(PathBuf),
    Variable(String),
}

impl Reference {
    /// `ca_file`.
    pub(super) fn certificates(file: Entry<PathBuf>) -> Self {
        Self { span: file.span, target: Target::Certificates(file.value) }
    }

    /// A file that holds a secret.
    pub(super) fn secret(file: Entry<PathBuf>) -> Self {
        Self { span: file.span, target: Target::Secret(file.value) }
    }

    /// A federated token: Kubernetes lets every account of the container read it, and it lives for an hour.
    pub(super) fn token(file: Entry<PathBuf>) -> Self {
        Self { span: file.span, target: Target::Token(file.value) }
    }

    /// A variable that holds a secret.
    pub(super) fn variable(name: Entry<String>) -> Self {
        Self { span: name.span, target: Target::Variable(name.value) }
    }

    /// Whether the file is there and nobody else may read it.
    pub(super) fn check_file(&self, findings: &mut Findings<'_>) {
        match &self.target {
            Target::Certificates(file) => {
                self.check_readable(file, "certificates in PEM form", findings);
                let metadata = file.metadata().ok().filter(Metadata::is_file);
                if let Some(mode) = metadata.as_ref().and_then(writable_by_others) {
                    let title =
                        format!("others may write into this file, and so decide who is trusted (mode {mode:04o})");
                    findings.add(
                        &self.span,
                        title,
                        format!("run `chmod o-w '{}'`", harmless_line(&file.to_string_lossy())),
                    );
                }
            }
            Target::Token(file) => self.check_readable(file, "the federated token", findings),
            Target::Secret(file) => {
                self.check_readable(file, "the secret", findings);
                // A folder is a problem of its own, told above.
                let metadata = file.metadata().ok().filter(Metadata::is_file);
                if let Some(mode) = metadata.as_ref().and_then(open_to_others) {
                    let title = format!("others may read or replace this secret (mode {mode:04o})");
                    findings.add(
                        &self.span,
                        title,
                        format!("run `chmod o-rwx '{}'`; the group may stay", harmless_line(&file.to_string_lossy())),
                    );
                }
            }
            Target::Variable(_) => {}
        }
    }

    /// Whether the variable is set for this run.
    pub(super) fn check_variable(&self, env: &Environment, findings: &mut Findings<'_>) {
        if let Target::Variable(name) = &self.target
            && env.get(name).is_none()
        {
            findings.add(
                &self.span,
                format!("the variable {name} is not set"),
                "set it where xcsync is started; a scheduler drops those of your shell",
            );
        }
    }

    fn check_readable(&self, file: &Path, content: &str, findings: &mut Findings<'_>) {
        let fault = match file.metadata().map(|metadata| metadata.is_file()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "the file does not exist",
            Err(_) => "the file cannot be reached by this account",
            Ok(false) => "this is no file",
            Ok(true) if std::fs::File::open(file).is_err() => "the file may not be read by this account",
            Ok(true) => return,
        };
        findings.add(
            &self.span,
            fault,
            format!("name a file with {content} that the account of the schedule can read"),
        );
    }
}

/// The mode of a file that others may read, write or run; the owner and the group may, since a service often reads by its group.
///
/// `None` where only these may, and on Windows, which has no modes.
pub(crate) fn open_to_others(metadata: &Metadata) -> Option<u32> {
    mode(metadata).filter(|mode| mode & 0o007 != 0)
}

/// The mode of a file that others may write; `None` where they may not, and on Windows.
pub(crate) fn writable_by_others(metadata: &Metadata) -> Option<u32> {
    mode(metadata).filter(|mode| metadata.is_file() && mode & 0o002 != 0)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Windows, which has no modes")]
fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    // Above these bits stands the kind of file.
    Some(metadata.permissions().mode() & 0o7777)
}

/// The folder's access list is the administrator's.
#[cfg(not(unix))]
fn mode(_metadata: &Metadata) -> Option<u32> {
    None
}
