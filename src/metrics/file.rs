//! The file, written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::harmless::harmless_line;

/// Why the file was not written. The runs themselves are not touched by it.
#[derive(Debug, thiserror::Error)]
#[error("the metrics file {} can't be written: {why}; it is as it was", harmless_line(&.path.to_string_lossy()))]
pub struct MetricsError {
    path: PathBuf,
    why: io::Error,
}

/// Writes it beside its place and moves it there, so that nobody ever reads a half; the collector takes no file that does
/// not end in `.prom`.
pub fn write(path: &Path, content: &str) -> Result<(), MetricsError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(name);
    let written = write_new(&beside, content).and_then(|()| fs::rename(&beside, path));
    written.map_err(|why| {
        // Whatever is left of it would only lie around.
        let _ = fs::remove_file(&beside);
        MetricsError { path: path.to_owned(), why }
    })
}

/// It holds no people and no secrets, and another account reads it.
fn write_new(path: &Path, content: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    let mut file = options.open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
