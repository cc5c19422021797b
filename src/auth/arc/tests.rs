use super::*;
use crate::auth::HttpClients;
use crate::auth::testing::{CANARY, Server, http};

const RESOURCE: &str = "https://graph.microsoft.us";

/// Asks an agent that names this file, in this folder of keys.
async fn asked(named: &Path, keys: &Path) -> (Result<String, AuthError>, Vec<String>) {
    let challenge = format!(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm={}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        named.display()
    );
    let server = Server::start(move |request| {
        if request.contains("uthorization: Basic key-content") {
            return http("200 OK", r#"{"access_token":"arc","expires_on":"1800007200"}"#);
        }
        challenge.clone()
    })
    .await;
    let agent = ArcAgent {
        client: HttpClients::local().expect("a client"),
        endpoint: Url::parse(&server.url()).expect("an address"),
        keys: keys.to_owned(),
    };
    (agent.fetch(RESOURCE).await, server.requests())
}

#[tokio::test]
async fn the_key_file_goes_back_to_the_agent() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("a.key");
    std::fs::write(&key, "key-content\n").expect("written");
    let (token, requests) = asked(&key, folder.path()).await;
    assert!(token.expect("a token").contains("arc"));
    assert_eq!(requests.len(), 2);
    assert!(
        requests[0].contains("resource=https%3A%2F%2Fgraph.microsoft.us") && requests[0].contains("metadata: true")
    );
}

#[tokio::test]
async fn no_other_file_is_ever_sent() {
    let (keys, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let outside = other.path().join("b.key");
    let no_key = keys.path().join("c.txt");
    let climbing = keys.path().join("..").join(other.path().file_name().expect("a name")).join("b.key");
    for path in [&outside, &no_key] {
        std::fs::write(path, CANARY).expect("written");
    }
    for path in [&outside, &no_key, &climbing] {
        let (failure, requests) = asked(path, keys.path()).await;
        assert_eq!(failure.expect_err("refused").code(), "foreign-answer", "{}", path.display());
        assert_eq!(requests.len(), 1);
    }
}

#[tokio::test]
async fn a_key_that_can_t_be_read_names_the_group() {
    let keys = tempfile::tempdir().expect("a folder");
    let (failure, _) = asked(&keys.path().join("missing.key"), keys.path()).await;
    let failure = failure.expect_err("refused");
    assert!(failure.hint().contains("himds"), "{failure}");
    let large = keys.path().join("large.key");
    std::fs::write(&large, CANARY.repeat(1000)).expect("written");
    let (failure, _) = asked(&large, keys.path()).await;
    assert!(!format!("{:?}", failure.expect_err("refused")).contains(CANARY));
}

#[test]
fn the_agent_is_found_by_its_variables_on_this_machine_only() {
    let client = HttpClients::local().expect("a client");
    let find = |endpoint| {
        let env =
            Environment::default().with("IDENTITY_ENDPOINT", endpoint).with("IMDS_ENDPOINT", "http://localhost:40342");
        ArcAgent::find(&client, &env)
    };
    assert!(find("http://localhost:40342/metadata/identity/oauth2/token").is_ok_and(|agent| agent.is_some()));
    assert!(find("http://arc.example/metadata").is_err());
    let app_service = Environment::default()
        .with("IDENTITY_ENDPOINT", "http://x")
        .with("IMDS_ENDPOINT", "y")
        .with("IDENTITY_HEADER", "z");
    assert!(ArcAgent::find(&client, &app_service).is_ok_and(|agent| agent.is_none()));
}
