//! Next links: the token goes nowhere but to this Graph, and a list that never ends is none.

use std::time::Duration;

use serde_json::json;
use xcsync::sandbox::{Action, Fault, Person};

use crate::context::Tenant;

use super::{LIST, Trap, ann, assert_refused, listing, page};

#[tokio::test(start_paused = true)]
async fn a_next_link_elsewhere_is_not_followed() {
    let trap = Trap::set();
    let (port, url) = (trap.port(), trap.url());
    for link in [
        url.clone(),
        url.replace("127.0.0.1", "localhost"),
        url.replace("http://", "https://"),
        url.replace("http://", "http://graph@"),
        url.replace("http://", "http://graph.microsoft.us:secret@"),
        format!("http://[::1]:{port}/v1.0/users"),
        format!("http://0x7f000001:{port}/v1.0/users"),
        "file:///etc/passwd".to_owned(),
        "users?$skiptoken=x".to_owned(),
        String::new(),
        format!("{}://127.0.0.1", "x".repeat(1 << 20)),
    ] {
        let tenant = listing(page(&json!([]), &link)).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
    trap.assert_untouched();
}

#[tokio::test(start_paused = true)]
async fn a_next_link_of_this_graph_in_another_form_is_not_followed() {
    for change in
        [|root: &str| root.replace("http://", "https://"), |root: &str| root.replace("http://", "http://u:p@")]
    {
        let tenant = Tenant::with([ann()]).await;
        let link = format!("{}/v1.0/users?$skiptoken=x", change(&tenant.graph.root()));
        let answer = Action::Answer(page(&json!([]), &link));
        tenant.graph.edit(|tenant| tenant.faults.push(Fault::on("GET", LIST, answer)));
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
        let reads = tenant.graph.traffic().into_iter().filter(|exchange| exchange.url.contains("/users"));
        assert_eq!(reads.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_next_link_must_be_a_whole_url() {
    let trap = Trap::set();
    for link in [format!("//127.0.0.1:{}/v1.0/users", trap.port()), "/users?$skiptoken=x".to_owned()] {
        let tenant = listing(page(&json!([]), &link)).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
    trap.assert_untouched();
}

async fn ring(length: u32) -> Tenant {
    let tenant = Tenant::with([ann()]).await;
    let root = tenant.graph.root();
    let link = |n: u32| format!("{root}/v1.0/users?$skiptoken=ring{}", n % length);
    let first = Fault::on("GET", LIST, Action::Answer(page(&json!([]), &link(0))));
    let rest = (0..length).map(|n| {
        let target = format!("$skiptoken=ring{n}");
        Fault::on("GET", &target, Action::Answer(page(&json!([]), &link(n + 1)))).always()
    });
    tenant.graph.edit(|tenant| tenant.faults.extend(std::iter::once(first).chain(rest)));
    tenant
}

#[tokio::test(start_paused = true)]
async fn a_link_that_was_there_before_ends_the_run() {
    for length in [1, 2, 3] {
        let tenant = ring(length).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
        assert_eq!(tenant.graph.traffic().len(), 2 + length as usize, "the organization, the list, the ring once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_goes_on_for_ever_ends_with_max_runtime() {
    let people = (1..=500).map(|n| Person::synced(n, &format!("p{n}@contoso.com")));
    let tenant = Tenant::with(people).await.set("limits", "max_runtime = \"2m\"");
    tenant.graph.edit(|tenant| {
        tenant.page_size = Some(1);
        tenant.latency = Duration::from_secs(1);
    });
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 7, "out-of-time");
    assert!(tenant.graph.traffic().len() < 130);
}

#[tokio::test(start_paused = true)]
async fn empty_pages_and_pages_of_one_are_read_to_the_end() {
    let tenant = Tenant::with((1..=5).map(|n| Person::synced(n, &format!("p{n}@contoso.com")))).await;
    tenant.graph.edit(|tenant| {
        tenant.page_size = Some(1);
        tenant.empty_pages = true;
    });
    let run = tenant.report(&[]).await;
    assert_eq!((&run["exit_code"], &run["counts"]["discovered"], tenant.posts().len()), (&0.into(), &5.into(), 5));
}

#[tokio::test(start_paused = true)]
async fn somebody_on_two_pages_is_counted_and_invited_once() {
    let tenant = Tenant::with([ann(), Person::synced(2, "bob@contoso.com")]).await;
    tenant.graph.edit(|tenant| tenant.page_size = Some(1));
    let again = |body: &mut serde_json::Value| {
        body["value"][0]["id"] = json!(ann().id.to_string().to_uppercase());
        body["value"][0]["mail"] = json!("ann@contoso.com");
    };
    tenant.graph.edit(|tenant| tenant.faults.push(Fault::on("GET", "$skiptoken", Action::Edit(again))));
    let run = tenant.report(&[]).await;
    assert_eq!((&run["counts"]["discovered"], &run["counts"]["invited"]), (&1.into(), &1.into()), "{run:#}");
    assert_eq!(tenant.mailed(), ["ann@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_tenant_is_nothing_to_do() {
    let tenant = Tenant::with([]).await;
    let run = tenant.report(&["--full"]).await;
    assert_eq!((&run["exit_code"], &run["counts"]["discovered"], &run["error"]), (&0.into(), &0.into(), &json!(null)));
}
