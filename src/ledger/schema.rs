//! The form of the file: tables, versions, and how one becomes the next.
//!
//! `PRAGMA application_id` says that a file is a ledger of xcsync, `PRAGMA user_version` which form it has
//! (<https://www.sqlite.org/pragma.html>). Forms only ever add to the one before, so that an older program can read on.

use rusqlite::{Connection, TransactionBehavior};

use super::crash;

/// `xcsy`: what SQLite keeps at byte 68 of the file.
pub(super) const APPLICATION_ID: i64 = 0x7863_7379;

/// What makes each form out of the one before; the first makes the first out of an empty file.
///
/// Instants are milliseconds since 1970 in UTC. A migration that was released is never changed.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE tenants (
        number INTEGER PRIMARY KEY,
        tenant_id TEXT NOT NULL UNIQUE,
        adopted_from INTEGER,      -- the least number there is: everybody
        watermark INTEGER,
        swept_at INTEGER,
        selection TEXT,
        refused_at INTEGER,        -- the last invitation that was refused for the whole tenant
        refused_blocked INTEGER,   -- 1: until --resume
        refused_code TEXT,
        refused_message TEXT
    ) STRICT;
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        tenant INTEGER NOT NULL REFERENCES tenants (number),
        tenant_name TEXT NOT NULL,
        cloud TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        finished_at INTEGER,       -- null: under way, or cut off
        window_kind TEXT,
        window_from INTEGER,
        window_to INTEGER,
        plan_digest TEXT,
        counts TEXT,               -- JSON
        warnings TEXT,             -- JSON
        exit_code INTEGER,
        error TEXT                 -- JSON
    ) STRICT;
    CREATE INDEX runs_of_tenant ON runs (tenant, number);
    CREATE TABLE people (
        tenant INTEGER NOT NULL REFERENCES tenants (number),
        user_id BLOB NOT NULL,
        display_name TEXT NOT NULL,
        address TEXT,
        seen INTEGER NOT NULL,     -- 0 not invited, 1 pending, 2 accepted
        gone INTEGER NOT NULL,
        invited_at INTEGER,
        invitations INTEGER NOT NULL,
        reminders INTEGER NOT NULL,
        attempt_at INTEGER,        -- an intent without an outcome
        attempt_decision TEXT,
        open TEXT,                 -- retry, refused, gave-up
        due INTEGER,
        failed_first INTEGER,
        failures INTEGER,
        maybe_sent_at INTEGER,
        fingerprint TEXT,
        reason TEXT,
        since INTEGER,
        PRIMARY KEY (tenant, user_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE decisions (
        run INTEGER NOT NULL REFERENCES runs (number),
        user_id BLOB NOT NULL,
        display_name TEXT NOT NULL,
        address TEXT,
        reason TEXT NOT NULL,
        hint TEXT,
        PRIMARY KEY (run, user_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE attempts (
        run INTEGER NOT NULL REFERENCES runs (number),
        user_id BLOB NOT NULL,
        display_name TEXT NOT NULL,
        address TEXT NOT NULL,
        decision TEXT NOT NULL,
        intended_at INTEGER NOT NULL,
        ended_at INTEGER,
        result TEXT,               -- null: no outcome yet
        status INTEGER,
        request_id TEXT,
        tries INTEGER,
        error TEXT,                -- JSON
        PRIMARY KEY (run, user_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attempts_of_person ON attempts (user_id, run);
",
    NOTICES,
];

/// What was told to whom: the second form, and all that the file beside a ledger holds that can't be used.
pub(super) const NOTICES: &str = "
    CREATE TABLE IF NOT EXISTS notices (
        tenant TEXT NOT NULL,      -- the tenant's id
        channel TEXT NOT NULL,     -- mail, webhook
        trouble TEXT NOT NULL,     -- what is the same in the next run; 'holds': up to when it is known who is held
        told_at INTEGER NOT NULL,
        over INTEGER NOT NULL,     -- 1: its end was told too
        PRIMARY KEY (tenant, channel, trouble)
    ) STRICT, WITHOUT ROWID;
";

/// The newest form that this version writes.
pub(super) const VERSION: i64 = 2;
const _: () = assert!(MIGRATIONS.len() == 2, "each migration makes one more form");

/// What a file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) application_id: i64,
    pub(super) version: i64,
}

/// Reads it; an empty file has zeros.
pub(super) fn stamp(connection: &Connection) -> rusqlite::Result<Stamp> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok(Stamp { application_id: number("application_id")?, version: number("user_version")? })
}

/// Brings a ledger to the newest form, all in one transaction: a crash leaves the old form.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_by(connection, MIGRATIONS)
}

fn migrate_by(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    // Immediate, and the version is read inside: of two first runs at once the second finds it done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = usize::try_from(stamp(&transaction)?.version).unwrap_or_default();
    if done >= migrations.len() {
        return Ok(());
    }
    for migration in &migrations[done..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap_or(i64::MAX))?;
    crash::point("a new form, before the commit");
    transaction.commit()?;
    crash::point("a new form, after the commit");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(connection: &Connection) -> i64 {
        stamp(connection).unwrap().version
    }

    #[test]
    fn an_empty_file_becomes_a_ledger_of_the_newest_form() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(stamp(&connection).unwrap(), Stamp { application_id: APPLICATION_ID, version: VERSION });
    }

    #[test]
    fn each_form_becomes_the_next_and_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        let forms = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y", "CREATE TABLE b (z)"];
        migrate_by(&mut connection, &forms[..1]).unwrap();
        connection.execute("INSERT INTO a VALUES (7)", []).unwrap();
        migrate_by(&mut connection, &forms).unwrap();
        let row = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0)).unwrap();
        assert_eq!((version(&connection), row("SELECT x FROM a"), row("SELECT y FROM a")), (3, Some(7), None));
    }

    #[test]
    fn a_migration_that_fails_leaves_the_old_form() {
        let mut connection = Connection::open_in_memory().unwrap();
        let forms = ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "CREATE NONSENSE"];
        migrate_by(&mut connection, &forms[..1]).unwrap();
        assert!(migrate_by(&mut connection, &forms).is_err());
        assert_eq!(version(&connection), 1);
        assert!(connection.execute("SELECT * FROM b", []).is_err());
    }

    #[test]
    fn a_form_that_is_there_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, &["CREATE TABLE a (x)", "CREATE TABLE b (x)"]).unwrap();
        migrate_by(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        assert_eq!(version(&connection), 2);
    }
}
