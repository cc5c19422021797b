//! The cross-tenant access settings of both sides.

mod applied;
mod scripts;

use serde_json::{Value, json};
use xcsync::sandbox::Sandbox;

use super::{changes, set_up, writes};
use crate::context::{Ended, Home, Tenant};

pub const SECURITY: &[&str] = &["Policy.Read.All", "Policy.ReadWrite.CrossTenantAccess"];

/// A pair in two clouds, both as new; the credentials may change policies.
async fn pair() -> Tenant {
    let mut home = Home::with([]).await;
    home.token = home.graph.token(SECURITY);
    Tenant::with([]).await.permitted(SECURITY).at_home(home)
}

async fn tenant(pair: &Tenant, arguments: &[&str]) -> Ended {
    set_up(pair, &[&["tenant", "-o", "json"], arguments].concat()).await
}

/// Tenant, setting and result of every change.
pub fn told(ended: &Ended) -> Vec<String> {
    let report = ended.json();
    let word = |change: &Value, name: &str| change[name].as_str().unwrap_or_default().to_owned();
    let line =
        |change: &Value| format!("{} {} {}", word(change, "tenant"), word(change, "setting"), word(change, "result"));
    report["changes"].as_array().unwrap_or_else(|| panic!("{report:#}")).iter().map(line).collect()
}

fn notes(ended: &Ended) -> String {
    ended.json()["notes"].to_string()
}

/// What a tenant has for another one.
fn partner(graph: &Sandbox) -> Value {
    graph.edit(|tenant| tenant.access.partners.values().next().cloned().unwrap_or_default())
}

fn rule(access: &str, target: &str) -> Value {
    json!({
        "usersAndGroups": { "accessType": access, "targets": [{ "target": target, "targetType": "user" }] },
        "applications": { "accessType": access, "targets": [{ "target": "AllApplications", "targetType": "application" }] },
    })
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_what_both_sides_lack_and_changes_nothing() {
    let pair = pair().await;
    let ended = tenant(&pair, &[]).await;
    let expected = [
        "emulated partner-cloud planned",
        "emulated partner-organization planned",
        "emulated auto-redeem planned",
        "home partner-cloud planned",
        "home partner-organization planned",
        "home auto-redeem planned",
    ];
    assert_eq!((ended.exit, told(&ended).as_slice()), (0, &expected.map(str::to_owned)[..]), "{ended:?}");
    let first = ended.json()["changes"][0].clone();
    assert_eq!(
        (&first["side"], &first["from"], &first["to"]),
        (&"tenant".into(), &json!([]), &json!(["microsoftonline.com"]))
    );
    assert_eq!(first["request"]["path"], "/policies/crossTenantAccessPolicy");
    assert!(notes(&ended).contains("15 to 60 minutes"));
    assert!(writes(&pair.graph).is_empty() && writes(&pair.home().graph).is_empty());
}

#[tokio::test(start_paused = true)]
async fn people_read_the_plan_by_tenant() {
    let pair = pair().await;
    let plan = set_up(&pair, &["tenant"]).await.stdout;
    assert!(
        plan.starts_with(
            "emulated: the tenant that invites\nplanned  partner-cloud         from [] to [\"microsoftonline.com\"]\n"
        ),
        "{plan}"
    );
    let home =
        "\n\nhome: where the people are at home\nplanned  partner-cloud         from [] to [\"microsoftonline.us\"]\n";
    assert!(plan.contains(home), "{plan}");
    assert!(plan.ends_with("\nresult: planned 6; nothing was changed\n"), "{plan}");
    let csv = set_up(&pair, &["tenant", "-o", "csv"]).await.stdout;
    assert!(
        csv.starts_with("tenant,side,setting,from,to,method,path,result,error\r\nemulated,tenant,partner-cloud,[],"),
        "{csv}"
    );
}

#[tokio::test(start_paused = true)]
async fn one_side_alone_can_be_looked_at() {
    let pair = pair().await;
    let ended = tenant(&pair, &["--side", "home"]).await;
    assert!(told(&ended).iter().all(|line| line.starts_with("home ")), "{ended:?}");
    assert!(pair.graph.traffic().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_home_without_auth_is_not_asked_and_what_to_run_there_is_told() {
    let mut pair = pair().await;
    pair.home.as_mut().unwrap().auth = None;
    let ended = tenant(&pair, &["--apply"]).await;
    let home: Vec<_> = told(&ended).into_iter().filter(|line| line.starts_with("home ")).collect();
    let expected = ["home partner-cloud planned", "home partner-organization planned", "home auto-redeem planned"];
    assert_eq!((ended.exit, home.as_slice()), (0, &expected.map(str::to_owned)[..]), "{ended:?}");
    let change = ended.json()["changes"][3].clone();
    assert_eq!((&change["from"], &change["request"]["body"]), (&Value::Null, &Value::Null), "{change:#}");
    assert!(notes(&ended).contains("xcsync setup tenant --tenant emulated --side home --powershell"), "{ended:?}");
    assert!(pair.home().graph.traffic().is_empty());
    assert!(told(&ended)[0].ends_with("applied"));
}

#[tokio::test(start_paused = true)]
async fn whoever_selects_the_home_is_told_how_it_is_reached() {
    let pair = pair().await;
    for more in [&[][..], &["--powershell"], &["--tenant", "emulated"]] {
        let ended = tenant(&pair, &[&["--tenant", "home"], more].concat()).await;
        let error = ended.json()["error"].clone();
        assert_eq!((ended.exit, &error["code"]), (2, &"usage".into()), "{error:#}");
        assert!(error["hint"].as_str().unwrap().contains("--tenant emulated --side home"), "{error:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_configured_home_nobody_knows_whom_to_add() {
    let alone = Tenant::with([]).await.permitted(SECURITY);
    let ended = tenant(&alone, &[]).await;
    assert_eq!((ended.exit, &ended.json()["error"]["code"]), (2, &"usage".into()));
    assert!(ended.json()["error"]["hint"].as_str().unwrap().contains("needs no [auth]"), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_side_that_cannot_be_read_leaves_the_other_one_alone() {
    let mut pair = pair().await;
    let home = pair.home.as_mut().unwrap();
    home.token = home.graph.token(&[]);
    let ended = tenant(&pair, &["--apply"]).await;
    let report = ended.json();
    assert_eq!((ended.exit, &report["error"]["code"]), (4, &"denied".into()), "{report:#}");
    let message = report["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("the tenant home: ") && message.ends_with("nothing was changed"), "{message}");
    assert!(report["error"]["hint"].as_str().unwrap().contains("Policy.Read.All"));
    assert_eq!(told(&ended).len(), 3);
    assert!(told(&ended).iter().all(|line| line.starts_with("emulated ") && line.ends_with("applied")), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_does_not_tell_its_clouds_is_not_taken_for_one_without() {
    let pair = pair().await;
    pair.graph.edit(|graph| graph.access.allowed_cloud_endpoints = None);
    let ended = tenant(&pair, &["--side", "tenant"]).await;
    let settings: Vec<_> = changes(&ended).into_iter().map(|(setting, _)| setting).collect();
    assert_eq!(settings, ["partner-organization", "auto-redeem"]);
    assert!(notes(&ended).contains("does not tell") && notes(&ended).contains("Microsoft cloud settings"), "{ended:?}");
    let tried = tenant(&pair, &["--side", "tenant", "--apply", "--allow", "partner-cloud"]).await;
    assert_eq!((tried.exit, told(&tried)[0].as_str()), (3, "emulated partner-cloud failed"), "{tried:?}");
    assert!(told(&tried)[1..].iter().all(|line| line.ends_with("applied")), "{tried:?}");
}
