use xcsync::sandbox::{Person, monday};

use crate::context::{Tenant, new_people};

/// Somebody with everything that a query could trip over.
fn odd() -> Person {
    Person::synced(7, "O''Brien@x").user_principal_name("pat.o'brien@fabrikam.us").display_name("Pat O'Brien")
}

async fn tenant() -> Tenant {
    let mut odd = odd();
    odd.mail = Some("pat.o'brien@contoso.com".to_owned());
    Tenant::with(new_people(3).into_iter().chain([odd])).await
}

#[tokio::test(start_paused = true)]
async fn a_person_is_found_by_id_upn_and_mail_in_any_case() {
    let id = new_people(1)[0].id;
    for name in [id.to_string(), id.to_string().to_uppercase(), "Person1@Fabrikam.us".into(), " P1@CONTOSO.COM ".into()]
    {
        let run = tenant().await.apply(&["--user", &name]).await;
        assert_eq!((run.exit, run.posted()), (0, vec!["p1@contoso.com".to_owned()]), "{name}");
        assert_eq!((run.run["window"]["kind"].as_str(), run.count("discovered")), (Some("users"), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn several_names_of_one_person_mean_one_invitation_and_each_has_a_trace() {
    let id = new_people(1)[0].id.to_string();
    let args = ["--user", &id, "--user", "person1@fabrikam.us", "--user", "P1@contoso.com", "--user", "p1@contoso.com"];
    let run = tenant().await.apply(&args).await;
    assert_eq!((run.count("discovered"), run.posts().len()), (1, 1));
    let traced = run.run["trace"].as_array().unwrap();
    assert_eq!(
        traced.iter().map(|entry| entry["asked"].as_str().unwrap()).collect::<Vec<_>>(),
        [&id, args[3], args[5]]
    );
}

#[tokio::test(start_paused = true)]
async fn one_name_that_means_nobody_or_several_stops_everything() {
    let nobody = "5a4db000-ffff-4000-8000-000000000001";
    for wrong in ["nobody@contoso.com", nobody, "shared@contoso.com"] {
        let tenant = tenant().await;
        let shared = |n| Person::synced(n, "shared@contoso.com");
        tenant.graph.edit(|graph| graph.people.extend([shared(21), shared(22)]));
        let run = tenant.apply(&["--user", "p1@contoso.com", "--user", wrong]).await;
        assert_eq!((run.exit, run.error(), run.posts().len()), (2, "user-not-found", 0), "{wrong}");
        let message = run.run["error"]["message"].as_str().unwrap();
        assert!(message.contains(wrong) && message.contains("nothing was sent to anyone"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_wrong_name_is_told_at_once() {
    let run =
        tenant().await.apply(&["--user", "a@contoso.com", "--user", "p1@contoso.com", "--user", "b@contoso.com"]).await;
    let message = run.run["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("a@contoso.com") && message.contains("b@contoso.com") && !message.contains("p1@"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_trace_has_the_steps_up_to_the_one_that_settles_it() {
    let people = [
        Person::synced(1, "new@contoso.com"),
        Person::synced(2, "other@elsewhere.example"),
        Person::cloud(3, "cloud@contoso.com"),
        Person::synced(4, "there@contoso.com").state("Accepted", monday()),
    ];
    let args: Vec<_> = people.iter().map(|person| format!("--user={}", person.id)).collect();
    let args: Vec<_> = args.iter().map(String::as_str).chain(["--dry-run"]).collect();
    let run = Tenant::with(people).await.apply(&args).await;
    let steps = |entry: &serde_json::Value| {
        let steps = entry["steps"].as_array().unwrap().iter();
        steps.map(|step| step["question"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let found: Vec<_> = run.run["trace"].as_array().unwrap().iter().map(steps).collect();
    let all = "found in-domain in-scope state decision";
    assert_eq!(
        found,
        [all, "found in-domain decision", "found in-domain in-scope decision", all],
        "{:#}",
        run.run["trace"]
    );
}

#[tokio::test(start_paused = true)]
async fn the_trace_stands_in_the_text_too() {
    let ended = tenant().await.run(&["--user", "p1@contoso.com", "--dry-run"]).await;
    for words in ["trace of p1@contoso.com", "in-domain  yes", "state      not invited", "decision   invite, new"] {
        assert!(ended.stdout.contains(words), "{words}\n{}", ended.stdout);
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_of_people_is_read_whoever_wrote_it() {
    let tenant = tenant().await;
    let file = tenant.folder.path().join("people.txt");
    std::fs::write(
        &file,
        "\u{feff}# pilot group\r\n\r\n  p1@contoso.com \r\n\t\nperson2@fabrikam.us\r\nP1@CONTOSO.COM",
    )
    .unwrap();
    let run = tenant.apply(&["--user-file", file.to_str().unwrap(), "--user", "p3@contoso.com"]).await;
    assert_eq!((run.exit, run.results()), (0, [3, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_names_nobody_or_is_not_there_sends_nothing() {
    let tenant = tenant().await;
    let file = |name: &str| tenant.folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(file("empty.txt"), "# nobody yet\r\n\r\n").unwrap();
    std::fs::write(file("latin.txt"), [0xe9, b'@', b'c']).unwrap();
    for name in ["empty.txt", "missing.txt", "latin.txt"] {
        let ended = tenant.run(&["--user-file", &file(name), "-o", "json"]).await;
        let error = ended.json()["error"].clone();
        assert_eq!((ended.exit, &error["code"]), (2, &"usage".into()), "{name}");
        assert!(error["message"].as_str().unwrap().contains(name), "{error:#}");
    }
    assert!(tenant.graph.traffic().is_empty());
}

#[tokio::test(start_paused = true)]
async fn asking_for_somebody_overrides_no_rule_and_no_limit() {
    let people = [
        ("other-domain", Person::synced(1, "a@elsewhere.example")),
        ("not-synced", Person::cloud(2, "b@contoso.com")),
        ("excluded", Person::synced(3, "c@contoso.com")),
        ("account-disabled", Person::synced(4, "d@contoso.com").disabled()),
        ("upn-differs", Person::synced(5, "e@contoso.com").on_premises_upn("f@contoso.com")),
        ("sync-conflict", Person::synced(6, "g@contoso.com").provisioning_error("mail", "g@contoso.com")),
        ("unknown-state", Person::synced(7, "h@contoso.com").state("Suspended", monday())),
        ("pending", Person::synced(8, "i@contoso.com").state("PendingAcceptance", monday())),
    ];
    let args: Vec<_> = people.iter().map(|(_, person)| format!("--user={}", person.id)).collect();
    let expected: Vec<_> = people.iter().map(|(reason, _)| *reason).collect();
    let tenant =
        Tenant::with(people.clone().map(|(_, person)| person)).await.set("invite", "exclude = [\"c@contoso.com\"]");
    let run = tenant.apply(&args.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut found: Vec<_> = run.run["decisions"].as_array().unwrap().iter().collect();
    found.sort_by_key(|decision| decision["user_id"].as_str());
    assert_eq!(found.iter().map(|decision| decision["reason"].as_str().unwrap()).collect::<Vec<_>>(), expected);
    assert_eq!((run.exit, run.posts().len()), (0, 0));
    let limited = tenant.set("limits", "max_invitations = 1");
    limited.graph.edit(|graph| graph.people = new_people(2).into_iter().collect());
    assert_eq!(limited.apply(&["--user=p1@contoso.com", "--user=p2@contoso.com"]).await.exit, 5);
}

#[tokio::test(start_paused = true)]
async fn names_reach_the_service_as_they_are_whatever_they_hold() {
    let names = ["o'brien", "a+b", "a&b", "a#b", "100%25", "a b", "ö", "a/b?c=d", "x'or'1'eq'1"];
    for name in names {
        let upn = format!("{name}@fabrikam.us");
        let person = Person::synced(7, "pat@contoso.com").user_principal_name(&upn);
        let run = Tenant::with(new_people(3).into_iter().chain([person])).await.apply(&["--user", &upn]).await;
        assert_eq!((run.exit, run.posted()), (0, vec!["pat@contoso.com".to_owned()]), "{name}: {:#}", run.run["error"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_with_a_quote_is_looked_up_and_sent() {
    let run = tenant().await.apply(&["--user", "pat.o'brien@contoso.com"]).await;
    assert_eq!((run.exit, run.posted()), (0, vec!["pat.o'brien@contoso.com".to_owned()]));
    assert!(run.traffic.iter().any(|exchange| {
        exchange.request_body.as_ref().is_some_and(|body| body.to_string().contains("mail%20eq%20%27pat.o%27%27brien"))
    }));
}

#[tokio::test(start_paused = true)]
async fn more_people_than_a_batch_holds_are_all_found() {
    let args: Vec<_> = (1..=45).map(|n| format!("--user=p{n}@contoso.com")).collect();
    let tenant = Tenant::with(new_people(60)).await;
    let args: Vec<_> = args.iter().map(String::as_str).chain(["--dry-run"]).collect();
    assert_eq!(tenant.apply(&args).await.count("invite"), 45);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_reminded_where_no_mail_is_sent() {
    let pending = Person::synced(1, "p1@contoso.com").state("PendingAcceptance", monday());
    let tenant = Tenant::with([pending]).await.set("invite", "send_message = false");
    let ended = tenant.run(&["--user", "p1@contoso.com", "--resend", "-o", "json"]).await;
    let message = ended.run()["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(ended.exit, 2);
    assert!(message.contains("--resend") && message.contains("send_message"), "{message}");
    assert!(tenant.graph.traffic().is_empty());
}
