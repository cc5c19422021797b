//! A proxy that looks into TLS: it shows certificates of its own for whatever host is asked for.

use std::path::{Path, PathBuf};

use super::front::{Front, Standing};
use super::proxy::Proxy;
use super::tls::{reached_at, trusting};
use super::{says, tenant};
use crate::context::Tenant;

const SECRET: (&str, &str) = ("SANDBOX_SECRET", "sandbox-secret");

/// A tenant whose hosts are known to the proxy alone.
async fn inspected() -> (Tenant, Standing, Proxy) {
    let tenant = tenant().await.signing_in_by_secret();
    let front = Front { mints: true, ..Front::default() }.before(&tenant.graph.root(), tenant.folder.path()).await;
    let proxy = Proxy::to(&front.address).await;
    (reached_at(tenant, "https://graph.anywhere.test", "https://login.anywhere.test"), front, proxy)
}

/// A CA that has signed nothing here.
async fn another_ca(tenant: &Tenant) -> PathBuf {
    let folder = tenant.folder.path().join("other");
    std::fs::create_dir(&folder).unwrap();
    Front::default().before(&tenant.graph.root(), &folder).await.ca
}

fn both(first: &Path, second: &Path) -> String {
    [first, second].map(|path| std::fs::read_to_string(path).unwrap()).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn its_ca_in_ca_file_is_enough_for_entra_and_graph_also_among_others() {
    let (tenant, front, proxy) = inspected().await;
    let bundle = tenant.folder.path().join("bundle.pem");
    std::fs::write(&bundle, both(&another_ca(&tenant).await, &front.ca)).unwrap();
    let address = format!("http://{}", proxy.address);
    let tenant = trusting(tenant, &bundle);
    let ended = tenant.child(&["--full", "-o", "json"], &[SECRET, ("HTTPS_PROXY", &address)]).await;
    assert_eq!((ended.exit, &ended.run()["counts"]["invited"]), (0, &1.into()), "{ended:?}");
    assert_eq!(proxy.hosts(), ["graph.anywhere.test:443", "login.anywhere.test:443"]);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn its_ca_in_the_systems_store_is_enough() {
    let (tenant, front, proxy) = inspected().await;
    let address = format!("http://{}", proxy.address);
    let store = front.ca.to_str().unwrap();
    let ended = tenant.dry(&[SECRET, ("HTTPS_PROXY", &address), ("SSL_CERT_FILE", store)]).await;
    assert_eq!((ended.exit, tenant.asked()), (0, [1, 0, 0]), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_ca_nothing_is_said_and_the_remedy_is_ca_file() {
    let (tenant, front, proxy) = inspected().await;
    let other = another_ca(&tenant).await;
    let address = format!("http://{}", proxy.address);
    let mut tenant = tenant;
    for trusted in [None, Some(other)] {
        if let Some(other) = trusted {
            tenant = trusting(tenant, &other);
        }
        let ended = tenant.dry(&[SECRET, ("HTTPS_PROXY", &address)]).await;
        let [code, message, hint] = ended.error();
        assert_eq!((ended.exit, code.as_str(), tenant.asked()), (7, "authority-unreachable", [0; 3]), "{ended:?}");
        says(&message, &["login.anywhere.test", "invalid peer certificate", "nothing is sent"]);
        says(&hint, &["where a proxy inspects TLS, name its CA in `ca_file`"]);
    }
    assert!(front.met().await[..2] == [0, 0] && tenant.graph.traffic().is_empty());
}
