//! The agent of an Azure Arc server, found by its variables or by its files; it verifies its own challenge.

use std::process::Command;

use serde_json::Value;
use tokio::net::TcpListener;
use xcsync::sandbox::ArcAgent;

use super::{says, tenant};
use crate::context::{Tenant, by_shell, ended, mounting, reported, say};

/// The address at which the agent is found by its files.
const ENDPOINT: &str = "127.0.0.1:40342";
/// The only folder whose files are ever shown to it.
pub(super) const TOKENS: &str = "/var/opt/azcmagent/tokens";

/// A tenant with an agent that writes its keys into a folder, which it calls by a name.
pub(super) fn with_agent(tenant: Tenant, named: &str) -> Tenant {
    let tenant = tenant.set("auth", "method = \"managed-identity\"");
    let folder = tenant.folder.path().join("tokens");
    std::fs::create_dir(&folder).unwrap();
    let agent = ArcAgent { folder, named: named.into(), keys: std::collections::BTreeSet::default() };
    tenant.graph.edit(|graph| graph.identity.arc = Some(agent));
    tenant
}

/// What the agent tells every process of the machine but those of cron.
pub(super) fn variables(tenant: &Tenant) -> [(&'static str, String); 2] {
    let root = tenant.graph.root();
    [("IDENTITY_ENDPOINT", format!("{root}/metadata/identity/oauth2/token")), ("IMDS_ENDPOINT", root)]
}

/// A run on a machine that has the agent's files, and the agent's keys where they belong.
pub(super) fn on_the_server(tenant: &Tenant, mounting: &[&str], run: &Command) -> Command {
    let keys = tenant.folder.path().join("tokens");
    let script = format!(
        "mkdir -p /opt /var/opt && mount -t tmpfs tmpfs /opt && mount -t tmpfs tmpfs /var/opt \
         && mkdir -p /opt/azcmagent/bin {TOKENS} && touch /opt/azcmagent/bin/himds \
         && mount --bind {keys:?} {TOKENS} || exit 99; exec \"$0\" \"$@\""
    );
    by_shell(run, mounting, &script)
}

/// A dry run there; its report.
async fn dry(tenant: &Tenant, mounting: &[&str], variables: &[(&'static str, String)]) -> Value {
    let mut run = tenant.real(&["--dry-run", "--full"]);
    run.envs(variables.iter().map(|(name, value)| (*name, value)));
    reported(&ended(on_the_server(tenant, mounting, &run)).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agents_variables_lead_to_it_and_its_challenge_is_met() {
    let Some(mounting) = mounting() else { return };
    let tenant = with_agent(tenant().await, TOKENS);
    let run = dry(&tenant, mounting, &variables(&tenant)).await;
    assert_eq!((&run["exit_code"], &run["counts"]["invite"]), (&0.into(), &1.into()), "{run:#}");
    assert_eq!((tenant.graph.asked().arc, tenant.asked()), (2, [0, 0, 0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_cron_which_drops_its_variables_the_agent_is_found_by_its_files() {
    let Some(mounting) = mounting() else { return };
    let tenant = with_agent(tenant().await, TOKENS);
    let agent = match TcpListener::bind(ENDPOINT).await {
        Ok(agent) => agent,
        Err(error) => return say(&format!("skipped: the agent's own address {ENDPOINT} is taken: {error}")),
    };
    let root = tenant.graph.root();
    let emulator = root.strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = agent.accept().await {
            let mut to = tokio::net::TcpStream::connect(&emulator).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut from, &mut to).await });
        }
    });
    for method in ["managed-identity", "auto"] {
        let before = tenant.graph.asked().arc;
        let run = dry(&tenant, mounting, &[("XCSYNC_AUTH", method.to_owned())]).await;
        assert_eq!((&run["exit_code"], &run["counts"]["invite"]), (&0.into(), &1.into()), "{run:#}");
        assert_eq!(tenant.graph.asked().arc - before, 2, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_outside_of_the_agents_folder_is_ever_shown() {
    let Some(mounting) = mounting() else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let tenant = with_agent(tenant().await, elsewhere.path().to_str().unwrap());
    tenant.graph.edit(|graph| graph.identity.arc.as_mut().unwrap().folder = elsewhere.path().to_owned());
    let run = dry(&tenant, mounting, &variables(&tenant)).await;
    assert_eq!((&run["exit_code"], &run["error"]["code"]), (&4.into(), &"foreign-answer".into()), "{run:#}");
    says(&run["error"]["message"].to_string(), &[TOKENS]);
    assert_eq!(tenant.graph.asked().arc, 1);
}
