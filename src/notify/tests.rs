//! What is said, in each form.

use super::html::LARGEST_BODY;
use super::letter::LARGEST_ATTACHMENT;
use super::*;
use crate::directory::Personal;
use crate::report::tests::fixture::{self, golden};

/// A run with everything in it, told for the first time; its people include one with a hostile name.
fn told() -> Message {
    let run = fixture::applied().runs.swap_remove(0);
    let notice = decide(&run, crate::config::NotifyOn::Always, &Earlier::default(), run.started_at);
    message(&run, &notice, Kept::Run)
}

#[test]
fn the_mail_as_text() {
    golden!("notify.txt", text(&told()));
}

#[test]
fn the_mail_as_html() {
    golden!("notify.html", html(&told()));
}

#[test]
fn the_card() {
    golden!("notify.json", serde_json::to_string_pretty(&card(&told())).unwrap());
}

#[test]
fn no_name_makes_a_line_a_header_or_markup() {
    let mut run = fixture::applied().runs.swap_remove(0);
    run.tenant.name = "gcch\r\nBcc: x@y.z".to_owned();
    for outcome in &mut run.outcomes {
        outcome.display_name = Personal::new("</title><script>alert(1)</script>\r\nBcc: x@y.z\u{202e}'\"");
    }
    let notice = decide(&run, crate::config::NotifyOn::Always, &Earlier::default(), run.started_at);
    let message = message(&run, &notice, Kept::Run);
    assert!(!message.subject.contains(char::is_control), "{}", message.subject);
    let (text, html) = (text(&message), html(&message));
    assert!(text.lines().all(|line| !line.starts_with("Bcc")), "{text}");
    assert!(!html.contains("<script") && !html.contains('\u{202e}') && html.matches("</title>").count() == 1, "{html}");
}

/// The longest texts everywhere, and many of them.
fn endless() -> Message {
    let long = |of: &str| of.repeat(5000);
    let group =
        |_| Group {
            title: long("\""), said: Some(long("山")), remedy: Some(long("\\")), people: vec![long("'"); 900]
        };
    Message {
        subject: long("x"),
        groups: (0..90).map(group).collect(),
        warnings: vec![long("\""); 90],
        facts: vec![("Run", long("x")); 6],
        footer: "",
    }
}

#[test]
fn a_card_of_the_longest_texts_is_not_too_large() {
    let card = card(&endless()).to_string();
    assert!(card.len() <= LARGEST_CARD && card.contains("and 88 more groups"), "{}", card.len());
}

#[test]
fn a_mail_of_the_longest_texts_with_the_largest_csv_is_one_that_graph_takes() {
    let mail = for_mail(&endless());
    assert!(html(&mail).len() <= LARGEST_BODY && text(&mail).contains("and 80 more groups"), "{}", text(&mail).len());
    let csv = Some(("run.csv".to_owned(), vec![b'x'; LARGEST_ATTACHMENT]));
    let (from, to) = (Personal::new("a@b.us"), vec![Personal::new("c@d.us"); 100]);
    let (subject, text, html) = (mail.subject.clone(), text(&mail), html(&mail));
    let run = fixture::applied().runs.swap_remove(0);
    let letter = Letter { from, to, subject, text, html, csv, id: run.run_id, at: run.finished_at };
    let size = letter.to_graph().to_string().len();
    assert!(size < 4_000_000, "{size}");
}

#[test]
fn a_subject_is_no_longer_than_exchange_keeps() {
    let mut run = fixture::applied().runs.swap_remove(0);
    run.error = None;
    let over = (0..50).map(|n| Trouble::from_key(&format!("run a-code-with-a-number-{n}"))).collect();
    let message = message(&run, &Notice { over, ..Notice::default() }, Kept::Run);
    assert!(message.subject.chars().count() < 255, "{}", message.subject);
}

#[test]
fn only_a_run_that_the_ledger_holds_is_to_be_read_in_history() {
    let run = fixture::applied().runs.swap_remove(0);
    for (kept, is_there) in [(Kept::Run, true), (Kept::Told, false), (Kept::Nothing, false)] {
        let message = message(&run, &Notice::default(), kept);
        assert_eq!(message.facts.iter().any(|(name, _)| *name == "More"), is_there, "{kept:?}");
    }
}
