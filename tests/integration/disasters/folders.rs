//! The ledger's folder: missing, not to be written, or the wrong one of two.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output};

use super::{known, planned_with, planned_without, refused};
use crate::context::{Tenant, ended, reported, say};
use crate::crashes::{Scene, cut_off, quiet_in_the_end, with_suffix};

/// An account to which nothing belongs.
const NOBODY: u32 = 65_534;

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The account that runs get which a folder is to be closed to: the tests' own, or where that one may write everywhere,
/// as root may, another.
struct Barred {
    id: Option<u32>,
}

impl Barred {
    /// Says why where there is no such account.
    fn new(tenant: &Tenant) -> Option<Self> {
        let closed = tenant.folder.path().join("closed");
        fs::create_dir(&closed).unwrap();
        mode(&closed, 0o555);
        if fs::write(closed.join("file"), "").is_err() {
            return Some(Self { id: None });
        }
        let taken_on = Command::new("true").uid(NOBODY).gid(NOBODY).status();
        match taken_on {
            Ok(_) => Some(Self { id: Some(NOBODY) }),
            Err(error) => {
                say(&format!("skipped: this account may write everywhere and can't become another one: {error}"));
                None
            }
        }
    }

    /// The binary, a run and a dry run; everything that they need is there before the folder is closed.
    fn commands(&self, tenant: &Tenant) -> [Command; 2] {
        [self.command(tenant, &[]), self.command(tenant, &["--dry-run"])]
    }

    fn command(&self, tenant: &Tenant, args: &[&str]) -> Command {
        let command = tenant.real(args);
        let Some(id) = self.id else { return command };
        mode(&tenant.config(), 0o644);
        // The build's folder may be closed to others. Another process copies it: a file that a fork of this one may
        // still have open for writing can't be executed.
        let binary = tenant.folder.path().join("xcsync");
        if !binary.exists() {
            assert!(Command::new("cp").arg(command.get_program()).arg(&binary).status().unwrap().success());
        }
        let mut copy = Command::new(binary);
        copy.args(command.get_args()).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        copy.uid(id).gid(id);
        copy
    }

    /// Another command than `invite`, with the configuration of a run.
    fn instead(&self, run: &Command, words: &[&str]) -> Command {
        let mut command = Command::new(run.get_program());
        command.env_clear().args(run.get_args().take_while(|arg| *arg != "invite")).args(words);
        if let Some(id) = self.id {
            command.uid(id).gid(id);
        }
        command
    }

    /// `xcsync check`, which has a token too.
    fn check(&self, run: &Command) -> Command {
        let mut command = self.instead(run, &["check", "-o", "json"]);
        command.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }

    /// Gives it a file of its own.
    fn owns(&self, file: &Path) {
        chown(file, self.id, None).unwrap();
    }
}

/// Lets the tenant's folder be read by everybody and written by nobody, runs, and takes that back.
async fn while_read_only<T>(tenant: &Tenant, run: impl Future<Output = T>) -> T {
    mode(tenant.folder.path(), 0o555);
    let done = run.await;
    mode(tenant.folder.path(), 0o755);
    done
}

/// What `check` says of the ledger that a run is refused for.
async fn seen_by_check(check: Command) {
    let report: serde_json::Value = serde_json::from_slice(&ended(check).await.stdout).unwrap();
    let ledger = report["checks"].as_array().unwrap().iter().find(|check| check["check"] == "ledger").unwrap().clone();
    assert_eq!((&report["exit_code"], &ledger["status"]), (&8.into(), &"fail".into()), "{ledger:#}");
    assert!(ledger["detail"].as_str().unwrap().contains("xcsync.db can't be "), "{ledger:#}");
}

fn lines(output: &Output) -> usize {
    String::from_utf8_lossy(&output.stdout).lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ledger_is_begun_in_a_read_only_folder_and_a_dry_run_needs_none() {
    let tenant = Scene::first().set_up().await;
    let Some(barred) = Barred::new(&tenant) else { return };
    let [apply, dry_run] = barred.commands(&tenant);
    let check = barred.check(&apply);
    while_read_only(&tenant, async {
        seen_by_check(check).await;
        let run = refused(&tenant, apply, "ledger-unusable").await;
        assert!(run["error"]["hint"].as_str().unwrap().contains("may write there"), "{run:#}");
        let run = reported(&ended(dry_run).await);
        assert_eq!((&run["exit_code"], &run["counts"]["invite"]), (&0.into(), &3.into()), "{run:#}");
        assert!(!run["warnings"].to_string().contains("ledger"), "{run:#}");
    })
    .await;
    assert!(!tenant.ledger().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_in_a_read_only_folder_is_refused_and_a_dry_run_reads_it() {
    let tenant = known().await;
    let Some(barred) = Barred::new(&tenant) else { return };
    let lock = with_suffix(&tenant.ledger(), &format!(".{}.lock", tenant.id));
    for (file, has_lock) in [(0o444, false), (0o644, false), (0o644, true)] {
        mode(&tenant.ledger(), file);
        if file == 0o644 {
            // Its own, and still: SQLite needs the folder for its journal.
            barred.owns(&tenant.ledger());
        }
        if has_lock {
            fs::write(&lock, "").unwrap();
            mode(&lock, 0o666);
        }
        let bytes = fs::read(tenant.ledger()).unwrap();
        let [apply, dry_run] = barred.commands(&tenant);
        let history = barred.instead(&dry_run, &["history", "-o", "csv"]);
        let check = barred.check(&apply);
        while_read_only(&tenant, async {
            seen_by_check(check).await;
            planned_with(dry_run).await;
            let history = ended(history).await;
            assert_eq!((history.status.code(), lines(&history)), (Some(0), 2), "{history:?}");
            refused(&tenant, apply, "ledger-unusable").await;
        })
        .await;
        assert!(fs::read(tenant.ledger()).unwrap() == bytes, "it is another file now");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_belongs_to_somebody_else_is_refused_and_a_dry_run_says_so() {
    let tenant = known().await;
    let Some(barred) = Barred::new(&tenant) else { return };
    mode(&tenant.ledger(), 0o000);
    let [apply, dry_run] = barred.commands(&tenant);
    let check = barred.check(&apply);
    while_read_only(&tenant, async {
        seen_by_check(check).await;
        assert!(planned_without(dry_run).await.contains("can't be opened"));
        refused(&tenant, apply, "ledger-unusable").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_cut_off_is_refused_in_a_folder_that_is_read_only_since() {
    let scene = cut_off().await;
    for may_write_the_files in [false, true] {
        let tenant = scene.set_up().await;
        let Some(barred) = Barred::new(&tenant) else { return };
        let files = scene.files.iter().map(|(suffix, bytes)| (with_suffix(&tenant.ledger(), suffix), bytes));
        let files: Vec<_> = files.collect();
        for (path, _) in &files {
            if may_write_the_files {
                barred.owns(path);
            } else {
                mode(path, 0o444);
            }
        }
        let [apply, dry_run] = barred.commands(&tenant);
        let check = barred.check(&apply);
        while_read_only(&tenant, async {
            seen_by_check(check).await;
            assert!(planned_without(dry_run).await.contains("can't be opened"));
            refused(&tenant, apply, "ledger-unusable").await;
        })
        .await;
        // Where SQLite may, it undoes the commit in the file, and leaves the journal, which can't be deleted.
        let same = files.iter().all(|(path, bytes)| fs::read(path).unwrap() == **bytes);
        assert!(same || may_write_the_files, "they are other files now");
        for (path, _) in &files {
            mode(path, 0o600);
        }
        quiet_in_the_end(&tenant, &scene, "a torn commit, in a folder that was read-only").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_not_made_where_the_configuration_names_it() {
    let tenant = Scene::first().set_up().await;
    let place = tenant.folder.path().join("mount/point");
    let named = |args: &[&str]| with_state(&tenant, &place.join("xcsync.db"), args);
    let run = refused(&tenant, named(&[]), "ledger-folder-missing").await;
    assert!(run["error"]["hint"].as_str().unwrap().contains("mount what belongs there"), "{run:#}");
    assert!(planned_without(named(&["--dry-run"])).await.contains("is not there"));
    assert!(!tenant.folder.path().join("mount").exists());
}

/// The binary with the ledger in another place, and with a home of its own.
fn with_state(tenant: &Tenant, ledger: &Path, args: &[&str]) -> Command {
    let mut command = tenant.real(args);
    let config = fs::read_to_string(tenant.config()).unwrap();
    let config = config.replace(&tenant.state(), &format!("state = {ledger:?}\n"));
    fs::write(tenant.folder.path().join("config.toml"), config).unwrap();
    command.env("XDG_STATE_HOME", tenant.folder.path());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ledger_is_not_begun_while_one_knows_the_tenant() {
    let tenant = known().await;
    let (folder, new) = (tenant.folder.path().join("xcsync"), tenant.folder.path().join("new.xcsync.db"));
    fs::create_dir(&folder).unwrap();
    // Where it lies without `state`.
    let old = folder.join("xcsync.db");
    fs::rename(tenant.ledger(), &old).unwrap();
    let run = refused(&tenant, with_state(&tenant, &new, &[]), "second-ledger").await;
    let message = run["error"]["message"].as_str().unwrap();
    assert!([&old, &new].iter().all(|path| message.contains(path.to_str().unwrap())), "{message}");
    assert!(run["error"]["hint"].as_str().unwrap().contains("move it to the new place"), "{run:#}");
    assert!(planned_without(with_state(&tenant, &new, &["--dry-run"])).await.contains("knows this tenant"));
    assert!(!new.exists(), "it was begun");
    // An empty file is none yet.
    fs::write(&new, "").unwrap();
    refused(&tenant, with_state(&tenant, &new, &[]), "second-ledger").await;
    assert_eq!(fs::read(&new).unwrap(), b"");
    // Nor is the ledger of another tenant this one's.
    fs::copy(&old, &new).unwrap();
    let foreign = "UPDATE tenants SET tenant_id = '00000000-0000-4000-8000-000000000000'";
    rusqlite::Connection::open(&new).unwrap().execute_batch(foreign).unwrap();
    refused(&tenant, with_state(&tenant, &new, &[]), "second-ledger").await;
    assert!(planned_without(with_state(&tenant, &new, &["--dry-run"])).await.contains("knows this tenant"));
    // As the hint says.
    fs::rename(&old, &new).unwrap();
    let run = reported(&ended(with_state(&tenant, &new, &[])).await);
    let told = (&run["exit_code"], &run["window"]["kind"], &run["counts"]["invited"]);
    assert_eq!(told, (&0.into(), &"incremental".into(), &2.into()), "{run:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_other_tenants_elsewhere_stands_in_nobodys_way() {
    let tenant = Scene::first().set_up().await;
    let (folder, new) = (tenant.folder.path().join("xcsync"), tenant.folder.path().join("new.xcsync.db"));
    fs::create_dir(&folder).unwrap();
    let other = Scene::first().set_up().await;
    other.graph.edit(|graph| graph.people = std::iter::empty().collect());
    let mut other_tenant = other.real(&[]);
    other_tenant.env("XDG_STATE_HOME", other.folder.path());
    assert_eq!(reported(&ended(other_tenant).await)["exit_code"], 0);
    fs::copy(other.ledger(), folder.join("xcsync.db")).unwrap();
    let foreign = "UPDATE tenants SET tenant_id = '00000000-0000-4000-8000-000000000000'";
    rusqlite::Connection::open(folder.join("xcsync.db")).unwrap().execute_batch(foreign).unwrap();
    let run = reported(&ended(with_state(&tenant, &new, &[])).await);
    assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &3.into()), "{run:#}");
}
