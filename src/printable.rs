//! Text from outside made harmless for a terminal.

use std::fmt::Write as _;

/// Replaces what could move the cursor, colour, hide or reorder text by its escaped code point.
///
/// Files and directories are written by others: an escape sequence in a key or a name must not reach a terminal.
/// The bidirectional controls are those of <https://www.unicode.org/reports/tr9/>, see also CVE-2021-42574.
pub fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hostile(character) {
            // Writing to a String cannot fail.
            let _ = write!(clean, "\\u{{{:x}}}", u32::from(character));
        } else {
            clean.push(character);
        }
    }
    clean
}

/// Control characters, line separators, and characters without width or with a say in the direction of text.
fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn escape_sequences_and_reordering_marks_are_spelled_out() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}\u{9b}ü\n"), "a\\u{1b}[31m\\u{202e}\\u{9b}ü\\u{a}");
    }
}
