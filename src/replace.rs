//! Files that are written whole or not at all, in the place of what was there.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::time::Duration;

/// How long to wait each time for whoever has the old file open. A scanner or a collector reads it within a moment.
const PAUSES: [Duration; 5] = [Duration::from_millis(200); 5];

/// What a file in place of another may be read and written by.
pub enum Rights {
    /// This mode, less what the umask takes. On Windows a file gets the access list of its folder.
    New(u32),
    /// Those of the file that is replaced; on Windows whether it is read-only.
    Old(Permissions),
}

#[cfg(unix)]
impl Rights {
    /// The mode while it is written: nobody reads more than they may in the end.
    fn to_begin_with(&self) -> u32 {
        match self {
            Self::New(mode) => *mode,
            Self::Old(_) => 0o600,
        }
    }
}

/// Writes a file beside its place and moves it there, so that a reader has the old one or the new one.
///
/// Nothing is left beside it where that fails, and what was there is as it was.
pub fn replace(place: &Path, content: &[u8], rights: Rights) -> io::Result<()> {
    let name = place.file_name().ok_or(ErrorKind::InvalidFilename)?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    // No number of a process: in a container it is the same each time, and one that was killed may have left its file.
    beside.push(format!(".{}.new", uuid::Uuid::new_v4().simple()));
    let beside = place.with_file_name(beside);
    let written =
        write_new(&beside, content, rights).and_then(|()| until_free(&PAUSES, is_held, || fs::rename(&beside, place)));
    if written.is_err() {
        // The failure is what is told; half a file may stay where it can't be removed.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_new(path: &Path, content: &[u8], rights: Rights) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, rights.to_begin_with());
    let mut file = options.open(path)?;
    file.write_all(content)?;
    if let Rights::Old(rights) = rights {
        fs::set_permissions(path, rights)?;
    }
    file.sync_all()
}

/// Tries again after each pause while somebody has the file.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing else is under way by then, and no simulated time passes on a disk"
)]
fn until_free(
    pauses: &[Duration],
    is_held: impl Fn(&io::Error) -> bool,
    mut attempt: impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    for pause in pauses {
        match attempt() {
            Err(error) if is_held(&error) => std::thread::sleep(*pause),
            settled => return settled,
        }
    }
    attempt()
}

/// Whether somebody has the file open, whom Windows protects from losing it: `ERROR_ACCESS_DENIED`,
/// `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`. Elsewhere nobody minds.
fn is_held(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_PAUSES: [Duration; 3] = [Duration::ZERO; 3];

    /// How it ends where somebody has the file so many times, and how often it was tried.
    fn held(times: u32) -> (Result<(), ErrorKind>, u32) {
        let mut tried = 0;
        let ended = until_free(
            &NO_PAUSES,
            |error| error.kind() == ErrorKind::ResourceBusy,
            || {
                tried += 1;
                if tried > times { Ok(()) } else { Err(ErrorKind::ResourceBusy.into()) }
            },
        );
        (ended.map_err(|error| error.kind()), tried)
    }

    #[test]
    fn a_file_that_somebody_reads_is_waited_for_and_not_for_ever() {
        assert_eq!(held(0), (Ok(()), 1));
        assert_eq!(held(3), (Ok(()), 4));
        assert_eq!(held(9), (Err(ErrorKind::ResourceBusy), 4));
    }

    #[test]
    fn any_other_failure_is_told_at_once() {
        let mut tried = 0;
        let fail = || {
            tried += 1;
            Err(ErrorKind::StorageFull.into())
        };
        let ended = until_free(&NO_PAUSES, |error| error.kind() == ErrorKind::ResourceBusy, fail);
        assert_eq!((ended.map_err(|error| error.kind()), tried), (Err(ErrorKind::StorageFull), 1));
    }

    #[test]
    fn a_file_that_a_killed_process_has_left_is_in_nobodys_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("file");
        fs::write(folder.path().join(format!("file.{}", std::process::id())), "half").expect("written");
        for content in ["one", "two"] {
            replace(&place, content.as_bytes(), Rights::New(0o640)).expect("replaced");
            assert_eq!(fs::read_to_string(&place).expect("there"), content);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing of it is left beside");
    }
}
