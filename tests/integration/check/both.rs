//! The whole: a pair that lacks nothing, one that cannot be looked at, and what looking leaves behind.

use super::{AT_HOME, INVITER, amiss, assert_amiss, check, found, of, ready, row};
use crate::context::{Tenant, run_line};
use tokio::sync::watch;

const ROWS: [&str; 21] = [
    "tenant credential",
    "tenant cloud",
    "tenant clock",
    "tenant permissions",
    "tenant invitations-allowed",
    "tenant domains",
    "tenant partner-cloud",
    "tenant partner-organization",
    "tenant b2b-inbound",
    "tenant auto-redeem",
    "tenant directory-sync",
    "tenant ledger",
    "home credential",
    "home cloud",
    "home clock",
    "home permissions",
    "home partner-cloud",
    "home partner-organization",
    "home b2b-outbound",
    "home auto-redeem",
    "home cross-cloud-worker",
];

#[tokio::test(start_paused = true)]
async fn a_pair_that_lacks_nothing_passes_every_check_of_both_sides() {
    let pair = ready().await;
    let found = found(&pair).await;
    assert_eq!(found.iter().map(|one| one.row.as_str()).collect::<Vec<_>>(), ROWS);
    assert_eq!(amiss(&found), [""; 0], "{found:#?}");
    let credential = &row(&found, "tenant credential").detail;
    let application = pair.graph.edit(|tenant| tenant.application.clone());
    for part in ["access-token", &application.client_id.to_string(), &application.object_id.to_string()] {
        assert!(credential.contains(part), "{credential}");
    }
}

#[tokio::test(start_paused = true)]
async fn looking_writes_nothing_to_either_tenant_and_nothing_to_the_disk() {
    let pair = ready().await;
    let log = pair.folder.path().join("traffic.jsonl");
    check(&pair, &["--record", log.to_str().unwrap()]).await;
    let recorded = std::fs::read_to_string(&log).unwrap();
    assert!(recorded.lines().count() > 10, "{recorded}");
    assert!(recorded.lines().all(|line| line.contains("\"method\":\"GET\"")), "{recorded}");
    for graph in [&pair.graph, &pair.home().graph] {
        let methods: Vec<_> = graph.traffic().into_iter().map(|exchange| exchange.method).collect();
        assert!(methods.len() > 6 && methods.iter().all(|method| method == "GET"), "{methods:?}");
    }
    let mut files: Vec<_> =
        std::fs::read_dir(pair.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["config.toml", "traffic.jsonl"]);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_skips_its_checks_and_is_named() {
    let policies = ["invitations-allowed", "partner-cloud", "partner-organization", "b2b-inbound", "auto-redeem"];
    let policies = policies.map(|check| format!("tenant {check} skipped")).to_vec();
    let tests = [
        ("Policy.Read.All", policies),
        ("User.Read.All", vec!["tenant permissions fail".to_owned(), "tenant directory-sync skipped".to_owned()]),
        ("User.Invite.All", vec!["tenant permissions fail".to_owned()]),
        ("RoleManagement.Read.Directory", vec!["tenant permissions warn".to_owned()]),
        // The public document answers in its place.
        ("Organization.Read.All", vec![]),
        ("Application.Read.All", vec![]),
    ];
    for (missing, expected) in tests {
        let held: Vec<_> = INVITER.iter().copied().filter(|role| *role != missing).collect();
        let pair = ready().await.permitted(&held);
        let found = found(&pair).await;
        assert_eq!(amiss(&found), expected, "without {missing}: {found:#?}");
        for one in found.iter().filter(|one| one.status == "skipped") {
            assert!(one.remedy.as_ref().is_some_and(|remedy| remedy.contains(missing)), "{one:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn so_it_does_at_home() {
    let policies = ["partner-cloud", "partner-organization", "b2b-outbound", "auto-redeem"];
    let policies = policies.map(|check| format!("home {check} skipped")).to_vec();
    let tests = [
        ("Policy.Read.All", policies),
        ("User.Read.All", vec!["home permissions fail".to_owned()]),
        ("Organization.Read.All", vec![]),
        ("Application.Read.All", vec!["home cross-cloud-worker skipped".to_owned()]),
    ];
    for (missing, expected) in tests {
        let held: Vec<_> = AT_HOME.iter().copied().filter(|role| *role != missing).collect();
        let mut pair = ready().await;
        pair.home.as_mut().unwrap().token = pair.home().graph.token(&held);
        let found = found(&pair).await;
        assert_eq!(amiss(&found), expected, "without {missing}: {found:#?}");
        for one in found.iter().filter(|one| one.status == "skipped") {
            assert!(one.remedy.as_ref().is_some_and(|remedy| remedy.contains(missing)), "{one:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_without_any_permission_sees_what_needs_none() {
    let mut pair = ready().await.permitted(&[]);
    pair.home.as_mut().unwrap().token = pair.home().graph.token(&[]);
    let found = found(&pair).await;
    let passed: Vec<_> = found.iter().filter(|one| one.status == "pass").map(|one| one.row.as_str()).collect();
    let expected = [
        "tenant credential",
        "tenant cloud",
        "tenant clock",
        "tenant domains",
        "tenant ledger",
        "home credential",
        "home cloud",
        "home clock",
    ];
    assert_eq!(passed, expected, "{found:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_home_without_auth_is_not_asked_and_what_to_run_there_is_said() {
    let mut pair = ready().await;
    pair.home.as_mut().unwrap().auth = None;
    let found = found(&pair).await;
    let at_home: Vec<_> = found.iter().filter(|one| one.row.starts_with("home ")).collect();
    assert!(at_home.len() == 9 && at_home.iter().all(|one| one.status == "skipped"), "{at_home:#?}");
    let setup = "xcsync setup tenant --tenant emulated --side home --powershell";
    assert!(
        row(&found, "home b2b-outbound").remedy.as_ref().is_some_and(|remedy| remedy.contains(setup)),
        "{found:#?}"
    );
    // An authority of one's own tells its cloud's name in a document that is not asked for either.
    assert_eq!(amiss(&found)[0], "tenant partner-cloud skipped");
    assert!(amiss(&found)[1..].iter().all(|one| one.starts_with("home ")), "{found:#?}");
    assert!(pair.home().graph.traffic().is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_a_configured_home_the_settings_between_the_two_are_skipped() {
    let alone = Tenant::with([xcsync::sandbox::Person::synced(1, "ann@contoso.com")]).await.permitted(INVITER);
    let found = found(&alone).await;
    let skipped = ["partner-cloud", "partner-organization", "b2b-inbound", "auto-redeem"];
    assert_amiss(&found, &skipped.map(|one| format!("tenant {one} skipped")).each_ref().map(String::as_str), "home");
    assert_eq!(found.len(), 12);
}

#[tokio::test(start_paused = true)]
async fn two_tenants_that_are_each_others_home_are_both_looked_at_as_both() {
    let [one, other] = [ready().await, {
        let tenant = xcsync::sandbox::Tenant {
            id: uuid::Uuid::from_u128(0x5a4d_b000_7e4a_4000_8000_0000_0000_0003),
            verified_domains: vec!["contoso.com".to_owned()],
            ..xcsync::sandbox::Tenant::default()
        };
        Tenant::of(tenant).await.permitted(INVITER)
    }];
    let mut one = one;
    one.home = None;
    let one =
        one.reset("invite").set("invite", "home = \"com\"").set("auth", "method = \"access-token\"\ntoken_env = \"A\"");
    let other = other.set("invite", "domains = [\"fabrikam.us\"]\nhome = \"gov\"");
    let other = other.set("auth", "method = \"access-token\"\ntoken_env = \"B\"");
    let path = one.folder.path().join("both.toml");
    std::fs::write(&path, one.state() + &one.tables("gov") + &other.tables("com")).unwrap();
    let env = one.environment().with("A", &one.token).with("B", &other.token);
    let line = ["xcsync".into(), "--config".into(), path.into_os_string(), "check".into(), "-o".into(), "json".into()];
    let ended = run_line(line, &env, one.graph.now(), watch::channel(0).1).await;
    let checks = ended.json()["checks"].as_array().unwrap().clone();
    let sides: std::collections::BTreeSet<_> =
        checks.iter().map(|check| (check["tenant"].to_string(), check["side"].to_string())).collect();
    assert_eq!((sides.len(), checks.len()), (4, 42), "{checks:#?}");
    // Their permission to invite is what each of them is configured for.
    let found = of(&ended);
    assert!(found.iter().filter(|one| one.row.ends_with(" permissions")).all(|one| one.status == "pass"), "{found:#?}");
}
