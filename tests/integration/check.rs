//! `check`: every row of both sides, whatever is wrong with one, and that nothing is changed by looking.

mod access;
mod both;
mod ledger;
mod limits;
mod shown;
mod tenant;

use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;
use xcsync::sandbox::{self, Person, Sandbox};

use crate::context::{Ended, Home, Tenant, account, run_line};

/// What both sides' credentials may, where everything can be looked at.
const INVITER: &[&str] = &[
    "User.Read.All",
    "User.Invite.All",
    "Organization.Read.All",
    "RoleManagement.Read.Directory",
    "Policy.Read.All",
    "Application.Read.All",
];
const AT_HOME: &[&str] = &["User.Read.All", "Organization.Read.All", "Policy.Read.All", "Application.Read.All"];

const CLOUD_WORKER: &str = "Microsoft B2B Cross Cloud Worker";

/// A pair in two clouds that lacks nothing.
async fn ready() -> Tenant {
    let mut home = Home::with([account(1, "ann@contoso.com")]).await;
    home.token = home.graph.token(AT_HOME);
    let synced = Person::synced(1, "ann@contoso.com");
    let pair = Tenant::with([synced]).await.permitted(INVITER).at_home(home);
    let home = pair.home();
    home.graph.edit(|tenant| {
        tenant.cloud_instance = "microsoftonline.com".to_owned();
        (tenant.region_scope, tenant.region_sub_scope) = ("NA".to_owned(), None);
        tenant.access.allowed_cloud_endpoints = Some(vec!["microsoftonline.us".to_owned()]);
        tenant.access.partners.insert(pair.id, partner(pair.id, "outboundAllowed"));
        tenant.principals.push(worker(true));
    });
    pair.graph.edit(|tenant| {
        tenant.access.allowed_cloud_endpoints = Some(vec!["microsoftonline.com".to_owned()]);
        let id = sandbox::people::HOME_TENANT_ID;
        tenant.access.partners.insert(id, partner(id, "inboundAllowed"));
    });
    pair
}

/// A partner as the portal adds one, with automatic consent in one direction.
fn partner(id: Uuid, consent: &str) -> Value {
    json!({
        "tenantId": id,
        "b2bCollaborationInbound": null,
        "b2bCollaborationOutbound": null,
        "automaticUserConsentSettings": { consent: true },
    })
}

fn worker(account_enabled: bool) -> sandbox::Principal {
    let [id, app_id] = [1, 2].map(Uuid::from_u128);
    sandbox::Principal { id, app_id, display_name: CLOUD_WORKER.to_owned(), account_enabled }
}

/// The partner that an emulator has.
fn change_partner(graph: &Sandbox, change: impl FnOnce(&mut Value)) {
    graph.edit(|tenant| change(tenant.access.partners.values_mut().next().unwrap()));
}

/// `xcsync check` with the configuration of a tenant.
async fn check(tenant: &Tenant, arguments: &[&str]) -> Ended {
    let config = tenant.config();
    let line = ["xcsync".into(), "--config".into(), config.into_os_string(), "check".into()];
    let line = line.into_iter().chain(arguments.iter().map(Into::into));
    let now = tenant.local_time.unwrap_or_else(|| tenant.graph.now());
    run_line(line, &tenant.environment(), now, watch::channel(0).1).await
}

/// One finding of a report.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    /// `tenant b2b-inbound`.
    row: String,
    status: String,
    detail: String,
    remedy: Option<String>,
}

/// The findings, in their order.
async fn found(tenant: &Tenant) -> Vec<Found> {
    of(&check(tenant, &["-o", "json"]).await)
}

fn of(ended: &Ended) -> Vec<Found> {
    let report = ended.json();
    let checks = report["checks"].as_array().unwrap_or_else(|| panic!("{report:#}")).clone();
    let text = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_owned();
    let finding = |check: &Value| Found {
        row: format!("{} {}", text(check, "side"), text(check, "check")),
        status: text(check, "status"),
        detail: text(check, "detail"),
        remedy: check["remedy"].as_str().map(str::to_owned),
    };
    let found: Vec<_> = checks.iter().map(finding).collect();
    // A report ends with 8 exactly where something fails, and whatever is not as it should be says what to do.
    let fails = found.iter().any(|one| one.status == "fail");
    assert_eq!(ended.exit, if fails { 8 } else { 0 }, "{found:#?}");
    assert_eq!(report["exit_code"], ended.exit);
    for one in &found {
        assert!(one.status == "pass" || one.remedy.as_ref().is_some_and(|remedy| remedy.len() > 10), "{one:?}");
        assert!(one.detail.len() > 3, "{one:?}");
    }
    found
}

/// What is not as it should be: `tenant b2b-inbound fail`.
fn amiss(found: &[Found]) -> Vec<String> {
    let amiss = found.iter().filter(|one| one.status != "pass");
    amiss.map(|one| format!("{} {}", one.row, one.status)).collect()
}

#[track_caller]
fn row<'a>(found: &'a [Found], row: &str) -> &'a Found {
    found.iter().find(|one| one.row == row).unwrap_or_else(|| panic!("{row}: {found:#?}"))
}

/// Asserts which rows are not as they should be, and what the first of them says, in its detail or remedy.
#[track_caller]
fn assert_amiss(found: &[Found], expected: &[&str], says: &str) {
    assert_eq!(amiss(found), expected, "{found:#?}");
    let first = found.iter().find(|one| one.status != "pass");
    let text = first.map(|one| format!("{} | {}", one.detail, one.remedy.clone().unwrap_or_default()));
    assert!(text.clone().unwrap_or_default().contains(says), "{text:?}");
}
