//! `[tenants.NAME.invite]`.

use std::ops::Range;

use reqwest::Url;

use super::address_source;
use crate::cloud::Endpoints;
use crate::config::findings::Findings;
use crate::config::section::{Entry, Section};
use crate::config::{AddressSource, InviteSettings, nearest};
use crate::directory::{Attribute, MailDomain, ObjectId, TenantId};
use crate::harmless::harmless_line;

/// The table without what only the whole tenant can tell.
pub(super) struct Draft {
    pub(super) home: Option<Entry<String>>,
    /// Where `address = "home-upn"` stands.
    pub(super) asks_home: Option<Range<usize>>,
    redirect_url: Option<String>,
    settings: InviteSettings,
}

impl Draft {
    /// Adds the default of `redirect_url`; `None` where there is no domain.
    pub(super) fn finish(self, endpoints: &Endpoints, tenant: TenantId) -> Option<InviteSettings> {
        let redirect_url = self.redirect_url.unwrap_or_else(|| endpoints.redirect_for(tenant));
        let settings = InviteSettings { redirect_url, ..self.settings };
        (!settings.domains.is_empty()).then_some(settings)
    }
}

pub(super) fn settings(section: &Section<'_>, findings: &mut Findings<'_>) -> Draft {
    section.check_keys(findings);
    let home = section.parsed(
        "home",
        "write the name of another [tenants.NAME] table",
        |text| Some(text.to_owned()),
        findings,
    );
    let address = section.parsed("address", ADDRESS_FORM, address_source, findings);
    let asks = address.as_ref().filter(|address| address.value == AddressSource::HomeUpn);
    let default = times(section, switches(section, InviteSettings::defaults(), findings), findings);
    let settings = InviteSettings {
        domains: domains(section, findings),
        home: home.as_ref().map(|home| home.value.clone()),
        address: address.as_ref().map_or(default.address, |address| address.value),
        message_language: language(section, findings).unwrap_or_else(|| default.message_language.clone()),
        exclude: section.list("exclude", EXCLUDE_FORM, excluded, findings).unwrap_or_default(),
        conditions: conditions(section, findings),
        ..default
    };
    Draft {
        asks_home: asks.map(|address| address.span.clone()),
        home,
        redirect_url: redirect_url(section, findings),
        settings,
    }
}

/// The keys that are true or false.
fn switches(section: &Section<'_>, default: InviteSettings, findings: &mut Findings<'_>) -> InviteSettings {
    let mut flag = |key, default| section.flag(key, findings).unwrap_or(default);
    InviteSettings {
        include_subdomains: flag("include_subdomains", default.include_subdomains),
        accept_mail_as_login: flag("accept_mail_as_login", default.accept_mail_as_login),
        require_synced: flag("require_synced", default.require_synced),
        send_message: flag("send_message", default.send_message),
        ..default
    }
}

/// The keys that say when and how often.
fn times(section: &Section<'_>, default: InviteSettings, findings: &mut Findings<'_>) -> InviteSettings {
    let sweep_every = section.duration_or_never("sweep_every", findings);
    let remind_after = section.duration_or_never("remind_after", findings);
    let max_reminders = section.whole("max_reminders", 0, findings);
    let mut duration = |key, default| section.duration(key, findings).unwrap_or(default);
    InviteSettings {
        lookback: duration("lookback", default.lookback),
        overlap: duration("overlap", default.overlap),
        sweep_every: sweep_every.unwrap_or(default.sweep_every),
        remind_after: remind_after.unwrap_or(default.remind_after),
        max_reminders: max_reminders.unwrap_or(default.max_reminders),
        ..default
    }
}

const ADDRESS_FORM: &str =
    "write one of \"mail\", \"on-prem-upn\", \"home-upn\", \"extensionAttribute1\" to \"extensionAttribute15\"";
const DOMAINS_FORM: &str = "write the mail domains of the home side: domains = [\"contoso.com\"]";
const EXCLUDE_FORM: &str = "write mail addresses, UPNs or object ids: exclude = [\"ann@contoso.com\"]";
const REDIRECT_FORM: &str = "write an address that begins with https://";
const CONDITION_FORM: &str = "write a list of the values that count: department = [\"Sales\", \"Support\"]";

fn domains(section: &Section<'_>, findings: &mut Findings<'_>) -> Vec<MailDomain> {
    section.require("domains", DOMAINS_FORM, findings);
    let domains = section.list("domains", DOMAINS_FORM, domain, findings);
    let found = domains.unwrap_or_default();
    if is_empty_list(section, "domains") {
        findings.add(&section.key_span("domains"), "`domains` is empty: nobody would be found", DOMAINS_FORM);
    }
    found
}

fn is_empty_list(section: &Section<'_>, key: &str) -> bool {
    let entries = section.entries();
    let list = entries.iter().find(|(name, _)| name.value == key).and_then(|(_, value)| value.get_ref().as_array());
    list.is_some_and(|list| list.is_empty())
}

fn domain(text: &Entry<&str>, findings: &mut Findings<'_>) -> Option<MailDomain> {
    let parsed = MailDomain::parse(text.value);
    if parsed.is_none() {
        let help = match text.value.rsplit_once('@') {
            Some((_, domain)) if MailDomain::parse(domain).is_some() => {
                format!("write the part after the @: \"{domain}\"")
            }
            Some(_) => "write the part after the @".to_owned(),
            None if text.value.starts_with("*.") => "write the domain itself, and include_subdomains = true".to_owned(),
            None => "write a domain such as \"contoso.com\"".to_owned(),
        };
        findings.add(&text.span, "no mail domain", help);
    }
    parsed
}

/// A language tag as RFC 5646 writes the common ones; Graph's default is `en-US`.
fn language(section: &Section<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let plausible = |text: &str| {
        let mut parts = text.split('-');
        let language = parts.next().unwrap_or_default();
        let part = |p: &str| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
        (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic()) && parts.all(part)
    };
    let read = |text: &str| plausible(text).then(|| text.to_owned());
    let tag = section.parsed("message_language", "write a language tag such as \"en-US\"", read, findings);
    tag.map(|tag| tag.value)
}

fn redirect_url(section: &Section<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let text = section.text("redirect_url", REDIRECT_FORM, findings)?;
    if text.value.contains('@') {
        // A password may stand before it.
        findings.mask(text.span);
    }
    section.parsed("redirect_url", REDIRECT_FORM, redirect, findings).map(|url| url.value)
}

fn redirect(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let right =
        plain && url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none();
    right.then(|| text.to_owned())
}

fn excluded(text: &Entry<&str>, findings: &mut Findings<'_>) -> Option<String> {
    let entry = text.value.trim();
    let name =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
    let is_name = entry.split_once('@').is_some_and(|(local, domain)| name(local) && name(domain));
    if is_name || ObjectId::parse(entry).is_some() {
        return Some(entry.to_lowercase());
    }
    findings.add(&text.span, "neither a mail address, nor a UPN, nor an object id", EXCLUDE_FORM);
    None
}

fn conditions(section: &Section<'_>, findings: &mut Findings<'_>) -> Vec<(Attribute, Vec<String>)> {
    let Some(table) = section.section("where", "tenants.NAME.invite.where", findings) else {
        return Vec::new();
    };
    let mut conditions = Vec::new();
    for (key, _) in table.entries() {
        let values = table.list(key.value, CONDITION_FORM, condition_value, findings);
        let Some(attribute) = Attribute::from_name(key.value) else {
            let (title, help) = unknown_attribute(key.value);
            findings.add(&key.span, title, help);
            continue;
        };
        if is_empty_list(&table, key.value) {
            findings.add(&key.span, format!("`{}` has no values: nobody would be found", key.value), CONDITION_FORM);
        }
        conditions.push((attribute, values.unwrap_or_default()));
    }
    conditions
}

fn condition_value(text: &Entry<&str>, findings: &mut Findings<'_>) -> Option<String> {
    let value = text.value.trim();
    if value.is_empty() {
        findings.add(&text.span, "an empty value", CONDITION_FORM);
    }
    (!value.is_empty()).then(|| value.to_lowercase())
}

fn unknown_attribute(key: &str) -> (String, String) {
    let mut names =
        vec!["companyName", "country", "department", "employeeType", "jobTitle", "onPremisesDomainName", "userType"];
    let known = format!("known are {}, extensionAttribute1 to extensionAttribute15", names.join(", "));
    names.push("extensionAttribute1");
    let help = nearest(key, names).map_or(known, |near| format!("did you mean `{near}`?"));
    (format!("unknown attribute `{}`", harmless_line(key)), help)
}
