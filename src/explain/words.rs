//! Texts as words, for [`super::find()`]. Pure.

/// Words that say nothing about what is meant, and the names of fields in the answers of services.
const EMPTY: &[&str] = &[
    "the",
    "and",
    "that",
    "this",
    "with",
    "for",
    "are",
    "was",
    "has",
    "have",
    "can",
    "not",
    "you",
    "your",
    "our",
    "its",
    "from",
    "but",
    "what",
    "who",
    "whom",
    "which",
    "why",
    "does",
    "did",
    "been",
    "were",
    "will",
    "would",
    "there",
    "here",
    "then",
    "than",
    "code",
    "error",
    "message",
    "innererror",
    "date",
    "request",
    "details",
    "target",
    "nothing",
    "xcsync",
    "because",
    "please",
    "where",
    "when",
    "one",
    "all",
    "any",
    "how",
    "get",
    "got",
    "they",
    "them",
    "their",
    "description",
    "fail",
    "fails",
    "failed",
];

/// The parts between blanks and punctuation, as they are; a hyphen, an underscore or a digit parts nothing.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let parts = |c: char| !(c.is_alphanumeric() || c == '-' || c == '_');
    text.split(parts).map(|token| token.trim_matches(['-', '_'])).filter(|token| !token.is_empty()).collect()
}

/// The words that say what is meant, in lower case, without repetition: no ids, addresses, numbers and links.
pub(super) fn telling(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let pieces = text.split_whitespace().filter(|piece| !piece.contains('@') && !piece.contains("://"));
    for written in pieces.flat_map(|piece| piece.split(|c: char| !c.is_alphanumeric())) {
        let written = written.to_lowercase();
        let word = stem(&written);
        let is_telling =
            word.len() > 2 && !word.contains(|c: char| c.is_ascii_digit()) && !EMPTY.contains(&written.as_str());
        if is_telling && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The word without the endings that differ most between a message and what is said of it.
fn stem(word: &str) -> String {
    let endings = ["ations", "ation", "ing", "ed", "es", "s", "e"];
    let shorter = endings.iter().filter_map(|ending| word.strip_suffix(ending)).find(|rest| rest.len() > 3);
    shorter.unwrap_or(word).to_owned()
}

/// Whether one is a slip of the finger away from the other; short words are too near to each other to tell.
pub(super) fn is_slip(word: &str, known: &str) -> bool {
    let allowed = match word.chars().count() {
        0..=4 => return false,
        5..=7 => 1,
        _ => 2,
    };
    word.len().abs_diff(known.len()) <= allowed && strsim::damerau_levenshtein(word, known) <= allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_addresses_are_no_words() {
        let text =
            "The user ann@contoso.com has object ID: 5a4db000-0000-4000-8000-000000000009, see https://x.example/a";
        assert_eq!(telling(text), ["user", "object", "see"]);
    }

    #[test]
    fn forms_of_a_word_are_one_word() {
        assert_eq!(telling("invite invites invited invitation invitations"), ["invit"]);
    }

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        assert!(is_slip("adress", "address") && is_slip("invtiation", "invitation"));
        assert!(!is_slip("mail", "main") && !is_slip("tenant", "talent-pool"));
    }
}
