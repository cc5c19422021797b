//! `--cloud sandbox`: the built-in tenants are set up as configured ones are, and looked at again before they are gone.

use serde_json::Value;
use uuid::Uuid;
use xcsync::sandbox::{monday, people};

use super::tenant::{SECURITY, told};
use super::{call, changes, set_up, writes};
use crate::context::{Home, Tenant, traffic_folder};

const HOME_CHANGES: [&str; 3] =
    ["sandbox-home partner-cloud", "sandbox-home partner-organization", "sandbox-home auto-redeem"];
const CHANGES: [&str; 2] = ["sandbox partner-organization", "sandbox auto-redeem"];

/// `xcsync setup tenant --cloud sandbox`.
async fn tenant(arguments: &[&str]) -> crate::context::Ended {
    call(&[&["tenant", "--cloud", "sandbox"], arguments].concat()).await
}

/// Everything that can be mended without `--allow`, each with one result.
fn all(result: &str) -> Vec<String> {
    CHANGES.iter().chain(&HOME_CHANGES).map(|change| format!("{change} {result}")).collect()
}

/// A traffic log in the folder that the contract's checker reads.
fn log() -> String {
    std::fs::create_dir_all(traffic_folder()).unwrap();
    traffic_folder().join(format!("{}.full.jsonl", Uuid::now_v7())).to_string_lossy().into_owned()
}

/// The methods of a traffic log.
fn methods(log: &str) -> Vec<String> {
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap()["method"].as_str().unwrap().to_owned();
    std::fs::read_to_string(log).unwrap().lines().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn a_plan_tells_what_both_built_in_tenants_lack_and_writes_nothing() {
    let log = log();
    let ended = tenant(&["--record", &log, "-o", "json"]).await;
    assert_eq!((ended.exit, told(&ended)), (0, all("planned")), "{ended:?}");
    let notes = ended.json()["notes"].to_string();
    assert!(notes.contains("--allow b2b-inbound") && notes.contains("--allow b2b-outbound"), "{notes}");
    assert!(notes.contains("does not tell which clouds") && notes.contains("forgets everything"), "{notes}");
    let methods = methods(&log);
    assert!(methods.len() == 6 && methods.iter().all(|method| method == "GET"), "{methods:?}");
}

#[tokio::test(start_paused = true)]
async fn changes_are_made_and_what_check_finds_then_stands_below() {
    let ended = tenant(&["--apply"]).await;
    assert_eq!(ended.exit, 0, "what is left alone is no failure of the changes: {ended:?}");
    let (made, checked) = ended.stdout.split_once("\ncheck: both sides again, after the changes\n\n").unwrap();
    assert!(made.ends_with("\nresult: applied 5, failed 0, planned 0\n"), "{made}");
    assert!(made.contains("15 to 60 minutes"), "{made}");
    assert!(
        checked.starts_with("sandbox: the tenant that invites\nfail     b2b-inbound           blocked"),
        "{checked}"
    );
    assert_eq!(checked.matches("\npass     partner-organization").count(), 2, "{checked}");
    assert_eq!(checked.matches("\npass     auto-redeem").count(), 2, "{checked}");
    assert!(checked.contains("\nskipped  partner-cloud") && checked.contains("\npass     partner-cloud"), "{checked}");
    assert!(checked.ends_with("result: not ready; fail 1, warn 2, skipped 3, pass 15\n"), "{checked}");
}

#[tokio::test(start_paused = true)]
async fn a_block_is_lifted_where_it_is_named_and_then_nothing_stands_against_a_run() {
    let log = log();
    let allow = ["--allow", "b2b-inbound", "--allow", "b2b-outbound"];
    let ended = tenant(&[&["--apply", "--record", &log][..], &allow].concat()).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    assert!(ended.stdout.contains("applied  b2b-inbound           from \"blocked\" to \"allowed\"\n"), "{ended:?}");
    assert!(ended.stdout.contains("applied  b2b-outbound          from \"restricted\" to \"allowed\"\n"), "{ended:?}");
    assert!(ended.stdout.contains("\nresult: ready, as far as could be seen; fail 0,"), "{ended:?}");
    let writes = methods(&log).into_iter().filter(|method| method != "GET").collect::<Vec<_>>();
    assert_eq!(writes, ["POST", "PATCH", "PATCH", "PATCH", "POST", "PATCH", "PATCH"]);
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_is_not_told_is_not_enabled_by_trying_either() {
    let ended = tenant(&["--apply", "--allow", "partner-cloud", "-o", "json"]).await;
    let report = ended.json();
    assert_eq!((ended.exit, told(&ended)[0].as_str()), (3, "sandbox partner-cloud failed"), "{report:#}");
    let hint = report["changes"][0]["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("Microsoft cloud settings"), "{hint}");
    assert_eq!(told(&ended)[1..], all("applied"));
}

#[tokio::test(start_paused = true)]
async fn documents_for_programs_stay_those_of_the_changes() {
    let log = log();
    let json = tenant(&["--apply", "--record", &log, "-o", "json"]).await;
    assert_eq!((&json.json()["schema"], told(&json)), (&"xcsync.setup/1".into(), all("applied")));
    let csv = tenant(&["--apply", "-o", "csv"]).await.stdout;
    let rows: Vec<_> = csv.lines().map(|row| row.matches(",applied,").count()).collect();
    assert_eq!(rows, [0, 1, 1, 1, 1, 1], "{csv}");
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(!text.contains("/users"), "nobody checks what nobody is shown");
}

#[tokio::test(start_paused = true)]
async fn one_side_of_the_sandbox_can_be_set_up_alone() {
    let ended = tenant(&["--apply", "--side", "home", "-o", "json"]).await;
    let expected = HOME_CHANGES.map(|change| format!("{change} applied"));
    assert_eq!((ended.exit, told(&ended)), (0, expected.to_vec()), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn powershell_has_no_such_cloud() {
    let permissions =
        ["permissions", "--cloud", "sandbox", "--principal", &people::IDENTITY.to_string()].map(str::to_owned);
    let permissions: Vec<_> = permissions.iter().map(String::as_str).collect();
    for command in [&["tenant", "--cloud", "sandbox"], permissions.as_slice()] {
        let ended = call(&[command, &["--powershell"]].concat()).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(ended.stderr.contains("PowerShell can't sign in to the sandbox"), "{ended:?}");
        assert!(ended.stderr.contains("nothing was changed"), "{ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_identity_that_the_help_names_lacks_what_a_run_needs_and_gets_it() {
    let help = call(&["permissions", "--help"]).await.stdout;
    let line =
        help.lines().find_map(|line| line.trim().strip_prefix("xcsync setup permissions --cloud sandbox")).unwrap();
    let line: Vec<_> = ["permissions", "--cloud", "sandbox"].into_iter().chain(line.split_whitespace()).collect();
    for (more, result) in [(&[][..], "planned"), (&["--apply"], "applied")] {
        let log = log();
        let ended = call(&[&line, more, &["--record", &log, "-o", "json"]].concat()).await;
        let expected = ["User.Invite.All", "Organization.Read.All", "RoleManagement.Read.Directory"];
        assert_eq!((ended.exit, changes(&ended)), (0, expected.map(|name| (name.into(), result.into())).to_vec()));
        let posts = methods(&log).into_iter().filter(|method| method == "POST").count();
        assert_eq!(posts, if result == "applied" { 3 } else { 0 });
    }
}

#[tokio::test(start_paused = true)]
async fn another_identity_than_the_sandboxs_is_told_which_one_there_is() {
    let stranger = Uuid::from_u128(7).to_string();
    let ended = call(&["permissions", "--cloud", "sandbox", "--principal", &stranger]).await;
    assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{ended:?}");
    assert!(ended.stderr.contains(&format!("--principal {}", people::IDENTITY)), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn the_same_tenants_kept_alive_need_nothing_the_second_time() {
    let mut home = Home::of(people::home(monday())).await;
    home.token = home.graph.token(SECURITY);
    let pair = Tenant::of(people::demo(monday())).await.permitted(SECURITY).at_home(home);
    let apply = ["tenant", "--apply", "--allow", "b2b-inbound", "-o", "json"];
    let ended = set_up(&pair, &apply).await;
    assert!(ended.exit == 0 && told(&ended).iter().all(|line| line.ends_with("applied")), "{ended:?}");
    assert_eq!(told(&ended).len(), 6);
    let sent = || writes(&pair.graph).len() + writes(&pair.home().graph).len();
    assert_eq!(sent(), 6);
    for arguments in [&["tenant", "-o", "json"][..], &apply] {
        let again = set_up(&pair, arguments).await;
        assert_eq!((again.exit, told(&again)), (0, vec![]), "{again:?}");
    }
    assert_eq!(sent(), 6);
}
