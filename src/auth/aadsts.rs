//! Entra's error codes that a sign-in of this program meets: how they are found in an answer, and what they say.

mod table;

use crate::explain::{Side, own};

pub use table::TABLE;

/// One code of Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aadsts {
    /// The number after `AADSTS`.
    pub code: u32,
    /// Whose side it is on: who can mend it.
    pub side: Side,
    /// What it says about us.
    pub meaning: &'static str,
    /// What an administrator does.
    pub remedy: &'static str,
    /// Whether it passes by itself within seconds, so that the same question is worth asking again.
    pub passes: bool,
}

/// The code as reports and Entra's texts have it.
pub fn name(code: u32) -> String {
    format!("{PREFIX}{code}")
}

/// What the table knows of a code.
pub fn entry(code: u32) -> Option<&'static Aadsts> {
    TABLE.iter().find(|known| known.code == code)
}

/// The first code that the table knows.
pub(super) fn known(codes: &[u32]) -> Option<&'static Aadsts> {
    codes.iter().find_map(|code| entry(*code))
}

/// The code that says most: the first known one, else the first.
pub(super) fn telling(codes: &[u32]) -> Option<u32> {
    known(codes).map(|entry| entry.code).or(codes.first().copied())
}

/// The numbers after `AADSTS` in a text, in their order, without repetition.
pub fn codes(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for rest in text.split(PREFIX).skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if let Ok(code) = rest[..end].parse()
            && !found.contains(&code)
        {
            found.push(code);
        }
    }
    found
}

/// What a refusal's code and text say, in one line: meaning, code and side first, Entra's own words last.
///
/// `text` is the AADSTS text, else the status and the OAuth error.
pub(super) fn told(codes: &[u32], text: &str) -> String {
    let Some(code) = telling(codes) else {
        return text.to_owned();
    };
    let words = text.strip_prefix(&format!("{PREFIX}{code}")).map_or(text, |rest| rest.trim_start_matches([':', ' ']));
    let words = if words.is_empty() { String::new() } else { format!("; Entra's answer: {words}") };
    match entry(code) {
        Some(entry) => {
            format!("{} ({PREFIX}{code}, on the side of {}){words}", entry.meaning, entry.side.name())
        }
        None => format!("{PREFIX}{code}, which is not in this version's list{words}"),
    }
}

/// What to do about it.
pub(super) fn remedy(codes: &[u32]) -> String {
    match (known(codes), codes.first()) {
        (Some(entry), _) => entry.remedy.to_owned(),
        (None, Some(code)) => look_up(*code),
        (None, None) => own::TOKEN_REFUSED.remedy.to_owned(),
    }
}

/// Where Microsoft explains a code.
pub fn look_up(code: u32) -> String {
    format!("look the code up at https://login.microsoftonline.com/error?code={code}")
}

const PREFIX: &str = "AADSTS";

#[cfg(test)]
mod tests;
