use super::*;
use crate::context::run_with;

/// Somebody who was invited at Monday's first second and is pending.
async fn pending() -> Tenant {
    let tenant = tenant([person(1, -2)]).await;
    assert_eq!(tenant.apply(&[]).await.results(), [1, 0, 0, 0, 0]);
    at(&tenant, hours(24));
    tenant
}

fn rename(tenant: &Tenant, mail: Option<&str>) {
    change(tenant, 1, |person| {
        person.mail = mail.map(str::to_owned);
        person.proxy_addresses.clear();
    });
}

fn state(tenant: &Tenant, state: Option<&str>) {
    change(tenant, 1, |person| person.external_user_state = state.map(str::to_owned));
}

/// What every kind of run says of the person, and that it sends nothing.
async fn assert_held(tenant: &Tenant, expected: &str) {
    let id = id(1).to_string();
    let asked: [&[&str]; 5] =
        [&["-v"], &["-v", "--full"], &["-v", "--since", "9000h"], &["--user", &id], &["--user", &id, "--resend"]];
    for args in asked {
        let run = tenant.apply(args).await;
        assert_eq!((reason_in(&run, 1).as_str(), run.exit, run.posts().len()), (expected, 0, 0), "{args:?}");
        assert_eq!(run.count("hold"), 1, "{args:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_was_invited_under_another_address_is_held_even_when_asked_for() {
    for mail in [Some("new@contoso.com"), Some("p1@elsewhere.example"), Some("no address"), None] {
        let tenant = pending().await;
        rename(&tenant, mail);
        assert_held(&tenant, "address-changed").await;
        at(&tenant, hours(24 * 60));
        assert_held(&tenant, "address-changed").await;
        rename(&tenant, Some("p1@contoso.com"));
        assert_eq!(reason_in_full(&tenant, 1).await, "pending-reminder-due", "{mail:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_only_spelt_otherwise_is_the_same() {
    for mail in ["P1@Contoso.COM", " p1@contoso.com. "] {
        let tenant = pending().await;
        rename(&tenant, Some(mail));
        assert_eq!(reason(&tenant, 1).await, "pending");
    }
}

#[tokio::test(start_paused = true)]
async fn it_comes_before_every_other_rule() {
    let tenant = pending().await.set("invite", "exclude = [\"person1@fabrikam.us\"]");
    change(&tenant, 1, |person| (person.account_enabled, person.on_premises_sync_enabled) = (Some(false), None));
    rename(&tenant, Some("new@contoso.com"));
    assert_eq!(reason(&tenant, 1).await, "address-changed");
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_invitation_counts_as_soon_as_it_was_seen() {
    let tenant = tenant([person(1, -2).state("PendingAcceptance", monday())]).await;
    tenant.apply(&[]).await;
    rename(&tenant, Some("new@contoso.com"));
    at(&tenant, hours(24));
    assert_held(&tenant, "address-changed").await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_that_does_not_show_counts_too_and_one_that_failed_does_not() {
    let lost = tenant([person(1, -2).lost()]).await;
    assert_eq!(lost.apply(&[]).await.results(), [0, 0, 0, 1, 0]);
    rename(&lost, Some("new@contoso.com"));
    at(&lost, hours(30));
    assert_held(&lost, "address-changed").await;
    let failed = tenant([person(1, -2)]).await;
    refuse(&failed, 1);
    assert_eq!(failed.apply(&[]).await.exit, 3);
    rename(&failed, Some("new@contoso.com"));
    at(&failed, hours(30));
    assert_eq!(failed.apply(&[]).await.posted(), ["new@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_accepted_may_change_their_address() {
    let tenant = pending().await;
    tenant.graph.accept(id(1));
    rename(&tenant, Some("new@contoso.com"));
    at(&tenant, hours(48));
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "accepted");
    state(&tenant, None);
    at(&tenant, hours(72));
    assert_held(&tenant, "reverted").await;
}

#[tokio::test(start_paused = true)]
async fn whoever_was_pending_or_accepted_and_is_null_now_is_held_even_when_asked_for() {
    for seen in ["PendingAcceptance", "Accepted"] {
        let tenant = tenant([person(1, -2).state(seen, monday())]).await;
        tenant.apply(&[]).await;
        state(&tenant, None);
        at(&tenant, hours(24));
        assert_held(&tenant, "reverted").await;
        at(&tenant, hours(24 * 60));
        assert_held(&tenant, "reverted").await;
        state(&tenant, Some("PendingAcceptance"));
        assert_eq!(reason_in_full(&tenant, 1).await, "pending", "invited once more by hand");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_this_ledger_invited_and_somebody_turned_back_is_held_at_the_next_run() {
    let tenant = pending().await;
    assert_eq!(tenant.apply(&[]).await.exit, 0);
    state(&tenant, None);
    at(&tenant, hours(30));
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((window(&run.run).0.as_str(), reason_in(&run, 1).as_str()), ("incremental", "reverted"));
    assert!(was_followed(&run, 1));
}

#[tokio::test(start_paused = true)]
async fn out_of_scope_and_excluded_come_before_reverted() {
    let tenant = pending().await.set("invite", "exclude = [\"p1@contoso.com\"]");
    state(&tenant, None);
    assert_eq!(reason(&tenant, 1).await, "excluded");
}

#[tokio::test(start_paused = true)]
async fn an_address_whose_domain_is_ours_no_more_has_not_changed() {
    let tenant = tenant([person(1, -2)]).await.set("invite", "domains = [\"contoso.com\", \"other.example\"]");
    change(&tenant, 1, |person| person.mail = Some("p1@other.example".to_owned()));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p1@other.example"]);
    let path = tenant.folder.path().join("narrowed.toml");
    let lines = tenant.state() + &tenant.tables("emulated").replace(", \"other.example\"", "");
    std::fs::write(&path, lines).unwrap();
    at(&tenant, hours(24 * 9));
    let interrupts = tokio::sync::watch::channel(0).1;
    let ended = run_with(&path, &["-v", "-o", "json"], &tenant.environment(), tenant.graph.now(), interrupts).await;
    let run = ended.run();
    assert_eq!((ended.exit, &run["counts"]["skipped_by_reason"]["other-domain"]), (0, &1.into()), "{run:#}");
    assert_eq!(tenant.posts().len(), 1);
}
