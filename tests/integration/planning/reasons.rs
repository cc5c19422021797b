use chrono::TimeDelta;
use serde_json::Value;
use uuid::{Uuid, uuid};
use xcsync::sandbox::{Action, Canned, Fault, Person, RoleAssignment, monday};

use crate::context::{Applied, Tenant};

/// Exchange Online Plan 2, which brings a mailbox.
const MAILBOX: Uuid = uuid!("efb87545-963c-4e0d-99df-69c6916d9eb0");

type Touch = fn(Person) -> Person;

/// What is special about a person, and what is decided about them for it, in the order of the rules.
const RULES: &[(&str, Touch)] = &[
    ("not-synced", |mut person| {
        person.on_premises_sync_enabled = None;
        person
    }),
    ("excluded", |person| person.user_principal_name("excluded@fabrikam.us")),
    ("out-of-scope", |person| person.department("Facilities")),
    ("accepted", |person| person.state("Accepted", monday())),
    ("pending", |person| person.state("PendingAcceptance", monday())),
    ("unknown-state", |person| person.state("Suspended", monday())),
    ("account-disabled", Person::disabled),
    ("invalid-address", |mut person| {
        person.mail = person.mail.map(|mail| mail.replace('@', "+x@"));
        person
    }),
    ("upn-differs", |person| person.on_premises_upn("somebody.else@contoso.com")),
    ("duplicate-address", |mut person| {
        person.mail = Some("twin@contoso.com".to_owned());
        person
    }),
    ("sync-conflict", |person| person.provisioning_error("ProxyAddresses", "SMTP:x@contoso.com")),
    ("mailbox-licensed", |person| person.plan("exchange", MAILBOX)),
    ("new", |person| person),
];

fn plain(n: u32) -> Person {
    Person::synced(n, &format!("p{n}@contoso.com")).department("Sales")
}

/// A dry run over these people that lists everybody.
async fn planned(people: Vec<Person>) -> Applied {
    let twin = Person::synced(999, "Twin@contoso.com").department("Sales");
    let tenant = Tenant::with(people.into_iter().chain([twin]))
        .await
        .set("invite", "exclude = [\"Excluded@fabrikam.us\"]")
        .set("invite.where", "department = [\"sales\"]");
    tenant.apply(&["--dry-run", "-v"]).await
}

fn reason(run: &Applied, id: Uuid) -> String {
    let decisions = run.run["decisions"].as_array().unwrap();
    let decision = decisions.iter().find(|decision| decision["user_id"] == id.to_string());
    decision.map(|decision| decision["reason"].as_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn every_reason_that_one_attribute_gives_is_given() {
    for (expected, touch) in RULES {
        let person = touch(plain(1));
        let id = person.id;
        let run = planned(vec![person]).await;
        assert_eq!((reason(&run, id).as_str(), run.exit), (*expected, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_reasons_the_earlier_rule_counts() {
    for (place, (first, early)) in RULES.iter().enumerate() {
        // States exclude each other, and so do addresses: what is set last is what there is.
        let later = RULES[place + 1..].iter().filter(|(second, _)| !states(first, second) && !addresses(first, second));
        let people: Vec<_> = later.zip(1..).map(|((_, late), n)| early(late(plain(n)))).collect();
        let ids: Vec<_> = people.iter().map(|person| person.id).collect();
        let run = planned(people).await;
        let found: Vec<_> = ids.into_iter().map(|id| reason(&run, id)).collect();
        assert!(found.iter().all(|found| found == first), "{first}: {found:?}");
    }
}

fn states(first: &str, second: &str) -> bool {
    let state = |reason| ["accepted", "pending", "unknown-state"].contains(&reason);
    state(first) && state(second)
}

fn addresses(first: &str, second: &str) -> bool {
    (first, second) == ("invalid-address", "duplicate-address")
}

#[tokio::test(start_paused = true)]
async fn other_domains_and_missing_mail_are_counted_and_near_domains_are_named() {
    let people = [
        Person::synced(1, "x").without_mail(),
        Person::synced(2, "a@elsewhere.example"),
        Person::synced(3, "a@eu.contoso.com"),
        Person::synced(4, "a@contoso.com.example"),
        Person::synced(5, "a@notcontoso.com"),
    ];
    let run = Tenant::with(people).await.apply(&["--dry-run"]).await;
    let counts = &run.run["counts"];
    assert_eq!(counts["skipped_by_reason"], serde_json::json!({"no-mail": 1, "other-domain": 4}));
    let near: Vec<_> = counts["near_domains"].as_object().unwrap().keys().collect();
    assert!(
        near.contains(&&"eu.contoso.com".to_owned()) && near.contains(&&"contoso.com.example".to_owned()),
        "{near:?}"
    );
    assert_eq!(run.run["decisions"], serde_json::json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_configured_is_no_near_one() {
    let people = [
        Person::synced(1, "a@b@contoso.com"),
        Person::synced(2, "b@contoso.com.."),
        Person::synced(3, "a@b@eu.contoso.com"),
    ];
    let tenant = Tenant::with(people).await;
    let near = |run: &Applied| run.run["counts"]["near_domains"].clone();
    assert_eq!(near(&tenant.apply(&["--dry-run"]).await), serde_json::json!({"eu.contoso.com": 1}));
    let tenant = tenant.set("invite", "domains = [\"contoso.com\"]\ninclude_subdomains = true");
    assert_eq!(near(&tenant.apply(&["--dry-run"]).await), serde_json::json!({}));
}

#[tokio::test(start_paused = true)]
async fn the_configured_address_that_is_empty_or_outside_is_a_hold() {
    let people = [
        plain(1),
        plain(2).extension_attribute(7, "b@elsewhere.example"),
        plain(3).extension_attribute(7, "c@contoso.com"),
    ];
    let tenant = Tenant::with(people.clone()).await.set("invite", "address = \"extensionAttribute7\"");
    let run = tenant.apply(&["--dry-run"]).await;
    let found = people.map(|person| reason(&run, person.id));
    assert_eq!(found, ["no-address", "invalid-address", "new"]);
}

#[tokio::test(start_paused = true)]
async fn the_closer_look_holds_taken_addresses_and_privileged_people() {
    let taken = [
        ("mail", Person::cloud(11, "p1@contoso.com")),
        ("proxy", Person::cloud(12, "x@fabrikam.us").proxy("smtp:P2@contoso.com")),
        ("other mail", Person::cloud(13, "y@fabrikam.us").other_mail("p3@contoso.com")),
        ("upn", Person::cloud(14, "z@fabrikam.us").user_principal_name("p4@contoso.com")),
    ];
    let owners = taken.map(|(_, owner)| owner);
    let tenant = Tenant::with((1..=6).map(plain).chain(owners)).await;
    tenant.graph.edit(|graph| graph.role_assignments.push(RoleAssignment::helpdesk(plain(5).id)));
    let run = tenant.apply(&["--dry-run"]).await;
    let found: Vec<_> = (1..=6).map(|n| reason(&run, plain(n).id)).collect();
    let taken = "address-taken";
    assert_eq!(found, [taken, taken, taken, taken, "privileged", "new"]);
}

#[tokio::test(start_paused = true)]
async fn the_closer_look_comes_in_the_order_of_its_rule() {
    let person = plain(1).plan("exchange", MAILBOX);
    let tenant = Tenant::with([person.clone(), Person::cloud(11, "x@fabrikam.us").proxy("SMTP:p1@contoso.com")]).await;
    tenant.graph.edit(|graph| graph.role_assignments.push(RoleAssignment::helpdesk(person.id)));
    assert_eq!(reason(&tenant.apply(&["--dry-run"]).await, person.id), "address-taken");
    tenant.graph.edit(|graph| graph.people.remove(Person::cloud(11, "").id));
    assert_eq!(reason(&tenant.apply(&["--dry-run"]).await, person.id), "mailbox-licensed");
}

#[tokio::test(start_paused = true)]
async fn duplicates_name_each_other_whatever_became_of_the_other() {
    let first = plain(1);
    let others: [Person; 4] = [
        plain(2),
        plain(3).state("Accepted", monday()),
        plain(4).user_principal_name("excluded@fabrikam.us"),
        plain(5).disabled(),
    ];
    for mut other in others {
        other.mail = Some("P1@contoso.com".to_owned());
        let run = planned(vec![first.clone(), other.clone()]).await;
        assert_eq!(reason(&run, first.id), "duplicate-address");
        let named =
            |decision: &&Value| decision["hint"].as_str().is_some_and(|hint| hint.contains(&other.id.to_string()));
        assert!(run.run["decisions"].as_array().unwrap().iter().any(|decision| named(&decision)), "{:#}", run.run);
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_outside_the_window_still_makes_an_address_taken() {
    let mut old = plain(2).created(monday() - TimeDelta::days(400));
    old.mail = Some("p1@contoso.com".to_owned());
    let run = Tenant::with([plain(1), old]).await.apply(&["--since", "25h"]).await;
    assert_eq!((reason(&run, plain(1).id).as_str(), run.posts().len()), ("address-taken", 0));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_to_be_reminded_passes_the_same_rules() {
    let late: Vec<_> = RULES.iter().skip_while(|(reason, _)| *reason != "account-disabled").collect();
    for (expected, touch) in late.iter().filter(|(reason, _)| !["new", "duplicate-address"].contains(reason)) {
        let person = touch(plain(1)).state("PendingAcceptance", monday());
        let id = person.id.to_string();
        let run = Tenant::with([person]).await.apply(&["--user", &id, "--resend"]).await;
        assert_eq!((run.run["decisions"][0]["reason"].as_str(), run.posts().len()), (Some(*expected), 0));
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_excluded_is_so_however_the_directory_spells_them() {
    let mut dotted = Person::synced(1, " Ann@contoso.com. ");
    dotted.proxy_addresses.clear();
    let beyond_ascii = Person::synced(2, "p2@contoso.com").user_principal_name("ÄNN@fabrikam.us");
    for (person, exclude) in [
        (dotted.clone(), "ann@contoso.com"),
        (dotted, " ANN@contoso.com. "),
        (beyond_ascii.clone(), "ÄNN@fabrikam.us"),
        (beyond_ascii, "änn@Fabrikam.us"),
    ] {
        let (id, line) = (person.id, format!("exclude = [\"{exclude}\"]"));
        let run = Tenant::with([person]).await.set("invite", &line).apply(&[]).await;
        assert_eq!((reason(&run, id).as_str(), run.posts().len()), ("excluded", 0), "{exclude}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_no_missing_permission_to_read_roles() {
    let person = plain(1);
    let rejected = Canned::graph_error(401, "InvalidAuthenticationToken", "Access token has expired.");
    let fault = Fault::on("GET", "roleAssignments", Action::Answer(rejected)).always();
    let tenant = Tenant::with([person.clone()]).await.fault(fault);
    tenant.graph.edit(|graph| graph.role_assignments.push(RoleAssignment::helpdesk(person.id)));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.error(), run.posts().len()), (4, "denied", 0), "{}", run.run["warnings"]);
}
