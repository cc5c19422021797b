//! The traffic log of `--record`: every Graph exchange, without tokens, redeem URLs and people.
//!
//! One JSON object a line: `method`, `url`, `request_headers`, `request_body`, `status`, `response_headers`, `response_body`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac;
use serde_json::{Value, json};

/// Properties whose text is about a person.
const PERSONAL: [&str; 14] = [
    "displayName",
    "mail",
    "userPrincipalName",
    "onPremisesUserPrincipalName",
    "proxyAddresses",
    "otherMails",
    "invitedUserEmailAddress",
    "invitedUserDisplayName",
    "givenName",
    "surname",
    "jobTitle",
    "companyName",
    "department",
    "onPremisesExtensionAttributes",
];

/// Longer bodies are left out; a page of 999 people is about a megabyte.
const LONGEST_BODY: usize = 8 << 20;

/// An open traffic log.
pub struct Recorder {
    file: Mutex<File>,
    key: hmac::Key,
}

/// One exchange, for the log.
pub struct Exchange<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// The `client-request-id` that was sent.
    pub client_request_id: &'a str,
    /// The request's body.
    pub request_body: Option<&'a Value>,
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// Headers worth keeping.
    pub response_headers: Vec<(&'static str, String)>,
    /// The answer's body.
    pub response_body: &'a [u8],
}

impl Recorder {
    /// Starts a log in a file of its own, readable by its owner only; an old one is replaced.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // A key of this log alone: pseudonyms are stable within it, and can't be looked up in a table.
        let key = hmac::Key::new(hmac::HMAC_SHA256, uuid::Uuid::new_v4().as_bytes());
        Ok(Self { file: Mutex::new(options.open(path)?), key })
    }

    /// Adds an exchange. A full disk must not stop a run that has begun to send, so that the failure is only returned.
    pub fn add(&self, exchange: &Exchange<'_>) -> io::Result<()> {
        let headers: serde_json::Map<_, _> =
            exchange.response_headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let mut sent = json!({"authorization": "Bearer REDACTED", "client-request-id": exchange.client_request_id});
        if exchange.request_body.is_some() {
            sent["content-type"] = json!("application/json");
        }
        let line = json!({
            "method": exchange.method,
            "url": self.mask_url(exchange.url),
            "request_headers": sent,
            "request_body": exchange.request_body.cloned().map(|body| self.mask(body, false)),
            "status": exchange.status,
            "response_headers": headers,
            "response_body": self.body(exchange.response_body),
        });
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{line}")
    }

    fn body(&self, bytes: &[u8]) -> Value {
        if bytes.is_empty() {
            return Value::Null;
        }
        if bytes.len() > LONGEST_BODY {
            return json!(format!("({} bytes left out)", bytes.len()));
        }
        match serde_json::from_slice(bytes) {
            Ok(body) => self.mask(body, false),
            Err(_) => json!(format!("({} bytes that are not JSON left out)", bytes.len())),
        }
    }

    fn mask(&self, value: Value, personal: bool) -> Value {
        match value {
            Value::String(text) if personal => json!(self.pseudonym(&text)),
            Value::String(text) => json!(self.mask_addresses(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.mask(item, personal)).collect(),
            Value::Object(fields) => {
                let masked = fields.into_iter().map(|(name, value)| {
                    let value = match name.as_str() {
                        "inviteRedeemUrl" => json!("https://redacted.invalid/"),
                        // An item of a `$batch`; its parts are masked as a whole request's would be.
                        "url" => json!(self.mask_url(value.as_str().unwrap_or_default())),
                        _ => self.mask(value, personal || PERSONAL.contains(&name.as_str())),
                    };
                    (name, value)
                });
                Value::Object(masked.collect())
            }
            other => other,
        }
    }

    /// The same text gives the same pseudonym within one log; an address keeps its domain, which tells why it was chosen.
    fn pseudonym(&self, text: &str) -> String {
        let tag = hmac::sign(&self.key, text.to_ascii_lowercase().as_bytes());
        let tag = tag.as_ref().iter().take(5).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let prefix = if text.len() > 5 && text[..5].eq_ignore_ascii_case("smtp:") { &text[..5] } else { "" };
        match text.rsplit_once('@') {
            Some((_, domain)) => format!("{prefix}person-{tag}@{domain}"),
            None if text.is_empty() => String::new(),
            None => format!("person-{tag}"),
        }
    }

    /// Masks whatever looks like an address inside a longer text.
    fn mask_addresses(&self, text: &str) -> String {
        if !text.contains('@') || text.starts_with("http") && !text.contains("%40") {
            return text.to_owned();
        }
        let boundary = |c: char| c.is_whitespace() || "'\"<>(),;".contains(c);
        let pieces = text.split_inclusive(boundary).map(|piece| {
            let word = piece.trim_end_matches(boundary);
            if word.contains('@') && !word.starts_with('@') {
                format!("{}{}", self.pseudonym(word), &piece[word.len()..])
            } else {
                piece.to_owned()
            }
        });
        pieces.collect()
    }

    /// Masks the quoted literals of a URL's `$filter` and an address in its path; an opaque `$skiptoken` stays.
    fn mask_url(&self, url: &str) -> String {
        let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
        let path = path.split('/').map(|segment| match super::decode(segment) {
            text if text.contains('@') => super::encode(&self.pseudonym(&text)),
            _ => segment.to_owned(),
        });
        let path = path.collect::<Vec<_>>().join("/");
        let Some(query) = query else { return path };
        let parts = query.split('&').map(|part| match part.split_once('=') {
            Some(("$filter", filter)) => {
                format!("$filter={}", super::encode(&self.mask_literals(&super::decode(filter))))
            }
            _ => part.to_owned(),
        });
        format!("{path}?{}", parts.collect::<Vec<_>>().join("&"))
    }

    fn mask_literals(&self, filter: &str) -> String {
        let doubled = filter.replace("''", "\u{0}");
        let parts = doubled.split('\'').enumerate().map(|(index, part)| match index % 2 {
            1 if part.contains('@') => self.pseudonym(&part.replace('\u{0}', "'")).replace('\'', "''"),
            _ => part.replace('\u{0}', "''"),
        });
        parts.collect::<Vec<_>>().join("'")
    }
}
