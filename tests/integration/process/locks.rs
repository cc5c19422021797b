use super::*;

/// Runs the real binary once more beside another one.
fn another(tenant: &Tenant) -> (Option<i32>, Value) {
    ended(started(tenant, &[]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_leaves_no_lock_behind() {
    let tenant = live(Vec::new()).await;
    let tenant = tenant.fault(Fault::on("GET", "/users", Action::Slow(Duration::from_secs(60))));
    let mut child = started(&tenant, &[]);
    reached(&tenant, &mut child, "/users", 1).await;
    let (exit, report) = another(&tenant);
    let message = report["runs"][0]["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(exit, Some(6));
    assert!(message.contains(&format!("process {}, since 20", child.id())), "{message}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(another(&tenant).0, Some(0));
}
