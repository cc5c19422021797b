//! What a run did: its report, its exit code, and its own part of the emulator's traffic log.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;
use xcsync::sandbox::{Exchange, Fault, Person, monday};

use super::Tenant;

/// `n` new people, `p1@contoso.com` and so on, in the order in which they are sent.
pub fn new_people(n: u32) -> Vec<Person> {
    (1..=n).map(|n| Person::synced(n, &format!("p{n}@contoso.com"))).collect()
}

/// A tenant with two new people, one whom the service refuses, and some to whom nothing is sent.
pub async fn mixed() -> Tenant {
    let person = |n: u32| Person::synced(n, &format!("p{n}@contoso.com"));
    let tenant = Tenant::with([
        person(1),
        person(2),
        person(3),
        person(4).disabled(),
        person(5).provisioning_error("ProxyAddresses", "SMTP:p5@contoso.com"),
        person(6).state("Accepted", monday()),
        Person::synced(7, "p7@elsewhere.example"),
        person(8).created(monday() - TimeDelta::days(90)),
    ])
    .await;
    tenant.graph.edit(|graph| graph.groups.insert("p3@contoso.com".to_owned()));
    tenant
}

/// What nobody can read as this ledger, each with what is said of it and its code.
pub fn unreadable(ledger: &Path) -> [(Vec<u8>, &'static str, &'static str); 2] {
    let mut whole = std::fs::read(ledger).unwrap();
    whole.truncate(whole.len() - 5000);
    [(whole, "is damaged", "ledger-damaged"), (b"not a ledger".to_vec(), "is not a ledger of xcsync", "not-a-ledger")]
}

/// One run and what it left behind.
#[derive(Debug)]
pub struct Applied {
    pub exit: u8,
    /// The only run of the report.
    pub run: Value,
    /// The exchanges of this run.
    pub traffic: Vec<Exchange>,
    /// By the clock that tests move.
    pub took: Duration,
}

impl Tenant {
    /// Lets something go wrong.
    pub fn fault(self, fault: Fault) -> Self {
        self.graph.edit(|tenant| tenant.faults.push(fault));
        self
    }

    /// Signs in by client secret at the emulator, so that a token can be renewed.
    pub fn signing_in_by_secret(self) -> Self {
        let client = self.graph.edit(|tenant| tenant.application.client_id);
        self.set(
            "auth",
            &format!("method = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_env = \"SANDBOX_SECRET\""),
        )
    }

    /// Runs `invite` and checks what holds for every run: the sums of the report, nobody mailed twice, and that the
    /// next run would send to nobody who shows as invited.
    pub async fn apply(&self, args: &[&str]) -> Applied {
        let (seen, posts, mailed) = (self.graph.traffic().len(), self.posts().len(), self.mailed().len());
        let start = tokio::time::Instant::now();
        let args: Vec<_> = args.iter().copied().chain(["-o", "json"]).collect();
        let ended = self.run_once(&args, watch::channel(0).1).await;
        let took = start.elapsed();
        let traffic = self.graph.traffic().split_off(seen);
        let applied = Applied { exit: ended.exit, run: ended.run(), traffic, took };
        applied.adds_up();
        self.nobody_was_mailed_twice(mailed);
        if !args.contains(&"--no-state") {
            self.the_second_run_sends_nothing(posts).await;
        }
        self.the_next_run_leaves_the_invited_alone().await;
        applied
    }

    fn nobody_was_mailed_twice(&self, before: usize) {
        let ids = self.graph.edit(|tenant| tenant.mails[before..].iter().map(|mail| mail.user_id).collect::<Vec<_>>());
        let mut times = HashMap::new();
        for id in ids {
            *times.entry(id).or_insert(0) += 1;
        }
        assert!(times.values().all(|times| *times == 1), "somebody was mailed twice in one run: {times:?}");
    }

    /// Whatever a run came to that has posted since so many posts: what the next one would do is seen in its plan, and
    /// nobody is in it whom this one has sent to. Refusals of all, and of too many at once, sent nothing.
    pub async fn the_second_run_sends_nothing(&self, posts_before: usize) {
        let posts = self.posts().split_off(posts_before);
        let sent = posts.iter().filter(|post| !matches!(post.status, Some(401 | 403 | 429)));
        let sent: Vec<_> =
            sent.filter_map(|post| Some(post.request_body.as_ref()?["invitedUser"]["id"].clone())).collect();
        if sent.is_empty() {
            return;
        }
        let faults = self.graph.edit(|tenant| std::mem::take(&mut tenant.faults));
        let args = ["--dry-run", "-v", "--max-invitations", "100000", "-o", "json"];
        let next = self.run_once(&args, watch::channel(0).1).await;
        self.graph.edit(|tenant| tenant.faults = faults);
        // A tenant that refuses is left alone: then nobody is sent to, whatever the plan says.
        if next.exit != 0 {
            return;
        }
        for decision in next.run()["decisions"].as_array().unwrap() {
            let sends = ["invite", "remind", "retry"].contains(&decision["decision"].as_str().unwrap());
            assert!(!sends || !sent.contains(&decision["user_id"]), "sent once more: {decision:#}");
        }
    }

    async fn the_next_run_leaves_the_invited_alone(&self) {
        let faults = self.graph.edit(|tenant| std::mem::take(&mut tenant.faults));
        let args = ["--dry-run", "--full", "-v", "--max-invitations", "100000", "-o", "json"];
        let next = self.run_once(&args, watch::channel(0).1).await;
        self.graph.edit(|tenant| tenant.faults = faults);
        if next.exit != 0 {
            return;
        }
        let now = self.graph.now();
        for decision in next.run()["decisions"].as_array().unwrap() {
            let id = Uuid::parse_str(decision["user_id"].as_str().unwrap()).unwrap();
            let person = self.graph.person(id).unwrap();
            let invited = person.state_at(now).0.is_some();
            assert!(!invited || decision["decision"] != "invite", "invited once more: {decision:#}");
        }
    }
}

impl Applied {
    /// The sums that SPEC section 8 promises.
    fn adds_up(&self) {
        let sum = |names: &[&str]| names.iter().map(|name| self.count(name)).sum::<u64>();
        let to_send = sum(&["invite", "remind", "retry"]);
        assert_eq!(self.count("discovered"), to_send + sum(&["skip", "hold"]), "{:#}", self.run);
        let done = sum(&["invited", "failed", "unknown", "unverified", "not_attempted"]);
        let listed = self.run["outcomes"].as_array().unwrap().len() as u64;
        assert_eq!(done, listed, "{:#}", self.run);
        assert_eq!(done, if self.posts().is_empty() { done } else { to_send }, "{:#}", self.run);
        assert!(done == 0 || done == to_send, "{:#}", self.run);
    }

    /// One number of `counts`.
    pub fn count(&self, name: &str) -> u64 {
        self.run["counts"][name].as_u64().unwrap_or_else(|| panic!("no count {name}: {:#}", self.run))
    }

    /// `invited`, `failed`, `unknown`, `unverified`, `not_attempted`.
    pub fn results(&self) -> [u64; 5] {
        ["invited", "failed", "unknown", "unverified", "not_attempted"].map(|name| self.count(name))
    }

    /// The code of the error that ended the run; empty without one.
    pub fn error(&self) -> &str {
        self.run["error"]["code"].as_str().unwrap_or_default()
    }

    /// The outcome of the person with this address.
    pub fn outcome(&self, address: &str) -> &Value {
        let outcomes = self.run["outcomes"].as_array().unwrap();
        let found = outcomes.iter().find(|outcome| outcome["address"] == address);
        found.unwrap_or_else(|| panic!("no outcome of {address}: {:#}", self.run))
    }

    /// The posts of invitations.
    pub fn posts(&self) -> Vec<&Exchange> {
        let post = |exchange: &&Exchange| exchange.method == "POST" && exchange.url.ends_with("/invitations");
        self.traffic.iter().filter(post).collect()
    }

    /// The addresses that were posted, in order.
    pub fn posted(&self) -> Vec<String> {
        let address =
            |post: &&Exchange| post.request_body.as_ref()?["invitedUserEmailAddress"].as_str().map(str::to_owned);
        self.posts().iter().filter_map(address).collect()
    }

    /// When invitations were posted, in seconds since the first.
    pub fn post_times(&self) -> Vec<f64> {
        let posts = self.posts();
        let first = posts.first().map(|post| post.at).unwrap_or_default();
        posts.iter().map(|post| seconds(first, post.at)).collect()
    }

    /// When states were read after an instant, in seconds since it.
    pub fn looks_after(&self, start: DateTime<Utc>) -> Vec<f64> {
        let look = |exchange: &&Exchange| {
            let body = exchange.request_body.as_ref().map(Value::to_string).unwrap_or_default();
            exchange.at > start && exchange.url.ends_with("/$batch") && body.contains("$select=id,externalUserState\"")
        };
        self.traffic.iter().filter(look).map(|exchange| seconds(start, exchange.at)).collect()
    }
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64()
}

/// Whether instants are these, but for the milliseconds that a request takes.
pub fn about(found: &[f64], expected: &[f64]) -> bool {
    let near = |(found, expected): (&f64, &f64)| (-0.01..0.3).contains(&(found - expected));
    found.len() == expected.len() && found.iter().zip(expected).all(near)
}
