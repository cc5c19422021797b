//! How an entity's properties are named, read, filtered and written.

use std::io::Write;

use chrono::{DateTime, SecondsFormat, Utc};

/// A property's value as it stands in an answer.
pub(super) enum Value<'a> {
    /// JSON `null`.
    Null,
    /// A string.
    Text(&'a str),
    /// A string that had to be built.
    Built(String),
    /// A boolean.
    Bool(bool),
    /// `Edm.DateTimeOffset`.
    Time(DateTime<Utc>),
    /// A collection of strings.
    Texts(&'a [String]),
    /// JSON text that is always the same, for the many rows that have nothing there.
    Raw(&'static str),
    /// A complex value; no filter reads it.
    Json(serde_json::Value),
}

impl<'a> Value<'a> {
    /// A string or `null`.
    pub(super) fn text(value: Option<&'a String>) -> Self {
        value.map_or(Self::Null, |text| Self::Text(text))
    }

    /// An instant or `null`.
    pub(super) fn time(value: Option<DateTime<Utc>>) -> Self {
        value.map_or(Self::Null, Self::Time)
    }

    /// A boolean or `null`.
    pub(super) fn bool(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }

    /// The string, where it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Built(text) => Some(text),
            _ => None,
        }
    }

    /// Appends it as JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let written = match self {
            Self::Null => out.write_all(b"null"),
            Self::Raw(text) => out.write_all(text.as_bytes()),
            Self::Text(text) => return write_json(out, text),
            Self::Built(text) => return write_json(out, text),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Time(at) => write!(out, "\"{}\"", stamp(*at)),
            Self::Texts(texts) => return write_json(out, texts),
            Self::Json(value) => return write_json(out, value),
        };
        written.expect("writing to memory does not fail");
    }
}

fn write_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("strings, lists and JSON values serialize");
}

/// An instant as Graph writes it: UTC, whole seconds.
pub(super) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What `$filter` may do with a property, after the table on
/// <https://learn.microsoft.com/en-us/graph/aad-advanced-queries>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filterable {
    /// eq, ge, le, in, startsWith; ne, not and endsWith with the advanced parameters.
    Text,
    /// eq, in; ne and not with the advanced parameters.
    Bool,
    /// eq, ge, le; ne, not and in with the advanced parameters.
    Time,
    /// any(…) over strings.
    Texts,
    /// eq, ne, not, in, all of them with the advanced parameters only.
    Advanced,
    /// Not at all.
    No,
}

/// One property of an entity type.
pub(super) struct Property<T> {
    /// Its name in Graph.
    pub(super) name: &'static str,
    /// What `$filter` may do with it.
    pub(super) filterable: Filterable,
    /// Whether look-ups by equal text are answered from an index.
    pub(super) indexed: bool,
    /// Reads it as it is visible at an instant.
    pub(super) get: for<'a> fn(&'a T, DateTime<Utc>) -> Value<'a>,
}

/// An entity type.
pub(super) struct Schema<T: 'static> {
    /// As error messages name it: `microsoft.graph.user`.
    pub(super) type_name: &'static str,
    /// As refusals of a filter name it: `User`.
    pub(super) resource: &'static str,
    /// As contexts name it: `users`.
    pub(super) set: &'static str,
    /// All properties.
    pub(super) properties: &'static [Property<T>],
    /// What is returned without `$select`.
    pub(super) unselected: &'static [&'static str],
}

impl<T> Schema<T> {
    /// The property of this name.
    pub(super) fn property(&self, name: &str) -> Option<&'static Property<T>> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// Appends one entity with the given columns as a JSON object, `before` in front of its properties.
    pub(super) fn write_row(columns: &[&Property<T>], row: &T, now: DateTime<Utc>, before: &str, out: &mut Vec<u8>) {
        out.push(b'{');
        out.extend_from_slice(before.as_bytes());
        for (position, column) in columns.iter().enumerate() {
            if position > 0 || !before.is_empty() {
                out.push(b',');
            }
            out.push(b'"');
            out.extend_from_slice(column.name.as_bytes());
            out.extend_from_slice(b"\":");
            (column.get)(row, now).write(out);
        }
        out.push(b'}');
    }
}
