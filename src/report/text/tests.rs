use std::path::Path;

use super::*;
use crate::harmless::is_hostile;
use crate::report::tests::fixture::{self, golden};
use crate::report::{HistoryReport, OutputFormat, PastRun};

fn rendered(report: &InviteReport, style: Style) -> String {
    let mut out = Vec::new();
    write(report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn piped(report: &InviteReport) -> String {
    rendered(report, Style::default())
}

fn on_terminal(report: &InviteReport, width: u16) -> String {
    rendered(report, Style { color: false, width: Some(width) })
}

#[test]
fn a_dry_run_in_a_pipe() {
    golden!("dry-run.txt", piped(&fixture::planned()));
}

#[test]
fn a_dry_run_on_a_terminal() {
    golden!("dry-run-100-columns.txt", on_terminal(&fixture::planned(), 100));
}

#[test]
fn every_outcome_and_a_second_tenant_that_could_not_start() {
    golden!("applied-100-columns.txt", on_terminal(&fixture::applied(), 100));
}

#[test]
fn one_person_asked_for_by_user() {
    golden!("user.txt", piped(&fixture::traced()));
}

#[test]
fn an_error_before_any_run() {
    insta::assert_snapshot!(piped(&fixture::error_only()), @r"
    error: no tenant is called `gchc`; nothing was read and nothing was sent (unknown-tenant)
    hint: did you mean `gcch`?
    ");
}

#[test]
fn lines_of_a_terminal_fit_unless_a_word_does_not() {
    for width in [72, 80, 100, 120, 160] {
        let text = on_terminal(&fixture::applied(), width);
        let fits = |line: &&str| console::measure_text_width(line) <= usize::from(width);
        assert_eq!(text.lines().find(|line| !fits(line) && !line.contains("sha256:")), None);
    }
}

/// A run with every outcome, one that could not start, and one that has not ended.
fn past() -> HistoryReport {
    let runs = [fixture::applied(), fixture::planned()].into_iter().flat_map(|report| report.runs);
    let mut runs: Vec<_> = runs.map(|report| PastRun { report, has_ended: true }).collect();
    (runs[2].has_ended, runs[2].report.window) = (false, None);
    HistoryReport::listed(runs, true, Path::new("xcsync.db"))
}

fn listed(style: Style) -> String {
    let mut out = Vec::new();
    past().write(OutputFormat::Text, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn past_runs_are_a_table_where_there_is_room_and_have_a_second_line_where_there_is_none() {
    insta::assert_snapshot!(listed(Style::default()), @"
    STARTED               TENANT  WINDOW       READ  CODE  RUN ID                                RESULT
    2026-11-23T10:00:00Z  gcch    incremental  722   3     01935a7c-0000-7000-8000-000000000001  2 of 8 invited, failed 2, unknown 1, unverified 1, not-attempted 2
    2026-11-23T10:00:00Z  dod     -            0     4     01935a7c-0000-7000-8000-000000000002  nothing was sent, wrong-cloud
    2026-11-23T10:00:00Z  gcch    -            -     -     01935a7c-0000-7000-8000-000000000001  not ended

    there are older runs: --limit N shows more
    ");
    insta::assert_snapshot!(listed(Style { color: false, width: Some(80) }), @"
    STARTED               TENANT  CODE  RUN ID
    2026-11-23T10:00:00Z  gcch    3     01935a7c-0000-7000-8000-000000000001
      incremental, 722 read: 2 of 8 invited, failed 2, unknown 1, unverified 1,
        not-attempted 2
    2026-11-23T10:00:00Z  dod     4     01935a7c-0000-7000-8000-000000000002
      nothing was sent, wrong-cloud
    2026-11-23T10:00:00Z  gcch    -     01935a7c-0000-7000-8000-000000000001
      not ended

    there are older runs: --limit N shows more
    ");
    for width in 74..200 {
        let text = listed(Style { color: false, width: Some(width) });
        let widest = text.lines().map(console::measure_text_width).max();
        assert!(widest <= Some(usize::from(width)), "{text}");
    }
}

#[test]
fn a_past_run_that_went_wrong_is_seen_by_its_colour() {
    let text = listed(Style { color: true, width: None });
    let starts: Vec<_> = text.lines().map(|line| &line[..line.len().min(7)]).collect();
    assert_eq!(starts[..4], ["\u{1b}[2mSTA", "\u{1b}[33m20", "\u{1b}[31m20", "\u{1b}[33m20"]);
    assert_eq!(console::strip_ansi_codes(&text), listed(Style::default()));
}

#[test]
fn a_pipe_has_one_line_per_person() {
    let report = fixture::planned();
    let text = piped(&report);
    for entry in &report.runs[0].decisions {
        let id = entry.user_id.to_string();
        assert_eq!(text.lines().filter(|line| line.ends_with(&id)).count(), 1);
    }
}

#[test]
fn hostile_names_neither_repaint_nor_forge_lines() {
    let text = piped(&fixture::planned());
    assert!(!text.replace('\n', "").contains(is_hostile));
    assert!(!text.lines().any(|line| line.starts_with("forged")));
}

#[test]
fn colours_change_nothing_but_colours() {
    let plain = piped(&fixture::applied());
    let colored = rendered(&fixture::applied(), Style { color: true, width: None });
    assert!(colored.contains("\u{1b}[31mfailed") || colored.contains("\u{1b}[31minvite\u{1b}[0m"));
    assert_eq!(console::strip_ansi_codes(&colored), plain);
}
