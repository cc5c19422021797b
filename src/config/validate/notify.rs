//! `[notify]`. No message here repeats an address: a webhook's is a secret, a person's is nobody's business.

use std::path::{Path, PathBuf};

use super::auth::variable;
use super::path;
use crate::config::findings::Findings;
use crate::config::references::Reference;
use crate::config::section::{Entry, Section};
use crate::config::{Mail, Notify, NotifyOn, SecretSource, SmtpServer, SmtpTls, Via, Webhook, WebhookFormat};
use crate::directory::Personal;

/// What is not given is not told.
pub(super) fn settings(
    section: &Section<'_>,
    folder: &Path,
    references: &mut Vec<Reference>,
    findings: &mut Findings<'_>,
) -> Notify {
    section.check_keys(findings);
    let on = word(section, "on", &NotifyOn::ALL, NotifyOn::name, findings);
    let smtp = section.section("smtp", "notify.smtp", findings);
    let server = smtp.map(|smtp| server(&smtp, folder, references, findings));
    let mail = section.section("mail", "notify.mail", findings).and_then(|mail| self::mail(&mail, server, findings));
    let webhook = section.section("webhook", "notify.webhook", findings).and_then(|webhook| {
        let url = url(&webhook, folder, references, findings);
        let format = word(&webhook, "format", &WebhookFormat::ALL, WebhookFormat::name, findings);
        Some(Webhook { url: url?, format: format.unwrap_or_default() })
    });
    let heartbeat = section.section("heartbeat", "notify.heartbeat", findings);
    let heartbeat = heartbeat.and_then(|heartbeat| url(&heartbeat, folder, references, findings));
    Notify { on: on.unwrap_or_default(), mail, webhook, heartbeat }
}

/// One of a few words.
fn word<T: Copy>(
    section: &Section<'_>,
    key: &str,
    all: &[T],
    name: fn(T) -> &'static str,
    findings: &mut Findings<'_>,
) -> Option<T> {
    let known: Vec<_> = all.iter().map(|one| format!("\"{}\"", name(*one))).collect();
    let form = format!("write one of {}", known.join(", "));
    let found = |text: &str| all.iter().copied().find(|one| name(*one) == text);
    Some(section.parsed(key, &form, found, findings)?.value)
}

const ADDRESS_FORM: &str = "write a mail address such as \"identity-team@contoso.us\"";

/// `server` is `None` without `[notify.smtp]`, and holds `None` where that could not be understood.
#[expect(clippy::option_option, reason = "missing and wrong differ, and only here")]
fn mail(section: &Section<'_>, server: Option<Option<SmtpServer>>, findings: &mut Findings<'_>) -> Option<Mail> {
    section.check_keys(findings);
    let via = word(section, "via", &["graph", "smtp"], |name| name, findings);
    let via = match (via.or((!section.has("via")).then_some("graph"))?, server) {
        ("smtp", Some(server)) => server.map(Via::Smtp),
        ("smtp", None) => {
            let help = "add a table [notify.smtp] with host";
            findings.add(&section.key_span("via"), "via = \"smtp\" needs a server", help);
            None
        }
        (_, Some(_)) => {
            let help = "write via = \"smtp\" in [notify.mail], or leave [notify.smtp] out";
            findings.add(&section.head, "[notify.smtp] is configured, and mail goes by Graph", help);
            None
        }
        _ => Some(Via::Graph),
    };
    section.require("from", ADDRESS_FORM, findings);
    let from = section.parsed("from", ADDRESS_FORM, address, findings).map(|entry| entry.value);
    let to = recipients(section, "to", findings);
    let problems_to = recipients(section, "problems_to", findings);
    if !section.has("to") && !section.has("problems_to") {
        findings.add(
            &section.head,
            "nobody is to get this mail",
            "add `to` or `problems_to`, a list of mail addresses",
        );
    }
    Some(Mail { via: via?, from: from?, to, problems_to })
}

fn recipients(section: &Section<'_>, key: &str, findings: &mut Findings<'_>) -> Vec<Personal> {
    let read = |entry: &Entry<&str>, findings: &mut Findings<'_>| {
        let address = address(entry.value);
        if address.is_none() {
            findings.add(&entry.span, format!("`{key}` holds what is no mail address"), ADDRESS_FORM);
        }
        address
    };
    section.list(key, "write a list: [\"identity-team@contoso.us\"]", read, findings).unwrap_or_default()
}

/// The plain form of an address, without quotes, comments and routes (RFC 5321 section 4.1.2): nothing in it can end a
/// header or a command.
fn address(text: &str) -> Option<Personal> {
    let (local, domain) = text.split_once('@')?;
    let plain = |part: &str, more: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        !part.is_empty()
            && part.chars().all(fits)
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
    };
    let right = plain(local, "!#$%&'*+-/=?^_`{|}~.") && plain(domain, "-.") && text.len() <= 254 && local.len() <= 64;
    right.then(|| Personal::new(text))
}

fn server(
    section: &Section<'_>,
    folder: &Path,
    references: &mut Vec<Reference>,
    findings: &mut Findings<'_>,
) -> Option<SmtpServer> {
    const HOST: &str = "write the server's name, such as \"smtp.contoso.us\"";
    section.check_keys(findings);
    section.require("host", HOST, findings);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.:".contains(c);
    let name = |text: &str| (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned());
    let host = section.parsed("host", HOST, name, findings);
    let tls = word(section, "tls", &SmtpTls::ALL, SmtpTls::name, findings).unwrap_or_default();
    let given = section.whole("port", 1, findings);
    let port = given.map_or(Some(tls.port()), |port| u16::try_from(port).ok());
    if port.is_none() {
        findings.add(&section.key_span("port"), "`port` is out of range", "write a number from 1 to 65535");
    }
    let login = login(section, folder, references, findings)?;
    Some(SmtpServer { host: host?.value, port: port?, tls, login })
}

/// User and password, both or neither; the outer `None` is one that could not be understood.
#[expect(clippy::option_option, reason = "none and wrong differ, and only here")]
fn login(
    section: &Section<'_>,
    folder: &Path,
    references: &mut Vec<Reference>,
    findings: &mut Findings<'_>,
) -> Option<Option<(Personal, PathBuf)>> {
    let right = |text: &str| (!text.is_empty() && !text.contains(char::is_control)).then(|| Personal::new(text));
    let user = section.parsed("user", "write the name to log in with", right, findings);
    let file = path(section, "password_file", folder, findings);
    references.extend(file.clone().map(Reference::secret));
    let (missing, form) = match (section.has("user"), section.has("password_file")) {
        (false, false) => return Some(None),
        (true, true) => return Some(Some((user?.value, file?.value))),
        (true, false) => ("password_file", "name the file with the password, which only this account may read"),
        (false, true) => ("user", "write the name that the password is for"),
    };
    section.require(missing, form, findings);
    None
}

/// Where the address of a webhook or a heartbeat is: it is the credential.
fn url(
    section: &Section<'_>,
    folder: &Path,
    references: &mut Vec<Reference>,
    findings: &mut Findings<'_>,
) -> Option<SecretSource> {
    section.check_keys(findings);
    let file = path(section, "url_file", folder, findings);
    let env = variable(section, "url_env", findings);
    match (section.has("url_file"), section.has("url_env")) {
        (true, true) => {
            let span = section.key_span("url_env");
            findings.add(&span, "the address is said to be in two places", "keep url_file or url_env");
        }
        // Who has written the address itself is told so already.
        (false, false) if !section.has("url") => {
            findings.add(&section.head, "nothing says where the address is", "add url_file or url_env");
        }
        _ => {}
    }
    references.extend(file.clone().map(Reference::secret));
    references.extend(env.clone().map(Reference::variable));
    file.map(|file| SecretSource::File(file.value)).or(env.map(|env| SecretSource::Env(env.value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_nothing_that_ends_a_header_or_a_command() {
        for right in ["a@b.us", "identity-team+xcsync@contoso.us", "x.y@sub.contoso.com"] {
            assert_eq!(address(right).as_ref().map(Personal::expose), Some(right));
        }
        for wrong in [
            "",
            "a",
            "@b.us",
            "a@",
            "a@b@c",
            "a b@c.us",
            "a@b.us\r\nBcc: x@y",
            "<a@b.us>",
            "\"a\"@b.us",
            "a,b@c.us",
            ".a@b.us",
        ] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }
}
