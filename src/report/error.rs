//! The errors of reports.

use crate::explain::Known;

/// What went wrong, for people and for programs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ErrorEntry {
    /// A stable code: the service's, or this program's.
    pub code: String,
    /// What failed, and what therefore did not happen.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// The message holds the service's own words, which may name people.
    pub quotes_service: bool,
}

impl ErrorEntry {
    /// What went wrong, in this program's own words; code and way out are the catalogue's.
    pub fn own(known: Known, message: impl Into<String>) -> Self {
        Self::within(known.code, message, known.remedy)
    }

    /// What an error of a part has to say, which tells code and way out.
    pub fn within(code: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), hint: Some(hint.into()), quotes_service: false }
    }

    /// With the way out of this one case.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// As a ledger keeps it.
    pub fn to_json(&self) -> String {
        // Strings and a boolean: nothing in there can fail to become JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As a ledger has kept it; `None` for what is no entry.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What a log may hold of it.
    #[must_use]
    pub fn for_log(&self) -> Self {
        if !self.quotes_service {
            return self.clone();
        }
        let message = "the service's own words are left out here, because they may name people; -o json has them";
        Self { message: message.to_owned(), ..self.clone() }
    }
}
