use super::*;

/// The first lines of what the webhook was told.
fn subjects(ear: &Ear) -> Vec<String> {
    let subject = |heard: ear::Heard| {
        let card = heard.json();
        let text = &card["attachments"][0]["content"]["body"][0]["inlines"][0]["text"];
        text.as_str().unwrap().trim_start_matches("xcsync emulated: ").to_owned()
    };
    ear.heard().into_iter().map(subject).collect()
}

/// The tenant lets nobody invite.
fn refusing() -> Fault {
    let body = r#"{"error":{"code":"Forbidden","message":"Guest invitations not allowed for your company."}}"#;
    Fault {
        method: "POST".to_owned(),
        path_contains: "/invitations".to_owned(),
        body_contains: String::new(),
        skip: 0,
        times: u32::MAX,
        action: Action::Answer(Canned { status: 403, body: body.into(), ..Canned::default() }),
    }
}

/// The service fails, so that nobody knows who is invited.
fn failing() -> Fault {
    let body = r#"{"error":{"code":"InternalServerError","message":"Something else"}}"#;
    let answer = Canned { status: 500, body: body.into(), ..Canned::default() };
    Fault { action: Action::Answer(answer), ..refusing() }
}

async fn hourly(tenant: &Tenant, hours: std::ops::Range<i64>, args: &[&str]) -> Vec<u8> {
    let mut exits = Vec::new();
    for hour in hours {
        at(tenant, hour);
        exits.push(run(tenant, args).await.0);
    }
    exits
}

#[tokio::test(start_paused = true)]
async fn twenty_bad_runs_are_told_once_the_next_day_once_more_and_their_end_once() {
    let ear = Ear::open().await;
    let tenant =
        telling(Tenant::with(new_people(3)).await.signing_in_by_secret().fault(refusing()), &ear, "changes", "");
    assert_eq!(hourly(&tenant, 0..20, &[]).await, [4; 20]);
    assert_eq!(subjects(&ear), ["stopped (invitations-not-allowed), 1 failed, 2 not attempted"]);
    assert_eq!(hourly(&tenant, 20..24, &[]).await, [4; 4]);
    assert_eq!(ear.heard().len(), 1);
    assert_eq!(hourly(&tenant, 24..26, &[]).await, [4; 2]);
    assert_eq!(ear.heard().len(), 2);
    tenant.graph.edit(|graph| graph.faults.clear());
    assert_eq!(hourly(&tenant, 49..52, &[]).await, [0; 3]);
    assert_eq!(subjects(&ear)[2..], ["over: tenant-refuses, 3 invited"]);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_fails_is_told_once_and_its_end_once() {
    let ear = Ear::open().await;
    let tenant = telling(Tenant::with([]).await.signing_in_by_secret(), &ear, "problems", "");
    let secret = tenant.graph.edit(|graph| graph.application.secret.clone());
    let wrong = tenant.set("auth", "").reset("auth");
    let client = wrong.graph.edit(|graph| graph.application.client_id);
    let auth = |file: &std::path::Path| {
        format!("method = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_file = {file:?}")
    };
    let file = secret_file(&wrong, "secret", "another");
    let tenant = wrong.set("auth", &auth(&file));
    assert_eq!(hourly(&tenant, 0..5, &[]).await, [4; 5]);
    assert_eq!(subjects(&ear), ["stopped (AADSTS7000215)"]);
    secret_file(&tenant, "secret", &secret);
    assert_eq!(hourly(&tenant, 5..8, &[]).await, [0; 3]);
    assert_eq!(subjects(&ear)[1..], ["over: AADSTS7000215"]);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_can_not_be_used_is_told_once_and_its_end_once() {
    let ear = Ear::open().await;
    let tenant = telling(Tenant::with([]).await.signing_in_by_secret(), &ear, "problems", "");
    std::fs::write(tenant.ledger(), "this is no ledger").unwrap();
    assert_eq!(hourly(&tenant, 0..5, &[]).await, [1; 5]);
    assert_eq!(subjects(&ear), ["stopped (not-a-ledger)"]);
    std::fs::remove_file(tenant.ledger()).unwrap();
    assert_eq!(hourly(&tenant, 5..8, &[]).await, [0; 3]);
    assert_eq!(subjects(&ear)[1..], ["over: not-a-ledger"]);
    let left: Vec<_> = std::fs::read_dir(tenant.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("-notices")), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_when_it_comes_and_is_over_when_nobody_is_left_to_be_tried_again() {
    let ear = Ear::open().await;
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret().fault(failing());
    let tenant = telling(tenant, &ear, "problems", "");
    assert_eq!(hourly(&tenant, 0..6, &[]).await, [3, 0, 0, 0, 0, 0]);
    assert_eq!(subjects(&ear), ["1 unknown"]);
    tenant.graph.edit(|graph| graph.faults.clear());
    assert_eq!(hourly(&tenant, 7..10, &[]).await, [0; 3]);
    let subjects = subjects(&ear);
    assert!(subjects.len() == 2 && subjects[1].starts_with("over: unknown"), "{subjects:?}");
}

#[tokio::test(start_paused = true)]
async fn somebody_who_is_held_is_told_of_once_and_the_next_one_too() {
    let ear = Ear::open().await;
    let held = |n: u32| Person::synced(n, &format!("p{n}+x@contoso.com"));
    let tenant = telling(Tenant::with([held(1)]).await.signing_in_by_secret(), &ear, "problems", "");
    hourly(&tenant, 0..3, &["--full"]).await;
    assert_eq!(subjects(&ear), ["1 held"]);
    tenant.graph.edit(|graph| graph.people.extend([held(2)]));
    hourly(&tenant, 3..6, &["--full"]).await;
    assert_eq!(subjects(&ear), ["1 held", "2 held"]);
    let card = ear.heard()[1].json().to_string();
    assert!(card.contains("p2+x@contoso.com") && !card.contains("p1+x@contoso.com"), "{card}");
    assert!(card.contains("Held as before (1)"), "{card}");
}

#[tokio::test(start_paused = true)]
async fn without_a_ledger_every_run_tells_and_says_so() {
    let ear = Ear::open().await;
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret().fault(refusing());
    let tenant = telling(tenant, &ear, "problems", "");
    assert_eq!(hourly(&tenant, 0..2, &["--no-state", "--full"]).await, [4, 4]);
    assert_eq!(ear.heard().len(), 2);
    assert!(ear.heard()[0].json().to_string().contains("every run tells what it finds"));
}

#[tokio::test(start_paused = true)]
async fn what_a_channel_did_not_take_is_told_again_by_the_next_run() {
    let ear = Ear::answering(&[(404, None, ""), (202, None, "")]).await;
    let tenant =
        telling(Tenant::with(new_people(1)).await.signing_in_by_secret().fault(refusing()), &ear, "changes", "");
    assert_eq!(hourly(&tenant, 0..4, &[]).await, [4; 4]);
    assert_eq!(ear.heard().len(), 2, "once in vain, once taken");
}

#[tokio::test(start_paused = true)]
async fn a_run_by_hand_for_one_person_does_not_tell_that_the_schedule_s_trouble_is_over() {
    let ear = Ear::open().await;
    let tenant = telling(Tenant::with(new_people(3)).await.signing_in_by_secret(), &ear, "problems", "");
    assert_eq!(hourly(&tenant, 0..2, &["--max-invitations", "1"]).await, [5; 2]);
    assert_eq!(hourly(&tenant, 2..3, &["--user", "p1@contoso.com"]).await, [0]);
    assert_eq!(subjects(&ear).len(), 1, "{:?}", subjects(&ear));
    assert_eq!(hourly(&tenant, 3..5, &[]).await, [0; 2]);
    assert_eq!(subjects(&ear)[1..], ["over: over-limit, 2 invited"]);
}

#[tokio::test(start_paused = true)]
async fn trouble_that_a_channel_did_not_take_is_told_with_the_next_run_although_that_one_has_none() {
    let ear = Ear::answering(&[(404, None, ""), (202, None, "")]).await;
    let tenant = Tenant::with(new_people(1)).await.signing_in_by_secret().fault(failing());
    let tenant = telling(tenant, &ear, "problems", "");
    assert_eq!(hourly(&tenant, 0..4, &[]).await, [3, 0, 0, 0]);
    assert_eq!(subjects(&ear), ["1 unknown", "untold trouble since 2026-03-02T08:00:00Z"]);
    assert!(ear.heard()[1].json().to_string().contains("xcsync history"));
}

/// Changes a ledger behind the program's back.
fn edit(ledger: &std::path::Path, sql: &str) {
    rusqlite::Connection::open(ledger).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_ledger_of_a_newer_version_is_told_once_and_its_end_once() {
    let ear = Ear::open().await;
    let tenant = telling(Tenant::with([]).await.signing_in_by_secret(), &ear, "problems", "");
    assert_eq!(hourly(&tenant, 0..1, &[]).await, [0]);
    let version: i64 = rusqlite::Connection::open(tenant.ledger())
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    edit(&tenant.ledger(), "PRAGMA user_version = 99");
    let exits = hourly(&tenant, 1..6, &[]).await;
    assert!(exits.iter().all(|exit| *exit != 0), "{exits:?}");
    assert_eq!(subjects(&ear), ["stopped (ledger-newer)"]);
    edit(&tenant.ledger(), &format!("PRAGMA user_version = {version}"));
    assert_eq!(hourly(&tenant, 6..9, &[]).await, [0; 3]);
    assert_eq!(subjects(&ear)[1..], ["over: ledger-newer"]);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_was_made_before_there_were_notifications_is_read_as_it_is_and_grows_with_the_next_run() {
    let ear = Ear::open().await;
    let tenant = telling(Tenant::with(new_people(2)).await.signing_in_by_secret(), &ear, "always", "");
    assert_eq!(hourly(&tenant, 0..1, &[]).await, [0]);
    edit(&tenant.ledger(), "DROP TABLE notices; PRAGMA user_version = 1; VACUUM");
    let old = std::fs::read(tenant.ledger()).unwrap();
    let config = tenant.config();
    for command in [&["history"][..], &["status", "--offline"], &["invite", "--dry-run"]] {
        let line = ["xcsync", "--config", config.to_str().unwrap()];
        let line = line.iter().chain(command).map(Into::into);
        let (environment, now) = (tenant.environment(), tenant.graph.now());
        let interrupts = tokio::sync::watch::channel(0).1;
        let ended = crate::context::run_line(line, &environment, now, interrupts).await;
        assert_eq!(ended.exit, 0, "{command:?}: {ended:?}");
    }
    assert!(std::fs::read(tenant.ledger()).unwrap() == old, "nothing was written");
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, report["counts"]["invited"].as_u64(), ear.heard().len()), (0, Some(0), 2));
    edit(&tenant.ledger(), "SELECT count(*) FROM notices");
}

#[tokio::test(start_paused = true)]
async fn a_file_beside_the_ledger_that_can_not_be_read_goes_and_changes_nothing() {
    let ear = Ear::open().await;
    let tenant = telling(Tenant::with(new_people(1)).await.signing_in_by_secret(), &ear, "always", "");
    assert_eq!(hourly(&tenant, 0..1, &[]).await, [0]);
    let beside = tenant.folder.path().join(format!("{}-notices", tenant.ledger().file_name().unwrap().display()));
    for content in ["", "this is no memory"] {
        std::fs::write(&beside, content).unwrap();
        assert_eq!(hourly(&tenant, 1..2, &[]).await, [0]);
        assert!(!beside.exists(), "{content}");
    }
    assert_eq!(ear.heard().len(), 3);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_may_only_be_read_is_told_once() {
    use crate::context::{by_shell, ended, mounting};
    let Some(words) = mounting() else { return };
    let ear = Ear::open().await;
    let tenant = telling(Tenant::with([]).await, &ear, "problems", "");
    assert_eq!(ended(tenant.real(&[])).await.status.code(), Some(0));
    let ledger = tenant.ledger();
    let script =
        format!("mount --bind {ledger:?} {ledger:?} && mount -o remount,ro,bind {ledger:?} || exit 99; \"$0\" \"$@\"");
    for _ in 0..3 {
        let run = ended(by_shell(&tenant.real(&[]), words, &script)).await;
        assert_eq!(run.status.code(), Some(1), "{run:?}");
    }
    assert_eq!(subjects(&ear).len(), 1, "{:?}", subjects(&ear));
    assert_eq!(ended(tenant.real(&[])).await.status.code(), Some(0));
    assert_eq!(subjects(&ear).len(), 2, "its end is told: {:?}", subjects(&ear));
}
