//! `[notify]` as a run would use it.

use serde_json::{Value, json};

use crate::config::{Mail, Notify, SecretSource, SmtpServer, Via, Webhook};
use crate::directory::Personal;

/// The whole table; what is not configured is null.
pub(super) fn table(notify: &Notify) -> Value {
    let server = notify.mail.as_ref().and_then(|mail| match &mail.via {
        Via::Graph => None,
        Via::Smtp(server) => Some(smtp(server)),
    });
    json!({
        "on": notify.on.name(),
        "mail": notify.mail.as_ref().map(mail),
        "smtp": server,
        "webhook": notify.webhook.as_ref().map(webhook),
        "heartbeat": notify.heartbeat.as_ref().map(url),
    })
}

fn mail(mail: &Mail) -> Value {
    let Mail { via, from, to, problems_to } = mail;
    let shown = |all: &[Personal]| json!(all.iter().map(Personal::expose).collect::<Vec<_>>());
    json!({ "via": via.name(), "from": from.expose(), "to": shown(to), "problems_to": shown(problems_to) })
}

fn smtp(server: &SmtpServer) -> Value {
    let SmtpServer { host, port, tls, login } = server;
    json!({
        "host": host,
        "port": port,
        "tls": tls.name(),
        "user": login.as_ref().map(|(user, _)| user.expose()),
        "password_file": login.as_ref().map(|(_, file)| file.to_string_lossy()),
    })
}

fn webhook(webhook: &Webhook) -> Value {
    let mut table = url(&webhook.url);
    table["format"] = json!(webhook.format.name());
    table
}

/// Where the address is; the address itself is the secret.
fn url(source: &SecretSource) -> Value {
    match source {
        SecretSource::File(file) => json!({ "url_file": file.to_string_lossy() }),
        SecretSource::Env(variable) => json!({ "url_env": variable }),
    }
}
