pub(crate) mod fixture;

use super::*;
use crate::selection::Reason;

#[test]
fn counting_keeps_the_promised_sums() {
    let mut counts = Counts::default();
    for reason in Reason::ALL {
        counts.decided(*reason, 2);
    }
    assert_eq!(counts.discovered, counts.to_send() + counts.skip + counts.hold);
    assert_eq!(counts.skip, counts.skipped_by_reason.values().sum::<u64>());
    assert_eq!(counts.hold, counts.held_by_reason.values().sum::<u64>());
    counts.decided(Reason::NotSynced, 0);
    assert_eq!(counts.skipped_by_reason["not-synced"], 2);
}

#[test]
fn contradictions_are_noticed() {
    let mut report = fixture::applied();
    assert!(report.runs.iter().all(RunReport::adds_up));
    report.runs[0].outcomes.pop();
    assert!(!report.runs[0].adds_up());
}

#[test]
fn each_format_has_its_first_line() {
    let first = |format| {
        let mut out = Vec::new();
        write(&fixture::planned(), format, Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().next().unwrap().to_owned()
    };
    assert_eq!(first(OutputFormat::Text), "gcch (usgov): dry run");
    assert_eq!(first(OutputFormat::Json), "{");
    assert!(first(OutputFormat::Csv).starts_with("tenant,run_id,user_id,"));
}

/// A sweep of a large tenant must not spend its time on the table.
#[test]
fn twenty_thousand_rows_take_no_time_to_speak_of() {
    let mut report = fixture::planned();
    let run = &mut report.runs[0];
    let one = run.decisions[0].clone();
    run.counts.decided(one.reason, 20_000);
    run.decisions.extend(std::iter::repeat_n(one, 20_000));
    let mut out = Vec::new();
    write(&report, OutputFormat::Text, Style { color: true, width: Some(80) }, &mut out).unwrap();
    assert!(out.len() > 1_000_000);
}
