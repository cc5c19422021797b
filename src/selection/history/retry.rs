//! When a person is tried again: the schedule of SPEC section 6, pure.

use chrono::{DateTime, TimeDelta, Utc};

/// Hours from a failure to the next try: the first, the second, and every later one.
const DELAYS: [i64; 3] = [6, 12, 24];

/// So long after the first failure nobody is tried any more.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(28);

/// A 201 that the directory does not show is believed for so long.
const BELIEVED: TimeDelta = TimeDelta::hours(24);

/// A failure that is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// When the next try is due.
    pub due: DateTime<Utc>,
    /// When it failed first.
    pub first: DateTime<Utc>,
    /// How often it failed; zero for a first 201 that is still believed, and for a person who has changed.
    pub times: u32,
    /// When an invitation left of which nobody knows whether it arrived.
    pub maybe_sent: Option<DateTime<Utc>>,
}

impl Retry {
    /// After a 201: the directory has to show it. One that follows another in doubt goes on with its days, since 201 after
    /// 201 may be mail after mail; `None` where they are over.
    pub fn unverified(before: Option<Self>, at: DateTime<Utc>) -> Option<Self> {
        let before = before.filter(|before| before.maybe_sent.is_some());
        let (first, times) = before.map_or((at, 0), |before| (before.first, before.times));
        let due = at + BELIEVED;
        (due - first <= GIVEN_UP_AFTER).then_some(Self { due, first, times, maybe_sent: Some(at) })
    }

    /// After a change of a person whom the service refused as they were.
    pub fn changed(at: DateTime<Utc>) -> Self {
        Self { due: at, first: at, times: 0, maybe_sent: None }
    }

    /// After one more failure; `None` where the next try would be later than 28 days after the first failure.
    pub fn after(before: Option<Self>, at: DateTime<Utc>, maybe_sent: bool) -> Option<Self> {
        let times = before.map_or(0, |before| before.times) + 1;
        let first = before.map_or(at, |before| before.first);
        let place = usize::try_from(times - 1).unwrap_or(usize::MAX).min(DELAYS.len() - 1);
        let due = at + TimeDelta::hours(DELAYS[place]);
        let maybe_sent = if maybe_sent { Some(at) } else { before.and_then(|before| before.maybe_sent) };
        (due - first <= GIVEN_UP_AFTER).then_some(Self { due, first, times, maybe_sent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hours of all tries after a first failure, each at the moment when it is due.
    fn tries() -> Vec<i64> {
        let start = DateTime::UNIX_EPOCH;
        let mut hours = Vec::new();
        let mut retry = Retry::after(None, start, false);
        while let Some(open) = retry {
            hours.push((open.due - start).num_hours());
            retry = Retry::after(Some(open), open.due, false);
        }
        hours
    }

    #[test]
    fn a_failure_is_tried_again_after_6_12_and_24_hours_then_daily_for_28_days() {
        let tries = tries();
        assert_eq!(tries[..5], [6, 18, 42, 66, 90]);
        assert!(tries.windows(2).skip(2).all(|pair| pair[1] - pair[0] == 24), "{tries:?}");
        assert_eq!(tries.last(), Some(&666), "the last one within 672 hours");
    }

    #[test]
    fn a_doubt_stays_until_it_is_settled() {
        let start = DateTime::UNIX_EPOCH;
        let doubt = Retry::after(None, start, true);
        let failed = Retry::after(doubt, start + TimeDelta::hours(6), false);
        assert_eq!(failed.and_then(|retry| retry.maybe_sent), Some(start));
    }

    #[test]
    fn a_201_that_does_not_show_is_believed_for_a_day_and_then_due() {
        let at = DateTime::UNIX_EPOCH;
        let retry = Retry::unverified(None, at).unwrap();
        assert_eq!((retry.due - at, retry.times), (TimeDelta::hours(24), 0));
        let next = Retry::after(Some(retry), retry.due, true).unwrap();
        assert_eq!((next.due - retry.due, next.times), (TimeDelta::hours(6), 1));
    }

    #[test]
    fn a_201_after_a_201_in_doubt_goes_on_with_its_days_and_one_after_a_failure_begins_them() {
        let start = DateTime::UNIX_EPOCH;
        let mut days = 0;
        let mut retry = Retry::unverified(None, start);
        while let Some(open) = retry {
            days += 1;
            retry = Retry::unverified(Some(open), open.due);
        }
        assert_eq!(days, 28);
        let failed = Retry::after(None, start, false);
        let later = start + TimeDelta::days(27);
        assert_eq!(Retry::unverified(failed, later).map(|open| open.first), Some(later));
    }
}
