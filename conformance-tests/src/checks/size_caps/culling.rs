//! Changing limits, and culling.

use std::time::Duration;

use larder_core::cache::{Life, WriteOptions};
use larder_core::disk::Settings;

use super::{full, name, names, unit, value};
use crate::Bench;

/// Lowering the limit removes nothing by itself; a cull then removes what is above it, in order, and counts it.
/// [VOL-7, CLL-1, CLL-2, CLL-3]
pub async fn a_cull_obeys_a_lowered_limit(bench: &Bench) {
    let (larder, cache) = full(bench, 10, "lru").await;
    let unit = unit(bench).await;
    bench.must(larder.change(Settings::limited(4 * unit).policy("lru")).await, "lowering the limit");
    assert_eq!(bench.sorted_keys(&cache).await, names(0..10), "{bench}: a lower limit removes nothing yet");
    assert_eq!(bench.must(larder.cull().await, "culling"), 6, "{bench}: what a cull removes");
    assert_eq!(bench.sorted_keys(&cache).await, names(6..10), "{bench}: what a cull leaves");
    assert_eq!(bench.must(larder.cull().await, "culling"), 0, "{bench}: a second cull");
    bench.books_balance(&larder).await;
}

/// The write after a lowered limit makes the disk obey it.
/// [VOL-7, CAP-2]
pub async fn the_next_write_obeys_a_lowered_limit(bench: &Bench) {
    let (larder, cache) = full(bench, 10, "lru").await;
    let limit = 4 * unit(bench).await;
    bench.must(larder.change(Settings::limited(limit).policy("lru")).await, "lowering the limit");
    bench.set(&cache, &name(10), &value()).await;
    assert_eq!(bench.sorted_keys(&cache).await, names(7..11), "{bench}: what a write leaves");
    let volume = bench.must(larder.volume().await, "asking for the volume");
    assert!(volume <= limit, "{bench}: {volume} bytes of {limit}");
}

/// A cull removes all that is dead, also where the volume is within the limit and nothing may be evicted.
/// [CLL-1, CLL-3]
pub async fn a_cull_removes_all_the_dead(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded().policy("none")).await;
    let cache = bench.texts(&larder);
    let mortal = WriteOptions::default().life(Duration::from_secs(1));
    for number in 0..120 {
        bench.set_with(&cache, &name(number), &value(), &mortal).await;
    }
    bench.set(&cache, "live", "value").await;
    bench.pass(1);
    assert_eq!(bench.must(larder.cull().await, "culling"), 120, "{bench}: what a cull removes");
    assert_eq!(bench.sorted_keys(&cache).await, ["live"], "{bench}: what a cull leaves");
    bench.books_balance(&larder).await;
}

/// Reading, looking and touching never remove anything, also while the volume is above a lowered limit.
/// [CAP-11, TCH-4]
pub async fn reads_and_touches_remove_nothing(bench: &Bench) {
    let (larder, cache) = full(bench, 10, "lru").await;
    bench.must(larder.change(Settings::limited(unit(bench).await).policy("lru")).await, "lowering the limit");
    for number in 0..10 {
        assert!(bench.get(&cache, &name(number)).await.is_some(), "{bench}: a read finds its entry");
        assert!(bench.has(&cache, &name(number)).await, "{bench}: a look finds its entry");
        if bench.declared().touch {
            let touched = cache.touch(&name(number), Life::Endless).await;
            assert!(bench.must(touched, "touching"), "{bench}: a touch finds its entry");
        }
    }
    assert_eq!(bench.sorted_keys(&cache).await, names(0..10), "{bench}: all are there still");
}

/// What was stored, and what became of it, add up after hundreds of operations of all kinds.
/// [CAP-10]
pub async fn the_books_balance(bench: &Bench) {
    let larder = bench.larder(Settings::limited(20_000).policy("lru")).await;
    let cache = bench.texts(&larder);
    for _ in 0..400 {
        let key = name(bench.below(50));
        let text = "v".repeat(usize::try_from(bench.below(2_000)).expect("small"));
        match bench.below(12) {
            0 => {
                let _ = bench.must(cache.remove(&key).await, "removing");
            }
            1 => {
                let _ = bench.must(cache.expire().await, "expiring");
            }
            2 => {
                let _ = bench.must(cache.evict(i64::from(bench.below(2) == 0)).await, "evicting");
            }
            3 => {
                let _ = bench.must(cache.set(&key, &"v".repeat(30_000)).await, "setting what is too large");
            }
            _ => {
                let life = Duration::from_secs(bench.below(100));
                let options = WriteOptions::default().life(life).tag(i64::from(bench.below(9) == 0));
                let _ = bench.must(cache.set_with(&key, &text, &options).await, "setting");
            }
        }
        bench.pass(1);
        bench.books_balance(&larder).await;
    }
    let balance = bench.must(larder.balance().await, "asking for the balance");
    let all = [balance.stored, balance.replaced, balance.removed, balance.expired, balance.evicted];
    assert!(all.iter().all(|count| *count > 0), "{bench}: each way to go is in the books: {balance:?}");
    bench.must(cache.clear().await, "clearing");
    bench.books_balance(&larder).await;
}
