//! One run at a time for a tenant and a ledger: a lock that the operating system drops with the process.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::LedgerError;
use super::file::{private, unusable, with_suffix};
use crate::directory::TenantId;

/// The lock; it is given back when this is dropped, however that comes about.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
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
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(&path, "locked", &error)),
        }
    }
}
