//! Requests as a cache sees them: few values often, many rarely.
//!
//! The r-th most popular value is asked for with a probability in proportion to r^-0.9, as is found in web caches
//! (Breslau et al. 1999). The sequence is the same in every run, so that hit ratios can be compared.

use fastrand::Rng;

/// The exponent of popularity.
const SKEW: f64 = 0.9;

/// `count` requests for `values` values, as their numbers; none if there are no values.
#[expect(clippy::cast_precision_loss, reason = "ranks are small")]
pub(crate) fn zipf(values: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut random = Rng::with_seed(seed);
    // Popularity has nothing to do with the order of the values.
    let mut ranked: Vec<usize> = (0..values).collect();
    random.shuffle(&mut ranked);
    let cumulative: Vec<f64> = (1..=values)
        .scan(0.0, |sum, rank| {
            *sum += (rank as f64).powf(-SKEW);
            Some(*sum)
        })
        .collect();
    let Some(total) = cumulative.last() else { return Vec::new() };
    let request = |_| {
        let drawn = random.f64() * total;
        let rank = cumulative.partition_point(|sum| *sum <= drawn);
        ranked[rank.min(values - 1)]
    };
    (0..count).map(request).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_same_every_time() {
        assert_eq!(zipf(100, 1000, 7), zipf(100, 1000, 7));
        assert_ne!(zipf(100, 1000, 7), zipf(100, 1000, 8));
        assert!(zipf(0, 10, 7).is_empty());
    }

    #[test]
    fn popularity_falls_as_the_exponent_says() {
        let mut counts = vec![0_u32; 100];
        for value in zipf(100, 200_000, 7) {
            counts[value] += 1;
        }
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let ratio = f64::from(counts[0]) / f64::from(counts[9]);
        assert!((ratio - 10_f64.powf(SKEW)).abs() < 1.0, "{ratio}");
        assert!(counts.iter().all(|count| *count > 0));
    }
}
