//! The report for people: per tenant a headline, a table of people, what to do about them, one line of counts.
//!
//! Every line stands for itself (`grep ^error:`, `grep ^counts:`). Holds and failures that have the same
//! explanation share it, so that forty equal failures stay readable.

mod explain;
mod history;
mod notes;
mod status;
mod table;

pub(super) use explain::write as write_explain;
pub(super) use history::write as write_history;
pub(super) use status::write as write_status;

use std::io::{self, Write};

use super::json::instant;
use super::page::Page;
use super::people::joined;
use super::style::{Color, Style};
use super::{ErrorEntry, InviteReport, Mode, OutcomeResult, RunReport, TraceEntry, WindowEntry, WindowKind};
use crate::harmless::{harmless, harmless_line};

/// Writes all runs, then what ended the call.
pub(super) fn write(report: &InviteReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    let several = report.runs.len() > 1;
    for (number, run) in report.runs.iter().enumerate() {
        if number > 0 {
            page.blank()?;
        }
        write_run(page, run, several)?;
    }
    if let Some(error) = &report.error {
        if !report.runs.is_empty() {
            page.blank()?;
        }
        error_lines(page, error)?;
    }
    Ok(())
}

/// Writes `error: what failed (code)` and `hint: the way out`, for stderr too. A text that has the code itself gets no other.
pub fn write_error(error: &ErrorEntry, style: Style, out: &mut dyn Write) -> io::Result<()> {
    error_lines(&mut Page::new(out, style), error)
}

pub(super) fn error_lines(page: &mut Page<'_>, error: &ErrorEntry) -> io::Result<()> {
    let ErrorEntry { code, message, hint, .. } = error;
    let code = if message.contains(code.as_str()) { String::new() } else { format!(" ({code})") };
    page.labelled(Color::Bad, "error", &format!("{message}{code}"))?;
    hint.iter().try_for_each(|hint| page.labelled(Color::Attention, "hint", hint))
}

fn write_run(page: &mut Page<'_>, run: &RunReport, several: bool) -> io::Result<()> {
    headline(page, run, true)?;
    run.trace.iter().try_for_each(|entry| trace(page, entry))?;
    let people = joined(run);
    table::write(page, people.clone())?;
    notes::write(page, &people)?;
    page.blank()?;
    counts(page, run)?;
    closing(page, run)?;
    digest(page, run, several)?;
    run.warnings.iter().try_for_each(|warning| page.labelled(Color::Attention, "warning", warning))?;
    // What stopped the run comes last, where a terminal shows it.
    run.error.iter().try_for_each(|error| error_lines(page, error))
}

fn headline(page: &mut Page<'_>, run: &RunReport, has_ended: bool) -> io::Result<()> {
    let RunReport { run_id, mode, started_at, finished_at, tenant, window, .. } = run;
    let mode = match mode {
        Mode::DryRun => "dry run",
        Mode::Apply => "invite",
    };
    let name = harmless(&tenant.name);
    page.raw(&page.style.paint(Color::Strong, &format!("{name} ({}): {mode}", tenant.cloud)))?;
    page.prose(0, &format!("tenant: {}", tenant.tenant_id))?;
    let seconds = (*finished_at - *started_at).num_seconds().max(0);
    let long = if has_ended { format!("{seconds} s") } else { "not ended".to_owned() };
    page.prose(0, &format!("run:    {run_id}, {}, {long}", instant(*started_at)))?;
    window.iter().try_for_each(|window| page.prose(0, &format!("window: {}", window_words(window))))
}

fn window_words(window: &WindowEntry) -> String {
    let WindowEntry { kind, from, to } = *window;
    let to = instant(to);
    let kind_word = kind.code();
    match (kind, from.map(instant)) {
        (WindowKind::Users, _) => format!("{kind_word}, only the people asked for, at {to}"),
        (_, Some(from)) => format!("{kind_word}, created from {from} to {to}"),
        (_, None) => format!("{kind_word}, everybody up to {to}"),
    }
}

fn trace(page: &mut Page<'_>, entry: &TraceEntry) -> io::Result<()> {
    page.blank()?;
    page.prose(0, &format!("trace of {}", harmless(entry.asked.expose())))?;
    for step in &entry.steps {
        page.prose(2, &format!("{:9}  {}", step.question.code(), harmless_line(step.answer.expose())))?;
    }
    Ok(())
}

/// One line of counts, and beneath it what the skipped and the nearly matching are; the held stand in the table.
fn counts(page: &mut Page<'_>, run: &RunReport) -> io::Result<()> {
    let counts = &run.counts;
    if counts.discovered == 0 && run.error.is_some() {
        return Ok(());
    }
    let line = format!(
        "{} read; invite {}, remind {}, retry {}, hold {}, skip {}",
        counts.discovered, counts.invite, counts.remind, counts.retry, counts.hold, counts.skip
    );
    page.labelled(Color::Plain, "counts", &line)?;
    if !counts.skipped_by_reason.is_empty() {
        page.labelled(Color::Plain, "skipped", &notes::most_first(&counts.skipped_by_reason))?;
    }
    if !counts.near_domains.is_empty() {
        let near = notes::most_first(&counts.near_domains);
        let line = format!("{near}; not in `domains`, so not invited; add what belongs there");
        page.labelled(Color::Attention, "near domains", &line)?;
    }
    Ok(())
}

/// What was sent, and when nothing was, that nothing was.
fn closing(page: &mut Page<'_>, run: &RunReport) -> io::Result<()> {
    let counts = &run.counts;
    let started = run.outcomes.iter().any(|o| o.result != OutcomeResult::NotAttempted || o.attempts > 0);
    let line = match run.mode {
        Mode::DryRun => "dry run, nothing was sent".to_owned(),
        Mode::Apply if started => format!(
            "{} of {} invited; failed {}, unknown {}, unverified {}, not-attempted {}",
            counts.invited,
            counts.to_send(),
            counts.failed,
            counts.unknown,
            counts.unverified,
            counts.not_attempted
        ),
        Mode::Apply if run.error.is_none() && counts.to_send() == 0 => "nobody to send to, nothing was sent".to_owned(),
        Mode::Apply => "nothing was sent".to_owned(),
    };
    page.labelled(Color::Strong, "result", &line)
}

/// The digest of a plan that sends something; after a dry run that can be applied, as the flag that applies exactly it.
fn digest(page: &mut Page<'_>, run: &RunReport, several: bool) -> io::Result<()> {
    let Some(digest) = run.plan_digest.as_ref().filter(|_| run.counts.to_send() > 0) else {
        return Ok(());
    };
    if run.mode == Mode::Apply || run.error.is_some() {
        return page.labelled(Color::Plain, "plan", digest);
    }
    let tenant = if several { format!("--tenant {} ", harmless(&run.tenant.name)) } else { String::new() };
    page.labelled(Color::Plain, "plan", "to send exactly this, put in place of --dry-run:")?;
    page.raw(&format!("  {tenant}--expect-plan {}", harmless_line(digest)))
}

#[cfg(test)]
mod tests;
