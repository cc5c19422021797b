use std::time::Duration;

use chrono::TimeDelta;
use xcsync::sandbox::{Action, Canned, Fault};

use crate::context::{Applied, Gateway, Tenant, new_people};

/// An answer that asks to be left alone until then.
fn refused(status: u16, wish: &str) -> Canned {
    Canned::graph_error(status, "Busy", "Please retry again later.").header("Retry-After", wish)
}

/// A run over 20 people at 10 a second whose sixth post is answered so.
async fn sixth(answer: Canned) -> Applied {
    let fault = Fault::on("POST", "/invitations", Action::Answer(answer)).skip(5);
    Tenant::with(new_people(20)).await.set("limits", "rate_per_second = 10").fault(fault).apply(&[]).await
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_holds_everybody_up_and_is_never_undercut() {
    let run = sixth(refused(429, "30")).await;
    let times = run.post_times();
    let wait = times[6] - times[5];
    assert!((30.0..31.0).contains(&wait), "{times:?}");
    assert_eq!((run.exit, run.results(), run.posts().len()), (0, [20, 0, 0, 0, 0], 21));
    assert_eq!(run.outcome("p6@contoso.com")["attempts"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_that_is_a_date_is_obeyed() {
    let tenant = Tenant::with(new_people(3)).await;
    let until = tenant.graph.now() + TimeDelta::seconds(90);
    let answer = refused(429, &until.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let run = tenant.fault(Fault::on("POST", "/invitations", Action::Answer(answer))).apply(&[]).await;
    assert!(run.posts()[1..].iter().all(|post| post.at >= until), "{:?}", run.post_times());
    assert_eq!(run.count("invited"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_503_with_retry_after_pauses_all_and_is_not_posted_again() {
    let run = sixth(refused(503, "30")).await;
    let times = run.post_times();
    assert!(times[6] - times[5] >= 30.0, "{times:?}");
    assert_eq!((run.exit, run.results(), run.posts().len()), (3, [19, 0, 1, 0, 0], 20));
    let looks = run.looks_after(run.posts()[5].at);
    assert!(looks[0] >= 32.0, "first the wish, then the reads: {looks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_429_without_a_wish_is_backed_off_from() {
    let tenant = Tenant::with(new_people(12)).await.set("limits", "rate_per_second = 10");
    tenant.graph.edit(|graph| {
        graph.invitation_limit = Some((3, Duration::from_secs(10)));
        graph.switches.throttled_with_retry_after = false;
    });
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [12, 0, 0, 0, 0]));
    let statuses: Vec<_> = run.posts().iter().map(|post| post.status == Some(429)).collect();
    let times = run.post_times();
    let waits = times.windows(2).zip(&statuses).filter(|(_, refused)| **refused).map(|(pair, _)| pair[1] - pair[0]);
    assert!(waits.clone().count() > 0 && waits.clone().all(|wait| wait >= 0.5), "{:?}", waits.collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_away_for_a_while_never_saw_the_request_and_gets_it_again() {
    let (mut gateway, tenant) = Gateway::before(Tenant::with(new_people(3)).await).await;
    let away = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        gateway.close();
        tokio::time::sleep(Duration::from_secs(10)).await;
        gateway.open().await;
    };
    let (run, ()) = tokio::join!(tenant.apply(&[]), away);
    assert_eq!((run.exit, run.results(), run.posts().len()), (0, [3, 0, 0, 0, 0], 3));
    assert!(run.outcome("p2@contoso.com")["attempts"].as_u64() > Some(1), "{:#}", run.run);
    assert!(run.post_times()[1] >= 10.0, "{:?}", run.post_times());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_stays_away_stops_the_run_with_nobody_in_doubt() {
    let (mut gateway, tenant) = Gateway::before(Tenant::with(new_people(4)).await).await;
    let away = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        gateway.close();
    };
    let (run, ()) = tokio::join!(tenant.apply(&[]), away);
    assert_eq!((run.exit, run.error(), run.posts().len()), (7, "not-processed", 1));
    assert_eq!(run.results(), [0, 0, 0, 1, 3], "the first can't be read back either");
}
