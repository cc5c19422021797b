//! The log of all Graph exchanges, in the form that the contract's checker reads.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::answer::Answer;
use super::request::Request;
use super::state::State;

/// One exchange, complete.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// When the request was done, in emulated time.
    pub at: DateTime<Utc>,
    /// The method.
    pub method: String,
    /// The absolute address.
    pub url: String,
    /// The request's headers by lower-case name, without the token.
    pub request_headers: BTreeMap<String, String>,
    /// The request's body; a string where it is no JSON.
    pub request_body: Option<Value>,
    /// The status; none where no answer was given.
    pub status: Option<u16>,
    /// The answer's headers by lower-case name.
    pub response_headers: BTreeMap<String, String>,
    /// The answer's body; a string where it is no JSON.
    pub response_body: Option<Value>,
    /// Whether a fault changed the answer, so that it proves nothing about the emulator.
    pub fault: bool,
    /// The application permissions of the token.
    pub roles: Vec<String>,
}

/// An exchange as it is kept: bodies are read when somebody looks.
#[derive(Clone)]
pub(super) struct Entry {
    at: DateTime<Utc>,
    url: String,
    request: Request,
    answer: Option<Answer>,
    fault: bool,
    roles: Vec<String>,
}

impl Entry {
    pub(super) fn exchange(&self) -> Exchange {
        let mut request_headers = self.request.headers.clone();
        if let Some(authorization) = request_headers.get_mut("authorization") {
            "Bearer [redacted]".clone_into(authorization);
        }
        let headers = self.answer.iter().flat_map(|answer| &answer.headers);
        Exchange {
            at: self.at,
            method: self.request.method.clone(),
            url: self.url.clone(),
            request_headers,
            request_body: readable(&self.request.body),
            status: self.answer.as_ref().map(|answer| answer.status),
            response_headers: headers.map(|(name, value)| (name.to_lowercase(), value.clone())).collect(),
            response_body: self.answer.as_ref().and_then(|answer| readable(&answer.body)),
            fault: self.fault,
            roles: self.roles.clone(),
        }
    }
}

fn readable(body: &Bytes) -> Option<Value> {
    let text = || Value::String(String::from_utf8_lossy(body).into_owned());
    (!body.is_empty()).then(|| serde_json::from_slice(body).unwrap_or_else(|_| text()))
}

impl State {
    /// Keeps an exchange.
    pub(super) fn keep(&mut self, request: &Request, answer: Option<&Answer>, fault: bool, roles: Vec<String>) {
        let mut entry = Entry {
            at: self.now(),
            url: format!("{}{}", self.public_root, request.target()),
            request: request.clone(),
            answer: answer.cloned(),
            fault,
            roles,
        };
        if !self.tenant.keep_bodies {
            entry.request.body = Bytes::new();
            entry.answer.iter_mut().for_each(|answer| answer.body = Bytes::new());
        }
        self.log.push(entry);
    }
}

/// Writes two files with one unique name: whole exchanges, and the requests of those that a fault has changed.
///
/// Checked together, in this order, the second finds the nextLinks that the first handed out.
pub(super) fn write(log: &[Exchange], dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let name = Uuid::now_v7();
    let mut full = Vec::new();
    let mut requests = Vec::new();
    for exchange in log {
        if exchange.fault {
            let request =
                Exchange { status: None, response_headers: BTreeMap::new(), response_body: None, ..exchange.clone() };
            line(&mut requests, &request)?;
        } else {
            line(&mut full, exchange)?;
        }
    }
    for (kind, lines) in [("full", full), ("requests", requests)] {
        if !lines.is_empty() {
            std::fs::write(dir.join(format!("{name}.{kind}.jsonl")), lines)?;
        }
    }
    Ok(())
}

fn line(out: &mut Vec<u8>, exchange: &Exchange) -> io::Result<()> {
    serde_json::to_writer(&mut *out, exchange)?;
    out.write_all(b"\n")
}
