//! One table of the file: typed values out, problems into the findings.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::findings::Findings;
use super::keys::{self, KEYS};
use super::raw::mask_value;
use super::value::{DURATION_FORM, parse_duration};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Entry<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A table with its place in the tree.
#[derive(Clone, Debug)]
pub(super) struct Section<'a> {
    /// The pattern of [`KEYS`].
    kind: &'static str,
    table: &'a DeTable<'a>,
    /// Where its name stands: what a missing key points to.
    pub(super) head: Range<usize>,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a DeTable<'a>) -> Self {
        Self { kind: "", table, head: 0..0 }
    }

    /// The keys and values, in the order of the file.
    pub(super) fn entries(&self) -> Vec<(Entry<&'a str>, &'a Spanned<DeValue<'a>>)> {
        let entry = |(key, value): (&'a Spanned<_>, _)| {
            let name: &'a std::borrow::Cow<'a, str> = key.get_ref();
            (Entry { value: name.as_ref(), span: key.span() }, value)
        };
        let mut entries: Vec<_> = self.table.iter().map(entry).collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where a key stands; the table's name if it doesn't.
    pub(super) fn key_span(&self, key: &str) -> Range<usize> {
        self.table.get_key_value(key).map_or_else(|| self.head.clone(), |(key, _)| key.span())
    }

    /// A table inside this one.
    pub(super) fn section(&self, key: &str, kind: &'static str, findings: &mut Findings<'_>) -> Option<Self> {
        let (name, value) = self.table.get_key_value(key)?;
        Self::of(name.span(), value, kind, findings)
    }

    /// A value that must be a table.
    pub(super) fn of(
        head: Range<usize>,
        value: &'a Spanned<DeValue<'a>>,
        kind: &'static str,
        findings: &mut Findings<'_>,
    ) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            let title = format!("a table must stand here, not {}", kind_of(value.get_ref()));
            let name = if kind.is_empty() { "tenants.NAME" } else { kind };
            findings.add(&head, title, format!("begin the table with a line [{name}]"));
            return None;
        };
        Some(Self { kind, table, head })
    }

    /// A text; `form` is the way out where it is something else.
    pub(super) fn text(&self, key: &str, form: &str, findings: &mut Findings<'_>) -> Option<Entry<&'a str>> {
        let value = self.table.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            wrong_type(key, "a text in quotes", value, form, findings);
        }
        Some(Entry { value: text?, span: value.span() })
    }

    /// A text that `read` understands; else the problem names the key and ends with `form`.
    pub(super) fn parsed<T>(
        &self,
        key: &str,
        form: &str,
        read: impl Fn(&str) -> Option<T>,
        findings: &mut Findings<'_>,
    ) -> Option<Entry<T>> {
        let text = self.text(key, form, findings)?;
        let value = read(text.value);
        if value.is_none() {
            findings.add(&text.span, format!("invalid value for `{key}`"), form);
        }
        Some(Entry { value: value?, span: text.span })
    }

    /// A list of texts, each of which `read` understands or gets told why not.
    pub(super) fn list<T>(
        &self,
        key: &str,
        form: &str,
        read: impl Fn(&Entry<&str>, &mut Findings<'_>) -> Option<T>,
        findings: &mut Findings<'_>,
    ) -> Option<Vec<T>> {
        let value = self.table.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            wrong_type(key, "a list in brackets", value, form, findings);
            return None;
        };
        let mut list = Vec::new();
        for item in items {
            if let Some(text) = item.get_ref().as_str() {
                list.extend(read(&Entry { value: text, span: item.span() }, findings));
            } else {
                wrong_type(key, "a list of texts in quotes", item, form, findings);
            }
        }
        Some(list)
    }

    pub(super) fn flag(&self, key: &str, findings: &mut Findings<'_>) -> Option<bool> {
        let value = self.table.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            wrong_type(key, "true or false", value, "write true or false, without quotes", findings);
        }
        flag
    }

    /// A whole number from `least` on.
    pub(super) fn whole(&self, key: &str, least: u32, findings: &mut Findings<'_>) -> Option<u32> {
        let value = self.table.get(key)?;
        let form = format!("write a whole number from {least} to {}, without quotes", u32::MAX);
        let DeValue::Integer(integer) = value.get_ref() else {
            wrong_type(key, "a whole number", value, &form, findings);
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| *number >= least);
        if number.is_none() {
            findings.add(&value.span(), format!("`{key}` is out of range"), form);
        }
        number
    }

    /// A number, with or without a fraction.
    pub(super) fn number(
        &self,
        key: &str,
        range: std::ops::RangeInclusive<f64>,
        findings: &mut Findings<'_>,
    ) -> Option<f64> {
        let value = self.table.get(key)?;
        let form = format!("write a number from {} to {}, without quotes", range.start(), range.end());
        let number: f64 = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok()?,
            DeValue::Float(float) => float.as_str().parse().ok()?,
            _ => {
                wrong_type(key, "a number", value, &form, findings);
                return None;
            }
        };
        if !range.contains(&number) {
            findings.add(&value.span(), format!("`{key}` is out of range"), form);
        }
        Some(number)
    }

    pub(super) fn duration(&self, key: &str, findings: &mut Findings<'_>) -> Option<Duration> {
        Some(self.parsed(key, DURATION_FORM, parse_duration, findings)?.value)
    }

    /// A duration, or `Some(None)` for "never".
    #[expect(clippy::option_option, reason = "not given and never are different, and only here")]
    pub(super) fn duration_or_never(&self, key: &str, findings: &mut Findings<'_>) -> Option<Option<Duration>> {
        let form = format!("{DURATION_FORM}; \"never\" turns it off");
        let read = |text: &str| {
            if text == "never" { Some(None) } else { parse_duration(text).map(Some) }
        };
        Some(self.parsed(key, &form, read, findings)?.value)
    }

    /// Points out a key that must be there.
    pub(super) fn require(&self, key: &str, form: &str, findings: &mut Findings<'_>) {
        if !self.has(key) {
            findings.add(&self.head, format!("`{key}` is missing"), form);
        }
    }

    /// Points out the keys that nobody knows, and hides their values: they may be anything.
    pub(super) fn check_keys(&self, findings: &mut Findings<'_>) {
        let known = KEYS.iter().find(|(kind, _)| *kind == self.kind);
        let known = known.map_or(&[] as &[&str], |(_, keys)| keys);
        for (key, value) in self.entries() {
            if known.contains(&key.value) {
                continue;
            }
            mask_value(value, findings);
            let (title, help) = keys::unknown(key.value, known);
            findings.add(&key.span, title, help);
        }
    }
}

fn wrong_type(key: &str, wanted: &str, value: &Spanned<DeValue<'_>>, form: &str, findings: &mut Findings<'_>) {
    let title = format!("`{key}` must be {wanted}, not {}", kind_of(value.get_ref()));
    findings.add(&value.span(), title, form);
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
