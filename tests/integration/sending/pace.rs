use std::time::Duration;

use xcsync::sandbox::{Action, Canned, Fault};

use crate::context::{Applied, Tenant, about, new_people};

async fn sent(people: u32, rate: f64, latency: Duration) -> Applied {
    let tenant = Tenant::with(new_people(people))
        .await
        .set("limits", &format!("rate_per_second = {rate}\nmax_invitations = {people}"));
    tenant.graph.edit(|graph| graph.invitation_latency = (latency, latency));
    let run = tenant.apply(&[]).await;
    assert_eq!(run.count("invited"), u64::from(people));
    run
}

/// How many posts were under way at most, where each takes this long.
fn most_at_once(times: &[f64], latency: Duration) -> usize {
    // Timestamps are cut to milliseconds.
    let lasting = latency.as_secs_f64() - 0.01;
    let under_way = |at: f64| times.iter().filter(|time| **time <= at && at < **time + lasting).count();
    times.iter().map(|at| under_way(*at)).max().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn posts_are_spaced_by_the_configured_rate() {
    for (rate, expected) in [(1.0, [0.0, 1.0, 2.0, 3.0]), (0.1, [0.0, 10.0, 20.0, 30.0]), (4.0, [0.0, 0.25, 0.5, 0.75])]
    {
        let times = sent(4, rate, Duration::ZERO).await.post_times();
        assert!(about(&times, &expected), "{rate}: {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_answers_do_not_slow_the_pace() {
    let latency = Duration::from_millis(800);
    let times = sent(150, 25.0, latency).await.post_times();
    let last = times.last().copied().unwrap_or_default();
    assert!((5.9..7.5).contains(&last), "150 at 25 a second after the first: {last}");
    assert!(most_at_once(&times, latency) >= 15, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_than_64_are_under_way_however_slow_the_answers() {
    let latency = Duration::from_secs(4);
    let times = sent(200, 60.0, latency).await.post_times();
    assert_eq!(most_at_once(&times, latency), 64);
}

#[tokio::test(start_paused = true)]
async fn one_throttled_answer_at_the_start_does_not_slow_the_whole_run_to_a_crawl() {
    let busy = Canned::graph_error(429, "TooManyRequests", "Please retry again later.").header("Retry-After", "5");
    let tenant = Tenant::with(new_people(20)).await.fault(Fault::on("POST", "/invitations", Action::Answer(busy)));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.count("invited")), (0, 20));
    assert!(run.took < Duration::from_secs(150), "{:?}", run.took);
}
