//! The harness: an emulated tenant, a configuration for it, and runs against it.
//!
//! [`Tenant::run`] runs the program in this process, with simulated time, client and server on one current-thread
//! runtime: use it under `#[tokio::test(start_paused = true)]`. [`Tenant::binary`] gives the real binary, which lives in
//! real time: use it under `#[tokio::test(flavor = "multi_thread")]`, with a `Retry-After` of 0 or 1 and one invitation or two.

mod applied;
mod explained;
mod gateway;
mod home;
mod real;
#[cfg(unix)]
mod shell;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;
use xcsync::error::Exit;
use xcsync::sandbox::{self, Exchange, Person, Sandbox};
use xcsync::world::{Clock, Environment, World};

pub use applied::{Applied, about, mixed, new_people, unreadable};
pub use gateway::Gateway;
pub use home::{Home, account};
pub use real::{Nobody, ended, reported, say, started};
#[cfg(unix)]
pub use shell::{by_shell, mounting};

/// The permissions of a run that invites.
pub const INVITER: &[&str] =
    &["User.Read.All", "User.Invite.All", "Organization.Read.All", "RoleManagement.Read.Directory"];

/// The permission of a dry run.
pub const READER: &[&str] = &["User.Read.All"];

/// The variable that the configuration names for the token.
pub const TOKEN: &str = "XCSYNC_ACCESS_TOKEN";

/// The same for the home tenant's.
pub const HOME_TOKEN: &str = "HOME_TOKEN";

/// An emulated tenant with a configuration that names it.
pub struct Tenant {
    /// The emulator.
    pub graph: Sandbox,
    /// Where the configuration lies, and everything that a test writes.
    pub folder: tempfile::TempDir,
    /// The access token that runs get.
    pub token: String,
    /// The tenant's id.
    pub id: Uuid,
    /// More lines for the tables of the configuration: `("limits", "wave = 2")`.
    settings: Vec<(&'static str, String)>,
    /// The local clock of runs in this process; the server's time where `None`.
    pub local_time: Option<DateTime<Utc>>,
    /// The tenant where these people sign in.
    pub home: Option<Home>,
}

/// How a run ended and what it said.
#[derive(Debug)]
pub struct Ended {
    pub exit: u8,
    pub stdout: String,
    pub stderr: String,
}

impl Tenant {
    /// A tenant with these people; `domains` is `contoso.com`, and one invitation a second leaves as configured.
    pub async fn with(people: impl IntoIterator<Item = Person>) -> Self {
        let mut tenant = sandbox::Tenant::default();
        tenant.people.extend(people);
        Self::of(tenant).await
    }

    /// Any tenant of the emulator's.
    pub async fn of(mut tenant: sandbox::Tenant) -> Self {
        tenant.traffic_dir = Some(traffic_folder());
        let id = tenant.id;
        let graph = Sandbox::start(tenant).await.unwrap();
        let token = graph.token(INVITER);
        let folder = tempfile::tempdir().unwrap();
        Self { graph, folder, token, id, settings: Vec::new(), local_time: None, home: None }
    }

    /// Adds lines to a table of the tenant's configuration: `""`, `"auth"`, `"invite"`, `"invite.where"`, `"limits"`, `"endpoints"`;
    /// of `"notify"`, whole tables, also `[metrics]`.
    pub fn set(mut self, table: &'static str, lines: &str) -> Self {
        self.settings.push((table, lines.to_owned()));
        self
    }

    /// Takes back what was added to a table.
    pub fn reset(mut self, table: &str) -> Self {
        self.settings.retain(|(of, _)| *of != table);
        self
    }

    /// The token of runs has only these permissions.
    pub fn permitted(mut self, roles: &[&str]) -> Self {
        self.token = self.graph.token(roles);
        self
    }

    /// Writes the configuration and says where.
    pub fn config(&self) -> PathBuf {
        let path = self.folder.path().join("config.toml");
        let home = self.home.as_ref().map(Home::tables).unwrap_or_default();
        let notify = self.settings.iter().filter(|(of, _)| *of == "notify").map(|(_, lines)| format!("{lines}\n"));
        let notify: String = notify.collect();
        std::fs::write(&path, self.state() + &self.tables("emulated") + &home + &notify).unwrap();
        path
    }

    /// Where the ledger is.
    pub fn ledger(&self) -> PathBuf {
        self.folder.path().join("xcsync.db")
    }

    /// The line of the configuration that says so.
    pub fn state(&self) -> String {
        format!("state = {:?}\n", self.ledger())
    }

    /// The tables of this tenant under a name; several tenants' make one file.
    pub fn tables(&self, name: &str) -> String {
        let root = self.graph.root();
        let lines = |table: &str| {
            let lines = self.settings.iter().filter(|(of, _)| *of == table).map(|(_, lines)| format!("{lines}\n"));
            lines.collect::<String>()
        };
        let given = |table: &str, default: &str| {
            let lines = lines(table);
            if lines.is_empty() { default.to_owned() } else { lines }
        };
        let endpoints = given(
            "endpoints",
            &format!("graph = {root:?}\nauthority = {root:?}\nredirect = \"https://myapps.microsoft.us\"\n"),
        );
        let auth = given("auth", "method = \"access-token\"\n");
        let domains = if lines("invite").contains("domains") { "" } else { "domains = [\"contoso.com\"]\n" };
        format!(
            "[tenants.{name}]\ncloud = \"custom\"\ntenant_id = \"{}\"\n{}[tenants.{name}.endpoints]\n{endpoints}[tenants.{name}.auth]\n{auth}\
             [tenants.{name}.invite]\n{domains}{}[tenants.{name}.invite.where]\n{}[tenants.{name}.limits]\n{}",
            self.id,
            lines(""),
            lines("invite"),
            lines("invite.where"),
            lines("limits"),
        )
    }

    /// Runs `xcsync invite` with these arguments in this process.
    pub async fn run(&self, args: &[&str]) -> Ended {
        self.run_until(args, watch::channel(0).1).await
    }

    /// The same, for a run that is interrupted. After whatever has posted, the plan of the next run is looked at.
    pub async fn run_until(&self, args: &[&str], interrupts: watch::Receiver<u32>) -> Ended {
        let before = self.posts().len();
        let ended = self.run_once(args, interrupts).await;
        if !args.contains(&"--no-state") {
            self.the_second_run_sends_nothing(before).await;
        }
        ended
    }

    /// The run alone, for tests that look at all that the emulator saw, or at the time.
    pub async fn run_once(&self, args: &[&str], interrupts: watch::Receiver<u32>) -> Ended {
        run_with(
            &self.config(),
            args,
            &self.environment(),
            self.local_time.unwrap_or_else(|| self.graph.now()),
            interrupts,
        )
        .await
    }

    /// A dry run's or a run's JSON report: the object of this tenant.
    pub async fn report(&self, args: &[&str]) -> Value {
        let args: Vec<_> = args.iter().copied().chain(["-o", "json"]).collect();
        self.run(&args).await.run()
    }

    /// The environment of runs in this process.
    pub fn environment(&self) -> Environment {
        let secret = self.graph.edit(|tenant| tenant.application.secret.clone());
        let env = Environment::default().with(TOKEN, &self.token).with("SANDBOX_SECRET", &secret);
        self.home.iter().fold(env, |env, home| env.with(HOME_TOKEN, &home.token))
    }

    /// The real binary with `invite` and these arguments, its environment empty but for the token.
    pub fn binary(&self, args: &[&str]) -> assert_cmd::Command {
        let mut command = binary();
        command.env(TOKEN, &self.token).arg("--config").arg(self.config()).arg("invite").args(args);
        command
    }

    /// The posts that reached the emulator.
    pub fn posts(&self) -> Vec<Exchange> {
        let traffic = self.graph.traffic();
        traffic
            .into_iter()
            .filter(|exchange| exchange.method == "POST" && exchange.url.ends_with("/invitations"))
            .collect()
    }

    /// The addresses that mail went to, in its order.
    pub fn mailed(&self) -> Vec<String> {
        self.graph.edit(|tenant| tenant.mails.iter().map(|mail| mail.to.clone()).collect())
    }
}

impl Ended {
    /// The JSON report; the catalogue explains every code in it.
    #[track_caller]
    pub fn json(&self) -> Value {
        let report = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        explained::only_known_codes(&report);
        report
    }

    /// The only run of the JSON report.
    pub fn run(&self) -> Value {
        let report = self.json();
        assert_eq!(report["runs"].as_array().map(Vec::len), Some(1), "{self:?}");
        report["runs"][0].clone()
    }
}

/// Runs `xcsync --config … invite …` in this process, with simulated time.
pub async fn run_with(
    config: &Path,
    args: &[&str],
    env: &Environment,
    now: DateTime<Utc>,
    interrupts: watch::Receiver<u32>,
) -> Ended {
    let line =
        ["xcsync", "--config"].map(OsString::from).into_iter().chain([config.as_os_str().to_owned(), "invite".into()]);
    run_line(line.chain(args.iter().map(OsString::from)), env, now, interrupts).await
}

/// Runs any command line in this process.
pub async fn run_line(
    line: impl IntoIterator<Item = OsString>,
    env: &Environment,
    now: DateTime<Utc>,
    interrupts: watch::Receiver<u32>,
) -> Ended {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let world = World {
        env: env.clone(),
        clock: Clock::at(now),
        stdout: Box::new(stdout.clone()),
        stderr: Box::new(stderr.clone()),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
        stderr_is_journal: false,
        interrupts,
    };
    let exit: Exit = xcsync::run(line, world).await;
    Ended { exit: exit.code(), stdout: stdout.text(), stderr: stderr.text() }
}

/// The real binary with an empty environment, as cron would start it.
#[expect(clippy::disallowed_methods, reason = "the real binary needs what the system needs")]
pub fn binary() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_xcsync"));
    command.env_clear();
    for name in ["PATH", "SYSTEMROOT", "TEMP"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Where the tests' traffic goes, for the contract's checker.
pub fn traffic_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("traffic")
}

/// A stream that remembers.
#[derive(Clone, Default)]
pub struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
