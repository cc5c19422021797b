use super::*;

/// Two people to be retried, one to be reminded and two new ones, a week after Monday.
async fn a_week_later(limits: &str) -> Tenant {
    let tenant = tenant([person(1, -3), person(2, -2), person(3, -1)]).await;
    for n in [1, 2] {
        refuse(&tenant, n);
    }
    assert_eq!(tenant.apply(&[]).await.results(), [1, 2, 0, 0, 0]);
    mend(&tenant);
    add(&tenant, [person(4, 7 * 24 - 1), person(5, 7 * 24 - 2)]);
    at(&tenant, hours(7 * 24) + seconds(60));
    tenant.set("limits", limits)
}

#[tokio::test(start_paused = true)]
async fn new_people_go_first_then_the_reminded_then_the_retried() {
    let tenant = a_week_later("").await;
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.count("invite"), run.count("remind"), run.count("retry")), (0, 2, 1, 2));
    assert_eq!(run.posted(), ["p5", "p4", "p3", "p1", "p2"].map(|name| format!("{name}@contoso.com")));
}

#[tokio::test(start_paused = true)]
async fn retries_count_against_the_limit_and_reminders_do_not() {
    for args in [[].as_slice(), &["--dry-run"]] {
        let tenant = a_week_later("max_invitations = 3").await;
        let before = std::fs::read(tenant.ledger()).unwrap();
        let run = tenant.apply(args).await;
        assert_eq!((run.exit, run.error(), run.posts().len()), (5, "over-limit", 0));
        assert_eq!(run.run["outcomes"], serde_json::json!([]));
        let (message, hint) =
            (run.run["error"]["message"].as_str().unwrap(), run.run["error"]["hint"].as_str().unwrap());
        assert!(message.contains("4 invitations") && message.contains("max_invitations = 3"), "{message}");
        assert!(hint.contains("--max-invitations 4"), "{hint}");
        assert_eq!(std::fs::read(tenant.ledger()).unwrap() == before, !args.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_lifted_exactly_once_by_the_flag_and_reminders_wait_for_room() {
    let tenant = a_week_later("max_invitations = 3").await;
    assert_eq!(tenant.apply(&[]).await.exit, 5);
    let run = tenant.apply(&["--max-invitations", "4"]).await;
    assert_eq!((run.exit, run.results()), (0, [4, 0, 0, 0, 1]));
    assert!(!run.posted().contains(&"p3@contoso.com".to_owned()));
    add(&tenant, (10..=13).map(|n| person(n, 7 * 24)));
    at(&tenant, hours(7 * 24 + 1));
    assert_eq!(tenant.apply(&[]).await.exit, 5, "once");
}

#[tokio::test(start_paused = true)]
async fn a_refused_plan_costs_nobody_their_place_in_the_schedule() {
    let tenant = a_week_later("max_invitations = 1").await;
    for _ in 0..3 {
        assert_eq!(tenant.apply(&[]).await.exit, 5);
    }
    let tenant = tenant.set("limits", "wave = 9");
    assert_eq!(tenant.apply(&["--max-invitations", "9"]).await.results(), [5, 0, 0, 0, 0]);
}
