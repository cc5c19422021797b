//! A request as it came in, and its query.

use std::collections::BTreeMap;

use bytes::Bytes;
use percent_encoding::percent_decode_str;

use super::answer::Failure;
use super::schema::{Property, Schema};

/// A whole request.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    /// The method.
    pub(super) method: String,
    /// The path, still encoded.
    pub(super) path: String,
    /// The query without its question mark, still encoded.
    pub(super) query: String,
    /// The headers by lower-case name.
    pub(super) headers: BTreeMap<String, String>,
    /// The body.
    pub(super) body: Bytes,
}

impl Request {
    /// A header's value by its lower-case name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The path and the query, still encoded.
    pub(super) fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// The path and the query, decoded, for faults to match.
    pub(super) fn readable(&self) -> String {
        percent_decode_str(&self.target()).decode_utf8_lossy().into_owned()
    }

    /// The decoded segments of the path; `users('x')` counts as `users/x`.
    pub(super) fn segments(&self) -> Vec<String> {
        let mut segments = Vec::new();
        for raw in self.path.split('/').filter(|raw| !raw.is_empty()) {
            let segment = percent_decode_str(raw).decode_utf8_lossy();
            match segment.strip_suffix("')").and_then(|open| open.split_once("('")) {
                Some((set, key)) => segments.extend([set.to_owned(), key.replace("''", "'")]),
                None => segments.push(segment.into_owned()),
            }
        }
        segments
    }

    /// The decoded parameters, in order. A plus is a blank, as in every form encoding.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        form(&self.query)
    }

    /// A decoded parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters()
            .into_iter()
            .find_map(|(found, value)| (found == name).then_some(value))
    }

    /// Whether the index answers: `ConsistencyLevel: eventual` and `$count=true`.
    pub(super) fn is_advanced(&self) -> bool {
        let eventual = self
            .header("consistencylevel")
            .is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
        eventual && self.parameter("$count").as_deref() == Some("true")
    }

    /// Refuses query options that are not among these.
    pub(super) fn allow_options(&self, allowed: &[&str]) -> Result<(), Failure> {
        for (name, value) in self.parameters() {
            if !allowed.contains(&name.as_str()) {
                return Err(Failure::bad_request(&format!(
                    "The query parameter '{name}' is not supported."
                )));
            }
            if value.is_empty() {
                return Err(Failure::bad_request(&format!("The value of '{name}' is empty.")));
            }
        }
        Ok(())
    }

    /// The properties to return; the id always comes along.
    pub(super) fn columns<T>(&self, schema: &'static Schema<T>) -> Result<Vec<&'static Property<T>>, Failure> {
        let selected = self.parameter("$select");
        let names: Vec<&str> = match &selected {
            Some(names) => names.split(',').map(str::trim).collect(),
            None => schema.unselected.to_vec(),
        };
        let column = |name: &&str| {
            schema.property(name).ok_or_else(|| {
                Failure::bad_request(&format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{}'.",
                    schema.type_name
                ))
            })
        };
        let mut columns = names.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        if !columns.iter().any(|column| column.name == "id") {
            columns.extend(schema.property("id"));
        }
        Ok(columns)
    }
}

/// The decoded pairs of a query or a form.
pub(super) fn form(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        percent_decode_str(&part.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}
