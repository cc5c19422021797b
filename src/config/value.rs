//! Durations and windows as people write them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Since;

/// Longer spans are mistakes, and would overflow the calendar.
const LONGEST: Duration = Duration::from_secs(3650 * DAY);
const DAY: u64 = 24 * 60 * 60;
const UNITS: [(char, u64); 4] = [('d', DAY), ('h', 60 * 60), ('m', 60), ('s', 1)];

/// What a duration looks like, for messages.
pub(super) const DURATION_FORM: &str = "a duration is a whole number and a unit: \"90s\", \"45m\", \"25h\", \"7d\"";

/// Reads `90s`, `45m`, `25h`, `7d`; more than nothing and at most ten years.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let (_, seconds) = UNITS.into_iter().find(|(known, _)| *known == unit)?;
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let total = digits.parse::<u64>().ok()?.checked_mul(seconds)?;
    let duration = Duration::from_secs(total);
    (total > 0 && duration <= LONGEST).then_some(duration)
}

/// A duration in the largest unit that divides it: what `parse_duration` reads.
pub fn duration_text(duration: Duration) -> String {
    let total = duration.as_secs();
    let whole = UNITS.into_iter().find(|(_, seconds)| total >= *seconds && total.is_multiple_of(*seconds));
    whole.map_or_else(|| "0s".to_owned(), |(unit, seconds)| format!("{}{unit}", total / seconds))
}

/// Reads `--since`: an age, or an RFC 3339 time with its offset.
pub fn parse_since(text: &str) -> Result<Since, String> {
    if let Some(age) = parse_duration(text) {
        return Ok(Since::Ago(age));
    }
    let instant = DateTime::parse_from_rfc3339(text).map(|at| Since::At(at.with_timezone(&Utc)));
    instant.map_err(|_| "neither an age such as 25h or 7d nor an RFC 3339 time such as 2026-03-01T00:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("45m", 2700), ("25h", 90_000), ("7d", 604_800), ("3650d", 315_360_000)] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in [
            "",
            "h",
            "0h",
            "-1h",
            "+1h",
            "1.5h",
            "1 h",
            "25",
            "25H",
            "1h30m",
            "3651d",
            "99999999999999999999d",
            "٣h",
            "25ℎ",
        ] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_written_as_they_are_read() {
        for text in ["90s", "45m", "25h", "7d", "90m"] {
            assert_eq!(duration_text(parse_duration(text).unwrap()), text);
        }
        assert_eq!(duration_text(Duration::from_secs(86_400)), "1d");
    }

    #[test]
    fn a_window_begins_an_age_ago_or_at_an_instant() {
        assert_eq!(parse_since("7d"), Ok(Since::Ago(Duration::from_secs(604_800))));
        let Ok(Since::At(at)) = parse_since("2026-03-01T01:00:00+01:00") else { panic!("an instant") };
        assert_eq!(at.to_rfc3339(), "2026-03-01T00:00:00+00:00");
        assert!(parse_since("2026-03-01").is_err());
    }
}
