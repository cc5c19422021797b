//! Texts as the page shows them: other people's made harmless, instants in UTC, spans in words.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::harmless::{harmless, harmless_line};
use crate::status::Person;

/// The longest text of a service that is quoted, in characters.
const QUOTED: usize = 600;

/// Somebody else's words, made harmless: no control, no invisible character, no great length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown(String);

impl Shown {
    /// A name, an address, a code.
    pub(super) fn cell(text: &str) -> Self {
        Self(harmless(text).into_owned())
    }

    /// A sentence, or a list of values.
    pub(super) fn line(text: &str) -> Self {
        let line = harmless_line(text);
        match line.char_indices().nth(QUOTED) {
            Some((end, _)) => Self(format!("{}…", &line[..end])),
            None => Self(line.into_owned()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person of a list.
pub(super) struct PersonView {
    /// Since when they stand where they stand, where that is known.
    pub(super) since: Option<String>,
    pub(super) name: Shown,
    pub(super) address: Option<Shown>,
}

impl PersonView {
    pub(super) fn of(person: &Person) -> Self {
        let name = Shown::cell(person.display_name.expose());
        let address = person.address.as_ref().map(|address| Shown::cell(address.expose()));
        let has_name = !name.as_str().trim().is_empty();
        let name = if has_name { name } else { Shown("(no name)".to_owned()) };
        Self { name, address, since: person.since.map(day) }
    }
}

/// `26 Nov 2026, 08:05 UTC`.
pub(super) fn minute(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// The same where the zone is said elsewhere.
pub(super) fn short(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M").to_string()
}

/// `26 Nov 2026`.
pub(super) fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

/// A span in its largest fitting unit, a negative one as none: `41 days`, `5 hours`, `1 minute`.
pub(super) fn span(span: TimeDelta) -> String {
    let minutes = span.num_minutes().max(0);
    match minutes {
        0 => "less than a minute".to_owned(),
        1..=119 => counted(minutes, "minute"),
        120..=2_879 => counted(minutes / 60, "hour"),
        _ => counted(minutes / 1_440, "day"),
    }
}

/// `1 person`, `1 day`, `3 days`.
pub(super) fn counted(number: i64, unit: &str) -> String {
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// `1 person`, `7 people`.
pub(super) fn people(number: u64) -> String {
    format!("{number} {}", if number == 1 { "person" } else { "people" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_largest_unit_that_says_enough() {
        let told = [0, 1, 119, 120, 2_879, 2_880, 60_000].map(|minutes| span(TimeDelta::minutes(minutes)));
        assert_eq!(told, ["less than a minute", "1 minute", "119 minutes", "2 hours", "47 hours", "2 days", "41 days"]);
        assert_eq!(span(TimeDelta::minutes(-5)), "less than a minute", "clocks differ");
    }

    #[test]
    fn instants_say_their_zone() {
        assert_eq!(minute("2026-03-02T08:05:59Z".parse().unwrap()), "2 Mar 2026, 08:05 UTC");
    }

    #[test]
    fn a_long_text_of_a_service_is_cut() {
        assert_eq!(Shown::line(&"é".repeat(5000)).as_str().chars().count(), QUOTED + 1);
    }

    #[test]
    fn no_sentence_of_the_catalogue_is_cut() {
        for entry in crate::explain::catalogue() {
            assert!(entry.meaning.len() + 1 < QUOTED && entry.remedy.len() + 1 < QUOTED, "{}", entry.code);
        }
    }
}
