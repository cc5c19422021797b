//! The page and `status --offline` tell the same of everybody.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::Value;
use tokio::sync::watch;
use xcsync::world::Environment;

use super::content::tile;
use super::{page, part};
use crate::context::{Tenant, new_people, run_line};

/// What a run could have left of each: every state, also with a reason that is not its own.
const PEOPLE: [&str; 12] = [
    "seen = 1, reason = 'pending'",
    "seen = 1, reason = 'account-disabled'",
    "seen = 0, open = 'retry', due = 1772500000000, failed_first = 1772400000000, failures = 2, reason = 'retry-later'",
    "seen = 0, open = 'gave-up', reason = 'gave-up'",
    "seen = 0, open = 'refused', reason = 'refused'",
    "seen = 0, reason = 'upn-differs', since = 1772000000000",
    "seen = 2, reason = 'accepted'",
    "seen = 0, reason = 'new', invited_at = NULL, invitations = 0",
    "seen = 1, gone = 1, reason = 'pending'",
    "seen = 0, reason = 'excluded', invited_at = NULL, invitations = 0",
    "seen = 2, reason = 'duplicate-address'",
    "seen = 1, reason = 'address-changed'",
];

async fn in_every_state() -> Tenant {
    let tenant = Tenant::with(new_people(12)).await;
    tenant.report(&[]).await;
    let ledger = Connection::open(tenant.ledger()).unwrap();
    for (index, columns) in PEOPLE.iter().enumerate() {
        let address = format!("p{}@contoso.com", index + 1);
        assert_eq!(ledger.execute(&format!("UPDATE people SET {columns} WHERE address = ?1"), [&address]).unwrap(), 1);
    }
    let error = "UPDATE attempts SET result = 'failed', error = json_object('code', 'group-address', 'message', 'what was said', \
        'hint', 'what helps', 'quotes_service', json('true')) WHERE address IN ('p3@contoso.com', 'p4@contoso.com', 'p5@contoso.com')";
    assert_eq!(ledger.execute(error, []).unwrap(), 3);
    tenant
}

async fn status(tenant: &Tenant) -> Value {
    let config = tenant.config();
    let line = ["xcsync", "--config", config.to_str().unwrap(), "status", "--offline", "-o", "json"].map(Into::into);
    let ended = run_line(line, &Environment::default(), tenant.graph.now(), watch::channel(0).1).await;
    ended.json()["tenants"][0].clone()
}

#[tokio::test(start_paused = true)]
async fn the_page_counts_as_status_does() {
    let tenant = in_every_state().await;
    let (page, counts) = (page(&tenant).await, status(&tenant).await["counts"].clone());
    let tiles = [
        ("Pending", "pending"),
        ("Failed", "failed"),
        ("Held", "held"),
        ("Given up", "gave_up"),
        ("Accepted", "accepted"),
        ("Not invited", "not_invited"),
    ];
    for (name, state) in tiles {
        assert_ne!(counts[state], 0, "nobody is {state}: {counts}");
        assert_eq!(tile(&page, name), counts[state].to_string(), "{state}: {counts}");
    }
    assert_eq!(counts.as_object().unwrap().len(), tiles.len());
}

/// The part of the attention section that begins with a heading and ends before the next.
fn list<'a>(attention: &'a str, heading: &str) -> &'a str {
    let (_, rest) = attention.split_once(heading).unwrap_or_else(|| panic!("no {heading}: {attention}"));
    rest.split("<h4").next().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_page_says_who_waits_since_when_and_why_as_status_does() {
    let tenant = in_every_state().await;
    let (page, status) = (page(&tenant).await, status(&tenant).await);
    let attention = part(&page, "What needs attention");
    let waiting = list(attention, "Waiting longest for an acceptance");
    let mut listed = BTreeSet::new();
    for (state, heading) in [
        ("pending", "Waiting longest for an acceptance"),
        ("failed", "Failed, and tried again"),
        ("held", "Held until somebody acts"),
        ("gave_up", "Given up: tried for 28 days"),
    ] {
        for person in status["people"].as_array().unwrap().iter().filter(|person| person["state"] == state) {
            let (list, address) = (list(attention, heading), person["address"].as_str().unwrap());
            let since = person["since"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
            let (_, told) = list.split_once(address).unwrap_or_else(|| panic!("{address} in {list}"));
            assert!(told.split("</li>").next().unwrap().contains(&since.format("%-d %b %Y").to_string()), "{told}");
            assert!(list.contains(&format!("<code>{}</code>", person["reason"].as_str().unwrap())), "{person} {list}");
            if let Some(error) = person["last_error"].as_object() {
                let said =
                    format!("Last error <code>{}</code>: What was said. What helps.", error["code"].as_str().unwrap());
                assert!(list.contains(&said), "{said}: {list}");
            }
            listed.insert(address);
        }
    }
    assert_eq!(listed.len(), 7, "{status:#}");
    let order: Vec<_> = ["p1@", "p2@"].iter().map(|address| waiting.find(address).unwrap()).collect();
    assert!(order.is_sorted(), "{waiting}");
    assert!(attention.contains("Not invited: 1 excluded, 1 gone, 1 new."), "{attention}");
}
