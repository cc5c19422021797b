//! The file: found, made, opened, and seen to be a ledger before anything is read from it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema::{self, APPLICATION_ID, Stamp};
use super::{LedgerError, crash};

/// How every SQLite file begins: <https://www.sqlite.org/fileformat.html>.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// How long to wait for the moment in which another process commits. Even a slow disk takes seconds at most.
const BUSY: Duration = Duration::from_secs(30);

/// Opens a ledger that is there; `None` where there is none, or one that nobody has begun.
///
/// SQLite undoes by itself what a process that was killed has left half written, which needs the right to write; without
/// it the file is read as it is.
pub(super) fn open(path: &Path) -> Result<Option<(Connection, Stamp)>, LedgerError> {
    match fs::metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(unusable(path, "opened", &error)),
        Ok(metadata) if !metadata.is_file() => return Err(LedgerError::NotALedger { path: path.to_owned() }),
        Ok(_) => {}
    }
    if !looks_like_one(path)? {
        return Err(LedgerError::NotALedger { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |error| failure(path, "opened", &error);
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    // Whatever a file brings along, it runs nothing by itself: <https://www.sqlite.org/security.html>.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failed)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).map_err(failed)?;
    let stamp = schema::stamp(&connection).map_err(failed)?;
    if stamp.application_id == APPLICATION_ID {
        check(&connection, path)?;
        return Ok(Some((connection, stamp)));
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    let fresh = stamp == Stamp { application_id: 0, version: 0 } && tables == 0;
    if fresh { Ok(None) } else { Err(LedgerError::NotALedger { path: path.to_owned() }) }
}

/// The same for somebody who will write: an empty file is one to begin.
pub(super) fn open_or_begin(path: &Path) -> Result<(Connection, Stamp), LedgerError> {
    make(path)?;
    if let Some(opened) = open(path)? {
        // Only now: what is no ledger is left as it is.
        tighten(path)?;
        return Ok(opened);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |error| failure(path, "opened", &error);
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    Ok((connection, Stamp { application_id: 0, version: 0 }))
}

/// Whether it begins as one, or is empty. A journal beside it may hold its true beginning.
fn looks_like_one(path: &Path) -> Result<bool, LedgerError> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut head));
    read.map_err(|error| unusable(path, "opened", &error))?;
    Ok(head.is_empty() || head == MAGIC || with_suffix(path, "-journal").is_file())
}

/// Looks for damage before anybody relies on what is read: it costs a fraction of what a run reads from the network.
fn check(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let failed = |error| failure(path, "read", &error);
    // In one transaction: nobody makes the file longer meanwhile.
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    let found: String = transaction.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    let page: i64 = transaction.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(failed)?;
    let length = fs::metadata(path).map_err(|error| unusable(path, "read", &error))?.len();
    transaction.finish().map_err(failed)?;
    // SQLite takes a last page that was cut short for one that ends in zeros.
    let why = match found.as_str() {
        "ok" if page.unsigned_abs() != 0 && length.is_multiple_of(page.unsigned_abs()) => return Ok(()),
        "ok" => "a part of its end is missing".to_owned(),
        _ => found,
    };
    Err(LedgerError::Damaged { path: path.to_owned(), why })
}

/// Makes an empty file that only this account may read, where there is none.
pub(super) fn make(path: &Path) -> Result<(), LedgerError> {
    let made = private().write(true).create_new(true).open(path);
    match made {
        Ok(_) => {
            crash::point("an empty file");
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unusable(path, "written", &error)),
    }
}

/// Options for files that hold people's names and addresses.
#[cfg(unix)]
pub(super) fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// On Windows a file gets the access list of its folder.
#[cfg(not(unix))]
pub(super) fn private() -> OpenOptions {
    OpenOptions::new()
}

/// Takes a copied ledger back from everybody else. On Windows the folder's access list is the administrator's.
#[cfg(unix)]
fn tighten(path: &Path) -> Result<(), LedgerError> {
    use std::os::unix::fs::PermissionsExt as _;
    // The open file and not the path, which somebody could let mean another file in between.
    let file = fs::File::open(path).map_err(|error| unusable(path, "opened", &error))?;
    let metadata = file.metadata().map_err(|error| unusable(path, "opened", &error))?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        tracing::warn!("others could read the ledger; its mode is 0600 now");
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(|error| unusable(path, "written", &error))?;
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as elsewhere")]
fn tighten(_path: &Path) -> Result<(), LedgerError> {
    Ok(())
}

/// Makes the folder of a ledger that lies where nobody said otherwise; only this account may look into it.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Which file a path means, so that one that takes its place is noticed.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Windows lets nobody move or delete a file that is open, so that being there is enough.
#[cfg(not(unix))]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|_| (0, 0))
}

/// The file beside it with something behind its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// What the system says about a file.
pub(super) fn unusable(path: &Path, what: &'static str, error: &io::Error) -> LedgerError {
    LedgerError::Unusable { path: path.to_owned(), what, why: error.to_string() }
}

/// Whether this account may write the ledger, and beside it its journal and its lock; nothing is written.
pub(super) fn may_be_written(path: &Path) -> Result<(), LedgerError> {
    writable(path).map_err(|error| unusable(path, "written", &error))?;
    may_be_begun(path)
}

/// Whether this account may write into the ledger's folder, which a run makes first where it is not there.
pub(super) fn may_be_begun(path: &Path) -> Result<(), LedgerError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut there = folder.ancestors().filter(|folder| folder.is_dir());
    match there.next().map(writable) {
        Some(Err(error)) => Err(unusable(path, "written", &error)),
        Some(Ok(())) | None => Ok(()),
    }
}

/// By the rights of the process, as `open` would find them (access(2) with `AT_EACCESS`).
#[cfg(unix)]
fn writable(path: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    Ok(accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS)?)
}

/// What a file's attribute says; who may write is asked of Windows by writing alone.
#[cfg(not(unix))]
fn writable(path: &Path) -> io::Result<()> {
    let is_read_only = std::fs::metadata(path)?.permissions().readonly() && path.is_file();
    if is_read_only { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

/// What SQLite says.
pub(super) fn failure(path: &Path, what: &'static str, error: &rusqlite::Error) -> LedgerError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => LedgerError::NotALedger { path },
        Some(ErrorCode::DatabaseCorrupt) => LedgerError::Damaged { path, why: error.to_string() },
        _ => LedgerError::Unusable { path, what, why: error.to_string() },
    }
}
