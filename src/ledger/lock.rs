//! One run at a time for a tenant and a ledger: a lock that the operating system drops with the process.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::LedgerError;
use super::file::{private, unusable, with_suffix};
use crate::directory::TenantId;

/// The lock; it is given back when this is dropped, however that comes about.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes it; `None` where another run has it.
    ///
    /// The file stays behind: whoever deleted it would let two runs lock two files of the same name.
    pub(super) fn take(ledger: &Path, tenant: TenantId) -> Result<Option<Self>, LedgerError> {
        let path = with_suffix(ledger, &format!(".{tenant}.lock"));
        let file = private().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| unusable(&path, "written", &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(&path, "locked", &error)),
        }
    }
}

impl Drop for Lock {
    /// Gives it back by name. Closing the file would not do while a child process is being started, which has a copy of
    /// every open file until it runs its own program: the lock is of the file, and every copy holds it (flock(2)).
    fn drop(&mut self) {
        // The file is closed in this moment, which is all that is left to do where this fails.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_given_back_even_while_a_child_that_starts_has_a_copy_of_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("xcsync.db");
        let tenant = TenantId::parse("11111111-2222-3333-4444-555555555555").expect("a GUID");
        let lock = Lock::take(&ledger, tenant).expect("a file").expect("nobody has it");
        let copy = lock.file.try_clone().expect("a copy");
        assert!(Lock::take(&ledger, tenant).expect("a file").is_none(), "taken");
        drop(lock);
        assert!(Lock::take(&ledger, tenant).expect("a file").is_some(), "given back");
        drop(copy);
    }
}
