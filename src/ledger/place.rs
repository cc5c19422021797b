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

/// Sees that the folder is there, where somebody has named it, and that no other default place has a ledger that knows the
/// tenant where this one does not.
pub(super) fn see(state: &State, tenant: TenantId) -> Result<(), LedgerError> {
    let State { path, is_default, elsewhere } = state;
    let folder = folder(state);
    if !is_default && !folder.as_os_str().is_empty() && !folder.is_dir() {
        return Err(LedgerError::NoFolder { path: path.clone() });
    }
    // What can't be read there is somebody else's.
    let knows = |path: &Path| {
        LedgerView::open_now(path, tenant).and_then(|view| view.map_or(Ok(false), |view| view.knows_tenant()))
    };
    match elsewhere.iter().find(|other| knows(other).unwrap_or_default()) {
        // What is wrong with the ledger itself is said when it is opened.
        Some(other) if !knows(path).unwrap_or(true) => {
            Err(LedgerError::Second { path: path.clone(), other: other.clone() })
        }
        _ => Ok(()),
    }
}

fn folder(state: &State) -> &Path {
    state.path.parent().unwrap_or(Path::new(""))
}
