//! A disk that is full: at the start, in the middle of sending, at the end. Every size of it is tried.

use std::collections::HashSet;
use std::fs;
use std::process::Output;

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use rusqlite::Connection;
use serde_json::Value;
use uuid::Uuid;

use crate::context::{Tenant, by_shell, ended, mounting, reported, say};
use crate::crashes::{Scene, each_invitation_is_in_the_ledger, quiet_in_the_end};

/// SQLite's own default, which the ledger keeps.
const PAGE: u64 = 4096;

/// So many sizes at once: a run waits for the directory most of its time.
const AT_ONCE: usize = 24;

/// How many pages more than the ledger has are tried; the run needs some less, also where it begins the ledger.
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

/// A run none of whose files may grow beyond a size; POSIX counts it in blocks of 512 bytes.
async fn with_limited_files(tenant: &Tenant, size: u64) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", size / 512);
    ended(by_shell(&tenant.real(&[]), &["sh"], &script)).await
}

/// A run whose ledger lies alone on a disk of a size, which only that process sees; its files come back from there.
async fn on_a_small_disk(tenant: &Tenant, size: u64, mounting: &[&str]) -> Output {
    let (folder, ledger) = (tenant.folder.path(), tenant.ledger());
    fs::create_dir(folder.join("disk")).unwrap();
    fs::rename(&ledger, folder.join("kept")).unwrap();
    std::os::unix::fs::symlink(folder.join("disk/xcsync.db"), &ledger).unwrap();
    let script = format!(
        "cd {folder:?} && mount -t tmpfs -o size={size} tmpfs disk && cp kept disk/xcsync.db || exit 99; \
         \"$0\" \"$@\"; code=$?; rm xcsync.db; cp disk/xcsync.db* .; exit $code"
    );
    ended(by_shell(&tenant.real(&[]), mounting, &script)).await
}

/// Tries every size from a ledger that can't grow by a page to one that has all it needs, and counts how the runs came out.
async fn of_every_size(scene: &Scene, run: impl AsyncFn(&Tenant, u64) -> Output) -> [usize; 4] {
    let whole = scene.files.first().map_or(0, |(_, bytes)| bytes.len() as u64);
    let sizes = (0..PAGES).map(|pages| whole + pages * PAGE);
    let each = iter(sizes).map(async |size| {
        let tenant = scene.set_up().await;
        let output = run(&tenant, size).await;
        survived(&tenant, scene, &output, size).await
    });
    let came: Vec<Came> = each.buffer_unordered(AT_ONCE).collect().await;
    let count = |which| came.iter().filter(|came| **came == which).count();
    let told = [Came::Nowhere, Came::Halfway, Came::ToTheLast, Came::Through].map(count);
    say(&format!("{PAGES} sizes of a disk: nobody sent to, some, all but the end not written, all: {told:?}"));
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_can_t_grow_stops_the_run_before_the_next_invitation() {
    let told = of_every_size(&Scene::crowd(PEOPLE).await, with_limited_files).await;
    assert!(told[0] > 0 && told[1] > 0 && told[3] > 0, "too few kinds of endings to prove anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_run_before_the_next_invitation() {
    let Some(mounting) = mounting() else { return };
    let run = async |tenant: &Tenant, size| on_a_small_disk(tenant, size, mounting).await;
    let told = of_every_size(&Scene::crowd(PEOPLE).await, run).await;
    assert!(told[0] > 0 && told[1] > 0 && told[3] > 0, "too few kinds of endings to prove anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_can_t_be_begun_in_full_stops_the_run_before_the_first_invitation() {
    let told = of_every_size(&Scene::first(), with_limited_files).await;
    assert!(told[0] > 0 && told[3] > 0, "too few kinds of endings to prove anything");
}

/// What must hold however large the disk was; then there is room again, and everything is made good.
async fn survived(tenant: &Tenant, scene: &Scene, output: &Output, size: u64) -> Came {
    let point = format!("{size} bytes");
    let run = reported(output);
    let came = came(tenant, scene, &run);
    if came != Came::Through {
        said_plainly(&run);
    }
    assert_eq!(run["counts"]["invited"], tenant.mailed().len(), "{point}: {run:#}");
    if came != Came::Nowhere {
        every_post_was_intended(tenant, &point);
    }
    quiet_in_the_end(tenant, scene, &point).await;
    each_invitation_is_in_the_ledger(tenant, scene, &point);
    came
}

fn came(tenant: &Tenant, scene: &Scene, run: &Value) -> Came {
    let posts = tenant.posts().len();
    match run["exit_code"].as_u64() {
        Some(0) => Came::Through,
        _ if posts == 0 => Came::Nowhere,
        _ if posts < scene.to_invite.len() => Came::Halfway,
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
