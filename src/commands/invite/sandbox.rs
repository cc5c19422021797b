//! `--cloud sandbox`: the real job against the built-in tenant and its people's home tenant, over real HTTP on loopback.

use chrono::{DateTime, TimeDelta, Utc};

use super::memory::Keeping;
use super::{Options, Pair};
use crate::cloud::{CloudName, Endpoints};
use crate::config::{AddressSource, AuthSettings, InviteSettings, Limits, Tenant};
use crate::directory::{Attribute, MailAddress, MailDomain, ObjectId, TenantId};
use crate::error::Error;
use crate::report::{Mode, Progress, RunReport};
use crate::sandbox::people::Remembered;
use crate::sandbox::{Person, Sandbox, people};
use crate::selection::{Fingerprint, Open, Record, Retry, Seen};
use crate::world::World;

/// The variable that holds the token which the emulator has given out; of this process's copy of the environment only.
const TOKEN: &str = "XCSYNC_SANDBOX_TOKEN";

/// The same for the home tenant.
const HOME_TOKEN: &str = "XCSYNC_SANDBOX_HOME_TOKEN";

/// The home tenant's name.
const HOME: &str = "sandbox-home";

/// Starts both tenants, runs the job against them, and stops them.
pub(super) async fn run(
    options: &mut Options,
    world: &mut World,
    progress: &Progress,
) -> Result<Vec<RunReport>, Error> {
    if options.resume {
        let message = "--resume lifts what a ledger remembers, and the sandbox's is a new one each time";
        return Err(super::usage(message, "run again without --resume"));
    }
    let failed = |error: std::io::Error| {
        super::usage(&format!("the sandbox can't listen on 127.0.0.1: {error}"), "let this program listen on loopback")
    };
    let sandbox = Sandbox::start(people::demo(world.clock.now())).await.map_err(failed)?;
    let home = Sandbox::start(people::home(world.clock.now())).await.map_err(failed)?;
    // As little as the mode needs: a dry run reads.
    let roles: &[&str] = match options.mode {
        Mode::DryRun => &["User.Read.All", "RoleManagement.Read.Directory"],
        Mode::Apply => &["User.Read.All", "User.Invite.All", "Organization.Read.All", "RoleManagement.Read.Directory"],
    };
    world.env = world.env.clone().with(TOKEN, &sandbox.token(roles)).with(HOME_TOKEN, &home.token(&["User.Read.All"]));
    options.keeping = Keeping::Temporary(remembered(&sandbox, world.clock.now()));
    let tenant = tenant(&sandbox.root())?;
    let home = home_tenant(&home.root())?;
    super::run_all(&[Pair { tenant: &tenant, home: Some(&home) }], options, world, progress).await
}

/// What earlier runs would have left in the ledger.
fn remembered(sandbox: &Sandbox, now: DateTime<Utc>) -> Vec<(ObjectId, String, Record)> {
    let entry = |(name, mail, known): (&str, &str, Remembered)| {
        let person = sandbox.edit(|tenant| tenant.people.with_mail(mail).cloned())?;
        let id = ObjectId::from_bytes(person.id.into_bytes());
        Some((id, name.to_owned(), record(&person, mail, known, now)))
    };
    people::REMEMBERED.into_iter().filter_map(entry).collect()
}

fn record(person: &Person, mail: &str, known: Remembered, now: DateTime<Utc>) -> Record {
    let ago = |days| now - TimeDelta::days(days);
    let invited = |address: &str, seen, reminders| Record {
        seen,
        address: MailAddress::parse(address),
        last_invitation: Some(ago(9)),
        invitations: 1 + reminders,
        reminders,
        ..Record::default()
    };
    let failed = |open| Record { open: Some(open), ..Record::default() };
    let retry = |due| Open::Retry(Retry { due, first: ago(2), times: 2, maybe_sent: None });
    match known {
        Remembered::UnderAnotherAddress => invited(&format!("old.{mail}"), Seen::Pending, 0),
        Remembered::Reverted => invited(mail, Seen::Accepted, 0),
        Remembered::RemindedTwice => invited(mail, Seen::Pending, 2),
        Remembered::ReminderDue => invited(mail, Seen::Pending, 0),
        Remembered::Refused => failed(Open::Refused { when: fingerprint(person) }),
        Remembered::GivenUp => failed(Open::GaveUp),
        Remembered::FailedLately => failed(retry(now + TimeDelta::hours(5))),
        Remembered::FailedLongAgo => failed(retry(ago(1))),
    }
}

fn fingerprint(person: &Person) -> Fingerprint {
    let proxies = person.proxy_addresses.iter().map(String::as_str);
    Fingerprint::new(
        person.mail.as_deref(),
        &person.user_principal_name,
        proxies,
        person.account_enabled != Some(false),
    )
}

fn wrong() -> Error {
    super::usage("the sandbox's own settings can't be read", "this is a bug; report it")
}

fn endpoints(root: &str, redirect: &str) -> Endpoints {
    Endpoints { graph: root.to_owned(), authority: root.to_owned(), redirect: redirect.to_owned() }
}

/// The tenant where these people sign in; it is read from alone.
fn home_tenant(root: &str) -> Result<Tenant, Error> {
    Ok(Tenant {
        name: HOME.to_owned(),
        cloud: CloudName::Sandbox,
        endpoints: endpoints(root, "https://myapps.microsoft.com"),
        tenant_id: TenantId::parse(&people::HOME_TENANT_ID.to_string()).ok_or_else(wrong)?,
        ca_file: None,
        auth: Some(AuthSettings::AccessToken { token_env: HOME_TOKEN.to_owned() }),
        is_asked_as_home: true,
        invite: None,
        limits: Limits::default(),
    })
}

/// What an administrator would have configured for it.
fn tenant(root: &str) -> Result<Tenant, Error> {
    let tenant_id = TenantId::parse(&people::TENANT_ID.to_string()).ok_or_else(wrong)?;
    let endpoints = endpoints(root, "https://myapps.microsoft.us");
    let invite = InviteSettings {
        domains: vec![MailDomain::parse(people::HOME_DOMAIN).ok_or_else(wrong)?],
        include_subdomains: false,
        home: Some(HOME.to_owned()),
        address: AddressSource::Extension(people::HOME_UPN),
        accept_mail_as_login: false,
        require_synced: true,
        send_message: true,
        message_language: "en-US".to_owned(),
        redirect_url: endpoints.redirect_for(tenant_id),
        lookback: std::time::Duration::from_secs(25 * 3600),
        overlap: std::time::Duration::from_secs(3600),
        sweep_every: None,
        remind_after: Some(std::time::Duration::from_secs(7 * 86_400)),
        max_reminders: 2,
        exclude: people::EXCLUDED.map(str::to_owned).to_vec(),
        conditions: vec![(Attribute::Department, people::DEPARTMENTS.map(str::to_lowercase).to_vec())],
    };
    Ok(Tenant {
        name: "sandbox".to_owned(),
        cloud: CloudName::Sandbox,
        endpoints,
        tenant_id,
        ca_file: None,
        auth: Some(AuthSettings::AccessToken { token_env: TOKEN.to_owned() }),
        is_asked_as_home: false,
        invite: Some(invite),
        // Faster than a real tenant should be asked: nobody is mailed here, and a person watches.
        limits: Limits { rate_per_second: 10.0, ..Limits::default() },
    })
}
