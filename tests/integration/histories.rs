//! Seeded histories: forty days of a tenant, four runs a day, under whatever can happen; the promise holds in each.
//!
//! `XCSYNC_HISTORY=17 cargo test --test integration histories -- --nocapture` replays one history and tells its story;
//! `XCSYNC_HISTORIES=16384` runs so many.

mod draw;
mod promise;
mod world;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use xcsync::sandbox::Switches;

use promise::Promise;
use world::{CALM_FROM, DAYS, World};

/// Enough for every combination of the nine switches that a history can notice.
const HISTORIES: u32 = 512;

/// The switches of a history: nine that bear on who is invited when, in every combination; the others, which bear on how an
/// answer looks or on settings that histories do not have, so that each pair of any two occurs in all four ways.
fn switches(number: u32) -> Switches {
    let bit = |place: u32| number >> place & 1 == 1;
    // Parities of different subsets of the bits are independent of each other in pairs.
    let parity = |mask: u32| (number & mask).count_ones() % 2 == 1;
    let far = |place: u32, mask: u32| if number < HISTORIES { parity(mask) } else { bit(place) };
    Switches {
        second_invitation_moves_change_time: bit(0),
        state_lag: if bit(1) { Duration::from_secs(90) } else { Duration::ZERO },
        throttled_with_retry_after: bit(2),
        accepted_again_is_created: bit(3),
        addresses_collide_in_any_case: bit(4),
        other_mails_collide: bit(5),
        disabled_is_precondition_failed: bit(6),
        policy_refusal_is_forbidden: bit(7),
        user_type_stays: bit(8),
        app_may_invite_members: far(9, 0b0_0000_0011),
        invite_all_required: far(10, 0b0_0000_1101),
        address_must_be_mail: far(11, 0b0_0011_0110),
        answer_has_upn: far(12, 0b0_1100_1010),
        inner_error_has_capital: far(13, 0b1_0101_1001),
        // It bears on look-ups in a home tenant, which histories do not have.
        filters_ignore_case: true,
    }
}

/// One history; panics where the promise is broken.
async fn history(number: u32, aloud: bool) {
    let mut world = World::new(u64::from(number), switches(number)).await;
    let mut promise = Promise::default();
    let lost_on = world.draw.percent(34).then(|| 5 + world.draw.below(20));
    for day in 0..DAYS {
        let calm = day >= CALM_FROM;
        for _ in 0..4 {
            if !calm {
                (0..2).for_each(|_| world.something_happens());
            }
            let skipped = !calm && world.draw.percent(12);
            if !skipped {
                let before = Promise::before(&world);
                let ended = world.run(calm).await;
                promise.after_a_run(&world, &before, ended.as_ref());
            }
            tokio::time::sleep((TimeDelta::hours(6) - since_slot(&world)).to_std().unwrap_or_default()).await;
        }
        if lost_on == Some(day) {
            world.lose_the_ledger();
        }
    }
    let ended = world.run(true).await;
    Promise::at_the_end(&world, ended.as_ref());
    if aloud {
        eprintln!("{}", world.story.join("\n"));
    }
}

/// How long ago the present slot of six hours began.
fn since_slot(world: &World) -> TimeDelta {
    TimeDelta::seconds(world.now().timestamp().rem_euclid(6 * 3600))
}

/// Runs one history on a thread's own runtime with simulated time; what broke, if anything.
fn broken(number: u32, aloud: bool) -> Option<String> {
    let told = Mutex::new(None);
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(history(number, aloud));
    };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
        *told.lock().unwrap() = Some(text(panic.as_ref()));
    }
    told.into_inner().unwrap()
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "whoever replays a history says which")]
fn asked(variable: &str) -> Option<u32> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn in_every_history_everybody_who_stayed_eligible_is_invited_and_nobody_is_mailed_twice() {
    if let Some(number) = asked("XCSYNC_HISTORY") {
        assert_eq!(broken(number, true), None, "history {number}");
        return;
    }
    let all = asked("XCSYNC_HISTORIES").unwrap_or(HISTORIES);
    let (next, failed) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let workers = thread::available_parallelism().map_or(2, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= all {
                        return;
                    }
                    if let Some(why) = broken(number, false) {
                        failed.lock().unwrap().push(format!("XCSYNC_HISTORY={number}: {why}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} of {all} histories broke the promise; replay one with\n{}",
        failed.len(),
        failed.join("\n")
    );
}
