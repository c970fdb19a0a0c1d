//! The order of insertion, on disks that keep it.

use larder_core::cache::Order;
use larder_core::disk::Settings;

use crate::Bench;

/// Keys come by insertion, the oldest first or the newest first.
/// [ITR-1]
pub async fn keys_come_by_insertion(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let mut inserted = Vec::new();
    for number in 0..350_u64 {
        let key = format!("{:03}", (number * 211) % 350);
        bench.set(&cache, &key, "value").await;
        inserted.push(key);
    }
    assert_eq!(bench.all_keys(&cache, Order::Oldest).await, inserted, "{bench}: the oldest first");
    inserted.reverse();
    assert_eq!(bench.all_keys(&cache, Order::Newest).await, inserted, "{bench}: the newest first");
}

/// An overwrite keeps the place of its entry, also of a dead one; removing and storing again moves it to the end.
/// [ITR-3, SET-3]
pub async fn an_overwrite_keeps_its_place(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for key in ["a", "b", "c", "d"] {
        bench.set(&cache, key, "value").await;
    }
    bench.pass(1);
    bench.set(&cache, "b", &"longer".repeat(100)).await;
    assert_eq!(
        bench.all_keys(&cache, Order::Oldest).await,
        ["a", "b", "c", "d"],
        "{bench}: after an overwrite"
    );
    let _ = bench.must(cache.remove("a").await, "removing");
    bench.set(&cache, "a", "value").await;
    assert_eq!(
        bench.all_keys(&cache, Order::Oldest).await,
        ["b", "c", "d", "a"],
        "{bench}: after a new store"
    );
}

/// What is inserted after an iteration began does not come in it, also if the newest were removed in between.
/// [ITR-4]
pub async fn what_is_inserted_later_does_not_come(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for number in 0..250 {
        bench.set(&cache, &format!("old {number}"), "value").await;
    }
    let mut keys = cache.keys(Order::Oldest);
    let first = bench.must(keys.next().await, "iterating");
    assert_eq!(first.as_deref(), Some("old 0"), "{bench}: the oldest key");
    for number in 240..250 {
        let _ = bench.must(cache.remove(&format!("old {number}")).await, "removing");
    }
    for number in 0..20 {
        bench.set(&cache, &format!("new {number}"), "value").await;
    }
    let mut count = 1;
    while let Some(key) = bench.must(keys.next().await, "iterating") {
        assert!(key.starts_with("old"), "{bench}: {key} was inserted after the iteration began");
        count += 1;
    }
    assert_eq!(count, 240, "{bench}: the old ones that stayed");
}

/// Insertion numbers rise, are kept by overwrites, and are never used again.
/// [ITR-4, SET-3]
pub async fn insertion_numbers_are_never_used_again(bench: &Bench) {
    let disk = bench.disk().await;
    let mut last = 0;
    for number in 0..5 {
        let key = bench.key(&(number % 2));
        let brief = bench.store(&*disk, &key, "body").await;
        assert!(brief.insertion > last, "{bench}: a new entry has a greater number");
        last = brief.insertion;
        let again = bench.store(&*disk, &key, "again").await;
        assert_eq!(again.insertion, last, "{bench}: an overwrite keeps the number");
        let _ = bench.remove(&*disk, &key).await;
    }
}
