use super::*;
use crate::auth::testing::{Server, TENANT, http, tenant_id};

async fn asked(answer: String, domain: &str) -> (Result<Option<OpenIdTenant>, AuthError>, Vec<String>) {
    let server = Server::start(move |_| answer.clone()).await;
    let clients = HttpClients::new(None).expect("clients");
    let found = openid_tenant(&clients, &server.url(), domain).await;
    (found, server.requests())
}

fn document(issuer: &str) -> String {
    format!(
        r#"{{"issuer":"{issuer}","tenant_region_scope":"USGov","tenant_region_sub_scope":"DODCON","cloud_instance_name":"microsoftonline.us","msgraph_host":"graph.microsoft.us"}}"#
    )
}

#[tokio::test]
async fn the_tenant_stands_in_the_issuer() {
    let body = document(&format!("https://login.microsoftonline.us/{TENANT}/v2.0"));
    let (found, requests) = asked(http("200 OK", &body), "contoso.us").await;
    let found = found.expect("reachable").expect("known");
    assert_eq!(found.tenant, tenant_id());
    assert_eq!(found.sub_region.as_deref(), Some("DODCON"));
    assert!(requests[0].starts_with("GET /contoso.us/v2.0/.well-known/openid-configuration HTTP/1.1"));
}

#[tokio::test]
async fn an_unknown_domain_is_none() {
    let (found, _) = asked(http("400 Bad Request", r#"{"error":"invalid_tenant"}"#), "nobody.example").await;
    assert_eq!(found, Ok(None));
}

#[tokio::test]
async fn everything_else_says_nothing_about_the_domain() {
    let placeholder = document("https://login.microsoftonline.com/{tenantid}/v2.0");
    let large = document(&"x".repeat(BODY_LIMIT));
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let answers = [
        http("200 OK", &placeholder),
        http("200 OK", &large),
        http("200 OK", "<html>"),
        redirect.to_owned(),
        http("404 Not Found", "{}"),
    ];
    for answer in answers {
        let (found, requests) = asked(answer, "contoso.us").await;
        assert_eq!(found.expect_err("unreachable").exit().code(), 7);
        assert_eq!(requests.len(), 1);
    }
}

#[test]
fn a_domain_can_t_leave_its_place_in_the_address() {
    let url = address("https://login.microsoftonline.us", "../../x?y#z").expect("an address");
    assert_eq!(
        url.as_str(),
        "https://login.microsoftonline.us/..%2F..%2Fx%3Fy%23z/v2.0/.well-known/openid-configuration"
    );
}
