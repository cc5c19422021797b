//! The file, written whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use crate::harmless::harmless_line;
use crate::replace::replace;

/// Why the file was not written. The runs themselves are not touched by it.
#[derive(Debug, thiserror::Error)]
#[error("the metrics file {} can't be written: {why}; it is as it was", harmless_line(&.path.to_string_lossy()))]
pub struct MetricsError {
    path: PathBuf,
    why: io::Error,
}

/// It holds no people and no secrets, and another account reads it.
const MODE: u32 = 0o644;

/// Writes it so that nobody ever reads a half; the collector takes no file that does not end in `.prom`.
pub fn write(path: &Path, content: &str) -> Result<(), MetricsError> {
    replace(path, content, MODE, None).map_err(|why| MetricsError { path: path.to_owned(), why })
}
