//! Ratios from interleaved rounds, on machines that others share.
//!
//! Two pieces of work run in turn, a short round each, and each pair gives one ratio. The median of the ratios
//! holds when the machine's speed drifts; the spread tells how noisy it was.

use std::time::{Duration, Instant};

use serde::Serialize;

/// What a comparison of two pieces of work showed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// What was measured, against what.
    pub name: String,
    /// Nanoseconds an operation of the first, median over the rounds.
    pub nanos: f64,
    /// Nanoseconds an operation of the second, median over the rounds.
    pub against_nanos: f64,
    /// The first by the second: the least, the median and the greatest of the rounds.
    pub ratio: [f64; 3],
    /// What the median must not exceed.
    pub bar: f64,
}

/// Times `rounds` rounds of two pieces of work in turn; each call does `operations` operations.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub fn compare(
    name: &str,
    bar: f64,
    rounds: usize,
    operations: usize,
    mut first: impl FnMut(usize),
    mut second: impl FnMut(usize),
) -> Ratio {
    let time = |work: &mut dyn FnMut(usize)| {
        let began = Instant::now();
        work(operations);
        began.elapsed()
    };
    // A round of each to warm up.
    time(&mut first);
    time(&mut second);
    let pairs: Vec<(Duration, Duration)> =
        (0..rounds.max(1)).map(|_| (time(&mut first), time(&mut second))).collect();
    let each = |took: &Duration| took.as_nanos() as f64 / operations as f64;
    let ratios = sorted(pairs.iter().map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect());
    Ratio {
        name: name.to_owned(),
        nanos: median(&sorted(pairs.iter().map(|(a, _)| each(a)).collect())),
        against_nanos: median(&sorted(pairs.iter().map(|(_, b)| each(b)).collect())),
        ratio: [ratios[0], median(&ratios), ratios[ratios.len() - 1]],
        bar,
    }
}

fn sorted(mut figures: Vec<f64>) -> Vec<f64> {
    figures.sort_by(f64::total_cmp);
    figures
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
