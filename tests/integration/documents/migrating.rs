//! docs/migrating.md: whoever follows it loses nobody whom the runbook has lost, and mails nobody whom it has invited.

use std::ffi::OsString;

use xcsync::sandbox::monday;

use super::*;
use crate::context::Ended;

const GUIDE: &str = include_str!("../../../docs/migrating.md");

/// Commands of the blocks for a shell, in their order.
fn commands() -> Vec<&'static str> {
    let blocks = GUIDE.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// One command of the guide, for the tenant that it calls `gcch`.
async fn follow(tenant: &Tenant, line: &str) -> Ended {
    let config = tenant.folder.path().join("config.toml");
    let auth = tenant.state() + &tenant.tables("gcch");
    std::fs::write(&config, auth).unwrap();
    let words = line.strip_prefix("xcsync ").unwrap_or_else(|| panic!("no command of xcsync: {line}"));
    let args = ["xcsync", "--config", config.to_str().unwrap()].into_iter().chain(words.split(' '));
    let interrupts = watch::channel(0).1;
    run_line(args.map(OsString::from), &tenant.environment(), tenant.graph.now(), interrupts).await
}

#[tokio::test(start_paused = true)]
async fn whom_the_runbook_lost_is_invited_and_whom_it_invited_is_left_alone() {
    let weeks_ago = monday() - chrono::TimeDelta::days(20);
    let of_runbook = |n: u32, state: &str| {
        Person::synced(n, &format!("p{n}@contoso.com")).created(weeks_ago).state(state, weeks_ago)
    };
    let lost = [10, 11].map(|n| Person::synced(n, &format!("lost{n}@contoso.com")).created(weeks_ago));
    let ann = Person::synced(1, "ann@contoso.com").created(weeks_ago);
    let others = [of_runbook(2, "PendingAcceptance"), of_runbook(3, "Accepted"), ann];
    let tenant = Tenant::with(others.into_iter().chain(lost)).await.signing_in_by_secret();
    let mut said = Vec::new();
    for line in commands() {
        let ended = follow(&tenant, line).await;
        // `check` warns of what the emulated tenant lacks; nothing else may end otherwise.
        assert!(ended.exit == 0 || line.contains(" check ") && ended.exit == 8, "{line}: {ended:?}");
        said.push((line, ended.stdout));
    }
    let (_, plan) = said.iter().find(|(line, _)| line.ends_with("--dry-run --full")).unwrap();
    for word in ["lost10@contoso.com", "lost11@contoso.com", "ann@contoso.com", "pending 1", "accepted 1"] {
        assert!(plan.contains(word), "{word}: {plan}");
    }
    assert_eq!(tenant.mailed(), ["ann@contoso.com", "lost10@contoso.com", "lost11@contoso.com"]);
}
