use std::time::Duration;

use xcsync::sandbox::{Action, Canned, Fault, Refusal};

use crate::context::{Tenant, new_people};

/// A tenant of `n` new people in which those with these numbers are refused.
async fn refusing(n: u32, refused: &[u32], message: impl Fn(u32) -> String) -> Tenant {
    let tenant = Tenant::with(new_people(n)).await;
    tenant.graph.edit(|graph| {
        for n in refused {
            let refusal = Refusal { status: 400, code: "BadRequest".to_owned(), message: message(*n) };
            graph.refusals.insert(format!("p{n}@contoso.com"), refusal);
        }
    });
    tenant
}

fn group(_: u32) -> String {
    "Group email address is not supported".to_owned()
}

#[tokio::test(start_paused = true)]
async fn failures_in_a_row_stop_the_run() {
    let run = refusing(10, &[2, 3, 4, 5, 6, 7], group).await.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (7, "failures-in-a-row", [1, 5, 0, 0, 4]));
    let run = refusing(5, &[1, 2], group).await.set("limits", "stop_after_failures = 2").apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (7, "failures-in-a-row", [0, 2, 0, 0, 3]));
}

#[tokio::test(start_paused = true)]
async fn a_success_in_between_starts_the_count_anew() {
    let run = refusing(10, &[2, 3, 4, 5, 7, 8, 9, 10], group).await.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (3, [2, 8, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn the_row_is_the_order_of_completion() {
    let tenant = refusing(7, &[3, 4, 5, 6], group).await.set("limits", "stop_after_failures = 3");
    let slow = Fault::on("POST", "/invitations", Action::Slow(Duration::from_millis(2500)));
    let run = tenant.fault(slow.about(new_people(2)[1].id)).apply(&[]).await;
    assert_eq!((run.exit, run.results()), (3, [3, 4, 0, 0, 0]), "the second answers between the fourth and the fifth");
}

#[tokio::test(start_paused = true)]
async fn people_in_doubt_count_as_failures() {
    let lost = Fault::on("POST", "/invitations", Action::DropBefore).always();
    let run = Tenant::with(new_people(8)).await.set("limits", "stop_after_failures = 3").fault(lost).apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (7, "failures-in-a-row", [0, 0, 3, 0, 5]), "one by one");
}

#[tokio::test(start_paused = true)]
async fn the_same_unknown_refusal_three_times_stops_the_run() {
    let message = |n| format!("Property p{n}@contoso.com of object 5a4db00{n} is strange.");
    let run = refusing(8, &[2, 4, 6, 8], message).await.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.results()), (7, "same-refusal", [3, 3, 0, 0, 2]));
    let twice = refusing(8, &[2, 4], message).await.apply(&[]).await;
    assert_eq!((twice.exit, twice.results()), (3, [6, 2, 0, 0, 0]));
    let other = |n| format!("Property {} is strange.", ["a", "b", "c", "d"][n as usize / 2 - 1]);
    let different = refusing(8, &[2, 4, 6, 8], other).await.apply(&[]).await;
    assert_eq!((different.exit, different.results()), (3, [4, 4, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn known_refusals_of_people_never_stop_a_run_by_their_number() {
    let run = refusing(8, &[2, 4, 6, 8], group).await.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (3, [4, 4, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn reminders_that_fail_are_not_new_people_that_fail() {
    let people = new_people(4).into_iter().map(|person| person.state("PendingAcceptance", xcsync::sandbox::monday()));
    let answer = Canned::graph_error(400, "BadRequest", "Group email address is not supported");
    let fault = Fault::on("POST", "/invitations", Action::Answer(answer)).always();
    let tenant = Tenant::with(people).await.set("limits", "stop_after_failures = 2").fault(fault);
    let users: Vec<_> = (1..=4).map(|n| format!("--user=p{n}@contoso.com")).collect();
    let args: Vec<_> = users.iter().map(String::as_str).chain(["--resend"]).collect();
    let run = tenant.apply(&args).await;
    assert_eq!((run.exit, run.results()), (3, [0, 4, 0, 0, 0]));
}
