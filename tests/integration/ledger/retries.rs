use xcsync::sandbox::{Action, Fault};

use super::*;

const MONTH: i64 = 29 * 24;

/// Runs every 6 hours, after three days every 12, each a little later by the clock than the last; the hours after
/// Monday at which somebody was posted.
async fn posts_of_a_month(tenant: &Tenant) -> Vec<i64> {
    for (hour, late) in (0..72).step_by(6).chain((78..MONTH).step_by(12)).zip(0..) {
        at(tenant, hours(hour) + seconds(70 * late));
        let ended = tenant.run(&["-o", "json"]).await;
        assert!([0, 3].contains(&ended.exit), "{}", ended.stdout);
    }
    tenant.posts().iter().map(|post| (post.at - monday()).num_hours() / 6 * 6).collect()
}

/// 6, 12 and 24 hours after one another, then daily, as long as 28 days after the first are not over.
fn schedule() -> Vec<i64> {
    [0, 6].into_iter().chain((18..).step_by(24).take_while(|hour| *hour <= 28 * 24)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_unclassified_refusal_is_tried_for_28_days_and_then_given_up() {
    let tenant = tenant([person(1, -1)]).await;
    refuse(&tenant, 1);
    assert_eq!(posts_of_a_month(&tenant).await, schedule());
    mend(&tenant);
    assert_eq!(reason_in_full(&tenant, 1).await, "gave-up");
    assert_eq!(tenant.apply(&["--user", "p1@contoso.com"]).await.results(), [1, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn each_try_is_due_6_12_24_and_24_hours_after_the_last_failure_to_the_second() {
    let tenant = tenant([person(1, -1)]).await;
    refuse(&tenant, 1);
    let mut last = seconds(0);
    assert_eq!(tenant.apply(&[]).await.exit, 3);
    for wait in [6, 12, 24, 24] {
        at(&tenant, last + hours(wait) - seconds(1));
        assert_eq!(reason(&tenant, 1).await, "retry-later");
        assert_eq!(tenant.apply(&[]).await.posts().len(), 0);
        last += hours(wait) + seconds(1);
        at(&tenant, last);
        assert_eq!(reason(&tenant, 1).await, "retry-due");
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.count("retry"), run.results()), (3, 1, [0, 1, 0, 0, 0]));
    }
}

#[tokio::test(start_paused = true)]
async fn runs_that_did_not_come_for_weeks_try_once_before_they_give_up() {
    let tenant = tenant([person(1, -1)]).await;
    refuse(&tenant, 1);
    tenant.apply(&[]).await;
    at(&tenant, hours(40 * 24));
    assert_eq!(tenant.apply(&[]).await.posts().len(), 1);
    at(&tenant, hours(45 * 24));
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((run.posts().len(), reason_in(&run, 1)), (0, "gave-up".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_was_given_up_and_asked_for_begins_its_days_anew() {
    let tenant = tenant([person(1, -1)]).await;
    refuse(&tenant, 1);
    tenant.apply(&[]).await;
    at(&tenant, hours(40 * 24));
    tenant.apply(&[]).await;
    at(&tenant, hours(50 * 24));
    assert_eq!(tenant.apply(&["--user", "p1@contoso.com"]).await.exit, 3);
    at(&tenant, hours(50 * 24 + 7));
    assert_eq!(reason(&tenant, 1).await, "retry-due");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_may_pass_is_tried_again() {
    let tenant = tenant([person(1, -1)]).await;
    let (status, code) = (404, "Directory_ObjectNotFound".to_owned());
    let message = "Unable to read the company information from the directory.".to_owned();
    let refusal = Refusal { status, code, message };
    tenant.graph.edit(|graph| graph.refusals.insert("p1@contoso.com".to_owned(), refusal));
    assert_eq!(tenant.apply(&[]).await.exit, 3);
    mend(&tenant);
    at(&tenant, hours(7));
    assert_eq!(tenant.apply(&[]).await.results(), [1, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn somebody_in_doubt_joins_the_schedule_and_is_mailed_once() {
    let tenant = tenant([person(1, -1)]).await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::DropBefore));
    assert_eq!(tenant.apply(&[]).await.results(), [0, 0, 1, 0, 0]);
    at(&tenant, hours(6) - seconds(2));
    assert_eq!(tenant.apply(&[]).await.posts().len(), 0);
    at(&tenant, hours(6) + seconds(2));
    assert_eq!(tenant.apply(&[]).await.results(), [1, 0, 0, 0, 0]);
    assert_eq!(tenant.mailed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn somebody_in_doubt_who_turns_out_to_be_invited_is_not_posted_again() {
    let tenant = tenant([person(1, -1)]).await;
    tenant.graph.edit(|graph| graph.switches.state_lag = Duration::from_secs(3600));
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::DropAfter));
    assert_eq!(tenant.apply(&[]).await.results(), [0, 0, 1, 0, 0]);
    at(&tenant, hours(7));
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((run.posts().len(), reason_in(&run, 1)), (0, "pending".to_owned()));
    at(&tenant, hours(7 * 24) + seconds(1));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.count("remind"), tenant.mailed().len()), (1, 2), "it was this ledger's invitation");
}

#[tokio::test(start_paused = true)]
async fn a_201_that_does_not_show_is_looked_at_again_and_tried_after_24_hours() {
    let tenant = tenant([person(1, -2).lost()]).await;
    assert_eq!(tenant.apply(&[]).await.results(), [0, 0, 0, 1, 0]);
    for hour in [1, 12] {
        at(&tenant, hours(hour));
        let run = tenant.apply(&["-v"]).await;
        assert_eq!((run.posts().len(), reason_in(&run, 1), was_followed(&run, 1)), (0, "retry-later".to_owned(), true));
    }
    at(&tenant, hours(24) - seconds(1));
    assert_eq!(tenant.apply(&[]).await.posts().len(), 0);
    at(&tenant, hours(24) + seconds(1));
    change(&tenant, 1, |person| person.conversion_lost = false);
    let run = tenant.apply(&[]).await;
    assert_eq!((run.count("retry"), run.results()), (1, [1, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_201_that_never_shows_is_tried_daily_for_28_days_and_then_given_up() {
    let tenant = tenant([person(1, -2).lost()]).await;
    for day in 0..40 {
        at(&tenant, hours(24 * day) + seconds(60 * day));
        tenant.apply(&[]).await;
    }
    assert_eq!(tenant.posts().len(), 28);
    assert_eq!(reason_in_full(&tenant, 1).await, "gave-up");
}

#[tokio::test(start_paused = true)]
async fn a_201_that_shows_later_is_invited_and_not_tried_again() {
    let tenant = tenant([person(1, -1)]).await;
    tenant.graph.edit(|graph| graph.switches.state_lag = Duration::from_secs(3600));
    assert_eq!(tenant.apply(&[]).await.results(), [0, 0, 0, 1, 0]);
    at(&tenant, hours(2));
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "pending");
    at(&tenant, hours(48));
    assert_eq!(tenant.apply(&[]).await.posts().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn asking_for_people_overrides_the_memory_and_no_rule() {
    let people = [person(1, -90_000), person(2, -1), person(3, -1), person(4, -1), person(5, -1), person(6, -1)];
    let tenant = tenant(people).await;
    let tenant = tenant.set("invite", "remind_after = \"never\"").set("limits", "stop_after_failures = 9");
    for n in [2, 4, 5, 6] {
        refuse(&tenant, n);
    }
    tenant.graph.edit(|graph| graph.groups.insert("p3@contoso.com".to_owned()));
    // The third of the same words stops the run.
    for user in ["p2@contoso.com", "p3@contoso.com", "p4@contoso.com", "p5@contoso.com", "p6@contoso.com"] {
        assert_eq!(tenant.apply(&["--user", user]).await.exit, 3);
    }
    change(&tenant, 4, |person| person.account_enabled = Some(false));
    change(&tenant, 5, |person| person.mail = Some("p5@elsewhere.example".to_owned()));
    let tenant = tenant.set("invite", "exclude = [\"p6@contoso.com\"]");
    let run = plan(&tenant).await;
    let found = [1, 2, 3, 4, 5, 6].map(|n| reason_in(&run, n));
    let rules = ["account-disabled", "other-domain", "excluded"];
    assert_eq!(found[..3], ["before-start", "retry-later", "refused"]);
    assert_eq!(found[3..], rules);
    let mut asked = Vec::new();
    for n in 1..=6 {
        asked.push(reason_asked(&tenant, n).await);
    }
    assert_eq!(asked[..3], ["new", "retry-due", "retry-due"]);
    assert_eq!(asked[3..], rules);
}

#[tokio::test(start_paused = true)]
async fn whoever_was_asked_for_is_retried_by_later_runs_however_old_the_account_is() {
    let tenant = tenant([person(1, -90_000)]).await;
    refuse(&tenant, 1);
    assert_eq!(tenant.apply(&["--user", "p1@contoso.com"]).await.exit, 3);
    mend(&tenant);
    at(&tenant, hours(7));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p1@contoso.com"]);
}
