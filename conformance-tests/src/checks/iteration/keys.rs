//! Which keys come, on every disk.

use std::collections::BTreeSet;
use std::time::Duration;

use larder_core::cache::{Order, WriteOptions};
use larder_core::disk::{Condition, NoRoom, Settings};
use larder_core::key::{Key, KeyValue, Namespace};

use crate::Bench;
use crate::bench::Texts;

async fn fill(bench: &Bench, cache: &Texts, entries: u64) {
    for number in 0..entries {
        bench.set(cache, &format!("{number:03}"), "value").await;
    }
}

/// Every key of hundreds comes once in each order, and none of an empty cache.
/// [ITR-6, ITR-8]
pub async fn every_key_comes_once(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for order in [Order::Oldest, Order::Newest, Order::Ascending, Order::Descending] {
        assert!(bench.all_keys(&cache, order).await.is_empty(), "{bench}: the keys of an empty cache");
    }
    fill(bench, &cache, 350).await;
    for order in [Order::Oldest, Order::Newest, Order::Ascending, Order::Descending] {
        let keys = bench.all_keys(&cache, order).await;
        let distinct: BTreeSet<&String> = keys.iter().collect();
        assert_eq!((keys.len(), distinct.len()), (350, 350), "{bench}: {order:?}: keys, and distinct ones");
    }
}

/// Sorted iteration yields numbers, then text, then bytes, then structured keys, forward and back.
/// [ITR-7, ORD-1, ORD-2, ORD-3]
pub async fn sorted_keys_are_sorted(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache: larder_core::cache::Cache<KeyValue, String> = bench.strict(larder.cache("sorted"));
    let sorted = [
        KeyValue::Integer(-1),
        KeyValue::Float(1.5),
        KeyValue::Integer(2),
        KeyValue::Text(String::new()),
        KeyValue::Text("a".into()),
        KeyValue::Text("b".into()),
        KeyValue::Bytes(larder_core::Bytes::new()),
        KeyValue::Bytes("a".into()),
    ];
    for place in [5, 2, 7, 1, 4, 0, 6, 3] {
        let outcome = cache.set(&sorted[place], &"value".to_owned()).await;
        assert!(bench.must(outcome, "setting").is_stored(), "{bench}: setting a value");
    }
    let forward = bench.all_keys(&cache, Order::Ascending).await;
    assert_eq!(forward, sorted, "{bench}: keys in ascending order");
    let mut backward = bench.all_keys(&cache, Order::Descending).await;
    backward.reverse();
    assert_eq!(backward, sorted, "{bench}: keys in descending order");
}

/// Dead entries are iterated until they are removed.
/// [ITR-2, EXP-5]
pub async fn the_dead_come_too(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let mortal = WriteOptions::default().life(Duration::from_secs(1));
    bench.set_with(&cache, "dead", "value", &mortal).await;
    bench.set(&cache, "live", "value").await;
    bench.pass(1);
    assert_eq!(bench.sorted_keys(&cache).await, ["dead", "live"], "{bench}: the keys of the cache");
    bench.must(cache.expire().await, "expiring");
    assert_eq!(bench.sorted_keys(&cache).await, ["live"], "{bench}: the keys after the dead went");
}

/// Keys of other caches and of larder itself never come, are not cleared and not counted in length.
/// [NSP-1, NSP-3, CLR-1]
pub async fn other_namespaces_never_come(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let one: Texts = bench.strict(larder.cache("one"));
    let other: Texts = bench.strict(larder.cache("other"));
    bench.set(&one, "a", "value").await;
    bench.set(&other, "a", "value").await;
    bench.set(&other, "b", "value").await;
    let disk = larder.disk();
    let reserved = bench.must(Key::new(&Namespace::reserved(), "a"), "making a key");
    let put = disk.put(&reserved, bench.draft(bench.meta(), "own"), Condition::Always, &NoRoom).await;
    bench.stored(bench.must(put, "putting larder's own entry"));
    assert_eq!(bench.sorted_keys(&one).await, ["a"], "{bench}: the keys of one cache");
    assert_eq!(bench.sorted_keys(&other).await, ["a", "b"], "{bench}: the keys of the other cache");
    assert_eq!(bench.must(other.clear().await, "clearing"), 2, "{bench}: what a clear removes");
    assert_eq!(bench.must(other.clear().await, "clearing"), 0, "{bench}: a second clear");
    assert_eq!(bench.sorted_keys(&one).await, ["a"], "{bench}: the keys of one cache after clearing another");
    assert!(bench.body(&**disk, &reserved).await.is_some(), "{bench}: larder's own entry stays");
}

/// The length of a cache counts its own entries, dead ones too, and follows every change.
/// [ITR-9, NSP-2]
pub async fn the_length_counts_every_entry(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let other: Texts = bench.strict(larder.cache("other"));
    bench.set(&other, "a", "value").await;
    let length = async || bench.must(cache.len().await, "counting");
    assert_eq!(length().await, 0, "{bench}: the length of an empty cache");
    fill(bench, &cache, 20).await;
    bench.set(&cache, "000", "again").await;
    bench.set_with(&cache, "001", "dead", &WriteOptions::default().life(Duration::ZERO)).await;
    assert_eq!(length().await, 20, "{bench}: an overwrite is no new entry");
    let _ = bench.must(cache.remove("005").await, "removing");
    assert_eq!(length().await, 19, "{bench}: the length after a removal");
    let _ = bench.must(cache.expire().await, "expiring");
    assert_eq!(length().await, 18, "{bench}: the length after the dead went");
    let _ = bench.must(cache.clear().await, "clearing");
    assert_eq!(length().await, 0, "{bench}: the length after a clear");
}

/// Entries that are there throughout come once, whatever is removed and inserted meanwhile.
/// [ITR-5]
pub async fn what_stays_comes_once_while_others_go(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for order in [Order::Oldest, Order::Newest, Order::Ascending, Order::Descending] {
        fill(bench, &cache, 350).await;
        let mut keys = bench.must(cache.keys(order).await, "iterating");
        let mut seen: Vec<String> = Vec::new();
        while let Some(key) = bench.must(keys.next().await, "iterating") {
            let place = seen.len();
            seen.push(key);
            // Every third of the old ones goes, while the iteration passes, and new ones come.
            let _ = bench.must(cache.remove(&format!("{:03}", (place * 3) % 351)).await, "removing");
            if place < 100 {
                bench.set(&cache, &format!("new {place}"), "value").await;
            }
        }
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "{bench}: {order:?}: a key comes twice");
        for number in (0..350).filter(|number| number % 3 != 0) {
            let key = format!("{number:03}");
            assert!(distinct.contains(&key), "{bench}: {order:?}: the key {key} was there and did not come");
        }
        let _ = bench.must(cache.clear().await, "clearing");
    }
}
