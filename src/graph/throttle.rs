//! One gate for all requests of a run: the pace of invitations, and the pause that the service asks for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How late a slot may be made good: a sleeping machine must not be followed by a burst.
const CATCH_UP: Duration = Duration::from_millis(250);

/// After so long without being throttled the lowered pace is tried a little faster.
const RECOVER_AFTER: Duration = Duration::from_secs(10);

/// How much faster.
const RECOVER_BY: f64 = 1.05;

/// One refusal lowers the pace to a quarter at most: another application may have used up what the service allows.
const LOWER_TO: f64 = 0.25;

/// The pace never falls below one request in so many seconds.
const SLOWEST: f64 = 1.0 / 60.0;

/// Slots in time for invitations, and what the service was seen to allow. Pure: `now` is given.
#[derive(Debug)]
pub struct Pace {
    configured: f64,
    current: f64,
    next_slot: Instant,
    paused_until: Option<Instant>,
    /// Since when `accepted` is counted: the start, or the end of the last pause.
    period_start: Instant,
    accepted: u32,
    changed: Instant,
}

impl Pace {
    /// A pace of `per_second` requests.
    pub fn new(per_second: f64, now: Instant) -> Self {
        Self {
            configured: per_second,
            current: per_second,
            next_slot: now,
            paused_until: None,
            period_start: now,
            accepted: 0,
            changed: now,
        }
    }

    /// The end of the pause that the service asked for, if it is still to come.
    pub fn pause(&self, now: Instant) -> Option<Instant> {
        self.paused_until.filter(|until| *until > now)
    }

    /// When the next request may leave.
    pub fn next_slot(&self, now: Instant) -> Instant {
        self.pause(now).unwrap_or(now).max(self.next_slot)
    }

    /// A request leaves now.
    pub fn take(&mut self, now: Instant) {
        if now - self.changed >= RECOVER_AFTER && self.current < self.configured {
            self.current = (self.current * RECOVER_BY).min(self.configured);
            self.changed = now;
        }
        // From the slot, not from now: timers wake late, and the loss would add up to a slower pace than configured.
        let from = self.next_slot.max(now.checked_sub(CATCH_UP).unwrap_or(now));
        self.next_slot = from + Duration::from_secs_f64(1.0 / self.current);
        self.accepted += 1;
    }

    /// Everybody waits for so long; the pace is not touched (a 5xx with Retry-After says nothing about it).
    pub fn wait(&mut self, now: Instant, wish: Duration) {
        // A Retry-After of billions of seconds is a year: longer than any run may last.
        let until = now.checked_add(wish).unwrap_or(now + Duration::from_secs(86_400 * 365));
        self.paused_until = Some(self.paused_until.map_or(until, |old| old.max(until)));
    }

    /// The service refused a request for being too fast, and wants `wish` to pass.
    ///
    /// What it took since the last pause, over the time until the new one ends, is what it allows. Further
    /// refusals of requests that were under way already only lengthen the pause.
    pub fn throttled(&mut self, now: Instant, wish: Duration) {
        self.accepted = self.accepted.saturating_sub(1);
        let first = self.pause(now).is_none();
        self.wait(now, wish);
        let until = self.paused_until.unwrap_or(now);
        if first {
            let period = (until - self.period_start).as_secs_f64();
            // Of the shortest period too: two refusals in a moment must not divide by nothing.
            let allowed = f64::from(self.accepted) / period.max(0.001);
            let least = (self.current * LOWER_TO).max(SLOWEST.min(self.configured));
            self.current = allowed.clamp(least, self.current);
        }
        self.period_start = until;
        self.accepted = 0;
        self.next_slot = until;
        self.changed = until;
    }
}

/// The gate: one for all requests of a run.
pub struct Gate {
    pace: Mutex<Pace>,
    turnstile: tokio::sync::Mutex<()>,
}

impl Gate {
    /// A gate that lets `per_second` invitations through.
    pub fn new(per_second: f64) -> Self {
        Self { pace: Mutex::new(Pace::new(per_second, Instant::now())), turnstile: tokio::sync::Mutex::new(()) }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // A panic elsewhere leaves numbers behind, never half of one.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until reads may leave: only a pause holds them up. `false`, at once, where it outlasts the `deadline`.
    pub async fn open(&self, deadline: Instant) -> bool {
        loop {
            match self.paused_until() {
                None => return true,
                Some(until) if until >= deadline => return false,
                Some(until) => sleep_until(until).await,
            }
        }
    }

    /// Waits for a slot at the pace of invitations, in the order of asking.
    pub async fn slot(&self) {
        // tokio's mutex is fair: whoever asked first goes first, and one at a time looks at the clock.
        let _turn = self.turnstile.lock().await;
        loop {
            let now = Instant::now();
            let slot = self.pace().next_slot(now);
            if slot <= now {
                self.pace().take(now);
                return;
            }
            sleep_until(slot).await;
        }
    }

    /// The service was asked too fast.
    pub fn throttled(&self, wish: Duration) {
        self.pace().throttled(Instant::now(), wish);
    }

    /// The service wants nobody to ask for so long.
    pub fn wait(&self, wish: Duration) {
        self.pace().wait(Instant::now(), wish);
    }

    /// When the pause ends that everybody is in, if there is one.
    pub fn paused_until(&self) -> Option<Instant> {
        self.pace().pause(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a pace against a server that allows `allowed` per `window` in fixed windows; gives the answers: how many taken, how many refused.
    fn play(per_second: f64, allowed: u32, window: Duration, lasting: Duration) -> (u32, u32) {
        let start = Instant::now();
        let (mut pace, mut now) = (Pace::new(per_second, start), start);
        let (mut taken, mut refused, mut used, mut current) = (0, 0, 0, 0);
        while now < start + lasting {
            now = pace.next_slot(now);
            pace.take(now);
            let index = (now - start).as_millis() / window.as_millis();
            if index != current {
                (current, used) = (index, 0);
            }
            if used < allowed {
                used += 1;
                taken += 1;
            } else {
                refused += 1;
                let left = window.as_millis() - (now - start).as_millis() % window.as_millis();
                pace.throttled(now, Duration::from_secs(u64::try_from(left.div_ceil(1000)).unwrap()));
            }
        }
        (taken, refused)
    }

    #[test]
    fn a_pace_below_what_the_service_allows_is_kept_exactly() {
        let (taken, refused) = play(25.0, 150, Duration::from_secs(5), Duration::from_secs(100));
        assert!((2499..=2501).contains(&taken), "{taken}");
        assert_eq!(refused, 0);
    }

    #[test]
    fn a_pace_above_what_the_service_allows_settles_just_below_it() {
        let (taken, refused) = play(60.0, 150, Duration::from_secs(5), Duration::from_secs(100));
        assert!(taken >= 2700, "{taken} of 3000");
        assert!(refused * 50 <= taken + refused, "{refused} refused of {taken}");
    }

    #[test]
    fn nothing_leaves_during_a_pause_and_a_shorter_wish_does_not_cut_it() {
        let now = Instant::now();
        let mut pace = Pace::new(10.0, now);
        pace.wait(now, Duration::from_secs(30));
        pace.throttled(now, Duration::from_secs(5));
        assert_eq!(pace.next_slot(now), now + Duration::from_secs(30));
    }

    #[test]
    fn a_machine_that_slept_does_not_burst() {
        let now = Instant::now();
        let mut pace = Pace::new(10.0, now);
        pace.take(now);
        let later = now + Duration::from_secs(600);
        let mut burst = 0;
        while pace.next_slot(later) <= later {
            pace.take(later);
            burst += 1;
        }
        assert!(burst <= 4, "{burst}");
    }

    #[tokio::test(start_paused = true)]
    async fn everybody_waits_for_the_pause_together() {
        let gate = Gate::new(60.0);
        let start = Instant::now();
        gate.throttled(Duration::from_secs(120));
        assert!(!gate.open(start + Duration::from_secs(60)).await && start.elapsed().is_zero());
        tokio::join!(gate.open(start + Duration::from_secs(600)), gate.slot(), gate.slot());
        assert!(start.elapsed() >= Duration::from_secs(120));
    }
}
