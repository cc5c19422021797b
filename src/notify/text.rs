//! The message as plain text, for mail.

use super::{Group, Message};

/// Names in a group of a mail; the attached CSV has everybody.
pub(super) const MOST_PEOPLE: usize = 200;

/// Writes it, with lines that end with a line feed.
pub fn text(message: &Message) -> String {
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
    lines.extend(group.people.iter().take(MOST_PEOPLE).map(|person| format!("  - {person}")));
    lines.extend(more(group.people.len(), MOST_PEOPLE).map(|more| format!("  {more}")));
}

/// How many are left out of a list.
pub(super) fn more(people: usize, most: usize) -> Option<String> {
    (people > most).then(|| format!("and {} more", people - most))
}
