//! PowerShell that is written here: templates, and values in them that can't break out of their quotes.

/// A value as a string literal of PowerShell, in ASCII.
///
/// PowerShell takes four typographic quotes for the plain one, and Windows PowerShell reads a file without a byte order
/// mark in the code page of the machine, where the bytes of other characters may be such quotes
/// (`about_Quoting_Rules`, `about_Character_Encoding`). What is no printable ASCII is therefore shown as an escape: such
/// values are names, which are shown and never compared.
pub fn quoted(text: &str) -> String {
    let shown = |c: char| match c {
        '\'' => "''".to_owned(),
        ' '..='~' => c.to_string(),
        other => other.escape_unicode().to_string(),
    };
    format!("'{}'", text.chars().map(shown).collect::<String>())
}

/// Values as an array of PowerShell.
pub fn list<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let values: Vec<_> = values.into_iter().map(quoted).collect();
    format!("@({})", values.join(", "))
}

/// A template with its values in the places of `__NAME__`.
///
/// It is read once from the beginning to the end, so that a value which looks like a place is not filled itself.
pub(super) fn filled(template: &str, values: &[(&str, String)]) -> String {
    let parts = template.split("__").enumerate().map(|(place, part)| match place % 2 {
        0 => part,
        _ => values.iter().find(|(name, _)| *name == part).map_or("", |(_, value)| value),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_of_every_kind_stay_inside() {
        assert_eq!(quoted("it's"), "'it''s'");
        assert_eq!(quoted("\u{2018}\u{2019}\u{201a}\u{201b}"), r"'\u{2018}\u{2019}\u{201a}\u{201b}'");
        assert_eq!(quoted("a\n$(b)`c\0"), r"'a\u{a}$(b)`c\u{0}'");
    }

    #[test]
    fn a_value_that_looks_like_a_place_is_not_filled() {
        let values = [("A", "__B__".to_owned()), ("B", "b".to_owned())];
        assert_eq!(filled("x __A__ y __B__ z", &values), "x __B__ y b z");
    }

    proptest! {
        #[test]
        fn a_literal_is_ascii_and_ends_where_it_should(text in any::<String>()) {
            let literal = quoted(&text);
            prop_assert!(literal.bytes().all(|b| (b' '..=b'~').contains(&b)));
            let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap();
            prop_assert!(!inner.replace("''", "").contains('\''));
        }
    }
}
