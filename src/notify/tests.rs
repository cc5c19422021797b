//! What is said, in each form.

use super::*;
use crate::directory::Personal;
use crate::report::tests::fixture::{self, golden};

/// A run with everything in it, told for the first time; its people include one with a hostile name.
fn told() -> Message {
    let run = fixture::applied().runs.swap_remove(0);
    let notice = decide(&run, crate::config::NotifyOn::Always, &Earlier::default(), run.started_at);
    message(&run, &notice, true)
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
    let message = message(&run, &notice, true);
    assert!(!message.subject.contains(char::is_control), "{}", message.subject);
    let (text, html) = (text(&message), html(&message));
    assert!(text.lines().all(|line| !line.starts_with("Bcc")), "{text}");
    assert!(!html.contains("<script") && !html.contains('\u{202e}') && html.matches("</title>").count() == 1, "{html}");
}

#[test]
fn a_card_of_the_longest_texts_is_not_too_large() {
    let long = |of: &str| of.repeat(5000);
    let group =
        || Group {
            title: long("\""), said: Some(long("山")), remedy: Some(long("\\")), people: vec![long("é"); 900]
        };
    let message = Message {
        subject: long("x"),
        groups: (0..90).map(|_| group()).collect(),
        warnings: vec![long("\""); 90],
        facts: vec![("Run", long("x")); 6],
        footer: "",
    };
    let card = card(&message).to_string();
    assert!(card.len() <= LARGEST_CARD && card.contains("and 88 more groups"), "{}", card.len());
}
