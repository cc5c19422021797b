//! Between the types of a run and the columns of the ledger.

use chrono::{DateTime, Utc};
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Row, Statement, ToSql, params};

use crate::directory::{MailAddress, ObjectId};
use crate::discovery::Adopted;
use crate::selection::{Attempt, Decision, Fingerprint, Open, Reason, Record, Retry, Seen};

/// An instant as the ledger keeps it: milliseconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Instant(pub(super) DateTime<Utc>);

impl ToSql for Instant {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.timestamp_millis().into())
    }
}

impl FromSql for Instant {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        // What no calendar holds was not written by this program; the epoch is before everything that is compared with it.
        value.as_i64().map(|millis| Self(DateTime::from_timestamp_millis(millis).unwrap_or_default()))
    }
}

/// A column with an instant that may be null.
pub(super) fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<Instant>>(column)?.map(|instant| instant.0))
}

/// Who is adopted, as a number: the least is everybody.
pub(super) fn adopted_number(adopted: Adopted) -> i64 {
    match adopted {
        Adopted::Everybody => i64::MIN,
        Adopted::From(start) => start.timestamp_millis(),
    }
}

/// The reverse of [`adopted_number`].
pub(super) fn adopted(number: i64) -> Adopted {
    match number {
        i64::MIN => Adopted::Everybody,
        millis => Adopted::From(DateTime::from_timestamp_millis(millis).unwrap_or_default()),
    }
}

impl ToSql for ObjectId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_bytes().as_slice().into())
    }
}

impl FromSql for ObjectId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(Self::from_bytes)
    }
}

/// Writes a person's record; an empty name keeps the known one.
pub(super) const PUT: &str = "INSERT OR REPLACE INTO people (tenant, user_id, display_name, address, seen, gone, invited_at, invitations, \
    reminders, attempt_at, attempt_decision, open, due, failed_first, failures, maybe_sent_at, fingerprint, reason, since) \
    VALUES (?1, ?2, coalesce(nullif(?3, ''), (SELECT display_name FROM people WHERE tenant = ?1 AND user_id = ?2), ''), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

/// Gives [`PUT`] its values.
pub(super) fn put(
    statement: &mut Statement<'_>,
    tenant: i64,
    id: ObjectId,
    name: &str,
    record: &Record,
) -> rusqlite::Result<()> {
    let Record { seen, gone, address, last_invitation, invitations, reminders, attempt, open, reason, since } = record;
    let (word, retry, fingerprint) = match open {
        None => (None, None, None),
        Some(Open::Retry(retry)) => (Some("retry"), Some(retry), None),
        Some(Open::Refused { when }) => (Some("refused"), None, Some(when.as_str())),
        Some(Open::GaveUp) => (Some("gave-up"), None, None),
    };
    let seen = match seen {
        Seen::NotInvited => 0,
        Seen::Pending => 1,
        Seen::Accepted => 2,
    };
    statement.execute(params![
        tenant,
        id,
        name,
        address.as_ref().map(MailAddress::expose),
        seen,
        gone,
        last_invitation.map(Instant),
        invitations,
        reminders,
        attempt.map(|attempt| Instant(attempt.at)),
        attempt.map(|attempt| attempt.decision.code()),
        word,
        retry.map(|retry| Instant(retry.due)),
        retry.map(|retry| Instant(retry.first)),
        retry.map(|retry| retry.times),
        retry.and_then(|retry| retry.maybe_sent).map(Instant),
        fingerprint,
        reason.map(Reason::code),
        since.map(Instant),
    ])?;
    Ok(())
}

/// Reads a person's record.
pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let text = |column: &str| row.get::<_, Option<String>>(column);
    let seen = match row.get::<_, i64>("seen")? {
        1 => Seen::Pending,
        2 => Seen::Accepted,
        _ => Seen::NotInvited,
    };
    let decision = text("attempt_decision")?.and_then(|code| Decision::from_code(&code));
    let attempt = instant(row, "attempt_at")?.map(|at| Attempt { at, decision: decision.unwrap_or(Decision::Invite) });
    Ok(Record {
        seen,
        gone: row.get("gone")?,
        address: text("address")?.and_then(|address| MailAddress::parse(&address)),
        last_invitation: instant(row, "invited_at")?,
        invitations: row.get("invitations")?,
        reminders: row.get("reminders")?,
        attempt,
        open: open(row)?,
        reason: text("reason")?.and_then(|code| Reason::from_code(&code)),
        since: instant(row, "since")?,
    })
}

fn open(row: &Row<'_>) -> rusqlite::Result<Option<Open>> {
    Ok(match row.get::<_, Option<String>>("open")?.as_deref() {
        None => None,
        Some("refused") => {
            let when = row.get::<_, Option<String>>("fingerprint")?.unwrap_or_default();
            Some(Open::Refused { when: Fingerprint::kept(when) })
        }
        Some("retry") => {
            let due = instant(row, "due")?.unwrap_or_default();
            Some(Open::Retry(Retry {
                due,
                first: instant(row, "failed_first")?.unwrap_or(due),
                times: row.get::<_, Option<u32>>("failures")?.unwrap_or_default(),
                maybe_sent: instant(row, "maybe_sent_at")?,
            }))
        }
        // Also what a newer version may call it: held is the side on which nobody is mailed.
        Some(_) => Some(Open::GaveUp),
    })
}
