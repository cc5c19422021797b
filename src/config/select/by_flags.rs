//! One tenant by flags alone, without a configuration file.

use super::{Configured, Flags};
use crate::cloud::{CloudName, Endpoints};
use crate::config::TOKEN_VARIABLE;
use crate::config::locate::{Folders, Origin, Platform};
use crate::config::problem::{Problem, Problems};
use crate::config::{
    AuthMethod, AuthSettings, Config, InviteSettings, Limits, Notify, SecretSource, Tenant, TokenFile,
};
use crate::world::Environment;

/// The variable that holds the secret of `--auth client-secret`: a flag would show it to everybody on the machine.
const SECRET_VARIABLE: &str = "XCSYNC_CLIENT_SECRET";

/// The tenant "default" of `--cloud`, `--tenant-id`, `--domain`, `--auth` and `--client-id`.
pub(super) fn configured(flags: &Flags, env: &Environment) -> Result<Configured, Problems> {
    let mut problems = clashes(flags);
    let mut kept = |problem| problems.push(problem);
    let place = place(flags).map_err(&mut kept).ok();
    let auth = auth_settings(flags).map_err(&mut kept).ok();
    Problems::none_of(problems)?;
    let (Some((cloud, endpoints)), Some(auth), Some(tenant_id)) = (place, auth, flags.tenant_id) else {
        return Err(Problems::nowhere());
    };
    let invite = (!flags.domains.is_empty()).then(|| InviteSettings {
        domains: flags.domains.clone(),
        redirect_url: endpoints.redirect_for(tenant_id),
        ..InviteSettings::defaults()
    });
    let tenant = Tenant {
        name: "default".to_owned(),
        cloud,
        tenant_id,
        ca_file: None,
        auth: Some(auth),
        is_asked_as_home: false,
        invite,
        endpoints,
        limits: Limits::default(),
    };
    Ok(alone(tenant, env))
}

/// A configuration of this tenant; the ledger is the user's.
fn alone(tenant: Tenant, env: &Environment) -> Configured {
    let config = Config {
        file: None,
        state: Folders::new(Platform::current(), env).state(None, Origin::User),
        metrics: None,
        tenants: vec![tenant.clone()],
        notify: Notify::default(),
    };
    Configured { config, selected: vec![tenant], named: true, document: None }
}

/// The cloud and its addresses.
fn place(flags: &Flags) -> Result<(CloudName, Endpoints), Problem> {
    let missing = || Problem::new("--tenant-id needs --cloud", "add --cloud commercial, usgov or usgov-dod");
    let cloud = flags.cloud.ok_or_else(missing)?;
    Ok((cloud, cloud.endpoints().ok_or_else(custom)?))
}

fn custom() -> Problem {
    Problem::new(
        "the addresses of a custom cloud cannot be given by flags",
        "write a configuration with [tenants.NAME.endpoints]",
    )
}

/// Flags that mean a configuration file.
fn clashes(flags: &Flags) -> Vec<Problem> {
    let given = [("--config", flags.config.is_some()), ("--tenant", !flags.tenants.is_empty())];
    let problem = |(flag, _)| {
        let title = format!("{flag} selects from a configuration file, --tenant-id gives a tenant without one");
        Problem::new(title, format!("leave out --tenant-id or {flag} (or the variable behind it)"))
    };
    given.into_iter().filter(|(_, given)| *given).map(problem).collect()
}

/// The sign-in that `--auth` and `--client-id` describe.
pub(super) fn auth(flags: &Flags) -> Result<AuthSettings, Problems> {
    Ok(auth_settings(flags)?)
}

fn auth_settings(flags: &Flags) -> Result<AuthSettings, Problem> {
    let method = flags.auth.unwrap_or(AuthMethod::Auto);
    match (method, flags.client_id.clone()) {
        (AuthMethod::Auto, None) => Ok(AuthSettings::Auto),
        (AuthMethod::AzureCli, None) => Ok(AuthSettings::AzureCli),
        (AuthMethod::AccessToken, None) => Ok(AuthSettings::AccessToken { token_env: TOKEN_VARIABLE.to_owned() }),
        (AuthMethod::ManagedIdentity, client_id) => Ok(AuthSettings::ManagedIdentity { client_id }),
        (AuthMethod::ClientSecret, Some(client_id)) => {
            let secret = SecretSource::Env(SECRET_VARIABLE.to_owned());
            Ok(AuthSettings::ClientSecret { client_id, secret })
        }
        (AuthMethod::WorkloadIdentity, Some(client_id)) => {
            Ok(AuthSettings::WorkloadIdentity { client_id, token_file: TokenFile::OfVariable })
        }
        (AuthMethod::ClientCertificate, _) => Err(Problem::new(
            "--auth client-certificate needs the certificate's file, which no flag names",
            "write a configuration with certificate_file in [tenants.NAME.auth], or use --auth auto with \
             AZURE_CLIENT_ID and AZURE_CLIENT_CERTIFICATE_PATH",
        )),
        (AuthMethod::ClientSecret | AuthMethod::WorkloadIdentity, None) => {
            let title = format!("--auth {} needs --client-id", method.name());
            Err(Problem::new(title, "add the application's client id"))
        }
        (AuthMethod::Auto | AuthMethod::AzureCli | AuthMethod::AccessToken, Some(_)) => {
            let title = format!("--client-id does not belong to --auth {}", method.name());
            Err(Problem::new(
                title,
                "add --auth managed-identity, client-secret or workload-identity, or leave --client-id out",
            ))
        }
    }
}

/// Whether the variables are set that hold a secret or a token, or say where it is.
pub(super) fn check_variables(tenants: &[Tenant], env: &Environment) -> Result<(), Problems> {
    let variable = |tenant: &Tenant| match &tenant.auth {
        Some(
            AuthSettings::ClientSecret { secret: SecretSource::Env(name), .. }
            | AuthSettings::AccessToken { token_env: name },
        ) => Some(name.clone()),
        Some(AuthSettings::WorkloadIdentity { token_file: TokenFile::OfVariable, .. }) => {
            Some(TokenFile::VARIABLE.to_owned())
        }
        _ => None,
    };
    let missing = tenants.iter().filter_map(variable).filter(|name| env.get(name).is_none());
    let problem = |name: String| {
        Problem::new(
            format!("the variable {name} is not set"),
            "set it where xcsync is started; a scheduler drops those of your shell",
        )
    };
    Problems::none_of(missing.map(problem).collect())
}
