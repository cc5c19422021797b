//! The traffic log of `--record`: every Graph exchange, without tokens, redeem URLs and people.
//!
//! One JSON object a line: `method`, `url`, `request_headers`, `request_body`, `status`, `response_headers`, `response_body`.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use crate::directory::{MailDomain, ObjectId};

/// Properties whose text is about a person.
const PERSONAL: [&str; 17] = [
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
    "country",
    "employeeType",
    "emailAddress",
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
    /// Starts a log in a file of its own, readable by its owner only; an old log is replaced, and no other file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        // Emptied once it is seen to be an old log: the open file is looked at, which nobody can swap for another.
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ONLY);
        let file = options.open(path)?;
        empty_old_log(&file)?;
        close_to_others(&file)?;
        // A key of this log alone: pseudonyms are stable within it, and can't be looked up in a table.
        let key = hmac::Key::new(hmac::HMAC_SHA256, uuid::Uuid::new_v4().as_bytes());
        Ok(Self { file: Mutex::new(file), key })
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
        let line = format!("{line}\n");
        // At once, so that a run that is cut off leaves whole lines.
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
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
            Value::String(text) => json!(self.mask_text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.mask(item, personal)).collect(),
            Value::Object(fields) => {
                let masked = fields.into_iter().map(|(name, value)| {
                    let value = match name.as_str() {
                        "inviteRedeemUrl" => json!("https://redacted.invalid/"),
                        // An item of a `$batch`; its parts are masked as a whole request's would be.
                        "url" => json!(self.mask_url(value.as_str().unwrap_or_default())),
                        "onPremisesProvisioningErrors" => self.mask_conflicts(value),
                        _ => self.mask(value, personal || PERSONAL.contains(&name.as_str())),
                    };
                    (name, value)
                });
                Value::Object(masked.collect())
            }
            other => other,
        }
    }

    /// The `value` of a conflict is somebody's address; elsewhere `value` holds a page.
    fn mask_conflicts(&self, conflicts: Value) -> Value {
        let Value::Array(items) = conflicts else { return self.mask(conflicts, true) };
        let masked = items.into_iter().map(|mut item| {
            let value = item.get_mut("value").map(Value::take);
            let mut item = self.mask(item, false);
            if let Some(value) = value {
                item["value"] = self.mask(value, true);
            }
            item
        });
        masked.collect()
    }

    /// The same text gives the same pseudonym within one log; an address keeps its domain, which tells why it was chosen.
    fn pseudonym(&self, text: &str) -> String {
        let (prefix, own) = match text.split_at_checked(5) {
            Some((prefix, own)) if prefix.eq_ignore_ascii_case("smtp:") => (prefix, own),
            _ => ("", text),
        };
        if own.is_empty() {
            return text.to_owned();
        }
        // Addresses are compared without case, so that one person has one pseudonym.
        let tag = self.tag(&own.to_ascii_lowercase());
        // What stands after an @ in a name is a part of the name.
        match own.rsplit_once('@').and_then(|(_, domain)| MailDomain::parse(domain)) {
            Some(domain) => format!("{prefix}person-{tag}@{}", domain.as_str()),
            None => format!("{prefix}person-{tag}"),
        }
    }

    fn tag(&self, text: &str) -> String {
        let tag = hmac::sign(&self.key, text.as_bytes());
        // Forty bits tell the people of a tenant apart, and are short enough to be read out.
        tag.as_ref().iter().take(5).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    /// Masks whatever looks like an address, a link or a token inside a longer text.
    fn mask_text(&self, text: &str) -> String {
        if !["@", "%40", "://", "eyJ"].into_iter().any(|sign| text.contains(sign)) {
            return text.to_owned();
        }
        let ends_link = |c: char| c.is_whitespace() || "\"<>".contains(c);
        let pieces = text.split_inclusive(ends_link).map(|piece| match piece.trim_end_matches(ends_link) {
            link if link.contains("://") => format!("{}{}", self.mask_url(link), &piece[link.len()..]),
            _ => piece.split_inclusive(is_boundary).map(|word| self.mask_word(word)).collect(),
        });
        pieces.collect()
    }

    fn mask_word(&self, piece: &str) -> String {
        let word = piece.trim_end_matches(|c| is_boundary(c) || ".:!?".contains(c));
        let masked = match super::decode(word) {
            // How every JSON object in base64 begins, and so every JWT.
            _ if word.contains("eyJ") => "[token]".to_owned(),
            text if text.contains('@') && !text.starts_with('@') => self.pseudonym(&text),
            _ => word.to_owned(),
        };
        format!("{masked}{}", &piece[word.len()..])
    }

    /// Masks the addresses of a URL's path and the values of its query; what OData asks for stays.
    ///
    /// A page token stays the same within one log, but no more than that: Graph's hold the name of the last person.
    fn mask_url(&self, url: &str) -> String {
        let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
        let path = path.split('/').map(|segment| match super::decode(segment) {
            text if text.contains('@') => super::encode(&self.pseudonym(&text)),
            _ => segment.to_owned(),
        });
        let path = path.collect::<Vec<_>>().join("/");
        let Some(query) = query else { return path };
        let parts = query.split('&').map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = super::decode(name);
            let value = self.mask_parameter(&name, value);
            format!("{name}={value}")
        });
        format!("{path}?{}", parts.collect::<Vec<_>>().join("&"))
    }

    fn mask_parameter(&self, name: &str, value: &str) -> String {
        match name.to_ascii_lowercase().as_str() {
            "$filter" => super::encode(&self.mask_literals(&super::decode(value))),
            "$skiptoken" => self.tag(value),
            _ if name.starts_with('$') || ObjectId::parse(value).is_some() => value.to_owned(),
            _ => "redacted".to_owned(),
        }
    }

    /// Masks the quoted literals of a filter but for ids.
    fn mask_literals(&self, filter: &str) -> String {
        let doubled = filter.replace("''", "\u{0}");
        let parts = doubled.split('\'').enumerate().map(|(index, part)| match part.replace('\u{0}', "'") {
            literal if index % 2 == 1 && ObjectId::parse(&literal).is_none() => {
                self.pseudonym(&literal).replace('\'', "''")
            }
            other => other.replace('\'', "''"),
        });
        parts.collect::<Vec<_>>().join("'")
    }
}

/// How every line of a log begins: `add` writes the keys in the order of the alphabet.
const BEGINNING: &[u8] = b"{\"method\":";

/// Empties an old log; any other file is left as it is, also a report in JSON. Devices and pipes hold nothing that could
/// be lost.
fn empty_old_log(mut file: &File) -> io::Result<()> {
    let found = file.metadata()?;
    if !found.is_file() || found.len() == 0 {
        return Ok(());
    }
    let mut first = Vec::with_capacity(BEGINNING.len());
    file.take(BEGINNING.len() as u64).read_to_end(&mut first)?;
    if first != BEGINNING {
        let why = "it is another file than a traffic log, and was left as it is";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    file.rewind()?;
    file.set_len(0)
}

/// What ends a word in a message.
fn is_boundary(c: char) -> bool {
    c.is_whitespace() || "'\"<>()[],;".contains(c)
}

/// The mode of a log: only its owner reads it.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

/// An old file keeps its mode when it is opened. What is no file (`/dev/null`) is everybody's.
#[cfg(unix)]
fn close_to_others(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if file.metadata()?.is_file() {
        file.set_permissions(std::fs::Permissions::from_mode(OWNER_ONLY))?;
    }
    Ok(())
}

/// A file of a folder inherits its access list.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn close_to_others(_: &File) -> io::Result<()> {
    Ok(())
}
