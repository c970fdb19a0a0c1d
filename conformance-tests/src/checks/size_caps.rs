//! The size limit: what counts, what is admitted, what goes.

pub mod admission;
pub mod culling;
pub mod limit;
pub mod volume;

use larder_core::disk::Settings;
use larder_core::larder::Larder;

use crate::Bench;
use crate::bench::Texts;

/// A value of the length that all values here have.
pub(crate) fn value() -> String {
    "v".repeat(100)
}

/// The key of the entry with this number; all keys have one length.
pub(crate) fn name(number: u64) -> String {
    format!("{number:04}")
}

/// What one entry of [`name`] and [`value`] weighs.
pub(crate) async fn unit(bench: &Bench) -> u64 {
    let bench = bench.fresh();
    let larder = bench.larder(Settings::unbounded()).await;
    bench.set(&bench.texts(&larder), &name(0), &value()).await;
    bench.must(larder.volume().await, "asking for the volume")
}

/// A larder whose limit is `entries` entries, and which is full with them, one stored each second.
pub(crate) async fn full(bench: &Bench, entries: u64, policy: &'static str) -> (Larder, Texts) {
    let limit = entries * unit(bench).await;
    let larder = bench.larder(Settings::limited(limit).policy(policy)).await;
    let cache = bench.texts(&larder);
    for number in 0..entries {
        bench.set(&cache, &name(number), &value()).await;
        bench.pass(1);
    }
    (larder, cache)
}

/// The names of the entries with these numbers.
pub(crate) fn names(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(name).collect()
}
