//! How often a run begins, and the times of day that this comes to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::config::duration_text;

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;
const WEEK: u32 = 7 * DAY;

/// The longest that Task Scheduler takes.
const LONGEST: u32 = 31 * DAY;

/// Daily and weekly runs begin in this hour: few people sign in then, and no clock is moved over it.
const EARLY: u32 = 3;

/// A whole number of minutes, from one minute to 31 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every(u32);

impl Every {
    /// `None` where it is no whole number of minutes, or too short or too long.
    pub fn of(duration: Duration) -> Option<Self> {
        let seconds = duration.as_secs();
        let minutes = u32::try_from(seconds / 60).ok().filter(|_| seconds.is_multiple_of(60))?;
        (1..=LONGEST).contains(&minutes).then_some(Self(minutes))
    }

    /// In seconds.
    pub(super) fn seconds(self) -> u32 {
        self.0 * 60
    }

    /// The longest random delay: a tenth of it, and at most ten minutes. In seconds.
    pub(super) fn jitter_seconds(self) -> u32 {
        (self.seconds() / 10).min(600)
    }

    /// The hour of the first run of a day.
    pub(super) fn first_hour(self) -> u32 {
        if self.0 < DAY { 0 } else { EARLY }
    }

    /// The times of day, which are the same every day (or every Monday); `None` where they are not.
    pub(super) fn calendar(self, minute: u32) -> Option<Calendar> {
        let is_weekly = self.0 == WEEK;
        if !DAY.is_multiple_of(self.0) && !is_weekly {
            return None;
        }
        let first = self.first_hour() * HOUR + minute % self.0.min(HOUR);
        let mut by_hour = BTreeMap::<u32, Vec<u32>>::new();
        for at in (first..DAY + self.first_hour() * HOUR).step_by(self.0 as usize) {
            by_hour.entry(at / HOUR).or_default().push(at % HOUR);
        }
        let mut times: Vec<Times> = Vec::new();
        for (hour, minutes) in by_hour {
            match times.iter_mut().find(|one| one.minutes == minutes) {
                Some(one) => one.hours.push(hour),
                None => times.push(Times { hours: vec![hour], minutes }),
            }
        }
        Some(Calendar { is_weekly, times })
    }
}

impl fmt::Display for Every {
    /// As `--every` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration_text(Duration::from_secs(self.seconds().into())))
    }
}

/// Times of every day, or of every Monday.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Calendar {
    /// Mondays alone.
    pub(super) is_weekly: bool,
    /// All of them.
    pub(super) times: Vec<Times>,
}

/// Each of these minutes in each of these hours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// Ascending, 0 to 23.
    pub(super) hours: Vec<u32>,
    /// Ascending, 0 to 59.
    pub(super) minutes: Vec<u32>,
}

/// Numbers with commas between them, `*` where none is missing.
pub(super) fn listed(numbers: &[u32], all: usize, digits: usize) -> String {
    if numbers.len() == all {
        return "*".to_owned();
    }
    let numbers: Vec<_> = numbers.iter().map(|number| format!("{number:0digits$}")).collect();
    numbers.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn every(minutes: u32) -> Every {
        Every(minutes)
    }

    #[test]
    fn it_is_whole_minutes_up_to_31_days() {
        for (seconds, expected) in [(60, Some(1)), (31 * 86_400, Some(LONGEST)), (59, None), (90, None), (0, None)] {
            assert_eq!(Every::of(Duration::from_secs(seconds)), expected.map(Every), "{seconds}");
        }
        assert_eq!(Every::of(Duration::from_secs(31 * 86_400 + 60)), None);
        assert_eq!([every(90).to_string(), every(DAY).to_string()], ["90m", "1d"]);
    }

    #[test]
    fn ninety_minutes_are_two_kinds_of_hours() {
        let Calendar { times, .. } = every(90).calendar(17).unwrap();
        let expected = [(17, 0), (47, 1)]
            .map(|(minute, first)| Times { hours: (first..24).step_by(3).collect(), minutes: vec![minute] });
        assert_eq!(times, expected);
    }

    #[test]
    fn days_and_weeks_begin_in_the_early_hour_and_other_days_are_no_calendar() {
        let early = || vec![Times { hours: vec![3], minutes: vec![17] }];
        assert_eq!(every(DAY).calendar(17), Some(Calendar { is_weekly: false, times: early() }));
        assert_eq!(every(WEEK).calendar(17), Some(Calendar { is_weekly: true, times: early() }));
        assert_eq!([7 * HOUR, 2 * DAY, 50].map(|minutes| every(minutes).calendar(17)), [None, None, None]);
    }

    proptest! {
        #[test]
        fn the_times_of_a_day_are_as_far_apart_as_they_should(minutes in 1..=DAY, minute in 0..60_u32) {
            let Some(Calendar { times, .. }) = every(minutes).calendar(minute) else {
                prop_assert!(!DAY.is_multiple_of(minutes));
                return Ok(());
            };
            let of = |one: &Times| one.hours.iter().flat_map(|hour| one.minutes.iter().map(move |m| hour * 60 + m)).collect::<Vec<_>>();
            let mut all: Vec<u32> = times.iter().flat_map(of).collect();
            all.sort_unstable();
            prop_assert_eq!(u32::try_from(all.len()), Ok(DAY / minutes));
            prop_assert!(all.windows(2).all(|pair| pair[1] - pair[0] == minutes));
        }

        #[test]
        fn the_delay_is_shorter_than_the_time_between_runs(minutes in 1..=LONGEST) {
            let every = every(minutes);
            prop_assert!((1..=600).contains(&every.jitter_seconds()) && every.jitter_seconds() < every.seconds());
        }
    }
}
