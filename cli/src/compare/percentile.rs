//! What many measurements say in a few numbers.

use std::time::Duration;

/// The times of many operations of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// In microseconds: half of the operations took no longer.
    pub(crate) p50_us: f64,
    /// In microseconds: 99 of 100 operations took no longer.
    pub(crate) p99_us: f64,
    /// 10^6 bytes of values a second.
    pub(crate) mb_per_s: f64,
}

impl Spread {
    /// What `times` say of operations that moved `bytes` together; `None` without any.
    pub(crate) fn of(mut times: Vec<Duration>, bytes: u64) -> Option<Self> {
        times.sort_unstable();
        let seconds: f64 = times.iter().map(Duration::as_secs_f64).sum();
        Some(Self {
            p50_us: micros(percentile(&times, 50)?),
            p99_us: micros(percentile(&times, 99)?),
            mb_per_s: megabytes(bytes) / seconds.max(f64::MIN_POSITIVE),
        })
    }

    /// The median of each number over rounds; `None` without any.
    pub(crate) fn median(rounds: &[Self]) -> Option<Self> {
        let each = |number: fn(&Self) -> f64| median(rounds.iter().map(number).collect());
        Some(Self {
            p50_us: each(|spread| spread.p50_us)?,
            p99_us: each(|spread| spread.p99_us)?,
            mb_per_s: each(|spread| spread.mb_per_s)?,
        })
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "a measure for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The smallest of `sorted` that so many per cent do not exceed (nearest rank).
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

/// The middle one, or the mean of the two in the middle.
fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let above = *numbers.get(middle)?;
    if numbers.len() % 2 == 1 { Some(above) } else { Some(f64::midpoint(numbers[middle - 1], above)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(micros: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        micros.into_iter().map(Duration::from_micros).collect()
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let hundred = times(1..=100);
        assert_eq!(percentile(&hundred, 50), Some(Duration::from_micros(50)));
        assert_eq!(percentile(&hundred, 99), Some(Duration::from_micros(99)));
        assert_eq!(percentile(&times([7]), 50), Some(Duration::from_micros(7)));
        assert_eq!(percentile(&times(1..=3), 50), Some(Duration::from_micros(2)));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn medians_are_the_middle_of_rounds() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn throughput_is_bytes_by_the_sum_of_times() {
        let spread = Spread::of(times([500_000, 1_500_000]), 4_000_000).unwrap();
        assert!((spread.mb_per_s - 2.0).abs() < 1e-9, "{spread:?}");
        assert!((spread.p50_us - 500_000.0).abs() < 1e-6, "{spread:?}");
        assert_eq!(Spread::of(Vec::new(), 1), None);
    }
}
