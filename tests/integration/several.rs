use std::path::PathBuf;

use serde_json::Value;
use tokio::sync::watch;
use xcsync::sandbox::{Action, AllowInvitesFrom, Canned, Fault, Tenant as Emulated};
use xcsync::world::Environment;

use crate::context::{Ended, Tenant, new_people, run_with};

/// Two tenants of one configuration.
pub struct Pair {
    pub first: Tenant,
    pub second: Tenant,
}

impl Pair {
    /// Two new people in `one`, three in `two`.
    pub async fn new() -> Self {
        let second = Emulated {
            id: uuid::uuid!("5a4db000-7e4a-4000-8000-000000000002"),
            people: new_people(3).into_iter().collect(),
            ..Emulated::default()
        };
        let first = Tenant::with(new_people(2)).await;
        let second = Tenant::of(second).await;
        let token = "method = \"access-token\"\ntoken_env = \"SECOND_TOKEN\"";
        Self { first, second: second.set("auth", token) }
    }

    /// The configuration, and with it one ledger, of both.
    pub fn config(&self) -> PathBuf {
        let path = self.first.folder.path().join("both.toml");
        std::fs::write(&path, self.first.state() + &self.first.tables("one") + &self.second.tables("two")).unwrap();
        path
    }

    pub async fn run(&self, args: &[&str]) -> Ended {
        self.run_until(args, watch::channel(0).1).await
    }

    async fn run_until(&self, args: &[&str], interrupts: watch::Receiver<u32>) -> Ended {
        let env: Environment = self.first.environment().with("SECOND_TOKEN", &self.second.token);
        let args: Vec<_> = args.iter().copied().chain(["-o", "json"]).collect();
        run_with(&self.config(), &args, &env, self.first.graph.now(), interrupts).await
    }

    fn posts(&self) -> (usize, usize) {
        (self.first.posts().len(), self.second.posts().len())
    }
}

fn exits(ended: &Ended) -> Vec<(String, u64)> {
    let name = |run: &Value| (run["tenant"]["name"].as_str().unwrap().to_owned(), run["exit_code"].as_u64().unwrap());
    ended.json()["runs"].as_array().unwrap().iter().map(name).collect()
}

fn named(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(name, exit)| ((*name).to_owned(), *exit)).collect()
}

#[tokio::test(start_paused = true)]
async fn tenants_run_one_after_the_other_in_the_order_of_the_file() {
    let pair = Pair::new().await;
    let ended = pair.run(&[]).await;
    assert_eq!((ended.exit, exits(&ended), pair.posts()), (0, named(&[("one", 0), ("two", 0)]), (2, 3)));
    let last = pair.first.graph.traffic().last().unwrap().at;
    assert!(pair.second.graph.traffic()[0].at >= last);
    assert_eq!(ended.json()["runs"][1]["counts"]["invited"], 3);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_does_not_stop_the_other_and_the_exit_code_is_the_worst() {
    let pair = Pair::new().await;
    pair.first.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    let ended = pair.run(&[]).await;
    assert_eq!((ended.exit, exits(&ended), pair.posts()), (4, named(&[("one", 4), ("two", 0)]), (1, 3)));
}

#[tokio::test(start_paused = true)]
async fn the_exit_codes_outrank_each_other_as_documented() {
    for (first, second, expected) in
        [(5, 3, 5), (3, 5, 5), (4, 5, 4), (3, 0, 3), (2, 4, 2), (7, 3, 7), (5, 7, 5), (7, 4, 4)]
    {
        let pair = Pair::new().await;
        let pair = Pair { first: ending(pair.first, first), second: ending(pair.second, second) };
        let ended = pair.run(&[]).await;
        assert_eq!((ended.exit, exits(&ended)), (expected, named(&[("one", first), ("two", second)])));
    }
}

/// Makes a tenant's run end with a code.
fn ending(tenant: Tenant, exit: u64) -> Tenant {
    match exit {
        2 => tenant.graph.edit(|graph| graph.verified_domains.push("contoso.com".to_owned())),
        3 => drop(tenant.graph.edit(|graph| graph.groups.insert("p1@contoso.com".to_owned()))),
        4 => tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None),
        5 => return tenant.set("limits", "max_invitations = 1"),
        7 => {
            let busy = Canned::graph_error(503, "Busy", "Please retry again later.").header("Retry-After", "7200");
            return tenant.fault(Fault::on("GET", "/organization", Action::Answer(busy)));
        }
        _ => {}
    }
    tenant
}

#[tokio::test(start_paused = true)]
async fn tenant_and_cloud_select() {
    for (args, expected) in [
        (vec!["--tenant", "two"], vec![("two", 0)]),
        (vec!["--tenant", "two", "--tenant", "one"], vec![("one", 0), ("two", 0)]),
        (vec!["--cloud", "custom"], vec![("one", 0), ("two", 0)]),
    ] {
        let pair = Pair::new().await;
        assert_eq!(exits(&pair.run(&args).await), named(&expected), "{args:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_selection_that_finds_nobody_is_a_mistake() {
    let pair = Pair::new().await;
    for args in [vec!["--cloud", "usgov"], vec!["--tenant", "three"], vec!["--tenant", "one", "--cloud", "commercial"]]
    {
        assert_eq!(pair.run(&args).await.exit, 2, "{args:?}");
    }
    assert_eq!(pair.posts(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_expected_plan_is_for_one_tenant() {
    let pair = Pair::new().await;
    let digest = format!("sha256:{}", "0".repeat(64));
    assert_eq!((pair.run(&["--expect-plan", &digest]).await.exit, pair.posts()), (2, (0, 0)));
    let one = pair.run(&["--expect-plan", &digest, "--tenant", "one"]).await;
    assert_eq!((one.exit, pair.posts()), (5, (0, 0)));
}

#[tokio::test(start_paused = true)]
async fn people_are_asked_for_in_one_tenant() {
    let pair = Pair::new().await;
    let file = pair.first.folder.path().join("people.txt");
    std::fs::write(&file, "p3@contoso.com").unwrap();
    // Only the second tenant has a third person.
    for args in [["--user", "p3@contoso.com"], ["--user-file", file.to_str().unwrap()]] {
        let ended = pair.run(&args).await;
        assert_eq!((ended.exit, &ended.json()["error"]["code"]), (2, &"usage".into()), "{ended:?}");
        assert!(pair.first.graph.traffic().is_empty() && pair.second.graph.traffic().is_empty());
    }
    let one = pair.run(&["--user", "p3@contoso.com", "--tenant", "two"]).await;
    assert_eq!((one.exit, pair.posts()), (0, (0, 1)));
}

#[tokio::test(start_paused = true)]
async fn a_larger_plan_is_allowed_for_the_tenant_that_has_it() {
    let mut pair = Pair::new().await;
    pair.first = pair.first.set("limits", "max_invitations = 1");
    let hint = |ended: &Ended| ended.json()["runs"][0]["error"]["hint"].as_str().unwrap().to_owned();
    let both = hint(&pair.run(&["--dry-run"]).await);
    assert!(both.contains("run again with --tenant one --max-invitations 2;"), "{both}");
    let one = hint(&pair.run(&["--dry-run", "--tenant", "one"]).await);
    assert!(one.contains("run again with --max-invitations 2;"), "{one}");
}

#[tokio::test(start_paused = true)]
async fn an_interruption_skips_the_tenants_that_remain() {
    let pair = Pair::new().await;
    let (sender, receiver) = watch::channel(0);
    let interrupt = async {
        crate::context::Gateway::after_posts(&pair.first.graph, 1).await;
        sender.send_replace(1);
    };
    let (ended, ()) = tokio::join!(pair.run_until(&[], receiver), interrupt);
    assert_eq!((ended.exit, exits(&ended)), (130, named(&[("one", 130)])));
    assert!(pair.second.graph.traffic().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_token_of_the_other_tenant_sends_nothing() {
    let mut pair = Pair::new().await;
    pair.second.token = pair.first.token.clone();
    let ended = pair.run(&[]).await;
    assert_eq!((ended.exit, exits(&ended), pair.posts()), (4, named(&[("one", 0), ("two", 4)]), (2, 0)));
}
