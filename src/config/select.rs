//! From flags and file to the tenants of this run.

use std::path::{Path, PathBuf};

use super::file::Document;
use super::locate::{Folders, Platform};
use super::problem::{Problem, Problems};
use super::{AuthMethod, Config, Tenant, nearest};
use crate::cloud::CloudName;
use crate::directory::{MailDomain, TenantId};
use crate::harmless::harmless_line;
use crate::world::Environment;

mod by_flags;

/// What the command line (and its variables) say about the configuration.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--tenant`.
    pub tenants: Vec<String>,
    /// `--cloud`.
    pub cloud: Option<CloudName>,
    /// `--tenant-id`.
    pub tenant_id: Option<TenantId>,
    /// `--domain`.
    pub domains: Vec<MailDomain>,
    /// `--auth`.
    pub auth: Option<AuthMethod>,
    /// `--client-id`.
    pub client_id: Option<String>,
}

/// What a run works on.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// `--cloud sandbox`: no file was read, and no other flag of the connection counts.
    Sandbox,
    /// Tenants by file or by flags.
    Configured(Box<Configured>),
}

/// The configuration, and the tenants that were selected of it.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Everything, also tenants that were not selected: somebody's `home` may be among them.
    pub config: Config,
    /// The selected tenants in the order of the file.
    pub selected: Vec<Tenant>,
    /// Whether `--tenant` named them.
    named: bool,
    document: Option<Document>,
}

/// Reads what the flags say, else the user's file, else the system's.
pub fn load(flags: &Flags, env: &Environment) -> Result<Loaded, Problems> {
    if flags.cloud == Some(CloudName::Sandbox) {
        return Ok(Loaded::Sandbox);
    }
    if flags.tenant_id.is_some() {
        return by_flags::configured(flags, env).map(|found| Loaded::Configured(Box::new(found)));
    }
    let found = flags.config.clone().or_else(|| existing(env));
    if flags.domains.is_empty() && found.is_none() {
        return Err(Problems::nowhere());
    }
    if !flags.domains.is_empty() {
        let help = "give the tenant by --cloud, --tenant-id and --domain, or set `domains` in the file";
        return Err(Problem::new("--domain belongs to a tenant given by --tenant-id", help).into());
    }
    let Some(path) = found else {
        return Err(Problems::nowhere());
    };
    let document = Document::read(&path, false)?;
    Configured::select(document, flags, env).map(|found| Loaded::Configured(Box::new(found)))
}

/// Finds every problem of one file, also those of the files that it names; variables are not asked for,
/// since they are those of the schedule.
pub fn read(path: &Path, env: &Environment) -> Result<Config, Problems> {
    Ok(Document::read(path, true)?.config(env))
}

/// The file that a run without `--config` reads.
pub(super) fn existing(env: &Environment) -> Option<PathBuf> {
    let candidates = Folders::new(Platform::current(), env).candidates();
    candidates.into_iter().find(|path| match path.try_exists() {
        Ok(exists) => exists,
        // A home that is no folder, as service accounts have, holds nothing; what may not be looked at is told as such.
        Err(error) => error.kind() != std::io::ErrorKind::NotADirectory,
    })
}

/// The file that `config check` looks at without being told.
pub fn file_to_check(flags: &Flags, env: &Environment) -> Result<PathBuf, Problems> {
    flags.config.clone().or_else(|| existing(env)).ok_or_else(Problems::nowhere)
}

impl Configured {
    fn select(document: Document, flags: &Flags, env: &Environment) -> Result<Self, Problems> {
        let config = document.config(env);
        let mut selected = named(&config, &flags.tenants, document.path())?;
        if let Some(cloud) = flags.cloud {
            selected = in_cloud(selected, cloud, &config, !flags.tenants.is_empty())?;
        }
        if flags.auth.is_some() || flags.client_id.is_some() {
            selected = vec![with_credential(selected, flags)?];
        }
        let named = !flags.tenants.is_empty();
        Ok(Self { config, selected, named, document: Some(document) })
    }

    /// The selected tenants that have people to invite; those that are only somebody's home are passed over,
    /// unless `--tenant` named them.
    pub fn to_invite(&self) -> Result<Vec<&Tenant>, Problems> {
        let (inviting, homes): (Vec<_>, Vec<_>) = self.selected.iter().partition(|tenant| tenant.invite.is_some());
        if homes.is_empty() || (!self.named && !inviting.is_empty()) {
            return Ok(inviting);
        }
        let title = "no people to invite are configured for this tenant";
        match &self.document {
            Some(document) => document.blame(
                &homes,
                title,
                "add a table [tenants.NAME.invite] with domains, or select another tenant",
            )?,
            None => {
                return Err(Problem::new(title, "say whose accounts they are: --domain contoso.com").into());
            }
        }
        Ok(inviting)
    }

    /// The home tenant that is asked about the people of a tenant; `None` where none is configured, or none may be asked.
    pub fn asked_home(&self, tenant: &Tenant) -> Option<&Tenant> {
        let name = tenant.invite.as_ref()?.home.as_ref()?;
        self.config.tenants.iter().find(|home| home.name == *name && home.is_asked_as_home)
    }

    /// Looks at the files and variables that the selected tenants and their homes name.
    pub fn check_references(&self, env: &Environment) -> Result<(), Problems> {
        let Some(document) = &self.document else {
            return by_flags::check_variables(&self.selected, env);
        };
        let home = |tenant: &'_ Tenant| tenant.invite.as_ref().and_then(|invite| invite.home.clone());
        let homes: Vec<String> = self.selected.iter().filter_map(home).collect();
        let names = self.selected.iter().map(|tenant| tenant.name.as_str());
        let names: Vec<&str> = names.chain(homes.iter().map(String::as_str)).collect();
        document.check_references(&names, env)
    }
}

/// The tenants of these names, all where none is named, in the order of the file.
fn named(config: &Config, names: &[String], path: &Path) -> Result<Vec<Tenant>, Problems> {
    let known = || config.tenants.iter().map(|tenant| tenant.name.as_str());
    let unknown = |name: &&String| !known().any(|known| known == name.as_str());
    let problem = |name: &String| {
        let title = format!("no tenant `{}` in {}", harmless_line(name), harmless_line(&path.to_string_lossy()));
        let help = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the file has {}", known().collect::<Vec<_>>().join(", ")),
        };
        Problem::new(title, help)
    };
    Problems::none_of(names.iter().filter(unknown).map(problem).collect())?;
    let wanted = |tenant: &&Tenant| names.is_empty() || names.contains(&tenant.name);
    Ok(config.tenants.iter().filter(wanted).cloned().collect())
}

/// Those in exactly this cloud. With `--tenant` it is a check: a named tenant elsewhere is a problem.
fn in_cloud(tenants: Vec<Tenant>, cloud: CloudName, config: &Config, named: bool) -> Result<Vec<Tenant>, Problems> {
    let elsewhere = |tenant: &&Tenant| tenant.cloud != cloud;
    let problem = |tenant: &Tenant| {
        let title = format!("the tenant `{}` is in the cloud {}, not {cloud}", tenant.name, tenant.cloud);
        Problem::new(title, "leave out --cloud or --tenant")
    };
    if named {
        Problems::none_of(tenants.iter().filter(elsewhere).map(problem).collect())?;
    }
    let selected: Vec<Tenant> = tenants.into_iter().filter(|tenant| tenant.cloud == cloud).collect();
    if selected.is_empty() {
        let all = config.tenants.iter().map(|tenant| format!("{} ({})", tenant.name, tenant.cloud));
        let help = format!(
            "the file has {}; or give one tenant by flags, with --tenant-id and --domain",
            all.collect::<Vec<_>>().join(", ")
        );
        return Err(Problem::new(format!("no configured tenant is in the cloud {cloud}"), help).into());
    }
    Ok(selected)
}

/// The one selected tenant, signing in as the flags say.
fn with_credential(mut selected: Vec<Tenant>, flags: &Flags) -> Result<Tenant, Problems> {
    let auth = by_flags::auth(flags)?;
    match (selected.pop(), selected.is_empty()) {
        (Some(tenant), true) => Ok(Tenant { auth: Some(auth), ..tenant }),
        _ => Err(Problem::new(
            "--auth and --client-id are for one tenant, several are selected",
            "select one with --tenant",
        )
        .into()),
    }
}
