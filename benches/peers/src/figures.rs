//! What rounds of operations showed.
//!
//! Percentiles are taken within a round, over its operations, and what is told is the median of the rounds: a round in
//! which the machine was busy changes little.

/// What one round showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Round {
    /// Microseconds that the operation in the middle took.
    pub(crate) p50: f64,
    /// Microseconds that nine of ten operations stayed within.
    pub(crate) p90: f64,
    /// Microseconds that 99 of 100 operations stayed within.
    pub(crate) p99: f64,
    /// Operations in a second.
    pub(crate) per_second: f64,
}

impl Round {
    /// A round of one caller, from the nanoseconds of its operations; `None` where there was none.
    pub(crate) fn of(nanos: Vec<u64>) -> Option<Self> {
        let seconds = nanos.iter().sum::<u64>() as f64 / 1e9;
        Self::within(nanos, seconds)
    }

    /// A round of any number of callers, that took so many seconds in all.
    pub(crate) fn within(mut nanos: Vec<u64>, seconds: f64) -> Option<Self> {
        nanos.sort_unstable();
        let last = nanos.len().checked_sub(1)?;
        // The nearest rank.
        let at =
            |hundredths: usize| nanos[(nanos.len() * hundredths).div_ceil(100).saturating_sub(1).min(last)];
        let micros = |hundredths| at(hundredths) as f64 / 1e3;
        let per_second = nanos.len() as f64 / seconds.max(1e-9);
        Some(Self { p50: micros(50), p90: micros(90), p99: micros(99), per_second })
    }
}

/// The middle of some figures; of the two in the middle, the lower one. `None` where there are none.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(round: Round) -> String {
        format!("{} {} {}", round.p50, round.p90, round.p99)
    }

    #[test]
    fn so_many_of_a_hundred_stay_within_a_percentile() {
        let round = Round::of((1..=100).rev().map(|micros| micros * 1000).collect());
        let round = round.expect("there are operations");
        assert_eq!(told(round), "50 90 99");
        assert!((round.per_second - 100.0 / 5050e-6).abs() < 1e-6);
    }

    #[test]
    fn one_operation_is_every_percentile() {
        let round = Round::of(vec![2000]).expect("there is one");
        assert_eq!(told(round), "2 2 2");
    }

    #[test]
    fn nothing_has_no_figures() {
        assert_eq!(Round::of(Vec::new()), None);
        assert_eq!(median([]), None);
    }

    #[test]
    fn one_bad_round_does_not_move_the_median_out_of_the_others() {
        assert_eq!(median([2.0, 1000.0, 1.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 3.0, 2.0]), Some(2.0));
    }
}
