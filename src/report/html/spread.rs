//! How long it takes people to accept. Pure.

use chrono::TimeDelta;

use crate::report::Invited;

/// The ends of the bins in minutes, the first at or above counts, and what each is called; whatever is longer is in the last.
const BINS: [(i64, &str); 7] = [
    (60, "under 1 hour"),
    (6 * 60, "1–6 hours"),
    (24 * 60, "6–24 hours"),
    (3 * 1_440, "1–3 days"),
    (7 * 1_440, "3–7 days"),
    (14 * 1_440, "1–2 weeks"),
    (28 * 1_440, "2–4 weeks"),
];
const LONGER: &str = "longer";

/// The times from the first invitation to the acceptance.
pub(super) struct Spread {
    /// Half of the people took no longer.
    pub(super) median: TimeDelta,
    /// Nine in ten took no longer.
    pub(super) ninth: TimeDelta,
    /// How many people there are in each bin.
    pub(super) bins: Vec<(&'static str, u64)>,
    /// How many people there are in all.
    pub(super) people: u64,
}

impl Spread {
    /// Of everybody who has accepted; `None` where nobody has.
    pub(super) fn of(invited: &[Invited]) -> Option<Self> {
        let took = |one: &Invited| Some((one.accepted? - one.at).max(TimeDelta::zero()));
        let mut times: Vec<_> = invited.iter().filter_map(took).collect();
        times.sort_unstable();
        let mut bins: Vec<_> = BINS.iter().map(|(_, name)| (*name, 0)).chain([(LONGER, 0)]).collect();
        for time in &times {
            let bin = BINS.iter().position(|(end, _)| *time < TimeDelta::minutes(*end)).unwrap_or(BINS.len());
            bins[bin].1 += 1;
        }
        let people = u64::try_from(times.len()).unwrap_or_default();
        Some(Self { median: share(&times, 50)?, ninth: share(&times, 90)?, bins, people })
    }
}

/// The least time that so many per cent of all do not exceed (the nearest-rank method).
fn share(sorted: &[TimeDelta], percent: usize) -> Option<TimeDelta> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    fn after(hours: &[i64]) -> Vec<Invited> {
        let at: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
        hours.iter().map(|hours| Invited { at, accepted: Some(at + TimeDelta::hours(*hours)) }).collect()
    }

    #[test]
    fn median_and_ninth_decile_are_times_that_somebody_took() {
        let ten: Vec<i64> = (1..=10).rev().collect();
        for (hours, median, ninth) in [(&ten[..], 5, 9), (&[7][..], 7, 7), (&[1, 2, 300], 2, 300), (&[4, 2], 2, 4)] {
            let spread = Spread::of(&after(hours)).unwrap();
            let told = (spread.median.num_hours(), spread.ninth.num_hours());
            assert_eq!(told, (median, ninth), "{hours:?}");
        }
    }

    #[test]
    fn each_time_is_in_one_bin_and_a_limit_belongs_to_the_longer_one() {
        let spread = Spread::of(&after(&[0, 1, 5, 6, 23, 24, 72, 168, 336, 671, 672, 9_999])).unwrap();
        assert_eq!(spread.bins.iter().map(|(_, people)| *people).collect::<Vec<_>>(), [1, 2, 2, 1, 1, 1, 2, 2]);
        assert_eq!(spread.people, 12);
    }

    #[test]
    fn whoever_has_not_accepted_is_not_in_it() {
        let waiting = Invited { accepted: None, ..after(&[1])[0] };
        assert!(Spread::of(&[waiting]).is_none());
        assert_eq!(Spread::of(&[&after(&[3])[..], &[waiting]].concat()).unwrap().people, 1);
    }
}
