use xcsync::sandbox::{Action, AllowInvitesFrom, Fault};

use super::*;

/// Lets it be that long after Monday, on a machine whose own clock is off.
fn at_off(tenant: &mut Tenant, time: TimeDelta, off: i64) {
    at(tenant, time);
    tenant.local_time = Some(tenant.graph.now() + hours(off));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_hours_off_is_a_warning_in_every_run() {
    let mut tenant = tenant([person(1, -1)]).await;
    for (hour, off, said) in [(0, -9, true), (1, 9, true), (2, 0, false)] {
        at_off(&mut tenant, hours(hour), off);
        for args in [[].as_slice(), &["--dry-run"]] {
            let warnings = tenant.apply(args).await.run["warnings"].to_string();
            assert_eq!(warnings.contains(&format!("{} minutes off the server's", off.abs() * 60)), said, "{warnings}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retries_are_due_by_the_servers_clock() {
    let mut tenant = tenant([person(1, -1)]).await;
    refuse(&tenant, 1);
    at_off(&mut tenant, hours(0), -50);
    tenant.apply(&[]).await;
    mend(&tenant);
    at_off(&mut tenant, hours(6) - seconds(3), 50);
    assert_eq!(tenant.apply(&[]).await.posts().len(), 0);
    at_off(&mut tenant, hours(6) + seconds(3), -50);
    assert_eq!(tenant.apply(&[]).await.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn reminders_are_due_by_the_servers_clock() {
    let mut tenant = tenant([person(1, -1)]).await;
    at_off(&mut tenant, hours(0), 500);
    tenant.apply(&[]).await;
    at_off(&mut tenant, hours(168) - seconds(3), 500);
    assert_eq!(tenant.apply(&[]).await.posts().len(), 0);
    at_off(&mut tenant, hours(168) + seconds(3), -500);
    assert_eq!(tenant.apply(&[]).await.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_settled_by_the_servers_clock() {
    let mut tenant = tenant([person(1, -1)]).await.fault(Fault::on("POST", "/invitations", Action::DropBefore));
    at_off(&mut tenant, hours(0), -50);
    cut_off(&tenant, &[], 1).await;
    at_off(&mut tenant, seconds(14 * 60), 50);
    assert_eq!(reason_asked(&tenant, 1).await, "retry-later");
    at_off(&mut tenant, seconds(16 * 60), -50);
    assert_eq!(reason_asked(&tenant, 1).await, "retry-due");
}

#[tokio::test(start_paused = true)]
async fn the_day_after_a_refusal_is_the_servers() {
    let mut tenant = tenant([person(1, -1)]).await;
    tenant.graph.edit(|graph| graph.allow_invites_from = AllowInvitesFrom::None);
    for (time, off, posts) in [(hours(0), -50, 1), (hours(23), 50, 0), (hours(24) + seconds(3), -50, 1)] {
        at_off(&mut tenant, time, off);
        let run = tenant.apply(&[]).await;
        assert_eq!((run.exit, run.posts().len()), (4, posts));
    }
}
