//! The half that writes: having it is holding the lock.

use std::ops::Deref;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::lock::Lock;
use super::queue::{Change, Queue};
use super::rows::{self, Instant, adopted_number, instant};
use super::view::{LedgerView, Store, blocking, number};
use super::{Ended, Intended, LedgerError, file, place, schema};
use crate::config::State;
use crate::directory::{ObjectId, TenantId};
use crate::discovery::Standing;
use crate::plan::{ApprovedItem, Item};
use crate::report::{DecisionEntry, ErrorEntry, OutcomeResult, RunReport};
use crate::selection::{Ending, Record};
use crate::world::Clock;

/// Runs that changed nothing are forgotten after so many days; a year's are there to be compared with.
const QUIET_RUNS_KEPT: i64 = 400;

/// The ledger of one tenant's run, locked.
pub struct LockedLedger {
    view: LedgerView,
    queue: Queue,
    /// The tenant's number in the tables.
    tenant: i64,
    /// The run's number in the tables.
    run: i64,
    /// The server's time, once it is known.
    clock: Option<Clock>,
    /// Last, so that it is given back after the file is closed.
    _lock: Option<Lock>,
}

/// The run that locks a ledger.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant's configured name.
    pub tenant_name: String,
    /// The tenant's cloud.
    pub cloud: &'static str,
    /// The local time.
    pub started_at: DateTime<Utc>,
}

/// What a run has learnt of people by reading.
#[derive(Debug, Default)]
pub struct Learnt {
    /// Records that are others now, with the display name where the person was read.
    pub records: Vec<(ObjectId, String, Record)>,
    /// Decisions that say something new.
    pub decisions: Vec<DecisionEntry>,
    /// Whose attempt of an earlier run has an outcome now.
    pub settled: Vec<(ObjectId, OutcomeResult)>,
}

impl Deref for LockedLedger {
    type Target = LedgerView;

    fn deref(&self) -> &LedgerView {
        &self.view
    }
}

impl LockedLedger {
    /// The half that reads.
    pub fn view(&self) -> &LedgerView {
        &self.view
    }

    /// Opens or begins the ledger, locks it for a tenant, and notes that the run has begun.
    pub async fn lock(state: &State, run: &Run) -> Result<Self, LedgerError> {
        let (state, run) = (state.clone(), run.clone());
        blocking(move || Self::lock_now(&state, &run)).await
    }

    fn lock_now(state: &State, run: &Run) -> Result<Self, LedgerError> {
        let path = &state.path;
        place::make(state, run.tenant)?;
        let (mut connection, stamp) = file::open_or_begin(path)?;
        let path = &std::fs::canonicalize(path).map_err(|error| file::unusable(path, "opened", &error))?;
        if stamp.version > schema::VERSION {
            return Err(LedgerError::Newer { path: path.clone(), found: stamp.version, known: schema::VERSION });
        }
        let Some(lock) = Lock::take(path, run.tenant)? else {
            return Err(holder(&connection, run.tenant));
        };
        let failed = |error| file::failure(path, "written", &error);
        // One file to copy, and readable from a folder where nothing may be written; FULL outlasts a power failure.
        connection.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        schema::migrate(&mut connection).map_err(failed)?;
        let store = Store::of_file(connection, path);
        Self::begin(store, Some(lock), run)
    }

    /// A ledger that nobody else knows and that is gone with the run.
    pub fn temporary(run: &Run) -> Result<Self, LedgerError> {
        Self::begin(Store::in_memory()?, None, run)
    }

    fn begin(store: Store, lock: Option<Lock>, run: &Run) -> Result<Self, LedgerError> {
        let begun = begin_run(&mut store.connection(), run);
        let (tenant, number) = begun.map_err(|error| file::failure(&store.path, "written", &error))?;
        let view = LedgerView::of(store, run.tenant);
        let queue = Queue::new(view.store.clone());
        Ok(Self { view, queue, tenant, run: number, clock: None, _lock: lock })
    }

    /// Notes what the first attempt of a run adopts; from here on the server's time is known.
    pub async fn adopt(&mut self, standing: &Standing, clock: Clock) -> Result<(), LedgerError> {
        self.clock = Some(clock);
        let (tenant, adopted) = (self.tenant, standing.adopted.map(adopted_number));
        let sql =
            "UPDATE tenants SET adopted_from = ?2 WHERE number = ?1 AND (adopted_from IS NULL OR adopted_from > ?2)";
        self.write(move |ledger| ledger.execute(sql, params![tenant, adopted]).map(drop)).await
    }

    /// `--resume`: the tenant is tried as if it had never refused.
    pub async fn resume(&self) -> Result<(), LedgerError> {
        let tenant = self.tenant;
        self.write(move |ledger| lift(ledger, tenant, i64::MAX)).await
    }

    /// Notes what was read and decided, before anything is sent.
    pub async fn learn(&self, learnt: Learnt) -> Result<(), LedgerError> {
        if learnt.records.is_empty() && learnt.decisions.is_empty() {
            return Ok(());
        }
        let (tenant, run, at) = (self.tenant, self.run, self.now());
        self.write(move |ledger| {
            let mut put = ledger.prepare(rows::PUT)?;
            for (id, name, record) in &learnt.records {
                rows::put(&mut put, tenant, *id, name, record)?;
            }
            learnt.settled.iter().try_for_each(|(id, result)| note_settled(ledger, tenant, *id, *result, at))?;
            learnt.decisions.iter().try_for_each(|decision| note_decision(ledger, run, decision))
        })
        .await
    }

    /// Notes that a person is about to be sent an invitation. Only then may it leave.
    pub async fn intend(&self, item: ApprovedItem) -> Result<Intended, (Item, LedgerError)> {
        let (tenant, run, at) = (self.tenant, self.run, self.now());
        let person = item.item().clone();
        let written = self.write(move |ledger| {
            let (id, name) = (person.user_id, person.display_name.expose());
            ledger.execute(
                "INSERT INTO attempts (run, user_id, display_name, address, decision, intended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![run, id, name, person.address.expose(), person.decision.code(), Instant(at)],
            )?;
            change_record(ledger, tenant, id, name, |record| record.intended(person.decision, at))
        });
        match written.await {
            Ok(()) => Ok(Intended { item, tenant: self.view.tenant() }),
            Err(error) => Err((item.item().clone(), error)),
        }
    }

    /// Notes what became of it, and what that means for the whole tenant.
    pub async fn record(&self, intended: Intended, ended: Ended) -> Result<(), LedgerError> {
        let (tenant, run, at) = (self.tenant, self.run, self.now());
        let person = intended.item.item().clone();
        self.write(move |ledger| {
            let (id, name) = (person.user_id, person.display_name.expose());
            note_outcome(ledger, run, id, &ended, at)?;
            note_tenant(ledger, tenant, (run, id), &ended, at)?;
            change_record(ledger, tenant, id, name, |record| {
                record.ended(&ended.ending, &person.address, &person.as_read);
            })
        })
        .await
    }

    /// Notes which of the invited the directory shows, and which it does not, with what the report says of them.
    pub async fn verified(
        &self,
        shown: Vec<ObjectId>,
        not_shown: Vec<(ObjectId, Option<ErrorEntry>)>,
    ) -> Result<(), LedgerError> {
        if shown.is_empty() && not_shown.is_empty() {
            return Ok(());
        }
        let (tenant, run) = (self.tenant, self.run);
        self.write(move |ledger| {
            for id in &shown {
                change_record(ledger, tenant, *id, "", Record::verified)?;
            }
            let sql = "UPDATE attempts SET result = 'unverified', error = ?3 WHERE run = ?1 AND user_id = ?2";
            not_shown.iter().try_for_each(|(id, error)| {
                ledger.execute(sql, params![run, id, error.as_ref().map(ErrorEntry::to_json)]).map(drop)
            })
        })
        .await
    }

    /// Notes how the run has ended, and how far it has come.
    pub async fn finish(&self, report: &RunReport, standing: Option<Standing>) -> Result<(), LedgerError> {
        let (tenant, run, report) = (self.tenant, self.run, report.clone());
        self.write(move |ledger| {
            if let Some(standing) = &standing {
                note_standing(ledger, tenant, standing)?;
            }
            super::past::note_end(ledger, run, &report)?;
            forget(ledger, tenant, report.finished_at)
        })
        .await
    }

    async fn write(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), LedgerError> {
        self.queue.write(Change::new(change)).await
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.map(|clock| clock.now()).unwrap_or_default()
    }
}

impl std::fmt::Debug for LockedLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LockedLedger").field("tenant", &self.view.tenant()).finish_non_exhaustive()
    }
}

/// Who holds the lock: the run that began last, unless it has ended and is about to let go.
fn holder(connection: &Connection, tenant: TenantId) -> LedgerError {
    let sql = "SELECT pid, started_at FROM (SELECT runs.* FROM runs JOIN tenants ON tenants.number = runs.tenant \
        WHERE tenant_id = ?1 ORDER BY runs.number DESC LIMIT 1) WHERE finished_at IS NULL";
    let found = connection.query_row(sql, [tenant.to_string()], |row| Ok((row.get(0)?, instant(row, "started_at")?)));
    // Whether or not it can be named, it is there.
    let (pid, since) = found.optional().ok().flatten().unwrap_or_default();
    let since = since.map(|since: DateTime<Utc>| since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    LedgerError::Locked { pid, since }
}

fn begin_run(connection: &mut Connection, run: &Run) -> rusqlite::Result<(i64, i64)> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let tenant_id = run.tenant.to_string();
    transaction.execute("INSERT OR IGNORE INTO tenants (tenant_id) VALUES (?1)", [&tenant_id])?;
    let tenant = number(&transaction, &tenant_id)?.unwrap_or_default();
    transaction.execute(
        "INSERT INTO runs (run_id, tenant, tenant_name, cloud, pid, started_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![run.id.to_string(), tenant, run.tenant_name, run.cloud, std::process::id(), Instant(run.started_at)],
    )?;
    let number = transaction.last_insert_rowid();
    super::crash::point("begin, before the commit");
    transaction.commit()?;
    super::crash::point("begin, after the commit");
    Ok((tenant, number))
}

/// Reads a record, changes it, and writes it; a person without one gets one.
fn change_record(
    ledger: &Connection,
    tenant: i64,
    id: ObjectId,
    name: &str,
    change: impl FnOnce(&mut Record),
) -> rusqlite::Result<()> {
    let mut statement = ledger.prepare("SELECT * FROM people WHERE tenant = ?1 AND user_id = ?2")?;
    let mut record = statement.query_row(params![tenant, id], rows::record).optional()?.unwrap_or_default();
    change(&mut record);
    rows::put(&mut ledger.prepare(rows::PUT)?, tenant, id, name, &record)
}

fn note_decision(ledger: &Connection, run: i64, decision: &DecisionEntry) -> rusqlite::Result<()> {
    let DecisionEntry { user_id, display_name, address, reason, hint } = decision;
    let address = address.as_ref().map(crate::directory::Personal::expose);
    ledger.execute(
        "INSERT OR REPLACE INTO decisions (run, user_id, display_name, address, reason, hint) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![run, user_id, display_name.expose(), address, reason.code(), hint],
    )?;
    Ok(())
}

fn note_outcome(ledger: &Connection, run: i64, id: ObjectId, ended: &Ended, at: DateTime<Utc>) -> rusqlite::Result<()> {
    let Ended { result, status, request_id, tries, error, ending: _, refusal: _ } = ended;
    let error = error.as_ref().map(ErrorEntry::to_json);
    ledger.execute(
        "UPDATE attempts SET ended_at = ?3, result = ?4, status = ?5, request_id = ?6, tries = ?7, error = ?8 WHERE run = ?1 AND user_id = ?2",
        params![run, id, Instant(at), result.code(), status, request_id, tries, error],
    )?;
    Ok(())
}

/// An attempt that an earlier run left behind.
fn note_settled(
    ledger: &Connection,
    tenant: i64,
    id: ObjectId,
    result: OutcomeResult,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let sql = "UPDATE attempts SET ended_at = ?3, result = ?4 WHERE user_id = ?1 AND result IS NULL \
        AND run IN (SELECT number FROM runs WHERE tenant = ?2)";
    ledger.execute(sql, params![id, tenant, Instant(at), result.code()]).map(drop)
}

/// A refusal of the whole tenant is kept with the outcome that shows it, and goes with one that shows the contrary: an
/// invitation that left after the refusal. One that was under way before, and arrived, tells nothing.
fn note_tenant(
    ledger: &Connection,
    tenant: i64,
    (run, id): (i64, ObjectId),
    ended: &Ended,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    if let Some(refusal) = &ended.refusal {
        let sql = "UPDATE tenants SET refused_at = ?2, refused_blocked = max(?3, coalesce(refused_blocked, 0)), \
            refused_code = ?4, refused_message = ?5 WHERE number = ?1";
        ledger.execute(sql, params![tenant, Instant(at), refusal.blocked, refusal.code, refusal.message])?;
    } else if matches!(ended.ending, Ending::Created | Ending::Seen) {
        let sql = "SELECT intended_at FROM attempts WHERE run = ?1 AND user_id = ?2";
        lift(ledger, tenant, ledger.query_row(sql, params![run, id], |row| row.get(0))?)?;
    }
    Ok(())
}

/// Forgets a refusal from before an instant.
fn lift(ledger: &Connection, tenant: i64, before: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE tenants SET refused_at = NULL, refused_blocked = NULL, refused_code = NULL, refused_message = NULL \
        WHERE number = ?1 AND refused_at < ?2";
    ledger.execute(sql, params![tenant, before]).map(drop)
}

fn note_standing(ledger: &Connection, tenant: i64, standing: &Standing) -> rusqlite::Result<()> {
    let Standing { adopted, watermark, swept_at, selection } = standing;
    ledger.execute(
        "UPDATE tenants SET adopted_from = ?2, watermark = ?3, swept_at = ?4, selection = ?5 WHERE number = ?1",
        params![tenant, adopted.map(adopted_number), watermark.map(Instant), swept_at.map(Instant), selection],
    )?;
    Ok(())
}

/// Runs in which nothing happened are worth nothing after a year.
fn forget(ledger: &Connection, tenant: i64, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let before = now - chrono::TimeDelta::days(QUIET_RUNS_KEPT);
    let quiet = "FROM runs WHERE tenant = ?1 AND started_at < ?2 AND NOT EXISTS (SELECT 1 FROM attempts WHERE run = runs.number)";
    ledger.execute(
        &format!("DELETE FROM decisions WHERE run IN (SELECT number {quiet})"),
        params![tenant, Instant(before)],
    )?;
    ledger.execute(&format!("DELETE {quiet}"), params![tenant, Instant(before)])?;
    Ok(())
}
