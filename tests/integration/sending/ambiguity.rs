use chrono::TimeDelta;
use xcsync::sandbox::{Action, Canned, Fault, Person, monday};

use crate::context::{Tenant, about, new_people};

fn second(action: Action) -> Fault {
    Fault::on("POST", "/invitations", action).skip(1)
}

#[tokio::test(start_paused = true)]
async fn an_answer_lost_after_the_deed_is_found_by_reading_and_posted_once() {
    let run = Tenant::with(new_people(3)).await.fault(second(Action::DropAfter)).apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (0, [3, 0, 0, 0, 0], 3));
    assert_eq!(run.outcome("p2@contoso.com")["result"], "invited");
}

#[tokio::test(start_paused = true)]
async fn an_answer_lost_before_the_deed_is_looked_for_five_times_and_never_posted_again() {
    let run =
        Tenant::with(new_people(1)).await.fault(Fault::on("POST", "/invitations", Action::DropBefore)).apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (3, [0, 0, 1, 0, 0], 1));
    let looks = run.looks_after(run.posts()[0].at);
    assert!(about(&looks, &[2.0, 5.0, 10.0, 20.0, 30.0]), "{looks:?}");
    let outcome = run.outcome("p1@contoso.com");
    assert_eq!((&outcome["attempts"], &outcome["error"]["code"]), (&1.into(), &"no-answer".into()));
}

#[tokio::test(start_paused = true)]
async fn somebody_in_doubt_holds_nobody_else_up() {
    let run = Tenant::with(new_people(10)).await.fault(second(Action::DropBefore)).apply(&[]).await;
    let times = run.post_times();
    assert!(times.last() < Some(&10.0), "{times:?}");
    assert_eq!((run.exit, run.results(), run.posts().len()), (3, [9, 0, 1, 0, 0], 10));
}

#[tokio::test(start_paused = true)]
async fn every_answer_that_leaves_doubt_is_settled_by_reading_whatever_its_body() {
    for status in [408, 500, 502, 503, 504, 599] {
        for canned in
            [Canned::html(status), Canned::graph_error(status, "InternalServerError", "Unable to find target address")]
        {
            let undone =
                Tenant::with(new_people(2)).await.fault(second(Action::Answer(canned.clone()))).apply(&[]).await;
            assert_eq!((undone.exit, undone.results(), undone.posts().len()), (3, [1, 0, 1, 0, 0], 2), "{canned:?}");
            assert_eq!(undone.outcome("p2@contoso.com")["status"], status);
            let done =
                Tenant::with(new_people(2)).await.fault(second(Action::FailAfter(canned.clone()))).apply(&[]).await;
            assert_eq!((done.exit, done.results(), done.posts().len()), (0, [2, 0, 0, 0, 0], 2), "{canned:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_state_that_shows_late_is_still_found() {
    let tenant = Tenant::with(new_people(2)).await.fault(second(Action::DropAfter));
    tenant.graph.edit(|graph| graph.switches.state_lag = std::time::Duration::from_secs(25));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (0, [2, 0, 0, 0, 0], 2));
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_reminder_counts_as_used_and_is_not_looked_for() {
    for action in [Action::DropBefore, Action::DropAfter, Action::Answer(Canned::html(502))] {
        let pending = Person::synced(1, "p1@contoso.com").state("PendingAcceptance", monday() - TimeDelta::days(9));
        let tenant = Tenant::with([pending]).await.fault(Fault::on("POST", "/invitations", action.clone()));
        let run = tenant.apply(&["--user", "p1@contoso.com", "--resend"]).await;
        assert_eq!((run.exit, run.results(), run.posts().len()), (3, [0, 0, 1, 0, 0], 1), "{action:?}");
        assert!(run.looks_after(run.posts()[0].at).is_empty(), "{action:?}");
    }
}
