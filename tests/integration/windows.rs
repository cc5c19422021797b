use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;
use xcsync::sandbox::{Person, monday};

use crate::context::{Applied, Tenant, new_people};

fn ago(delta: TimeDelta) -> DateTime<Utc> {
    monday() - delta
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// One person created at each of these times, as seen by a dry run.
async fn seen(created: &[DateTime<Utc>], args: &[&str]) -> Applied {
    let person = |(n, at): (u32, &DateTime<Utc>)| Person::synced(n, &format!("p{n}@contoso.com")).created(*at);
    let tenant = Tenant::with((1..).zip(created).map(person)).await;
    let args: Vec<_> = args.iter().copied().chain(["--dry-run"]).collect();
    tenant.apply(&args).await
}

#[tokio::test(start_paused = true)]
async fn without_a_ledger_the_last_25_hours_are_read_their_first_second_included() {
    let border = ago(TimeDelta::hours(25));
    let created = [border - TimeDelta::seconds(1), border, border + TimeDelta::seconds(1)];
    let run = seen(&created, &["--no-state"]).await;
    assert_eq!((run.count("discovered"), run.count("invite")), (2, 2));
    assert_eq!(run.run["window"], json!({"kind": "since", "from": stamp(border), "to": stamp(monday())}));
    // A first run reads everybody once, and leaves the same people alone.
    let run = seen(&created, &[]).await;
    assert_eq!((run.count("discovered"), run.count("invite")), (3, 2));
    assert_eq!(run.run["window"], json!({"kind": "first", "from": null, "to": stamp(monday())}));
}

#[tokio::test(start_paused = true)]
async fn lookback_sets_the_window() {
    let tenant = Tenant::with(new_people(1).into_iter().map(|person| person.created(ago(TimeDelta::days(6))))).await;
    assert_eq!(tenant.apply(&["--dry-run"]).await.count("invite"), 0);
    let tenant = tenant.set("invite", "lookback = \"7d\"");
    assert_eq!(tenant.apply(&["--dry-run"]).await.count("invite"), 1);
}

#[tokio::test(start_paused = true)]
async fn since_is_an_age_or_a_time() {
    let created = [ago(TimeDelta::hours(49)), ago(TimeDelta::hours(48)), ago(TimeDelta::hours(1))];
    let at = stamp(ago(TimeDelta::hours(48)));
    for since in ["48h", "2d", &at, "2026-02-28T10:00:00+02:00"] {
        let run = seen(&created, &["--since", since]).await;
        assert_eq!((run.count("discovered"), &run.run["window"]["from"]), (2, &json!(at)), "{since}");
    }
    assert_eq!(seen(&created, &["--since", "90m"]).await.count("discovered"), 1);
    assert_eq!(seen(&created, &["--since", "3650d"]).await.count("discovered"), 3);
}

#[tokio::test(start_paused = true)]
async fn full_reads_everybody() {
    let run = seen(&[ago(TimeDelta::days(4000)), ago(TimeDelta::hours(1))], &["--full"]).await;
    assert_eq!((run.count("discovered"), run.count("invite")), (2, 2));
    assert_eq!(run.run["window"], json!({"kind": "full", "from": null, "to": stamp(monday())}));
}

#[tokio::test(start_paused = true)]
async fn people_asked_for_are_read_whatever_the_window() {
    let run = seen(&[ago(TimeDelta::days(4000)), ago(TimeDelta::hours(1))], &["--user", "p1@contoso.com"]).await;
    assert_eq!((run.count("discovered"), run.count("invite")), (1, 1));
    assert_eq!(run.run["window"], json!({"kind": "users", "from": null, "to": stamp(monday())}));
}

#[tokio::test(start_paused = true)]
async fn windows_go_by_the_servers_clock_and_a_clock_hours_off_is_a_warning() {
    let mut tenant = Tenant::with(new_people(2)).await.signing_in_by_secret();
    for hours in [-9, 9] {
        tenant.local_time = Some(monday() + TimeDelta::hours(hours));
        let run = tenant.apply(&["--dry-run", "--since", "2h"]).await;
        assert_eq!((run.exit, run.count("invite")), (0, 2));
        let from = DateTime::parse_from_rfc3339(run.run["window"]["from"].as_str().unwrap()).unwrap();
        assert!((from.to_utc() - ago(TimeDelta::hours(2))).num_seconds() < 60, "{from}");
        assert!(run.run["warnings"].to_string().contains("clock is"), "{:#}", run.run["warnings"]);
    }
}

#[tokio::test(start_paused = true)]
async fn windows_exclude_each_other() {
    let tenant = Tenant::with(new_people(1)).await;
    for args in [
        vec!["--full", "--since", "2h"],
        vec!["--full", "--user", "p1@contoso.com"],
        vec!["--since", "2h", "--user", "p1@contoso.com"],
        vec!["--resend"],
        vec!["--since", "-2h"],
        vec!["--since", "soon"],
        vec!["--since", "2026-03-01"],
        vec!["--user", " "],
    ] {
        assert_eq!(tenant.run(&args).await.exit, 2, "{args:?}");
    }
    assert!(tenant.graph.traffic().is_empty());
}

/// One person of each kind that is counted only, and two that are listed.
fn all_kinds() -> [Person; 6] {
    [
        Person::synced(1, "x").without_mail(),
        Person::synced(2, "a@elsewhere.example"),
        Person::cloud(3, "b@contoso.com"),
        Person::synced(4, "c@contoso.com").state("Accepted", monday()),
        Person::synced(5, "d@contoso.com").state("PendingAcceptance", monday()),
        Person::synced(6, "e@contoso.com"),
    ]
}

#[tokio::test(start_paused = true)]
async fn who_is_counted_only_is_left_out_of_the_list_but_with_v() {
    let tenant = Tenant::with(all_kinds()).await;
    let quiet = tenant.apply(&["--dry-run"]).await;
    let reasons = |run: &Applied| {
        let decisions = run.run["decisions"].as_array().unwrap().clone();
        let mut reasons: Vec<_> = decisions.iter().map(|one| one["reason"].as_str().unwrap().to_owned()).collect();
        reasons.sort();
        reasons
    };
    assert_eq!(reasons(&quiet), ["new", "pending"]);
    let all = tenant.apply(&["--dry-run", "-v"]).await;
    assert_eq!(reasons(&all), ["accepted", "new", "no-mail", "not-synced", "other-domain", "pending"]);
    assert_eq!(quiet.run["counts"], all.run["counts"]);
    assert_eq!(quiet.run["plan_digest"], all.run["plan_digest"]);
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_read_and_nobody_is_counted_twice() {
    for empty_pages in [false, true] {
        let tenant = Tenant::with(new_people(25)).await.set("limits", "rate_per_second = 60");
        tenant.graph.edit(|graph| (graph.page_size, graph.empty_pages) = (Some(4), empty_pages));
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.count("discovered"), run.count("invited")), (0, 25, 25));
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_whose_page_expires_sends_nothing_and_leaves_it_to_the_next_run() {
    let tenant = Tenant::with(new_people(9)).await;
    tenant.graph.edit(|graph| {
        graph.page_size = Some(4);
        graph.page_token_lifetime = Some(std::time::Duration::ZERO);
        graph.latency = std::time::Duration::from_secs(1);
    });
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.posts().len(), run.count("discovered")), (7, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn people_whose_ids_end_alike_are_all_invited() {
    let like = |n: u32, mail: &str| {
        let mut person = Person::synced(n, mail);
        person.id = uuid::Uuid::from_u64_pair(u64::from(n), 7);
        person
    };
    let people = [like(1, "a@elsewhere.example"), like(2, "p2@contoso.com"), like(3, "p3@contoso.com")];
    let run = Tenant::with(people).await.apply(&[]).await;
    assert_eq!((run.exit, run.posted()), (0, vec!["p2@contoso.com".to_owned(), "p3@contoso.com".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_run_without_ledger_says_that_it_has_no_lock_either() {
    let tenant = Tenant::with(new_people(1)).await;
    let run = tenant.apply(&["--no-state"]).await;
    let warning = run.run["warnings"][0].as_str().unwrap();
    assert!(warning.contains("no ledger") && warning.contains("no lock"), "{warning}");
    assert!(!tenant.ledger().exists());
}
