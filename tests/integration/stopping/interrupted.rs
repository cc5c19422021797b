use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use xcsync::sandbox::{Action, Fault};

use crate::context::{Gateway, Tenant, new_people};

/// A run that is interrupted so long after so many posts; its report and how long it went on.
async fn interrupted(tenant: &Tenant, posts: usize, later: Duration) -> (Value, Duration) {
    let (sender, receiver) = watch::channel(0);
    let interrupt = async {
        Gateway::after_posts(&tenant.graph, posts).await;
        tokio::time::sleep(later).await;
        sender.send_modify(|times| *times += 1);
        tokio::time::Instant::now()
    };
    let (ended, at) = tokio::join!(tenant.run_once(&["-o", "json"], receiver), interrupt);
    let took = at.elapsed();
    assert_eq!(ended.exit, 130, "{}", ended.stdout);
    tenant.the_second_run_sends_nothing(0).await;
    (ended.run(), took)
}

fn results(run: &Value) -> [u64; 5] {
    ["invited", "failed", "unknown", "unverified", "not_attempted"].map(|name| run["counts"][name].as_u64().unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_interruption_ends_waiting_at_once_and_leaves_the_rest_to_the_next_run() {
    let tenant = Tenant::with(new_people(5)).await.set("limits", "rate_per_second = 0.1");
    let (run, took) = interrupted(&tenant, 2, Duration::from_secs(3)).await;
    assert_eq!((results(&run), tenant.posts().len()), ([2, 0, 0, 0, 3], 2));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_finished() {
    let slow = Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(15))).skip(1).always();
    let tenant = Tenant::with(new_people(9)).await.fault(slow);
    let (run, took) = interrupted(&tenant, 3, Duration::from_millis(100)).await;
    assert_eq!((results(&run), tenant.posts().len()), ([3, 0, 0, 0, 6], 3));
    assert!(took < Duration::from_secs(17), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_answered_within_20_seconds_is_unknown() {
    let slow = Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(60))).skip(1);
    let tenant = Tenant::with(new_people(4)).await.fault(slow);
    let (run, took) = interrupted(&tenant, 2, Duration::from_millis(100)).await;
    assert_eq!((results(&run), tenant.posts().len()), ([1, 0, 1, 0, 2], 2));
    assert!((20..22).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn somebody_in_doubt_is_looked_at_once_more_at_once() {
    for (action, expected) in [(Action::DropAfter, [2, 0, 0, 0, 2]), (Action::DropBefore, [1, 0, 1, 0, 2])] {
        let lost = Fault::on("POST", "/invitations", action).skip(1);
        let tenant = Tenant::with(new_people(4)).await.set("limits", "rate_per_second = 0.1").fault(lost);
        let (run, took) = interrupted(&tenant, 2, Duration::from_millis(500)).await;
        assert_eq!((results(&run), tenant.posts().len()), (expected, 2));
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_interruption_while_reading_back_looks_once_and_ends_130() {
    let tenant = Tenant::with(new_people(1)).await;
    tenant.graph.edit(|graph| graph.switches.state_lag = Duration::from_secs(30));
    let (run, took) = interrupted(&tenant, 1, Duration::from_secs(8)).await;
    assert_eq!((results(&run), &run["error"]["code"]), ([0, 0, 0, 1, 0], &"interrupted".into()));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_interruption_before_sending_sends_nothing() {
    let slow = Fault::on("GET", "/users", Action::Slow(Duration::from_secs(9)));
    let tenant = Tenant::with(new_people(3)).await.fault(slow);
    let (run, took) = interrupted(&tenant, 0, Duration::from_secs(3)).await;
    assert_eq!((results(&run), tenant.posts().len()), ([0; 5], 0));
    assert!(took < Duration::from_secs(1), "{took:?}");
}
