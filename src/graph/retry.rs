//! Whether and when a request is made again: a pure decision; the sender waits.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How one try of a request went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// As [`Trouble::NeverConnected`], and it stays so until somebody acts: a certificate, a proxy's password.
    Barred,
    /// The connection or its TLS never stood: the service has not seen the request.
    NeverConnected,
    /// The request may have been seen; no answer, or not a whole one, came back.
    Lost,
    /// 429: the service has not processed it.
    Throttled,
    /// A 5xx: it may have been processed.
    ServerFailed,
}

/// Whether a request may be made twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Reads: as often as it helps.
    Freely,
    /// Writes: only where the service has certainly not processed them.
    OnlyIfNotProcessed,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Wait at least so long, then again.
    After(Duration),
    /// No further try.
    GiveUp,
}

/// Tries of a request that gets no usable answer; with the delays below it gives up after two minutes at the most.
const TRIES: u32 = 7;

/// The first delay without a Retry-After; doubled each time.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// The longest delay that this program chooses by itself.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// Decides about another try.
///
/// `tries` counts those made so far (from 1); `retry_after` is the service's wish, which is never undercut;
/// `jitter` is a random number from 0 to 1; `left` is the time that the run still has. A throttled
/// request is tried as long as the time allows, because the service says itself when it will take more.
pub fn next(
    trouble: Trouble,
    repeat: Repeat,
    tries: u32,
    retry_after: Option<Duration>,
    jitter: f64,
    left: Duration,
) -> Next {
    let processed = matches!(trouble, Trouble::Lost | Trouble::ServerFailed);
    if processed && repeat == Repeat::OnlyIfNotProcessed {
        return Next::GiveUp;
    }
    if trouble == Trouble::Barred || tries >= TRIES && trouble != Trouble::Throttled {
        return Next::GiveUp;
    }
    // A wish of less than a second, or one that has passed, says nothing: without a delay of our own a service that
    // goes on wishing so would be asked without a pause.
    let wait = match retry_after {
        Some(wish) if wish >= FIRST_DELAY => wish,
        wish => backoff(tries, jitter).max(wish.unwrap_or_default()),
    };
    // To wait until the very end leaves no time for the request itself.
    if wait < left { Next::After(wait) } else { Next::GiveUp }
}

/// Exponential back-off: between half of and the whole delay, so that clients fall out of step.
fn backoff(tries: u32, jitter: f64) -> Duration {
    let doubled = FIRST_DELAY.saturating_mul(1 << tries.saturating_sub(1).min(16));
    // Never less than half: with the whole range random, some of many clients would be back at once.
    doubled.min(LONGEST_DELAY).mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

/// Reads a `Retry-After`: seconds, also decimal as items of a `$batch` send them, or an HTTP date (RFC 9110 section 10.2.3).
///
/// `now` is the answer's own `Date`. A date in the past is zero; nonsense, and a date without a `Date`, is `None`.
pub fn retry_after(value: &str, now: Option<DateTime<Utc>>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = DateTime::parse_from_rfc2822(value).ok()?;
    Some((until.to_utc() - now?).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn any_trouble() -> impl Strategy<Value = Trouble> {
        prop_oneof![
            Just(Trouble::Barred),
            Just(Trouble::NeverConnected),
            Just(Trouble::Lost),
            Just(Trouble::Throttled),
            Just(Trouble::ServerFailed)
        ]
    }

    #[test]
    fn the_schedule_without_a_wish_doubles_up_to_a_minute_and_ends() {
        let schedule: Vec<_> = (1..=7)
            .map(|tries| next(Trouble::ServerFailed, Repeat::Freely, tries, None, 1.0, HOUR))
            .map(|next| match next {
                Next::After(wait) => wait.as_secs().to_string(),
                Next::GiveUp => "give up".to_owned(),
            })
            .collect();
        assert_eq!(schedule, ["1", "2", "4", "8", "16", "32", "give up"]);
    }

    #[test]
    fn a_write_is_repeated_only_where_it_was_certainly_not_processed() {
        let again = |trouble| next(trouble, Repeat::OnlyIfNotProcessed, 1, None, 0.0, HOUR) != Next::GiveUp;
        assert!(again(Trouble::NeverConnected) && again(Trouble::Throttled));
        assert!(!again(Trouble::Lost) && !again(Trouble::ServerFailed));
    }

    #[test]
    fn what_somebody_must_mend_is_not_tried_again() {
        assert_eq!(next(Trouble::Barred, Repeat::Freely, 1, Some(Duration::ZERO), 0.0, HOUR), Next::GiveUp);
    }

    #[test]
    fn retry_after_is_read_in_seconds_decimals_and_dates() {
        let now = DateTime::parse_from_rfc3339("2026-06-30T16:14:48Z").unwrap().to_utc();
        let read = |value| retry_after(value, Some(now));
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("0.249"), Some(Duration::from_millis(249)));
        assert_eq!(read("Tue, 30 Jun 2026 16:15:48 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(read("Tue, 30 Jun 2026 16:13:48 GMT"), Some(Duration::ZERO));
        for nonsense in ["soon", "-1", "NaN", "inf", ""] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_wish_of_nothing_does_not_become_a_race() {
        let wait = |tries| next(Trouble::Throttled, Repeat::Freely, tries, Some(Duration::ZERO), 0.0, HOUR);
        assert_eq!(wait(1), Next::After(Duration::from_millis(500)));
        assert_eq!(wait(9), Next::After(Duration::from_secs(30)));
    }

    proptest! {
        #[test]
        fn a_wish_of_the_service_is_never_undercut_and_time_never_overrun(
            trouble in any_trouble(), tries in 1u32..100, wish in proptest::option::of(0u64..10_000), jitter in 0.0f64..1.0, left in 0u64..10_000
        ) {
            let (wish, left) = (wish.map(Duration::from_secs), Duration::from_secs(left));
            for repeat in [Repeat::Freely, Repeat::OnlyIfNotProcessed] {
                if let Next::After(wait) = next(trouble, repeat, tries, wish, jitter, left) {
                    prop_assert!(wait < left);
                    prop_assert!(wish.is_none_or(|wish| wait >= wish));
                    prop_assert!(wish.is_some() || wait <= LONGEST_DELAY);
                }
            }
        }
    }
}
