use std::time::Duration;

use chrono::TimeDelta;
use xcsync::sandbox::{Action, Canned, Fault, Person, monday};

use crate::context::{Tenant, new_people};

/// Answers of posts that take so many seconds.
fn slow(seconds: u64) -> Fault {
    Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(seconds))).always()
}

#[tokio::test(start_paused = true)]
async fn no_second_post_leaves_before_the_first_is_answered() {
    let tenant = Tenant::with(new_people(4)).await.set("limits", "rate_per_second = 10").fault(slow(3));
    let times = tenant.apply(&[]).await.post_times();
    assert!(times[1] >= 3.0, "{times:?}");
    assert!(times[3] < 4.0, "the way is open, and the others do not wait for each other: {times:?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_refused_first_the_next_goes_alone_again() {
    let tenant = Tenant::with(new_people(4)).await.set("limits", "rate_per_second = 10").fault(slow(3));
    tenant.graph.edit(|graph| graph.groups.insert("p1@contoso.com".to_owned()));
    let run = tenant.apply(&[]).await;
    let times = run.post_times();
    assert!(times[1] >= 3.0 && times[2] >= 6.0 && times[3] < 7.0, "{times:?}");
    assert_eq!((run.exit, run.results()), (3, [3, 1, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_first_that_was_only_seen_by_reading_does_not_open_the_way() {
    let lost = Fault::on("POST", "/invitations", Action::DropAfter);
    let tenant = Tenant::with(new_people(4)).await.set("limits", "rate_per_second = 10").fault(lost).fault(slow(3));
    let run = tenant.apply(&[]).await;
    let times = run.post_times();
    assert!(times[1] >= 2.0 && times[2] >= 5.0 && times[3] < 6.0, "{times:?}");
    assert_eq!((run.exit, run.results()), (0, [4, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn new_people_go_before_reminders_and_the_oldest_accounts_first() {
    let hours = |age| monday() - TimeDelta::hours(age);
    let people = [
        Person::synced(1, "pending@contoso.com").created(hours(9)).state("PendingAcceptance", hours(8)),
        Person::synced(2, "younger@contoso.com").created(hours(1)),
        Person::synced(3, "older@contoso.com").created(hours(2)),
    ];
    let tenant = Tenant::with(people).await;
    let users = ["pending", "younger", "older"].map(|name| format!("--user={name}@contoso.com"));
    let run = tenant.apply(&["--resend", &users[0], &users[1], &users[2]]).await;
    assert_eq!(run.posted(), ["older@contoso.com", "younger@contoso.com", "pending@contoso.com"]);
    assert_eq!((run.count("invite"), run.count("remind"), run.count("invited")), (2, 1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_201_for_another_object_or_another_2xx_stops_everything() {
    let ok = Canned::status(200).header("Content-Type", "application/json").body("{}");
    for action in [Action::WrongObject, Action::FailAfter(ok), Action::FailAfter(Canned::status(204))] {
        let tenant = Tenant::with(new_people(3)).await.fault(Fault::on("POST", "/invitations", action.clone()));
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.error()), (4, "astray-answer"), "{action:?}");
        assert_eq!((run.results(), run.posts().len()), ([0, 0, 1, 0, 2], 1), "{action:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_201_that_cannot_be_read_is_settled_by_reading() {
    let garbled = Canned::status(201).header("Content-Type", "application/json").body("{\"invitedUser\":");
    for action in [Action::Cut(30), Action::FailAfter(garbled)] {
        let tenant = Tenant::with(new_people(3)).await.fault(Fault::on("POST", "/invitations", action.clone()));
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.results(), run.posts().len()), (0, [3, 0, 0, 0, 0], 3), "{action:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_graphs_answer_to_a_post_stops_the_run() {
    let away = Canned::status(302).header("Location", "http://127.0.0.1:1/elsewhere");
    for canned in [Canned::html(403), Canned::html(404), away] {
        let tenant =
            Tenant::with(new_people(3)).await.fault(Fault::on("POST", "/invitations", Action::Answer(canned.clone())));
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.error()), (4, "not-graph"), "{canned:?}");
        assert_eq!((run.results(), run.posts().len()), ([0, 0, 1, 0, 2], 1), "{canned:?}");
    }
}
