use chrono::TimeDelta;
use xcsync::sandbox::{Person, monday};

use crate::context::{Home, Tenant, account, new_people};

#[tokio::test(start_paused = true)]
async fn another_case_at_home_is_found_or_held_and_never_sent_elsewhere() {
    for (ignores, reason, posts) in [(true, "new", 1), (false, "home-user-not-found", 0)] {
        let home = Home::with([account(1, "P1@Contoso.com")]).await;
        home.graph.edit(|graph| graph.switches.filters_ignore_case = ignores);
        let run = Tenant::with(new_people(1)).await.at_home(home).apply(&[]).await;
        assert_eq!(run.run["decisions"][0]["reason"], reason);
        assert_eq!((run.exit, run.posts().len()), (0, posts));
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_shows_late_at_home_is_invited_by_a_later_run() {
    let late: Person = account(1, "p1@contoso.com").visible_from(monday() + TimeDelta::minutes(10));
    let tenant = Tenant::with(new_people(1)).await.at_home(Home::with([late]).await);
    let run = tenant.apply(&[]).await;
    assert_eq!((&run.run["decisions"][0]["reason"], run.posts().len()), (&"home-user-not-found".into(), 0));
    tokio::time::advance(std::time::Duration::from_secs(900)).await;
    assert_eq!(tenant.apply(&[]).await.results(), [1, 0, 0, 0, 0]);
}
