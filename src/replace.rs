//! A file that somebody else reads at any time: the old one or the new one, never a half.

use std::ffi::OsString;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// Writes `content` beside `place` and moves it there.
///
/// The new file has the rights `kept`, else those of `mode` (Unix, less what the umask takes; on Windows a file gets the
/// access list of its folder). Its name until then begins with a dot and ends in `.new`, so that nobody who looks for files
/// by their ending takes it for one of theirs. A link is replaced, not followed.
///
/// # Errors
///
/// The system's. What was there is as it was then, and what was written beside it is removed.
pub fn replace(place: &Path, content: &str, mode: u32, kept: Option<Permissions>) -> io::Result<()> {
    let mut beside = OsString::from(".");
    beside.push(place.file_name().ok_or(ErrorKind::InvalidFilename)?);
    // No number of a process: in a container it is the same each time, and one that was killed may have left its file.
    beside.push(format!(".{}.new", uuid::Uuid::new_v4().simple()));
    let beside = place.with_file_name(beside);
    let mut file = options(mode).write(true).create_new(true).open(&beside)?;
    let written = (|| {
        file.write_all(content.as_bytes())?;
        kept.map_or(Ok(()), |rights| fs::set_permissions(&beside, rights))?;
        file.sync_all()?;
        fs::rename(&beside, place)
    })();
    if written.is_err() {
        // The failure is what is told; half a file may stay where it can't be removed.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(unix)]
fn options(mode: u32) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(mode);
    options
}

#[cfg(not(unix))]
fn options(_: u32) -> OpenOptions {
    OpenOptions::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn the_file_is_the_new_one_and_the_only_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.prom");
        for content in ["a longer first one", "second"] {
            replace(&place, content, 0o644, None).unwrap();
            assert_eq!((fs::read_to_string(&place).unwrap().as_str(), names(folder.path()).len()), (content, 1));
        }
    }

    #[test]
    fn a_failure_leaves_what_was_there_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("full");
        fs::create_dir_all(place.join("of-something")).unwrap();
        replace(&place, "text", 0o640, None).unwrap_err();
        assert_eq!(names(folder.path()), ["full"]);
        replace(&folder.path().join("missing/a"), "text", 0o640, None).unwrap_err();
        replace(Path::new(".."), "text", 0o640, None).unwrap_err();
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_no_right_beyond_its_mode_and_kept_ones_are_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a");
        let rights = || fs::metadata(&place).unwrap().permissions().mode() & 0o777;
        replace(&place, "text", 0o640, None).unwrap();
        assert_eq!(rights() & !0o640, 0);
        replace(&place, "text", 0o640, Some(Permissions::from_mode(0o664))).unwrap();
        assert_eq!(rights(), 0o664, "whatever the umask takes");
    }
}
