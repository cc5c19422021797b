//! Servers that take a connection and say nothing, or never come to an end.
//!
//! Time is simulated: with these tests a run ends after minutes, without them after hours or never.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, Instant, sleep};

use super::says;
use crate::context::{Ended, INVITER, Tenant, new_people, run_with};

/// Takes connections and keeps them; with `trickle` it begins an answer that goes on by a byte every 30 s.
async fn silent(trickle: bool) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut kept = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.spawn(keep(stream, trickle));
        }
    });
    address
}

async fn keep(mut stream: TcpStream, trickle: bool) {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    if trickle && stream.read(&mut [0; 4096]).await.is_ok() && stream.write_all(head).await.is_ok() {
        while stream.write_all(b" ").await.is_ok() {
            sleep(Duration::from_secs(30)).await;
        }
    }
    std::future::pending::<()>().await;
}

/// A dry run with these addresses, and how many simulated seconds it took.
async fn asks(graph: &str, authority: &str, tenant: Tenant) -> (Ended, u64) {
    let lines = format!("graph = {graph:?}\nauthority = {authority:?}\nredirect = \"https://myapps.microsoft.us\"");
    let tenant = tenant.set("endpoints", &lines);
    let start = Instant::now();
    let ended = tenant.run(&["--dry-run", "-o", "json"]).await;
    (ended, start.elapsed().as_secs())
}

async fn tenant() -> Tenant {
    Tenant::with(new_people(1)).await
}

/// A tenant whose token is for a Graph elsewhere.
async fn taken_for(graph: &str) -> Tenant {
    let mut tenant = tenant().await;
    tenant.graph.set_public_root(graph);
    tenant.token = tenant.graph.token(INVITER);
    tenant
}

#[tokio::test(start_paused = true)]
async fn a_silent_authority_is_given_up_after_half_a_minute() {
    for (scheme, trickle) in [("http", false), ("http", true), ("https", false)] {
        let authority = format!("{scheme}://{}", silent(trickle).await);
        let tenant = tenant().await.signing_in_by_secret();
        let graph = tenant.graph.root();
        let (ended, took) = asks(&graph, &authority, tenant).await;
        assert_eq!((ended.exit, ended.error()[0].as_str()), (7, "authority-unreachable"), "{ended:?}");
        says(&ended.error()[1], &["30 s", "without a token nothing is sent"]);
        assert!(took <= 31, "{took} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_graph_is_given_up_after_minutes() {
    let graph = format!("http://{}", silent(false).await);
    let (ended, took) = asks(&graph, &graph, taken_for(&graph).await).await;
    assert_eq!((ended.exit, ended.error()[0].as_str()), (7, "unreachable"), "{ended:?}");
    says(&ended.error()[1], &["no answer after 7 tries", "timed out"]);
    // Seven times the minute between two pieces of an answer, and the pauses.
    assert!((420..=490).contains(&took), "{took} s");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_trickles_for_ever_is_given_up_too() {
    let graph = format!("http://{}", silent(true).await);
    let (ended, took) = asks(&graph, &graph, taken_for(&graph).await).await;
    assert_eq!((ended.exit, ended.error()[0].as_str()), (7, "unreachable"), "{ended:?}");
    // Seven times three minutes for a whole exchange.
    assert!((1260..=1330).contains(&took), "{took} s");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_never_comes_is_given_up_sooner_than_an_answer() {
    let graph = format!("https://{}", silent(false).await);
    let (ended, took) = asks(&graph, &graph, taken_for(&graph).await).await;
    assert_eq!((ended.exit, ended.error()[0].as_str()), (7, "unreachable"), "{ended:?}");
    assert!((70..=135).contains(&took), "{took} s");
}

#[tokio::test(start_paused = true)]
async fn a_silent_metadata_service_is_given_up_after_half_a_minute() {
    let tenant = tenant().await.set("auth", "method = \"managed-identity\"");
    let address = format!("http://{}", silent(false).await);
    let env = tenant.environment().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", &address);
    let (start, never) = (Instant::now(), tokio::sync::watch::channel(0).1);
    let ended = run_with(&tenant.config(), &["--dry-run", "-o", "json"], &env, tenant.graph.now(), never).await;
    assert_eq!(ended.exit, 7, "{ended:?}");
    says(&ended.error()[1], &["169.254.169.254", "given up after 30 s"]);
    assert!(start.elapsed().as_secs() <= 31);
}
