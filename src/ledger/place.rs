//! Where a ledger may be begun: not on a mount that is missing, and not beside another one.

use std::path::Path;

use super::{LedgerError, LedgerView, file};
use crate::config::State;
use crate::directory::TenantId;

/// Makes the folder where that is ours to do, and sees that a ledger may be there.
pub(super) fn make(state: &State, tenant: TenantId) -> Result<(), LedgerError> {
    if state.is_default {
        file::make_folder(folder(state)).map_err(|error| file::unusable(&state.path, "written", &error))?;
    }
    see(state, tenant)
}

/// Sees that the folder is there, where somebody has named it, and that no other default place has a ledger that knows the tenant.
pub(super) fn see(state: &State, tenant: TenantId) -> Result<(), LedgerError> {
    let State { path, is_default, elsewhere } = state;
    let folder = folder(state);
    if !is_default && !folder.as_os_str().is_empty() && !folder.is_dir() {
        return Err(LedgerError::NoFolder { path: path.clone() });
    }
    // What can't be read there is somebody else's.
    let begins = std::fs::metadata(path).is_ok_and(|file| file.len() == 0) || !path.exists();
    for other in elsewhere.iter().filter(|_| begins) {
        if let Ok(Some(view)) = LedgerView::open_now(other, tenant)
            && view.knows_tenant()?
        {
            return Err(LedgerError::Second { path: path.clone(), other: other.clone() });
        }
    }
    Ok(())
}

fn folder(state: &State) -> &Path {
    state.path.parent().unwrap_or(Path::new(""))
}
