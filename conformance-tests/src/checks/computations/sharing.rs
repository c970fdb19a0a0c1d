//! One computation per key for all callers of an open disk.

use std::sync::Arc;

use larder_core::cache::{Cache, OnFailedComputation};
use larder_core::disk::Settings;
use larder_core::error::{Error, ErrorKind};

use super::Held;
use crate::Bench;
use crate::bench::Texts;
use crate::faulty::{Call, Faulty, Trouble};

/// Callers that make caches of one name one by one share a computation, and are counted as waiting. Caches of other
/// names and other types compute by themselves.
/// [MEM-9, STA-4]
pub async fn all_callers_of_a_store_share_a_computation(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let (first, held) = (bench.texts(&larder), Held::default());
    let mut call = Box::pin(first.get_or_insert_with("key", async || held.compute("value").await));
    held.begin(&mut call).await;
    let caches: Vec<Texts> = (0..7).map(|_| bench.texts(&larder)).collect();
    let join = |cache: &Texts| {
        let (cache, held) = (cache.clone(), held.clone());
        Box::pin(
            async move { cache.get_or_insert_with("key", async || held.compute("of its own").await).await },
        )
    };
    let mut waiting: Vec<_> = caches.iter().map(join).collect();
    for (call, cache) in waiting.iter_mut().zip(&caches) {
        held.join(call, cache, &format!("{bench}")).await;
    }
    let elsewhere: Texts = bench.strict(larder.cache("elsewhere"));
    let own = elsewhere.get_or_insert_with("key", async || Ok::<_, Error>("own".to_owned())).await;
    assert_eq!(bench.must(own, "computing"), "own", "{bench}: another cache");
    let lengths: Cache<String, u64> = bench.strict(larder.cache("texts"));
    let length = lengths.get_or_insert_with("key", async || Ok::<_, Error>(5)).await;
    assert_eq!(bench.must(length, "computing"), 5, "{bench}: values of another type");
    bench.must(lengths.remove("key").await, "removing");
    held.end();
    assert_eq!(bench.must(call.await, "computing"), "value", "{bench}: the caller that computes");
    for call in waiting {
        assert_eq!(bench.must(call.await, "waiting"), "value", "{bench}: a caller that waits");
    }
    assert_eq!(held.count(), 1, "{bench}: how many computed");
    for cache in &caches {
        let stats = cache.stats();
        let counts = (stats.waits, stats.misses.total(), stats.hits);
        assert_eq!(counts, (1, 0, 0), "{bench}: waits, misses and hits of a caller that waits");
    }
}

/// Those who wait get the value though it could not be stored.
/// [MEM-9, ERR-1]
pub async fn a_value_that_is_not_stored_is_shared(bench: &Bench) {
    let disk = bench.open(Settings::unbounded()).await;
    let faulty = Faulty::new(disk, Arc::new(bench.clock().clone()));
    let larder = bench.larder_on(Arc::new(faulty.clone())).await;
    let cache: Texts = bench.must(larder.cache("texts").build(), "making a cache");
    let held = Held::default();
    let mut call = Box::pin(cache.get_or_insert_with("key", async || held.compute("value").await));
    held.begin(&mut call).await;
    let mut waiting = Box::pin(cache.get_or_insert_with("key", async || held.compute("other").await));
    held.join(&mut waiting, &cache, &format!("{bench}")).await;
    faulty.always(Call::Put, Trouble::Fail(ErrorKind::Unavailable));
    held.end();
    assert_eq!(bench.must(call.await, "computing"), "value", "{bench}: the caller that computes");
    assert_eq!(bench.must(waiting.await, "waiting"), "value", "{bench}: a caller that waits");
    assert_eq!(held.count(), 1, "{bench}: how many computed");
    assert!(!bench.has(&cache, "key").await, "{bench}: it is not stored");
    faulty.heal();
    let computed = cache.get_or_insert_with("key", async || held.compute("later").await).await;
    assert_eq!(bench.must(computed, "computing"), "later", "{bench}: the next computation");
    assert_eq!(bench.get(&cache, "key").await.as_deref(), Some("later"), "{bench}: what it stored");
}

/// A computation that fails runs once: those who wait get an error that says so, or compute one after the other if
/// the cache is built so. One that is dropped is taken over.
/// [MEM-3, MEM-9]
pub async fn a_failure_is_shared_or_retried(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    for on_failed in [OnFailedComputation::Share, OnFailedComputation::Retry] {
        let cache: Texts = bench.strict(larder.cache("texts").on_failed_computation(on_failed));
        let held = Held::default();
        let failing = async || {
            held.compute("").await?;
            Err::<String, _>(Error::new(ErrorKind::Overflow, "computing"))
        };
        let mut call = Box::pin(cache.get_or_insert_with("key", failing));
        held.begin(&mut call).await;
        let mut waiting: Vec<_> =
            (0..8).map(|_| Box::pin(cache.get_or_insert_with("key", failing))).collect();
        for call in &mut waiting {
            held.join(call, &cache, &format!("{bench}")).await;
        }
        held.end();
        bench.fails(call.await, ErrorKind::Overflow, "the computation that fails");
        let (kind, count) = match on_failed {
            OnFailedComputation::Share => (ErrorKind::Computation, 1),
            OnFailedComputation::Retry => (ErrorKind::Overflow, 9),
        };
        for call in waiting {
            bench.fails(call.await, kind, "waiting for a computation that fails");
        }
        assert_eq!(held.count(), count, "{bench}: how many computed with {on_failed:?}");
        let held = Held::default();
        let mut dropped = Box::pin(cache.get_or_insert_with("key", async || held.compute("never").await));
        held.begin(&mut dropped).await;
        let mut waiting =
            Box::pin(cache.get_or_insert_with("key", async || held.compute("taken over").await));
        held.join(&mut waiting, &cache, &format!("{bench}")).await;
        drop(dropped);
        held.end();
        let value = bench.must(waiting.await, "taking over");
        assert_eq!(value, "taken over", "{bench}: a computation that is dropped");
        bench.must(cache.remove("key").await, "removing");
    }
}
