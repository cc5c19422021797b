use super::*;

fn beating(tenant: Tenant, ear: &Ear) -> Tenant {
    let file = secret_file(&tenant, "heartbeat-url", &format!("{}/ping/sesame", ear.root));
    tenant.set("notify", &format!("[notify.heartbeat]\nurl_file = {file:?}"))
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ended_well_is_followed_by_one_heartbeat() {
    let ear = Ear::answering(&[(200, None, "OK")]).await;
    let tenant = beating(Tenant::with(new_people(1)).await.signing_in_by_secret(), &ear);
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, untold(&report)), (0, vec![]));
    let heard: Vec<_> = ear.heard().into_iter().map(|heard| (heard.method, heard.path)).collect();
    assert_eq!(heard, [("GET".to_owned(), "/ping/sesame".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn there_is_none_after_a_dry_run_or_one_that_did_not_end_well() {
    let ear = Ear::open().await;
    let tenant = beating(mixed().await, &ear);
    assert_eq!(run(&tenant, &["--dry-run"]).await.0, 0);
    assert_eq!(run(&tenant, &["--max-invitations", "1"]).await.0, 5);
    assert_eq!(run(&tenant, &[]).await.0, 3);
    assert_eq!(ear.heard().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_that_fails_is_sent_again_and_then_a_warning() {
    let ear = Ear::answering(&[(500, None, "")]).await;
    let tenant = beating(Tenant::with([]).await.signing_in_by_secret(), &ear);
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, ear.heard().len()), (0, 3));
    assert!(untold(&report)[0].starts_with("heartbeat-not-sent: "), "{report:#}");
}
