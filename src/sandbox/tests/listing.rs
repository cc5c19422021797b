//! Paging, `$filter`, `$select`.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;

use super::{Bench, crowd, tenant};
use crate::sandbox::{Person, monday};

const SELECT: &str = "$select=id,mail";

#[tokio::test(start_paused = true)]
async fn pages_hold_every_user_once() {
    let bench = Bench::with(crowd(25)).await;
    let (mails, pages) = bench.mails(&format!("{SELECT}&$top=10")).await;
    assert_eq!((mails.len(), pages), (25, 3));
    assert_eq!(mails.first().unwrap(), "p0@contoso.com");
    assert_eq!(mails.last().unwrap(), "p24@contoso.com");
}

#[tokio::test(start_paused = true)]
async fn a_full_last_page_has_no_next_link() {
    let bench = Bench::with(crowd(20)).await;
    assert_eq!(bench.mails(&format!("{SELECT}&$top=10")).await.1, 2);
}

#[tokio::test(start_paused = true)]
async fn empty_pages_come_with_a_next_link() {
    let mut tenant = tenant();
    tenant.empty_pages = true;
    tenant.page_size = Some(5);
    tenant.people.extend(crowd(10));
    let bench = Bench::of(tenant).await;
    let (mails, pages) = bench.mails(&format!("{SELECT}&$top=999")).await;
    assert_eq!((mails.len(), pages), (10, 4));
}

#[tokio::test(start_paused = true)]
async fn page_sizes_outside_the_bounds_are_refused() {
    let bench = Bench::unlogged(crowd(1)).await;
    for top in ["0", "1000", "x"] {
        let (status, body) = bench.get(&format!("/v1.0/users?$top={top}")).await;
        assert_eq!(status, 400, "{top}");
        assert!(body["error"]["message"].as_str().unwrap().starts_with("Invalid page size"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_token_expires() {
    let mut tenant = tenant();
    tenant.page_token_lifetime = Some(Duration::from_secs(60));
    tenant.people.extend(crowd(3));
    let bench = Bench::of(tenant).await;
    let link = bench.get("/v1.0/users?$top=1").await.1["@odata.nextLink"].as_str().unwrap().to_owned();
    assert_eq!(bench.get(&link).await.0, 200);
    tokio::time::advance(Duration::from_secs(61)).await;
    let (status, body) = bench.get(&link).await;
    assert_eq!((status, body["error"]["code"].as_str().unwrap()), (400, "Directory_ExpiredPageToken"));
}

#[tokio::test(start_paused = true)]
async fn next_links_use_the_public_root() {
    let bench = Bench::with(crowd(2)).await;
    bench.sandbox.set_public_root("https://localhost:4433/");
    let token = bench.sandbox.token(&["User.Read.All"]);
    let request = bench.client.get(format!("{}/v1.0/users?$top=1", bench.sandbox.root())).bearer_auth(token);
    let page: Value = request.send().await.unwrap().json().await.unwrap();
    assert!(
        page["@odata.nextLink"].as_str().unwrap().starts_with("https://localhost:4433/v1.0/users?$top=1&$skiptoken=")
    );
}

#[tokio::test(start_paused = true)]
async fn only_selected_properties_return_and_the_id_always() {
    let bench = Bench::with(crowd(1)).await;
    let (_, page) = bench.get("/v1.0/users?$select=mail,createdDateTime").await;
    let row = page["value"][0].as_object().unwrap();
    assert_eq!(row.keys().collect::<Vec<_>>(), ["createdDateTime", "id", "mail"]);
    assert_eq!(row["createdDateTime"], "2026-03-02T07:00:00Z");
    let (_, page) = bench.get("/v1.0/users").await;
    assert!(page["value"][0].get("externalUserState").is_none());
    assert_eq!(page["value"][0].as_object().unwrap().len(), 11);
}

#[tokio::test(start_paused = true)]
async fn unknown_properties_are_refused() {
    let bench = Bench::unlogged(crowd(1)).await;
    for query in [
        "$select=nickname",
        "$filter=nickname eq 'x'",
        "$filter=mail eq",
        "$filter=mail eq 'x",
        "$filter=mail eq 5",
        "$colour=red",
    ] {
        let (status, body) = bench.get(&format!("/v1.0/users?{query}")).await;
        assert_eq!((status, body["error"]["code"].as_str().unwrap()), (400, "BadRequest"), "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn filters_choose_users() {
    let at = |hours| monday() - TimeDelta::hours(hours);
    let bench = Bench::with([
        Person::synced(1, "ann@contoso.com").created(at(1)).proxy("smtp:a.nn@contoso.com").department("Sales"),
        Person::synced(2, "bob@eu.contoso.com").created(at(2)).other_mail("bob@home.example").disabled(),
        Person::cloud(3, "o'neil@contoso.com").created(at(3)),
    ])
    .await;
    for (filter, expected) in [
        ("createdDateTime ge 2026-03-02T06:00:00Z", vec!["ann@contoso.com", "bob@eu.contoso.com"]),
        ("createdDateTime le 2026-03-02T05:00:00Z", vec!["o'neil@contoso.com"]),
        ("mail eq 'ANN@contoso.com'", vec!["ann@contoso.com"]),
        ("mail eq 'o''neil@contoso.com'", vec!["o'neil@contoso.com"]),
        ("mail in ('ann@contoso.com','o''neil@contoso.com')", vec!["ann@contoso.com", "o'neil@contoso.com"]),
        ("proxyAddresses/any(x:x eq 'smtp:A.NN@contoso.com')", vec!["ann@contoso.com"]),
        ("proxyAddresses/any(p:startsWith(p,'smtp:bob'))", vec!["bob@eu.contoso.com"]),
        (
            "otherMails/any(x:x eq 'bob@home.example') or mail eq 'ann@contoso.com'",
            vec!["ann@contoso.com", "bob@eu.contoso.com"],
        ),
        (
            "accountEnabled eq true and (department eq 'sales' or startsWith(mail,'o'))",
            vec!["ann@contoso.com", "o'neil@contoso.com"],
        ),
        ("onPremisesSyncEnabled eq true", vec!["ann@contoso.com", "bob@eu.contoso.com"]),
        ("id eq '5a4db000-0000-4000-8000-000000000003'", vec!["o'neil@contoso.com"]),
    ] {
        assert_eq!(bench.mails(&format!("{SELECT}&$filter={filter}")).await.0, expected, "{filter}");
    }
}

#[tokio::test(start_paused = true)]
async fn advanced_operators_need_both_parameters() {
    let bench = Bench::unlogged(crowd(3)).await;
    for filter in [
        "endsWith(mail,'@contoso.com')",
        "mail ne 'p1@contoso.com'",
        "not(mail eq 'p1@contoso.com')",
        "externalUserState eq 'Accepted'",
        "mail eq null",
        "createdDateTime gt 2026-01-01T00:00:00Z",
        "onPremisesUserPrincipalName eq 'x'",
    ] {
        let (status, body) = bench.get(&format!("/v1.0/users?$filter={filter}")).await;
        assert_eq!((status, body["error"]["code"].as_str().unwrap()), (400, "Request_UnsupportedQuery"), "{filter}");
    }
    let path = "/v1.0/users?$count=true&$filter=endsWith(mail,'1@contoso.com')";
    let request = bench.request("GET", path).header("ConsistencyLevel", "eventual");
    let page: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!((page["value"].as_array().unwrap().len(), &page["@odata.count"]), (1, &Value::from(1)));
}

#[tokio::test(start_paused = true)]
async fn sixteen_clauses_are_too_many() {
    let bench = Bench::with(crowd(1)).await;
    let list = |n: u32| (0..n).map(|i| format!("'p{i}@contoso.com'")).collect::<Vec<_>>().join(",");
    assert_eq!(bench.get(&format!("/v1.0/users?$filter=mail in ({})", list(15))).await.0, 200);
    let together = format!("mail in ({}) or userPrincipalName in ({})", list(8), list(8));
    for filter in [format!("mail in ({})", list(16)), together] {
        let (status, body) = bench.get(&format!("/v1.0/users?$filter={filter}")).await;
        assert_eq!((status, &body["error"]["code"]), (400, &"Request_UnsupportedQuery".into()), "{filter}");
        assert!(body["error"]["message"].as_str().unwrap().starts_with("Too many child clauses"));
    }
}

#[tokio::test(start_paused = true)]
async fn new_users_show_in_lists_late_and_by_id_at_once() {
    let late = Person::synced(1, "late@contoso.com").visible_from(monday() + TimeDelta::seconds(30));
    let id = late.id;
    let bench = Bench::with([late]).await;
    assert!(bench.mails(SELECT).await.0.is_empty());
    assert_eq!(bench.get(&format!("/v1.0/users/{id}")).await.0, 200);
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(bench.mails(SELECT).await.0.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_user_is_read_by_id_and_by_upn() {
    let bench = Bench::with(crowd(3)).await;
    for key in ["5a4db000-0000-4000-8000-000000000002", "PERSON2@fabrikam.us"] {
        assert_eq!(bench.get(&format!("/v1.0/users/{key}?$select=mail")).await.1["mail"], "p2@contoso.com");
    }
    let (status, body) = bench.get("/v1.0/users/nobody@fabrikam.us").await;
    assert_eq!((status, body["error"]["code"].as_str().unwrap()), (404, "Request_ResourceNotFound"));
}
