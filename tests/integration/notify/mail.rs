use base64::Engine as _;

use super::*;
use crate::context::INVITER;

fn messages(tenant: &Tenant) -> Vec<Value> {
    tenant.graph.edit(|graph| graph.messages.clone())
}

/// Runs sign in by secret, with what the emulated application holds.
fn may_mail(tenant: &Tenant, may: bool) {
    let roles = INVITER.iter().copied().chain(may.then_some("Mail.Send"));
    let roles = roles.map(str::to_owned).collect();
    tenant.graph.edit(|graph| graph.application.roles = roles);
}

fn to(message: &Value) -> Vec<&str> {
    let recipients = message["toRecipients"].as_array().unwrap();
    recipients.iter().map(|one| one["emailAddress"]["address"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_mail_by_graph_has_counts_names_remedies_and_the_csv() {
    let tenant = mailing(mixed().await, "changes");
    may_mail(&tenant, true);
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, untold(&report)), (3, vec![]));
    let messages = messages(&tenant);
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(message["subject"], "xcsync emulated: 2 invited, 1 failed, 1 held");
    assert_eq!(to(message), ["team@fabrikam.us", "oncall@fabrikam.us"], "once, whoever is in both lists");
    let html = message["body"]["content"].as_str().unwrap();
    for part in [
        "Failed (1): group-address",
        "What to do:",
        "&lt;b&gt;Held&lt;/b&gt; &amp; co",
        "p1@contoso.com",
        "invalid-address",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<b>Held"), "{html}");
    let csv = message["attachments"][0]["contentBytes"].as_str().unwrap();
    let csv = base64::engine::general_purpose::STANDARD.decode(csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.starts_with("tenant,run_id,") && csv.contains("refused50@contoso.com"), "{csv}");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_on_call_gets_no_mail_about_a_good_run() {
    let tenant = mailing(Tenant::with(new_people(1)).await.signing_in_by_secret(), "changes");
    may_mail(&tenant, true);
    assert_eq!(run(&tenant, &[]).await.0, 0);
    assert_eq!(to(&messages(&tenant)[0]), ["team@fabrikam.us"]);
}

#[tokio::test(start_paused = true)]
async fn without_the_permission_or_the_mailbox_the_run_is_as_it_was_and_says_what_is_missing() {
    let tenant = mailing(Tenant::with(new_people(1)).await.signing_in_by_secret(), "changes");
    may_mail(&tenant, false);
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, report["counts"]["invited"].as_u64()), (0, Some(1)));
    assert!(untold(&report)[0].contains("Mail.Send"), "{report:#}");
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret();
    let lines = "[notify.mail]\nfrom = \"nobody@fabrikam.us\"\nto = [\"team@fabrikam.us\"]";
    let tenant = tenant.set("notify", lines);
    may_mail(&tenant, true);
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!(exit, 0);
    assert!(untold(&report)[0].contains("a mailbox of this tenant"), "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn a_csv_that_is_too_large_for_a_mail_is_left_out_and_the_mail_says_so() {
    let name = "山".repeat(64);
    let people = (1..=5_000).map(|n| Person::synced(n, &format!("p{n}+x@contoso.com")).display_name(&name));
    let tenant = mailing(Tenant::with(people).await.signing_in_by_secret(), "problems");
    may_mail(&tenant, true);
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, report["counts"]["hold"].as_u64(), untold(&report)), (0, Some(5_000), vec![]));
    let message = &messages(&tenant)[0];
    assert_eq!(message["attachments"].as_array().map(Vec::len), Some(0));
    let html = message["body"]["content"].as_str().unwrap();
    assert!(html.contains("too large for a mail") && html.contains("and 4800 more"), "{html}");
    assert!(message.to_string().len() < 4_000_000);
}
