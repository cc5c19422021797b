//! A domain of this very tenant in `domains`: its people are no strangers, and must not be converted.

use xcsync::sandbox::{self, Canned, Fault, IdentityFailure, Person};

use crate::context::Tenant;

use super::{Action, assert_refused};

const SUBDOMAINS: &str = "domains = [\"contoso.com\"]\ninclude_subdomains = true";

/// People of the domain are there, and the domain is verified here.
async fn at_home(domain: &str) -> Tenant {
    let mut tenant = sandbox::Tenant::default();
    tenant.verified_domains.push(domain.to_owned());
    tenant.people.extend([Person::synced(1, &format!("ann@{domain}"))]);
    Tenant::of(tenant).await
}

#[tokio::test(start_paused = true)]
async fn a_verified_domain_is_refused_in_any_case() {
    let tenant = at_home("Contoso.COM").await;
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 2, "own-domain");
    assert_refused(&tenant, &tenant.run(&["-o", "json", "--dry-run"]).await, 2, "own-domain");
}

#[tokio::test(start_paused = true)]
async fn without_permission_the_public_document_tells() {
    let tenant = at_home("contoso.com").await.permitted(&["User.Read.All", "User.Invite.All"]);
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 2, "own-domain");
    assert_eq!(tenant.graph.asked().openid, 1);
}

#[tokio::test(start_paused = true)]
async fn a_verified_subdomain_is_refused_where_subdomains_are_included() {
    let tenant = at_home("eu.contoso.com").await.set("invite", SUBDOMAINS);
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 2, "own-domain");
}

#[tokio::test(start_paused = true)]
async fn a_verified_subdomain_is_refused_without_permission_too() {
    let tenant = at_home("eu.contoso.com").await.set("invite", SUBDOMAINS);
    let tenant = tenant.permitted(&["User.Read.All", "User.Invite.All"]);
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 2, "own-domain");
}

#[tokio::test(start_paused = true)]
async fn a_verified_subdomain_does_no_harm_where_subdomains_are_not_included() {
    let tenant = at_home("eu.contoso.com").await;
    let run = tenant.report(&[]).await;
    assert_eq!((&run["exit_code"], &run["counts"]["invite"]), (&0.into(), &0.into()), "{run:#}");
}

#[tokio::test(start_paused = true)]
async fn a_public_document_that_is_none_stops_the_run() {
    let failures = [IdentityFailure::Html, IdentityFailure::Empty, IdentityFailure::Answer(403, "{}".to_owned())];
    for failure in failures {
        let tenant = at_home("contoso.com").await.permitted(&["User.Read.All", "User.Invite.All"]);
        tenant.graph.edit(|tenant| tenant.identity.failure = Some(failure));
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 7, "authority-unreachable");
    }
}

#[tokio::test(start_paused = true)]
async fn a_403_that_is_a_proxys_does_not_count_as_a_missing_permission() {
    let tenant = at_home("contoso.com").await;
    let fault = Fault::on("GET", "/v1.0/organization", Action::Answer(Canned::html(403))).always();
    tenant.graph.edit(|tenant| tenant.faults.push(fault));
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
}

#[tokio::test(start_paused = true)]
async fn no_verified_domains_at_all_are_domains_that_were_not_told() {
    let untold: [fn(&mut serde_json::Value); 3] = [
        |body| drop(body["value"][0].as_object_mut().unwrap().remove("verifiedDomains")),
        |body| body["value"][0]["verifiedDomains"] = serde_json::Value::Null,
        |body| body["value"][0]["verifiedDomains"] = serde_json::json!([]),
    ];
    for edit in untold {
        let tenant = at_home("contoso.com").await;
        let tenant = tenant.fault(Fault::on("GET", "/organization", Action::Edit(edit)).always());
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 2, "own-domain");
        assert_eq!(tenant.graph.asked().openid, 1);
    }
}
