//! Sentences of the catalogue: what stands between backticks is to be typed.

use super::shown::Shown;

/// A sentence in pieces.
pub(super) struct Prose(pub(super) Vec<Piece>);

/// A piece of a sentence.
pub(super) struct Piece {
    pub(super) text: Shown,
    /// To be typed as it is.
    pub(super) is_code: bool,
}

impl Prose {
    /// The same, as a sentence of its own: the catalogue's entries begin small and end without a stop.
    pub(super) fn sentence(text: &str) -> Self {
        let text = text.trim();
        let mut letters = text.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let stop = if text.is_empty() || text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
        Self::of(&format!("{first}{}{stop}", letters.as_str()))
    }

    /// Cuts a text at its backticks.
    pub(super) fn of(text: &str) -> Self {
        let text = Shown::line(text);
        let text = text.as_str();
        // Without a partner the last one is no beginning of code.
        let is_even = text.matches('`').count().is_multiple_of(2);
        let piece =
            |(index, text): (usize, &str)| Piece { text: Shown::line(text), is_code: is_even && index % 2 == 1 };
        Self(text.split('`').enumerate().filter(|(_, text)| !text.is_empty()).map(piece).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<(String, bool)> {
        Prose::of(text).0.into_iter().map(|piece| (piece.text.to_string(), piece.is_code)).collect()
    }

    #[test]
    fn what_is_typed_stands_between_backticks() {
        assert_eq!(pieces("run `a b` now"), [("run ".into(), false), ("a b".into(), true), (" now".into(), false)]);
        assert_eq!(pieces("`a`"), [("a".into(), true)]);
        let sentence = Prose::sentence("élan wins; `x` too").0;
        assert_eq!(sentence.iter().map(|piece| piece.text.to_string()).collect::<String>(), "Élan wins; x too.");
        assert!(Prose::sentence("").0.is_empty());
        assert_eq!(pieces("it`s"), [("it".into(), false), ("s".into(), false)]);
    }
}
