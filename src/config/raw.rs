//! A configuration file as it is written: bytes to text to a table whose keys and values know their places.
//!
//! serde would stop at the first wrong type, so the table is walked by hand and unknown keys stay visible.
//! The TOML parser's messages are mapped to own texts: some quote what they found, and that may be a secret.

use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::findings::Findings;
use super::keys::KEYS;
use super::method::{AuthMethod, UnknownMethod};
use super::problem::{Problem, Problems};
use super::references::writable_by_others;
use super::source::Source;
use crate::bounded;
use crate::harmless::harmless_line;

/// Every configuration is far smaller; what is larger is another file.
const LARGEST: u64 = 1024 * 1024;

/// Reads the file's text.
pub(super) fn read(path: &Path) -> Result<Source, Problems> {
    let bytes = read_bytes(path)?;
    let fault = |title: &str, help: &str| Problem::new(format!("{} {title}", shown(path)), help);
    if bytes.contains(&0) {
        return Err(fault("holds NUL bytes and is no text", "name a TOML file, saved as UTF-8").into());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = String::from_utf8_lossy(valid).matches('\n').count() + 1;
        fault(&format!("is not UTF-8: line {line} holds other bytes"), "save the file as UTF-8")
    })?;
    Ok(Source { path: path.to_owned(), text })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: std::io::Error| {
        let (fault, help) = match error.kind() {
            ErrorKind::NotFound => ("does not exist", "name another file, or write one with `xcsync config init`"),
            ErrorKind::PermissionDenied => {
                ("may not be read by this account", "let this account read it, or run as the account that may")
            }
            ErrorKind::IsADirectory => ("is a folder", "name the file in it"),
            _ => ("cannot be read", "check the path and the disk"),
        };
        Problem::new(format!("{} {fault}", shown(path)), help)
    };
    if path.metadata().map_err(unreadable)?.is_dir() {
        return Err(unreadable(ErrorKind::IsADirectory.into()));
    }
    let file = File::open(path).map_err(unreadable)?;
    if let Some(mode) = writable_by_others(&file.metadata().map_err(unreadable)?) {
        let title = format!("{} may be changed by every account of this machine (mode {mode:04o})", shown(path));
        let help = format!(
            "run `chmod o-w '{}'`, and look at what it says: whoever writes it decides where secrets go and who is invited",
            shown(path)
        );
        return Err(Problem::new(title, help));
    }
    let bytes = bounded::content(file, LARGEST).map_err(unreadable)?;
    bytes.ok_or_else(|| {
        let title = format!("{} is larger than 1 MiB", shown(path));
        Problem::new(title, "name the configuration file, which is far smaller")
    })
}

fn shown(path: &Path) -> String {
    harmless_line(&path.to_string_lossy()).into_owned()
}

/// Parses the text; `None` where it is no TOML, and then only that is told.
pub(super) fn parse<'a>(source: &'a Source, findings: &mut Findings<'_>) -> Option<DeTable<'a>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let table = table.into_inner();
    mask_secrets(&table, "", findings);
    let mut told = Vec::new();
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        // One slip often brings a train of messages on its line, and another kind of file one on each.
        let known = |line: &Range<usize>| (line.start..=line.end).contains(&span.start);
        if told.len() < MOST_SLIPS && !told.iter().any(known) {
            told.push(source.line_range(span.start));
            add_syntax(source, &span, error.message(), findings);
        }
    }
    let only_repeated = errors.iter().all(|error| error.message().starts_with(REPEATED));
    only_repeated.then_some(table)
}

/// More lines with slips than this say only that the file is something else.
const MOST_SLIPS: usize = 20;

const REPEATED: &str = "duplicate key";

/// The mistake of whoever copies a path of Windows.
const BACKSLASH: &str = "in double quotes a backslash begins an escape, and this is none";

/// The parser's words (their beginnings) and ours, with the way out.
const SYNTAX: [(&str, &str, &str); 22] = [
    (REPEATED, "the key or table stands here a second time", "keep one of them"),
    ("string values must be quoted", "a text without quotes", "put the value in quotes: key = \"value\""),
    ("key with no value", "a key without a value", "write key = value, texts in quotes"),
    ("missing value", "a key without a value", "write key = value, texts in quotes"),
    ("extra `=`", "an equals sign too many", "write key = value, once per line"),
    ("extra assignment", "an equals sign too many", "write key = value, once per line"),
    ("missing assignment", "no equals sign between key and value", "write key = value"),
    ("missing comma", "no comma between the elements", "put a comma between them"),
    ("extra comma", "a comma too many", "leave one comma out"),
    ("unclosed array table", "the table's name has no closing brackets", "close the brackets"),
    ("unclosed table", "the table's name has no closing bracket", "close the bracket: [tenants.name]"),
    ("unclosed array", "the list is not closed", "close it with ]"),
    ("unclosed inline table", "the inline table is not closed", "close it with }"),
    ("missing escaped value", BACKSLASH, "write \\\\ for a backslash, or put a Windows path in 'single quotes'"),
    ("too few unicode value digits", BACKSLASH, "write \\\\ for a backslash, or put a Windows path in 'single quotes'"),
    (
        "invalid basic string",
        "the text is not closed, or holds a character that must be escaped",
        "close the quotes; write \\\\ for a backslash, or use 'single quotes'",
    ),
    ("invalid literal string", "the text is not closed, or holds a control character", "close the single quotes"),
    (
        "invalid multi-line basic string",
        "the text in triple quotes is not closed, or holds a character that must be escaped",
        "close it with three quotes",
    ),
    (
        "invalid multi-line literal string",
        "the text in triple quotes is not closed, or holds a control character",
        "close it with three quotes",
    ),
    ("invalid table", "this is no name of a table", "write [tenants.NAME], names with blanks in quotes"),
    ("invalid key", "this is no key", "write key = value; a key has letters, digits, `-` and `_`"),
    ("cannot extend value", "the table was given before as a value", "write the table in one place"),
];

fn add_syntax(source: &Source, span: &Range<usize>, message: &str, findings: &mut Findings<'_>) {
    let known = SYNTAX.iter().find(|(theirs, ..)| message.starts_with(theirs));
    let (_, title, help) = known.unwrap_or(&(
        "",
        "this cannot be read",
        "see https://toml.io for the language, `xcsync config init` for an example",
    ));
    // After a slip nobody knows what is key and what is value: of the line, only what is surely no secret is shown.
    let line = source.line_range(span.start);
    let plain = plain_prefix(&source.text[line.clone()]);
    findings.mask(line.start + plain..line.end);
    findings.add(span, format!("not valid TOML: {title}"), *help);
}

/// How much of a line is a table's name or a known key, and so can be shown whatever the file's state.
fn plain_prefix(line: &str) -> usize {
    let name = |c: char| c.is_ascii_alphanumeric() || "[]._-".contains(c);
    if line.trim_start().starts_with("[tenants.") && line.trim().chars().all(name) {
        return line.len();
    }
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    let known = KEYS.iter().any(|(_, keys)| keys.contains(&key.trim()));
    if known { line.len() - value.trim_start().len() } else { 0 }
}

/// Hides every value under `[auth]` and of every key that sounds like a secret, wherever it stands.
fn mask_secrets(table: &DeTable<'_>, parent: &str, findings: &mut Findings<'_>) {
    for (key, value) in table {
        let key = key.get_ref().as_ref();
        if parent == "auth" || sounds_secret(key) || leads_to_secret(parent, key) {
            if !is_method(key, value.get_ref()) {
                mask_value(value, findings);
            }
        } else {
            mask_within(value, key, findings);
        }
    }
}

/// Keys whose value might be the secret itself by mistake: the address of a webhook is its credential.
fn leads_to_secret(parent: &str, key: &str) -> bool {
    key == "password_file" || ["webhook", "heartbeat"].contains(&parent) && key.starts_with("url")
}

fn mask_within(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings<'_>) {
    match value.get_ref() {
        DeValue::Table(table) => mask_secrets(table, key, findings),
        DeValue::Array(list) => list.iter().for_each(|item| mask_within(item, key, findings)),
        _ if key == "auth" => findings.mask(value.span()),
        _ => {}
    }
}

/// A method's name, or something so near that it can be no secret.
fn is_method(key: &str, value: &DeValue<'_>) -> bool {
    let known = |name| !matches!(AuthMethod::parse(name), Err(UnknownMethod::Other));
    key == "method" && value.as_str().is_some_and(known)
}

/// Hides the plain values in `value`; the names of tables stay.
pub(super) fn mask_value(value: &Spanned<DeValue<'_>>, findings: &mut Findings<'_>) {
    match value.get_ref() {
        DeValue::Table(table) => table.values().for_each(|inner| mask_value(inner, findings)),
        DeValue::Array(list) => list.iter().for_each(|inner| mask_value(inner, findings)),
        _ => findings.mask(value.span()),
    }
}

/// Whether a key is meant to hold a secret itself (and not to say where it is).
pub(super) fn sounds_secret(key: &str) -> bool {
    let word = key.to_lowercase().replace(['-', '_'], "");
    let whole = ["secret", "password", "passwd", "pwd", "token", "apikey", "privatekey"];
    let place = ["file", "env", "path"];
    whole.iter().any(|end| word.ends_with(end)) && !place.iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_for_secrets_are_recognised_in_every_spelling() {
        for key in ["client_secret", "clientSecret", "PASSWORD", "access-token", "secret", "token", "pwd"] {
            assert!(sounds_secret(key), "{key}");
        }
        for key in ["client_secret_file", "token_env", "token_file", "tenant_id", "method"] {
            assert!(!sounds_secret(key), "{key}");
        }
    }

    #[test]
    fn of_a_broken_line_only_known_names_are_shown() {
        for (line, shown) in [
            ("[tenants.gcch", 13),
            ("[\"hunter2\"", 0),
            ("cloud = usgov", 8),
            ("hunter2==", 0),
            ("hunter2", 0),
            ("client_secret_file =x", 20),
        ] {
            assert_eq!(plain_prefix(line), shown, "{line}");
        }
    }
}
