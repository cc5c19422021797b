//! Writes that wait together are committed together: a commit waits for the disk, and its price is shared.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use super::view::{Store, blocking};
use super::{LedgerError, crash, file};

/// One change of the ledger.
pub(super) struct Change(Work);

type Work = Box<dyn FnOnce(&Connection) -> rusqlite::Result<()> + Send>;

impl Change {
    pub(super) fn new(work: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static) -> Self {
        Self(Box::new(work))
    }
}

/// The changes that wait, and what became of those before.
#[derive(Default)]
struct Waiting {
    changes: Vec<Change>,
    /// How many were ever put in.
    taken_in: u64,
    /// How many of them are in the file.
    committed: u64,
    /// The first failure. Nothing is written after it: what came later may build on what is missing.
    broken: Option<LedgerError>,
}

/// The way into the file.
pub(super) struct Queue {
    store: Arc<Store>,
    waiting: Arc<Mutex<Waiting>>,
    /// Held by whoever commits for all that wait.
    turn: tokio::sync::Mutex<()>,
}

impl Queue {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, waiting: Arc::default(), turn: tokio::sync::Mutex::new(()) }
    }

    /// Puts a change in, and returns when it is on the disk.
    pub(super) async fn write(&self, change: Change) -> Result<(), LedgerError> {
        let ticket = {
            let mut waiting = lock(&self.waiting);
            waiting.changes.push(change);
            waiting.taken_in += 1;
            waiting.taken_in
        };
        let _turn = self.turn.lock().await;
        if let Some(done) = lock(&self.waiting).done(ticket) {
            // Whoever had the turn before has taken it along.
            return done;
        }
        let (store, waiting) = (self.store.clone(), self.waiting.clone());
        blocking(move || commit(&store, &waiting)).await;
        let lost = || LedgerError::Unusable {
            path: self.store.path.clone(),
            what: "written",
            why: "a change was passed over, which is a bug in xcsync".to_owned(),
        };
        lock(&self.waiting).done(ticket).unwrap_or_else(|| Err(lost()))
    }
}

impl Waiting {
    /// What became of a change; `None` while it waits.
    fn done(&self, ticket: u64) -> Option<Result<(), LedgerError>> {
        if self.committed >= ticket {
            return Some(Ok(()));
        }
        self.broken.clone().map(Err)
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    // Nothing panics while it is held.
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Commits all that wait, in one transaction.
fn commit(store: &Store, waiting: &Mutex<Waiting>) {
    let (changes, last) = {
        let mut waiting = lock(waiting);
        if waiting.broken.is_some() {
            return;
        }
        (std::mem::take(&mut waiting.changes), waiting.taken_in)
    };
    let written = store.still_there().and_then(|()| {
        let written = transact(&mut store.connection(), changes);
        written.map_err(|error| file::failure(&store.path, "written", &error))
    });
    let mut waiting = lock(waiting);
    match written {
        Ok(()) => waiting.committed = waiting.committed.max(last),
        Err(error) => waiting.broken = Some(error),
    }
}

fn transact(connection: &mut Connection, changes: Vec<Change>) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for Change(work) in changes {
        work(&transaction)?;
    }
    crash::point("before the commit");
    transaction.commit()?;
    crash::point("after the commit");
    Ok(())
}
