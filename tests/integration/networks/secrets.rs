//! What is never shown: in reports, in logs of any level and format, in the file of `--record`.

use super::front::Front;
use super::proxy::Proxy;
use super::tls::{reached_at, trusting};
use super::{Variables, says, tenant};
use crate::context::{TOKEN, Tenant};

const SECRET: &str = "canary~secret";
const HEADER: &str = "canary-header";
const FORMATS: [&str; 2] = ["text", "json"];
/// What secrets, headers, tokens of both kinds and the proxy's credentials begin with or are.
const NEVER: [&str; 4] = ["canary", "eyJ", "opaque-", "Y2FuYXJ5"];

/// A tenant whose secrets are canaries; its own tokens can be read, or not.
async fn guarded(opaque: bool) -> Tenant {
    let tenant = tenant().await;
    tenant.graph.edit(|graph| {
        SECRET.clone_into(&mut graph.application.secret);
        HEADER.clone_into(&mut graph.identity.identity_header);
        graph.identity.opaque_tokens = opaque;
    });
    tenant
}

/// Runs with everything told in both formats, and asserts that no secret is. Gives the exit codes.
async fn tells_no_secret(tenant: &Tenant, variables: Variables<'_>) -> Vec<u8> {
    let record = tenant.folder.path().join("traffic.jsonl");
    let mut exits = Vec::new();
    for format in FORMATS {
        std::fs::write(&record, "").unwrap();
        let path = record.to_str().unwrap();
        let args = ["-vvv", "--log-format", format, "--record", path, "--dry-run", "--full", "-o", "json"];
        let ended = tenant.child(&args, variables).await;
        says(&ended.stderr, &["xcsync::commands::invite::run", "signs in by"]);
        let told = [ended.stdout, ended.stderr, std::fs::read_to_string(&record).unwrap()].concat();
        for never in NEVER {
            let found = told.find(never).map(|at| &told[at.saturating_sub(200)..(at + 60).min(told.len())]);
            assert_eq!(found, None, "{never}");
        }
        exits.push(ended.exit);
    }
    exits
}

fn by_secret(tenant: Tenant, client: &str) -> Tenant {
    let lines = format!("method = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_env = \"SANDBOX_SECRET\"");
    tenant.set("auth", &lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_and_its_tokens_are_never_shown() {
    let variables = [("SANDBOX_SECRET", SECRET), (TOKEN, "")];
    for opaque in [true, false] {
        let tenant = guarded(opaque).await;
        let client = tenant.client_id();
        assert_eq!(tells_no_secret(&by_secret(tenant, &client), &variables).await, [0, 0]);
    }
    let unknown = by_secret(guarded(false).await, "99999999-9999-4999-8999-999999999999");
    assert_eq!(tells_no_secret(&unknown, &variables).await, [4, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_header_and_its_tokens_are_never_shown() {
    for (header, exit) in [(HEADER, 0), ("canary-wrong", 4)] {
        let tenant = guarded(true).await.set("auth", "method = \"managed-identity\"");
        let endpoint = format!("{}/msi/token", tenant.graph.root());
        let variables = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", header)];
        assert_eq!(tells_no_secret(&tenant, &variables).await, [exit; 2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_of_a_virtual_machine_are_never_shown() {
    for opaque in [true, false] {
        let tenant = guarded(opaque).await.set("auth", "method = \"managed-identity\"");
        let root = tenant.graph.root();
        assert_eq!(tells_no_secret(&tenant, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &root)]).await, [0, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_token_is_never_shown_whether_graph_takes_it_or_not() {
    let tenant = guarded(false).await;
    assert_eq!(tells_no_secret(&tenant, &[]).await, [0, 0]);
    tenant.graph.revoke(&tenant.token);
    assert_eq!(tells_no_secret(&tenant, &[]).await, [4, 4]);
    let malformed = [(TOKEN, "canary token with blanks")];
    assert_eq!(tells_no_secret(&tenant, &malformed).await, [4, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxys_password_is_never_shown() {
    let tenant = guarded(true).await;
    let front = Front::default().before(&tenant.graph.root(), tenant.folder.path()).await;
    let client = tenant.client_id();
    let tenant = reached_at(by_secret(tenant, &client), "https://graph.test", "https://login.test");
    let tenant = trusting(tenant, &front.ca);
    let through = Proxy::to(&front.address).await;
    let refusing = Proxy::answering("407 Proxy Authentication Required").await;
    for (proxy, exit) in [(through, 0), (refusing, 7)] {
        let address = format!("http://canary-user:canary-word@{}", proxy.address);
        let variables = [("SANDBOX_SECRET", SECRET), ("HTTPS_PROXY", &address)];
        assert_eq!(tells_no_secret(&tenant, &variables).await, [exit; 2]);
    }
}
