//! The settings as a run would use them, with the keys of the file. Of a secret, only the place is known here.

mod notify;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::config::{
    AddressSource, AuthSettings, Configured, InviteSettings, Limits, SecretSource, Tenant, TokenFile, duration_text,
};
use crate::harmless::harmless_line;

/// One JSON object.
pub(super) fn json(configured: &Configured) -> Value {
    let tenants = configured.selected.iter().map(|tenant| (tenant.name.clone(), tenant_table(tenant)));
    json!({
        "schema": "xcsync.config/1",
        "exit_code": 0,
        "error": null,
        "file": configured.config.file.as_deref().map(Path::to_string_lossy),
        "state": configured.config.state.path.to_string_lossy(),
        "tenants": tenants.collect::<Map<_, _>>(),
        "notify": notify::table(&configured.config.notify),
        "metrics": { "textfile": configured.config.metrics.as_deref().map(Path::to_string_lossy) },
    })
}

/// The form of the file.
pub(super) fn text(configured: &Configured) -> String {
    let origin = configured.config.file.as_deref().map(Path::to_string_lossy);
    let origin = origin.map_or_else(|| "the command line".to_owned(), |path| harmless_line(&path).into_owned());
    let state = toml_text(&json!(configured.config.state.path.to_string_lossy()));
    let mut text = format!("# settings of {origin}\nstate = {state}\n");
    for tenant in &configured.selected {
        let name = if tenant.name.contains('.') || !tenant.name.is_ascii() {
            format!("\"{}\"", tenant.name)
        } else {
            tenant.name.clone()
        };
        add_table(&mut text, &format!("tenants.{name}"), &tenant_table(tenant));
    }
    add_table(&mut text, "notify", &notify::table(&configured.config.notify));
    if let Some(textfile) = &configured.config.metrics {
        add_table(&mut text, "metrics", &json!({ "textfile": textfile.to_string_lossy() }));
    }
    text
}

/// Plain keys first, then the tables inside, as TOML wants it.
fn add_table(text: &mut String, name: &str, table: &Value) {
    let entries = || table.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let _ = writeln!(text, "\n[{name}]");
    for (key, value) in entries().filter(|(_, value)| !value.is_object()) {
        let _ = writeln!(text, "{key} = {}", toml_text(value));
    }
    for (key, value) in entries().filter(|(_, value)| value.is_object()) {
        add_table(text, &format!("{name}.{key}"), value);
    }
}

/// JSON's and TOML's plain values and lists are written alike; hostile characters are spelled out.
fn toml_text(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml_text).collect::<Vec<_>>().join(", ")),
        other => harmless_line(&other.to_string()).into_owned(),
    }
}

/// The settings of a tenant. Of a secret there is the place alone.
pub(in crate::commands) fn tenant_table(tenant: &Tenant) -> Value {
    let endpoints = &tenant.endpoints;
    json!({
        "cloud": tenant.cloud.name(),
        "tenant_id": tenant.tenant_id,
        "ca_file": tenant.ca_file.as_deref().map(Path::to_string_lossy),
        "endpoints": { "graph": endpoints.graph, "authority": endpoints.authority, "redirect": endpoints.redirect },
        "auth": tenant.auth.as_ref().map(auth_table),
        "invite": tenant.invite.as_ref().map(invite_table),
        "limits": limits_table(&tenant.limits),
    })
}

fn auth_table(auth: &AuthSettings) -> Value {
    match auth {
        AuthSettings::Auto => json!({ "method": "auto" }),
        AuthSettings::ManagedIdentity { client_id } => {
            json!({ "method": "managed-identity", "client_id": client_id })
        }
        AuthSettings::ClientSecret { client_id, secret } => {
            let (key, place) = match secret {
                SecretSource::File(file) => ("client_secret_file", file.to_string_lossy().into_owned()),
                SecretSource::Env(variable) => ("client_secret_env", variable.clone()),
            };
            json!({ "method": "client-secret", "client_id": client_id, key: place })
        }
        AuthSettings::ClientCertificate { client_id, certificate_file, key_file } => json!({
            "method": "client-certificate",
            "client_id": client_id,
            "certificate_file": certificate_file.to_string_lossy(),
            "key_file": key_file.as_deref().map(Path::to_string_lossy),
        }),
        AuthSettings::WorkloadIdentity { client_id, token_file } => {
            let file = match token_file {
                TokenFile::Path(file) => Some(file.to_string_lossy()),
                TokenFile::OfVariable => None,
            };
            json!({ "method": "workload-identity", "client_id": client_id, "token_file": file })
        }
        AuthSettings::AzureCli => json!({ "method": "azure-cli" }),
        AuthSettings::AccessToken { token_env } => {
            json!({ "method": "access-token", "token_env": token_env })
        }
    }
}

fn invite_table(invite: &InviteSettings) -> Value {
    let domains: Vec<&str> = invite.domains.iter().map(crate::directory::MailDomain::as_str).collect();
    let conditions = invite.conditions.iter().map(|(attribute, values)| (attribute.name(), json!(values)));
    json!({
        "domains": domains,
        "include_subdomains": invite.include_subdomains,
        "home": invite.home,
        "address": address_text(invite.address),
        "accept_mail_as_login": invite.accept_mail_as_login,
        "require_synced": invite.require_synced,
        "send_message": invite.send_message,
        "message_language": invite.message_language,
        "redirect_url": invite.redirect_url,
        "lookback": duration_text(invite.lookback),
        "overlap": duration_text(invite.overlap),
        "sweep_every": or_never(invite.sweep_every),
        "remind_after": or_never(invite.remind_after),
        "max_reminders": invite.max_reminders,
        "exclude": invite.exclude,
        "where": conditions.collect::<Map<_, _>>(),
    })
}

fn limits_table(limits: &Limits) -> Value {
    json!({
        "max_invitations": limits.max_invitations,
        "wave": limits.wave,
        "rate_per_second": limits.rate_per_second,
        "stop_after_failures": limits.stop_after_failures,
        "max_runtime": duration_text(limits.max_runtime),
    })
}

fn address_text(address: AddressSource) -> String {
    match address {
        AddressSource::Mail => "mail".to_owned(),
        AddressSource::OnPremisesUpn => "on-prem-upn".to_owned(),
        AddressSource::HomeUpn => "home-upn".to_owned(),
        AddressSource::Extension(number) => format!("extensionAttribute{number}"),
    }
}

fn or_never(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "never".to_owned(), duration_text)
}
