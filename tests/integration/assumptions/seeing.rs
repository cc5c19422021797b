use std::time::Duration;

use chrono::TimeDelta;
use xcsync::sandbox::{Person, monday};

use super::under_both;
use crate::context::{Tenant, new_people};

#[tokio::test(start_paused = true)]
async fn a_state_that_shows_late_is_waited_for() {
    for tenant in under_both(|| new_people(3), |switches| switches.state_lag = Duration::from_secs(30)).await {
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.results(), run.posts().len()), (0, [3, 0, 0, 0, 0], 3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_201_without_effect_is_unverified() {
    let mut people = new_people(2);
    assert_eq!(Tenant::with(people.clone()).await.apply(&[]).await.results(), [2, 0, 0, 0, 0]);
    people[0].conversion_lost = true;
    let run = Tenant::with(people).await.apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (3, [1, 0, 0, 1, 0], 2));
}

#[tokio::test(start_paused = true)]
async fn a_user_who_shows_late_is_found_by_the_overlap() {
    let late = Person::synced(1, "p1@contoso.com").visible_from(monday() + TimeDelta::minutes(30));
    let tenant = Tenant::with([late]).await;
    assert_eq!(tenant.apply(&[]).await.count("discovered"), 0);
    tokio::time::advance(Duration::from_secs(3600)).await;
    let mut tenant = tenant.permitted(crate::context::INVITER);
    tenant.local_time = None;
    assert_eq!(tenant.apply(&[]).await.results(), [1, 0, 0, 0, 0]);
    assert_eq!(tenant.apply(&[]).await.results(), [0; 5]);
}

#[tokio::test(start_paused = true)]
async fn the_index_of_advanced_queries_may_lag_as_it_likes() {
    let tenant = Tenant::with(new_people(2)).await;
    tenant.graph.edit(|graph| graph.index_lag = Duration::from_secs(86_400));
    assert_eq!(tenant.apply(&[]).await.results(), [2, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn empty_pages_do_not_end_a_listing() {
    for empty_pages in [false, true] {
        let tenant = Tenant::with(new_people(7)).await;
        tenant.graph.edit(|graph| (graph.empty_pages, graph.page_size) = (empty_pages, Some(2)));
        assert_eq!(tenant.apply(&[]).await.results(), [7, 0, 0, 0, 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_page_token_ends_the_run_unsent() {
    for (lifetime, expected) in [(None, [7, 0, 0, 0, 0]), (Some(Duration::ZERO), [0; 5])] {
        let tenant = Tenant::with(new_people(7)).await;
        tenant.graph.edit(|graph| {
            (graph.page_token_lifetime, graph.page_size) = (lifetime, Some(2));
            graph.latency = Duration::from_millis(100);
        });
        let run = tenant.apply(&[]).await;
        assert_eq!((run.results(), run.exit), (expected, if lifetime.is_none() { 0 } else { 7 }));
    }
}

#[tokio::test(start_paused = true)]
async fn reminders_stop_at_their_limit_whoever_accepts() {
    // Without a ledger nobody is reminded unasked, whether they accept or not.
    for accepts in [true, false] {
        let tenant = Tenant::with(new_people(1)).await;
        assert_eq!(tenant.apply(&[]).await.count("invited"), 1);
        if accepts {
            tenant.graph.accept(new_people(1)[0].id);
        }
        for _ in 0..3 {
            assert_eq!(tenant.apply(&["--full"]).await.posts().len(), 0);
        }
        assert_eq!(tenant.mailed().len(), 1);
    }
}
