use xcsync::sandbox::{Action, Canned, Fault};

use super::*;

/// A tenant with this person, whose invitation failed at Monday's first second and would be taken now.
async fn failed(people: impl IntoIterator<Item = Person>) -> Tenant {
    let tenant = tenant(people).await.set("limits", "rate_per_second = 60\nstop_after_failures = 99");
    tenant.graph.edit(|graph| {
        let addresses: Vec<_> = graph.people.iter().filter_map(|person| person.mail.clone()).collect();
        for address in addresses {
            // Other words for each: the same ones three times stop a run.
            let message = format!("Something is strange about {}.", letters(&address));
            let refusal = Refusal { status: 400, code: "BadRequest".to_owned(), message };
            graph.refusals.insert(address, refusal);
        }
    });
    assert_eq!(tenant.apply(&["--full"]).await.exit, 3);
    mend(&tenant);
    tenant
}

/// Words without digits, which are not compared.
fn letters(address: &str) -> String {
    address.bytes().map(|byte| char::from(b'a' + byte % 26)).collect()
}

#[tokio::test(start_paused = true)]
async fn whoever_has_something_open_is_read_by_id_in_batches_whatever_the_window() {
    let tenant = failed((1..=45).map(|n| person(n, -90_000))).await;
    at(&tenant, hours(7));
    for args in [vec!["-v"], vec!["-v", "--since", "1h"]] {
        let run = tenant.apply(&args).await;
        assert!((1..=45).all(|n| was_followed(&run, n)), "{args:?}");
        let select = "?$select=id,displayName";
        let asks = |exchange: &&xcsync::sandbox::Exchange| {
            exchange.request_body.as_ref().is_some_and(|body| body.to_string().contains(select))
        };
        assert_eq!((run.traffic.iter().filter(asks).count(), run.count("discovered")), (3, 45), "{args:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_else_is_read_with_people_asked_for() {
    let tenant = failed([person(1, -1), person(2, -1)]).await;
    at(&tenant, hours(7));
    let run = tenant.apply(&["--user", "p1@contoso.com"]).await;
    assert_eq!((run.count("discovered"), was_followed(&run, 2)), (1, false));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_in_the_window_is_not_read_twice() {
    let tenant = failed([person(1, -1)]).await;
    let run = tenant.apply(&["--since", "2h"]).await;
    assert_eq!((run.count("discovered"), was_followed(&run, 1)), (1, false));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_deleted_leaves_the_list_and_is_on_it_again_when_restored() {
    let tenant = failed([person(1, -2)]).await;
    let deleted = tenant.graph.person(id(1)).unwrap();
    tenant.graph.edit(|graph| graph.people.remove(id(1)));
    at(&tenant, hours(6));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.count("discovered"), was_followed(&run, 1)), (0, 0, true));
    at(&tenant, hours(12));
    assert!(!was_followed(&tenant.apply(&[]).await, 1), "nobody goes on asking for who is gone");
    add(&tenant, [deleted]);
    at(&tenant, hours(30));
    let run = tenant.apply(&[]).await;
    assert_eq!((window(&run.run).0.as_str(), run.count("retry"), run.results()), ("sweep", 1, [1, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_deleted_while_pending_and_restored_without_the_invitation_is_held() {
    let tenant = tenant([person(1, -2)]).await;
    let before = tenant.graph.person(id(1)).unwrap();
    tenant.apply(&[]).await;
    tenant.graph.edit(|graph| graph.people.remove(id(1)));
    at(&tenant, hours(6));
    tenant.apply(&[]).await;
    add(&tenant, [before]);
    at(&tenant, hours(30));
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "reverted");
}

#[tokio::test(start_paused = true)]
async fn whoever_was_invited_by_hand_or_has_accepted_leaves_the_list() {
    for state in ["PendingAcceptance", "Accepted"] {
        let tenant = failed([person(1, -2)]).await;
        change(&tenant, 1, |person| person.external_user_state = Some(state.to_owned()));
        at(&tenant, hours(6));
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.posts().len(), was_followed(&run, 1)), (0, 0, true));
        for hour in [12, 24 * 40] {
            at(&tenant, hours(hour));
            let run = tenant.apply(&["--since", "1h"]).await;
            assert_eq!((run.posts().len(), was_followed(&run, 1)), (0, false), "{state} {hour}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_may_be_reminded_is_on_the_list_until_accepted_or_reminded_enough() {
    let tenant = tenant([person(1, -2)]).await.set("invite", "max_reminders = 1");
    tenant.apply(&[]).await;
    at(&tenant, hours(6));
    assert!(was_followed(&tenant.apply(&[]).await, 1));
    at(&tenant, hours(8 * 24));
    let reminded = tenant.apply(&[]).await;
    assert_eq!((reminded.count("remind"), was_followed(&reminded, 1)), (1, false), "a sweep has read them");
    at(&tenant, hours(8 * 24 + 6));
    assert!(!was_followed(&tenant.apply(&[]).await, 1));
}

#[tokio::test(start_paused = true)]
async fn whatever_is_open_is_followed_however_old_the_account_is_and_whatever_the_window() {
    let group = Canned::graph_error(400, "BadRequest", "Something is strange.");
    let open = [
        ("failed", Some(Action::Answer(group))),
        ("unknown", Some(Action::DropBefore)),
        ("unverified", None),
        ("invited", None),
        ("cut off", Some(Action::Slow(STUCK))),
    ];
    for (what, action) in open {
        let mut old = person(1, -90_000);
        old.conversion_lost = what == "unverified";
        let tenant = tenant([old]).await;
        tenant.graph.edit(|graph| graph.faults.extend(action.map(|action| Fault::on("POST", "/invitations", action))));
        match what {
            "cut off" => cut_off(&tenant, &["--user", "p1@contoso.com"], 1).await,
            _ => drop(tenant.apply(&["--user", "p1@contoso.com"]).await),
        }
        at(&tenant, hours(1));
        // The first run reads everybody, and whoever was attempted is adopted by that.
        assert_eq!(tenant.apply(&[]).await.exit, 0);
        at(&tenant, hours(3));
        for args in [vec!["--dry-run"], vec!["--since", "1h", "--dry-run"], vec!["--since", "1h"], vec![]] {
            let run = tenant.apply(&args).await;
            assert_eq!((was_followed(&run, 1), run.posts().len()), (true, 0), "{what} {args:?}");
        }
    }
}
