use super::*;
use crate::harmless::is_hostile;
use crate::report::tests::fixture::{self, golden};

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
