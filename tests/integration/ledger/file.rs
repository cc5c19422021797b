use std::path::{Path, PathBuf};

use tokio::sync::watch;
use xcsync::sandbox::{Action, Canned, Fault};
use xcsync::world::Environment;

use super::*;
use crate::context::{Ended, run_with};

/// Everything that lies beside the configuration, with its bytes.
fn folder(tenant: &Tenant) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(tenant.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}

fn holds(tenant: &Tenant, text: &str) -> bool {
    let bytes = std::fs::read(tenant.ledger()).unwrap();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Runs with these lines in place of `state`, and with these variables.
async fn run_by(tenant: &Tenant, lines: &str, env: &Environment, args: &[&str]) -> Ended {
    let path = tenant.folder.path().join("config.toml");
    std::fs::write(&path, format!("{lines}\n{}", tenant.tables("emulated"))).unwrap();
    let args: Vec<_> = args.iter().copied().chain(["-o", "json"]).collect();
    run_with(&path, &args, env, tenant.graph.now(), watch::channel(0).1).await
}

#[cfg(unix)]
mod modes {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn lock(tenant: &Tenant) -> PathBuf {
        tenant.folder.path().join(format!("xcsync.db.{}.lock", tenant.id))
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_else_may_read_the_ledger_or_its_lock() {
        let tenant = tenant([person(1, -1)]).await;
        assert_eq!(tenant.apply(&[]).await.exit, 0);
        assert_eq!((mode(&tenant.ledger()), mode(&lock(&tenant))), (0o600, 0o600));
    }

    #[tokio::test(start_paused = true)]
    async fn a_ledger_that_others_could_read_is_taken_back_by_a_run_and_left_by_a_dry_run() {
        let tenant = tenant([]).await;
        tenant.apply(&[]).await;
        std::fs::set_permissions(tenant.ledger(), std::fs::Permissions::from_mode(0o644)).unwrap();
        tenant.run(&["--dry-run"]).await;
        assert_eq!(mode(&tenant.ledger()), 0o644);
        let ended = tenant.run(&[]).await;
        assert_eq!((mode(&tenant.ledger()), ended.exit), (0o600, 0));
        assert!(ended.stderr.contains("others could read the ledger"), "{}", ended.stderr);
    }

    #[tokio::test(start_paused = true)]
    async fn the_folder_of_the_default_place_is_made_for_this_account_alone() {
        let tenant = tenant([person(1, -1)]).await;
        let home = tenant.folder.path().join("state");
        let env = tenant.environment().with("XDG_STATE_HOME", home.to_str().unwrap());
        assert_eq!(run_by(&tenant, "", &env, &["--dry-run"]).await.exit, 0);
        assert!(!home.exists(), "a dry run makes nothing");
        assert_eq!(run_by(&tenant, "", &env, &[]).await.exit, 0);
        assert_eq!((mode(&home.join("xcsync")), mode(&home.join("xcsync/xcsync.db"))), (0o700, 0o600));
    }
}

#[tokio::test(start_paused = true)]
async fn the_folder_of_a_place_that_was_named_is_never_made() {
    let tenant = tenant([person(1, -1)]).await;
    let named = tenant.folder.path().join("missing/xcsync.db");
    let lines = format!("state = {named:?}");
    let ended = run_by(&tenant, &lines, &tenant.environment(), &[]).await;
    assert_eq!((ended.exit, &ended.run()["error"]["code"]), (1, &"ledger-folder-missing".into()));
    assert!(!named.parent().unwrap().exists() && tenant.graph.traffic().is_empty());
    let dry = run_by(&tenant, &lines, &tenant.environment(), &["--dry-run"]).await;
    assert_eq!((dry.exit, &dry.run()["counts"]["invite"]), (0, &1.into()));
    assert!(dry.run()["warnings"].to_string().contains("planned as if there were none"), "{dry:?}");
}

#[tokio::test(start_paused = true)]
async fn no_second_ledger_is_begun_while_the_default_place_has_one_that_knows_the_tenant() {
    let tenant = tenant([person(1, -1)]).await;
    let env = tenant.environment().with("XDG_STATE_HOME", tenant.folder.path().join("state").to_str().unwrap());
    assert_eq!(run_by(&tenant, "", &env, &[]).await.exit, 0);
    let named = tenant.folder.path().join("second.db");
    let lines = format!("state = {named:?}");
    at(&tenant, hours(1));
    let ended = run_by(&tenant, &lines, &env, &[]).await;
    let error = &ended.run()["error"];
    assert_eq!((ended.exit, &error["code"], named.exists()), (1, &"second-ledger".into(), false));
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("state/xcsync/xcsync.db") && message.contains("second.db"), "{message}");
    // Another tenant has not been forgotten there.
    let other = second_tenant([person(1, -1)]).await;
    let path = tenant.folder.path().join("other.toml");
    std::fs::write(&path, format!("{lines}\n{}", other.tables("other"))).unwrap();
    assert_eq!(run_with(&path, &[], &env, other.graph.now(), watch::channel(0).1).await.exit, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_leaves_every_byte_as_it_is_and_makes_no_file() {
    let tenant = tenant([person(1, -3), person(2, -2), person(3, -1)]).await;
    refuse(&tenant, 2);
    tenant.graph.edit(|graph| graph.groups.insert("p3@contoso.com".to_owned()));
    tenant.apply(&[]).await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::DropBefore));
    at(&tenant, hours(7));
    cut_off(&tenant, &[], 1).await;
    change(&tenant, 1, |person| person.external_user_state = None);
    change(&tenant, 3, |person| person.mail = Some("new@contoso.com".to_owned()));
    // There is something to settle, to hold, to try again and to adopt.
    at(&tenant, hours(30));
    tenant.config();
    let before = folder(&tenant);
    for args in [vec![], vec!["--full"], vec!["--since", "90h"], vec!["--user", "p1@contoso.com"], vec!["--resume"]] {
        let args: Vec<_> = args.into_iter().chain(["--dry-run"]).collect();
        assert_eq!(tenant.run(&args).await.exit, 0, "{args:?}");
        assert!(folder(&tenant) == before, "{args:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_without_state_says_what_that_gives_up_and_neither_reads_nor_writes() {
    let tenant = tenant([person(1, -2), person(2, -1), person(3, -90)]).await;
    refuse(&tenant, 1);
    tenant.apply(&[]).await;
    mend(&tenant);
    at(&tenant, hours(1));
    tenant.config();
    let before = folder(&tenant);
    let run = tenant.apply(&["--no-state", "-v"]).await;
    assert_eq!(
        (window(&run.run), run.posted()),
        (("since".to_owned(), Some(hours(-24))), vec!["p1@contoso.com".to_owned()])
    );
    assert!(folder(&tenant) == before);
    let said = run.run["warnings"].to_string();
    for given_up in
        ["no ledger", "--since or `lookback`", "nobody is retried or reminded", "nothing is remembered", "no lock"]
    {
        assert!(said.contains(given_up), "{given_up}: {said}");
    }
    let run = tenant.apply(&["--no-state", "--since", "100h"]).await;
    assert_eq!((run.posted(), folder(&tenant) == before), (vec!["p3@contoso.com".to_owned()], true));
}

#[tokio::test(start_paused = true)]
async fn nobody_who_is_only_counted_is_kept_however_much_is_said() {
    let strangers = [
        Person::synced(1, "canary1@elsewhere.example").display_name("Canary One"),
        Person::synced(2, "canary2@elsewhere.example").display_name("Canary Two").state("Accepted", monday()),
        Person::synced(3, "canary3@elsewhere.example")
            .display_name("Canary Three")
            .state("PendingAcceptance", monday()),
        Person::synced(4, "").without_mail().display_name("Canary Four").state("Accepted", monday()),
        Person::cloud(5, "canary5@contoso.com").display_name("Canary Five"),
        Person::synced(6, "canary6@contoso.com").display_name("Canary Six").created(monday() - hours(900)),
    ];
    let tenant = tenant(strangers).await;
    for args in [[].as_slice(), &["-v"], &["--full", "-v", "--max-invitations", "1", "--dry-run"]] {
        assert_eq!(tenant.apply(args).await.posts().len(), 0);
    }
    for n in [1, 2, 3, 4] {
        assert_eq!(tenant.apply(&["--user", &id(n).to_string()]).await.exit, 0);
    }
    for text in ["Canary", "canary"] {
        assert!(!holds(&tenant, text));
    }
}

#[tokio::test(start_paused = true)]
async fn no_token_secret_or_redeem_url_is_ever_in_it() {
    let tenant = tenant((1..=6).map(|n| person(n, -10 + i64::from(n)))).await.set("limits", "stop_after_failures = 9");
    let token = tenant.token.clone();
    let echo =
        format!("Bearer {token} and https://invitations.microsoft.com/redeem/?ticket=canary and /redeem?rd=canary");
    let answer = |status| Canned::graph_error(status, "BadRequest", &echo);
    let on_post = |action, n| Fault::on("POST", "/invitations", action).about(id(n));
    let tenant = tenant
        .fault(on_post(Action::Answer(answer(400)), 2))
        .fault(on_post(Action::Answer(answer(503)), 3))
        .fault(on_post(Action::FailAfter(answer(500)), 4))
        .fault(on_post(Action::DropAfter, 5))
        .fault(on_post(Action::Answer(answer(403)), 6));
    assert_eq!(tenant.apply(&[]).await.exit, 4);
    let secret = tenant.graph.edit(|graph| graph.application.secret.clone());
    for text in ["eyJ", &token[10..40], secret.as_str(), "ticket", "canary", "redeem?"] {
        assert!(!holds(&tenant, text), "{text}");
    }
    assert!(holds(&tenant, "p2@contoso.com"), "what is looked for would be found");
}

#[tokio::test(start_paused = true)]
async fn what_the_service_said_is_kept_as_far_as_the_report_has_it() {
    let tenant = tenant([person(1, -1)]).await;
    let said = format!("Odd words. {} beyond", "x".repeat(600));
    let body = serde_json::json!({ "error": { "code": "BadRequest", "message": said, "innerError": { "detail": "inner-canary" } } });
    let answer = Canned::status(400).header("Content-Type", "application/json").body(&body.to_string());
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Answer(answer)));
    let run = tenant.apply(&[]).await;
    let message = run.outcome("p1@contoso.com")["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("Odd words.") && message.len() == 500, "{message}");
    assert!(holds(&tenant, message) && !holds(&tenant, &format!("{message}x")));
    assert!(!holds(&tenant, "beyond") && !holds(&tenant, "inner-canary"));
}

#[tokio::test(start_paused = true)]
async fn the_intent_is_on_the_disk_before_the_request_arrives_and_the_outcome_when_it_is_known() {
    let tenant = tenant([person(1, -2), person(2, -1)]).await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Slow(Duration::from_secs(30))).times(2));
    let results = || {
        let ledger = rusqlite::Connection::open(tenant.ledger()).unwrap();
        let mut statement = ledger.prepare("SELECT result FROM attempts ORDER BY intended_at").unwrap();
        let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
        rows.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let watching = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        let first = results();
        Gateway::after_posts(&tenant.graph, 2).await;
        (first, results())
    };
    let (_, (first, second)) = tokio::join!(tenant.run(&[]), watching);
    assert_eq!(first, [None]);
    assert_eq!(second, [Some("invited".to_owned()), None]);
}
