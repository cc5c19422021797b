use xcsync::sandbox::RoleAssignment;

use super::*;

/// What makes somebody nobody to be sent to.
type Edit = fn(&mut Emulated, u32);

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

#[tokio::test(start_paused = true)]
async fn the_digest_is_of_what_is_sent_now_retries_and_reminders_included() {
    let tenant = a_week_later("").await;
    let root = tenant.graph.root();
    let line = |(n, decision): (u32, &str)| {
        let redirect = format!("https://myapps.microsoft.us/?tenantid={}", tenant.id);
        format!("{decision}\t{}\tp{n}@contoso.com\tMember\ttrue\ten-US\t{redirect}\n", id(n))
    };
    let all = [(1, "retry"), (2, "retry"), (3, "remind"), (4, "invite"), (5, "invite")];
    for (limit, sent) in [("5", &all[..]), ("4", &[all[0], all[1], all[3], all[4]])] {
        let lines: String = sent.iter().copied().map(line).collect();
        let text = format!("xcsync-plan/1\n{root}\n{}\n{lines}", tenant.id);
        let expected = format!("sha256:{}", xcsync::digest::sha256(&text));
        let run = tenant.apply(&["--dry-run", "--max-invitations", limit]).await;
        assert_eq!(run.run["plan_digest"], expected, "{limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_against_sending_wins_over_a_retry_and_a_reminder_and_costs_neither() {
    let obstacles: [(&str, Edit); 5] = [
        ("account-disabled", |graph, n| graph.people.get_mut(id(n)).unwrap().account_enabled = Some(false)),
        ("upn-differs", |graph, n| {
            graph.people.get_mut(id(n)).unwrap().on_premises_user_principal_name = Some("other@contoso.com".to_owned());
        }),
        ("duplicate-address", |graph, n| {
            graph
                .people
                .extend([Person::synced(90, &format!("p{n}@contoso.com")).created(monday() + hours(7 * 24 - 1))]);
        }),
        ("sync-conflict", |graph, n| {
            graph.people.get_mut(id(n)).unwrap().on_premises_provisioning_errors = vec![serde_json::json!({})];
        }),
        ("privileged", |graph, n| graph.role_assignments.push(RoleAssignment::helpdesk(id(n)))),
    ];
    for (reason, edit) in obstacles {
        for n in [1, 3] {
            let tenant = a_week_later("").await;
            let before = tenant.graph.person(id(n)).unwrap();
            tenant.graph.edit(|graph| edit(graph, n));
            let run = tenant.apply(&["-v"]).await;
            assert_eq!(reason_in(&run, n), reason, "{n}");
            assert!(!run.posted().contains(&format!("p{n}@contoso.com")), "{reason} {n}");
            tenant.graph.edit(|graph| {
                *graph.people.get_mut(id(n)).unwrap() = before;
                graph.people.remove(id(90));
                graph.role_assignments.clear();
            });
            at(&tenant, hours(7 * 24 + 1));
            assert_eq!(tenant.apply(&[]).await.posted(), [format!("p{n}@contoso.com")], "{reason}");
        }
    }
}
