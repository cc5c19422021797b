//! A run is killed at every place where it can be in the middle of something, and run again until quiet.
//!
//! The places are every exchange, before the service has done the request and after it, and every commit of the ledger,
//! before and after. There are no exceptions to "nobody is mailed twice" here: a first invitation leaves a mark that the
//! next run reads, and a reminder, which leaves none, counts as sent once it was about to be. Only a service that shows a
//! conversion later than 15 minutes and 6 hours after it could have a person invited twice.

mod aftermath;
mod scene;
mod torn;

use std::process::ExitStatus;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use futures_util::stream::iter;
use tokio::process::Child;
use xcsync::sandbox::{Action, Fault};

use crate::context::{Tenant, ended, say, started};
use aftermath::went_through;

pub use aftermath::{each_invitation_is_in_the_ledger, quiet_in_the_end};
pub use scene::{Scene, with_suffix};
pub use torn::cut_off;

/// So many points at once: a run waits for the directory most of its time.
const AT_ONCE: usize = 24;

/// The variable that names the place of a commit at which the process kills itself.
const FAILPOINT: &str = "XCSYNC_FAILPOINT";

/// A request that the client never sees answered, though it was done.
const DONE: Action = Action::Slow(Duration::from_secs(3600));

/// Less than the quarter of an hour after which reads are trusted.
const STILL_HIDDEN: TimeDelta = TimeDelta::minutes(10);

fn was_killed(status: ExitStatus) -> bool {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
    #[cfg(not(unix))]
    return !status.success();
}

/// Starts a run, and returns as soon as a fault has struck it.
pub async fn struck(tenant: &Tenant, fault: Fault) -> Child {
    tenant.graph.edit(|graph| graph.faults = vec![fault]);
    let mut child = started(tenant.real(&[]));
    while tenant.graph.edit(|graph| graph.faults[0].times > 0) {
        if child.try_wait().unwrap().is_some() {
            let stderr = child.wait_with_output().await.unwrap().stderr;
            panic!("the run has ended before it came to the point: {}", String::from_utf8_lossy(&stderr));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tenant.graph.edit(|graph| graph.faults.clear());
    child
}

/// Kills a run that waits for the answer which a fault withholds.
async fn killed_at(tenant: &Tenant, fault: Fault) {
    let mut child = struck(tenant, fault).await;
    child.start_kill().unwrap();
    assert!(was_killed(child.wait().await.unwrap()));
    lag_on(tenant);
}

/// What the directory does not show yet when a run is killed, it does not show for a while longer: the next run, which
/// begins at once, must not see it, however slow this machine is.
fn lag_on(tenant: &Tenant) {
    let now = tenant.graph.now();
    tenant.graph.edit(|graph| {
        let hidden = graph.people.iter_mut().filter_map(|person| person.earlier_state.as_mut());
        for earlier in hidden.filter(|earlier| earlier.until > now) {
            earlier.until = now + STILL_HIDDEN;
        }
    });
}

/// How many exchanges the run has that nobody kills.
async fn exchanges(scene: &Scene) -> u32 {
    let tenant = scene.set_up().await;
    tenant.graph.edit(|graph| graph.faults = vec![Fault::on("", "", Action::Hang).skip(u32::MAX)]);
    went_through(&ended(tenant.real(&[])).await);
    let counted = tenant.graph.edit(|graph| u32::MAX - graph.faults[0].skip);
    assert_eq!(counted as usize, tenant.graph.traffic().len(), "a request beside Graph would shift the points");
    counted
}

/// Kills the run at every exchange, before it is done and after, and says how many points there were.
async fn at_every_exchange(scene: &Scene) -> usize {
    let exchanges = exchanges(scene).await;
    let points = (0..exchanges).flat_map(|number| [(number, Action::Hang), (number, DONE)]);
    let each = iter(points).map(async |(number, action)| {
        let point = format!("exchange {number}, {action:?}");
        let tenant = scene.set_up().await;
        killed_at(&tenant, Fault::on("", "", action).skip(number)).await;
        quiet_in_the_end(&tenant, scene, &point).await;
        each_invitation_is_in_the_ledger(&tenant, scene, &point);
    });
    each.buffer_unordered(AT_ONCE).count().await
}

/// Kills the run at every commit, before it and after, and says how many points there were.
///
/// How many commits there are is not told beforehand: what waits together is committed together. So the number goes up
/// until so many runs in a row have outlived it as were started at once.
async fn at_every_commit(scene: &Scene) -> usize {
    let mut points = 0;
    for first in (1..).step_by(AT_ONCE) {
        let killed = iter(first..first + AT_ONCE).map(|place| at_commit(scene, place));
        let killed = killed.buffer_unordered(AT_ONCE).filter(|killed| std::future::ready(*killed)).count().await;
        points += killed;
        if killed == 0 {
            break;
        }
    }
    points
}

/// Kills the run at one place; `false` where it has ended before.
async fn at_commit(scene: &Scene, place: usize) -> bool {
    let tenant = scene.set_up().await;
    let mut command = tenant.real(&[]);
    command.env(FAILPOINT, place.to_string());
    let output = ended(command).await;
    let killed = was_killed(output.status);
    if killed {
        lag_on(&tenant);
    } else {
        went_through(&output);
    }
    let point = format!("commit {place}");
    quiet_in_the_end(&tenant, scene, &point).await;
    each_invitation_is_in_the_ledger(&tenant, scene, &point);
    killed
}

/// A figure of the proof, for whoever reads the tests' output.
fn told(points: usize, what: &str, at_least: usize) {
    say(&format!("{points} points: {what}"));
    assert!(
        points >= at_least,
        "too few points to prove anything, or a release build, which has no failpoints: {points}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_killed_at_any_exchange_loses_nobody_and_mails_nobody_twice() {
    told(at_every_exchange(&Scene::first()).await, "a first run, exchanges", 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_run_killed_at_any_exchange_loses_nobody_and_mails_nobody_twice() {
    told(at_every_exchange(&Scene::later().await).await, "a later run, exchanges", 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_killed_at_any_commit_loses_nobody_and_mails_nobody_twice() {
    // The empty file, its form, the run, whom it adopts, the plan, three invitations of two commits each (of which
    // the second and the third may share theirs), what was read back, the end.
    told(at_every_commit(&Scene::first().one_by_one()).await, "a first run, commits", 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_run_killed_at_any_commit_loses_nobody_and_mails_nobody_twice() {
    // The same without a beginning, and eight invitations, some of which a slow disk may have committed together.
    told(at_every_commit(&Scene::later().await.one_by_one()).await, "a later run, commits one by one", 18);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_at_full_pace_killed_at_any_commit_loses_nobody_and_mails_nobody_twice() {
    told(at_every_commit(&Scene::later().await).await, "a later run, commits of many together", 18);
}
