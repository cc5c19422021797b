//! The file, written whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use crate::harmless::harmless_line;
use crate::replace::{Rights, replace};

/// Why the file was not written. The runs themselves are not touched by it.
#[derive(Debug, thiserror::Error)]
#[error("the metrics file {} can't be written: {why}; it is as it was", harmless_line(&.path.to_string_lossy()))]
pub struct MetricsError {
    path: PathBuf,
    why: io::Error,
}

/// Writes it. Meanwhile a file lies beside it whose name does not end in `.prom`, which the collector does not take.
///
/// It holds no people and no secrets, and another account reads it.
pub fn write(path: &Path, content: &str) -> Result<(), MetricsError> {
    let written = replace(path, content.as_bytes(), Rights::New(0o644));
    written.map_err(|why| MetricsError { path: path.to_owned(), why })
}
