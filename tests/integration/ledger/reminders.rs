use xcsync::sandbox::{Action, Canned, Fault};

use super::*;

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}

/// A tenant of these people, invited at Monday's first second.
async fn invited(people: u32, settings: &str) -> Tenant {
    let tenant = tenant((1..=people).map(|n| person(n, -2))).await.set("invite", settings);
    let tenant = tenant.set("limits", "rate_per_second = 60");
    assert_eq!(tenant.apply(&[]).await.count("invited"), u64::from(people));
    tenant
}

/// Runs daily for so many days, each a little later by the clock than the last; the days at which mail went out.
async fn days_with_mail(tenant: &Tenant, until: i64) -> Vec<i64> {
    let today = (tenant.graph.now() - monday()).num_days();
    for day in today + 1..until {
        at(tenant, days(day) + seconds(60 * day));
        assert_eq!(tenant.run(&["-o", "json"]).await.exit, 0);
    }
    tenant.graph.edit(|graph| graph.mails.iter().map(|mail| (mail.at - monday()).num_days()).collect())
}

#[tokio::test(start_paused = true)]
async fn whoever_is_pending_is_reminded_after_7_days_twice_and_then_left_alone() {
    let tenant = invited(1, "").await;
    assert_eq!(days_with_mail(&tenant, 30).await, [0, 7, 14]);
    assert_eq!(reason_in_full(&tenant, 1).await, "reminders-used-up");
}

#[tokio::test(start_paused = true)]
async fn a_reminder_is_due_to_the_second_since_the_last_invitation_or_reminder() {
    let tenant = invited(1, "remind_after = \"36h\"").await;
    for (before, due) in [(36, 36), (72, 72)] {
        at(&tenant, hours(before) - seconds(1));
        assert_eq!(reason(&tenant, 1).await, "pending");
        at(&tenant, hours(due) + seconds(1));
        let run = tenant.apply(&["-v"]).await;
        assert_eq!((reason_in(&run, 1), run.results()), ("pending-reminder-due".to_owned(), [1, 0, 0, 0, 0]));
    }
}

#[tokio::test(start_paused = true)]
async fn max_reminders_is_how_many() {
    for (max, mails) in [(0, vec![0]), (1, vec![0, 7]), (4, vec![0, 7, 14, 21, 28])] {
        let tenant = invited(1, &format!("max_reminders = {max}")).await;
        assert_eq!(days_with_mail(&tenant, 37).await, mails);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_reminded_without_mail_or_where_it_is_turned_off() {
    for settings in ["send_message = false", "remind_after = \"never\""] {
        let tenant = invited(1, settings).await;
        assert_eq!(
            (days_with_mail(&tenant, 10).await.len(), tenant.posts().len()),
            (usize::from(settings.starts_with('r')), 1)
        );
        assert_eq!(reason_in_full(&tenant, 1).await, "pending");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_was_invited_by_somebody_else_is_not_reminded() {
    let tenant = tenant([person(1, -2).state("PendingAcceptance", monday())]).await;
    assert_eq!(reason_in(&tenant.apply(&["-v"]).await, 1), "pending");
    assert_eq!(days_with_mail(&tenant, 10).await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_accepted_is_not_reminded() {
    let tenant = invited(2, "").await;
    at(&tenant, days(6));
    tenant.graph.accept(id(1));
    at(&tenant, days(7) + seconds(1));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p2@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn a_reminder_that_failed_or_is_in_doubt_counts_as_used() {
    let refusal = Canned::graph_error(400, "BadRequest", "Group email address is not supported");
    for (action, results) in [
        (Action::DropBefore, [0, 0, 1, 0, 0]),
        (Action::DropAfter, [0, 0, 1, 0, 0]),
        (Action::Answer(refusal), [0, 1, 0, 0, 0]),
    ] {
        let tenant = invited(1, "").await.fault(Fault::on("POST", "/invitations", action));
        at(&tenant, days(7) + seconds(1));
        assert_eq!(tenant.apply(&[]).await.results(), results);
        at(&tenant, days(14));
        assert_eq!(tenant.apply(&[]).await.posts().len(), 0, "7 days after that one");
        at(&tenant, days(14) + seconds(2));
        assert_eq!(tenant.apply(&[]).await.posts().len(), 1);
        at(&tenant, days(30));
        assert_eq!(tenant.apply(&[]).await.posts().len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reminder_that_was_cut_off_counts_as_used_at_once() {
    let tenant = invited(1, "max_reminders = 1").await;
    let tenant = tenant.fault(Fault::on("POST", "/invitations", Action::Slow(STUCK)));
    at(&tenant, days(7) + seconds(1));
    cut_off(&tenant, &[], 1).await;
    for day in [7, 8, 30] {
        at(&tenant, days(day) + seconds(60));
        let run = tenant.apply(&["-v"]).await;
        assert_eq!((run.posts().len(), reason_in(&run, 1)), (0, "reminders-used-up".to_owned()));
    }
    assert_eq!(tenant.mailed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn resend_reminds_at_once_and_counts() {
    let tenant = invited(1, "").await;
    at(&tenant, days(1));
    let run = tenant.apply(&["--user", "p1@contoso.com", "--resend"]).await;
    assert_eq!((run.count("remind"), run.results()), (1, [1, 0, 0, 0, 0]));
    assert_eq!(days_with_mail(&tenant, 20).await, [0, 1, 8]);
    assert_eq!(tenant.apply(&["--user", "p1@contoso.com", "--resend"]).await.posts().len(), 1, "whatever was used");
}

#[tokio::test(start_paused = true)]
async fn resend_mails_nobody_who_has_accepted() {
    let tenant = invited(1, "").await;
    tenant.graph.accept(id(1));
    let run = tenant.apply(&["--user", "p1@contoso.com", "--resend"]).await;
    assert_eq!((run.exit, run.posts().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn reminders_fill_what_the_limit_leaves_and_the_others_wait() {
    let tenant = invited(4, "").await.set("limits", "max_invitations = 5");
    add(&tenant, (5..=7).map(|n| person(n, 7 * 24 - 1)));
    at(&tenant, days(7) + seconds(1));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.count("invite"), run.count("remind")), (0, 3, 4));
    assert_eq!(run.posted(), ["p5", "p6", "p7", "p1", "p2"].map(|name| format!("{name}@contoso.com")));
    assert!(run.run["warnings"].to_string().contains("2 reminders wait"), "{:#}", run.run["warnings"]);
    assert_eq!(next_window(&tenant).await, incremental(days(7) + seconds(1) - hours(1)), "waiting holds nothing up");
    at(&tenant, days(7) + hours(6));
    assert_eq!(tenant.apply(&[]).await.posted(), ["p3", "p4"].map(|name| format!("{name}@contoso.com")));
}

#[tokio::test(start_paused = true)]
async fn a_plan_over_the_limit_is_not_made_smaller_by_leaving_reminders_out() {
    let tenant = invited(2, "").await.set("limits", "max_invitations = 2");
    add(&tenant, (5..=7).map(|n| person(n, 7 * 24 - 1)));
    at(&tenant, days(7) + seconds(1));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.posts().len()), (5, 0));
}
