//! What a cache counts of itself.

use std::time::Duration;

use larder_core::cache::{Stats, WriteOptions};
use larder_core::disk::Settings;

use crate::Bench;

/// Reads are hits or misses with a reason; looks, touches, removals and iterations are neither; a reset gives the counts.
/// [STA-1, STA-2, STA-3, STA-4]
pub async fn reads_are_counted_and_nothing_else(bench: &Bench) {
    let larder = bench.larder(Settings::limited(100_000)).await;
    let cache = bench.texts(&larder);
    bench.set(&cache, "live", "value").await;
    bench.set_with(&cache, "dead", "value", &WriteOptions::default().life(Duration::ZERO)).await;
    for (key, there) in
        [("live", true), ("live", true), ("dead", false), ("absent", false), ("absent", false)]
    {
        assert_eq!(bench.get(&cache, key).await.is_some(), there, "{bench}: reading {key}");
    }
    let entry = bench.must(cache.get_entry("live").await, "getting an entry");
    assert!(entry.is_some(), "{bench}: reading an entry");
    assert!(bench.has(&cache, "live").await, "{bench}: looking");
    assert_eq!(bench.sorted_keys(&cache).await.len(), 2, "{bench}: iterating");
    assert!(!bench.must(cache.remove("absent").await, "removing"), "{bench}: removing nothing");
    assert!(bench.must(cache.remove("live").await, "removing"), "{bench}: removing");
    let _ = bench.must(cache.expire().await, "expiring");
    let _ = bench.must(cache.set("large", &"v".repeat(200_000)).await, "setting what is too large");
    let stats = cache.stats();
    let reads = (stats.hits, stats.misses.absent, stats.misses.expired, stats.misses.total(), stats.errors);
    assert_eq!(reads, (3, 2, 1, 3, 0), "{bench}: reads: {stats:?}");
    let writes = (stats.stored, stats.refused.too_large, stats.removed, stats.expired);
    assert_eq!(writes, (2, 1, 1, 1), "{bench}: writes: {stats:?}");
    assert_eq!(cache.reset_stats(), stats, "{bench}: a reset gives the counts");
    assert_eq!(cache.stats(), Stats::default(), "{bench}: after a reset the counts begin anew");
}
