//! A row of results: one engine at one work.

use serde::Serialize;

use crate::figures::{Round, median};

/// What one engine showed at one work; what does not apply is `null`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) engine: String,
    pub(crate) work: String,
    /// Bytes of a value.
    pub(crate) size: usize,
    /// Entries that are held.
    pub(crate) entries: u64,
    /// Rounds that the figures are medians of.
    pub(crate) rounds: usize,
    /// Operations in all rounds together.
    pub(crate) operations: u64,
    /// Microseconds.
    pub(crate) p50_us: Option<f64>,
    /// Microseconds.
    pub(crate) p90_us: Option<f64>,
    /// Microseconds.
    pub(crate) p99_us: Option<f64>,
    /// Operations a second, of all processes together.
    pub(crate) per_second: Option<f64>,
    /// Bytes that an entry takes where it is kept, key, value and all.
    pub(crate) bytes_per_entry: Option<f64>,
    /// Bytes of memory that no file lies behind.
    pub(crate) anonymous_bytes: Option<u64>,
    /// Reads that found nothing although something was stored, of an engine that may forget.
    pub(crate) forgotten: u64,
    /// Those of the rounds, in order: rounds of one run were next to each other.
    #[serde(skip)]
    pub(crate) each: Vec<Round>,
}

impl Row {
    /// The same with the medians of these rounds.
    #[must_use]
    pub(crate) fn of_rounds(self, each: Vec<Round>) -> Self {
        let over = |figure: fn(&Round) -> f64| median(each.iter().map(figure));
        Self {
            rounds: each.len(),
            p50_us: over(|round| round.p50),
            p90_us: over(|round| round.p90),
            p99_us: over(|round| round.p99),
            per_second: over(|round| round.per_second),
            each,
            ..self
        }
    }

    /// How many times the p50 of `other` this one's is: the median over rounds, each by the other's of the same round.
    pub(crate) fn times(&self, other: &Self) -> Option<f64> {
        self.ratio(other, |round| round.p50)
    }

    /// How many times the operations a second of `other` this one's are, as in [`times`](Row::times).
    pub(crate) fn times_per_second(&self, other: &Self) -> Option<f64> {
        self.ratio(other, |round| round.per_second)
    }

    fn ratio(&self, other: &Self, figure: impl Fn(&Round) -> f64) -> Option<f64> {
        // No operation takes less than a clock tells.
        const LEAST: f64 = 1e-3;
        let pairs = self.each.iter().zip(&other.each);
        median(pairs.map(|(round, other)| figure(round).max(LEAST) / figure(other).max(LEAST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(p50s: &[f64]) -> Row {
        let round = |&p50: &f64| Round { p50, p90: p50, p99: p50, per_second: 1e6 / p50 };
        Row::default().of_rounds(p50s.iter().map(round).collect())
    }

    #[test]
    fn a_machine_that_slows_down_leaves_a_ratio_as_it_is() {
        let (one, two) = (row(&[1.0, 10.0, 100.0]), row(&[2.0, 20.0, 200.0]));
        assert_eq!(two.times(&one), Some(2.0));
        assert_eq!(two.times_per_second(&one), Some(0.5));
    }

    #[test]
    fn without_rounds_there_is_no_ratio() {
        assert_eq!(row(&[]).times(&row(&[1.0])), None);
    }
}
