//! The message as HTML, for mail: no script, no style sheet, nothing from elsewhere.

use std::borrow::Cow;

use super::{Group, Message};

/// The largest body of a mail, in bytes: with the largest attachment it stays below what Graph takes, whatever JSON escapes.
pub(super) const LARGEST_BODY: usize = 512 * 1024;

/// The longest text in a mail, in characters.
const LONGEST_TEXT: usize = 1000;

/// People in a group, and groups and warnings in a mail; the last always fits.
const SIZES: [(usize, usize); 4] = [(200, 50), (50, 25), (10, 15), (0, 10)];

/// As much of a message as a mail takes; the attached CSV has everybody.
pub(super) fn for_mail(message: &Message) -> Message {
    message.cut(&SIZES, LONGEST_TEXT, |cut| html(cut).len() <= LARGEST_BODY)
}

/// Writes a whole document.
pub(super) fn html(message: &Message) -> String {
    let subject = escaped(&message.subject);
    let mut lines = vec![
        "<!DOCTYPE html>".to_owned(),
        "<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
            .to_owned(),
        format!("<title>{subject}</title></head>"),
        "<body style=\"font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:14px;line-height:1.5\">".to_owned(),
        format!("<h1 style=\"font-size:18px\">{subject}</h1>"),
    ];
    lines.extend(message.groups.iter().flat_map(group_lines));
    if !message.warnings.is_empty() {
        lines.push(heading("Warnings"));
        lines.extend(list(message.warnings.iter().map(String::as_str)));
    }
    lines.push(heading("The run"));
    lines.push("<table style=\"border-collapse:collapse;font-size:14px\">".to_owned());
    lines.extend(message.facts.iter().map(|(name, value)| {
        let cell = "text-align:left;vertical-align:top;padding:2px 16px 2px 0";
        let value = escaped(value);
        format!("<tr><th style=\"{cell};font-weight:600\">{name}</th><td style=\"{cell}\">{value}</td></tr>")
    }));
    lines.push("</table>".to_owned());
    lines.push(format!("<p style=\"font-size:12px\">{}</p>", escaped(message.footer)));
    lines.extend(["</body></html>".to_owned(), String::new()]);
    lines.join("\n")
}

fn group_lines(group: &Group) -> Vec<String> {
    let paragraph = |text: &str| format!("<p style=\"margin:4px 0\">{text}</p>");
    let mut lines = vec![heading(&group.title)];
    lines.extend(group.said.iter().map(|said| paragraph(&escaped(said))));
    let remedy = |remedy: &String| paragraph(&format!("<strong>What to do:</strong> {}", escaped(remedy)));
    lines.extend(group.remedy.iter().map(remedy));
    if !group.people.is_empty() {
        lines.extend(list(group.people.iter().map(String::as_str)));
    }
    lines
}

fn heading(title: &str) -> String {
    format!("<h2 style=\"font-size:15px;margin:16px 0 4px\">{}</h2>", escaped(title))
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut lines = vec!["<ul style=\"margin:4px 0;padding-left:20px\">".to_owned()];
    lines.extend(items.map(|item| format!("<li>{}</li>", escaped(item))));
    lines.push("</ul>".to_owned());
    lines
}

/// What HTML would take for its own, in text and in attributes.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Cow::Owned(text.replace('"', "&quot;").replace('\'', "&#39;"))
}
