use xcsync::sandbox::{Person, monday};

use crate::context::{Tenant, new_people};

async fn limited(people: u32, limits: &str) -> Tenant {
    Tenant::with(new_people(people)).await.set("limits", limits)
}

#[tokio::test(start_paused = true)]
async fn a_plan_at_the_limit_is_sent() {
    let run = limited(3, "max_invitations = 3").await.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [3, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_plan_over_the_limit_is_refused_whole_with_the_way_to_allow_it() {
    for args in [vec![], vec!["--dry-run"]] {
        let run = limited(4, "max_invitations = 3").await.apply(&args).await;
        assert_eq!((run.exit, run.error(), run.posts().len(), run.count("invite")), (5, "over-limit", 0, 4));
        assert_eq!(run.run["outcomes"], serde_json::json!([]));
        let (message, hint) =
            (run.run["error"]["message"].as_str().unwrap(), run.run["error"]["hint"].as_str().unwrap());
        assert!(message.contains("4 invitations") && message.contains("max_invitations = 3"), "{message}");
        assert!(hint.contains("--max-invitations 4"), "{hint}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_flag_counts_either_way() {
    let raised = limited(4, "max_invitations = 3").await.apply(&["--max-invitations", "4"]).await;
    assert_eq!((raised.exit, raised.count("invited")), (0, 4));
    let lowered = limited(4, "max_invitations = 100").await.apply(&["--max-invitations", "3"]).await;
    assert_eq!((lowered.exit, lowered.posts().len()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn what_a_wave_leaves_over_is_not_attempted_and_the_next_runs_send_it() {
    let tenant = limited(5, "wave = 2").await;
    let mut sent = Vec::new();
    for expected in [[2, 0, 0, 0, 3], [2, 0, 0, 0, 1], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]] {
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.results()), (0, expected));
        sent.extend(run.posted());
    }
    assert_eq!(sent, ["p1", "p2", "p3", "p4", "p5"].map(|name| format!("{name}@contoso.com")));
}

#[tokio::test(start_paused = true)]
async fn a_wave_does_not_lift_the_limit() {
    let run = limited(5, "wave = 2\nmax_invitations = 4").await.apply(&[]).await;
    assert_eq!((run.exit, run.posts().len()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn reminders_fill_what_is_left_under_the_limit_and_the_others_wait() {
    let pending = |n| Person::synced(n, &format!("p{n}@contoso.com")).state("PendingAcceptance", monday());
    let users: Vec<_> = (1..=5).map(|n| format!("--user=p{n}@contoso.com")).collect();
    for (limit, expected) in [("5", [5, 0, 0, 0, 0]), ("3", [3, 0, 0, 0, 2]), ("2", [2, 0, 0, 0, 3])] {
        let tenant = Tenant::with(new_people(2).into_iter().chain((3..=5).map(pending))).await;
        let args = users.iter().map(String::as_str).chain(["--resend", "--max-invitations", limit]);
        let run = tenant.apply(&args.collect::<Vec<_>>()).await;
        assert_eq!((run.exit, run.results(), run.count("remind")), (0, expected, 3), "{limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_to_do_is_done() {
    let run = Tenant::with([]).await.apply(&[]).await;
    assert_eq!((run.exit, run.count("discovered"), run.error()), (0, 0, ""));
}
