//! "Did you mean …?"

/// The known word that is probably meant; `None` where nothing is near.
///
/// Distance counts edits and swapped letters; case, `-` and `_` don't count.
/// A third of the letters may be wrong: with more, the suggestion would be noise.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long text is no misspelt key, and comparing it with every key would take its time.
    if given.len() > 64 {
        return None;
    }
    let wanted = folded(given);
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    let distance = |word: &str| strsim::damerau_levenshtein(&folded(word), &wanted);
    let ranked = known.into_iter().map(|word| (distance(word), word));
    let (found, word) = ranked.min_by_key(|(distance, _)| *distance)?;
    let extends = |word: &str| wanted.len() >= 4 && folded(word).starts_with(&wanted);
    (found <= allowed || extends(word)).then_some(word)
}

fn folded(text: &str) -> String {
    text.to_lowercase().replace(['-', '_'], "")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_of_the_finger_are_near_and_other_words_are_not() {
        let known = ["tenant_id", "cloud", "domains", "max_invitations"];
        for (given, meant) in [
            ("tenantId", Some("tenant_id")),
            ("clodu", Some("cloud")),
            ("domain", Some("domains")),
            ("max-invitation", Some("max_invitations")),
            ("network", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known), meant, "{given}");
        }
    }
}
