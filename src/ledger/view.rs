//! The half that reads: what a dry run gets.

use std::collections::{HashMap, HashSet};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::rows::{self, adopted, instant};
use super::{LedgerError, file, place, schema};
use crate::config::State;
use crate::directory::{ObjectId, TenantId};
use crate::discovery::{Remembered, Standing};
use crate::selection::Record;

/// What the ledger holds of one tenant, to be read.
#[derive(Clone)]
pub struct LedgerView {
    pub(super) store: Arc<Store>,
    tenant: TenantId,
}

/// The open file.
pub(super) struct Store {
    connection: Mutex<Connection>,
    pub(super) path: PathBuf,
    /// Which file it was when it was opened; `None` for a ledger in memory.
    identity: Option<(u64, u64)>,
}

/// The last invitation that was refused for the whole tenant, while none was taken since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRefusal {
    /// When.
    pub at: DateTime<Utc>,
    /// When the last invitation was about to leave; later than the refusal where nobody knows what became of it.
    pub tried_at: DateTime<Utc>,
    /// Microsoft has blocked the tenant: nothing is sent until `--resume`.
    pub blocked: bool,
    /// The code in reports.
    pub code: String,
    /// What the service said.
    pub message: String,
}

impl Store {
    pub(super) fn of_file(connection: Connection, path: &Path) -> Self {
        Self { connection: Mutex::new(connection), path: path.to_owned(), identity: file::identity(path) }
    }

    pub(super) fn in_memory() -> Result<Self, LedgerError> {
        let path = PathBuf::from("(in memory)");
        let failed = |error| file::failure(&path, "opened", &error);
        let mut connection = Connection::open_in_memory().map_err(failed)?;
        schema::migrate(&mut connection).map_err(failed)?;
        Ok(Self { connection: Mutex::new(connection), path, identity: None })
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        // Whoever panicked with it has left a transaction that was rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SQLite goes on writing into a file that was deleted or moved, which nobody would find again.
    pub(super) fn still_there(&self) -> Result<(), LedgerError> {
        if self.identity.is_some() && file::identity(&self.path) != self.identity {
            return Err(LedgerError::Replaced { path: self.path.clone() });
        }
        Ok(())
    }
}

impl LedgerView {
    /// Opens what is there; `None` where there is no ledger yet, and a run that sends would begin one.
    pub async fn open(state: &State, tenant: TenantId) -> Result<Option<Self>, LedgerError> {
        let state = state.clone();
        let open = move || match Self::open_now(&state.path, tenant)? {
            Some(view) if view.knows_tenant()? => Ok(Some(view)),
            found => place::see(&state, tenant).map(|()| found),
        };
        blocking(open).await
    }

    /// Whether a run that sends could use what is there, or begin one; nothing is written.
    pub async fn could_be_written(state: &State) -> Result<(), LedgerError> {
        let path = state.path.clone();
        let look = move || match file::open(&path)? {
            Some((_, stamp)) if stamp.version > schema::VERSION => {
                Err(LedgerError::Newer { path, found: stamp.version, known: schema::VERSION })
            }
            Some(_) => file::may_be_written(&path),
            None => file::may_be_begun(&path),
        };
        blocking(look).await
    }

    pub(super) fn open_now(path: &Path, tenant: TenantId) -> Result<Option<Self>, LedgerError> {
        let Some((connection, _)) = file::open(path)? else { return Ok(None) };
        connection.pragma_update(None, "query_only", true).map_err(|error| file::failure(path, "opened", &error))?;
        Ok(Some(Self::of(Store::of_file(connection, path), tenant)))
    }

    /// A ledger that knows nothing.
    pub fn empty(tenant: TenantId) -> Result<Self, LedgerError> {
        Ok(Self::of(Store::in_memory()?, tenant))
    }

    pub(super) fn of(store: Store, tenant: TenantId) -> Self {
        Self { store: Arc::new(store), tenant }
    }

    /// The tenant.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Whether it knows the tenant at all.
    pub(super) fn knows_tenant(&self) -> Result<bool, LedgerError> {
        let found = self.store.connection().query_row(
            "SELECT 1 FROM tenants WHERE tenant_id = ?1",
            [self.tenant.to_string()],
            |_| Ok(()),
        );
        Ok(found.optional().map_err(|error| self.failure(&error))?.is_some())
    }

    /// How far its runs have come.
    pub async fn standing(&self) -> Result<Standing, LedgerError> {
        let tenant = self.tenant.to_string();
        let found = self.read(move |connection| {
            connection.query_row("SELECT * FROM tenants WHERE tenant_id = ?1", [tenant], standing).optional()
        });
        Ok(found.await?.unwrap_or_default())
    }

    /// Whether the tenant refused the last invitation.
    pub async fn refusal(&self) -> Result<Option<TenantRefusal>, LedgerError> {
        let tenant = self.tenant;
        self.read(move |connection| refusal_of(connection, tenant)).await
    }

    /// Whom a run looks at whatever its window, reminders being sent at most so often.
    pub async fn remembered(&self, max_reminders: u32) -> Result<Remembered, LedgerError> {
        const FOLLOW_UPS: &str = "SELECT user_id FROM people WHERE tenant = ?1 AND NOT gone AND (attempt_at IS NOT NULL \
            OR open = 'retry' OR (seen = 1 AND invited_at IS NOT NULL AND reminders < ?2))";
        const INVITED: &str =
            "SELECT user_id FROM people WHERE tenant = ?1 AND (seen = 1 OR (seen = 0 AND invited_at IS NOT NULL))";
        let tenant = self.tenant.to_string();
        self.read(move |connection| {
            let Some(number) = number(connection, &tenant)? else { return Ok(Remembered::default()) };
            let id = |row: &Row<'_>| row.get::<_, ObjectId>(0);
            let mut follow_ups = connection.prepare(FOLLOW_UPS)?;
            let follow_ups = follow_ups.query_map(params![number, max_reminders], id)?.collect::<Result<_, _>>()?;
            let mut invited = connection.prepare(INVITED)?;
            let invited = invited.query_map([number], id)?.collect::<Result<HashSet<_>, _>>()?;
            Ok(Remembered { follow_ups, invited })
        })
        .await
    }

    /// The records of these people.
    pub async fn records(&self, ids: Vec<ObjectId>) -> Result<HashMap<ObjectId, Record>, LedgerError> {
        let tenant = self.tenant.to_string();
        self.read(move |connection| {
            let mut records = HashMap::new();
            let Some(number) = number(connection, &tenant)? else { return Ok(records) };
            let mut statement = connection.prepare("SELECT * FROM people WHERE tenant = ?1 AND user_id = ?2")?;
            for id in ids {
                let found = statement.query_row(params![number, id], rows::record).optional()?;
                records.extend(found.map(|record| (id, record)));
            }
            Ok(records)
        })
        .await
    }

    /// Reads on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let store = self.store.clone();
        let read = blocking(move || work(&store.connection())).await;
        read.map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &rusqlite::Error) -> LedgerError {
        file::failure(&self.store.path, "read", error)
    }
}

impl std::fmt::Debug for LedgerView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerView").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// Does work that blocks beside the run; a panic there is one here, and what it says goes into the run's log.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let log = tracing::dispatcher::get_default(Clone::clone);
    let work = move || tracing::dispatcher::with_default(&log, work);
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => resume_unwind(error.into_panic()),
    }
}

/// The tenant's number in the other tables.
pub(super) fn number(connection: &Connection, tenant: &str) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT number FROM tenants WHERE tenant_id = ?1", [tenant], |row| row.get(0)).optional()
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    Ok(Standing {
        adopted: row.get::<_, Option<i64>>("adopted_from")?.map(adopted),
        watermark: instant(row, "watermark")?,
        swept_at: instant(row, "swept_at")?,
        selection: row.get("selection")?,
    })
}

/// Whether a tenant refused the last invitation.
pub(super) fn refusal_of(connection: &Connection, tenant: TenantId) -> rusqlite::Result<Option<TenantRefusal>> {
    let sql = "SELECT tenants.*, (SELECT max(intended_at) FROM attempts JOIN runs ON runs.number = run \
        WHERE runs.tenant = tenants.number AND result IS NOT 'not-attempted') AS tried_at \
        FROM tenants WHERE tenant_id = ?1 AND refused_at IS NOT NULL";
    connection.query_row(sql, [tenant.to_string()], refusal).optional()
}

fn refusal(row: &Row<'_>) -> rusqlite::Result<TenantRefusal> {
    let at = instant(row, "refused_at")?.unwrap_or_default();
    Ok(TenantRefusal {
        at,
        tried_at: instant(row, "tried_at")?.map_or(at, |tried| tried.max(at)),
        blocked: row.get::<_, Option<bool>>("refused_blocked")?.unwrap_or_default(),
        code: row.get::<_, Option<String>>("refused_code")?.unwrap_or_default(),
        message: row.get::<_, Option<String>>("refused_message")?.unwrap_or_default(),
    })
}
