//! The wall time without its steps back.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::time::Time;

/// Steps back up to this long are ignored. A larger step corrects a clock that was wrong, and is followed.
const MAX_STEP: i64 = 24 * 3_600 * 1_000_000_000;

/// How long the wall time is not compared again, in nanoseconds.
const INTERVAL: u64 = 5_000_000;

/// Follows a wall time forward, and ignores its steps back.
///
/// An entry that was stored before the wall time stepped back would outlive its time to live by the step. So the
/// time by which entries are stored and judged goes on by the monotonic time until the wall time has caught up. A
/// step back of more than a day is followed: the clock was wrong before, and would stay wrong otherwise.
#[derive(Debug)]
pub struct Steady {
    /// The time returned minus the monotonic time, in nanoseconds.
    offset: AtomicI64,
    /// The monotonic time at which the wall time was compared last, in nanoseconds; the maximum before the first.
    compared: AtomicU64,
}

impl Default for Steady {
    fn default() -> Self {
        Self { offset: AtomicI64::new(i64::MIN), compared: AtomicU64::new(u64::MAX) }
    }
}

impl Steady {
    /// Compares the wall time `now`, read just before the monotonic time, and returns the time to use.
    pub fn follow(&self, now: Time, monotonic: Duration) -> Time {
        let elapsed = nanos(monotonic);
        let wall = now.nanos().saturating_sub(elapsed);
        let follow = |offset: i64| {
            let ahead = offset.saturating_sub(wall);
            (!(0..=MAX_STEP).contains(&ahead)).then_some(wall)
        };
        let before = self.offset.load(Ordering::Relaxed);
        let offset = if follow(before).is_some() {
            // Another thread may have seen a later wall time meanwhile.
            let updated = self.offset.try_update(Ordering::Relaxed, Ordering::Relaxed, follow);
            updated.map_or_else(|kept| kept, |_| wall)
        } else {
            before
        };
        self.compared.store(elapsed.unsigned_abs(), Ordering::Relaxed);
        Time::from_nanos(elapsed.saturating_add(offset))
    }

    /// Returns the time without a look at the wall time; `None` if the last comparison is too long ago.
    pub(super) fn read(&self, monotonic: Duration) -> Option<Time> {
        let elapsed = nanos(monotonic);
        let since = elapsed.unsigned_abs().checked_sub(self.compared.load(Ordering::Relaxed))?;
        let offset = self.offset.load(Ordering::Relaxed);
        (since < INTERVAL).then(|| Time::from_nanos(elapsed.saturating_add(offset)))
    }
}

fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, DrivenClock};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_step_forward_is_followed_and_a_step_back_is_not() {
        let steady = Steady::default();
        assert_eq!(steady.follow(Time::from_secs(100), SECOND), Time::from_secs(100));
        assert_eq!(steady.follow(Time::from_secs(160), SECOND * 2), Time::from_secs(160));
        assert_eq!(steady.follow(Time::from_secs(131), SECOND * 3), Time::from_secs(161));
        assert_eq!(steady.follow(Time::from_secs(162), SECOND * 4), Time::from_secs(162));
    }

    #[test]
    fn a_driven_clock_that_is_set_back_goes_on_from_where_it_was() {
        let (clock, steady) = (DrivenClock::at(Time::from_secs(100)), Steady::default());
        assert_eq!(clock.steady(&steady), Time::from_secs(100));
        clock.set(Time::from_secs(70));
        clock.advance(SECOND * 5);
        assert_eq!(clock.steady(&steady), Time::from_secs(105));
    }

    #[test]
    fn a_clock_that_was_wrong_by_more_than_a_day_is_corrected() {
        let steady = Steady::default();
        let wrong = Time::from_secs(100 * 86_400);
        assert_eq!(steady.follow(wrong, SECOND), wrong);
        assert_eq!(steady.follow(Time::from_secs(86_400), SECOND), Time::from_secs(86_400));
    }

    #[test]
    fn between_comparisons_the_monotonic_time_is_enough() {
        let steady = Steady::default();
        assert_eq!(steady.read(SECOND), None, "nothing was compared yet");
        let _ = steady.follow(Time::from_secs(100), SECOND);
        let soon = SECOND + Duration::from_millis(1);
        assert_eq!(steady.read(soon), Some(Time::from_secs(100).after(Duration::from_millis(1))));
        assert_eq!(steady.read(SECOND * 2), None, "the comparison is too long ago");
    }
}
