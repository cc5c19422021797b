use chrono::TimeDelta;

use super::*;
use crate::report::ErrorEntry;
use crate::report::tests::fixture;

/// A run in which nothing happened.
fn quiet() -> RunReport {
    let mut run = fixture::applied().runs.swap_remove(0);
    (run.mode, run.exit, run.error) = (Mode::Apply, Exit::Done, None);
    (run.decisions, run.outcomes) = (Vec::new(), Vec::new());
    run
}

fn stopped(code: &str) -> RunReport {
    let error = ErrorEntry::within(code, "it failed", "mend it");
    RunReport { exit: Exit::Stopped, error: Some(error), ..quiet() }
}

fn start() -> DateTime<Utc> {
    "2026-03-01T06:00:00Z".parse().unwrap()
}

/// Tells a row of runs, an hour apart, and says which of them somebody was told of, and what was over.
fn told(runs: &[RunReport], on: NotifyOn) -> Vec<(usize, bool)> {
    let mut earlier = Earlier::default();
    let mut told = Vec::new();
    for (hour, run) in runs.iter().enumerate() {
        let now = start() + TimeDelta::hours(i64::try_from(hour).unwrap());
        let notice = decide(run, on, &earlier, now);
        for kept in &notice.remember {
            earlier.told.retain(|old| old.trouble != kept.trouble);
            earlier.told.push(kept.clone());
        }
        if !notice.is_silent() {
            told.push((hour, !notice.over.is_empty()));
        }
    }
    told
}

#[test]
fn the_same_trouble_is_told_once_a_day_and_its_end_once() {
    let mut runs = vec![stopped("unreachable"); 26];
    runs.extend([quiet(), quiet()]);
    assert_eq!(told(&runs[..20], NotifyOn::Changes), [(0, false)]);
    assert_eq!(told(&runs, NotifyOn::Changes), [(0, false), (24, false), (26, true)]);
    assert_eq!(told(&runs, NotifyOn::Problems), [(0, false), (24, false), (26, true)]);
    assert_eq!(told(&runs, NotifyOn::Never), []);
}

#[test]
fn trouble_that_comes_and_goes_is_told_once_a_day_too() {
    let runs: Vec<_> = (0..20).map(|hour| if hour % 2 == 0 { stopped("unreachable") } else { quiet() }).collect();
    assert_eq!(told(&runs, NotifyOn::Changes), [(0, false), (1, true)]);
}

#[test]
fn other_trouble_is_told_at_once() {
    let runs = [stopped("unreachable"), stopped("over-limit"), stopped("unreachable"), quiet()];
    assert_eq!(told(&runs, NotifyOn::Changes), [(0, false), (1, false), (3, true)]);
}

#[test]
fn a_tenant_that_refuses_is_told_once_although_the_next_run_only_says_that_it_does_so_still() {
    assert_eq!(told(&[stopped("invitations-not-allowed"), stopped("tenant-refuses")], NotifyOn::Changes), [(0, false)]);
}

#[test]
fn a_failure_of_people_is_over_when_nobody_is_left_to_be_tried_again() {
    let mut failed = fixture::applied().runs.swap_remove(0);
    (failed.mode, failed.exit, failed.error) = (Mode::Apply, Exit::Partial, None);
    failed.decisions.clear();
    let notice = decide(&failed, NotifyOn::Problems, &Earlier::default(), start());
    assert!(notice.to_problems && notice.due.iter().all(|trouble| trouble.key().starts_with("people ")), "{notice:?}");
    let earlier = Earlier { told: notice.remember, is_failing: true, ..Earlier::default() };
    assert!(decide(&quiet(), NotifyOn::Problems, &earlier, start()).is_silent());
    let earlier = Earlier { is_failing: false, ..earlier };
    assert_eq!(decide(&quiet(), NotifyOn::Problems, &earlier, start()).over, notice.due);
    // A run that ended early has not looked.
    let early = decide(&stopped("unreachable"), NotifyOn::Problems, &earlier, start());
    assert!(early.over.is_empty());
}

#[test]
fn whoever_is_held_is_told_of_once() {
    let run = fixture::applied().runs.swap_remove(0);
    let run = RunReport { mode: Mode::Apply, exit: Exit::Done, error: None, outcomes: Vec::new(), ..run };
    let first = decide(&run, NotifyOn::Problems, &Earlier::default(), start());
    assert!(first.to_problems && !first.newly_held.is_empty());
    let held_since = first.newly_held.iter().map(|id| (*id, start())).collect();
    let mut earlier = Earlier { held_since, holds_told: Some(start()), ..Earlier::default() };
    assert!(decide(&run, NotifyOn::Problems, &earlier, start()).is_silent());
    let again = *first.newly_held.first().unwrap();
    earlier.held_since.insert(again, start() + TimeDelta::hours(1));
    let second = decide(&run, NotifyOn::Problems, &earlier, start());
    assert_eq!(second.newly_held, BTreeSet::from([again]));
    assert_eq!(second.holds_told, Some(start() + TimeDelta::hours(1)));
}

#[test]
fn a_run_that_only_sent_is_a_change_and_no_problem() {
    let mut run = fixture::applied().runs.swap_remove(0);
    (run.mode, run.exit, run.error) = (Mode::Apply, Exit::Done, None);
    run.decisions.clear();
    run.outcomes.retain(|outcome| outcome.result == OutcomeResult::Invited);
    let notice = |on| decide(&run, on, &Earlier::default(), start());
    assert_eq!((notice(NotifyOn::Changes).to_all, notice(NotifyOn::Changes).to_problems), (true, false));
    assert!(notice(NotifyOn::Problems).is_silent());
    let always = decide(&quiet(), NotifyOn::Always, &Earlier::default(), start());
    assert_eq!((always.to_all, always.to_problems), (true, false));
}

#[test]
fn a_plan_an_interrupted_run_and_a_run_that_found_the_lock_taken_tell_nobody() {
    let planned = RunReport { mode: Mode::DryRun, ..stopped("unreachable") };
    let interrupted = RunReport { exit: Exit::Interrupted, ..stopped("interrupted") };
    let locked = RunReport { exit: Exit::Locked, ..stopped("locked") };
    for run in [planned, interrupted, locked] {
        assert!(decide(&run, NotifyOn::Always, &Earlier::default(), start()).is_silent());
    }
}
