//! Proxies of every make: what their address may be, how they fail, and what their end in the middle of a run does.

use tokio::process::Child;
use xcsync::sandbox::{Action, Fault};

use super::front::Front;
use super::proxied::{at, beyond, by, by_secret, fails_by};
use super::proxy::Proxy;
use super::says;
use crate::context::{Gateway, Tenant, new_people, reported, started};

const SECRET: (&str, &str) = ("SANDBOX_SECRET", "sandbox-secret");

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_names_no_proxy_is_told_and_not_gone_past() {
    for (variable, value) in [
        ("HTTPS_PROXY", "http://canary-user:p@ss@proxy.test:3128"),
        ("HTTPS_PROXY", "http://canary-user:p#ss@proxy.test:3128"),
        ("https_proxy", "canary proxy:3128"),
        ("HTTPS_PROXY", "ftp://canary.test"),
        ("ALL_PROXY", "socks5://canary.test:1080"),
        ("all_proxy", "http://canary.test:port"),
    ] {
        let root = "https://0.0.0.0:PORT";
        let (tenant, front) = at(by_secret().await, root, root, &["0.0.0.0"]).await;
        let ended = tenant.dry(&[SECRET, (variable, value)]).await;
        let [code, message, hint] = ended.error();
        assert_eq!((ended.exit, code.as_str(), front.connections()), (2, "auth-settings", [0; 3]), "{ended:?}");
        says(&message, &[&format!("the variable {variable} names no proxy"), "nobody was asked"]);
        says(&hint, &[&format!("set {variable}=http://host:port"), "percent-encoded"]);
        assert!(![ended.stdout, ended.stderr].concat().contains("canary"), "its value may hold a password");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_names_no_proxy_does_not_matter_on_this_machine() {
    let tenant = by_secret().await;
    let ended = tenant.dry(&[SECRET, ("HTTPS_PROXY", "no proxy")]).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_reaches_the_proxy_as_it_is_behind_its_percent_signs() {
    let (tenant, front) = beyond(by_secret().await).await;
    let proxy = Proxy::to(&front.address).await;
    let ended = by(&tenant, "HTTPS_PROXY", &format!("us%5Cer:p%40s%3As%2F%23@{}", proxy.address), &[]).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    // The base64 of `us\er:p@s:s/#`.
    let heads = proxy.heads();
    assert!(!heads.is_empty() && heads.iter().all(|head| head.contains("Basic dXNcZXI6cEBzOnMvIw==")), "{heads:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_spoken_to_by_tls_is_trusted_like_any_server() {
    for trusted in [true, false] {
        let (tenant, front) = beyond(by_secret().await).await;
        let proxy = Proxy::to(&front.address).await;
        let folder = tempfile::tempdir().unwrap();
        let gate = Front::default().before(&proxy.address, folder.path()).await;
        if trusted {
            // The file that the configuration names already, with one more certificate.
            let [own, gates] = [&front.ca, &gate.ca].map(|path| std::fs::read_to_string(path).unwrap());
            std::fs::write(&front.ca, own + &gates).unwrap();
        }
        let ended = tenant.dry(&[SECRET, ("HTTPS_PROXY", &gate.root)]).await;
        if trusted {
            assert_eq!((ended.exit, proxy.hosts().len()), (0, 2), "{ended:?}");
        } else {
            let [_, message, hint] = ended.error();
            assert_eq!((ended.exit, proxy.heads().len()), (7, 0), "{ended:?}");
            says(&message, &["the proxy (HTTPS_PROXY) is not reached", "invalid peer certificate"]);
            says(&hint, &["ca_file"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_a_proxy_answers_it_is_named_as_the_cause() {
    for (bytes, words) in [
        (&b"HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\n\r\n<html>canary</html>"[..], "refuses the way there"),
        (b"HTTP/1.1 502 canary\r\n\r\n", "refuses the way there"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://canary.test/login\r\n\r\n", "refuses the way there"),
        (b"\x00\x01canary", "refuses the way there"),
        (b"SSH-2.0-canary\r\n", "refuses the way there"),
        (b"HTTP/1.1 407 canary", "hung up"),
        (b"", "hung up"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "closed during the TLS handshake"),
    ] {
        let error = fails_by(&Proxy::saying(bytes).await.address).await;
        assert_eq!((error.exit().code(), error.code().as_str()), (7, "authority-unreachable"));
        says(&error.to_string(), &["no token from login.test", "proxy", words]);
        says(&error.hint(), &["HTTPS_PROXY", "NO_PROXY"]);
    }
}

/// What the proxies that `NO_PROXY` is for take as their hosts; the library's rules, which the README repeats.
#[tokio::test]
async fn no_proxy_takes_names_with_their_subdomains_addresses_networks_and_everything() {
    let here = Proxy::answering("204 No Content").await;
    let address = here.address.parse().unwrap();
    for (list, direct) in [
        ("login.test", true),
        ("LOGIN.TEST", true),
        ("test", true),
        (".test", true),
        ("other.example, .login.test", true),
        ("*", true),
        ("ogin.test", false),
        ("*.test", false),
        ("login.test:443", false),
        ("other.example login.test", false),
    ] {
        let proxy = Proxy::answering("403 Forbidden").await;
        let through = reqwest::Proxy::all(format!("http://{}", proxy.address)).unwrap();
        let through = through.no_proxy(reqwest::NoProxy::from_string(list));
        let client = reqwest::Client::builder().proxy(through).resolve("login.test", address).build().unwrap();
        let answer = client.get(format!("http://login.test:{}/", address.port())).send().await.unwrap();
        assert_eq!((answer.status() == 204, proxy.heads().is_empty()), (direct, direct), "{list}");
    }
}

/// A proxy on the IPv6 loopback, where this machine has one.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_have_an_ipv6_address() {
    let (tenant, front) = beyond(by_secret().await).await;
    let Ok(proxy) = Proxy::at("[::1]:0", &front.address).await else {
        crate::context::say("skipped: this machine has no IPv6 loopback");
        return;
    };
    let ended = by(&tenant, "HTTPS_PROXY", &proxy.address, &[]).await;
    assert_eq!((ended.exit, proxy.hosts().len()), (0, 2), "{ended:?}");
}

/// A run through a proxy in a process of its own, so that the test can go on beside it.
fn running(tenant: &Tenant, proxy: &Proxy) -> Child {
    let mut command = tenant.real(&["--full"]);
    command.env(SECRET.0, SECRET.1).env("HTTPS_PROXY", format!("http://{}", proxy.address));
    started(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_starts_anew_while_people_are_read_costs_nothing() {
    let people = by_secret().await;
    people.graph.edit(|graph| graph.people.extend(new_people(3).split_off(1)));
    people.graph.edit(|graph| graph.page_size = Some(1));
    let (open, gate) = tokio::sync::watch::channel(false);
    let tenant = people.fault(Fault::on("GET", "/users", Action::Held(gate)).skip(1));
    let (tenant, front) = beyond(tenant).await;
    let mut proxy = Proxy::to(&front.address).await;
    let child = running(&tenant, &proxy);
    Gateway::after(&tenant.graph, "/users", 2).await;
    proxy.die().await;
    open.send(true).unwrap();
    proxy.again().await;
    let run = reported(&child.wait_with_output().await.unwrap());
    assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &3.into()), "{run:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_dies_under_an_invitation_never_makes_it_two() {
    let (open, gate) = tokio::sync::watch::channel(false);
    let tenant = by_secret().await.fault(Fault::on("POST", "/invitations", Action::Held(gate)));
    let (tenant, front) = beyond(tenant).await;
    let mut proxy = Proxy::to(&front.address).await;
    let child = running(&tenant, &proxy);
    Gateway::after_posts(&tenant.graph, 1).await;
    proxy.die().await;
    open.send(true).unwrap();
    proxy.again().await;
    let run = reported(&child.wait_with_output().await.unwrap());
    assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &1.into()), "{run:#}");
    assert_eq!((tenant.posts().len(), tenant.mailed().len()), (1, 1));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_stays_dead_leaves_the_invitation_unknown_and_alone() {
    let (_open, gate) = tokio::sync::watch::channel(false);
    let tenant = by_secret().await.fault(Fault::on("POST", "/invitations", Action::Held(gate)));
    let (tenant, front) = beyond(tenant).await;
    let mut proxy = Proxy::to(&front.address).await;
    let child = running(&tenant, &proxy);
    Gateway::after_posts(&tenant.graph, 1).await;
    proxy.die().await;
    // Whoever looks at the run ends it; alone it would look for its invitation for half a minute.
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let run = reported(&child.wait_with_output().await.unwrap());
    assert_eq!((&run["counts"]["unknown"], &run["counts"]["invited"]), (&1.into(), &0.into()), "{run:#}");
    assert_eq!(tenant.posts().len(), 1);
    let told = run["outcomes"][0]["error"]["message"].as_str().unwrap().to_owned();
    assert!(!told.contains("docs.rs"), "{told}");
}
