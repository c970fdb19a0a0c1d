//! What a cache makes of the conditional writes of its disk.

use std::time::Duration;

use larder_core::cache::{Cache, Order, Outcome, Swapped, WriteOptions};
use larder_core::disk::Settings;
use larder_core::error::ErrorKind;

use crate::Bench;

/// An add stores over nothing and over the dead, keeps what lives, and counts a stored null as living.
/// [ADD-1, ADD-2, ADD-3, ADD-5, GET-5]
pub async fn an_add_keeps_what_lives(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache: Cache<String, Option<i64>> = bench.strict(larder.cache("optional"));
    let add = async |key: &str, value: i64| bench.must(cache.add(key, &Some(value)).await, "adding");
    assert_eq!(add("key", 1).await, Outcome::Stored, "{bench}: an add over nothing");
    assert_eq!(add("key", 2).await, Outcome::Kept, "{bench}: an add over what lives");
    assert_eq!(
        bench.must(cache.get("key").await, "getting"),
        Some(Some(1)),
        "{bench}: the value that was kept"
    );
    let dead = WriteOptions::default().life(Duration::ZERO);
    let set = bench.must(cache.set_with("key", &Some(3), &dead).await, "setting");
    assert!(set.is_stored(), "{bench}: setting a dead value");
    assert_eq!(add("other", 4).await, Outcome::Stored, "{bench}: an add over nothing");
    assert_eq!(add("key", 5).await, Outcome::Stored, "{bench}: an add over the dead");
    assert_eq!(
        bench.must(cache.get("key").await, "getting"),
        Some(Some(5)),
        "{bench}: the value that was added"
    );
    if bench.declared().ordered {
        let keys = bench.all_keys(&cache, Order::Oldest).await;
        assert_eq!(keys, ["key", "other"], "{bench}: an add over the dead keeps its place");
    }
    let set = bench.must(cache.set("null", &None).await, "setting");
    assert!(set.is_stored(), "{bench}: setting a null");
    assert_eq!(add("null", 6).await, Outcome::Kept, "{bench}: an add over a null");
    assert_eq!(bench.must(cache.get("null").await, "getting"), Some(None), "{bench}: a null is no miss");
    bench.books_balance(&larder).await;
}

/// A pop removes what lives and returns it with all that is known of it; it is no read.
/// [POP-1, POP-2, POP-5]
pub async fn a_pop_removes_and_returns(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let options = WriteOptions::default().life(Duration::from_mins(1)).tag("tag").note("name", "note");
    bench.set_with(&cache, "key", "value", &options).await;
    let popped = bench.must(cache.pop("key").await, "popping");
    let Some(entry) = popped else { panic!("{bench}: a pop of what lives") };
    let told = (entry.value.as_str(), entry.tags.len(), entry.user.len(), entry.stored);
    assert_eq!(told, ("value", 1, 1, bench.now()), "{bench}: what a pop returns");
    assert!(!bench.has(&cache, "key").await, "{bench}: a popped entry is there");
    assert_eq!(bench.must(cache.pop("key").await, "popping"), None, "{bench}: a second pop");
    assert_eq!(cache.stats().hits + cache.stats().misses.total(), 0, "{bench}: a pop is no read");
    bench.books_balance(&larder).await;
}

/// A swap of the version that was read stores; of an older one it tells which is stored.
/// [SET-2, CAP-6]
pub async fn a_swap_needs_the_version_that_was_read(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    bench.set(&cache, "key", "first").await;
    let read = bench.must(cache.get_entry("key").await, "getting an entry").expect("it lives");
    let swap = async |value: &str| {
        let options = WriteOptions::default();
        bench.must(cache.swap("key", read.version, &value.to_owned(), &options).await, "swapping")
    };
    let Swapped::Stored(second) = swap("second").await else { panic!("{bench}: a swap of what was read") };
    assert_eq!(swap("third").await, Swapped::Conflict(Some(second)), "{bench}: a swap of an older version");
    assert_eq!(
        bench.get(&cache, "key").await.as_deref(),
        Some("second"),
        "{bench}: the value that is stored"
    );
}

/// NaN is no key: nothing is stored under it, and infinities are keys.
/// [KEY-9, KEY-8]
pub async fn nan_is_no_key(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache: Cache<f64, String> = bench.strict(larder.cache("floats"));
    let refused = cache.set(&f64::NAN, &"value".to_owned()).await;
    bench.fails(refused, ErrorKind::Invalid, "setting under NaN");
    bench.fails(cache.get(&f64::NAN).await, ErrorKind::Invalid, "getting NaN");
    let usage = bench.must(larder.usage().await, "asking for the usage");
    assert_eq!(usage.entries, 0, "{bench}: a refused set stored something");
    for key in [f64::INFINITY, f64::NEG_INFINITY] {
        let set = bench.must(cache.set(&key, &key.to_string()).await, "setting");
        assert!(set.is_stored(), "{bench}: setting under an infinity");
        assert_eq!(bench.must(cache.get(&key).await, "getting"), Some(key.to_string()), "{bench}: {key}");
    }
}
