//! The order of each policy, by example.

use std::time::Duration;

use larder_core::cache::WriteOptions;
use larder_core::disk::Settings;
use larder_core::error::ErrorKind;

use crate::Bench;
use crate::checks::size_caps::{full, name, names, unit, value};

/// Under `lrs` the entry that was stored first goes first, however often it was read.
/// [POL-1]
pub async fn lrs_takes_the_least_recently_stored(bench: &Bench) {
    let (_larder, cache) = full(bench, 10, "lrs").await;
    for number in [0, 1, 7] {
        assert!(bench.get(&cache, &name(number)).await.is_some(), "{bench}: a read finds its entry");
    }
    bench.pass(1);
    // Storing again counts as storing.
    bench.set(&cache, &name(2), &value()).await;
    for number in 10..13 {
        bench.pass(1);
        bench.set(&cache, &name(number), &value()).await;
    }
    let expected = names([2].into_iter().chain(4..13));
    assert_eq!(bench.sorted_keys(&cache).await, expected, "{bench}: what `lrs` leaves");
}

/// Under `lru` the entry whose last read or store is oldest goes first.
/// [POL-2, POL-11]
pub async fn lru_takes_the_least_recently_used(bench: &Bench) {
    let (_larder, cache) = full(bench, 10, "lru").await;
    for number in [0, 1, 7, 8, 9] {
        assert!(bench.get(&cache, &name(number)).await.is_some(), "{bench}: a read finds its entry");
        bench.pass(1);
    }
    for number in 10..15 {
        bench.set(&cache, &name(number), &value()).await;
        bench.pass(1);
    }
    let expected = names([0, 1].into_iter().chain(7..15));
    assert_eq!(bench.sorted_keys(&cache).await, expected, "{bench}: what `lru` leaves");
}

/// Under `lfu` the entry with the fewest reads goes first.
/// [POL-3, POL-12]
pub async fn lfu_takes_the_least_frequently_used(bench: &Bench) {
    let (_larder, cache) = full(bench, 10, "lfu").await;
    for (number, reads) in [(0, 5), (1, 4), (7, 3), (8, 2), (9, 1)] {
        for _ in 0..reads {
            assert!(bench.get(&cache, &name(number)).await.is_some(), "{bench}: a read finds its entry");
        }
    }
    for number in 10..15 {
        bench.set(&cache, &name(number), &value()).await;
        bench.pass(1);
    }
    let expected = names([0, 1].into_iter().chain(7..15));
    assert_eq!(bench.sorted_keys(&cache).await, expected, "{bench}: what `lfu` leaves");
}

/// Of entries whose turn comes together the first inserted goes first, whatever their keys.
/// [POL-5, POL-14]
pub async fn ties_go_by_insertion(bench: &Bench) {
    for policy in ["lrs", "lru", "lfu"] {
        let bench = bench.fresh();
        let limit = 4 * unit(&bench).await;
        let larder = bench.larder(Settings::limited(limit).policy(policy)).await;
        let cache = bench.texts(&larder);
        for number in [5, 3, 9, 1] {
            bench.set(&cache, &name(number), &value()).await;
        }
        // An overwrite keeps the place of its entry.
        bench.set(&cache, &name(5), &value()).await;
        for number in [20, 21] {
            bench.set(&cache, &name(number), &value()).await;
        }
        let left = bench.sorted_keys(&cache).await;
        assert_eq!(left, names([1, 9, 20, 21]), "{bench}: {policy}: what equal times leave");
    }
}

/// Under `lfu` a new entry has no reads, and goes after older ones that have none.
/// [POL-13]
pub async fn a_new_entry_goes_after_older_equals(bench: &Bench) {
    let (_larder, cache) = full(bench, 3, "lfu").await;
    assert!(bench.get(&cache, &name(0)).await.is_some(), "{bench}: a read finds its entry");
    for number in 10..13 {
        bench.set(&cache, &name(number), &value()).await;
        let has = bench.has(&cache, &name(number)).await;
        assert!(has, "{bench}: the entry that was written last is there");
    }
    assert_eq!(bench.sorted_keys(&cache).await, names([0, 11, 12]), "{bench}: what `lfu` leaves");
}

/// The dead go before anything that lives, whatever the policy.
/// [CAP-2, EXP-6]
pub async fn the_dead_go_first(bench: &Bench) {
    for policy in ["lrs", "lru", "lfu", "none"] {
        let bench = bench.fresh();
        let unit = unit(&bench).await;
        let larder = bench.larder(Settings::limited(8 * unit).policy(policy)).await;
        let cache = bench.texts(&larder);
        bench.set(&cache, &name(0), &value()).await;
        let mortal = WriteOptions::default().life(Duration::from_secs(1));
        for number in 1..4 {
            bench.set_with(&cache, &name(number), &value(), &mortal).await;
        }
        bench.set(&cache, &name(4), &value()).await;
        bench.pass(1);
        for number in 5..9 {
            bench.set(&cache, &name(number), &value()).await;
        }
        for number in [0, 4, 5, 6, 7, 8] {
            assert!(
                bench.has(&cache, &name(number)).await,
                "{bench}: {policy}: {number} lives, others are dead"
            );
        }
        bench.books_balance(&larder).await;
    }
}

/// A change of the policy holds from the next eviction on, and starts from what is recorded.
/// [POL-7, POL-9]
pub async fn a_change_of_policy_is_obeyed(bench: &Bench) {
    let (larder, cache) = full(bench, 6, "lru").await;
    for (number, reads) in [(0, 3), (1, 3), (2, 3), (3, 3), (5, 1)] {
        for _ in 0..reads {
            assert!(bench.get(&cache, &name(number)).await.is_some(), "{bench}: a read finds its entry");
            bench.pass(1);
        }
    }
    bench.set(&cache, &name(10), &value()).await;
    assert!(!bench.has(&cache, &name(4)).await, "{bench}: `lru` takes what was not read");
    let limit = 6 * unit(bench).await;
    bench.must(larder.change(Settings::limited(limit).policy("lfu")).await, "changing the policy");
    assert!(bench.get(&cache, &name(10)).await.is_some(), "{bench}: a read finds its entry");
    assert!(bench.get(&cache, &name(10)).await.is_some(), "{bench}: a read finds its entry");
    bench.set(&cache, &name(11), &value()).await;
    let left = bench.sorted_keys(&cache).await;
    assert_eq!(left, names([0, 1, 2, 3, 10, 11]), "{bench}: `lfu` takes what was read least");
    bench.must(larder.change(Settings::limited(limit).policy("lrs")).await, "changing the policy");
    bench.set(&cache, &name(12), &value()).await;
    assert!(!bench.has(&cache, &name(0)).await, "{bench}: `lrs` takes what was stored first");
}

/// A policy that nobody knows is refused with the known ones named, and the old one stays.
/// [POL-8]
pub async fn an_unknown_policy_is_refused(bench: &Bench) {
    let larder = bench.larder(Settings::limited(1 << 20).policy("lru")).await;
    let changed = larder.change(Settings::limited(1 << 20).policy("lur")).await;
    let error = bench.fails(changed, ErrorKind::Invalid, "changing to an unknown policy");
    assert!(error.to_string().contains("lru"), "{bench}: the known policies are named: {error}");
    let settings = bench.must(larder.settings().await, "asking for the settings");
    assert_eq!(
        settings,
        Settings::limited(1 << 20).policy("lru"),
        "{bench}: the settings after a refused change"
    );
}
