//! Each method of section 5, from the configuration to Graph.

use super::{Variables, says, tenant};
use crate::context::{Ended, READER, TOKEN, Tenant};

/// The emulator's own secret and identity header.
const SECRET: &str = "sandbox-secret";
const HEADER: &str = "sandbox-identity-header";

/// The permissions that Graph saw in the tokens of a run: one set, for all requests.
fn roles_seen(tenant: &Tenant) -> Vec<String> {
    let traffic = tenant.graph.traffic();
    let roles = traffic.first().expect("Graph was asked").roles.clone();
    assert!(traffic.iter().all(|exchange| exchange.roles == roles && exchange.status != Some(401)), "{traffic:#?}");
    roles
}

/// A dry run that succeeds with the application's token, and whom it asked for the token.
pub(super) async fn signs_in(tenant: &Tenant, variables: Variables<'_>) -> ([u32; 3], Ended) {
    let ended = tenant.dry(variables).await;
    assert_eq!((ended.exit, &ended.run()["counts"]["invite"]), (0, &1.into()), "{ended:?}");
    let roles = tenant.graph.edit(|graph| graph.application.roles.clone());
    assert_eq!(roles_seen(tenant), roles);
    (tenant.asked(), ended)
}

#[cfg(unix)]
pub(super) fn restrict(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Windows has no modes.
#[cfg(not(unix))]
pub(super) fn restrict(_path: &std::path::Path, _mode: u32) {}

fn by_secret_file(tenant: Tenant, content: &str, mode: u32) -> Tenant {
    let path = tenant.folder.path().join("secret");
    std::fs::write(&path, content).unwrap();
    restrict(&path, mode);
    let client = tenant.client_id();
    let lines = format!("method = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_file = {path:?}");
    tenant.set("auth", &lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_access_token_is_what_graph_sees_and_nobody_is_asked_for_another() {
    let tenant = tenant().await.permitted(READER);
    let ended = tenant.dry(&[]).await;
    assert_eq!((ended.exit, tenant.asked()), (0, [0, 0, 0]), "{ended:?}");
    assert_eq!(roles_seen(&tenant)[..], *READER);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_variable_can_hold_the_access_token() {
    let tenant = tenant().await.set("auth", "method = \"access-token\"\ntoken_env = \"MINE\"");
    let token = tenant.graph.token(READER);
    let ended = tenant.dry(&[(TOKEN, "not this one"), ("MINE", &token)]).await;
    assert_eq!((ended.exit, tenant.asked()), (0, [0, 0, 0]), "{ended:?}");
    assert_eq!(roles_seen(&tenant)[..], *READER);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_that_cannot_be_read_is_proven_by_the_organization() {
    let mut tenant = tenant().await;
    tenant.token = tenant.graph.opaque_token(serde_json::json!({}));
    let ended = tenant.dry(&[]).await;
    assert_eq!((ended.exit, tenant.asked()), (0, [0, 0, 0]), "{ended:?}");
    says(&tenant.graph.traffic()[0].url, &["/organization?$select=id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_out_of_a_variable_signs_in_with_one_request() {
    let tenant = tenant().await.signing_in_by_secret();
    assert_eq!(signs_in(&tenant, &[("SANDBOX_SECRET", SECRET)]).await.0, [1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_out_of_a_private_file_signs_in_whatever_line_end_the_editor_left() {
    for content in [SECRET, "sandbox-secret\n", "sandbox-secret\r\n", "\u{feff}sandbox-secret\n"] {
        let tenant = by_secret_file(tenant().await, content, 0o600);
        assert_eq!(signs_in(&tenant, &[]).await.0, [1, 0, 0], "{content:?}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_file_that_others_may_read_is_refused_with_the_command_that_mends_it() {
    let tenant = by_secret_file(tenant().await, SECRET, 0o644);
    let ended = tenant.dry(&[]).await;
    assert_eq!((ended.exit, tenant.asked(), tenant.graph.traffic().len()), (2, [0, 0, 0], 0), "{ended:?}");
    let path = tenant.folder.path().join("secret");
    let message = ended.json()["error"]["message"].to_string();
    says(&message, &[&format!("chmod o-rwx '{}'", path.display()), "mode 0644", "nothing was done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_like_app_service_gives_its_identity_with_one_request() {
    let tenant = tenant().await.set("auth", "method = \"managed-identity\"");
    let endpoint = format!("{}/msi/token", tenant.graph.root());
    let variables = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", HEADER)];
    assert_eq!(signs_in(&tenant, &variables).await.0, [0, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_virtual_machine_gives_its_identity_with_one_request() {
    for client in [None, Some(tenant().await.client_id())] {
        let line = client.map(|client| format!("\nclient_id = \"{client}\"")).unwrap_or_default();
        let tenant = tenant().await.set("auth", &format!("method = \"managed-identity\"{line}"));
        let root = tenant.graph.root();
        assert_eq!(signs_in(&tenant, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &root)]).await.0, [0, 0, 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_that_is_a_number_is_read_like_one_that_is_text() {
    let tenant = tenant().await.set("auth", "method = \"managed-identity\"");
    tenant.graph.edit(|graph| graph.identity.numeric_expires_on = true);
    let root = tenant.graph.root();
    assert_eq!(signs_in(&tenant, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &root)]).await.0, [0, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_goes_by_the_variables_of_the_host_and_the_log_names_the_choice() {
    for (names, asked, method) in [
        (["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"].as_slice(), [1, 0, 0], "client-secret"),
        (&["IDENTITY_ENDPOINT", "IDENTITY_HEADER"], [0, 1, 0], "managed-identity"),
        (&["AZURE_CLIENT_ID", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"], [0, 1, 0], "managed-identity"),
        (&["AZURE_POD_IDENTITY_AUTHORITY_HOST"], [0, 0, 1], "managed-identity"),
    ] {
        let tenant = tenant().await.set("auth", "method = \"auto\"");
        let values: Vec<_> = names.iter().map(|name| (*name, of_the_host(&tenant, name))).collect();
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (found, ended) = signs_in(&tenant, &values).await;
        assert_eq!(found, asked, "{names:?}");
        says(&ended.stderr, &[&format!("signs in tenant=\"emulated\" method={method:?}")]);
    }
}

/// What the host of a tenant's application puts into a variable.
fn of_the_host(tenant: &Tenant, variable: &str) -> String {
    match variable {
        "AZURE_CLIENT_ID" => tenant.client_id(),
        "AZURE_CLIENT_SECRET" => SECRET.to_owned(),
        "IDENTITY_ENDPOINT" => format!("{}/msi/token", tenant.graph.root()),
        "IDENTITY_HEADER" => HEADER.to_owned(),
        _ => tenant.graph.root(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_does_not_fall_through_to_another_method_after_a_failure() {
    let tenant = tenant().await.set("auth", "method = \"auto\"");
    let (client, root) = (tenant.client_id(), tenant.graph.root());
    let secret = [("AZURE_CLIENT_ID", client.as_str()), ("AZURE_CLIENT_SECRET", "wrong")];
    let variables = [secret[0], secret[1], ("AZURE_POD_IDENTITY_AUTHORITY_HOST", &root)];
    let ended = tenant.dry(&variables).await;
    assert_eq!((ended.exit, tenant.asked()), (4, [1, 0, 0]), "{ended:?}");
}
