//! What was told to whom, so that the same trouble is not told by every run.
//!
//! It is written when the run is over and its lock is given back: a row decides about nobody, and the worst that two runs
//! do to each other is to tell something twice. Where the ledger can't be used, a small file beside it takes its place
//! until it can: a ledger that is broken for a week is told of once a day all the same.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::rows::Instant;
use super::view::blocking;
use super::{LedgerError, file, schema};
use crate::config::State;
use crate::directory::{ObjectId, TenantId};
use crate::notify::{Earlier, Kept, Notice, Told, Trouble};
use crate::selection::{Decision, Reason};

/// How the row is called that says up to when it is known who is held.
const HOLDS: &str = "holds";
/// And the one that says since when a channel has missed trouble.
const UNTOLD: &str = "untold";

/// What the file beside the ledger is called after the ledger's own name.
const BESIDE: &str = "-notices";

/// What is over is kept for so long: within a day it is not told again.
const KEPT: TimeDelta = TimeDelta::days(2);

const PUT: &str =
    "INSERT OR REPLACE INTO notices (tenant, channel, trouble, told_at, over) VALUES (?1, ?2, ?3, ?4, ?5)";

/// The memory of notifications.
#[derive(Clone)]
pub struct Notices {
    connection: Arc<Mutex<Connection>>,
    path: PathBuf,
    /// Not the file beside it.
    is_ledger: bool,
}

impl Notices {
    /// Opens what there is; an error where nothing can be remembered.
    pub async fn open(state: &State) -> Result<Self, LedgerError> {
        let path = state.path.clone();
        blocking(move || Self::open_now(&path)).await
    }

    fn open_now(path: &Path) -> Result<Self, LedgerError> {
        let beside = file::with_suffix(path, BESIDE);
        if let Ok(Some((mut connection, stamp))) = file::open(path)
            && stamp.version == schema::VERSION
            && file::may_be_written(path).is_ok()
        {
            if beside.is_file() {
                if take_over(&mut connection, &beside).is_err() {
                    tracing::warn!("earlier notifications can't be read, and may be repeated");
                }
                // Also where it can't be read, so that this is said once. A file that stays is taken over once more.
                let _ = std::fs::remove_file(&beside);
            }
            return Ok(Self::of(connection, path, true));
        }
        let failed = |error| file::failure(&beside, "written", &error);
        file::make(&beside)?;
        let connection = opened(&beside, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
        connection.execute_batch(schema::NOTICES).map_err(failed)?;
        Ok(Self::of(connection, &beside, false))
    }

    fn of(connection: Connection, path: &Path, is_ledger: bool) -> Self {
        Self { connection: Arc::new(Mutex::new(connection)), path: path.to_owned(), is_ledger }
    }

    /// What the next run will know.
    pub fn kept(&self) -> Kept {
        if self.is_ledger { Kept::Run } else { Kept::Told }
    }

    /// What a channel was told about a tenant, and what the ledger knows of its people.
    pub async fn earlier(&self, tenant: TenantId, channel: &'static str) -> Result<Earlier, LedgerError> {
        let (tenant, is_ledger) = (tenant.to_string(), self.is_ledger);
        self.with("read", move |connection| {
            let mut earlier = told(connection, &tenant, channel)?;
            if is_ledger {
                people(connection, &tenant, &mut earlier)?;
            }
            Ok(earlier)
        })
        .await
    }

    /// Notes that a channel was told something.
    pub async fn remember(
        &self,
        tenant: TenantId,
        channel: &'static str,
        notice: &Notice,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let (tenant, notice) = (tenant.to_string(), notice.clone());
        self.with("written", move |connection| remember(connection, &tenant, channel, &notice, now)).await
    }

    /// Notes that a channel did not take trouble of a run that began `at`; what it has missed before that stays noted.
    pub async fn owe(&self, tenant: TenantId, channel: &'static str, at: DateTime<Utc>) -> Result<(), LedgerError> {
        const FIRST: &str =
            "INSERT OR IGNORE INTO notices (tenant, channel, trouble, told_at, over) VALUES (?1, ?2, ?3, ?4, 0)";
        let tenant = tenant.to_string();
        let note = move |connection: &mut Connection| {
            connection.execute(FIRST, params![tenant, channel, UNTOLD, Instant(at)]).map(drop)
        };
        self.with("written", note).await
    }

    async fn with<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let this = self.clone();
        blocking(move || {
            let mut connection = this.connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection).map_err(|error| file::failure(&this.path, what, &error))
        })
        .await
    }
}

/// The file beside a ledger; whatever it brings along, it runs nothing by itself.
fn opened(beside: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(beside, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    Ok(connection)
}

fn told(connection: &Connection, tenant: &str, channel: &str) -> rusqlite::Result<Earlier> {
    let mut earlier = Earlier::default();
    let mut rows =
        connection.prepare("SELECT trouble, told_at, over FROM notices WHERE tenant = ?1 AND channel = ?2")?;
    let mut rows = rows.query([tenant, channel])?;
    while let Some(row) = rows.next()? {
        let (trouble, Instant(at), over) = (row.get::<_, String>(0)?, row.get(1)?, row.get(2)?);
        match trouble.as_str() {
            HOLDS => earlier.holds_told = Some(at),
            UNTOLD => earlier.untold = Some(at),
            key => earlier.told.push(Told { trouble: Trouble::from_key(key), at, over }),
        }
    }
    Ok(earlier)
}

fn people(connection: &Connection, tenant: &str, earlier: &mut Earlier) -> rusqlite::Result<()> {
    let holds = Reason::ALL.iter().filter(|reason| reason.decision() == Decision::Hold);
    let holds: Vec<_> = holds.map(|reason| format!("'{}'", reason.code())).collect();
    let of_tenant = "FROM people JOIN tenants ON tenants.number = people.tenant WHERE tenant_id = ?1 AND NOT gone";
    let held = format!("SELECT user_id, since {of_tenant} AND since IS NOT NULL AND reason IN ({})", holds.join(", "));
    let mut held = connection.prepare(&held)?;
    let held = held.query_map([tenant], |row| Ok((row.get::<_, ObjectId>(0)?, row.get::<_, Instant>(1)?.0)))?;
    earlier.held_since = held.collect::<Result<_, _>>()?;
    let failing = format!("SELECT EXISTS (SELECT 1 {of_tenant} AND (open = 'retry' OR attempt_at IS NOT NULL))");
    earlier.is_failing = connection.query_row(&failing, [tenant], |row| row.get(0))?;
    Ok(())
}

fn remember(
    connection: &mut Connection,
    tenant: &str,
    channel: &str,
    notice: &Notice,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for Told { trouble, at, over } in &notice.remember {
        transaction.execute(PUT, params![tenant, channel, trouble.key(), Instant(*at), over])?;
    }
    if let Some(at) = notice.holds_told {
        transaction.execute(PUT, params![tenant, channel, HOLDS, Instant(at), false])?;
    }
    if notice.untold.is_some() {
        let paid = "DELETE FROM notices WHERE tenant = ?1 AND channel = ?2 AND trouble = ?3";
        transaction.execute(paid, [tenant, channel, UNTOLD])?;
    }
    transaction.execute("DELETE FROM notices WHERE over AND told_at < ?1", [Instant(now - KEPT)])?;
    transaction.commit()
}

/// Takes what the file beside a ledger has remembered while that could not be used.
fn take_over(connection: &mut Connection, beside: &Path) -> rusqlite::Result<()> {
    let old = opened(beside, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut kept = old.prepare("SELECT tenant, channel, trouble, told_at, over FROM notices")?;
    let mut kept = kept.query([])?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    while let Some(row) = kept.next()? {
        let text = |column| row.get::<_, String>(column);
        let (at, over) = (row.get::<_, Instant>(3)?, row.get::<_, bool>(4)?);
        transaction.execute(PUT, params![text(0)?, text(1)?, text(2)?, at, over])?;
    }
    transaction.commit()
}
