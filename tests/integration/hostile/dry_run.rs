//! A dry run needs read permission only and sends no write: by the emulator's own log, whatever the form of the call.

use xcsync::sandbox::{Exchange, Person};

use crate::context::{READER, Tenant};

use super::ann;

/// Reads alone: a GET, or a batch of GETs.
fn is_read(exchange: &Exchange) -> bool {
    let requests = exchange.request_body.as_ref().and_then(|body| body["requests"].as_array());
    match (exchange.method.as_str(), requests) {
        ("GET", None) => exchange.request_body.is_none(),
        ("POST", Some(items)) => exchange.url.ends_with("/v1.0/$batch") && items.iter().all(|i| i["method"] == "GET"),
        _ => false,
    }
}

#[tokio::test(start_paused = true)]
async fn no_form_of_a_dry_run_writes_or_needs_to() {
    let forms: [&[&str]; 8] = [
        &[],
        &["-o", "csv"],
        &["-o", "json"],
        &["--full"],
        &["--user", "ann@contoso.com"],
        &["--user", "ann@contoso.com", "--resend"],
        &["--since", "7d", "--max-invitations", "1"],
        &["--no-state", "-vvv"],
    ];
    for form in forms {
        let tenant = Tenant::with([ann(), Person::synced(2, "x@fabrikam.us")]).await.permitted(READER);
        let args: Vec<_> = form.iter().copied().chain(["--dry-run"]).collect();
        let ended = tenant.run(&args).await;
        let traffic = tenant.graph.traffic();
        assert_eq!(ended.exit, 0, "{form:?}: {ended:?}");
        assert!(traffic.len() > 2 && traffic.iter().all(is_read), "{form:?}: {traffic:#?}");
        assert!(traffic.iter().all(|exchange| exchange.roles == READER), "{form:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_changes_nobody_and_mails_nobody() {
    let tenant = Tenant::with([ann()]).await;
    assert_eq!(tenant.run(&["--dry-run"]).await.exit, 0);
    assert_eq!(tenant.graph.person(ann().id).unwrap().external_user_state, None);
    assert!(tenant.mailed().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_that_is_refused_writes_nothing_either() {
    let tenant = Tenant::with((1..=3).map(|n| Person::synced(n, &format!("p{n}@contoso.com")))).await.permitted(READER);
    let ended = tenant.run(&["--dry-run", "-o", "json", "--max-invitations", "2"]).await;
    assert_eq!(ended.exit, 5, "{ended:?}");
    assert!(tenant.graph.traffic().iter().all(is_read));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_itself_writes_nothing_in_a_dry_run() {
    let tenant = Tenant::with([ann()]).await.permitted(READER);
    let mut command = tenant.binary(&["--dry-run", "-o", "csv"]);
    // The window goes by the server's clock, which is not this machine's.
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("ann@contoso.com"), "{stdout}");
    assert!(tenant.graph.traffic().iter().all(|exchange| is_read(exchange) && exchange.roles == READER));
}
