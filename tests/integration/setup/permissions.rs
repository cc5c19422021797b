//! The application permissions of a managed identity.

use uuid::Uuid;
use xcsync::sandbox::{Action, Canned, Fault, Principal};

use super::powershell::{assert_parses, commands};
use super::{changes, set_up, writes};
use crate::context::{Ended, Home, Tenant};

const IDENTITY: &str = "99999999-0000-4000-8000-000000000001";
const ADMINISTRATOR: &[&str] = &["Application.Read.All", "AppRoleAssignment.ReadWrite.All"];
const INVITER: [&str; 4] =
    ["User.Read.All", "User.Invite.All", "Organization.Read.All", "RoleManagement.Read.Directory"];

/// A tenant with a managed identity that holds nothing.
async fn tenant() -> Tenant {
    let tenant = Tenant::with([]).await.permitted(ADMINISTRATOR);
    tenant.graph.edit(|graph| {
        graph.principals.push(Principal {
            id: Uuid::parse_str(IDENTITY).unwrap(),
            app_id: Uuid::from_u128(7),
            display_name: "xcsync".to_owned(),
            account_enabled: true,
        });
    });
    tenant
}

async fn permissions(tenant: &Tenant, arguments: &[&str]) -> Ended {
    let all = [&["permissions", "--principal", IDENTITY, "-o", "json"], arguments].concat();
    set_up(tenant, &all).await
}

fn all(result: &str) -> Vec<(String, String)> {
    INVITER.iter().map(|name| ((*name).to_owned(), result.to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_plan_names_what_is_missing_and_changes_nothing() {
    let tenant = tenant().await;
    let ended = permissions(&tenant, &[]).await;
    assert_eq!((ended.exit, changes(&ended)), (0, all("planned")), "{ended:?}");
    let request = &ended.json()["changes"][0]["request"];
    assert_eq!(request["path"], format!("/servicePrincipals/{IDENTITY}/appRoleAssignments"));
    assert_eq!(request["body"]["appRoleId"], "df021288-bdef-4463-88db-98f22de89214");
    assert!(writes(&tenant.graph).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_granted_once_and_a_second_run_plans_nothing() {
    let tenant = tenant().await;
    let ended = permissions(&tenant, &["--apply"]).await;
    assert_eq!((ended.exit, changes(&ended)), (0, all("applied")), "{ended:?}");
    assert_eq!(tenant.graph.edit(|graph| graph.grants.len()), 4);
    for arguments in [&[][..], &["--apply"]] {
        let again = permissions(&tenant, arguments).await;
        assert_eq!((again.exit, changes(&again)), (0, vec![]), "{again:?}");
    }
    assert_eq!(writes(&tenant.graph).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn people_read_what_is_missing_and_that_nothing_is() {
    let tenant = tenant().await;
    let text = async |arguments: &[&str]| {
        let all = [&["permissions", "--principal", IDENTITY], arguments].concat();
        set_up(&tenant, &all).await.stdout
    };
    let plan = text(&[]).await;
    assert!(plan.contains("planned  User.Read.All                  from null to \"granted\"\n"), "{plan}");
    assert!(text(&["--apply"]).await.contains("\napplied  User.Invite.All"));
    assert_eq!(text(&[]).await, "result: nothing to change\n");
}

#[tokio::test(start_paused = true)]
async fn purposes_say_which_permissions_are_needed() {
    let tenant = tenant().await;
    let named = async |arguments: &[&str]| {
        changes(&permissions(&tenant, arguments).await).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(named(&["--for", "look-ups"]).await, ["User.Read.All"]);
    assert_eq!(named(&["--for", "check"]).await, ["Policy.Read.All", "Application.Read.All", "Organization.Read.All"]);
    let both = named(&["--for", "dry-run", "--for", "check"]).await;
    assert_eq!(both.iter().filter(|name| *name == "Organization.Read.All").count(), 1, "{both:?}");
    assert!(!both.iter().any(|name| name == "User.Invite.All"));
}

#[tokio::test(start_paused = true)]
async fn a_grant_whose_answer_got_lost_is_read_and_not_sent_again() {
    let fault = Fault::on("POST", "appRoleAssignments", Action::DropAfter);
    let tenant = tenant().await.fault(fault);
    let ended = permissions(&tenant, &["--apply"]).await;
    assert_eq!((ended.exit, changes(&ended)), (0, all("applied")), "{ended:?}");
    assert_eq!(writes(&tenant.graph).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_never_arrived_is_told_as_not_known() {
    let fault = Fault::on("POST", "appRoleAssignments", Action::DropBefore);
    let tenant = tenant().await.fault(fault);
    let ended = permissions(&tenant, &["--apply"]).await;
    let report = ended.json();
    assert_eq!((ended.exit, &report["changes"][0]["result"]), (7, &"failed".into()), "{report:#}");
    assert!(report["changes"][0]["error"]["message"].as_str().unwrap().contains("is not known"), "{report:#}");
    assert_eq!(report["changes"][1]["result"], "planned");
    assert_eq!(writes(&tenant.graph).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_grant_waits_and_goes_on() {
    let throttled =
        Canned::graph_error(429, "TooManyRequests", "Please retry again later.").header("Retry-After", "30");
    let tenant = tenant().await.fault(Fault::on("POST", "appRoleAssignments", Action::Answer(throttled)));
    let started = tokio::time::Instant::now();
    let ended = permissions(&tenant, &["--apply"]).await;
    assert_eq!((ended.exit, changes(&ended)), (0, all("applied")), "{ended:?}");
    assert!(started.elapsed().as_secs() >= 30);
}

#[tokio::test(start_paused = true)]
async fn one_refusal_leaves_the_others_alone() {
    let refused = Canned::graph_error(400, "Request_BadRequest", "Not a valid reference update.");
    let tenant = tenant().await.fault(Fault::on("POST", "appRoleAssignments", Action::Answer(refused)));
    let ended = permissions(&tenant, &["--apply"]).await;
    let results: Vec<_> = changes(&ended).into_iter().map(|(_, result)| result).collect();
    assert_eq!(
        (ended.exit, results.as_slice()),
        (3, &["failed", "applied", "applied", "applied"].map(str::to_owned)[..])
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_grant_learns_what_it_takes_and_tries_once() {
    let tenant = tenant().await.permitted(&["Application.Read.All"]);
    let ended = permissions(&tenant, &["--apply"]).await;
    let report = ended.json();
    assert_eq!((ended.exit, &report["exit_code"]), (4, &4.into()), "{report:#}");
    assert!(report["changes"][0]["error"]["hint"].as_str().unwrap().contains("AppRoleAssignment.ReadWrite.All"));
    assert_eq!(writes(&tenant.graph).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_look_is_told_to_use_the_script() {
    let tenant = tenant().await.permitted(&[]);
    let ended = permissions(&tenant, &["--apply"]).await;
    let error = &ended.json()["error"];
    assert_eq!((ended.exit, &error["code"]), (4, &"denied".into()), "{error:#}");
    assert!(error["hint"].as_str().unwrap().contains("--powershell"), "{error:#}");
    assert!(error["message"].as_str().unwrap().contains("nothing was changed"), "{error:#}");
}

#[tokio::test(start_paused = true)]
async fn the_id_of_something_else_is_told_where_the_right_one_is() {
    let tenant = Tenant::with([]).await.permitted(ADMINISTRATOR);
    let ended = permissions(&tenant, &[]).await;
    let hint = ended.json()["error"]["hint"].to_string();
    assert!(hint.contains("Enterprise applications") && hint.contains("neither the client id"), "{hint}");
    assert_eq!(ended.exit, 2);
}

#[tokio::test(start_paused = true)]
async fn a_principal_belongs_to_one_tenant() {
    let tenant = tenant().await.at_home(Home::with([]).await);
    let ended = permissions(&tenant, &[]).await;
    assert_eq!((ended.exit, &ended.json()["error"]["code"]), (2, &"usage".into()));
    let home = permissions(&tenant, &["--tenant", "home", "--powershell"]).await;
    assert_eq!((home.exit, &home.json()["scripts"][0]["side"]), (0, &"home".into()), "{home:?}");
    assert!(home.json()["scripts"][0]["text"].as_str().unwrap().contains("$permissions = @('User.Read.All')\n"));
}

#[tokio::test(start_paused = true)]
async fn the_script_asks_no_tenant_and_stops_in_the_wrong_one() {
    let tenant = tenant().await;
    let ended = set_up(&tenant, &["permissions", "--principal", IDENTITY, "--powershell"]).await;
    assert_eq!((ended.exit, tenant.graph.traffic().len()), (0, 0), "{ended:?}");
    let script = ended.stdout;
    assert_parses(&script);
    for part in [
        format!("$tenantId = '{}'", tenant.id),
        "$environment = 'USGov'".to_owned(),
        format!("$principalId = '{IDENTITY}'"),
        "-Scopes 'AppRoleAssignment.ReadWrite.All', 'Application.Read.All'".to_owned(),
    ] {
        assert!(script.contains(&part), "{part}");
    }
    let commands = commands(&script);
    assert_eq!(commands.iter().filter(|name| *name == "Connect-MgGraph").count(), 1, "{commands:?}");
    let guard = script.find("$context.TenantId -ne $tenantId").unwrap();
    assert!(script.find("Connect-MgGraph -Environment").unwrap() < guard);
    assert!(guard < script.find("-Method POST").unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_traffic_log_holds_the_grants() {
    let tenant = tenant().await;
    let path = tenant.folder.path().join("log.jsonl");
    let ended = permissions(&tenant, &["--apply", "--record", path.to_str().unwrap()]).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    let log = std::fs::read_to_string(path).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains("\"POST\"")).count(), 4, "{log}");
    assert!(!log.contains(&tenant.token));
}
