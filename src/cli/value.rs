//! Values of flags: what each accepts, and what it says otherwise.

use std::time::Duration;

use clap::builder::{BoolishValueParser, TypedValueParser as _, ValueParser};
use uuid::Uuid;

use crate::cloud::{CloudName, UnknownCloud};
use crate::config::{self, AuthMethod, Since};
use crate::directory::{Attribute, MailDomain, ObjectId, TenantId};
use crate::schedule::Every;

/// A flag without a value; its variable may say 1, true, yes, on, or 0, false, no, off.
pub(super) fn switch() -> ValueParser {
    BoolishValueParser::new().map(|on| on).into()
}

/// `--cloud`.
pub(super) fn cloud(text: &str) -> Result<CloudName, UnknownCloud> {
    CloudName::parse(text)
}

/// `--tenant-id`.
pub(super) fn tenant_id(text: &str) -> Result<TenantId, &'static str> {
    TenantId::parse(text).ok_or(GUID_FORM)
}

/// `--client-id`.
pub(super) fn client_id(text: &str) -> Result<String, &'static str> {
    let id = TenantId::parse(text).ok_or(GUID_FORM)?;
    Ok(id.to_string())
}

/// `--principal`.
pub(super) fn object_id(text: &str) -> Result<ObjectId, &'static str> {
    ObjectId::parse(text).ok_or(GUID_FORM)
}

/// `--upn-to`.
pub(super) fn extension_attribute(text: &str) -> Result<Attribute, &'static str> {
    let attribute = Attribute::from_name(text).filter(|attribute| matches!(attribute, Attribute::Extension(_)));
    attribute.ok_or("not one of extensionAttribute1 to extensionAttribute15")
}

const GUID_FORM: &str = "not a GUID such as 11111111-2222-3333-4444-555555555555";

/// `RUN_ID`.
pub(super) fn run_id(text: &str) -> Result<Uuid, &'static str> {
    Uuid::parse_str(text.trim()).map_err(|_| "not the id of a run: `xcsync history` lists them")
}

/// `--domain`.
pub(super) fn domain(text: &str) -> Result<MailDomain, &'static str> {
    let form =
        if text.contains('@') { "a domain is the part after the @" } else { "not a mail domain such as contoso.com" };
    MailDomain::parse(text).ok_or(form)
}

/// `--auth`.
pub(super) fn method(text: &str) -> Result<AuthMethod, String> {
    AuthMethod::parse(text).map_err(|problem| problem.to_string())
}

/// `--since`.
pub(super) fn since(text: &str) -> Result<Since, String> {
    config::parse_since(text)
}

/// `--max-age`.
pub(super) fn age(text: &str) -> Result<Duration, &'static str> {
    config::parse_duration(text).ok_or("not an age such as 90m, 26h or 7d")
}

/// `--every`.
pub(super) fn every(text: &str) -> Result<Every, &'static str> {
    let every = config::parse_duration(text).and_then(Every::of);
    every.ok_or("not a time between runs: whole minutes, hours or days up to 31d, such as 30m, 6h or 1d")
}

/// `--max-invitations`.
pub(super) fn positive(text: &str) -> Result<u32, &'static str> {
    let number = text.parse().ok().filter(|n| *n > 0);
    number.ok_or("not a whole number from 1 to 4294967295")
}

/// `--user`.
pub(super) fn filled(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let right = !text.is_empty() && !text.contains(char::is_control);
    right.then(|| text.to_owned()).ok_or("empty, or with control characters")
}

/// `--expect-plan`.
pub(super) fn digest(text: &str) -> Result<String, &'static str> {
    let text = text.to_ascii_lowercase();
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    let right = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    right.then_some(text).ok_or("not a digest: `sha256:` and 64 hexadecimal digits, as a dry run prints it")
}
