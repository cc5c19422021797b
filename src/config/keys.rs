//! The keys that a file can hold, and what is said of others.

use super::nearest;
use super::raw::sounds_secret;
use crate::harmless::harmless_line;

/// The keys of every table; `NAME` is a tenant's.
pub(super) const KEYS: [(&str, &[&str]); 12] = [
    ("", &["state", "tenants", "notify", "metrics"]),
    ("metrics", &["textfile"]),
    ("tenants.NAME", &["cloud", "tenant_id", "ca_file", "endpoints", "auth", "invite", "limits"]),
    ("tenants.NAME.endpoints", &["graph", "authority", "redirect"]),
    (
        "tenants.NAME.auth",
        &[
            "method",
            "client_id",
            "client_secret_file",
            "client_secret_env",
            "certificate_file",
            "key_file",
            "token_file",
            "token_env",
        ],
    ),
    (
        "tenants.NAME.invite",
        &[
            "domains",
            "include_subdomains",
            "home",
            "address",
            "accept_mail_as_login",
            "require_synced",
            "send_message",
            "message_language",
            "redirect_url",
            "lookback",
            "overlap",
            "sweep_every",
            "remind_after",
            "max_reminders",
            "exclude",
            "where",
        ],
    ),
    ("tenants.NAME.limits", &["max_invitations", "wave", "rate_per_second", "stop_after_failures", "max_runtime"]),
    ("notify", &["on", "mail", "smtp", "webhook", "heartbeat"]),
    ("notify.mail", &["via", "from", "to", "problems_to"]),
    ("notify.smtp", &["host", "port", "tls", "user", "password_file"]),
    ("notify.webhook", &["url_file", "url_env", "format"]),
    ("notify.heartbeat", &["url_file", "url_env"]),
];

/// What is said of an unknown key, and the way out.
pub(super) fn unknown(key: &str, known: &[&'static str]) -> (String, String) {
    // The address of a webhook is the credential.
    if sounds_secret(key) || key == "url" && known.contains(&"url_file") {
        return inline_secret(key, known);
    }
    let title = format!("unknown key `{}`", harmless_line(key));
    let elsewhere = KEYS.iter().find(|(_, keys)| keys.contains(&key));
    let help = match (nearest(key, known.iter().copied()), elsewhere) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(("", _))) => "it belongs at the top of the file, before the first table".to_owned(),
        (None, Some((kind, _))) => format!("it belongs in [{kind}]"),
        (None, None) => format!("leave it out; known here: {}", known.join(", ")),
    };
    (title, help)
}

/// The refusal of a secret in the file itself.
fn inline_secret(key: &str, known: &[&str]) -> (String, String) {
    let title = format!("a secret does not belong in this file: `{}`", harmless_line(key));
    let place = if known.contains(&"password_file") {
        "name a file that holds it: password_file"
    } else if known.contains(&"url_file") {
        "name a file or a variable that holds it: url_file or url_env"
    } else {
        "in [tenants.NAME.auth], name a file or a variable that holds it: client_secret_file, client_secret_env or token_env"
    };
    (title, format!("{place}; then replace the secret, which has been readable here"))
}
