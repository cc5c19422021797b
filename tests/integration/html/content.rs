//! What is on the page: that the ledger's people and runs are where they belong.

use chrono::TimeDelta;
use xcsync::sandbox::{AllowInvitesFrom, Person};

use super::{mixed, page, part, report};
use crate::context::{Tenant, new_people};

fn later(tenant: &Tenant, time: TimeDelta) {
    tenant.graph.edit(|graph| graph.now += time);
}

/// A tile's number.
pub(super) fn tile<'a>(page: &'a str, name: &str) -> &'a str {
    let rest = page.split_once(&format!("<dt>{name}</dt><dd")).unwrap_or_else(|| panic!("no tile {name}")).1;
    rest.split_once('>').unwrap().1.split('<').next().unwrap().trim()
}

#[tokio::test(start_paused = true)]
async fn who_waits_who_failed_and_who_is_held_is_told_with_what_to_do() {
    let tenant = mixed().await;
    tenant.report(&[]).await;
    let page = page(&tenant).await;
    let tiles = ["Pending", "Accepted", "Failed", "Held"].map(|name| tile(&page, name));
    assert_eq!(tiles, ["2", "0", "0", "2"]);
    let attention = part(&page, "What needs attention");
    let (_, rest) = attention.split_once("Held until somebody acts").unwrap();
    let (held, waiting) = rest.split_once("Waiting longest").unwrap();
    for words in ["<code>refused</code>", "group-address", "p3@contoso.com", "give the person an address"] {
        assert!(held.contains(words), "{words}: {held}");
    }
    assert!(held.contains("sync-conflict") && held.contains("Resolve it in Entra Connect first."), "{held}");
    for person in ["p1@contoso.com", "p2@contoso.com"] {
        assert!(waiting.contains(person) && !held.contains(person), "{person}: {waiting}");
    }
    assert!(part(&page, "Runs").contains("the run went through"), "code 3 with its meaning");
    assert!(part(&page, "Settings in force").contains("<code>invite.domains</code></th><td><bdi>contoso.com</bdi>"));
}

#[tokio::test(start_paused = true)]
async fn an_acceptance_counts_at_the_run_that_first_saw_it() {
    let tenant = Tenant::with(new_people(2)).await;
    tenant.report(&[]).await;
    later(&tenant, TimeDelta::minutes(30));
    let now = tenant.graph.now();
    tenant.graph.edit(|graph| {
        let person = graph.people.with_mail("p1@contoso.com").unwrap();
        *person = person.clone().state("Accepted", now);
    });
    assert!(part(&page(&tenant).await, "Time to acceptance").contains("has accepted yet"), "no run has seen it");
    later(&tenant, TimeDelta::minutes(15));
    tenant.report(&[]).await;
    let page = page(&tenant).await;
    assert_eq!(["Pending", "Accepted", "Half accepted within"].map(|name| tile(&page, name)), ["1", "1", "45 minutes"]);
    let chart = part(&page, "Invitations and acceptances over time");
    assert!(chart.contains("2 invited and 1 of them accepted"), "{chart}");
    assert!(chart.contains("it counts at the run that first saw it: up to one run late"), "{chart}");
}

#[tokio::test(start_paused = true)]
async fn a_brake_comes_first_and_stays_until_it_is_lifted() {
    let tenant = Tenant::with(new_people(2)).await;
    tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    tenant.report(&[]).await;
    let braked = page(&tenant).await;
    let attention = part(&braked, "What needs attention");
    let first = attention.split("<h4>").nth(1).unwrap();
    assert!(
        first.starts_with("The tenant refuses invitations</h4>") && first.contains("One invitation in 24 hours"),
        "{first}"
    );
    assert!(first.contains("grant User.Invite.All"), "the catalogue's remedy: {first}");
    assert!(attention.contains("The newest run ended with code 4"), "{attention}");
    tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::Everyone);
    tenant.report(&["--resume"]).await;
    assert!(!page(&tenant).await.contains("class=\"alarm\""), "lifted");
}

#[tokio::test(start_paused = true)]
async fn runs_that_stay_away_are_told() {
    let tenant = Tenant::with(new_people(1)).await;
    tenant.report(&[]).await;
    later(&tenant, TimeDelta::hours(47));
    assert!(!page(&tenant).await.contains("No run has begun"));
    later(&tenant, TimeDelta::hours(2));
    assert!(page(&tenant).await.contains("<h4>No run has begun for 2 days</h4>"));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_without_the_tenant_and_a_quiet_one_say_so() {
    let tenant = Tenant::with([Person::synced(1, "p1@elsewhere.example")]).await;
    assert!(page(&tenant).await.contains("No run of this tenant is in the ledger yet."));
    assert!(!tenant.ledger().exists(), "a page begins no ledger");
    tenant.report(&[]).await;
    let quiet = page(&tenant).await;
    assert!(part(&quiet, "What needs attention").contains("Nothing: nobody waits"), "{quiet}");
    assert!(quiet.contains("This ledger has invited nobody yet."));
}

#[tokio::test(start_paused = true)]
async fn no_secret_and_no_place_of_one_is_on_the_page() {
    let tenant = Tenant::with(new_people(1)).await;
    tenant.report(&[]).await;
    let tenant = tenant.set("auth", "method = \"access-token\"\ntoken_env = \"WHERE_THE_TOKEN_IS\"");
    let page = page(&tenant).await;
    assert!(page.contains("auth.method") && !page.contains("WHERE_THE_TOKEN_IS") && !page.contains(&tenant.token));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_cannot_be_read_is_told_and_no_page_is_written() {
    let tenant = Tenant::with(new_people(1)).await;
    std::fs::write(tenant.ledger(), "not a ledger").unwrap();
    let file = tenant.folder.path().join("page.html");
    let ended = report(&tenant, &["--html", file.to_str().unwrap()]).await;
    assert_eq!((ended.exit, ended.stdout.as_str()), (1, ""));
    assert!(
        ended.stderr.contains("is not a ledger of xcsync") && ended.stderr.contains("no page was written"),
        "{ended:?}"
    );
    assert!(!file.exists());
}
