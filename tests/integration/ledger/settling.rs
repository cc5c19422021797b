use xcsync::sandbox::{Action, Fault};

use super::*;

/// A run was cut off at Monday's first second, while its invitation was under way.
async fn cut_off_inviting(action: Action) -> Tenant {
    let tenant = tenant([person(1, -1)]).await.fault(Fault::on("POST", "/invitations", action));
    cut_off(&tenant, &[], 1).await;
    tenant
}

/// The results of all attempts in the ledger, in their order.
fn results(tenant: &Tenant) -> Vec<Option<String>> {
    let ledger = rusqlite::Connection::open(tenant.ledger()).unwrap();
    let mut statement = ledger.prepare("SELECT result FROM attempts ORDER BY run").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_attempt_is_left_alone_for_15_minutes_even_when_the_person_is_asked_for() {
    let tenant = cut_off_inviting(Action::DropBefore).await;
    for second in [1, 15 * 60 - 2] {
        at(&tenant, seconds(second));
        assert_eq!((reason(&tenant, 1).await, reason_asked(&tenant, 1).await), later_twice());
        for args in [vec![], vec!["--user", "p1@contoso.com"], vec!["--full"]] {
            assert_eq!(tenant.apply(&args).await.posts().len(), 0, "{second} {args:?}");
        }
    }
    assert_eq!(results(&tenant), [None]);
}

fn later_twice() -> (String, String) {
    ("retry-later".to_owned(), "retry-later".to_owned())
}

#[tokio::test(start_paused = true)]
async fn after_15_minutes_null_is_unknown_and_is_retried_6_hours_after_the_attempt() {
    let tenant = cut_off_inviting(Action::DropBefore).await;
    at(&tenant, seconds(15 * 60 + 1));
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((run.exit, run.posts().len(), reason_in(&run, 1)), (0, 0, "retry-later".to_owned()));
    assert_eq!(results(&tenant), [Some("unknown".to_owned())]);
    at(&tenant, hours(6) - seconds(2));
    assert_eq!(tenant.apply(&[]).await.posts().len(), 0);
    at(&tenant, hours(6) + seconds(1));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.count("retry"), run.results()), (1, [1, 0, 0, 0, 0]));
    assert_eq!(tenant.mailed(), ["p1@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn once_settled_as_unknown_the_person_may_be_asked_for() {
    let tenant = cut_off_inviting(Action::DropBefore).await;
    at(&tenant, seconds(15 * 60 + 1));
    assert_eq!(reason_asked(&tenant, 1).await, "retry-due");
    assert_eq!(tenant.apply(&["--user", "p1@contoso.com"]).await.results(), [1, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn what_has_arrived_is_invited_and_this_ledgers_to_remind() {
    let tenant = cut_off_inviting(Action::Slow(STUCK)).await;
    at(&tenant, seconds(16 * 60));
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((run.exit, run.posts().len(), reason_in(&run, 1)), (0, 0, "pending".to_owned()));
    assert_eq!(results(&tenant), [Some("invited".to_owned())]);
    at(&tenant, hours(7 * 24) + seconds(1));
    assert_eq!(tenant.apply(&[]).await.count("remind"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_arrives_after_it_was_settled_as_unknown_is_not_posted_again() {
    let tenant = tenant([person(1, -1)]).await.fault(Fault::on("POST", "/invitations", Action::Slow(STUCK)));
    tenant.graph.edit(|graph| graph.switches.state_lag = Duration::from_secs(3600));
    cut_off(&tenant, &[], 1).await;
    at(&tenant, seconds(16 * 60));
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "retry-later");
    at(&tenant, hours(7));
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((run.posts().len(), reason_in(&run, 1)), (0, "pending".to_owned()));
    assert_eq!(tenant.mailed().len(), 1);
    at(&tenant, hours(7 * 24) + seconds(1));
    assert_eq!(tenant.apply(&[]).await.count("remind"), 1, "it was this ledger's invitation");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_of_the_first_run_is_found_days_later_whatever_the_window() {
    let tenant = tenant([person(1, -90_000)]).await.fault(Fault::on("POST", "/invitations", Action::DropBefore));
    cut_off(&tenant, &["--user", "p1@contoso.com"], 1).await;
    at(&tenant, hours(1));
    assert_eq!(tenant.apply(&[]).await.exit, 0);
    at(&tenant, hours(50));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p1@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_is_cut_off_goes_on_in_the_schedule_where_it_was() {
    let tenant = tenant([person(1, -1)]).await;
    refuse(&tenant, 1);
    tenant.apply(&[]).await;
    mend(&tenant);
    at(&tenant, hours(7));
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::DropBefore));
    cut_off(&tenant, &[], 1).await;
    mend(&tenant);
    at(&tenant, hours(19) - seconds(2));
    assert_eq!(reason(&tenant, 1).await, "retry-later");
    at(&tenant, hours(19) + seconds(1));
    assert_eq!(reason(&tenant, 1).await, "retry-due", "12 hours after the second");
}

#[tokio::test(start_paused = true)]
async fn a_crash_before_the_second_person_leaves_that_one_for_the_next_run() {
    let tenant = tenant([person(1, -2), person(2, -1)]).await;
    cut_off(&tenant, &[], 1).await;
    at(&tenant, seconds(60));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.posted(), run.exit), (vec!["p2@contoso.com".to_owned()], 0));
    assert_eq!(tenant.mailed(), ["p1@contoso.com", "p2@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_of_somebody_who_was_deleted_is_unknown_after_15_minutes_and_asked_about_no_more() {
    let tenant = cut_off_inviting(Action::DropBefore).await;
    tenant.graph.edit(|graph| graph.people.remove(id(1)));
    let unknown = Some("unknown".to_owned());
    for (minute, followed, result) in [(14, true, None), (16, true, unknown.clone()), (17, false, unknown)] {
        at(&tenant, seconds(60 * minute));
        assert_eq!((was_followed(&tenant.apply(&[]).await, 1), results(&tenant)), (followed, vec![result]), "{minute}");
    }
}
