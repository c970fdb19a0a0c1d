//! The order of insertion, on disks that keep it.

use std::time::Duration;

use larder_core::cache::{Order, WriteOptions};
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

/// What is inserted after an iteration was made does not come in it, also if the newest were removed in between.
/// [ITR-4]
pub async fn what_is_inserted_later_does_not_come(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for number in 0..250 {
        bench.set(&cache, &format!("old {number}"), "value").await;
    }
    let mut keys = bench.must(cache.keys(Order::Oldest).await, "iterating");
    let mut backward = bench.must(cache.keys(Order::Newest).await, "iterating");
    bench.set(&cache, "new at once", "value").await;
    let newest = bench.must(backward.next().await, "iterating");
    assert_eq!(newest.as_deref(), Some("old 249"), "{bench}: the newest key when the iteration was made");
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
        assert!(key.starts_with("old"), "{bench}: {key} was inserted after the iteration was made");
        count += 1;
    }
    assert_eq!(count, 240, "{bench}: the old ones that stayed");
}

/// The oldest and the newest live entry are told with what is known of them, and no read is counted or recorded; the
/// dead that are met at that end go.
/// [PKI-1, PKI-2, PKI-3, PKI-4]
pub async fn the_ends_are_the_oldest_and_the_newest(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let (cache, others) = (bench.texts(&larder), bench.numbers(&larder));
    let ends = async || {
        let oldest = bench.must(cache.oldest().await, "asking for the oldest");
        let newest = bench.must(cache.newest().await, "asking for the newest");
        (oldest, newest)
    };
    assert_eq!(ends().await, (None, None), "{bench}: a cache without entries has no ends");
    let other = bench.must(others.set("first of all", &1).await, "setting a number");
    assert!(other.is_stored(), "{bench}: setting a number");
    let (short, long) = (Duration::from_secs(1), Duration::from_secs(100));
    let dead = WriteOptions::default().life(short);
    bench.set_with(&cache, "dead, old", "value", &dead).await;
    bench.set_with(&cache, "old", "first", &WriteOptions::default().life(long).tag("tag")).await;
    let (stored, expires) = (bench.now(), bench.now().after(long));
    bench.set_with(&cache, "dead, between", "value", &dead).await;
    for key in ["middle", "new"] {
        bench.set(&cache, key, "last").await;
    }
    bench.set_with(&cache, "dead, new", "value", &dead).await;
    bench.pass(1);
    let (Some((old, oldest)), Some((new, newest))) = ends().await else {
        panic!("{bench}: a cache with live entries has no ends")
    };
    assert_eq!(
        (&*old, &*oldest.value, &*new, &*newest.value),
        ("old", "first", "new", "last"),
        "{bench}: ends"
    );
    let known = (oldest.stored, oldest.expires, oldest.tags.len());
    assert_eq!(known, (stored, Some(expires), 1), "{bench}: what is known of the oldest");
    let kept = ["dead, between", "middle", "new", "old"];
    assert_eq!(bench.sorted_keys(&cache).await, kept, "{bench}: the dead at the ends go, and no others");
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses.total()), (0, 0), "{bench}: an end is no read: {stats:?}");
    let key = bench.must(cache.key("old"), "making a key");
    let brief = bench.brief(&**larder.disk(), &key).await.expect("it is stored");
    assert_eq!((brief.hits, brief.accessed), (0, stored), "{bench}: an end is no access");
    bench.set(&cache, "old", "again").await;
    assert!(bench.must(cache.remove("new").await, "removing"), "{bench}: removing the newest");
    let (oldest, newest) = ends().await;
    let keys = (oldest.map(|(key, _)| key), newest.map(|(key, _)| key));
    assert_eq!(keys, (Some("old".into()), Some("middle".into())), "{bench}: the ends after changes");
    bench.books_balance(&larder).await;
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
