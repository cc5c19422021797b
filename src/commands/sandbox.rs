//! `--cloud sandbox`: the two built-in tenants, and what an administrator would have configured for them.

use super::Misuse;
use crate::cloud::{CloudName, Endpoints};
use crate::config::{AddressSource, AuthSettings, InviteSettings, Limits, Tenant};
use crate::directory::{Attribute, MailDomain, TenantId};
use crate::sandbox::{Sandbox, people};
use crate::world::World;

/// The variable that holds the token which the emulator has given out; of this process's copy of the environment only.
const TOKEN: &str = "XCSYNC_SANDBOX_TOKEN";

/// The same for the home tenant.
const HOME_TOKEN: &str = "XCSYNC_SANDBOX_HOME_TOKEN";

/// The home tenant's name.
const HOME: &str = "sandbox-home";

/// What the tokens of the two tenants permit.
pub(super) struct Permissions {
    /// In the tenant that invites.
    pub(super) tenant: &'static [&'static str],
    /// In the home tenant.
    pub(super) home: &'static [&'static str],
}

/// What an administrator's look at both sides has: not everything, so that some checks are skipped.
pub(super) const CHECKED: Permissions = Permissions {
    tenant: &["User.Read.All", "User.Invite.All", "Organization.Read.All", "Policy.Read.All", "Application.Read.All"],
    home: &["User.Read.All", "Policy.Read.All"],
};

/// What an administrator who sets up the cross-tenant access settings of both sides has.
pub(super) const SET_UP: Permissions = Permissions { tenant: POLICIES, home: POLICIES };

const POLICIES: &[&str] = &["Policy.Read.All", "Policy.ReadWrite.CrossTenantAccess"];

/// What an administrator who grants permissions in the tenant that invites has.
pub(super) const GRANTED: Permissions =
    Permissions { tenant: &["Application.Read.All", "AppRoleAssignment.ReadWrite.All"], home: &[] };

/// Both tenants, which stop when this is dropped.
pub(super) struct Started {
    /// The tenant that invites.
    pub(super) graph: Sandbox,
    /// Where its people sign in.
    at_home: Sandbox,
    /// The settings of the first.
    pub(super) tenant: Tenant,
    /// The settings of the second.
    pub(super) home: Tenant,
}

impl Started {
    /// Starts them, and puts tokens with these permissions into the environment.
    pub(super) async fn with(world: &mut World, permissions: &Permissions) -> Result<Self, Misuse> {
        let failed = |error: std::io::Error| {
            let message = format!("the sandbox can't listen on 127.0.0.1: {error}");
            Misuse::new(message, "let this program listen on loopback")
        };
        let graph = Sandbox::start(people::demo(world.clock.now())).await.map_err(failed)?;
        let at_home = Sandbox::start(people::home(world.clock.now())).await.map_err(failed)?;
        let (tenant, home) = (tenant(&graph.root())?, home_tenant(&at_home.root())?);
        let started = Self { graph, at_home, tenant, home };
        started.permit(world, permissions);
        Ok(started)
    }

    /// Puts tokens with these permissions into the environment, in place of those that are there.
    pub(super) fn permit(&self, world: &mut World, permissions: &Permissions) {
        let env = world.env.clone().with(TOKEN, &self.graph.token(permissions.tenant));
        world.env = env.with(HOME_TOKEN, &self.at_home.token(permissions.home));
    }
}

/// The settings of the tenant that invites, where nothing is started.
pub(super) fn settings() -> Option<Tenant> {
    tenant("http://127.0.0.1").ok()
}

fn wrong() -> Misuse {
    Misuse::new("the sandbox's own settings can't be read", "this is a bug; report it")
}

fn endpoints(root: &str, redirect: &str) -> Endpoints {
    Endpoints { graph: root.to_owned(), authority: root.to_owned(), redirect: redirect.to_owned() }
}

/// The tenant where these people sign in; it is read from alone.
fn home_tenant(root: &str) -> Result<Tenant, Misuse> {
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
fn tenant(root: &str) -> Result<Tenant, Misuse> {
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
