use chrono::TimeDelta;
use xcsync::sandbox::{Person, monday};

use super::reasons;
use crate::context::{Home, Tenant, account, new_people};

/// Copies that are invited under their home UPN.
async fn by_upn(people: impl IntoIterator<Item = Person>, accounts: impl IntoIterator<Item = Person>) -> Tenant {
    Tenant::with(people).await.at_home(Home::with(accounts).await).set("invite", "address = \"home-upn\"")
}

#[tokio::test(start_paused = true)]
async fn people_are_invited_under_the_upn_that_the_home_tenant_tells() {
    let accounts = [
        account(1, "p1@contoso.com").user_principal_name("P.One@contoso.com"),
        account(2, "other@contoso.com").user_principal_name("p2@contoso.com"),
    ];
    let tenant = by_upn(new_people(2), accounts).await;
    let dry = tenant.apply(&["--dry-run"]).await;
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.posted()), (0, vec!["P.One@contoso.com".to_owned(), "p2@contoso.com".to_owned()]));
    assert_eq!(run.outcome("P.One@contoso.com")["result"], "invited");
    assert_eq!(dry.run["plan_digest"], run.run["plan_digest"]);
}

#[tokio::test(start_paused = true)]
async fn the_digest_is_of_the_address_as_it_is_sent() {
    let plan = async |upn: &str| {
        let tenant = by_upn(new_people(1), [account(1, "p1@contoso.com").user_principal_name(upn)]).await;
        tenant.apply(&["--dry-run"]).await.run["plan_digest"].clone()
    };
    assert_ne!(plan("p.one@contoso.com").await, plan("p.uno@contoso.com").await);
}

#[tokio::test(start_paused = true)]
async fn mails_that_no_invitation_could_go_to_still_find_their_account() {
    let odd = ["o'brien@contoso.com", "ann+us@contoso.com", "Ann#1@Contoso.com.", " a&b=c%20@contoso.com "];
    let people = (1..).zip(odd).map(|(n, mail)| Person::synced(n, mail));
    let plain = |mail: &str| mail.trim().trim_end_matches('.').to_lowercase();
    let accounts = (1..).zip(odd).map(|(n, mail)| {
        let upn = format!("p{n}@contoso.com");
        account(n, &plain(mail)).user_principal_name(&upn)
    });
    let tenant = by_upn(people, accounts).await;
    let run = tenant.apply(&[]).await;
    assert_eq!(run.posted(), (1..=4).map(|n| format!("p{n}@contoso.com")).collect::<Vec<_>>(), "{:#}", run.run);
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_nobody_can_have_or_a_upn_that_nobody_can_be_sent_to_is_an_invalid_address() {
    let people = [
        Person::synced(1, "müller@contoso.com"),
        Person::synced(2, "p2@contoso.com"),
        Person::synced(3, "p3@contoso.com"),
        Person::synced(4, "p4@contoso.com"),
    ];
    let accounts = [
        account(2, "p2@contoso.com").user_principal_name("p2@northwind.example"),
        account(3, "p3@contoso.com").user_principal_name("p3_fabrikam.us#EXT#@contoso.onmicrosoft.com"),
    ];
    let tenant = by_upn(people, accounts).await;
    let run = tenant.apply(&[]).await;
    let invalid = "invalid-address";
    assert_eq!(reasons(&run.run), [invalid, invalid, invalid, "home-user-not-found"]);
    assert!(!tenant.home().filters().concat().contains("ller"), "what can be no name is not asked for");
}

#[tokio::test(start_paused = true)]
async fn two_copies_of_one_home_account_are_duplicates_also_where_the_second_is_not_looked_up() {
    let one = || account(1, "p1@contoso.com").user_principal_name("p2@contoso.com");
    let second = || Person::synced(2, "p2@contoso.com");
    let touched: [Person; 4] = [
        second(),
        second().state("Accepted", monday()),
        second().user_principal_name("excluded@fabrikam.us"),
        second().created(monday() - TimeDelta::days(40)),
    ];
    for other in touched {
        let id = other.id.to_string();
        let tenant = by_upn([new_people(1)[0].clone(), other], [one()]).await;
        let run = tenant.set("invite", "exclude = [\"excluded@fabrikam.us\"]").apply(&[]).await;
        assert_eq!((reasons(&run.run)[0].as_str(), run.posts().len()), ("duplicate-address", 0));
        assert!(run.run["decisions"][0]["hint"].as_str().unwrap().contains(&id), "{:#}", run.run);
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_is_taken_by_whoever_has_the_true_one_here() {
    let people = new_people(1).into_iter().chain([Person::cloud(7, "x@fabrikam.us").proxy("smtp:p.one@contoso.com")]);
    let accounts = [account(1, "p1@contoso.com").user_principal_name("p.one@contoso.com")];
    let run = by_upn(people, accounts).await.apply(&[]).await;
    assert_eq!((reasons(&run.run)[0].as_str(), run.posts().len()), ("address-taken", 0));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_somebody_here_is_found_by_already_is_taken_also_where_the_run_does_not_read_them() {
    let (mail, upn) = ("p1@contoso.com", "p.one@contoso.com");
    // Whatever of the account the two show here, and whichever of them is the person.
    for (own, other) in [(mail, mail), (upn, mail), (mail, upn)] {
        let people = [Person::synced(1, own), Person::synced(2, other).state("Accepted", monday())];
        let other = people[1].id.to_string();
        let tenant = by_upn(people, [account(1, mail).user_principal_name(upn)]).await;
        let id = new_people(1)[0].id.to_string();
        let run = tenant.apply(&["--user", &id]).await;
        assert_eq!((reasons(&run.run)[0].as_str(), run.posts().len()), ("address-taken", 0), "{own} {other}");
        assert!(run.run["decisions"][0]["hint"].as_str().unwrap().contains(&other), "{:#}", run.run);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reminder_is_held_where_the_upn_at_home_is_another_by_then() {
    let accounts =
        [1, 2].map(|n| account(n, &format!("p{n}@contoso.com")).user_principal_name(&format!("u{n}@contoso.com")));
    let tenant = by_upn(new_people(2), accounts).await;
    assert_eq!(tenant.apply(&[]).await.results(), [2, 0, 0, 0, 0]);
    // Not due: nobody is asked, and nothing has changed.
    let asked = tenant.home().filters().len();
    let run = tenant.apply(&[]).await;
    assert_eq!((reasons(&run.run), tenant.home().filters().len()), (vec!["pending".to_owned(); 2], asked));
    let married = |one: &mut Person| one.user_principal_name = "married@contoso.com".to_owned();
    let id = account(2, "").id;
    tenant.home().graph.edit(|graph| graph.people.iter_mut().filter(|one| one.id == id).for_each(married));
    let run = tenant.apply(&["--user", "p1@contoso.com", "--user", "p2@contoso.com", "--resend"]).await;
    assert_eq!(reasons(&run.run), ["pending-reminder-due", "address-changed"]);
    assert_eq!(run.posted(), ["u1@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_accepted_stays_known_under_the_address_that_was_invited() {
    let accounts = [account(1, "p1@contoso.com").user_principal_name("p.one@contoso.com")];
    let tenant = by_upn(new_people(1), accounts).await;
    tenant.apply(&[]).await;
    tenant.graph.accept(new_people(1)[0].id);
    tenant.apply(&[]).await;
    // Turned back by somebody: a hold of its own, and no other address than before.
    let id = new_people(1)[0].id;
    tenant.graph.edit(|graph| graph.people.get_mut(id).unwrap().external_user_state = None);
    let run = tenant.apply(&["--full"]).await;
    assert_eq!(reasons(&run.run), ["reverted"]);
}

#[tokio::test(start_paused = true)]
async fn an_excluded_home_upn_is_excluded() {
    let accounts = [account(1, "p1@contoso.com").user_principal_name("Break.Glass@contoso.com")];
    let tenant = by_upn(new_people(1), accounts).await.set("invite", "exclude = [\"break.glass@contoso.com\"]");
    let run = tenant.apply(&[]).await;
    assert_eq!((reasons(&run.run), run.posts().len()), (vec!["excluded".to_owned()], 0));
}

#[tokio::test(start_paused = true)]
async fn a_subdomain_of_this_tenant_is_refused_whether_mail_or_the_upn_at_home_leads_to_it() {
    let [own, other] = ["p1@eu.contoso.com", "p1@contoso.com"];
    for (mail, upn) in [(own, other), (other, own)] {
        let tenant = by_upn([Person::synced(1, mail)], [account(1, mail).user_principal_name(upn)]).await;
        tenant.graph.edit(|graph| graph.verified_domains.push("eu.contoso.com".to_owned()));
        let tenant = tenant.permitted(&["User.Read.All", "User.Invite.All"]);
        let run = tenant.set("invite", "domains = [\"contoso.com\"]\ninclude_subdomains = true").apply(&[]).await;
        assert_eq!((run.exit, run.error(), run.posts().len()), (2, "own-domain", 0), "{mail} {upn}");
    }
}
