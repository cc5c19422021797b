use serde_json::Value;
use xcsync::sandbox::{Person, monday};

use crate::context::{Home, Tenant, account, new_people};

/// What a failed look-up ends.
mod failures;

/// Two tenants that are each other's home.
mod pair;

/// `address = "home-upn"`.
mod upn;

/// Copies with these numbers, each with an account at home.
async fn at_home(numbers: std::ops::RangeInclusive<u32>) -> Tenant {
    let accounts = numbers.clone().map(|n| account(n, &format!("p{n}@contoso.com")));
    Tenant::with(new_people(*numbers.end())).await.at_home(Home::with(accounts).await)
}

/// The reasons of everybody who is listed, by user id.
fn reasons(run: &Value) -> Vec<String> {
    let mut decisions: Vec<_> = run["decisions"].as_array().unwrap().iter().collect();
    decisions.sort_by_key(|decision| decision["user_id"].as_str());
    decisions.into_iter().map(|decision| decision["reason"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn who_has_an_account_at_home_is_invited_and_only_read_about_there() {
    let tenant = at_home(1..=3).await;
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results(), &run.run["warnings"]), (0, [3, 0, 0, 0, 0], &serde_json::json!([])));
    let traffic = tenant.home().graph.traffic();
    assert!(traffic.iter().all(|exchange| exchange.url.ends_with("/$batch")), "{traffic:#?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_not_at_home_or_disabled_there_or_has_another_upn_is_held() {
    let accounts = [
        account(1, "p1@contoso.com").disabled(),
        account(3, "p3@contoso.com").user_principal_name("p.three@contoso.com"),
        account(4, "x@contoso.com").user_principal_name("P4@contoso.com"),
        account(5, "p5@contoso.com"),
        account(6, "p5@contoso.com").user_principal_name("p5-admin@contoso.com"),
    ];
    let tenant = Tenant::with(new_people(5)).await.at_home(Home::with(accounts).await);
    let run = tenant.apply(&[]).await;
    let (gone, off) = ("home-user-not-found", "home-user-disabled");
    assert_eq!(reasons(&run.run), [off, gone, "upn-differs", "new", gone]);
    assert_eq!((run.exit, run.posted()), (0, vec!["p4@contoso.com".to_owned()]));
    let hint = run.run["decisions"].as_array().unwrap().iter().filter_map(|one| one["hint"].as_str());
    let both = [account(5, "").id, account(6, "").id].map(|id| id.to_string());
    assert!(hint.into_iter().any(|hint| both.iter().all(|id| hint.contains(id))), "{:#}", run.run);
}

#[tokio::test(start_paused = true)]
async fn who_is_not_at_home_passes_the_rest_of_the_closer_look_first() {
    let mailbox = uuid::uuid!("efb87545-963c-4e0d-99df-69c6916d9eb0");
    for source in ["mail", "home-upn"] {
        let people =
            [Person::synced(1, "p1@contoso.com").plan("exchange", mailbox), Person::synced(2, "p2@contoso.com")];
        let home = Home::with([account(2, "p2@contoso.com").disabled()]).await;
        let tenant = Tenant::with(people).await.at_home(home).set("invite", &format!("address = {source:?}"));
        let taken = Person::cloud(7, "x@fabrikam.us").proxy("smtp:p2@contoso.com");
        tenant.graph.edit(|graph| graph.people.push(taken));
        assert_eq!(reasons(&tenant.apply(&["--dry-run"]).await.run), ["mailbox-licensed", "address-taken"], "{source}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_upn_is_sent_to_all_the_same_where_the_mail_is_accepted_as_login() {
    let home = Home::with([account(1, "p1@contoso.com").user_principal_name("p.one@contoso.com")]).await;
    let tenant = Tenant::with(new_people(1)).await.at_home(home).set("invite", "accept_mail_as_login = true");
    assert_eq!(tenant.apply(&[]).await.posted(), ["p1@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn only_people_about_to_be_sent_to_are_looked_up() {
    let people = [
        Person::synced(1, "p1@contoso.com"),
        Person::synced(2, "p2@contoso.com").state("Accepted", monday()),
        Person::synced(3, "p3@contoso.com").state("PendingAcceptance", monday()),
        Person::synced(4, "p4@contoso.com").disabled(),
        Person::synced(5, "p5@contoso.com").created(monday() - chrono::TimeDelta::days(40)),
        Person::cloud(6, "p6@contoso.com"),
        Person::synced(7, "p7@northwind.example"),
        Person::synced(8, "p8@contoso.com").on_premises_upn("p.eight@contoso.com"),
    ];
    let tenant = Tenant::with(people).await.at_home(Home::with([]).await);
    tenant.run(&["--dry-run"]).await;
    assert_eq!(tenant.home().filters(), ["mail in ('p1@contoso.com')", "userPrincipalName in ('p1@contoso.com')"]);
}

#[tokio::test(start_paused = true)]
async fn fifteen_are_asked_for_at_a_time_and_twenty_questions_go_in_one_batch() {
    let tenant = at_home(1..=151).await;
    let run = tenant.report(&["--dry-run", "--max-invitations", "200"]).await;
    assert_eq!((&run["exit_code"], &run["counts"]["invite"]), (&0.into(), &151.into()));
    // Both batches are under way at once.
    let mut filters = tenant.home().filters();
    filters.sort_by_key(|filter| std::cmp::Reverse(filter.len()));
    let values = |filter: &String| filter.matches("@contoso.com").count();
    assert_eq!(filters.iter().map(values).collect::<Vec<_>>(), [[15; 20].as_slice(), &[1, 1]].concat());
    assert_eq!(tenant.home().graph.traffic().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_several_pages_is_read_to_its_end() {
    let tenant = at_home(1..=3).await;
    tenant.home().graph.edit(|graph| (graph.page_size, graph.empty_pages) = (Some(1), true));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results()), (0, [3, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn names_are_asked_for_and_compared_as_they_are_whatever_stands_in_them() {
    let people = [
        Person::synced(1, " P1@Contoso.com. "),
        Person::synced(2, "o.brien@contoso.com").extension_attribute(5, "O.BRIEN@contoso.com."),
    ];
    let accounts = [account(1, "p1@contoso.com"), account(2, "o.brien@contoso.com")];
    let home = Home::with(accounts).await;
    let tenant = Tenant::with(people).await.at_home(home);
    assert_eq!(tenant.apply(&[]).await.posted(), ["P1@Contoso.com", "o.brien@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn every_source_of_the_address_is_looked_up_by_that_address() {
    let person = || {
        let person = Person::synced(1, "p1@contoso.com").on_premises_upn("up1@contoso.com");
        person.extension_attribute(5, "ext1@contoso.com")
    };
    for (source, address) in [("on-prem-upn", "up1@contoso.com"), ("extensionAttribute5", "ext1@contoso.com")] {
        let mut person = person();
        person.on_premises_user_principal_name =
            person.on_premises_user_principal_name.filter(|_| source == "on-prem-upn");
        let home = Home::with([account(1, address)]).await;
        let tenant = Tenant::with([person]).await.at_home(home).set("invite", &format!("address = \"{source}\""));
        assert_eq!(tenant.apply(&[]).await.posted(), [address], "{source}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_auth_nobody_is_looked_up_and_nothing_is_said_of_it() {
    let mut home = Home::with([]).await;
    home.auth = None;
    let tenant = Tenant::with(new_people(1)).await.at_home(home);
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results(), tenant.home().graph.traffic().len()), (0, [1, 0, 0, 0, 0], 0));
    assert!(!run.run["warnings"].to_string().contains("home"), "{:#}", run.run);
}

#[tokio::test(start_paused = true)]
async fn reminders_and_retries_are_looked_up_like_everybody_else() {
    let tenant = at_home(1..=1).await;
    assert_eq!(tenant.apply(&[]).await.results(), [1, 0, 0, 0, 0]);
    tenant.home().graph.edit(|graph| graph.people.iter_mut().for_each(|one| one.account_enabled = Some(false)));
    let run = tenant.apply(&["--user", "p1@contoso.com", "--resend"]).await;
    assert_eq!((run.exit, reasons(&run.run)), (0, vec!["home-user-disabled".to_owned()]));
    assert_eq!(tenant.mailed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_traffic_log_holds_both_tenants_exchanges_and_no_name_of_anybody() {
    let people = [Person::synced(1, "o'canary@contoso.com"), Person::synced(2, "canary2@contoso.com")];
    let accounts = [
        account(1, "o'canary@contoso.com").user_principal_name("canary.one@contoso.com"),
        account(2, "canary2@contoso.com"),
    ];
    let tenant = Tenant::with(people).await.at_home(Home::with(accounts).await).set("invite", "address = \"home-upn\"");
    let path = tenant.folder.path().join("traffic.jsonl");
    let run = tenant.apply(&["--record", path.to_str().unwrap()]).await;
    assert_eq!(run.results(), [2, 0, 0, 0, 0]);
    let log = std::fs::read_to_string(path).unwrap();
    assert!(log.contains(&tenant.home().graph.root()) && log.contains(&tenant.graph.root()), "{log}");
    assert!(!log.to_lowercase().contains("canary") && !log.contains(&tenant.home().token), "{log}");
}

#[tokio::test(start_paused = true)]
async fn the_trace_tells_what_the_home_tenant_said() {
    let accounts = [account(1, "p1@contoso.com"), account(2, "p2@contoso.com").disabled()];
    let tenant = Tenant::with(new_people(3)).await.at_home(Home::with(accounts).await);
    let args = ["--dry-run", "--user", "p1@contoso.com", "--user", "p2@contoso.com", "--user", "p3@contoso.com"];
    let run = tenant.apply(&args).await;
    let answer = |entry: &Value| {
        let steps = entry["steps"].as_array().unwrap().iter();
        steps.filter(|step| step["question"] == "at-home").map(|step| step["answer"].to_string()).collect::<String>()
    };
    let told: Vec<_> = run.run["trace"].as_array().unwrap().iter().map(answer).collect();
    assert_eq!(told, ["\"yes, UPN p1@contoso.com\"", "\"yes, UPN p2@contoso.com, disabled\"", "\"no, nobody\""]);
}
