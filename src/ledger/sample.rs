//! A ledger with half a year of runs that nobody ran: what `report --cloud sandbox` shows. The same for the same day.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::rows::{self, Instant};
use super::view::{LedgerView, Store, blocking};
use super::{LedgerError, file};
use crate::directory::{MailAddress, ObjectId, TenantId};
use crate::error::Exit;
use crate::explain::{Known, invitation_error, own};
use crate::report::{Counts, ErrorEntry};
use crate::selection::{Fingerprint, Open, Reason, Record, Retry, Seen};

/// How many days ago the first run was.
const DAYS: i64 = 180;

/// What people are called; each is one of these and one of [`LAST`].
const FIRST: [&str; 17] = [
    "Ana", "Bashir", "Chidi", "Dewi", "Elif", "Farid", "Greta", "Hana", "Igor", "Jalila", "Kofi", "Lena", "Mika",
    "Nadia", "Oskar", "Priya", "Zoë",
];
const LAST: [&str; 19] = [
    "Abara", "Berg", "Costa", "Demir", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kowalski", "Larsen",
    "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Santos",
];

/// After how many hours people accept, in turn; zero is not yet.
const ACCEPTS_AFTER: [i64; 16] = [20, 2, 45, 5, 170, 26, 9, 70, 0, 30, 400, 3, 100, 22, 8, 620];

/// A ledger in memory, of runs up to an hour before `now`.
pub async fn sample(tenant: TenantId, now: DateTime<Utc>) -> Result<LedgerView, LedgerError> {
    blocking(move || {
        let store = Store::in_memory()?;
        let filled = Sample { now, next: 0 }.fill(&store.connection(), tenant);
        filled.map_err(|error| file::failure(&store.path, "written", &error))?;
        Ok(LedgerView::of(store, tenant))
    })
    .await
}

struct Sample {
    now: DateTime<Utc>,
    /// The next person.
    next: u32,
}

impl Sample {
    fn fill(&mut self, ledger: &Connection, tenant: TenantId) -> rusqlite::Result<()> {
        ledger.execute("INSERT INTO tenants (number, tenant_id) VALUES (1, ?1)", [tenant.to_string()])?;
        for days in (0..DAYS).rev() {
            let at = self.now - TimeDelta::days(days) - TimeDelta::minutes(64 + days * 7 % 9);
            let run = DAYS - days;
            begin(ledger, run, at)?;
            for _ in 0..new_people(days) {
                self.invite(ledger, run, at)?;
            }
            end(ledger, run, at, days)?;
        }
        self.failures(ledger)?;
        self.holds(ledger)
    }

    /// Somebody who is invited by a run, and accepts or not.
    fn invite(&mut self, ledger: &Connection, run: i64, at: DateTime<Utc>) -> rusqlite::Result<()> {
        let hours = ACCEPTS_AFTER[self.next as usize % ACCEPTS_AFTER.len()];
        // A run a day: it sees an acceptance on the next one.
        let seen = at + TimeDelta::days((hours + 23) / 24);
        let accepted = hours > 0 && seen <= self.now;
        let reminders = if accepted { 0 } else { ((self.now - at).num_days() / 7).clamp(0, 2) };
        let reminders = u32::try_from(reminders).unwrap_or_default();
        let (seen_as, reason, since) = match (accepted, reminders) {
            (true, _) => (Seen::Accepted, Reason::Accepted, seen),
            (false, 2) => (Seen::Pending, Reason::RemindersUsedUp, at + TimeDelta::days(14)),
            (false, _) => (Seen::Pending, Reason::Pending, at + TimeDelta::days(1)),
        };
        let record = Record {
            seen: seen_as,
            last_invitation: Some(at + TimeDelta::days(7 * i64::from(reminders))),
            invitations: 1 + reminders,
            reminders,
            reason: Some(reason),
            since: Some(since),
            ..Record::default()
        };
        self.add(ledger, run, at, record, Ok(()))
    }

    fn failures(&mut self, ledger: &Connection) -> rusqlite::Result<()> {
        let group =
            invitation_error(400, "Group email address is not supported").map_or(own::NO_ANSWER, |known| known.known);
        let refused = || Open::Refused { when: Fingerprint::kept(String::new()) };
        let retry =
            |at| Open::Retry(Retry { due: self.now + TimeDelta::hours(5), first: at, times: 2, maybe_sent: None });
        let failures: [(i64, Known, Open, Reason); 4] = [
            (21, group, refused(), Reason::Refused),
            (9, group, refused(), Reason::Refused),
            (2, own::NO_ANSWER, retry(self.now - TimeDelta::days(2)), Reason::RetryLater),
            (60, own::NO_ANSWER, Open::GaveUp, Reason::GaveUp),
        ];
        for (days, known, open, reason) in failures {
            let at = self.now - TimeDelta::days(days);
            let record = Record { open: Some(open), reason: Some(reason), since: Some(at), ..Record::default() };
            self.add(ledger, DAYS - days, at, record, Err(known))?;
        }
        Ok(())
    }

    /// People who are held, and one who is passed over.
    fn holds(&mut self, ledger: &Connection) -> rusqlite::Result<()> {
        for (days, reason) in [
            (30, Reason::UpnDiffers),
            (12, Reason::UpnDiffers),
            (4, Reason::SyncConflict),
            (8, Reason::AccountDisabled),
        ] {
            let since = Some(self.now - TimeDelta::days(days));
            let record = Record { reason: Some(reason), since, ..Record::default() };
            self.person(ledger, record)?;
        }
        Ok(())
    }

    /// A person with an attempt, and how that ended.
    fn add(
        &mut self,
        ledger: &Connection,
        run: i64,
        at: DateTime<Utc>,
        record: Record,
        ended: Result<(), Known>,
    ) -> rusqlite::Result<()> {
        let (id, name, address) = self.person(ledger, record)?;
        let (result, status) = if ended.is_ok() { ("invited", 201) } else { ("failed", 400) };
        let error = ended.err().map(|known| ErrorEntry::own(known, known.meaning).to_json());
        ledger.execute(
            "INSERT INTO attempts (run, user_id, display_name, address, decision, intended_at, ended_at, result, status, tries, error) \
            VALUES (?1, ?2, ?3, ?4, 'invite', ?5, ?5, ?6, ?7, 1, ?8)",
            params![run, id, name, address, Instant(at), result, status, error],
        )?;
        Ok(())
    }

    fn person(&mut self, ledger: &Connection, mut record: Record) -> rusqlite::Result<(ObjectId, String, String)> {
        let number = self.next as usize;
        self.next += 1;
        let (first, last) = (FIRST[number % FIRST.len()], LAST[(number * 5 + number / LAST.len()) % LAST.len()]);
        let name = format!("{first} {last}");
        let address = format!("{}.{}@contoso.com", first.to_lowercase().replace('ë', "e"), last.to_lowercase());
        record.address = MailAddress::parse(&address);
        let id = ObjectId::from_bytes((0x5a4d_b000_0000_4000_8000_0000_0001_0000 + number as u128).to_be_bytes());
        rows::put(&mut ledger.prepare(rows::PUT)?, 1, id, &name, &record)?;
        Ok((id, name, address))
    }
}

/// How many people appeared so many days ago: a group now and then, and one or two between.
fn new_people(days: i64) -> i64 {
    match days {
        170 => 14,
        120 => 9,
        _ if days % 13 == 4 => 3,
        _ if days % 7 == 2 => 2,
        _ => i64::from(days % 5 == 0),
    }
}

fn begin(ledger: &Connection, run: i64, at: DateTime<Utc>) -> rusqlite::Result<()> {
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(run.unsigned_abs()));
    ledger.execute(
        "INSERT INTO runs (number, run_id, tenant, tenant_name, cloud, pid, started_at) VALUES (?1, ?2, 1, 'sandbox', 'sandbox', 0, ?3)",
        params![run, id.to_string(), Instant(at)],
    )?;
    Ok(())
}

fn end(ledger: &Connection, run: i64, at: DateTime<Utc>, days: i64) -> rusqlite::Result<()> {
    let people = u64::try_from(new_people(days)).unwrap_or_default();
    let (exit, error) = match days {
        17 => (Exit::Stopped, Some(own::SERVICE_FAILING)),
        9 | 21 => (Exit::Partial, None),
        _ => (Exit::Done, None),
    };
    let failed = u64::from(exit == Exit::Partial);
    let (invite, held) = (people + failed, 3);
    let skip = u64::try_from(380 + run / 3).unwrap_or_default();
    let discovered = invite + held + skip;
    let counts = Counts { discovered, invite, skip, hold: held, invited: people, failed, ..Counts::default() };
    let error = error.map(|known| ErrorEntry::own(known, known.meaning).to_json());
    let took = TimeDelta::seconds(9 + 2 * new_people(days));
    ledger.execute(
        "UPDATE runs SET finished_at = ?2, window_kind = ?3, window_from = ?4, window_to = ?5, counts = ?6, exit_code = ?7, \
        error = ?8 WHERE number = ?1",
        params![
            run,
            Instant(at + took),
            if run == 1 { "first" } else { "incremental" },
            (run > 1).then_some(Instant(at - TimeDelta::hours(25))),
            Instant(at),
            serde_json::to_string(&counts).unwrap_or_default(),
            exit.code(),
            error,
        ],
    )?;
    Ok(())
}
