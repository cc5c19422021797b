use super::*;

/// Sends a signal to a process.
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Two people who are pending, reminded one in ten seconds: nothing is read back, so nothing is waited for.
async fn reminding() -> (Tenant, Vec<&'static str>) {
    let pending = new_people(3).into_iter().map(|person| person.state("PendingAcceptance", monday()));
    let tenant = live(pending.collect()).await.set("limits", "rate_per_second = 0.02");
    (tenant, vec!["--user=p1@contoso.com", "--user=p2@contoso.com", "--user=p3@contoso.com", "--resend"])
}

#[tokio::test(flavor = "multi_thread")]
async fn each_signal_ends_the_run_cleanly_with_130_and_the_rest_is_not_attempted() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let (tenant, args) = reminding().await;
        let mut child = started(&tenant, &args);
        reached(&tenant, &mut child, "/invitations", 1).await;
        signal(&child, name);
        let (exit, report) = ended(child);
        let counts = &report["runs"][0]["counts"];
        assert_eq!((exit, &counts["invited"], &counts["not_attempted"]), (Some(130), &1.into(), &2.into()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_finished_before_the_process_ends() {
    let (tenant, args) = reminding().await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Slow(Duration::from_millis(700))));
    let mut child = started(&tenant, &args);
    reached(&tenant, &mut child, "/invitations", 1).await;
    signal(&child, "-TERM");
    let (exit, report) = ended(child);
    let outcome = &report["runs"][0]["outcomes"][0];
    assert_eq!((exit, &outcome["status"], &outcome["result"]), (Some(130), &201.into(), &"invited".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_process_at_once() {
    let (tenant, args) = reminding().await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(60))));
    let mut child = started(&tenant, &args);
    reached(&tenant, &mut child, "/invitations", 1).await;
    let start = Instant::now();
    signal(&child, "-INT");
    signal(&child, "-TERM");
    assert_eq!(ended(child).0, Some(130));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_while_reading_sends_nothing() {
    let tenant = live(new_people(2)).await;
    let tenant = tenant.fault(Fault::on("GET", "/users", Action::Slow(Duration::from_secs(60))));
    let mut child = started(&tenant, &[]);
    reached(&tenant, &mut child, "/users", 1).await;
    signal(&child, "-TERM");
    let (exit, report) = ended(child);
    assert_eq!(
        (exit, &report["runs"][0]["error"]["code"], tenant.posts().len()),
        (Some(130), &"interrupted".into(), 0)
    );
}
