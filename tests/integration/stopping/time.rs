use std::time::Duration;

use xcsync::sandbox::{Action, Canned, Fault};

use crate::context::{Applied, Tenant, new_people};

#[tokio::test(start_paused = true)]
async fn max_runtime_stops_sending_and_what_was_sent_is_still_verified() {
    let run = Tenant::with(new_people(30)).await.set("limits", "max_runtime = \"10s\"").apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.count("unverified")), (7, "out-of-time", 0));
    let invited = run.count("invited");
    assert!((9..=11).contains(&invited), "{invited}");
    assert_eq!((run.posts().len() as u64, run.count("not_attempted")), (invited, 30 - invited));
}

/// A run whose second post is answered with a wish of two hours.
async fn left_alone(status: u16) -> Applied {
    let answer = Canned::graph_error(status, "Busy", "Please retry again later.").header("Retry-After", "7200");
    let fault = Fault::on("POST", "/invitations", Action::Answer(answer)).skip(1);
    Tenant::with(new_people(4)).await.fault(fault).apply(&[]).await
}

#[tokio::test(start_paused = true)]
async fn a_429_that_asks_for_more_than_there_is_stops_the_run_soon() {
    let run = left_alone(429).await;
    assert_eq!((run.exit, run.error(), run.posts().len()), (7, "out-of-time", 2));
    assert_eq!(run.results(), [0, 0, 0, 1, 3], "nothing is asked in a pause, so the first stays unverified");
    assert!(run.took < Duration::from_secs(120), "{:?}", run.took);
    assert!(run.looks_after(run.posts()[1].at).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_503_that_asks_for_more_than_there_is_stops_the_run_soon() {
    let run = left_alone(503).await;
    assert_eq!((run.exit, run.error(), run.posts().len()), (7, "out-of-time", 2));
    assert_eq!(run.results(), [0, 0, 1, 1, 2]);
    assert!(run.took < Duration::from_secs(120), "{:?}", run.took);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_until_max_runtime_is_waited_for_and_not_doubted() {
    let slow = Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(20))).skip(1);
    let run = Tenant::with(new_people(4)).await.set("limits", "max_runtime = \"3s\"").fault(slow).apply(&[]).await;
    assert_eq!((run.exit, run.error()), (7, "out-of-time"));
    assert_eq!((run.count("unknown"), run.count("unverified")), (0, 0));
    assert_eq!(run.posts().len() as u64, run.count("invited"));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_busy_before_anything_was_sent_is_left_to_the_next_run() {
    for path in ["/organization", "/users", "/$batch"] {
        for status in [429, 503] {
            let answer = Canned::graph_error(status, "Busy", "Please retry again later.").header("Retry-After", "7200");
            let fault = Fault::on("", path, Action::Answer(answer));
            let run = Tenant::with(new_people(2)).await.fault(fault).apply(&[]).await;
            assert_eq!((run.exit, run.posts().len()), (7, 0), "{path} {status}");
            assert!(run.took < Duration::from_secs(120), "{path} {status} {:?}", run.took);
        }
    }
}
