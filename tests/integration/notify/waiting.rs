use std::time::Duration;

use tokio::time::Instant;

use super::*;

/// Every channel configured, and nobody who answers.
async fn unanswered() -> Tenant {
    let port = Ear::silent().await;
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret();
    let [webhook, heartbeat] = ["webhook-url", "heartbeat-url"]
        .map(|name| secret_file(&tenant, name, &format!("http://127.0.0.1:{port}/sesame")));
    tenant.set(
        "notify",
        &format!(
            "[notify]\non = \"always\"\n[notify.webhook]\nurl_file = {webhook:?}\n[notify.heartbeat]\nurl_file = {heartbeat:?}\n\
             [notify.mail]\nvia = \"smtp\"\nfrom = \"xcsync@fabrikam.us\"\nto = [\"team@fabrikam.us\"]\n\
             [notify.smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"implicit\""
        ),
    )
}

/// How long a run takes by itself.
async fn alone() -> Duration {
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret();
    let start = Instant::now();
    assert_eq!(run(&tenant, &[]).await.0, 0);
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn servers_that_never_answer_hold_a_run_up_for_half_a_minute_in_all_and_change_nothing() {
    let alone = alone().await;
    let tenant = unanswered().await;
    let start = Instant::now();
    let (exit, report) = run(&tenant, &[]).await;
    let more = start.elapsed().saturating_sub(alone);
    assert_eq!((exit, report["exit_code"].as_u64(), report["counts"]["invited"].as_u64()), (0, Some(0), Some(1)));
    assert!(more <= Duration::from_secs(30), "{more:?}");
    let untold = untold(&report);
    for channel in ["mail-not-sent", "webhook-not-sent", "heartbeat-not-sent"] {
        assert!(untold.iter().any(|warning| warning.starts_with(channel)), "{channel}: {untold:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn several_tenants_wait_no_longer_than_one() {
    let one = unanswered().await;
    let id = uuid::uuid!("5a4db000-7e4a-4000-8000-000000000002");
    let other =
        Tenant::of(xcsync::sandbox::Tenant { id, ..xcsync::sandbox::Tenant::default() }).await.signing_in_by_secret();
    let path = one.config();
    let both =
        std::fs::read_to_string(&path).unwrap().replace("[notify]", &format!("{}[notify]", other.tables("other")));
    std::fs::write(&path, both).unwrap();
    let start = Instant::now();
    let ended = crate::context::run_with(
        &path,
        &["-o", "json"],
        &one.environment(),
        one.graph.now(),
        tokio::sync::watch::channel(0).1,
    )
    .await;
    assert_eq!((ended.exit, ended.json()["runs"].as_array().unwrap().len()), (0, 2));
    assert!(start.elapsed() < alone().await + Duration::from_secs(31), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn graph_that_never_takes_the_mail_holds_nobody_up_either() {
    let tenant = mailing(Tenant::with([]).await.signing_in_by_secret(), "always");
    for action in [
        Action::Hang,
        Action::Answer(Canned {
            status: 429,
            headers: vec![("Retry-After".to_owned(), "600".to_owned())],
            body: vec![],
        }),
    ] {
        let fault = Fault {
            method: "POST".to_owned(),
            path_contains: "/sendMail".to_owned(),
            body_contains: String::new(),
            skip: 0,
            times: u32::MAX,
            action,
        };
        tenant.graph.edit(|graph| graph.faults = vec![fault]);
        let start = Instant::now();
        let (exit, report) = run(&tenant, &[]).await;
        assert!(start.elapsed() <= Duration::from_secs(31), "{:?}", start.elapsed());
        assert_eq!((exit, untold(&report).len()), (0, 1), "{report:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_interruption_ends_the_waiting_and_the_code_stays_what_it_was() {
    let alone = alone().await;
    let tenant = unanswered().await;
    let (interrupt, interrupts) = tokio::sync::watch::channel(0);
    tokio::spawn(async move {
        tokio::time::sleep(alone + Duration::from_secs(5)).await;
        interrupt.send_modify(|times| *times += 1);
        std::future::pending::<()>().await;
    });
    let start = Instant::now();
    let ended = tenant.run_once(&["-o", "json"], interrupts).await;
    assert!(start.elapsed() < alone + Duration::from_secs(6), "{:?}", start.elapsed());
    assert_eq!((ended.exit, untold(&ended.run()).len()), (0, 3));
}
