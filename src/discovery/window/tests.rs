use proptest::prelude::*;

use super::*;
use crate::directory::MailDomain;

const HOUR: Duration = Duration::from_secs(3600);

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(hours)
}

fn settings() -> InviteSettings {
    InviteSettings { domains: vec![MailDomain::parse("contoso.com").unwrap()], ..InviteSettings::defaults() }
}

/// A tenant whose last complete run and last sweep were at these hours; it was adopted 25 hours before hour 0.
fn standing(watermark: i64, swept: i64) -> Standing {
    Standing {
        adopted: Some(Adopted::From(at(-25))),
        watermark: Some(at(watermark)),
        swept_at: Some(at(swept)),
        selection: Some(selection_of(&settings())),
    }
}

fn own(standing: &Standing, now: i64) -> Window {
    standing.window(None, &settings(), at(now))
}

#[test]
fn a_tenant_without_a_complete_run_is_read_whole() {
    let fresh = Standing::default().adopting(&settings(), at(0));
    assert_eq!((fresh.adopted, own(&fresh, 0)), (Some(Adopted::From(at(-25))), Window::First));
    // What the first attempt has adopted stays, however late the next one comes.
    let later = fresh.adopting(&settings(), at(300));
    assert_eq!((later.adopted, own(&later, 300)), (Some(Adopted::From(at(-25))), Window::First));
}

#[test]
fn an_incremental_run_reads_from_the_watermark_less_the_overlap() {
    assert_eq!(own(&standing(10, 10), 16), Window::Incremental(at(9)));
}

#[test]
fn a_sweep_reads_from_the_start_of_what_is_adopted_once_its_time_has_passed() {
    assert_eq!(own(&standing(33, 10), 33), Window::Incremental(at(32)));
    assert_eq!(own(&standing(33, 10), 34), Window::Sweep(Adopted::From(at(-25))));
    let never = InviteSettings { sweep_every: None, ..settings() };
    assert_eq!(standing(33, 10).window(None, &never, at(9999)), Window::Incremental(at(32)));
    let everybody = Standing { adopted: Some(Adopted::Everybody), ..standing(33, 10) };
    assert_eq!(own(&everybody, 34).reads_from(), None);
}

#[test]
fn other_selection_settings_mean_a_sweep_and_how_mail_looks_does_not() {
    let changed = |change: fn(&mut InviteSettings)| {
        let mut settings = settings();
        change(&mut settings);
        matches!(standing(10, 10).window(None, &settings, at(11)), Window::Sweep(_))
    };
    assert!(changed(|s| s.domains.push(MailDomain::parse("northwind.example").unwrap())));
    assert!(changed(|s| s.exclude.push("ann@contoso.com".to_owned())));
    assert!(changed(|s| s.require_synced = false));
    assert!(changed(|s| s.address = crate::config::AddressSource::OnPremisesUpn));
    assert!(changed(|s| s.conditions.push((crate::directory::Attribute::Department, vec!["sales".to_owned()]))));
    assert!(changed(|s| s.sweep_every = None) != changed(|s| (s.sweep_every, s.require_synced) = (None, false)));
    assert!(!changed(|s| s.message_language = "de-DE".to_owned()));
    assert!(!changed(|s| s.overlap = 9 * HOUR));
}

#[test]
fn the_order_of_lists_in_the_file_changes_nothing() {
    let (mut one, mut other) = (settings(), settings());
    one.exclude = vec!["a".to_owned(), "b".to_owned()];
    other.exclude = vec!["b".to_owned(), "a".to_owned()];
    assert_eq!(selection_of(&one), selection_of(&other));
}

#[test]
fn a_complete_run_moves_the_watermark_to_the_date_of_its_first_page() {
    let before = standing(10, 10);
    let after = before.after(&Window::Incremental(at(9)), &settings(), at(16));
    assert_eq!((after.watermark, after.swept_at, after.adopted), (Some(at(16)), Some(at(10)), before.adopted));
    let after = before.after(&Window::Sweep(Adopted::From(at(-25))), &settings(), at(40));
    assert_eq!((after.watermark, after.swept_at), (Some(at(40)), Some(at(40))));
}

#[test]
fn a_window_that_leaves_a_gap_moves_nothing() {
    let before = standing(10, 10);
    assert_eq!(before.after(&Window::Since(at(11)), &settings(), at(16)), before);
    assert_eq!(before.after(&Window::Users(vec!["ann".to_owned()]), &settings(), at(16)), before);
    // Before the first complete run the gap would be in what is adopted.
    let fresh = Standing::default().adopting(&settings(), at(0));
    assert_eq!(fresh.after(&Window::Since(at(-2)), &settings(), at(0)), fresh);
    assert_eq!(fresh.after(&Window::Since(at(-25)), &settings(), at(0)).watermark, Some(at(0)));
}

#[test]
fn since_and_full_adopt_who_is_in_them() {
    let before = standing(10, 10);
    let since = before.after(&Window::Since(at(-900)), &settings(), at(16));
    assert_eq!((since.adopted, since.swept_at), (Some(Adopted::From(at(-900))), Some(at(16))));
    assert_eq!(since.after(&Window::Since(at(-30)), &settings(), at(17)).adopted, Some(Adopted::From(at(-900))));
    let full = before.after(&Window::Full, &settings(), at(16));
    assert_eq!((full.adopted, full.watermark), (Some(Adopted::Everybody), Some(at(16))));
    assert_eq!(full.after(&Window::Since(at(0)), &settings(), at(17)).adopted, Some(Adopted::Everybody));
}

#[test]
fn what_was_written_while_the_servers_clock_was_ahead_is_read_again() {
    assert!(matches!(own(&standing(50, 10), 20), Window::Sweep(_)));
    assert!(matches!(own(&standing(10, 50), 20), Window::Sweep(_)));
}

#[test]
fn an_age_from_before_all_time_is_the_epoch() {
    assert_eq!(before(at(0), Duration::MAX), DateTime::UNIX_EPOCH);
}

/// One scheduled run: when it comes, and whether it is complete.
type Scheduled = (i64, bool);

proptest! {
    /// Whoever is created and adopted is inside the window of the first complete run that comes after, if not of an earlier one.
    #[test]
    fn nobody_falls_between_two_windows(
        gaps in prop::collection::vec((1i64..60, any::<bool>()), 1..40),
        created in 0i64..600,
        sweeps in any::<bool>(),
    ) {
        let settings = InviteSettings { sweep_every: sweeps.then_some(24 * HOUR), ..settings() };
        let mut standing = Standing::default();
        let mut now = 0;
        let mut runs: Vec<Scheduled> = gaps;
        runs.push((1, true));
        let mut found = false;
        for (gap, complete) in runs {
            now += gap;
            standing = standing.adopting(&settings, at(now));
            let window = standing.window(None, &settings, at(now));
            let inside = created <= now && window.reads_from().is_none_or(|from| from <= at(created));
            found |= complete && inside;
            if complete {
                // Whoever was there before this complete run, and belongs to what is adopted, has been seen by now.
                let adopted = standing.adopted.and_then(Adopted::from).is_none_or(|start| start <= at(created));
                prop_assert!(found || created > now || !adopted, "created {created}, now {now}, {window:?}");
                standing = standing.after(&window, &settings, at(now));
            }
        }
    }
}
