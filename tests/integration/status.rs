//! `status`: where everyone stands, whom it asks about, and that it changes nothing.

mod asking;
mod ledger;
mod probe;
mod shown;
mod states;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;
use xcsync::sandbox::{Person, monday};
use xcsync::world::Environment;

use crate::context::{Ended, Tenant, run_line};

/// `xcsync status` with these arguments and in this environment. It posts no invitation and leaves the ledger as it is.
async fn status_in(env: &Environment, tenant: &Tenant, args: &[&str], interrupts: watch::Receiver<u32>) -> Ended {
    let (posts, ledger) = (tenant.posts().len(), std::fs::read(tenant.ledger()).ok());
    let config = tenant.config();
    let line = ["xcsync".into(), "--config".into(), config.into_os_string(), "status".into()];
    let line = line.into_iter().chain(args.iter().map(Into::into));
    let now = tenant.local_time.unwrap_or_else(|| tenant.graph.now());
    let ended = run_line(line, env, now, interrupts).await;
    assert_eq!(tenant.posts().len(), posts);
    assert!(std::fs::read(tenant.ledger()).ok() == ledger, "the ledger is another one now");
    ended
}

async fn status(tenant: &Tenant, args: &[&str]) -> Ended {
    status_in(&tenant.environment(), tenant, args, watch::channel(0).1).await
}

/// The report, and in it the only tenant's part.
async fn json(tenant: &Tenant, args: &[&str]) -> Value {
    let ended = status(tenant, &[args, &["-o", "json"]].concat()).await;
    let report = ended.json();
    assert_eq!((&report["schema"], &report["exit_code"]), (&"xcsync.status/1".into(), &ended.exit.into()));
    only_tenant(&report)
}

fn only_tenant(report: &Value) -> Value {
    let tenants = report["tenants"].as_array().unwrap();
    assert_eq!(tenants.len(), 1, "{report:#}");
    tenants[0].clone()
}

/// Each one's address up to the `@`, state and reason, in their order; the counts say the same.
fn people(tenant: &Value) -> Vec<String> {
    let listed = tenant["people"].as_array().unwrap();
    for (state, count) in tenant["counts"].as_object().unwrap() {
        let of_state = listed.iter().filter(|person| person["state"] == *state).count();
        let count = count.as_u64().unwrap();
        assert!(count == of_state as u64 || (state == "accepted" && of_state == 0), "{state}: {tenant:#}");
    }
    let text = |person: &Value, name: &str| person[name].as_str().unwrap_or("?").to_owned();
    let words = |person: &Value| {
        let address = text(person, "address");
        format!("{} {} {}", address.split('@').next().unwrap(), text(person, "state"), text(person, "reason"))
    };
    listed.iter().map(words).collect()
}

/// The same in the order of their addresses.
fn by_address(tenant: &Value) -> Vec<String> {
    let mut people = people(tenant);
    people.sort_unstable();
    people
}

/// A tenant whose runs get a new token whenever the old one has expired.
async fn lasting(people: impl IntoIterator<Item = Person>) -> Tenant {
    Tenant::with(people).await.signing_in_by_secret()
}

fn person(n: u32) -> Person {
    Person::synced(n, &format!("p{n}@contoso.com"))
}

fn id(n: u32) -> Uuid {
    person(n).id
}

/// The tenant's clock shows so many hours after Monday's first second.
fn at(tenant: &Tenant, hours: i64) {
    tenant.graph.edit(|graph| graph.now = monday() + TimeDelta::hours(hours));
}

/// An instant of a report.
fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap_or_else(|| panic!("no instant: {value}")).parse().unwrap()
}
