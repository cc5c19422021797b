//! The reports as one JSON object each, schemas `xcsync.invite/1`, `xcsync.history/1` and `xcsync.explain/1`; fields are
//! only ever added.
//!
//! Each view takes its source apart by field, so that a new field does not compile until it was decided
//! on here.

mod explain;

pub(super) use explain::write as write_explain;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Counts, DecisionEntry, ErrorEntry, HistoryReport, InviteReport, OutcomeEntry, PastRun, RunReport, TenantEntry,
    TraceEntry, TraceStep, WindowEntry,
};
use crate::directory::{ObjectId, Personal, TenantId};
use crate::error::Exit;
use crate::harmless::harmless_json;

/// Writes the object of a command that sends.
pub(super) fn write(report: &InviteReport, out: &mut dyn Write) -> io::Result<()> {
    let InviteReport { exit, error, runs } = report;
    write_document("xcsync.invite/1", *exit, error.as_ref(), list("runs", runs.iter().map(RunView::of)), out)
}

/// Writes past runs in the same form.
pub(super) fn write_history(report: &HistoryReport, out: &mut dyn Write) -> io::Result<()> {
    let HistoryReport { exit, error, runs, in_full, note: _ } = report;
    let runs = list("runs", runs.iter().map(|past| RunView::of_past(past, *in_full)));
    write_document("xcsync.history/1", *exit, error.as_ref(), runs, out)
}

/// What every document begins with (SPEC section 8), and then what the command has to say.
#[derive(Serialize)]
struct Document<'a, T> {
    schema: &'static str,
    exit_code: u8,
    error: Option<ErrorView<'a>>,
    #[serde(flatten)]
    body: T,
}

/// Writes a document, indented, with a line feed at its end.
pub(super) fn write_document(
    schema: &'static str,
    exit: Exit,
    error: Option<&ErrorEntry>,
    body: impl Serialize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let document = Document { schema, exit_code: exit.code(), error: error.map(ErrorView::of), body };
    writeln!(out, "{}", harmless_json(&serde_json::to_string_pretty(&document)?))
}

/// Writes where the page of `report --html` is.
pub fn write_place(exit: Exit, error: Option<&ErrorEntry>, file: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let body = BTreeMap::from([("file", file.map(Path::to_string_lossy))]);
    write_document("xcsync.report/1", exit, error, body, out)
}

/// A body of one list.
pub(super) fn list<T>(name: &'static str, items: impl Iterator<Item = T>) -> BTreeMap<&'static str, Vec<T>> {
    BTreeMap::from([(name, items.collect())])
}

#[derive(Serialize)]
struct RunView<'a> {
    run_id: Uuid,
    mode: &'static str,
    started_at: String,
    /// Null for a run that has not ended, as are its counts and its code.
    finished_at: Option<String>,
    tenant: TenantView<'a>,
    window: Option<WindowView>,
    plan_digest: Option<&'a str>,
    counts: Option<CountsView<'a>>,
    /// Left out where past runs are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions: Option<Vec<DecisionView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcomes: Option<Vec<OutcomeView<'a>>>,
    warnings: &'a [String],
    /// Only with `--user`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trace: Vec<TraceView<'a>>,
    exit_code: Option<u8>,
    error: Option<ErrorView<'a>>,
}

impl<'a> RunView<'a> {
    fn of_past(past: &'a PastRun, in_full: bool) -> Self {
        let mut view = Self::of(&past.report);
        if !past.has_ended {
            (view.finished_at, view.counts, view.exit_code) = (None, None, None);
        }
        if !in_full {
            (view.decisions, view.outcomes) = (None, None);
        }
        view
    }

    fn of(run: &'a RunReport) -> Self {
        let RunReport {
            run_id,
            mode,
            started_at,
            finished_at,
            tenant,
            window,
            plan_digest,
            counts,
            throttled: _,
            decisions,
            outcomes,
            warnings,
            trace,
            exit,
            error,
        } = run;
        Self {
            run_id: *run_id,
            mode: mode.code(),
            started_at: instant(*started_at),
            finished_at: Some(instant(*finished_at)),
            tenant: TenantView::of(tenant),
            window: window.as_ref().map(WindowView::of),
            plan_digest: plan_digest.as_deref(),
            counts: Some(CountsView::of(counts)),
            decisions: Some(decisions.iter().map(DecisionView::of).collect()),
            outcomes: Some(outcomes.iter().map(OutcomeView::of).collect()),
            warnings,
            trace: trace.iter().map(TraceView::of).collect(),
            exit_code: Some(exit.code()),
            error: error.as_ref().map(ErrorView::of),
        }
    }
}

/// RFC 3339 in UTC, to the second.
/// An instant as every report writes it: RFC 3339, to the second, UTC.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[derive(Serialize)]
struct TenantView<'a> {
    name: &'a str,
    cloud: &'static str,
    tenant_id: TenantId,
}

impl<'a> TenantView<'a> {
    fn of(tenant: &'a TenantEntry) -> Self {
        let TenantEntry { name, cloud, tenant_id } = tenant;
        Self { name, cloud, tenant_id: *tenant_id }
    }
}

#[derive(Serialize)]
struct WindowView {
    kind: &'static str,
    from: Option<String>,
    to: String,
}

impl WindowView {
    fn of(window: &WindowEntry) -> Self {
        let WindowEntry { kind, from, to } = *window;
        Self { kind: kind.code(), from: from.map(instant), to: instant(to) }
    }
}

#[derive(Serialize)]
struct CountsView<'a> {
    discovered: u64,
    invite: u64,
    remind: u64,
    retry: u64,
    skip: u64,
    hold: u64,
    skipped_by_reason: &'a BTreeMap<&'static str, u64>,
    held_by_reason: &'a BTreeMap<&'static str, u64>,
    near_domains: &'a BTreeMap<String, u64>,
    invited: u64,
    failed: u64,
    unknown: u64,
    unverified: u64,
    not_attempted: u64,
}

impl<'a> CountsView<'a> {
    fn of(counts: &'a Counts) -> Self {
        let Counts {
            discovered,
            invite,
            remind,
            retry,
            skip,
            hold,
            skipped_by_reason,
            held_by_reason,
            near_domains,
            invited,
            failed,
            unknown,
            unverified,
            not_attempted,
        } = counts;
        Self {
            discovered: *discovered,
            invite: *invite,
            remind: *remind,
            retry: *retry,
            skip: *skip,
            hold: *hold,
            skipped_by_reason,
            held_by_reason,
            near_domains,
            invited: *invited,
            failed: *failed,
            unknown: *unknown,
            unverified: *unverified,
            not_attempted: *not_attempted,
        }
    }
}

#[derive(Serialize)]
struct DecisionView<'a> {
    user_id: ObjectId,
    display_name: &'a str,
    address: Option<&'a str>,
    decision: &'static str,
    reason: &'static str,
    hint: Option<&'a str>,
}

impl<'a> DecisionView<'a> {
    fn of(entry: &'a DecisionEntry) -> Self {
        let DecisionEntry { user_id, display_name, address, reason, hint: _ } = entry;
        Self {
            user_id: *user_id,
            display_name: display_name.expose(),
            address: address.as_ref().map(Personal::expose),
            decision: reason.decision().code(),
            reason: reason.code(),
            hint: entry.hint(),
        }
    }
}

#[derive(Serialize)]
struct OutcomeView<'a> {
    user_id: ObjectId,
    address: &'a str,
    decision: &'static str,
    result: &'static str,
    status: Option<u16>,
    error: Option<ErrorView<'a>>,
    request_id: Option<&'a str>,
    attempts: u32,
}

impl<'a> OutcomeView<'a> {
    fn of(entry: &'a OutcomeEntry) -> Self {
        // The name stands in `decisions`, under the same id.
        let OutcomeEntry { user_id, display_name: _, address, decision, result, status, error, request_id, attempts } =
            entry;
        Self {
            user_id: *user_id,
            address: address.expose(),
            decision: decision.code(),
            result: result.code(),
            status: *status,
            error: error.as_ref().map(ErrorView::of),
            request_id: request_id.as_deref(),
            attempts: *attempts,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ErrorView<'a> {
    code: &'a str,
    message: &'a str,
    hint: Option<&'a str>,
}

impl<'a> ErrorView<'a> {
    pub(super) fn of(entry: &'a ErrorEntry) -> Self {
        let ErrorEntry { code, message, hint, .. } = entry;
        Self { code, message, hint: hint.as_deref() }
    }
}

#[derive(Serialize)]
struct TraceView<'a> {
    asked: &'a str,
    steps: Vec<StepView<'a>>,
}

#[derive(Serialize)]
struct StepView<'a> {
    question: &'static str,
    answer: &'a str,
}

impl<'a> TraceView<'a> {
    fn of(entry: &'a TraceEntry) -> Self {
        let TraceEntry { asked, steps } = entry;
        let step = |TraceStep { question, answer }: &'a TraceStep| StepView {
            question: question.code(),
            answer: answer.expose(),
        };
        Self { asked: asked.expose(), steps: steps.iter().map(step).collect() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::harmless::is_hostile;
    use crate::report::tests::fixture::{self, golden};

    fn rendered(report: &InviteReport) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_outcome_and_a_second_tenant_that_could_not_start() {
        golden!("applied.json", rendered(&fixture::applied()));
    }

    #[test]
    fn an_error_before_any_run() {
        let report: Value = serde_json::from_str(&rendered(&fixture::error_only())).unwrap();
        assert_eq!((&report["exit_code"], &report["runs"]), (&json!(2), &json!([])));
        assert_eq!(report["error"]["hint"], "did you mean `gcch`?");
    }

    #[test]
    fn a_trace_is_there_with_user_only() {
        let trace =
            |report| serde_json::from_str::<Value>(&rendered(&report)).unwrap()["runs"][0].get("trace").cloned();
        assert_eq!(trace(fixture::planned()), None);
        let step = json!({"question": "in-domain", "answer": "yes, contoso.com"});
        assert_eq!(trace(fixture::traced()).unwrap()[0]["steps"][1], step);
    }

    #[test]
    fn names_come_back_as_they_are_and_go_out_harmless() {
        let mut report = fixture::planned();
        let name = "a\u{1b}\u{202e}\u{9b}\nb";
        report.runs[0].decisions[0].display_name = Personal::new(name);
        let text = rendered(&report);
        assert!(text.ends_with("}\n") && !text.replace('\n', "").contains(is_hostile));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["runs"][0]["decisions"][0]["display_name"], name);
    }
}
