//! The guide's commands in its order, and the pair of tenants that they are run against.

use std::collections::{BTreeSet, VecDeque};
use std::fs;

use tokio::sync::watch;
use uuid::{Uuid, uuid};
use xcsync::sandbox::{self, AllowInvitesFrom, Person, Sandbox, monday};
use xcsync::setup::permissions::{self, Purpose};
use xcsync::world::Environment;

use crate::context::{Ended, run_line, traffic_folder};

pub const GUIDE: &str = include_str!("../../../../docs/setup.md");
const ADMINISTRATOR: &[&str] = &["Policy.Read.All", "Policy.ReadWrite.CrossTenantAccess"];

/// A tenant of the guide.
pub struct Side {
    pub name: &'static str,
    pub id: Uuid,
    /// Where its people land.
    redirect: &'static str,
}

pub const GCCH: Side =
    Side { name: "gcch", id: uuid!("11111111-2222-3333-4444-555555555555"), redirect: "https://myapps.microsoft.us" };
pub const COMMERCIAL: Side = Side {
    name: "commercial",
    id: uuid!("99999999-8888-7777-6666-555555555555"),
    redirect: "https://myapps.microsoft.com",
};

/// The blocks of the guide in one language, in its order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("\n```{language}\n");
    GUIDE.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// What a line of a terminal gives to xcsync, without comment and file.
fn arguments(line: &'static str) -> Option<&'static str> {
    let line = line.split(" #").next()?.split(" > ").next()?;
    Some(line.strip_prefix("xcsync ")?.trim())
}

/// Every command of the guide's blocks; a block for a shell has nothing else.
fn commands() -> VecDeque<&'static str> {
    let lines = blocks("sh").into_iter().flat_map(str::lines);
    lines.map(|line| arguments(line).unwrap_or_else(|| panic!("no command of xcsync: {line}"))).collect()
}

/// An emulated side, and what its identity was granted.
struct Served {
    graph: Sandbox,
    granted: BTreeSet<String>,
}

/// The guide in the hands of somebody who follows it.
pub struct Guide {
    commands: VecDeque<&'static str>,
    gcch: Served,
    commercial: Served,
    folder: tempfile::TempDir,
    /// Which of the guide's configurations is in force.
    direction: usize,
}

impl Guide {
    /// Both tenants are as new, but for the copies that the additional servers will have brought.
    pub async fn open() -> Self {
        let gcch =
            sandbox::Tenant { id: GCCH.id, allow_invites_from: AllowInvitesFrom::None, ..sandbox::Tenant::default() };
        let commercial = sandbox::Tenant {
            id: COMMERCIAL.id,
            display_name: "Contoso".to_owned(),
            verified_domains: vec!["contoso.com".to_owned(), "contoso.onmicrosoft.com".to_owned()],
            region_scope: "NA".to_owned(),
            region_sub_scope: None,
            cloud_instance: "microsoftonline.com".to_owned(),
            ..sandbox::Tenant::default()
        };
        let copy = |n, mail, upn| Person::synced(n, mail).user_principal_name(upn);
        let gcch_people =
            [copy(1, "ann@contoso.com", "ann@fabrikam.onmicrosoft.us"), copy(2, "bob@fabrikam.us", "bob@fabrikam.us")];
        let commercial_people =
            [copy(3, "ann@contoso.com", "ann@contoso.com"), copy(4, "bob@fabrikam.us", "bob@contoso.onmicrosoft.com")];
        Self {
            commands: commands(),
            gcch: Served::with(gcch, gcch_people).await,
            commercial: Served::with(commercial, commercial_people).await,
            folder: tempfile::tempdir().unwrap(),
            direction: 0,
        }
    }

    /// The second configuration comes into force, for identities that hold nothing yet.
    pub fn other_direction(&mut self) {
        self.direction = 1;
        self.gcch.granted.clear();
        self.commercial.granted.clear();
    }

    /// Runs the guide's next command, which must be this one.
    pub async fn run(&mut self, line: &str, exit: u8, said: &[&str]) -> Ended {
        let next = self.commands.pop_front();
        assert_eq!(next, Some(line), "the guide's next command");
        let ended = self.call(line).await;
        assert_eq!(ended.exit, exit, "xcsync {line}\n{}{}", ended.stdout, ended.stderr);
        // However wide the columns are.
        let text = [ended.stdout.as_str(), ended.stderr.as_str()].join(" ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for what in said {
            assert!(text.contains(what), "{what} is not said:\n{ended:?}");
        }
        ended
    }

    /// Runs a command with the guide's own configuration, or with its emulated tenants where it asks them.
    pub async fn call(&self, line: &str) -> Ended {
        let offline = ["config ", "endpoints", "explain ", "setup connect-rule", "schedule "];
        let is_offline = offline.iter().any(|own| line.starts_with(own));
        let is_offline = is_offline || line.contains("--powershell");
        let mut words: Vec<std::ffi::OsString> = vec!["xcsync".into()];
        if !["config init", "--cloud sandbox", "schedule "].iter().any(|own| line.contains(own)) {
            words.extend(["--config".into(), self.config(!is_offline).into_os_string()]);
        }
        let is_printed = line.starts_with("schedule ");
        words.extend(line.split_whitespace().map(|word| if is_printed { word.into() } else { self.here(word) }));
        run_line(words, &self.environment(), self.gcch.graph.now(), watch::channel(0).1).await
    }

    /// A file or folder of the reader's lies in this test's folder.
    fn here(&self, word: &str) -> std::ffi::OsString {
        let is_file = word.starts_with('/') || ["first.jsonl", "sample.html"].contains(&word);
        let name = std::path::Path::new(word).file_name().filter(|_| is_file);
        name.map_or_else(|| word.into(), |name| self.folder.path().join(name).into_os_string())
    }

    /// Brings both sides to where the guide leaves them, with the administrators' grants still there.
    pub async fn set_up(&mut self) {
        for served in [&mut self.gcch, &mut self.commercial] {
            let used = permissions::needed(&[Purpose::Invite, Purpose::Check]);
            let granting = ["AppRoleAssignment.ReadWrite.All"];
            let all = used.iter().chain(ADMINISTRATOR).chain(&granting);
            served.granted.extend(all.map(|&name| name.to_owned()));
        }
        self.edit(&GCCH, |tenant| {
            tenant.allow_invites_from = AllowInvitesFrom::AdminsAndGuestInviters;
            tenant.application.object_id = uuid!("99999999-8888-7777-6666-555555555555");
        });
        let applied = self.call("setup tenant --tenant gcch --apply").await;
        assert_eq!(applied.exit, 0, "{applied:?}");
    }

    fn environment(&self) -> Environment {
        let home = self.folder.path().to_string_lossy();
        let env = Environment::default().with("HOME", &home).with("APPDATA", &home).with("ProgramData", &home);
        [(&GCCH, &self.gcch), (&COMMERCIAL, &self.commercial)].into_iter().fold(env, |env, (side, served)| {
            let roles: Vec<&str> = served.granted.iter().map(String::as_str).collect();
            env.with(&token_env(side), &served.graph.token(&roles))
        })
    }

    /// The configuration in force as the guide has it, with files that are there; or with the emulated tenants in place
    /// of the clouds and the identities.
    fn config(&self, is_emulated: bool) -> std::path::PathBuf {
        let mut config: toml::Table = blocks("toml")[self.direction].parse().unwrap();
        let state = self.folder.path().join(format!("direction{}.db", self.direction));
        config.insert("state".to_owned(), state.to_string_lossy().into_owned().into());
        for (side, served) in [(&GCCH, &self.gcch), (&COMMERCIAL, &self.commercial)] {
            let tenant = config["tenants"][side.name].as_table_mut().unwrap();
            assert_eq!(tenant["tenant_id"].as_str(), Some(side.id.to_string().as_str()));
            if is_emulated { emulate(tenant, side, &served.graph) } else { self.bring_files(tenant) }
        }
        let path = self.folder.path().join("config.toml");
        fs::write(&path, toml::to_string(&config).unwrap()).unwrap();
        path
    }

    /// Puts the files that `[auth]` names into this test's folder, closed to others as the guide's page on keys has it.
    fn bring_files(&self, tenant: &mut toml::Table) {
        let auth = tenant["auth"].as_table_mut().unwrap();
        for key in ["certificate_file", "key_file"] {
            let Some(named) = auth.get(key).and_then(toml::Value::as_str) else { continue };
            let path = self.folder.path().join(named.strip_prefix("/etc/xcsync/").unwrap());
            fs::write(&path, "for a test").unwrap();
            #[cfg(unix)]
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
            auth.insert(key.to_owned(), path.to_string_lossy().into_owned().into());
        }
    }

    /// Does what is left to an administrator.
    pub fn edit(&self, side: &Side, change: impl FnOnce(&mut sandbox::Tenant)) {
        self.served(side).graph.edit(change);
    }

    /// Grants what a script names, and says what that is.
    pub fn grant(&mut self, side: &Side, script: &str) -> Vec<String> {
        let (_, list) = script.split_once("$permissions = @(").unwrap();
        let names = list.split(')').next().unwrap().split(", ").map(|name| name.trim_matches('\'').to_owned());
        let served = if side.id == GCCH.id { &mut self.gcch } else { &mut self.commercial };
        served.granted.extend(names.clone());
        names.collect()
    }

    /// The administrators of both sides let the access settings be made; then the guide's plan is empty.
    pub async fn administrators_apply(&mut self, tenant: &str) {
        let own = [&mut self.gcch, &mut self.commercial].map(|served| std::mem::take(&mut served.granted));
        for served in [&mut self.gcch, &mut self.commercial] {
            served.granted.extend(ADMINISTRATOR.iter().map(|&name| name.to_owned()));
        }
        let ended = self.call(&format!("setup tenant --tenant {tenant} --apply")).await;
        assert!(ended.exit == 0 && ended.stdout.contains(", failed 0, planned 0"), "{ended:?}");
        [self.gcch.granted, self.commercial.granted] = own;
        let again = self.call(&format!("setup tenant --tenant {tenant}")).await;
        assert!(again.exit == 0 && again.stdout.ends_with("result: nothing to change\n"), "{again:?}");
    }

    /// Who got mail of a tenant.
    pub fn mailed(&self, side: &Side) -> Vec<String> {
        self.served(side).graph.edit(|tenant| tenant.mails.iter().map(|mail| mail.to.clone()).collect())
    }

    /// The commands that nobody has run.
    pub fn left(&self) -> Vec<&'static str> {
        self.commands.iter().copied().collect()
    }

    fn served(&self, side: &Side) -> &Served {
        if side.id == GCCH.id { &self.gcch } else { &self.commercial }
    }
}

impl Served {
    async fn with(mut tenant: sandbox::Tenant, people: impl IntoIterator<Item = Person>) -> Self {
        tenant.now = monday();
        tenant.traffic_dir = Some(traffic_folder());
        tenant.people.extend(people);
        Self { graph: Sandbox::start(tenant).await.unwrap(), granted: BTreeSet::new() }
    }
}

fn token_env(side: &Side) -> String {
    format!("{}_TOKEN", side.name.to_uppercase())
}

/// The emulated tenant stands where the cloud and the identity were.
fn emulate(tenant: &mut toml::Table, side: &Side, graph: &Sandbox) {
    let root = graph.root();
    let text = |text: &str| toml::Value::from(text);
    tenant.insert("cloud".to_owned(), text("custom"));
    let endpoints = [("graph", root.as_str()), ("authority", root.as_str()), ("redirect", side.redirect)];
    let table = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), text(value))).collect();
    tenant.insert("endpoints".to_owned(), toml::Value::Table(table(&endpoints)));
    let token = token_env(side);
    let auth = [("method", "access-token"), ("token_env", token.as_str())];
    tenant.insert("auth".to_owned(), toml::Value::Table(table(&auth)));
}
