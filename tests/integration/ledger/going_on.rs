use xcsync::sandbox::{Action, Fault};

use super::*;

#[tokio::test(start_paused = true)]
async fn waves_go_on_over_runs_the_oldest_first_until_newcomers_are_through_too() {
    let tenant = tenant((1..=5).map(|n| person(n, -10 + i64::from(n)))).await.set("limits", "wave = 2");
    let mut sent = Vec::new();
    for (hour, kind, left) in
        [(0, "first", 3), (1, "first", 3), (2, "first", 1), (3, "first", 0), (4, "incremental", 0)]
    {
        at(&tenant, hours(hour) + seconds(60));
        if hour == 1 {
            add(&tenant, [person(6, 1), person(7, 1)]);
        }
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.count("not_attempted"), run.error()), (0, left, ""), "{hour}");
        assert_eq!(window(&run.run).0, kind, "it has not moved before everybody was sent");
        sent.push(run.posted().len());
    }
    assert_eq!(sent, [2, 2, 2, 1, 0]);
    assert_eq!(tenant.mailed(), [1, 2, 3, 4, 5, 6, 7].map(|n| format!("p{n}@contoso.com")));
}

#[tokio::test(start_paused = true)]
async fn whom_a_wave_leaves_over_is_as_new_as_before() {
    let tenant = tenant([person(1, -2), person(2, -1)]).await.set("limits", "wave = 1");
    tenant.apply(&[]).await;
    let run = plan(&tenant).await;
    assert_eq!((reason_in(&run, 1), reason_in(&run, 2)), ("pending".to_owned(), "new".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn failures_within_a_wave_do_not_hold_the_rest_up() {
    let tenant = tenant((1..=4).map(|n| person(n, -10 + i64::from(n)))).await.set("limits", "wave = 2");
    refuse(&tenant, 1);
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (3, [1, 1, 0, 0, 2]));
    at(&tenant, hours(1));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posted().len()), (0, [2, 0, 0, 0, 0], 2));
    assert_eq!(next_window(&tenant).await, incremental(seconds(0)), "a retry that is not due is nobody to be sent");
}

#[tokio::test(start_paused = true)]
async fn whom_a_stopped_run_did_not_come_to_is_sent_by_the_next_one() {
    let tenant = tenant((1..=4).map(|n| person(n, -10 + i64::from(n)))).await;
    tenant.graph.edit(|graph| graph.groups.insert("p1@contoso.com".to_owned()));
    let tenant = tenant.set("limits", "stop_after_failures = 1");
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (7, [0, 1, 0, 0, 3]));
    at(&tenant, hours(1));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.count("invite"), run.results()), (0, 3, [3, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn whom_a_run_had_no_time_for_is_sent_by_the_next_one() {
    let tenant = tenant((1..=4).map(|n| person(n, -10 + i64::from(n)))).await;
    let tenant = tenant.set("limits", "max_runtime = \"60s\"\nrate_per_second = 0.04");
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (7, "out-of-time", [3, 0, 0, 0, 1]));
    at(&tenant, hours(1));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p4@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn whom_an_interrupted_run_did_not_come_to_is_sent_by_the_next_one() {
    let tenant = tenant((1..=4).map(|n| person(n, -10 + i64::from(n)))).await;
    interrupted(&tenant, 2).await;
    at(&tenant, hours(1));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, tenant.mailed()), (0, [1, 2, 3, 4].map(|n| format!("p{n}@contoso.com")).to_vec()));
}

#[tokio::test(start_paused = true)]
async fn after_an_answer_about_another_object_the_next_run_sends_the_others_and_not_that_one() {
    let tenant = tenant([person(1, -2), person(2, -1)]).await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::WrongObject));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (4, "astray-answer", [0, 0, 1, 0, 1]));
    at(&tenant, hours(1));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.posted()), (0, vec!["p2@contoso.com".to_owned()]));
}
