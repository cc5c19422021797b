//! One tenant as a whole: what the HTML page shows. Sums are SQL's work, and lists are short, so that the page stays small
//! however many people and runs there are.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde_json::Value;

use super::rows::{Instant, instant};
use super::view::{self, LedgerView, number};
use super::{LedgerError, past};
use crate::directory::{Personal, TenantId};
use crate::report::{Cause, ErrorEntry, Invited, Named, Overview, Standings, Waiting};
use crate::selection::{Decision, Reason};

/// So many people who wait are named.
const WAITING: u32 = 25;

/// So many people of one cause are named.
const NAMED: usize = 5;

/// So many runs are listed.
const RUNS: u32 = 30;

/// The people of a tenant, each with where they stand. A failure ends with a decision that has nothing to do with it.
const FOLK: &str = "folk AS (SELECT *, CASE \
    WHEN gone THEN 'gone' \
    WHEN reason IN (SELECT value FROM json_each(:held)) THEN 'held' \
    WHEN seen = 2 THEN 'accepted' \
    WHEN seen = 1 THEN 'pending' \
    WHEN open IS NOT NULL AND (reason IS NULL OR reason IN (SELECT value FROM json_each(:failing))) THEN 'failed' \
    ELSE 'other' END AS standing FROM people WHERE tenant = :tenant)";

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

/// What the ledger knows of one tenant; `None` where it does not know it.
pub async fn overview(view: &LedgerView) -> Result<Option<Overview>, LedgerError> {
    let tenant = view.tenant();
    view.read(move |ledger| {
        // In one transaction: a run that works meanwhile changes none of it.
        let ledger = ledger.unchecked_transaction()?;
        let Some(number) = number(&ledger, &tenant.to_string())? else { return Ok(None) };
        Asked::new(&ledger, number).all(tenant).map(Some)
    })
    .await
}

/// One tenant of a ledger, to be asked about.
struct Asked<'a> {
    ledger: &'a Connection,
    tenant: i64,
    /// Reasons to hold that are no failure, as JSON.
    held: String,
    /// Reasons that a failure is still open with, as JSON.
    failing: String,
}

impl<'a> Asked<'a> {
    fn new(ledger: &'a Connection, tenant: i64) -> Self {
        let is_failure =
            |reason: Reason| matches!(reason, Reason::Refused | Reason::GaveUp | Reason::RetryLater) || sends(reason);
        let json = |of: &dyn Fn(Reason) -> bool| {
            let codes = Reason::ALL.iter().copied().filter(|reason| of(*reason)).map(Reason::code);
            codes.collect::<Value>().to_string()
        };
        let held = json(&|reason| reason.decision() == Decision::Hold && !is_failure(reason));
        Self { ledger, tenant, held, failing: json(&is_failure) }
    }

    fn all(&self, tenant: TenantId) -> rusqlite::Result<Overview> {
        let (invited, accepted_otherwise) = self.invited()?;
        Ok(Overview {
            standings: self.standings()?,
            waiting: self.waiting()?,
            failures: self.failures()?,
            held: self.held()?,
            invited,
            accepted_otherwise,
            runs: past::newest(self.ledger, &[tenant], RUNS)?,
            all_runs: self.all_runs()?,
            refusal: view::refusal_of(self.ledger, tenant)?,
        })
    }

    /// Rows of a query over these parts; each part is one that stands above.
    fn rows<T>(
        &self,
        parts: &[&str],
        select: &str,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut statement = self.ledger.prepare(&format!("WITH {} {select}", parts.join(", ")))?;
        let all =
            [(":tenant", &self.tenant as &dyn rusqlite::ToSql), (":held", &self.held), (":failing", &self.failing)];
        let mut given = Vec::new();
        for (name, value) in all {
            // Only what the query asks for may be given.
            if statement.parameter_index(name)?.is_some() {
                given.push((name, value));
            }
        }
        statement.query_map(given.as_slice(), row)?.collect()
    }

    fn standings(&self) -> rusqlite::Result<Standings> {
        let select = "SELECT standing, count(*) FROM folk GROUP BY standing";
        let counts = self.rows(&[FOLK], select, |row| Ok((row.get::<_, String>(0)?, count(row, 1)?)))?;
        let of = |standing: &str| counts.iter().find(|(name, _)| name == standing).map_or(0, |(_, people)| *people);
        Ok(Standings {
            pending: of("pending"),
            accepted: of("accepted"),
            failed: of("failed"),
            held: of("held"),
            others: of("other"),
        })
    }

    fn waiting(&self) -> rusqlite::Result<Vec<Waiting>> {
        let select = format!(
            "SELECT display_name, address, coalesce(first_at, since) AS since, invitations, reason FROM folk \
            LEFT JOIN first USING (user_id) WHERE standing = 'pending' ORDER BY 3 NULLS LAST, user_id LIMIT {WAITING}"
        );
        self.rows(&[FOLK, FIRST], &select, |row| {
            Ok(Waiting {
                who: named(row)?,
                since: instant(row, "since")?,
                invitations: row.get("invitations")?,
                reason: row.get::<_, Option<String>>("reason")?.unwrap_or_default(),
            })
        })
    }

    fn invited(&self) -> rusqlite::Result<(Vec<Invited>, u64)> {
        let select = "SELECT first_at, agreed_at FROM first LEFT JOIN agreed USING (user_id)";
        let invited = self.rows(&[FIRST, AGREED], select, |row| {
            let at = row.get::<_, Instant>(0)?.0;
            // Clocks differ: nobody accepts before they are invited.
            let accepted = instant(row, "agreed_at")?.map(|accepted| accepted.max(at));
            Ok(Invited { at, accepted })
        })?;
        let select = "SELECT count(*) FROM folk WHERE standing = 'accepted' AND invited_at IS NULL";
        Ok((invited, self.rows(&[FOLK], select, |row| count(row, 0))?.into_iter().sum()))
    }

    fn failures(&self) -> rusqlite::Result<Vec<Cause>> {
        let select = "SELECT display_name, address, open, due, (SELECT attempts.error FROM attempts JOIN runs ON runs.number = run \
            WHERE attempts.user_id = folk.user_id AND runs.tenant = :tenant ORDER BY run DESC LIMIT 1) AS error \
            FROM folk WHERE standing = 'failed' ORDER BY coalesce(failed_first, due) NULLS FIRST, user_id";
        let mut causes = Causes::default();
        self.rows(&[FOLK], select, |row| {
            let error = row.get::<_, Option<String>>("error")?.and_then(|json| ErrorEntry::from_json(&json));
            let open: String = row.get("open")?;
            // Reasons are in the catalogue too: what a failure is called where its error is not kept.
            let code = match (&error, open.as_str()) {
                (Some(error), _) => error.code.clone(),
                (None, "retry") => Reason::RetryLater.code().to_owned(),
                (None, _) => open.clone(),
            };
            let cause = causes.add(&code, named(row)?);
            if open == "retry" {
                cause.tried_again += 1;
                cause.next = [cause.next, instant(row, "due")?].into_iter().flatten().min();
            }
            cause.error = cause.error.take().or(error);
            Ok(())
        })?;
        Ok(causes.sorted())
    }

    fn held(&self) -> rusqlite::Result<Vec<Cause>> {
        let select = "SELECT display_name, address, reason FROM folk WHERE standing = 'held' ORDER BY since, user_id";
        let mut causes = Causes::default();
        self.rows(&[FOLK], select, |row| {
            causes.add(&row.get::<_, String>("reason")?, named(row)?);
            Ok(())
        })?;
        Ok(causes.sorted())
    }

    fn all_runs(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM runs WHERE tenant = :tenant";
        let found = self.ledger.query_row(sql, named_params! {":tenant": self.tenant}, |row| count(row, 0));
        Ok(found.optional()?.unwrap_or_default())
    }
}

/// People by cause.
#[derive(Default)]
struct Causes(HashMap<String, Cause>);

impl Causes {
    fn add(&mut self, code: &str, who: Named) -> &mut Cause {
        let new =
            || Cause { code: code.to_owned(), people: 0, named: Vec::new(), tried_again: 0, next: None, error: None };
        let cause = self.0.entry(code.to_owned()).or_insert_with(new);
        cause.people += 1;
        if cause.named.len() < NAMED {
            cause.named.push(who);
        }
        cause
    }

    fn sorted(self) -> Vec<Cause> {
        let mut causes: Vec<_> = self.0.into_values().collect();
        causes.sort_by(|a, b| b.people.cmp(&a.people).then_with(|| a.code.cmp(&b.code)));
        causes
    }
}

/// SQLite counts in signed numbers.
fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

fn sends(reason: Reason) -> bool {
    reason.decision().sends()
}

fn named(row: &Row<'_>) -> rusqlite::Result<Named> {
    let address = row.get::<_, Option<String>>("address")?;
    Ok(Named {
        name: Personal::new(&row.get::<_, String>("display_name")?),
        address: address.as_deref().map(Personal::new),
    })
}
