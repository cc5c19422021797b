//! Whoever is signed in with the Azure CLI: a script on the PATH that answers as `az` does, to exactly what it may be asked.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;

use super::{says, tenant};
use crate::context::{Ended, READER, TOKEN, Tenant};

/// What is known to ask: the account, and a token for this tenant and Graph. Each call leaves a line.
const SCRIPT: &str = r#"#!/bin/sh
echo "$PWD: $*" >> "FOLDER/calls"
case "$*" in
"account show -o json") cat "FOLDER/account" ;;
"account get-access-token -o json --scope SCOPE --tenant TENANT") cat "FOLDER/token" 2>/dev/null || { cat "FOLDER/refusal" >&2; exit 1; } ;;
*) echo "ERROR: unexpected" >&2; exit 2 ;;
esac
"#;

/// A machine with `az`, signed in to a tenant with these permissions.
pub(super) fn signed_in(tenant: Tenant, roles: &[&str]) -> Tenant {
    let tenant = tenant.set("auth", "method = \"azure-cli\"");
    let folder = tenant.folder.path();
    let scope = format!("{}/.default", tenant.graph.root());
    let script = SCRIPT.replace("FOLDER", folder.to_str().unwrap());
    let script = script.replace("SCOPE", &scope).replace("TENANT", &tenant.id.to_string());
    write(&folder.join("az"), &script);
    std::fs::set_permissions(folder.join("az"), std::fs::Permissions::from_mode(0o755)).unwrap();
    account(&tenant, &tenant.id.to_string());
    let ends = (xcsync::world::Clock::local().now() + chrono::TimeDelta::hours(1)).timestamp();
    let answer = json!({
        "accessToken": tenant.graph.token(roles), "expiresOn": "2026-11-26 05:00:00.000000", "expires_on": ends,
        "subscription": "s", "tenant": tenant.id, "tokenType": "Bearer"
    });
    write(&folder.join("token"), &answer.to_string());
    tenant
}

/// From now on it refuses tokens with these words.
pub(super) fn refuse(tenant: &Tenant, words: &str) {
    std::fs::remove_file(tenant.folder.path().join("token")).unwrap();
    write(&tenant.folder.path().join("refusal"), words);
}

/// A PATH that leads to it.
pub(super) fn path(tenant: &Tenant) -> String {
    format!("{}:/usr/bin:/bin", tenant.folder.path().display())
}

fn account(tenant: &Tenant, id: &str) {
    let account = json!({
        "environmentName": "AzureUSGovernment", "homeTenantId": id, "id": id, "isDefault": true, "name": "N/A(tenant level account)",
        "state": "Enabled", "tenantId": id, "user": { "name": "canary@contoso.com", "type": "user" }
    });
    write(&tenant.folder.path().join("account"), &account.to_string());
}

fn write(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
}

async fn run(tenant: &Tenant) -> Ended {
    tenant.dry(&[("PATH", &path(tenant)), (TOKEN, ""), ("XCSYNC_VERBOSE", "3")]).await
}

fn calls(tenant: &Tenant) -> Vec<String> {
    let calls = std::fs::read_to_string(tenant.folder.path().join("calls")).unwrap_or_default();
    calls.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cli_is_asked_once_for_its_account_and_once_for_a_token() {
    let tenant = signed_in(tenant().await, READER);
    let ended = run(&tenant).await;
    assert_eq!((ended.exit, &ended.run()["counts"]["invite"]), (0, &1.into()), "{ended:?}");
    let calls = calls(&tenant);
    assert_eq!(calls.len(), 2, "{calls:?}");
    // Not in the folder of whoever calls, where somebody else's `az` might lie.
    assert!(calls.iter().all(|call| call.starts_with("/bin: ") || call.starts_with("/usr/bin: ")), "{calls:?}");
    assert!(tenant.graph.traffic().len() > 2 && !ended.stderr.contains("canary"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_another_tenant_is_not_asked_for_a_token() {
    let tenant = signed_in(tenant().await, READER);
    account(&tenant, "99999999-9999-4999-8999-999999999999");
    let ended = run(&tenant).await;
    let [code, message, hint] = ended.error();
    assert_eq!((ended.exit, code.as_str(), calls(&tenant).len()), (4, "azure-cli", 1), "{ended:?}");
    says(&message, &["signed in to the tenant 99999999-", "nothing is sent"]);
    says(&hint, &[&format!("az login --tenant {}", tenant.id)]);
    assert!(tenant.graph.traffic().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_cli_says_of_a_failure_is_told_by_its_code_alone() {
    let tenant = signed_in(tenant().await, READER);
    let refusal = "ERROR: AADSTS50076: Due to a configuration change, canary@contoso.com must use multi-factor authentication. Trace ID: 1\nRun the command below to authenticate: az login";
    refuse(&tenant, refusal);
    let ended = run(&tenant).await;
    let [code, message, _] = ended.error();
    assert_eq!((ended.exit, code.as_str(), calls(&tenant).len()), (4, "AADSTS50076", 2), "{ended:?}");
    says(&message, &["AADSTS50076", "nothing is sent"]);
    assert!(![ended.stdout, ended.stderr].concat().contains("canary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_the_cli_is_told_so_at_once() {
    let tenant = tenant().await.set("auth", "method = \"azure-cli\"");
    let ended = run(&tenant).await;
    let [_, message, hint] = ended.error();
    assert_eq!(ended.exit, 2, "{ended:?}");
    says(&message, &["`az` is not on the PATH", "nobody was asked for a token"]);
    says(&hint, &["install the Azure CLI"]);
}
