//! TLS with a CA that the system does not know, as behind an inspecting proxy, and TLS that goes wrong.

use std::path::Path;

use tokio_rustls::rustls::crypto::aws_lc_rs::kx_group;

use super::front::{Front, Standing};
use super::{says, tenant};
use crate::context::{Ended, INVITER, Tenant, new_people};

const SECRET: (&str, &str) = ("SANDBOX_SECRET", "sandbox-secret");

/// A tenant whose Graph and authority are a front's.
async fn behind(tenant: Tenant, front: Front) -> (Tenant, Standing) {
    let front = front.before(&tenant.graph.root(), tenant.folder.path()).await;
    (reached_at(tenant, &front.root, &front.root), front)
}

/// The same tenant at other addresses.
pub(super) fn reached_at(mut tenant: Tenant, graph: &str, authority: &str) -> Tenant {
    tenant.graph.set_public_root(graph);
    tenant.token = tenant.graph.token(INVITER);
    let lines = format!("graph = {graph:?}\nauthority = {authority:?}\nredirect = \"https://myapps.microsoft.us\"");
    tenant.set("endpoints", &lines)
}

pub(super) fn trusting(tenant: Tenant, ca: &Path) -> Tenant {
    tenant.set("", &format!("ca_file = {ca:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run_goes_by_tls_under_a_ca_file_for_entra_and_graph() {
    let tenant = tenant().await.signing_in_by_secret();
    tenant.graph.edit(|graph| graph.page_size = Some(1));
    tenant.graph.edit(|graph| graph.people.extend(new_people(2).split_off(1)));
    let (tenant, front) = behind(tenant, Front::default()).await;
    let tenant = trusting(tenant, &front.ca);
    let ended = tenant.child(&["--full", "-o", "json"], &[SECRET]).await;
    assert_eq!((ended.exit, &ended.run()["counts"]["invited"]), (0, &2.into()), "{ended:?}");
    assert_eq!((tenant.asked(), tenant.mailed().len()), ([1, 0, 0], 2));
    let [http1, http2, refused] = front.connections();
    assert!(http1 > 0 && (http2, refused) == (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_whole_run_goes_by_http2_where_the_server_speaks_it() {
    let tenant = Tenant::with(new_people(3)).await.signing_in_by_secret();
    let (tenant, front) = behind(tenant, Front { http2: true, ..Front::default() }).await;
    let run = trusting(tenant, &front.ca).apply(&["--full"]).await;
    assert_eq!((run.exit, run.results()), (0, [3, 0, 0, 0, 0]), "{:#}", run.run);
    let [http1, http2, refused] = front.connections();
    assert!(http2 > 0 && (http1, refused) == (0, 0));
}

/// A run that ends at the TLS of the authority or, with a token in hand, at that of Graph; nobody there hears a word.
async fn distrusted(front: Front, by_secret: bool, trust: bool) -> (Ended, [u32; 3]) {
    let tenant = tenant().await;
    let tenant = if by_secret { tenant.signing_in_by_secret() } else { tenant };
    let (tenant, front) = behind(tenant, front).await;
    let tenant = if trust { trusting(tenant, &front.ca) } else { tenant };
    let start = tokio::time::Instant::now();
    let ended = tenant.dry(&[SECRET]).await;
    assert!(tenant.asked() == [0, 0, 0] && tenant.graph.traffic().is_empty(), "{ended:?}");
    assert!(start.elapsed().as_secs() < 45, "waiting does not mend a certificate");
    (ended, front.met().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_ca_file_nothing_is_said_to_a_server_that_nobody_vouches_for() {
    for by_secret in [true, false] {
        let (ended, connections) = distrusted(Front::default(), by_secret, false).await;
        let [_, message, hint] = ended.error();
        assert_eq!((ended.exit, connections), (7, [0, 0, 1]), "{ended:?}");
        says(&message, &["certificate", "UnknownIssuer"]);
        says(&hint, &["ca_file"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_host_is_told_and_nothing_is_said() {
    for by_secret in [true, false] {
        let front = Front { names: vec!["elsewhere.test".to_owned()], ..Front::default() };
        let (ended, connections) = distrusted(front, by_secret, true).await;
        assert_eq!((ended.exit, connections), (7, [0, 0, 1]), "{ended:?}");
        says(&ended.error()[1], &["certificate", "elsewhere.test"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_told_and_nothing_is_said() {
    for by_secret in [true, false] {
        let (ended, connections) = distrusted(Front { expired: true, ..Front::default() }, by_secret, true).await;
        assert_eq!((ended.exit, connections), (7, [0, 0, 1]), "{ended:?}");
        says(&ended.error()[1], &["certificate", "expired"]);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_exchanged_by_common_groups_and_in_a_fips_build_by_approved_ones_alone() {
    for (group, taken) in [
        (kx_group::SECP256R1, true),
        (kx_group::X25519, cfg!(not(feature = "fips"))),
        // Approved, and offered by no build.
        (kx_group::MLKEM1024, false),
    ] {
        let tenant = Tenant::with(new_people(1)).await;
        let (tenant, front) = behind(tenant, Front { group: Some(group), ..Front::default() }).await;
        let ended = trusting(tenant, &front.ca).run(&["--dry-run", "-o", "json"]).await;
        assert_eq!(ended.exit, if taken { 0 } else { 7 }, "{group:?}: {ended:?}");
        if !taken {
            assert_eq!(front.connections(), [0, 0, 1], "asking again does not bring it");
            says(&ended.error()[2], &["no form of TLS in common", "FIPS build"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn plain_http_on_a_tls_port_is_told_for_what_it_is_and_gets_no_secret() {
    for by_secret in [true, false] {
        let tenant = Tenant::with(new_people(1)).await;
        let tenant = if by_secret { tenant.signing_in_by_secret() } else { tenant };
        let root = tenant.graph.root().replace("http:", "https:");
        let ended = reached_at(tenant, &root, &root).run(&["--dry-run", "-o", "json"]).await;
        assert_eq!(ended.exit, 7, "{ended:?}");
        let [_, message, _] = ended.error();
        says(&message, &["does not speak TLS"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_file_that_is_none_is_refused_before_anybody_is_asked() {
    let hollow = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for content in [None, Some(""), Some("hello"), Some(hollow), Some(&hollow.replace("AAAA", "no base64!"))] {
        let tenant = tenant().await.signing_in_by_secret();
        let path = tenant.folder.path().join("mine.pem");
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let tenant = trusting(tenant, &path);
        let ended = tenant.dry(&[SECRET]).await;
        assert_eq!((ended.exit, tenant.asked(), tenant.graph.traffic().len()), (2, [0; 3], 0), "{ended:?}");
        says(&ended.stdout, &["ca_file", "mine.pem"]);
    }
}
