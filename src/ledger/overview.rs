//! One tenant as a whole: what the HTML page shows. Who stands where is [`super::known`]'s to tell, as for `status`; here is
//! what happened over time.

use rusqlite::{Connection, Row, named_params};

use super::known::{Known, known};
use super::rows::{Instant, instant};
use super::view::{self, LedgerView, number};
use super::{LedgerError, past};
use crate::report::{Invited, Overview};

/// So many runs are listed.
const RUNS: u32 = 30;

/// When each was first invited. Where no answer could be trusted and the directory showed the invitation later, it is the
/// attempt that was in doubt; where no attempt is kept, it is the last invitation.
const FIRST: &str = "sent AS (SELECT user_id, \
    min(CASE WHEN result IN ('invited', 'unverified') THEN intended_at END) AS sure, \
    max(CASE WHEN result = 'unknown' THEN intended_at END) AS maybe \
    FROM attempts JOIN runs ON runs.number = run \
    WHERE runs.tenant = :tenant AND decision <> 'remind' GROUP BY user_id), \
    first AS (SELECT user_id, coalesce(sure, maybe, invited_at) AS first_at \
    FROM people LEFT JOIN sent USING (user_id) WHERE tenant = :tenant AND invited_at IS NOT NULL)";

/// When a run first saw each as accepted. Decisions of quiet runs are forgotten after a year; the person's own row stays.
const AGREED: &str = "told AS (SELECT user_id, min(started_at) AS told_at FROM decisions JOIN runs ON runs.number = run \
    WHERE runs.tenant = :tenant AND reason = 'accepted' GROUP BY user_id), \
    agreed AS (SELECT user_id, coalesce(told_at, CASE WHEN reason = 'accepted' THEN since END) AS agreed_at \
    FROM people LEFT JOIN told USING (user_id) WHERE tenant = :tenant AND seen = 2)";

/// Who has accepted without an invitation of this ledger's.
const OTHERWISE: &str =
    "SELECT count(*) FROM people WHERE tenant = :tenant AND NOT gone AND seen = 2 AND invited_at IS NULL";

/// The people whom the ledger knows in one tenant, those who are done being counted only, and what happened over time; `None`
/// where it does not know the tenant.
pub async fn overview(view: &LedgerView) -> Result<Option<(Known, Overview)>, LedgerError> {
    let tenant = view.tenant();
    view.read(move |ledger| {
        // In one transaction: a run that works meanwhile changes none of it.
        let ledger = ledger.unchecked_transaction()?;
        let Some(number) = number(&ledger, &tenant.to_string())? else { return Ok(None) };
        let overview = Overview {
            invited: invited(&ledger, number)?,
            accepted_otherwise: count(&ledger, number, OTHERWISE)?,
            runs: past::newest(&ledger, &[tenant], RUNS)?,
            all_runs: count(&ledger, number, "SELECT count(*) FROM runs WHERE tenant = :tenant")?,
            refusal: view::refusal_of(&ledger, tenant)?,
        };
        Ok(Some((known(&ledger, number, false)?, overview)))
    })
    .await
}

fn invited(ledger: &Connection, tenant: i64) -> rusqlite::Result<Vec<Invited>> {
    let sql = format!("WITH {FIRST}, {AGREED} SELECT first_at, agreed_at FROM first LEFT JOIN agreed USING (user_id)");
    let mut statement = ledger.prepare(&sql)?;
    let one = |row: &Row<'_>| {
        let at = row.get::<_, Instant>(0)?.0;
        // Clocks differ: nobody accepts before they are invited.
        let accepted = instant(row, "agreed_at")?.map(|accepted| accepted.max(at));
        Ok(Invited { at, accepted })
    };
    statement.query_map(named_params! {":tenant": tenant}, one)?.collect()
}

fn count(ledger: &Connection, tenant: i64, sql: &str) -> rusqlite::Result<u64> {
    // SQLite counts in signed numbers.
    ledger.query_row(sql, named_params! {":tenant": tenant}, |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))
}
