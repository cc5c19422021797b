//! Past runs: what `history` shows.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::Value;
use uuid::Uuid;

use super::LedgerError;
use super::rows::{Instant, instant};
use super::view::LedgerView;
use crate::cloud::CloudName;
use crate::directory::{ObjectId, Personal, TenantId};
use crate::error::Exit;
use crate::report::{
    Counts, DecisionEntry, ErrorEntry, Mode, OutcomeEntry, OutcomeResult, PastRun, RunReport, TenantEntry, WindowEntry,
    WindowKind,
};
use crate::selection::{Decision, Reason};

/// The last runs of these tenants, newest first.
pub async fn past_runs(view: &LedgerView, tenants: &[TenantId], limit: u32) -> Result<Vec<PastRun>, LedgerError> {
    let tenants = tenants.to_vec();
    view.read(move |ledger| newest(ledger, &tenants, limit)).await
}

/// The same, within a read.
pub(super) fn newest(ledger: &Connection, tenants: &[TenantId], limit: u32) -> rusqlite::Result<Vec<PastRun>> {
    let known = tenants.iter().map(TenantId::to_string).collect::<Value>().to_string();
    let sql = "SELECT runs.*, tenants.tenant_id FROM runs JOIN tenants ON tenants.number = runs.tenant \
        WHERE tenant_id IN (SELECT value FROM json_each(?1)) ORDER BY runs.number DESC LIMIT ?2";
    let mut statement = ledger.prepare(sql)?;
    statement.query_map(params![known, limit], run)?.collect()
}

/// One run with its decisions and outcomes; `None` where no run has this id.
pub async fn past_run(view: &LedgerView, id: Uuid) -> Result<Option<PastRun>, LedgerError> {
    view.read(move |ledger| {
        let sql =
            "SELECT runs.*, tenants.tenant_id FROM runs JOIN tenants ON tenants.number = runs.tenant WHERE run_id = ?1";
        let found = ledger.query_row(sql, [id.to_string()], |row| Ok((row.get::<_, i64>("number")?, run(row)?)));
        let Some((number, mut past)) = found.optional()? else { return Ok(None) };
        past.report.outcomes = outcomes(ledger, number)?;
        past.report.decisions = decisions(ledger, number)?;
        past.report.decisions.extend(decided_before(&past.report));
        past.report.outcomes.extend(never_started(&past.report));
        Ok(Some(past))
    })
    .await
}

/// Notes how a run has ended.
pub(super) fn note_end(ledger: &Connection, run: i64, report: &RunReport) -> rusqlite::Result<()> {
    let RunReport { window, plan_digest, counts, throttled, warnings, exit, error, finished_at, .. } = report;
    // Numbers and strings: nothing in there can fail to become JSON.
    let (mut counts, warnings) = (serde_json::json!(counts), serde_json::to_string(warnings));
    counts["throttled"] = (*throttled).into();
    ledger.execute(
        "UPDATE runs SET finished_at = ?2, window_kind = ?3, window_from = ?4, window_to = ?5, plan_digest = ?6, counts = ?7, \
        warnings = ?8, exit_code = ?9, error = ?10 WHERE number = ?1",
        params![
            run,
            Instant(*finished_at),
            window.map(|window| window.kind.code()),
            window.and_then(|window| window.from).map(Instant),
            window.map(|window| Instant(window.to)),
            plan_digest,
            counts.to_string(),
            warnings.unwrap_or_default(),
            exit.code(),
            error.as_ref().map(ErrorEntry::to_json),
        ],
    )?;
    Ok(())
}

fn run(row: &Row<'_>) -> rusqlite::Result<PastRun> {
    let text = |column: &str| row.get::<_, Option<String>>(column);
    let started_at = instant(row, "started_at")?.unwrap_or_default();
    let finished_at = instant(row, "finished_at")?;
    let exit = row.get::<_, Option<u8>>("exit_code")?.and_then(Exit::from_code);
    let tenant_id = TenantId::parse(&row.get::<_, String>("tenant_id")?);
    let cloud = CloudName::parse(&row.get::<_, String>("cloud")?).map_or("unknown", CloudName::name);
    let report = RunReport {
        run_id: Uuid::parse_str(&row.get::<_, String>("run_id")?).unwrap_or_default(),
        mode: Mode::Apply,
        started_at,
        finished_at: finished_at.unwrap_or(started_at),
        tenant: TenantEntry {
            name: row.get("tenant_name")?,
            cloud,
            tenant_id: tenant_id.ok_or(rusqlite::Error::InvalidQuery)?,
        },
        window: window(row)?,
        plan_digest: text("plan_digest")?,
        counts: text("counts")?.map(|json| counts(&json)).unwrap_or_default(),
        throttled: text("counts")?.map(|json| throttled(&json)).unwrap_or_default(),
        decisions: Vec::new(),
        outcomes: Vec::new(),
        warnings: text("warnings")?.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
        trace: Vec::new(),
        exit: exit.unwrap_or(Exit::Unexpected),
        error: text("error")?.and_then(|json| ErrorEntry::from_json(&json)),
    };
    Ok(PastRun { report, has_ended: finished_at.is_some() })
}

fn window(row: &Row<'_>) -> rusqlite::Result<Option<WindowEntry>> {
    let kind = row.get::<_, Option<String>>("window_kind")?.and_then(|code| WindowKind::from_code(&code));
    let (from, to) = (instant(row, "window_from")?, instant(row, "window_to")?);
    Ok(kind.zip(to).map(|(kind, to)| WindowEntry { kind, from, to }))
}

/// Reads what [`note_end`] wrote; a number that is missing is zero, a reason of another version is passed over.
fn counts(json: &str) -> Counts {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    let number = |name: &str| value[name].as_u64().unwrap_or_default();
    let table = |name: &str| {
        let entries = value[name].as_object().into_iter().flatten();
        entries.map(|(key, count)| (key.clone(), count.as_u64().unwrap_or_default())).collect::<BTreeMap<_, _>>()
    };
    let by_reason = |name: &str| {
        let entries = table(name).into_iter();
        entries.filter_map(|(code, count)| Some((Reason::from_code(&code)?.code(), count))).collect()
    };
    Counts {
        discovered: number("discovered"),
        invite: number("invite"),
        remind: number("remind"),
        retry: number("retry"),
        skip: number("skip"),
        hold: number("hold"),
        skipped_by_reason: by_reason("skipped_by_reason"),
        held_by_reason: by_reason("held_by_reason"),
        near_domains: table("near_domains"),
        invited: number("invited"),
        failed: number("failed"),
        unknown: number("unknown"),
        unverified: number("unverified"),
        not_attempted: number("not_attempted"),
    }
}

fn throttled(json: &str) -> u64 {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    value["throttled"].as_u64().unwrap_or_default()
}

fn decisions(ledger: &Connection, run: i64) -> rusqlite::Result<Vec<DecisionEntry>> {
    let mut statement = ledger.prepare("SELECT * FROM decisions WHERE run = ?1")?;
    let rows = statement.query_map([run], |row| {
        let reason = Reason::from_code(&row.get::<_, String>("reason")?);
        let (user_id, display_name) = person(row)?;
        let address = row.get::<_, Option<String>>("address")?.map(|address| Personal::new(&address));
        let hint = row.get("hint")?;
        Ok(reason.map(|reason| DecisionEntry { user_id, display_name, address, reason, hint }))
    })?;
    rows.filter_map(Result::transpose).collect()
}

/// The decisions to send that were no news: of people whom an earlier run's wave had left over.
fn decided_before(report: &RunReport) -> Vec<DecisionEntry> {
    let listed: HashSet<_> = report.decisions.iter().map(|entry| entry.user_id).collect();
    let decision = |outcome: &OutcomeEntry| {
        let OutcomeEntry { user_id, display_name, address, decision, .. } = outcome.clone();
        let reason = Reason::that_sends(decision)?;
        Some(DecisionEntry { user_id, display_name, address: Some(address), reason, hint: None })
    };
    report.outcomes.iter().filter(|outcome| !listed.contains(&outcome.user_id)).filter_map(decision).collect()
}

/// The outcomes of whom the run never came to. They are not kept: a wave can leave thousands over, in run after run.
fn never_started(report: &RunReport) -> Vec<OutcomeEntry> {
    // Also where nothing was sent, and nobody has an outcome; and in a run that has not ended, where nobody knows.
    if report.counts.not_attempted == 0 {
        return Vec::new();
    }
    let started: HashSet<_> = report.outcomes.iter().map(|outcome| outcome.user_id).collect();
    let outcome = |entry: &DecisionEntry| {
        let DecisionEntry { user_id, display_name, address, reason, hint: _ } = entry.clone();
        Some(OutcomeEntry {
            user_id,
            display_name,
            address: address?,
            decision: reason.decision(),
            result: OutcomeResult::NotAttempted,
            status: None,
            error: None,
            request_id: None,
            attempts: 0,
        })
    };
    let sent = report.decisions.iter().filter(|entry| entry.reason.decision().sends());
    sent.filter(|entry| !started.contains(&entry.user_id)).filter_map(outcome).collect()
}

fn outcomes(ledger: &Connection, run: i64) -> rusqlite::Result<Vec<OutcomeEntry>> {
    let mut statement = ledger.prepare("SELECT * FROM attempts WHERE run = ?1 ORDER BY intended_at, user_id")?;
    let rows = statement.query_map([run], |row| {
        let result = row.get::<_, Option<String>>("result")?.and_then(|code| OutcomeResult::from_code(&code));
        let decision = Decision::from_code(&row.get::<_, String>("decision")?);
        let error = row.get::<_, Option<String>>("error")?;
        let (user_id, display_name) = person(row)?;
        Ok(OutcomeEntry {
            user_id,
            display_name,
            address: Personal::new(&row.get::<_, String>("address")?),
            decision: decision.unwrap_or(Decision::Invite),
            // Cut off before anybody knew.
            result: result.unwrap_or(OutcomeResult::Unknown),
            status: row.get("status")?,
            error: error.and_then(|json| ErrorEntry::from_json(&json)),
            request_id: row.get("request_id")?,
            attempts: row.get::<_, Option<u32>>("tries")?.unwrap_or_default(),
        })
    })?;
    rows.collect()
}

fn person(row: &Row<'_>) -> rusqlite::Result<(ObjectId, Personal)> {
    Ok((row.get("user_id")?, Personal::new(&row.get::<_, String>("display_name")?)))
}
