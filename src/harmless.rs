//! Texts that other people wrote, made fit for a terminal, a log and a spreadsheet.
//!
//! Names in a directory and keys in a file can hold ESC sequences that repaint a terminal, characters that reverse the
//! reading order, line breaks that forge a line of a report, and megabytes. After this they are one visible line.

use std::borrow::Cow;

/// The longest cell of a table, in characters: a name or address that is longer helps nobody there.
const CELL: usize = 64;

/// The longest line of prose, in characters, such as a service's error message; also what Linux takes for a path.
const LINE: usize = 4096;

/// Characters that show nothing, or that change how others are shown, in ascending ranges.
///
/// Bidirectional controls (U+202A–202E, U+2066–2069) and marks, zero-width characters, fillers, line and
/// paragraph separators, interlinear annotations, tags. Control characters are found by [`char::is_control`].
/// See <https://www.unicode.org/reports/tr9/> and CVE-2021-42574.
const INVISIBLE: [(char, char); 17] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether a character must not reach a reader as it is.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control() || INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// A cell: hostile characters as visible escapes (`\u{1b}`, `\n`), at most 64 characters, then `…`.
pub fn harmless(text: &str) -> Cow<'_, str> {
    escaped(text, CELL)
}

/// A line of prose: as [`harmless`], with room for 4096 characters.
pub fn harmless_line(text: &str) -> Cow<'_, str> {
    escaped(text, LINE)
}

fn escaped(text: &str, longest: usize) -> Cow<'_, str> {
    let short = text.chars().nth(longest).is_none();
    if short && !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::new();
    let mut room = longest;
    for c in text.chars() {
        let shown = if is_hostile(c) { c.escape_default().to_string() } else { c.to_string() };
        let length = shown.chars().count();
        if length > room {
            safe.push('…');
            break;
        }
        room -= length;
        safe.push_str(&shown);
    }
    Cow::Owned(safe)
}

/// The text of a JSON document with its hostile characters as JSON escapes, which keeps every value as it is.
///
/// `serde_json` escapes U+0000 to U+001F only. The others can stand nowhere but inside strings, and so can the
/// escapes; line feeds are the document's own.
pub(crate) fn harmless_json(document: &str) -> Cow<'_, str> {
    let hostile = |c: char| c != '\n' && is_hostile(c);
    if !document.contains(hostile) {
        return Cow::Borrowed(document);
    }
    let mut safe = String::with_capacity(document.len());
    for c in document.chars() {
        if hostile(c) {
            let units = &mut [0; 2];
            safe.extend(c.encode_utf16(units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["Zoë O'Brien-Łukasz", "山田 太郎", "مريم", "Ada  Lovelace", ""] {
            assert!(matches!(harmless(name), Cow::Borrowed(same) if same == name));
        }
    }

    #[test]
    fn what_repaints_or_reorders_becomes_visible() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\td"), r"a\u{1b}[2Jb\nc\td");
        assert_eq!(harmless("\u{202e}gro\u{200b}"), r"\u{202e}gro\u{200b}");
        assert_eq!(harmless("\u{9b}31m\u{7f}"), r"\u{9b}31m\u{7f}");
    }

    #[test]
    fn ten_megabytes_become_a_cell() {
        let cell = harmless(&"x".repeat(10 << 20)).into_owned();
        assert_eq!(cell.chars().count(), 65);
        assert!(cell.ends_with("x…"));
    }

    #[test]
    fn escapes_are_not_cut_in_the_middle() {
        let name = format!("{}\u{202e}", "x".repeat(60));
        assert_eq!(harmless(&name), format!("{}…", "x".repeat(60)));
    }

    #[test]
    fn json_values_survive_their_escapes() {
        let value = "a\u{202e}\u{9b}\u{e0041}\u{7f}é";
        let document = serde_json::to_string_pretty(&[value]).unwrap();
        let safe = harmless_json(&document);
        assert!(!safe.replace('\n', "").contains(is_hostile));
        assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [value]);
    }

    proptest! {
        #[test]
        fn nothing_hostile_comes_out(text in any::<String>()) {
            for safe in [harmless(&text), harmless_line(&text)] {
                prop_assert!(!safe.contains(is_hostile));
            }
            prop_assert!(harmless(&text).chars().count() <= 65);
        }

        #[test]
        fn hostile_texts_come_out_harmless(text in "[\u{0}-\u{20}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}a]{0,100}") {
            prop_assert!(!harmless(&text).contains(is_hostile));
        }
    }
}
