//! From a code, a message or a line of a log to the entries that are meant. Pure.
//!
//! Six looks, and the first that shows something counts: the text is a code; it names codes; it holds what an entry
//! says; it holds words that an entry is known by; it names a code that Graph says of everything; it is like a code, or
//! has words in common with entries, each weighing the more the fewer entries have it.

use std::collections::{BTreeSet, HashMap};

use super::catalogue::{Entry, Kind};
use super::words::{is_slip, telling, tokens};
use crate::auth::aadsts_codes;
use crate::check::Status;
use crate::selection::Decision;

/// The longest text that is looked at, in characters: more than any message has, and soon looked through.
const LONGEST: usize = 16_384;

/// So many entries are told at most: a longer list answers nothing.
const MOST: usize = 5;

/// So much of a text's weight must be in words that an entry has; found by trying with messages that it must not explain.
const ENOUGH: f64 = 0.5;

/// Entries that come so near to the best one are told too.
const NEAR: f64 = 0.85;

/// With more that are as near, a text is too vague to mean any of them.
const VAGUE: usize = 2 * MOST;

/// A remedy that is shorter may stand in any text, such as "nothing".
const WHOLE_REMEDY: usize = 30;

/// A word of the remedy says less of what a message means than one of the meaning, and one of the code says more.
const OF_REMEDY: f64 = 0.5;
const OF_CODE: f64 = 1.5;

/// So many words of a text are looked at: comparing each that is not known takes its time.
const WORDS: usize = 200;

/// How the entries were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The text is the code.
    Code,
    /// The text names the code, or holds the words that the entry is known by.
    Contained,
    /// The text is like it: a guess.
    Similar,
}

impl Fit {
    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Contained => "contained",
            Self::Similar => "similar",
        }
    }
}

/// What was found, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// At least one, at most five.
    pub entries: Vec<Entry>,
    /// How.
    pub fit: Fit,
}

/// A way to find entries.
type Look = fn(&[Entry], &str) -> Vec<Entry>;

/// The entries that a text means; `None` where nothing fits.
pub fn find(catalogue: &[Entry], text: &str) -> Option<Found> {
    let text = &as_said(text);
    let looks: [(Fit, Look); 6] = [
        (Fit::Code, by_code),
        (Fit::Contained, named),
        (Fit::Contained, by_what_it_says),
        (Fit::Contained, by_words_it_holds),
        (Fit::Contained, general),
        (Fit::Similar, similar),
    ];
    looks.into_iter().find_map(|(fit, look)| {
        let mut entries = look(catalogue, text);
        entries.truncate(MOST);
        (!entries.is_empty()).then_some(Found { entries, fit })
    })
}

/// The text in one line, cut, with quotes and hyphens as they are typed: pages, JSON and terminals have others.
fn as_said(text: &str) -> String {
    let text = text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end]);
    let plain = console::strip_ansi_codes(text)
        .replace("\\u0027", "'")
        .replace("\\u2019", "'")
        .replace("&#39;", "'")
        .replace(['\u{2018}', '\u{2019}'], "'")
        .replace(['\u{201c}', '\u{201d}'], "\"")
        .replace(['\u{2010}', '\u{2011}'], "-")
        .replace(['\u{200b}', '\u{feff}'], "");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The entry whose code the whole text is, also `7000215`, `exit code 7` and `HTTP 429`.
fn by_code(catalogue: &[Entry], text: &str) -> Vec<Entry> {
    let text = text.trim().trim_matches(['"', '\'', '`', '.', ',', ':', '(', ')']);
    if let Some(entry) = catalogue.iter().find(|entry| entry.code.eq_ignore_ascii_case(text)) {
        return vec![entry.clone()];
    }
    let words = tokens(text);
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    let introduces = |word: &&str| {
        // `HTTP/2 403` has a number of its own.
        let known = [
            "exit",
            "exited",
            "ended",
            "with",
            "xcsync",
            "code",
            "exit_code",
            "http",
            "2",
            "status",
            "aadsts",
            "error",
        ];
        known.contains(&word.to_lowercase().as_str())
    };
    // `-1` is no code, and `a-b` is one word.
    if text.starts_with('-') || !before.iter().all(introduces) {
        return Vec::new();
    }
    let number = last.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-');
    let is_meant = |entry: &&Entry| *entry.code == **last || aadsts(entry).is_some_and(|code| code == number);
    catalogue.iter().find(is_meant).cloned().into_iter().collect()
}

/// The number of an entry that is a code of Entra.
fn aadsts(entry: &Entry) -> Option<&str> {
    entry.code.strip_prefix("AADSTS")
}

/// The codes that stand in the text, other than those that Graph says of everything.
fn named(catalogue: &[Entry], text: &str) -> Vec<Entry> {
    let mut found = codes_in(catalogue, text, |kind| kind != Kind::Graph);
    // What ended a run says more than the code that it ended with.
    found.sort_by_key(|entry| entry.kind == Kind::Exit);
    found
}

fn general(catalogue: &[Entry], text: &str) -> Vec<Entry> {
    codes_in(catalogue, text, |kind| kind == Kind::Graph)
}

fn codes_in(catalogue: &[Entry], text: &str, wanted: impl Fn(Kind) -> bool) -> Vec<Entry> {
    let by_code: HashMap<String, &Entry> =
        catalogue.iter().filter(|entry| wanted(entry.kind)).map(|entry| (entry.code.to_lowercase(), entry)).collect();
    // How a report in text ends an error: `error: … (denied)`.
    let is_last = |token: &str| text.ends_with(&format!("({token})"));
    let tokens = tokens(text);
    let is_row = tokens.first().is_some_and(|first| Decision::from_code(first).is_some());
    let mut found: Vec<Entry> = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let Some(entry) = by_code.get(&token.to_lowercase()) else { continue };
        let is_code = is_no_word(token)
            || (is_row && entry.kind == Kind::Reason)
            || (entry.kind == Kind::Check && is_of_finding(&tokens, place))
            || introduces(&tokens[..place], entry.kind)
            || is_last(token);
        if is_code && !found.contains(entry) {
            found.push((*entry).clone());
        }
    }
    found
}

/// Whether a check's name stands where a report has it: after the status in text, between side and status in a table.
fn is_of_finding(tokens: &[&str], place: usize) -> bool {
    let is_status = |place: usize| {
        let all = [Status::Fail, Status::Warn, Status::Skipped, Status::Pass];
        tokens.get(place).is_some_and(|token| all.iter().any(|status| status.code() == *token))
    };
    let has_side_before = || ["tenant", "home"].contains(&tokens[place - 1]);
    (place == 1 && is_status(0)) || (place > 1 && has_side_before() && is_status(place + 1))
}

/// Whether a token can't be a word of a sentence: `group-address`, `AADSTS50020`, `BadRequest`.
fn is_no_word(token: &str) -> bool {
    let has_letters = token.contains(|c: char| c.is_ascii_alphabetic());
    let inner_capital =
        token.chars().skip(1).any(|c| c.is_ascii_uppercase()) && token.contains(|c: char| c.is_ascii_lowercase());
    has_letters && (token.contains(['-', '_']) || token.contains(|c: char| c.is_ascii_digit()) || inner_capital)
}

/// Whether a field's name, before a value, says that the value is such a code.
fn introduces(before: &[&str], kind: Kind) -> bool {
    let back = |steps: usize| before.iter().rev().nth(steps).map(|word| word.to_lowercase()).unwrap_or_default();
    let (field, earlier) = (back(0), back(1));
    match kind {
        // Also as systemd (`status=4/NOPERMISSION`) and Kubernetes (`exitCode: 4`) have it, and in words.
        Kind::Exit => {
            ["exit_code", "exitcode", "status"].contains(&field.as_str())
                || (field == "code" && ["exit", "with"].contains(&earlier.as_str()))
        }
        Kind::Reason => field == "reason",
        Kind::Check => field == "check",
        Kind::Graph => ["status", "http", "code", "answered"].contains(&field.as_str()),
        _ => ["code", "error_code"].contains(&field.as_str()),
    }
}

/// The entries whose meaning or remedy stands in the text: a hint of a report, whose code was not copied along.
fn by_what_it_says(catalogue: &[Entry], text: &str) -> Vec<Entry> {
    let text = text.to_lowercase();
    let holds = |words: &str| text.contains(&words.to_lowercase());
    let says = |entry: &&Entry| holds(entry.meaning) || (entry.remedy.len() >= WHOLE_REMEDY && holds(entry.remedy));
    let found: Vec<Entry> = catalogue.iter().filter(says).cloned().collect();
    // A remedy that many have tells none of them.
    if found.len() > MOST { Vec::new() } else { found }
}

/// The entries that are known by words of the text; of answers to an invitation the first, as a run takes them.
fn by_words_it_holds(catalogue: &[Entry], text: &str) -> Vec<Entry> {
    let text = text.to_lowercase();
    let said = |entry: &&Entry| entry.said.iter().any(|words| text.contains(words));
    let (invitation, others): (Vec<&Entry>, Vec<&Entry>) =
        catalogue.iter().filter(said).partition(|entry| entry.kind == Kind::Invitation);
    let found: Vec<Entry> = invitation.into_iter().take(1).chain(others).cloned().collect();
    // A status says less than whatever came with it.
    let (general, telling): (Vec<Entry>, Vec<Entry>) = found.into_iter().partition(|entry| entry.kind == Kind::Graph);
    if telling.is_empty() { general } else { telling }
}

/// The entry whose code is misspelt, else those with most words in common. A word that entries have is not misspelt.
fn similar(catalogue: &[Entry], text: &str) -> Vec<Entry> {
    // Who has a code can look it up, and another code's meaning would mislead.
    if !aadsts_codes(&text.to_ascii_uppercase()).is_empty() {
        return Vec::new();
    }
    let index = Index::of(catalogue);
    let misspelt = || misspelt(catalogue, text.trim());
    let has_word = telling(text).iter().all(|word| index.count.contains_key(word));
    let found = if has_word { in_common(catalogue, &index, text) } else { misspelt() };
    match found.is_empty() {
        false => found,
        true if has_word => misspelt(),
        true => in_common(catalogue, &index, text),
    }
}

/// Codes that a single word nearly is; those with numbers are left out, since another number is another code.
fn misspelt(catalogue: &[Entry], word: &str) -> Vec<Entry> {
    if word.contains(char::is_whitespace) || word.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let codes = catalogue.iter().map(|entry| &*entry.code).filter(|code| !code.contains(|c: char| c.is_ascii_digit()));
    let nearest = crate::config::nearest(word, codes);
    catalogue.iter().filter(|entry| Some(&*entry.code) == nearest).cloned().collect()
}

fn in_common(catalogue: &[Entry], index: &Index, text: &str) -> Vec<Entry> {
    let asked = index.known_words(telling(text).into_iter().take(WORDS));
    // The number is what matters there: `HTTP 418`.
    if asked.len() == 1 && text.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let total: f64 = asked.iter().map(|word| index.weight(word)).sum();
    let mut scored: Vec<(f64, &Entry)> = catalogue
        .iter()
        .zip(&index.entries)
        .filter(|(_, words)| asked.len() == 1 || words.shared(&asked) >= 2)
        // However well a code fits, the other words of the text count too.
        .filter(|(_, words)| words.score(&asked, index, 1.0) >= ENOUGH * total)
        .map(|(entry, words)| (words.score(&asked, index, OF_CODE), entry))
        .collect();
    scored.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let best = scored.first().map_or(f64::MAX, |(score, _)| *score);
    let near: Vec<Entry> =
        scored.into_iter().take_while(|(score, _)| *score >= best * NEAR).map(|(_, entry)| entry.clone()).collect();
    // A word that everything has in it means nothing of it.
    if near.len() > VAGUE { Vec::new() } else { near }
}

/// The words of every entry, and in how many each is.
struct Index {
    entries: Vec<Words>,
    count: HashMap<String, u32>,
}

struct Words {
    of_code: BTreeSet<String>,
    telling: BTreeSet<String>,
    of_remedy: BTreeSet<String>,
}

impl Index {
    fn of(catalogue: &[Entry]) -> Self {
        let entries: Vec<Words> = catalogue.iter().map(Words::of).collect();
        let mut count: HashMap<String, u32> = HashMap::new();
        for word in entries.iter().flat_map(|words| words.telling.union(&words.of_remedy)) {
            *count.entry(word.clone()).or_default() += 1;
        }
        Self { entries, count }
    }

    /// The words, with slips of the finger put right.
    fn known_words(&self, words: impl Iterator<Item = String>) -> BTreeSet<String> {
        let right = |word: String| {
            if self.count.contains_key(&word) {
                return word;
            }
            let near = self.count.keys().filter(|known| is_slip(&word, known));
            near.min_by_key(|known| (strsim::damerau_levenshtein(&word, known), *known)).cloned().unwrap_or(word)
        };
        words.map(right).collect()
    }

    /// How much a word tells: what no entry has tells as much as what a single one has.
    fn weight(&self, word: &str) -> f64 {
        let entries = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let having = self.count.get(word).copied().unwrap_or(1);
        (1.0 + f64::from(entries) / f64::from(having)).ln()
    }
}

impl Words {
    fn of(entry: &Entry) -> Self {
        let words = |text: &str| telling(text).into_iter().collect::<BTreeSet<_>>();
        let about = format!("{} {} {}", entry.code, entry.meaning, entry.said.join(" "));
        Self { of_code: words(&entry.code), telling: words(&about), of_remedy: words(entry.remedy) }
    }

    fn shared(&self, asked: &BTreeSet<String>) -> usize {
        asked.iter().filter(|word| self.telling.contains(*word) || self.of_remedy.contains(*word)).count()
    }

    /// What the shared words weigh; those of the code so many times as much.
    fn score(&self, asked: &BTreeSet<String>, index: &Index, of_code: f64) -> f64 {
        let part = |word: &String| match word {
            word if self.of_code.contains(word) => of_code,
            word if self.telling.contains(word) => 1.0,
            word if self.of_remedy.contains(word) => OF_REMEDY,
            _ => 0.0,
        };
        asked.iter().map(|word| part(word) * index.weight(word)).sum()
    }
}
