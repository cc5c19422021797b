//! Slow, broken and hostile servers: an answer within 10 s, and the other side untouched by it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use xcsync::sandbox::{Action, Canned, Fault, IdentityFailure};

use crate::context::run_line;

use super::{Found, amiss, check, found, of, ready, row};

const SLOW: Duration = Duration::from_secs(60);
const AT_MOST: Duration = Duration::from_secs(10);

/// The home side is what it is; an authority of one's own alone tells the other side's cloud.
#[track_caller]
fn assert_home_is_well(found: &[Found]) {
    let home = found.iter().filter(|one| one.row.starts_with("home ") && one.row != "home partner-cloud");
    assert!(home.clone().count() == 8 && home.clone().all(|one| one.status == "pass"), "{found:#?}");
}

#[tokio::test(start_paused = true)]
async fn whatever_is_slow_the_answer_comes_within_10_seconds() {
    let paths = [
        "/organization",
        "/policies/authorizationPolicy",
        "/policies/crossTenantAccessPolicy",
        "/users",
        "/servicePrincipals",
        "/appRoleAssignments",
        "openid-configuration",
        "/",
    ];
    for path in paths {
        let pair = ready().await;
        for graph in [&pair.graph, &pair.home().graph] {
            graph.edit(|tenant| tenant.faults.push(Fault::on("GET", path, Action::Slow(SLOW)).always()));
        }
        let start = Instant::now();
        let found = found(&pair).await;
        assert!(start.elapsed() < AT_MOST, "{path}: {:?}", start.elapsed());
        assert_eq!(found.len(), 21, "{path}: {found:#?}");
        // What was granted matters where a permission is missing, and nothing is here.
        assert_eq!(amiss(&found).is_empty(), path == "/appRoleAssignments", "{path}: {found:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn several_tenants_take_no_longer_than_one() {
    let slow = || async {
        let pair = ready().await;
        let fault = Fault::on("GET", "/policies/", Action::Slow(SLOW)).always();
        pair.graph.edit(|tenant| tenant.faults.push(fault));
        pair
    };
    let (one, mut other) = (slow().await, slow().await);
    other.id = uuid::Uuid::from_u128(0x5a4d_b000_7e4a_4000_8000_0000_0000_0003);
    other.graph.edit(|tenant| tenant.id = other.id);
    let token = other.graph.token(super::INVITER);
    let env = one.environment().with("OTHER", &token);
    let other = other.set("auth", "method = \"access-token\"\ntoken_env = \"OTHER\"");
    let path = one.folder.path().join("several.toml");
    let names = ["one", "two"].map(|name| if name == "one" { one.tables(name) } else { other.tables(name) });
    std::fs::write(&path, one.state() + &names.concat() + &one.home().tables()).unwrap();
    let line = ["xcsync".into(), "--config".into(), path.into_os_string(), "check".into(), "-o".into(), "json".into()];
    let start = Instant::now();
    let ended = run_line(line, &env, one.graph.now(), watch::channel(0).1).await;
    assert!(start.elapsed() < AT_MOST, "{:?}", start.elapsed());
    assert_eq!(of(&ended).len(), 42, "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_signal_ends_it_at_once_and_nothing_is_said_of_either_side() {
    let pair = ready().await;
    pair.graph.edit(|tenant| tenant.faults.push(Fault::on("GET", "/", Action::Slow(SLOW)).always()));
    let (signal, interrupts) = watch::channel(0);
    let line = ["xcsync".into(), "--config".into(), pair.config().into_os_string(), "check".into()];
    let env = pair.environment();
    let start = Instant::now();
    let call = run_line(line, &env, pair.graph.now(), interrupts);
    let (ended, ()) = tokio::join!(call, async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        signal.send(1).unwrap();
    });
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(ended.exit == 130 && ended.stdout.is_empty(), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn one_slow_answer_leaves_the_other_checks_what_they_are() {
    let pair = ready().await;
    let fault = Fault::on("GET", "/policies/authorizationPolicy", Action::Slow(SLOW)).always();
    pair.graph.edit(|tenant| tenant.faults.push(fault));
    let found = found(&pair).await;
    assert_eq!(amiss(&found), ["tenant invitations-allowed fail"], "{found:#?}");
    assert!(row(&found, "tenant invitations-allowed").detail.contains("no answer within"), "{found:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_does_not_come_ends_its_side_alone() {
    let pair = ready().await.set("auth", "method = \"client-secret\"\nclient_secret_env = \"SANDBOX_SECRET\"");
    let client = pair.graph.edit(|tenant| {
        tenant.identity.failure = Some(IdentityFailure::Slow(SLOW));
        tenant.application.client_id
    });
    let pair = pair.set("auth", &format!("client_id = \"{client}\""));
    let start = Instant::now();
    let found = found(&pair).await;
    assert!(start.elapsed() < AT_MOST, "{:?}", start.elapsed());
    assert_eq!(row(&found, "tenant credential").status, "fail", "{found:#?}");
    let rest = found.iter().filter(|one| one.row.starts_with("tenant ") && !one.row.ends_with("credential"));
    assert!(rest.clone().all(|one| one.status == "skipped" || one.row == "tenant ledger"), "{found:#?}");
    assert_home_is_well(&found);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_answer_is_waited_for_and_a_long_wait_is_not() {
    for (after, expected) in [("1", vec![]), ("60", vec!["tenant invitations-allowed fail"])] {
        let pair = ready().await;
        let throttled = Canned::graph_error(429, "TooManyRequests", "").header("Retry-After", after);
        let fault = Fault::on("GET", "/policies/authorizationPolicy", Action::Answer(throttled));
        pair.graph.edit(|tenant| tenant.faults.push(fault));
        let start = Instant::now();
        let found = found(&pair).await;
        assert!(start.elapsed() < AT_MOST, "{:?}", start.elapsed());
        assert_eq!(amiss(&found), expected, "{found:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_no_graph_fail_their_checks_and_crash_nothing() {
    let broken = |action: Action| {
        ["/organization", "/policies/", "/users", "/servicePrincipals", "openid-configuration"]
            .map(|path| Fault::on("GET", path, action.clone()).always())
    };
    let actions = [
        Action::Answer(Canned::html(200)),
        Action::Answer(Canned::html(502)),
        Action::Answer(Canned::status(200).header("Content-Type", "application/json").body("{\"value\":[{\"id\":7}]}")),
        Action::Answer(Canned::graph_error(400, "Request_BadRequest", "\u{1b}[31mred\u{7}")),
        Action::Endless,
        Action::Cut(20),
        Action::DropBefore,
    ];
    for action in actions {
        let pair = ready().await;
        pair.graph.edit(|tenant| tenant.faults.extend(broken(action.clone())));
        let ended = check(&pair, &["-o", "json"]).await;
        let found = of(&ended);
        assert_eq!(ended.exit, 8, "{action:?}: {found:#?}");
        assert_home_is_well(&found);
        let text = check(&pair, &[]).await.stdout;
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text}");
    }
}
