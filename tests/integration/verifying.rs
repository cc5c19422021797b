use std::time::Duration;

use chrono::TimeDelta;
use xcsync::sandbox::{Action, Canned, Fault, Person, monday};

use crate::context::{Applied, Tenant, about, new_people};

/// A run over three people whose state shows that much later.
async fn lagging(lag: u64) -> Applied {
    let tenant = Tenant::with(new_people(3)).await;
    tenant.graph.edit(|graph| graph.switches.state_lag = Duration::from_secs(lag));
    tenant.apply(&[]).await
}

#[tokio::test(start_paused = true)]
async fn a_state_that_shows_within_40_seconds_is_waited_for() {
    let run = lagging(35).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (0, [3, 0, 0, 0, 0], 3));
}

#[tokio::test(start_paused = true)]
async fn a_state_that_does_not_show_in_time_is_unverified_and_posted_once() {
    let run = lagging(90).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (3, [0, 0, 0, 3, 0], 3));
    let outcome = run.outcome("p1@contoso.com");
    assert_eq!((&outcome["status"], &outcome["error"]["code"]), (&201.into(), &"not-seen".into()), "{outcome:#}");
}

#[tokio::test(start_paused = true)]
async fn the_looks_are_2_5_10_20_and_40_seconds_after_the_last_201() {
    let run = lagging(90).await;
    let looks = run.looks_after(run.posts()[2].at);
    assert!(about(&looks, &[2.0, 5.0, 10.0, 20.0, 40.0]), "{looks:?}");
    assert!(run.looks_after(run.posts()[0].at).len() == looks.len(), "none before the last 201");
}

#[tokio::test(start_paused = true)]
async fn who_shows_is_not_read_again() {
    let run = lagging(3).await;
    let looks = run.looks_after(run.posts()[2].at);
    assert!(about(&looks, &[2.0, 5.0]), "{looks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_conversion_that_was_lost_is_unverified_for_that_person_alone() {
    let mut people = new_people(3);
    people[1].conversion_lost = true;
    let run = Tenant::with(people).await.apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (3, [2, 0, 0, 1, 0], 3));
    assert_eq!(run.outcome("p2@contoso.com")["result"], "unverified");
}

#[tokio::test(start_paused = true)]
async fn the_reminded_are_not_read_back() {
    let pending = Person::synced(1, "p1@contoso.com").state("PendingAcceptance", monday() - TimeDelta::days(9));
    let tenant = Tenant::with([pending]).await;
    let run = tenant.apply(&["--user", "p1@contoso.com", "--resend"]).await;
    assert_eq!((run.exit, run.results(), run.count("remind")), (0, [1, 0, 0, 0, 0], 1));
    assert!(run.looks_after(run.posts()[0].at).is_empty());
    assert!(run.took < Duration::from_secs(1), "{:?}", run.took);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_accepts_at_once_is_invited() {
    let tenant = Tenant::with(new_people(1)).await;
    let id = new_people(1)[0].id;
    let accept = async {
        crate::context::Gateway::after_posts(&tenant.graph, 1).await;
        tenant.graph.accept(id);
    };
    let (run, ()) = tokio::join!(tenant.apply(&[]), accept);
    assert_eq!((run.exit, run.results()), (0, [1, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_shows_nothing_and_the_next_one_counts() {
    let failing =
        Fault::on("POST", "/$batch", Action::Answer(Canned::graph_error(403, "Forbidden", "No."))).skip(3).times(2);
    let run = Tenant::with(new_people(2)).await.fault(failing).apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [2, 0, 0, 0, 0]));
    assert!(about(&run.looks_after(run.posts()[1].at), &[2.0, 5.0, 10.0]));
}

#[tokio::test(start_paused = true)]
async fn a_person_who_is_deleted_meanwhile_is_unverified() {
    let tenant = Tenant::with(new_people(2)).await;
    let delete = async {
        crate::context::Gateway::after_posts(&tenant.graph, 2).await;
        tenant.graph.edit(|graph| graph.people.remove(new_people(2)[1].id));
    };
    let (ended, ()) = tokio::join!(tenant.run(&["-o", "json"]), delete);
    let counts = &ended.run()["counts"];
    assert_eq!((ended.exit, &counts["invited"], &counts["unverified"]), (3, &1.into(), &1.into()));
}
