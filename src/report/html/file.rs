//! The page as a file: whole or not at all, and never in the place of something else.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::error::Exit;
use crate::explain::{Known, own};
use crate::harmless::harmless_line;
use crate::replace::{Rights, replace};

/// What every page has near its beginning.
pub(super) const MARK: &str = "<meta name=\"generator\" content=\"xcsync ";

/// The mark stands within so many bytes.
const HEAD: u64 = 1024;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Give another name.
    #[error("{} is there and is no page of xcsync's; it was left as it is", shown(.0))]
    NoPage(PathBuf),
    /// Make room, create the folder, or give the account its rights.
    #[error("the page {} can't be written: {why}; what was there is as it was", shown(.path))]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

impl PageError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoPage(_) => Exit::Usage,
            Self::NotWritten { .. } => Exit::Unexpected,
        }
    }

    /// Its entry in the catalogue.
    pub fn known(&self) -> Known {
        match self {
            Self::NoPage(_) => own::NOT_A_PAGE,
            Self::NotWritten { .. } => own::PAGE_NOT_WRITTEN,
        }
    }
}

/// Writes the page beside its place and moves it there, so that a reader has the old one or the new one.
///
/// A page that is there is replaced, since a schedule writes it daily; any other file is left alone. The page names
/// people: a new one is for its owner and group (0640, less what the umask takes), one that is replaced keeps the rights
/// that somebody gave it. A pipe or a device is written to as it is.
pub fn write_page(path: &Path, page: &str) -> Result<(), PageError> {
    let failed = |why| PageError::NotWritten { path: path.to_owned(), why };
    // A link stays one: what it leads to is replaced.
    let place = match fs::canonicalize(path) {
        Ok(place) => place,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(failed(error)),
    };
    match fs::metadata(&place) {
        Ok(metadata) if metadata.is_dir() => Err(failed(ErrorKind::IsADirectory.into())),
        Ok(metadata) if !metadata.is_file() => fs::write(&place, page).map_err(failed),
        Ok(_) if !is_page(&place).map_err(failed)? => Err(PageError::NoPage(path.to_owned())),
        Ok(metadata) => replace(&place, page.as_bytes(), Rights::Old(metadata.permissions())).map_err(failed),
        Err(_) => replace(&place, page.as_bytes(), Rights::New(0o640)).map_err(failed),
    }
}

/// Whether it is a page, or empty.
fn is_page(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head.is_empty() || String::from_utf8_lossy(&head).contains(MARK))
}

fn shown(path: &Path) -> String {
    harmless_line(&path.to_string_lossy()).into_owned()
}
