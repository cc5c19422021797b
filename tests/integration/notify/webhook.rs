use std::time::Duration;

use super::*;
use crate::context::Ended;

/// Every text of a card, in its order.
fn texts(card: &Value) -> Vec<String> {
    let body = card["attachments"][0]["content"]["body"].as_array().unwrap();
    let runs = body.iter().filter_map(|block| block["inlines"][0]["text"].as_str());
    runs.map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn a_card_says_who_what_failed_and_what_to_do() {
    let ear = Ear::open().await;
    let tenant = telling(mixed().await, &ear, "changes", "");
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, untold(&report)), (3, vec![]));
    let heard = ear.heard();
    assert_eq!((heard.len(), heard[0].method.as_str(), heard[0].path.as_str()), (1, "POST", "/hook?sig=sesame"));
    let card = heard[0].json();
    assert_eq!(card["type"], "message");
    assert_eq!(card["attachments"][0]["content"]["type"], "AdaptiveCard");
    let texts = texts(&card);
    assert_eq!(texts[0], "xcsync emulated: 2 invited, 1 failed, 1 held");
    for part in [
        "Failed (1): group-address",
        "refused50@contoso.com",
        "What to do: the address belongs to a group",
        "Held newly (1): invalid-address",
        "<b>Held</b> & co",
        "p1@contoso.com",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part}: {texts:#?}");
    }
    // What a `TextBlock` would take for Markdown is somebody's name here.
    assert!(!card.to_string().contains("\"TextBlock\""), "{card:#}");
}

#[tokio::test(start_paused = true)]
async fn a_card_is_never_larger_than_teams_takes() {
    let ear = Ear::open().await;
    // Of four bytes each: a card of a hundred such people has 28 KB already.
    let name = format!("\u{202e}\"{}", "𐍈".repeat(60));
    let people = (1..=400).map(|n| Person::synced(n, &format!("p{n}+x@contoso.com")).display_name(&name));
    let tenant = telling(Tenant::with(people).await.signing_in_by_secret(), &ear, "problems", "");
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, report["counts"]["hold"].as_u64(), untold(&report)), (0, Some(400), vec![]));
    let heard = ear.heard();
    assert!(heard[0].body.len() <= xcsync::notify::LARGEST_CARD, "{}", heard[0].body.len());
    let texts = texts(&heard[0].json());
    assert!(texts.iter().any(|text| text.starts_with("and ") && text.ends_with(" more")), "{texts:#?}");
}

#[tokio::test(start_paused = true)]
async fn plain_json_is_the_report_of_the_run() {
    let ear = Ear::open().await;
    let tenant = telling(mixed().await, &ear, "always", "format = \"json\"");
    let (_, report) = run(&tenant, &[]).await;
    let told = ear.heard()[0].json();
    assert_eq!((told["schema"].as_str(), &told["runs"][0]), (Some("xcsync.invite/1"), &report));
}

#[tokio::test(start_paused = true)]
async fn a_200_that_hides_throttling_is_told_again_and_at_most_three_times() {
    const HIDDEN: &str =
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x";
    let ear = Ear::answering(&[(200, None, HIDDEN), (200, None, "1")]).await;
    let (exit, report) = run(&telling(mixed().await, &ear, "always", ""), &[]).await;
    assert_eq!((exit, untold(&report), ear.heard().len()), (3, vec![], 2));
    let ear = Ear::answering(&[(200, None, HIDDEN)]).await;
    let (exit, report) = run(&telling(mixed().await, &ear, "always", ""), &[]).await;
    assert_eq!((exit, ear.heard().len()), (3, 3));
    assert!(untold(&report)[0].contains("the webhook answers 200, and in its body"), "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_webhook_is_left_alone_for_as_long_as_it_says() {
    let ear = Ear::answering(&[(429, Some(("retry-after", "7")), ""), (503, None, ""), (202, None, "")]).await;
    let (_, report) = run(&telling(mixed().await, &ear, "always", ""), &[]).await;
    let heard = ear.heard();
    let waits: Vec<_> = heard.windows(2).map(|two| (two[1].at - two[0].at).as_secs()).collect();
    assert_eq!((waits, untold(&report)), (vec![7, 4], vec![]));
}

#[tokio::test(start_paused = true)]
async fn what_a_webhook_refuses_is_a_warning_and_nothing_else() {
    let cases: [(&'static [ear::Answer], &str); 3] = [
        (&[(404, None, "gone sesame")], "answers 404"),
        (&[(401, None, "")], "answers 401"),
        (&[(302, Some(("location", "http://127.0.0.1:9/")), "")], "a redirect, which is not followed"),
    ];
    for (answers, says) in cases {
        let ear = Ear::answering(answers).await;
        let tenant = telling(mixed().await, &ear, "always", "");
        let (exit, report) = run(&tenant, &[]).await;
        assert_eq!((exit, ear.heard().len()), (3, 1), "a refusal is not asked for twice");
        let untold = untold(&report);
        assert!(
            untold.len() == 1 && untold[0].starts_with("webhook-not-sent: ") && untold[0].contains(says),
            "{untold:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_can_not_be_used_is_a_warning_and_the_run_goes_on() {
    let tenant = || async { Tenant::with(new_people(1)).await.signing_in_by_secret() };
    for (address, says) in
        [("http://sesame.example/hook", "does not begin with https"), ("sesame", "is no address"), ("", "is empty")]
    {
        let tenant = tenant().await;
        let file = secret_file(&tenant, "webhook-url", address);
        let tenant = tenant.set("notify", &format!("[notify.webhook]\nurl_file = {file:?}"));
        let (exit, report) = run(&tenant, &[]).await;
        assert_eq!((exit, report["counts"]["invited"].as_u64()), (0, Some(1)));
        assert!(untold(&report)[0].contains(says), "{report:#}");
    }
    let tenant = tenant().await.set("notify", "[notify.webhook]\nurl_env = \"NOT_THERE\"");
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!(exit, 0);
    assert!(untold(&report)[0].contains("NOT_THERE"), "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_and_an_interrupted_run_tell_nobody() {
    let ear = Ear::open().await;
    let tenant = telling(mixed().await, &ear, "always", "");
    assert_eq!(run(&tenant, &["--dry-run"]).await.0, 0);
    let (interrupt, interrupts) = tokio::sync::watch::channel(1);
    let ended: Ended = tenant.run_once(&["-o", "json"], interrupts).await;
    drop(interrupt);
    assert_eq!((ended.exit, ear.heard().len()), (130, 0));
    assert_eq!(untold(&ended.run()), Vec::<String>::new(), "nothing was to be told, so that nothing has failed");
}

#[tokio::test(start_paused = true)]
async fn never_is_never_and_problems_are_no_invitations() {
    let people = || new_people(2);
    for (on, times) in [("never", 0), ("problems", 0), ("changes", 1), ("always", 2)] {
        let ear = Ear::open().await;
        let tenant = telling(Tenant::with(people()).await.signing_in_by_secret(), &ear, on, "");
        assert_eq!(run(&tenant, &[]).await.0, 0);
        tenant.graph.edit(|graph| graph.now += TimeDelta::minutes(1));
        assert_eq!(run(&tenant, &[]).await.0, 0, "the second run has nothing to do");
        assert_eq!(ear.heard().len(), times, "{on}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_longer_than_there_is_time_for_is_not_begun() {
    let ear = Ear::answering(&[(429, Some(("retry-after", "600")), "")]).await;
    let tenant = telling(Tenant::with([]).await.signing_in_by_secret(), &ear, "always", "");
    let start = tokio::time::Instant::now();
    let (_, report) = run(&tenant, &[]).await;
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(ear.heard().len(), 1);
    assert!(untold(&report)[0].contains("answers 429"), "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn the_sandbox_tells_nobody_whatever_the_configuration_says() {
    let ear = Ear::open().await;
    let tenant = telling(Tenant::with([]).await.signing_in_by_secret(), &ear, "always", "");
    let config = tenant.config();
    let line = ["xcsync", "--cloud", "sandbox", "--config", config.to_str().unwrap(), "invite", "-o", "json"];
    let (environment, now) = (tenant.environment(), tenant.graph.now());
    let interrupts = tokio::sync::watch::channel(0).1;
    let ended = crate::context::run_line(line.map(Into::into), &environment, now, interrupts).await;
    assert!(ended.json()["runs"][0]["counts"]["invited"].as_u64() > Some(0), "{ended:?}");
    assert_eq!(ear.heard().len(), 0);
}
