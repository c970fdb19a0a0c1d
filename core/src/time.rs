//! Points in time as entries carry them.
//!
//! Nanoseconds since the Unix epoch in 64 bits: exact through every disk, and good until the year 2262. Later
//! times are held at the last one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time: nanoseconds since the Unix epoch.
///
/// ```
/// use larder_core::time::Time;
/// use std::time::Duration;
///
/// let stored = Time::from_secs(100);
/// let expires = stored.after(Duration::from_millis(1500));
/// assert!(stored.is_before(expires));
/// assert_eq!(expires.nanos(), 101_500_000_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);
    /// The last time that can be told: an entry that expires then has a very long life, not an endless one.
    pub const LAST: Self = Self(i64::MAX - 1);

    /// The time `nanos` nanoseconds after the epoch, or before it.
    pub const fn from_nanos(nanos: i64) -> Self {
        if nanos > Self::LAST.0 { Self::LAST } else { Self(nanos) }
    }

    /// The time `secs` seconds after the epoch, or before it.
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_nanos(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch, as clocks and people read them.
    #[expect(clippy::cast_precision_loss, reason = "for display; exact times are in nanoseconds")]
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// This time and `span` more, held at [`Time::LAST`].
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let nanos = i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
        Self::from_nanos(self.0.saturating_add(nanos))
    }

    /// Whether this time comes before `other`.
    pub const fn is_before(self, other: Self) -> bool {
        self.0 < other.0
    }

    /// Whether an entry that was stored at `stored` and expires at `expires` is live at this time: before `expires`,
    /// and not more than a second before `stored`.
    ///
    /// A time before `stored` means that the clock stepped back since, or that the entry was stored on a host whose
    /// clock is ahead: its age is not known, and it would outlive its time to live by the difference. A second is
    /// allowed, so that hosts whose clocks differ a little share entries.
    pub const fn is_within(self, stored: Self, expires: Self) -> bool {
        const SLACK: i64 = 1_000_000_000;
        self.0 < expires.0 && stored.0.saturating_sub(self.0) <= SLACK
    }

    /// The span from `earlier` to this time; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            // The long way round, without 128-bit numbers: this is on every path.
            Ok(since) => match i64::try_from(since.as_secs()) {
                Ok(secs) => {
                    Self::from_nanos(Self::from_secs(secs).0.saturating_add(since.subsec_nanos().into()))
                }
                Err(_) => Self::LAST,
            },
            Err(before) => {
                let nanos = i64::try_from(before.duration().as_nanos()).unwrap_or(i64::MAX);
                Self::from_nanos(-nanos)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_life_is_held_at_the_last_time() {
        assert_eq!(Time::from_secs(1).after(Duration::MAX), Time::LAST);
    }

    #[test]
    fn times_before_the_epoch_are_told() {
        let before = UNIX_EPOCH - Duration::from_secs(2);
        assert_eq!(Time::from(before), Time::from_secs(-2));
    }
}
