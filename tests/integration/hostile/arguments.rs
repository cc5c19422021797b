//! Mistakes in flags and configuration: code 2, and no request at all.

use crate::context::{Ended, INVITER, Tenant, run_line};

use super::ann;

/// Runs a whole command line against the tenant's token; flags only, without a configuration file.
async fn flags(tenant: &Tenant, line: &[&str]) -> Ended {
    let line = ["xcsync", "invite"].iter().chain(line).map(Into::into);
    run_line(line, &tenant.environment(), tenant.graph.now(), tokio::sync::watch::channel(0).1).await
}

#[track_caller]
fn assert_usage(tenant: &Tenant, ended: &Ended, says: &str) {
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.exit, 2, "{said}");
    assert!(said.contains(says), "{said}");
    assert!(tenant.graph.traffic().is_empty(), "{:?}", tenant.graph.traffic());
}

const ID: &str = "11111111-2222-3333-4444-555555555555";

#[tokio::test(start_paused = true)]
async fn flags_that_mean_nothing_are_refused_before_any_request() {
    let tenant = Tenant::with([ann()]).await;
    for (line, says) in [
        (vec!["--cloud", "moon"], "moon"),
        (vec!["--cloud", "usgov", "--tenant-id", ID, "--domain", "ann@contoso.com"], "part after the @"),
        (vec!["--cloud", "usgov", "--tenant-id", ID, "--domain", "contoso"], "not a mail domain"),
        (vec!["--cloud", "usgov", "--tenant-id", "fabrikam.us"], "not a GUID"),
        (vec!["--cloud", "usgov", "--tenant-id", "{11111111-2222-3333-4444-555555555555}"], "not a GUID"),
        (vec!["--cloud", "usgov", "--tenant-id", "11111111222233334444555555555555"], "not a GUID"),
        (vec!["--max-invitations", "-1"], "from 1 to"),
        (vec!["--max-invitations=0"], "from 1 to"),
        (vec!["--max-invitations", "99999999999"], "from 1 to"),
        (vec!["--since=-5h"], "--since"),
        (vec!["--user", ""], "empty"),
        (vec!["--user", "a\u{1b}[2Jb"], "control characters"),
        (vec!["--expect-plan", "sha256:xyz"], "not a digest"),
    ] {
        let ended = flags(&tenant, &line).await;
        assert_usage(&tenant, &ended, says);
    }
}

#[tokio::test(start_paused = true)]
async fn settings_that_mean_nothing_are_refused_before_any_request() {
    for (table, lines, says) in [
        ("invite", "domains = [\"ann@contoso.com\"]", "ann@contoso.com"),
        ("invite", "domains = []", "domains"),
        ("invite", "lookback = \"-1h\"", "lookback"),
        ("limits", "max_invitations = -1", "max_invitations"),
        ("limits", "wave = -3", "wave"),
        ("limits", "rate_per_second = -1", "rate_per_second"),
        ("limits", "rate_per_second = nan", "rate_per_second"),
        ("limits", "stop_after_failures = -5", "stop_after_failures"),
        ("limits", "max_runtime = \"-45m\"", "max_runtime"),
        ("", "ca_file = \"/does/not/exist.pem\"", "ca_file"),
    ] {
        let tenant = Tenant::with([ann()]).await.set(table, lines);
        assert_usage(&tenant, &tenant.run(&[]).await, says);
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_with_a_wrong_cloud_or_tenant_is_refused_before_any_request() {
    let tenant = Tenant::with([ann()]).await.permitted(INVITER);
    let right = std::fs::read_to_string(tenant.config()).unwrap();
    let guid = tenant.id.to_string();
    for (from, to) in [("\"custom\"", "\"moon\""), (guid.as_str(), "fabrikam.us"), (guid.as_str(), "5a4db000")] {
        let path = tenant.folder.path().join("broken.toml");
        std::fs::write(&path, right.replace(from, to)).unwrap();
        let ended = flags(&tenant, &["--config", path.to_str().unwrap()]).await;
        assert_usage(&tenant, &ended, to.trim_matches('"'));
    }
}

#[tokio::test(start_paused = true)]
async fn people_who_are_not_there_or_twice_stop_the_run_for_all() {
    let twin = xcsync::sandbox::Person::synced(2, "x@contoso.com").user_principal_name("ann@contoso.com");
    let tenant = Tenant::with([ann(), twin]).await;
    for name in ["nobody@contoso.com", "ann@contoso.com", "x' or mail ne '"] {
        let ended = tenant.run(&["-o", "json", "--user", "person1@fabrikam.us", "--user", name]).await;
        super::assert_refused(&tenant, &ended, 2, "user-not-found");
    }
}
