use super::*;

/// A tenant in which a group has the person's address, as a run found out a day ago.
async fn refused() -> Tenant {
    let tenant = tenant([person(1, -1).proxy("smtp:other@contoso.com")]).await;
    tenant.graph.edit(|graph| graph.groups.insert("p1@contoso.com".to_owned()));
    assert_eq!(tenant.apply(&[]).await.results(), [0, 1, 0, 0, 0]);
    at(&tenant, hours(25));
    tenant
}

#[tokio::test(start_paused = true)]
async fn whoever_is_refused_is_held_however_long_and_not_read_by_id() {
    let tenant = refused().await;
    for day in [2, 30, 300] {
        at(&tenant, hours(24 * day));
        let run = tenant.apply(&["-v"]).await;
        let held = (run.exit, run.posts().len(), reason_in(&run, 1), was_followed(&run, 1));
        assert_eq!(held, (0, 0, "refused".to_owned(), false));
    }
}

#[tokio::test(start_paused = true)]
async fn another_mail_upn_or_proxy_address_ends_it_and_another_name_does_not() {
    type Change = fn(&mut Person);
    let changes: [(Change, &str); 6] = [
        (|person| person.mail = Some("new@contoso.com".to_owned()), "retry-due"),
        (|person| person.user_principal_name = "new@fabrikam.us".to_owned(), "retry-due"),
        (|person| person.proxy_addresses.push("smtp:new@contoso.com".to_owned()), "retry-due"),
        (|person| person.proxy_addresses.clear(), "retry-due"),
        (|person| person.proxy_addresses.reverse(), "refused"),
        (|person| person.display_name = Some("New".to_owned()), "refused"),
    ];
    for (place, (changed, expected)) in changes.into_iter().enumerate() {
        let tenant = refused().await;
        change(&tenant, 1, changed);
        let run = tenant.apply(&["-v"]).await;
        assert_eq!(reason_in(&run, 1), expected, "{place}");
        assert_eq!(run.posts().len(), usize::from(expected == "retry-due"), "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn asking_for_the_person_tries_again_and_holds_them_again_where_it_fails() {
    let tenant = refused().await;
    let run = tenant.apply(&["--user", "p1@contoso.com"]).await;
    assert_eq!((run.count("retry"), run.results()), (1, [0, 1, 0, 0, 0]));
    at(&tenant, hours(50));
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "refused");
    mend(&tenant);
    assert_eq!(tenant.apply(&["--user", "p1@contoso.com"]).await.results(), [1, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn an_invitation_by_hand_ends_it_for_good() {
    let tenant = refused().await;
    change(&tenant, 1, |person| person.external_user_state = Some("PendingAcceptance".to_owned()));
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "pending");
    change(&tenant, 1, |person| person.external_user_state = None);
    at(&tenant, hours(50));
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "reverted");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_disabled_in_between_is_tried_again_once_it_is_enabled() {
    let tenant = refused().await;
    change(&tenant, 1, |person| person.account_enabled = Some(false));
    at(&tenant, hours(50));
    let run = tenant.apply(&["-v"]).await;
    assert_eq!((reason_in(&run, 1), run.posts().len()), ("account-disabled".to_owned(), 0));
    mend(&tenant);
    change(&tenant, 1, |person| person.account_enabled = Some(true));
    at(&tenant, hours(51));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.count("retry"), run.results()), (1, [1, 0, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_that_sees_a_change_first_takes_nothing_away_from_the_run() {
    let tenant = refused().await;
    change(&tenant, 1, |person| person.proxy_addresses.clear());
    for args in [vec!["--dry-run", "-v"], vec!["-v"]] {
        assert_eq!(reason_in(&tenant.apply(&args).await, 1), "retry-due");
    }
    at(&tenant, hours(51));
    assert_eq!(reason_in_full(&tenant, 1).await, "refused", "as they are now");
}
