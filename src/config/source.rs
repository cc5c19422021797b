//! The text of a configuration file, and the lines of it that may be shown.

use std::ops::Range;
use std::path::PathBuf;

use crate::harmless::harmless_line;

/// What stands in a shown line for a value that must not be shown.
const MASK: &str = "…";

/// Longer lines are shown as far as this: the rest of a minified or hostile line helps nobody.
const LONGEST_SHOWN: usize = 160;

/// A file's path and text.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// One line made fit to be shown, with the part that a problem points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

impl Source {
    /// The line where `span` begins, with everything in `masks` replaced.
    pub(super) fn line(&self, span: &Range<usize>, masks: &[Range<usize>]) -> Line {
        let at = self.boundary(span.start);
        let range = self.line_range(at);
        let from = at.min(range.end);
        let span = from..span.end.clamp(from, range.end);
        let (text, span) = self.shown(range, &span, masks);
        Line { number: self.text[..at].matches('\n').count() + 1, text, span }
    }

    /// The nearest position before, or at, this one that slices the text.
    fn boundary(&self, position: usize) -> usize {
        let before = (0..=position.min(self.text.len())).rev();
        let mut boundaries = before.filter(|at| self.text.is_char_boundary(*at));
        boundaries.next().unwrap_or(0)
    }

    /// The line around a position, without its end.
    pub(super) fn line_range(&self, position: usize) -> Range<usize> {
        let at = self.boundary(position);
        let start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        start..start + line.trim_end_matches('\r').len()
    }

    /// Copies a line piece by piece, so that the span can be carried over to the text that is shown.
    fn shown(&self, line: Range<usize>, span: &Range<usize>, masks: &[Range<usize>]) -> (String, Range<usize>) {
        let here = |mask: &&Range<usize>| mask.start < line.end && mask.end > line.start;
        let masks: Vec<&Range<usize>> = masks.iter().filter(here).collect();
        let mut shown = String::new();
        let (mut from, mut to) = (None, None);
        let mut at = line.start;
        let mut quote = None;
        while at < line.end && shown.len() < LONGEST_SHOWN {
            if at >= span.start {
                from.get_or_insert(shown.len());
            }
            if at >= span.end {
                to.get_or_insert(shown.len());
            }
            if let Some(mask) = masks.iter().find(|mask| mask.contains(&at)) {
                shown.push_str(MASK);
                at = mask.end;
            } else {
                let character = self.text[at..].chars().next().unwrap_or_default();
                if character == '#' && quote.is_none() {
                    // People note old secrets in comments; no problem is ever in one.
                    break;
                }
                quote = quoted(quote, character);
                shown.push_str(&shown_character(character));
                at += character.len_utf8();
            }
        }
        if at < line.end && shown.len() >= LONGEST_SHOWN {
            shown.push_str(MASK);
        }
        shown.truncate(shown.trim_end().len());
        let from = from.map_or(shown.len(), |from: usize| from.min(shown.len()));
        let to = to.map_or(shown.len(), |to: usize| to.clamp(from, shown.len()));
        (shown, from..to)
    }
}

/// A tab would move the line away from the marks below it.
fn shown_character(character: char) -> String {
    match character {
        '\t' => " ".to_owned(),
        other => harmless_line(other.encode_utf8(&mut [0; 4])).into_owned(),
    }
}

/// The quote that a text is in after one more character.
fn quoted(quote: Option<char>, character: char) -> Option<char> {
    match quote {
        Some(open) if open == character => None,
        None if character == '"' || character == '\'' => Some(character),
        unchanged => unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { path: PathBuf::from("config.toml"), text: text.to_owned() }
    }

    #[test]
    fn a_masked_value_never_reaches_the_shown_line() {
        let source = source("a = 1\nclient_secret = \"hunter2\" # x\n");
        let value = source.text.find("\"hunter2\"").unwrap();
        let mask = vec![Range { start: value, end: value + 9 }];
        let line = source.line(&(6..19), &mask);
        assert_eq!((line.number, line.text.as_str(), line.span), (2, "client_secret = …", 0..13));
    }

    #[test]
    fn comments_are_left_out_and_number_signs_in_texts_stay() {
        let source = source("# hunter2\na = \"#1\" # hunter2\n");
        assert_eq!(source.line(&(0..0), &[]).text, "");
        assert_eq!(source.line(&(10..11), &[]).text, "a = \"#1\"");
    }

    #[test]
    fn a_value_over_several_lines_is_masked_on_each() {
        let source = source("s = \"\"\"one\ntwo\"\"\"\n");
        let masks = vec![Range { start: 4, end: source.text.len() - 1 }];
        assert_eq!(source.line(&(0..1), &masks).text, "s = …");
        assert_eq!(source.line(&(11..12), &masks).text, "…");
    }

    #[test]
    fn spans_follow_the_text_that_replaces_hostile_characters() {
        let source = source("k\u{202e}ey = 5\r\n");
        let line = source.line(&(9..10), &[]);
        assert_eq!((line.text.as_str(), &line.text[line.span.clone()]), ("k\\u{202e}ey = 5", "5"));
    }

    #[test]
    fn positions_outside_the_text_point_to_its_end() {
        let source = source("key");
        assert_eq!(source.line(&(3..3), &[]).span, 3..3);
        assert_eq!(source.line(&(90..99), &[]).number, 1);
    }
}
