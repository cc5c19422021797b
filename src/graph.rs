//! Microsoft Graph: one function that sends, and on top of it paging, batches of reads, invitations, and the writes of settings.

pub mod administration;
pub mod batch;
pub mod client;
pub mod error;
mod exchange;
pub mod halt;
pub mod homes;
pub mod invitations;
pub mod mail;
pub mod paging;
pub mod policies;
pub mod reads;
pub mod record;
pub mod reply;
pub mod retry;
pub mod throttle;
pub mod wire;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in a value of a query: RFC 3986's unreserved characters, and what OData reads plainly.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',')
    .remove(b'(')
    .remove(b')')
    .remove(b':');

/// A value for a path segment or a query.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// What a value of a path or a query says.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A string literal of an OData expression: a quote inside is doubled.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
