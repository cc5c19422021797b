//! The run of `invite`: who is sent what, in which order, and what is said of it.

use xcsync::sandbox::{Action, Fault, Person};

use crate::context::Tenant;

#[tokio::test(start_paused = true)]
async fn a_new_person_is_invited_in_place_and_told_so() {
    let person = Person::synced(1, "ann@contoso.com");
    let id = person.id;
    let tenant = Tenant::with([person]).await;
    let run = tenant.report(&[]).await;
    assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &1.into()), "{run:#}");
    assert_eq!(tenant.mailed(), ["ann@contoso.com"]);
    let body = tenant.posts()[0].request_body.clone().unwrap();
    assert_eq!(body["invitedUser"]["id"], id.to_string());
}

#[tokio::test(start_paused = true)]
async fn the_second_run_sends_nothing() {
    let tenant = Tenant::with((1..=5).map(|n| Person::synced(n, &format!("p{n}@contoso.com")))).await;
    let first = tenant.report(&[]).await;
    let second = tenant.report(&[]).await;
    assert_eq!(first["counts"]["invited"], 5, "{first:#}");
    assert_eq!(second["counts"]["invite"], 0, "{second:#}");
    assert_eq!(tenant.posts().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn without_a_ledger_whoever_failed_is_told_to_be_tried_again_by_the_next_run() {
    let tenant = Tenant::with([Person::synced(1, "team@contoso.com")]).await;
    tenant.graph.edit(|tenant| tenant.groups.insert("team@contoso.com".to_owned()));
    let run = tenant.report(&["--no-state"]).await;
    let warned = |run: &serde_json::Value| run["warnings"].to_string().contains("not remembered");
    assert_eq!((&run["exit_code"], warned(&run)), (&3.into(), true), "{run:#}");
    assert!(!warned(&tenant.report(&["--dry-run"]).await) && !warned(&tenant.report(&["--full"]).await));
}

#[tokio::test(start_paused = true)]
async fn the_log_tells_who_was_settled_by_reading() {
    let tenant = Tenant::with([Person::synced(1, "ann@contoso.com"), Person::synced(2, "ben@contoso.com")]).await;
    tenant.graph.edit(|tenant| tenant.faults.push(Fault::on("POST", "/invitations", Action::DropAfter)));
    let log = tenant.run(&[]).await.stderr;
    let settled = |by: &str| log.matches(&format!("result=\"invited\" settled_by=\"{by}\"")).count();
    assert_eq!((settled("reading"), settled("answer")), (1, 1), "{log}");
}
