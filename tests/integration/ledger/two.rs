use tokio::sync::watch;
use xcsync::sandbox::{Action, AllowInvitesFrom, Fault};

use super::*;
use crate::context::{Ended, run_with};

/// Two tenants of one configuration and one ledger, whose accounts have the same ids and addresses.
struct Two {
    first: Tenant,
    second: Tenant,
}

impl Two {
    async fn of(people: u32) -> Self {
        let people = || (1..=people).map(|n| person(n, -i64::from(n)));
        Self { first: tenant(people()).await, second: second_tenant(people()).await }
    }

    async fn run(&self, args: &[&str]) -> Ended {
        let path = self.first.folder.path().join("two.toml");
        std::fs::write(&path, self.first.state() + &self.first.tables("one") + &self.second.tables("two")).unwrap();
        let args: Vec<_> = args.iter().copied().chain(["-v", "-o", "json"]).collect();
        run_with(&path, &args, &self.first.environment(), self.first.graph.now(), watch::channel(0).1).await
    }

    fn at(&self, time: TimeDelta) {
        at(&self.first, time);
        at(&self.second, time);
    }

    fn posts(&self) -> (usize, usize) {
        (self.first.posts().len(), self.second.posts().len())
    }
}

fn runs(ended: &Ended) -> Vec<Value> {
    ended.json()["runs"].as_array().unwrap().clone()
}

fn exits(ended: &Ended) -> Vec<u64> {
    runs(ended).iter().map(|run| run["exit_code"].as_u64().unwrap()).collect()
}

/// Why this person is decided on as they are, in each run.
fn reasons(ended: &Ended, n: u32) -> Vec<String> {
    let id = id(n).to_string();
    let reason = |run: &Value| {
        let decisions = run["decisions"].as_array().unwrap();
        let found = decisions.iter().find(|decision| decision["user_id"] == id);
        found.map_or("not read", |decision| decision["reason"].as_str().unwrap()).to_owned()
    };
    runs(ended).iter().map(reason).collect()
}

#[tokio::test(start_paused = true)]
async fn what_became_of_a_person_in_one_tenant_is_not_said_of_their_namesake_in_the_other() {
    let two = Two::of(3).await;
    refuse(&two.first, 1);
    two.second.graph.edit(|graph| graph.groups.insert("p2@contoso.com".to_owned()));
    assert_eq!(exits(&two.run(&[]).await), [3, 3]);
    two.at(hours(5));
    let ended = two.run(&["--dry-run", "--full"]).await;
    assert_eq!(reasons(&ended, 1), ["retry-later", "pending"]);
    assert_eq!(reasons(&ended, 2), ["pending", "refused"]);
    two.second.graph.accept(id(3));
    change(&two.first, 3, |person| person.mail = Some("new@contoso.com".to_owned()));
    let ended = two.run(&["--full"]).await;
    assert_eq!(reasons(&ended, 3), ["address-changed", "accepted"]);
    assert_eq!(two.posts(), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn each_has_its_own_start_watermark_and_sweeps() {
    let two = Two::of(0).await;
    assert_eq!(two.run(&["--tenant", "one"]).await.exit, 0);
    two.at(hours(10));
    let ended = two.run(&[]).await;
    assert_eq!([0, 1].map(|run| window(&runs(&ended)[run])), [incremental(hours(-1)), ("first".to_owned(), None)]);
    two.at(hours(24));
    let ended = two.run(&["--dry-run"]).await;
    assert_eq!([0, 1].map(|run| window(&runs(&ended)[run])), [sweep(hours(-25)), incremental(hours(9))]);
    two.at(hours(34));
    assert_eq!(window(&runs(&two.run(&["--dry-run"]).await)[1]), sweep(hours(10 - 25)));
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_refuses_stops_only_itself() {
    let two = Two::of(2).await;
    two.first.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    assert_eq!(exits(&two.run(&[]).await), [4, 0]);
    add(&two.second, [person(3, 1)]);
    two.at(hours(2));
    let ended = two.run(&[]).await;
    assert_eq!((ended.exit, exits(&ended), two.posts()), (4, vec![4, 0], (1, 3)));
}

#[tokio::test(start_paused = true)]
async fn resume_lifts_the_brake_of_the_one_tenant_that_is_named() {
    let two = Two::of(2).await;
    for tenant in [&two.first, &two.second] {
        tenant.graph.edit(|graph| graph.blocked_for_suspicion = true);
    }
    assert_eq!(exits(&two.run(&[]).await), [4, 4]);
    for tenant in [&two.first, &two.second] {
        tenant.graph.edit(|graph| graph.blocked_for_suspicion = false);
    }
    two.at(hours(30));
    let both = two.run(&["--resume"]).await;
    assert_eq!((both.exit, both.json()["error"]["code"].as_str()), (2, Some("usage")));
    assert_eq!((exits(&two.run(&[]).await), two.posts()), (vec![4, 4], (1, 1)));
    assert_eq!(exits(&two.run(&["--resume", "--tenant", "one"]).await), [0]);
    assert_eq!((exits(&two.run(&[]).await), two.posts()), (vec![0, 4], (3, 1)));
}

#[tokio::test(start_paused = true)]
async fn each_settles_follows_and_reminds_its_own() {
    let two = Two::of(1).await;
    assert_eq!(two.run(&["--tenant", "one"]).await.exit, 0);
    change(&two.second, 1, |person| person.external_user_state = Some("PendingAcceptance".to_owned()));
    two.at(hours(24 * 8));
    let ended = two.run(&["--full"]).await;
    assert_eq!(reasons(&ended, 1), ["pending-reminder-due", "pending"]);
    assert_eq!(two.posts(), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_locked_ends_6_and_the_other_goes_on() {
    let two = Two::of(1).await;
    let slow = Fault::on("GET", "/users?", Action::Slow(Duration::from_secs(30)));
    two.first.graph.edit(|graph| graph.faults.push(slow));
    let beside = async {
        Gateway::after(&two.first.graph, "/users?", 1).await;
        two.run(&[]).await
    };
    let (alone, both) = tokio::join!(two.run(&["--tenant", "one"]), beside);
    assert_eq!((alone.exit, both.exit, exits(&both)), (0, 6, vec![6, 0]));
    assert_eq!(two.posts(), (1, 1));
}
