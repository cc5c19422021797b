//! Everybody whom the ledger knows: what `status` shows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row};

use super::LedgerError;
use super::rows::{self, instant};
use super::view::{LedgerView, number};
use crate::directory::{ObjectId, Personal};
use crate::report::{ErrorEntry, OutcomeResult};
use crate::selection::{Decision, Record};

/// Whom the ledger knows in one tenant.
#[derive(Debug, Default)]
pub struct Known {
    /// The people, in the order of their ids.
    pub people: Vec<KnownPerson>,
    /// How many more have accepted, and are counted only.
    pub accepted: u64,
}

/// What the ledger knows of one person.
#[derive(Clone, Debug)]
pub struct KnownPerson {
    /// The object's id.
    pub user_id: ObjectId,
    /// `displayName`, as a run read it last.
    pub display_name: Personal,
    /// What later runs go by.
    pub record: Record,
    /// When the last invitation left that was no reminder and that the service did not refuse.
    pub invited_at: Option<DateTime<Utc>>,
    /// The last try, whatever came of it.
    pub last_try: Option<LastTry>,
}

/// The last try to invite or to remind a person.
#[derive(Clone, Debug)]
pub struct LastTry {
    /// When it was about to leave.
    pub at: DateTime<Utc>,
    /// Invite, remind or retry.
    pub decision: Decision,
    /// What went wrong; `None` where nothing did, or where nobody knows yet.
    pub error: Option<ErrorEntry>,
}

/// Whoever was seen to have accepted, and whose last run had nothing else to say: nothing can become of them that a run
/// would not write down.
const SETTLED: &str = "NOT gone AND seen = 2 AND reason IS 'accepted'";

/// Everybody; who has accepted is only counted, unless `with_accepted`.
pub async fn known_people(view: &LedgerView, with_accepted: bool) -> Result<Known, LedgerError> {
    let tenant = view.tenant().to_string();
    view.read(move |ledger| {
        // In one transaction: whom a run settles meanwhile is counted or listed, not neither.
        let ledger = ledger.unchecked_transaction()?;
        match number(&ledger, &tenant)? {
            Some(number) => known(&ledger, number, with_accepted),
            None => Ok(Known::default()),
        }
    })
    .await
}

/// The same for a tenant's number.
pub(super) fn known(ledger: &Connection, tenant: i64, with_accepted: bool) -> rusqlite::Result<Known> {
    let condition = if with_accepted { "TRUE".to_owned() } else { format!("NOT ({SETTLED})") };
    let count = format!("SELECT count(*) FROM people WHERE tenant = ?1 AND NOT ({condition})");
    let accepted = ledger.query_row(&count, [tenant], |row| row.get::<_, u32>(0))?;
    Ok(Known { people: people(ledger, tenant, &condition)?, accepted: accepted.into() })
}

fn people(ledger: &Connection, tenant: i64, condition: &str) -> rusqlite::Result<Vec<KnownPerson>> {
    let mut tries = tries(ledger, tenant, condition)?;
    let mut statement =
        ledger.prepare(&format!("SELECT * FROM people WHERE tenant = ?1 AND {condition} ORDER BY user_id"))?;
    let person = |row: &Row<'_>| {
        let user_id = row.get("user_id")?;
        let Tries { invited_at, last } = tries.remove(&user_id).unwrap_or_default();
        let display_name = Personal::new(&row.get::<_, String>("display_name")?);
        Ok(KnownPerson { user_id, display_name, record: rows::record(row)?, invited_at, last_try: last })
    };
    statement.query_map([tenant], person)?.collect()
}

/// What was tried with one person.
#[derive(Default)]
struct Tries {
    invited_at: Option<DateTime<Utc>>,
    last: Option<LastTry>,
}

/// In one pass over the attempts: a query for each person would be a hundred thousand.
fn tries(ledger: &Connection, tenant: i64, condition: &str) -> rusqlite::Result<HashMap<ObjectId, Tries>> {
    let sql = format!(
        "SELECT user_id, decision, intended_at, result, error FROM attempts WHERE run IN (SELECT number FROM runs WHERE tenant = ?1) \
         AND user_id IN (SELECT user_id FROM people WHERE tenant = ?1 AND {condition}) ORDER BY run"
    );
    let mut statement = ledger.prepare(&sql)?;
    let mut rows = statement.query([tenant])?;
    let mut tries: HashMap<ObjectId, Tries> = HashMap::new();
    while let Some(row) = rows.next()? {
        let decision = Decision::from_code(&row.get::<_, String>("decision")?).unwrap_or(Decision::Invite);
        let result = row.get::<_, Option<String>>("result")?.and_then(|code| OutcomeResult::from_code(&code));
        if result == Some(OutcomeResult::NotAttempted) {
            continue;
        }
        let error = row.get::<_, Option<String>>("error")?.and_then(|json| ErrorEntry::from_json(&json));
        let at = instant(row, "intended_at")?.unwrap_or_default();
        let of_person = tries.entry(row.get("user_id")?).or_default();
        if decision != Decision::Remind && result.is_some_and(|result| result != OutcomeResult::Failed) {
            of_person.invited_at = Some(at);
        }
        of_person.last = Some(LastTry { at, decision, error });
    }
    Ok(tries)
}
