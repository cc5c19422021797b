//! The clouds of section 3: whom a run asks there, and for what.
//!
//! The hosts are the real ones; a proxy leads them to the emulator behind a front whose certificate is for them. The
//! emulator gives tokens only for the Graph root that it was told to be, and Graph takes only those.

use super::front::{Front, Standing};
use super::proxy::Proxy;
use super::{ended, says, tenant};
use crate::context::{Ended, INVITER, TOKEN, Tenant, binary};

/// Name, Graph and authority.
const CLOUDS: [[&str; 3]; 3] = [
    ["commercial", "graph.microsoft.com", "login.microsoftonline.com"],
    ["usgov", "graph.microsoft.us", "login.microsoftonline.us"],
    ["usgov-dod", "dod-graph.microsoft.us", "login.microsoftonline.us"],
];

/// The emulator as a cloud's Graph and authority, and the way there.
struct Cloud {
    tenant: Tenant,
    front: Standing,
    proxy: Proxy,
}

impl Cloud {
    async fn of(graph: &str) -> Self {
        let mut tenant = tenant().await;
        let names = CLOUDS.iter().flat_map(|[_, graph, authority]| [*graph, *authority]).map(str::to_owned).collect();
        let front = Front { names, ..Front::default() }.before(&tenant.graph.root(), tenant.folder.path()).await;
        tenant.graph.set_public_root(&format!("https://{graph}"));
        tenant.graph.edit(|tenant| tenant.page_size = Some(1));
        tenant.token = tenant.graph.token(INVITER);
        let proxy = Proxy::to(&front.address).await;
        Self { tenant, front, proxy }
    }

    /// A dry run of the real binary that is configured for a cloud by its name.
    async fn run(&self, cloud: &str, auth: &str, variables: &[(&str, &str)]) -> Ended {
        let path = self.tenant.folder.path().join("cloud.toml");
        let id = self.tenant.id;
        let text = format!(
            "[tenants.real]\ncloud = {cloud:?}\ntenant_id = \"{id}\"\nca_file = {:?}\n[tenants.real.auth]\n{auth}\n\
             [tenants.real.invite]\ndomains = [\"contoso.com\"]\n",
            self.front.ca,
        );
        std::fs::write(&path, text).unwrap();
        let mut command = binary();
        command.arg("--config").arg(path).args(["invite", "--dry-run", "--full", "-o", "json"]);
        command.env("HTTPS_PROXY", format!("http://{}", self.proxy.address)).env(TOKEN, &self.tenant.token);
        command.envs(variables.iter().copied());
        ended(command).await
    }

    fn by_secret(&self) -> String {
        let client = self.tenant.client_id();
        format!("method = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_env = \"SECRET\"")
    }
}

const SECRET: (&str, &str) = ("SECRET", "sandbox-secret");

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_goes_to_the_clouds_authority_for_the_clouds_graph() {
    for [name, graph, authority] in CLOUDS {
        let cloud = Cloud::of(graph).await;
        let ended = cloud.run(name, &cloud.by_secret(), &[SECRET]).await;
        assert_eq!((ended.exit, cloud.tenant.asked()), (0, [1, 0, 0]), "{name}: {ended:?}");
        assert_eq!(cloud.proxy.hosts(), [format!("{graph}:443"), format!("{authority}:443")], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_identity_asks_for_the_clouds_graph_and_no_authority() {
    for [name, graph, _] in CLOUDS {
        let cloud = Cloud::of(graph).await;
        let root = cloud.tenant.graph.root();
        let variables = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", root.as_str())];
        let ended = cloud.run(name, "method = \"managed-identity\"", &variables).await;
        assert_eq!((ended.exit, cloud.tenant.asked()), (0, [0, 0, 1]), "{name}: {ended:?}");
        assert_eq!(cloud.proxy.hosts(), [format!("{graph}:443")], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_token_of_one_cloud_is_never_sent_to_another() {
    for [of, graph, _] in CLOUDS {
        let cloud = Cloud::of(graph).await;
        for [name, other, _] in CLOUDS {
            let before = cloud.proxy.heads().len();
            let ended = cloud.run(name, "method = \"access-token\"", &[]).await;
            let asked = cloud.proxy.heads().len() > before;
            assert_eq!((ended.exit, asked), if name == of { (0, true) } else { (4, false) }, "{ended:?}");
            if name != of {
                says(
                    &ended.error()[1],
                    &[&format!("https://{graph} "), &format!("https://{other} "), "nothing was sent"],
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_does_not_know_the_clouds_graph_is_told_to_compare_the_cloud() {
    let cloud = Cloud::of("graph.microsoft.us").await;
    let ended = cloud.run("usgov-dod", &cloud.by_secret(), &[SECRET]).await;
    assert_eq!((ended.exit, cloud.tenant.asked()), (4, [1, 0, 0]), "{ended:?}");
    let [code, message, hint] = ended.error();
    assert_eq!(code, "AADSTS500011");
    says(&message, &["https://dod-graph.microsoft.us/.default"]);
    says(&hint, &["portal.azure.us is usgov or usgov-dod"]);
    assert_eq!(cloud.proxy.hosts(), ["login.microsoftonline.us:443"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_of_microsofts_libraries_cannot_send_the_secret_to_another_authority() {
    let cloud = Cloud::of("graph.microsoft.us").await;
    let variables = [SECRET, ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com")];
    let ended = cloud.run("gcc-high", &cloud.by_secret(), &variables).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    assert_eq!(cloud.proxy.hosts(), ["graph.microsoft.us:443", "login.microsoftonline.us:443"]);
}

/// The one command of the README that names a cloud and not its file.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_configuration_the_arguments_are_enough_as_the_readme_shows() {
    let readme = include_str!("../../../README.md");
    let line = readme.lines().find(|line| line.starts_with("xcsync invite") && line.contains("--tenant-id")).unwrap();
    let id = line.split(' ').skip_while(|word| *word != "--tenant-id").nth(1).unwrap();
    let cloud = Cloud::of("graph.microsoft.us").await;
    cloud.tenant.graph.edit(|tenant| tenant.id = id.parse().unwrap());
    let mut command = binary();
    command.args(line.split(' ').skip(1)).env("HTTPS_PROXY", format!("http://{}", cloud.proxy.address));
    command.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", cloud.tenant.graph.root()).env("SSL_CERT_FILE", &cloud.front.ca);
    let ended = ended(command).await;
    assert_eq!((ended.exit, cloud.tenant.asked()), (0, [0, 0, 1]), "{ended:?}");
    assert_eq!(cloud.proxy.hosts(), ["graph.microsoft.us:443"]);
    says(&ended.stdout, &["counts: 1 read; ", "dry run, nothing was sent"]);
}
