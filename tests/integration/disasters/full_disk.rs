//! A disk that is full: at the start, in the middle of sending, at the end. Every size of it is tried.

use std::collections::HashSet;
use std::fs;
use std::process::{Command, Output, Stdio};

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use rusqlite::Connection;
use serde_json::Value;
use uuid::Uuid;

use crate::context::{Tenant, ended, reported};
use crate::crashes::{Scene, quiet_in_the_end};

/// SQLite's own default, which the ledger keeps.
const PAGE: u64 = 4096;

/// So many sizes at once: a run waits for the directory most of its time.
const AT_ONCE: usize = 24;

/// How many pages more than the ledger has are tried; the run needs some less.
const PAGES: u64 = 20;

/// New people: their intents need more pages than what is written before the first of them.
const PEOPLE: u32 = 90;

/// How far a run came on its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Came {
    /// Nobody was sent to.
    Nowhere,
    /// Some were, and then no more.
    Halfway,
    /// Everybody was, and only the end of the run could not be written.
    ToTheLast,
    /// To its end.
    Through,
}

/// The binary by way of a shell, which does something before it and after it; with mounts of its own where asked.
fn by_shell(command: &Command, script: &str, mounts: bool) -> Command {
    let mut shell = Command::new(if mounts { "unshare" } else { "sh" });
    if mounts {
        shell.args(["--mount", "sh"]);
    }
    shell.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.arg("-c").arg(script).arg(command.get_program()).args(command.get_args());
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// A run none of whose files may grow beyond a size; POSIX counts it in blocks of 512 bytes.
async fn with_limited_files(tenant: &Tenant, size: u64) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", size / 512);
    ended(by_shell(&tenant.real(&[]), &script, false)).await
}

/// A run whose ledger lies alone on a disk of a size, which only that process sees; its files come back from there.
async fn on_a_small_disk(tenant: &Tenant, size: u64) -> Output {
    let (folder, ledger) = (tenant.folder.path(), tenant.ledger());
    fs::create_dir(folder.join("disk")).unwrap();
    fs::rename(&ledger, folder.join("kept")).unwrap();
    std::os::unix::fs::symlink(folder.join("disk/xcsync.db"), &ledger).unwrap();
    let script = format!(
        "cd {folder:?} && mount -t tmpfs -o size={size} tmpfs disk && cp kept disk/xcsync.db || exit 99; \
         \"$0\" \"$@\"; code=$?; rm xcsync.db; cp disk/xcsync.db* .; exit $code"
    );
    ended(by_shell(&tenant.real(&[]), &script, true)).await
}

/// Why there can be no disk of its own for a run; `None` where there can.
fn no_mounts() -> Option<String> {
    let mount = "mount -t tmpfs -o size=4096 tmpfs /mnt";
    match Command::new("unshare").args(["--mount", "sh", "-c", mount]).output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// Tries every size from a ledger that can't grow by a page to one that has all it needs.
async fn of_every_size(run: impl AsyncFn(&Tenant, u64) -> Output) {
    let scene = Scene::crowd(PEOPLE).await;
    let whole = scene.files[0].1.len() as u64;
    let sizes = (0..PAGES).map(|pages| whole + pages * PAGE);
    let each = iter(sizes).map(async |size| {
        let tenant = scene.set_up().await;
        let output = run(&tenant, size).await;
        survived(&tenant, &scene, &output, size).await
    });
    let came: Vec<Came> = each.buffer_unordered(AT_ONCE).collect().await;
    let count = |which| came.iter().filter(|came| **came == which).count();
    let told = [Came::Nowhere, Came::Halfway, Came::ToTheLast, Came::Through].map(count);
    println!("{PAGES} sizes: nobody sent to, some, all but the end not written, all: {told:?}");
    assert!(told[0] > 0 && told[1] > 0 && told[3] > 0, "too few kinds of endings to prove anything: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_can_t_grow_stops_the_run_before_the_next_invitation() {
    of_every_size(with_limited_files).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_run_before_the_next_invitation() {
    if let Some(why) = no_mounts() {
        println!("skipped: this account can't make a small disk for the test: {why}");
        return;
    }
    of_every_size(on_a_small_disk).await;
}

/// What must hold however large the disk was; then there is room again, and everything is made good.
async fn survived(tenant: &Tenant, scene: &Scene, output: &Output, size: u64) -> Came {
    let point = format!("{size} bytes");
    let run = reported(output);
    let came = came(tenant, &run);
    if came != Came::Through {
        said_plainly(&run);
    }
    assert_eq!(run["counts"]["invited"], tenant.mailed().len(), "{point}: {run:#}");
    every_post_was_intended(tenant, &point);
    quiet_in_the_end(tenant, scene, &point).await;
    came
}

fn came(tenant: &Tenant, run: &Value) -> Came {
    let posts = tenant.posts().len();
    match run["exit_code"].as_u64() {
        Some(0) => Came::Through,
        _ if posts == 0 => Came::Nowhere,
        _ if posts < PEOPLE as usize => Came::Halfway,
        _ => Came::ToTheLast,
    }
}

fn said_plainly(run: &Value) {
    assert_eq!((&run["exit_code"], &run["error"]["code"]), (&1.into(), &"ledger-unusable".into()), "{run:#}");
    let message = run["error"]["message"].as_str().unwrap();
    let consequences =
        ["nothing was sent to anyone", "what was not sent is left to the next run", "what was sent is known"];
    assert!(message.contains("xcsync.db"), "{message}");
    assert!(consequences.iter().any(|consequence| message.contains(consequence)), "{message}");
    assert!(run["error"]["hint"].as_str().unwrap().contains("the disk has room"), "{run:#}");
}

/// Nothing left of which the ledger does not know.
fn every_post_was_intended(tenant: &Tenant, point: &str) {
    let ledger = Connection::open(tenant.ledger()).unwrap();
    let mut attempts = ledger.prepare("SELECT user_id FROM attempts").unwrap();
    let attempts = attempts.query_map([], |row| row.get::<_, [u8; 16]>(0)).unwrap();
    let intended: HashSet<_> = attempts.map(|id| Uuid::from_bytes(id.unwrap())).collect();
    for post in tenant.posts() {
        let id = post.request_body.unwrap()["invitedUser"]["id"].as_str().map(Uuid::parse_str);
        assert!(intended.contains(&id.unwrap().unwrap()), "{point}: posted without an intent");
    }
}
