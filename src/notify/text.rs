//! The message as plain text, for mail.

use super::{Group, Message};

/// Writes it, with lines that end with a line feed.
pub(super) fn text(message: &Message) -> String {
    let mut lines = vec![message.subject.clone()];
    message.groups.iter().for_each(|group| add(&mut lines, group));
    if !message.warnings.is_empty() {
        lines.extend([String::new(), "Warnings".to_owned()]);
        lines.extend(message.warnings.iter().map(|warning| format!("  - {warning}")));
    }
    lines.push(String::new());
    lines.extend(message.facts.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend([String::new(), message.footer.to_owned(), String::new()]);
    lines.join("\n")
}

fn add(lines: &mut Vec<String>, group: &Group) {
    lines.extend([String::new(), group.title.clone()]);
    lines.extend(group.said.iter().map(|said| format!("  {said}")));
    lines.extend(group.remedy.iter().map(|remedy| format!("  What to do: {remedy}")));
    lines.extend(group.people.iter().map(|person| format!("  - {person}")));
}
