use std::fmt::Write as _;

use aws_lc_rs::digest;
use xcsync::sandbox::{Person, monday};

use crate::context::{Tenant, new_people};

async fn digest_of(tenant: &Tenant, args: &[&str]) -> String {
    let args: Vec<_> = args.iter().copied().chain(["--dry-run"]).collect();
    tenant.apply(&args).await.run["plan_digest"].as_str().unwrap().to_owned()
}

/// SPEC section 7, word by word.
fn expected(root: &str, tenant: &str, mut lines: Vec<[&str; 7]>) -> String {
    lines.sort_by_key(|line| line[1]);
    let mut text = format!("xcsync-plan/1\n{root}\n{tenant}\n");
    for line in lines {
        text += &(line.join("\t") + "\n");
    }
    let sum = digest::digest(&digest::SHA256, text.as_bytes());
    sum.as_ref().iter().fold("sha256:".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[tokio::test(start_paused = true)]
async fn the_digest_is_that_of_the_specification() {
    let people = [
        Person::synced(7, " Zoe@Contoso.com. "),
        Person::synced(3, "ann@contoso.com").user_type("Guest"),
        Person::synced(5, "pending@contoso.com").state("PendingAcceptance", monday()),
        Person::synced(6, "accepted@contoso.com").state("Accepted", monday()),
    ];
    let ids = people.each_ref().map(|person| person.id.to_string());
    let tenant = Tenant::with(people).await.set("invite", "message_language = \"de-DE\"\nsend_message = true");
    let args: Vec<_> = ids.iter().flat_map(|id| ["--user", id]).chain(["--resend"]).collect();
    let (root, id) = (tenant.graph.root(), tenant.id.to_string());
    let redirect = format!("https://myapps.microsoft.us/?tenantid={id}");
    let same = ["true", "de-DE", &redirect];
    let line = |decision, id, address, user_type| [decision, id, address, user_type, same[0], same[1], same[2]];
    let lines = vec![
        line("invite", &ids[0], "Zoe@Contoso.com", "Member"),
        line("invite", &ids[1], "ann@contoso.com", "Guest"),
        line("remind", &ids[2], "pending@contoso.com", "Member"),
    ];
    assert_eq!(digest_of(&tenant, &args).await, expected(&root, &id, lines));
}

#[tokio::test(start_paused = true)]
async fn an_empty_plan_has_a_digest_too() {
    let tenant = Tenant::with([]).await;
    assert_eq!(digest_of(&tenant, &[]).await, expected(&tenant.graph.root(), &tenant.id.to_string(), Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn apply_has_the_digest_of_the_dry_run_and_takes_it_in_any_case() {
    let tenant = Tenant::with(new_people(3)).await;
    let digest = digest_of(&tenant, &[]).await;
    let loud = digest.to_uppercase().replace("SHA256", "sha256");
    let run = tenant.apply(&["--expect-plan", &loud]).await;
    assert_eq!((run.exit, run.count("invited"), run.run["plan_digest"].as_str()), (0, 3, Some(digest.as_str())));
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_not_the_expected_one_is_refused_and_listed() {
    let tenant = Tenant::with(new_people(2)).await;
    let digest = digest_of(&tenant, &[]).await;
    tenant.graph.edit(|graph| graph.people.push(Person::synced(3, "p3@contoso.com")));
    for args in [vec!["--expect-plan", &digest], vec!["--expect-plan", &digest, "--dry-run"]] {
        let run = tenant.apply(&args).await;
        assert_eq!((run.exit, run.error(), run.posts().len()), (5, "other-plan", 0));
        assert_eq!(run.run["decisions"].as_array().unwrap().len(), 3);
        let message = run.run["error"]["message"].as_str().unwrap();
        assert!(message.contains(&digest) && message.contains(run.run["plan_digest"].as_str().unwrap()), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_no_digest() {
    let tenant = Tenant::with(new_people(1)).await;
    for nonsense in ["", "sha256:", "sha256:00", "md5:d41d8cd98f00b204e9800998ecf8427e"] {
        assert_eq!(tenant.run(&["--expect-plan", nonsense]).await.exit, 2, "{nonsense}");
    }
    assert_eq!(tenant.graph.traffic().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn whatever_the_service_would_be_sent_changes_the_digest_and_nothing_else_does() {
    let plain = || new_people(2).into_iter();
    let mut tenant = Tenant::with(plain()).await;
    let mut digests = vec![digest_of(&tenant, &[]).await];
    let touched: [fn(Person) -> Person; 2] = [
        |person| person.user_type("Guest"),
        |mut person| {
            person.mail = Some("other@contoso.com".to_owned());
            person
        },
    ];
    for touch in touched {
        tenant.graph.edit(|graph| graph.people = plain().take(1).chain(plain().skip(1).map(touch)).collect());
        digests.push(digest_of(&tenant, &[]).await);
    }
    tenant
        .graph
        .edit(|graph| graph.people = plain().map(|p| p.display_name("Other").job_title("Other")).rev().collect());
    assert_eq!(digest_of(&tenant, &["--full"]).await, digests[0]);
    for setting in ["message_language = \"de-DE\"", "redirect_url = \"https://apps.example/\"", "send_message = false"]
    {
        tenant = tenant.set("invite", setting);
        digests.push(digest_of(&tenant, &[]).await);
    }
    let distinct: std::collections::BTreeSet<_> = digests.iter().collect();
    assert_eq!(distinct.len(), 6, "{digests:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wave_does_not_change_the_digest() {
    let tenant = Tenant::with(new_people(3)).await;
    let digest = digest_of(&tenant, &[]).await;
    let tenant = tenant.set("limits", "wave = 1");
    assert_eq!(tenant.apply(&["--expect-plan", &digest]).await.results(), [1, 0, 0, 0, 2]);
}
