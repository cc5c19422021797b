//! The traffic log of `--record`: complete, right by Microsoft's description, and without anything that must stay secret.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use xcsync::sandbox::{Action, Canned, Fault, Person};

use crate::context::{READER, Tenant, say};

use super::{ann, assert_refused};

/// People whose every attribute can be recognized, and some whose names are awkward.
fn people() -> Vec<Person> {
    let canary = |n: u32| {
        Person::synced(n, &format!("canarymail{n}@contoso.com"))
            .display_name(&format!("Canaryname{n}"))
            .user_principal_name(&format!("canaryupn{n}@fabrikam.us"))
            .on_premises_upn(&format!("canarymail{n}@contoso.com"))
            .department("Canarydepartment")
            .company_name("Canarycompany")
            .country("Canarycountry")
            .employee_type("Canarytype")
            .job_title("Canarytitle")
    };
    vec![
        canary(1),
        canary(2).display_name("山田 太郎 Canary"),
        canary(3).display_name("Canary @ Canaryhome, Canarystreet"),
        canary(4).display_name("ééé@Canary").user_principal_name("canary.o'brien@fabrikam.us"),
        canary(5).provisioning_error("ProxyAddresses", "SMTP:canaryother@contoso.com"),
        canary(6).provisioning_error("UserPrincipalName", "canary.conflict"),
    ]
}

/// Runs with `--record` and gives the log.
async fn recorded(tenant: &Tenant, args: &[&str]) -> (PathBuf, String) {
    let path = tenant.folder.path().join("traffic.jsonl");
    let args: Vec<_> = ["--record", path.to_str().unwrap()].iter().chain(args).copied().collect();
    let ended = tenant.run_once(&args, tokio::sync::watch::channel(0).1).await;
    assert!([0, 3].contains(&ended.exit), "{ended:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

/// The whole of what a run can read, in pages of one.
async fn tenant() -> Tenant {
    let tenant = Tenant::with(people()).await;
    tenant.graph.edit(|tenant| tenant.page_size = Some(1));
    let attributes = "companyName = [\"canarycompany\"]\ncountry = [\"canarycountry\"]\ndepartment = [\"canarydepartment\"]\n\
         employeeType = [\"canarytype\"]\njobTitle = [\"canarytitle\"]\nonPremisesDomainName = [\"corp.contoso.com\"]";
    tenant.set("invite.where", attributes)
}

#[tokio::test(start_paused = true)]
async fn every_exchange_is_a_line_of_json_in_order() {
    let tenant = tenant().await;
    let (_, log) = recorded(&tenant, &["-q"]).await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let traffic = tenant.graph.traffic();
    let seen = |id: &Value| id["client-request-id"].clone();
    let ours: Vec<_> = lines.iter().map(|line| (line["method"].clone(), seen(&line["request_headers"]))).collect();
    let theirs: Vec<_> =
        traffic.iter().map(|x| (json!(x.method), json!(x.request_headers["client-request-id"]))).collect();
    assert_eq!(ours, theirs);
    assert!(lines.iter().any(|line| line["status"] == 201));
}

#[track_caller]
fn assert_secretive(tenant: &Tenant, log: &str) {
    let lower = log.to_lowercase();
    for word in ["canary", "ticket%3d", "/redeem?rd=", "eyj", "o'brien", "山田"] {
        let at = lower.find(word).map(|at| &lower[lower[..at].len().saturating_sub(120)..at + word.len()]);
        assert_eq!(at, None, "{word}");
    }
    assert!(!log.contains(&tenant.token));
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_or_personal_is_recorded() {
    let tenant = tenant().await;
    let (_, log) = recorded(&tenant, &[]).await;
    assert_secretive(&tenant, &log);
    assert!(log.contains("@contoso.com"), "the domain stays, which tells why somebody was chosen");
}

#[tokio::test(start_paused = true)]
async fn nothing_of_people_asked_for_by_name_is_recorded() {
    let tenant = tenant().await;
    let names = ["canarymail1@contoso.com", "canary.o'brien@fabrikam.us", "canaryupn2@fabrikam.us"];
    let args: Vec<_> = names.iter().flat_map(|name| ["--user", name]).collect();
    let (_, log) = recorded(&tenant, &args).await;
    assert_secretive(&tenant, &log);
    let path = tenant.folder.path().join("nobody.jsonl");
    let ended = tenant.run(&["--record", path.to_str().unwrap(), "--user", "Canary Nobody"]).await;
    assert_eq!(ended.exit, 2);
    assert_secretive(&tenant, &std::fs::read_to_string(path).unwrap());
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_in_errors_and_links_is_recorded() {
    let link = "http://127.0.0.1/v1.0/users?$filter=mail%20eq%20'canarymail1%40contoso.com'&$skiptoken=CanaryToken";
    let error = json!({ "error": { "code": "BadRequest", "message":
        "canarymail1@contoso.com: see <https://login.example/redeem?ticket=canaryticket&user=canarymail1%40contoso.com>." } });
    let page = json!({ "value": [], "@odata.nextLink": link });
    let otherwise = link.replace("$filter", "$Filter").replace("$skiptoken", "$skipToken");
    let other = json!({ "value": [], "@odata.nextLink": otherwise });
    let error = Canned::status(400).body(&error.to_string());
    for answer in [error, super::ok(&page), super::ok(&other), Canned::html(200)] {
        let tenant = tenant().await;
        tenant.graph.edit(|tenant| tenant.faults.push(Fault::on("GET", "$top=999", Action::Answer(answer)).always()));
        let path = tenant.folder.path().join("traffic.jsonl");
        assert_eq!(tenant.run(&["--record", path.to_str().unwrap()]).await.exit, 4);
        assert_secretive(&tenant, &std::fs::read_to_string(path).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn one_person_has_one_pseudonym_throughout_a_log_and_another_in_the_next() {
    let tenant = Tenant::with([ann()]).await;
    let mut addresses = BTreeSet::new();
    for _ in 0..2 {
        let (_, log) = recorded(&tenant, &["--dry-run"]).await;
        let words = log.split(['"', '\'', ':', ' ', '%']).filter(|word| word.ends_with("@contoso.com"));
        let in_this: BTreeSet<_> = words.map(|word| word.rsplit("27").next().unwrap().to_owned()).collect();
        assert_eq!(in_this.len(), 1, "{in_this:?}");
        addresses.extend(in_this);
    }
    assert_eq!(addresses.len(), 2);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_log_is_for_its_owners_eyes_also_where_an_old_one_was_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let tenant = Tenant::with([ann()]).await;
    for _ in 0..2 {
        let (path, log) = recorded(&tenant, &["--dry-run"]).await;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!log.contains("an old log"));
        std::fs::write(&path, "{\"method\":\"an old log\"}").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_written_stops_the_run_before_its_first_request() {
    let tenant = Tenant::with([ann()]).await;
    let folder = tenant.folder.path();
    for path in [folder.join("no/such/folder.jsonl"), folder.to_owned()] {
        let ended = tenant.run(&["-o", "json", "--record", path.to_str().unwrap()]).await;
        assert_refused(&tenant, &ended, 2, "usage");
        assert!(tenant.graph.traffic().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_no_log_is_left_as_it_is() {
    let tenant = Tenant::with([ann()]).await;
    let config = tenant.config();
    let report = tenant.folder.path().join("report.json");
    std::fs::write(&report, "{\"schema\":\"xcsync.invite/1\"}").unwrap();
    for file in [config, report] {
        let before = std::fs::read_to_string(&file).unwrap();
        let ended = tenant.run(&["-o", "json", "--record", file.to_str().unwrap()]).await;
        assert_refused(&tenant, &ended, 2, "usage");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    }
    assert!(tenant.graph.traffic().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_to_nothing_leaves_an_old_log_alone() {
    let tenant = Tenant::with([ann()]).await;
    let (path, log) = recorded(&tenant, &["--dry-run"]).await;
    for args in [["--tenant", "nobody"], ["--cloud", "usgov"]] {
        let args: Vec<_> = args.into_iter().chain(["--record", path.to_str().unwrap()]).collect();
        assert_eq!(tenant.run(&args).await.exit, 2);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), log);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_disk_that_is_full_is_a_warning_and_the_run_goes_on() {
    let tenant = Tenant::with([ann()]).await;
    let ended = tenant.run(&["--record", "/dev/full"]).await;
    assert_eq!((ended.exit, tenant.mailed().len()), (0, 1), "{ended:?}");
    assert!(ended.stderr.contains("traffic log"), "{}", ended.stderr);
}

/// Microsoft's own description of what may be sent, where it lies beside this repository.
fn contract() -> Option<PathBuf> {
    let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/contract/check_traffic.py");
    let python = Command::new("python3").args(["-c", "import jsonschema"]).output();
    if !checker.exists() || !python.is_ok_and(|output| output.status.success()) {
        say(&format!("skipped: {} or python3 with jsonschema is not there", checker.display()));
        return None;
    }
    Some(checker)
}

#[tokio::test(start_paused = true)]
async fn a_log_satisfies_microsofts_own_description() {
    let Some(checker) = contract() else { return };
    for args in [&[][..], &["--full"], &["--dry-run"], &["--user", "canarymail1@contoso.com", "--dry-run"]] {
        let tenant = tenant().await;
        let tenant = if args.contains(&"--dry-run") { tenant.permitted(READER) } else { tenant };
        let (path, log) = recorded(&tenant, args).await;
        let verdict = Command::new("python3").arg(&checker).arg(&path).output().unwrap();
        let told = String::from_utf8_lossy(&verdict.stdout);
        assert!(verdict.status.success(), "{args:?}: {told}\n{log:.4000}");
    }
}
