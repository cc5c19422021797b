use xcsync::sandbox::{Action, Canned, Fault};

use super::*;

/// How long before its first attempt a run adopts people, as configured.
const LOOKBACK: i64 = 25;

#[tokio::test(start_paused = true)]
async fn a_first_run_reads_everybody_once_and_says_whom_it_leaves_alone_and_how_to_adopt_them() {
    let tenant = tenant([person(1, -2), person(2, -26), person(3, -90_000)]).await;
    let tenant = tenant.set("invite", "remind_after = \"never\"");
    let first = tenant.apply(&["-v"]).await;
    assert_eq!((window(&first.run), first.count("discovered")), (("first".to_owned(), None), 3));
    assert_eq!((first.posted(), reason_in(&first, 2)), (vec!["p1@contoso.com".to_owned()], "before-start".to_owned()));
    let warnings = first.run["warnings"].to_string();
    assert!(warnings.contains("2 people") && warnings.contains("--full"), "{warnings}");
    at(&tenant, hours(6));
    let second = tenant.apply(&[]).await;
    assert_eq!((window(&second.run), second.count("discovered")), (incremental(hours(-1)), 0));
    assert_eq!(second.run["warnings"], serde_json::json!([]), "said once");
}

#[tokio::test(start_paused = true)]
async fn what_the_first_attempt_adopts_stays_adopted_however_late_a_run_succeeds() {
    let down = Canned::graph_error(503, "ServiceUnavailable", "Try later.");
    let denied = Canned::graph_error(403, "Forbidden", "No.");
    for (answer, exit) in [(down, 7), (denied, 4)] {
        let tenant = tenant([person(1, -LOOKBACK), person(2, -LOOKBACK - 1)]).await;
        let tenant = tenant.fault(Fault::on("GET", "/users", Action::Answer(answer)).always());
        assert_eq!(tenant.apply(&[]).await.exit, exit);
        tenant.graph.edit(|graph| graph.faults.clear());
        at(&tenant, hours(90));
        let run = tenant.apply(&["-v"]).await;
        assert_eq!((window(&run.run).0.as_str(), run.posted()), ("first", vec!["p1@contoso.com".to_owned()]));
        assert_eq!(reason_in(&run, 2), "before-start");
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_attempt_that_is_cut_off_adopts_too() {
    let tenant = tenant([person(1, -LOOKBACK)]).await.fault(Fault::on("GET", "/users", Action::Slow(STUCK)));
    tokio::select! {
        ended = tenant.run(&[]) => panic!("it ended before: {ended:?}"),
        () = Gateway::after(&tenant.graph, "/users?", 1) => {}
    }
    at(&tenant, hours(90));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p1@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_adopts_nothing() {
    let tenant = tenant([person(1, -LOOKBACK)]).await;
    assert_eq!(reason(&tenant, 1).await, "new");
    assert!(!tenant.ledger().exists());
    at(&tenant, hours(90));
    assert_eq!(tenant.apply(&[]).await.posted(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_next_run_reads_from_the_date_of_the_first_page_less_the_overlap_to_the_second() {
    let tenant = tenant([]).await.set("invite", "overlap = \"90s\"");
    tenant.graph.edit(|graph| graph.latency = Duration::from_secs(7));
    assert_eq!(tenant.apply(&[]).await.exit, 0);
    tenant.graph.edit(|graph| graph.latency = Duration::ZERO);
    // The organization was read first, and its answer took seven seconds.
    let from = seconds(7 - 90);
    add(&tenant, [1, 2].map(|n| person(n, 0).created(monday() + from - seconds(2 - i64::from(n)))));
    at(&tenant, hours(6));
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((window(&run.run), run.count("discovered")), (incremental(from), 1));
    assert_eq!((reason_in(&run, 1), reason_in(&run, 2)), ("not read".to_owned(), "new".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn everybody_who_is_adopted_is_read_again_once_sweep_every_has_passed() {
    let tenant = tenant([]).await;
    tenant.apply(&[]).await;
    at(&tenant, hours(24) - seconds(1));
    assert_eq!(window(&tenant.apply(&[]).await.run), incremental(hours(-1)));
    at(&tenant, hours(24));
    assert_eq!(window(&tenant.apply(&[]).await.run), sweep(hours(-LOOKBACK)));
    at(&tenant, hours(48) - seconds(1));
    assert_eq!(next_window(&tenant).await, incremental(hours(23)));
    at(&tenant, hours(48));
    assert_eq!(next_window(&tenant).await, sweep(hours(-LOOKBACK)));
}

#[tokio::test(start_paused = true)]
async fn sweeps_that_are_turned_off_never_come() {
    let tenant = tenant([]).await.set("invite", "sweep_every = \"never\"");
    tenant.apply(&[]).await;
    at(&tenant, hours(2000));
    assert_eq!(next_window(&tenant).await, incremental(hours(-1)));
}

#[tokio::test(start_paused = true)]
async fn settings_that_select_others_sweep_and_find_whom_the_old_ones_passed_over() {
    let passed_over = person(1, -1).on_premises_upn("elsewhere@contoso.com");
    let tenant = tenant([passed_over]).await.set("invite", "sweep_every = \"never\"");
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "upn-differs");
    at(&tenant, hours(9));
    assert_eq!(window(&tenant.apply(&[]).await.run), incremental(hours(-1)));
    let tenant = tenant.set("invite", "message_language = \"de-DE\"");
    assert_eq!(next_window(&tenant).await.0, "incremental", "how mail looks selects nobody");
    let tenant = tenant.set("invite", "accept_mail_as_login = true");
    let run = tenant.apply(&[]).await;
    assert_eq!((window(&run.run), run.posted()), (sweep(hours(-LOOKBACK)), vec!["p1@contoso.com".to_owned()]));
    at(&tenant, hours(18));
    assert_eq!(next_window(&tenant).await, incremental(hours(8)), "once");
}

/// The window of a run nine hours after the first, with one more setting.
async fn window_after(table: &'static str, setting: &str) -> String {
    let tenant = tenant([]).await;
    tenant.apply(&[]).await;
    at(&tenant, hours(9));
    next_window(&tenant.set(table, setting)).await.0
}

#[tokio::test(start_paused = true)]
async fn every_setting_that_selects_people_means_a_sweep_and_no_other_does() {
    for setting in [
        "domains = [\"contoso.com\", \"elsewhere.example\"]",
        "domains = [\"contoso.com\"]\ninclude_subdomains = true",
        "address = \"on-prem-upn\"",
        "accept_mail_as_login = true",
        "require_synced = false",
        "exclude = [\"somebody@contoso.com\"]",
    ] {
        assert_eq!(window_after("invite", setting).await, "sweep", "{setting}");
    }
    assert_eq!(window_after("invite.where", "department = [\"Sales\"]").await, "sweep");
    for setting in [
        "domains = [\"CONTOSO.com\"]",
        "send_message = false",
        "message_language = \"de-DE\"",
        "redirect_url = \"https://example.com\"",
        "lookback = \"90h\"",
        "overlap = \"2h\"",
        "sweep_every = \"never\"",
        "remind_after = \"1d\"",
        "max_reminders = 9",
    ] {
        assert_eq!(window_after("invite", setting).await, "incremental", "{setting}");
    }
    assert_eq!(window_after("limits", "wave = 1\nmax_invitations = 9").await, "incremental");
}

#[tokio::test(start_paused = true)]
async fn a_sweep_for_other_settings_that_does_not_go_through_comes_again() {
    let tenant = tenant([]).await.set("invite", "sweep_every = \"never\"");
    tenant.apply(&[]).await;
    let tenant = tenant.set("invite", "require_synced = false");
    add(&tenant, [1, 2].map(|n| person(n, 1)));
    at(&tenant, hours(9));
    assert_eq!(tenant.apply(&["--max-invitations", "1"]).await.exit, 5);
    assert_eq!(next_window(&tenant).await, sweep(hours(-LOOKBACK)));
}

#[tokio::test(start_paused = true)]
async fn full_adopts_everybody_for_all_later_sweeps() {
    let mut late = person(2, -90_000);
    (late.mail, late.proxy_addresses) = (None, Vec::new());
    let tenant = tenant([person(1, -90_000), late]).await;
    assert_eq!(tenant.apply(&[]).await.posted(), [""; 0]);
    let full = tenant.apply(&["--full"]).await;
    assert_eq!((window(&full.run), full.posted()), (("full".to_owned(), None), vec!["p1@contoso.com".to_owned()]));
    change(&tenant, 2, |person| person.mail = Some("p2@contoso.com".to_owned()));
    at(&tenant, hours(24));
    let run = tenant.apply(&[]).await;
    assert_eq!((window(&run.run), run.posted()), (("sweep".to_owned(), None), vec!["p2@contoso.com".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn since_adopts_whom_it_reads_where_it_moves_the_watermark() {
    let tenant = tenant([person(1, -100), person(2, -50)]).await;
    tenant.apply(&[]).await;
    let since = tenant.apply(&["--since", "72h"]).await;
    assert_eq!((window(&since.run).1, since.posted()), (Some(hours(-72)), vec!["p2@contoso.com".to_owned()]));
    at(&tenant, hours(24));
    assert_eq!(next_window(&tenant).await, sweep(hours(-72)));
    assert_eq!(tenant.apply(&["--since", "30h"]).await.exit, 0);
    at(&tenant, hours(48));
    assert_eq!(next_window(&tenant).await, sweep(hours(-72)), "what is adopted never moves on");
}

#[tokio::test(start_paused = true)]
async fn since_and_full_adopt_nobody_where_they_may_not_move_the_watermark() {
    let limits = [("max_invitations = 1", 5), ("wave = 1", 0), ("stop_after_failures = 1", 7)];
    for (limit, exit) in limits {
        for args in [vec!["--since", "72h"], vec!["--full"]] {
            let tenant = tenant([person(1, -50), person(2, -51)]).await;
            tenant.apply(&[]).await;
            tenant.graph.edit(|graph| graph.groups.insert("p2@contoso.com".to_owned()));
            let tenant = tenant.set("limits", limit);
            let run = tenant.apply(&args).await;
            assert_eq!(run.exit, if limit.starts_with("wave") { 3 } else { exit }, "{limit}");
            let told = run.run["warnings"].to_string().contains("repeat this command for the others");
            assert_eq!(told, run.run["counts"]["not_attempted"] != 0, "{limit}");
            assert_eq!(told, exit != 5, "{limit}");
            at(&tenant, hours(24));
            assert_eq!(next_window(&tenant).await, sweep(hours(-LOOKBACK)), "{limit} {args:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn since_may_be_the_first_run_and_adopts_what_is_longer_ago() {
    for (since, adopted) in [("72h", -72), ("25h", -25)] {
        let tenant = tenant([]).await;
        tenant.apply(&["--since", since]).await;
        assert_eq!(next_window(&tenant).await, incremental(hours(-1)));
        at(&tenant, hours(24));
        assert_eq!(next_window(&tenant).await, sweep(hours(adopted)));
    }
    let short = tenant([]).await;
    short.apply(&["--since", "24h"]).await;
    assert_eq!(next_window(&short).await.0, "first", "there is a gap of an hour in what is adopted");
}

#[tokio::test(start_paused = true)]
async fn asking_for_people_moves_nothing_not_even_as_the_first_run() {
    let tenant = tenant([person(1, -50)]).await;
    assert_eq!(tenant.apply(&["--user", "p1@contoso.com"]).await.posted(), ["p1@contoso.com"]);
    assert_eq!(next_window(&tenant).await.0, "first");
    at(&tenant, hours(1));
    tenant.apply(&[]).await;
    at(&tenant, hours(25));
    assert_eq!(tenant.apply(&["--user", "p1@contoso.com"]).await.exit, 0);
    assert_eq!(next_window(&tenant).await, sweep(hours(-LOOKBACK)));
}

#[tokio::test(start_paused = true)]
async fn windows_go_by_the_server_whatever_the_local_clock_says() {
    let mut tenant = tenant([person(1, -LOOKBACK), person(2, -LOOKBACK - 1)]).await;
    for (hour, off) in [(0, -9), (6, 9), (12, -100)] {
        at(&tenant, hours(hour));
        tenant.local_time = Some(tenant.graph.now() + hours(off));
        let run = tenant.apply(&[]).await;
        let expected = if hour == 0 { ("first".to_owned(), None) } else { incremental(hours(hour - 7)) };
        assert_eq!((window(&run.run), run.posted().len()), (expected, usize::from(hour == 0)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_whose_clock_was_ahead_hides_nobody() {
    for sweep_every in ["24h", "never"] {
        let tenant = tenant([]).await.set("invite", &format!("sweep_every = \"{sweep_every}\""));
        tenant.graph.edit(|graph| graph.date_skew = hours(100));
        tenant.apply(&[]).await;
        tenant.graph.edit(|graph| graph.date_skew = hours(0));
        add(&tenant, [person(1, 9)]);
        at(&tenant, hours(10));
        assert_eq!(tenant.apply(&[]).await.posted(), ["p1@contoso.com"], "{sweep_every}");
        add(&tenant, [person(2, 80)]);
        at(&tenant, hours(81));
        assert_eq!(tenant.apply(&[]).await.posted(), ["p2@contoso.com"], "{sweep_every}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mail_address_that_comes_days_later_is_found_by_a_sweep() {
    for (sweep_every, found) in [("24h", 1), ("never", 0)] {
        let tenant = tenant([person(1, -1).without_mail()]).await;
        let tenant = tenant.set("invite", &format!("sweep_every = \"{sweep_every}\""));
        for hour in (0..72).step_by(6) {
            at(&tenant, hours(hour));
            assert_eq!(tenant.apply(&[]).await.posted(), [""; 0]);
        }
        change(&tenant, 1, |person| person.mail = Some("p1@contoso.com".to_owned()));
        let mut posted = 0;
        for hour in (72..100).step_by(6) {
            at(&tenant, hours(hour));
            posted += tenant.apply(&[]).await.posts().len();
        }
        assert_eq!(posted, found, "{sweep_every}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_shows_late_is_found_by_the_overlap_or_else_by_a_sweep() {
    let tenant = tenant([]).await;
    tenant.apply(&[]).await;
    let late = |n, created| person(n, created).visible_from(monday() + hours(6) + seconds(60));
    add(&tenant, [late(1, 5), late(2, 4)]);
    let mut found = Vec::new();
    for hour in [6, 12, 18, 24] {
        at(&tenant, hours(hour));
        found.extend(tenant.apply(&[]).await.posted().into_iter().map(|address| (hour, address)));
    }
    assert_eq!(found, [(12, "p1@contoso.com".to_owned()), (24, "p2@contoso.com".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_plans_what_the_run_does_and_leaves_the_ledger_as_it_is() {
    let tenant = tenant([person(1, -1), person(2, -1), person(3, -50)]).await;
    tenant.graph.edit(|graph| graph.groups.insert("p2@contoso.com".to_owned()));
    for (hour, args) in [(0, vec![]), (7, vec!["--full"]), (24, vec![]), (31, vec!["--since", "9h"])] {
        at(&tenant, hours(hour));
        add(&tenant, [person(10 + u32::try_from(hour).unwrap(), hour - 1)]);
        let before = std::fs::read(tenant.ledger()).ok();
        let dry: Vec<_> = args.iter().copied().chain(["--dry-run"]).collect();
        let planned = tenant.apply(&dry).await;
        assert_eq!(std::fs::read(tenant.ledger()).ok(), before);
        let run = tenant.apply(&args).await;
        assert_ne!(run.posts().len(), 0);
        for field in ["plan_digest", "window", "decisions"] {
            assert_eq!(planned.run[field], run.run[field], "{hour}");
        }
    }
}
