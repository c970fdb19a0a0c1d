//! An invalidation during a computation stands: its result is not stored, and later callers do not get it.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use larder_core::cache::WriteOptions;
use larder_core::disk::Settings;
use larder_core::larder::Larder;

use super::Held;
use crate::Bench;
use crate::bench::Texts;

/// What happens to the key during a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Set,
    SetAndRemove,
    Remove,
    Pop,
    EvictTag,
    Clear,
}

impl Deed {
    const ALL: [Self; 6] =
        [Self::Set, Self::SetAndRemove, Self::Remove, Self::Pop, Self::EvictTag, Self::Clear];

    async fn is_done(self, bench: &Bench, cache: &Texts) {
        match self {
            Self::Set => bench.set(cache, "key", "set").await,
            Self::SetAndRemove => {
                bench.set(cache, "key", "set").await;
                bench.must(cache.remove("key").await, "removing");
            }
            Self::Remove => {
                bench.must(cache.remove("key").await, "removing");
            }
            Self::Pop => {
                bench.must(cache.pop("key").await, "popping");
            }
            Self::EvictTag => {
                bench.must(cache.evict("red").await, "removing by tag");
            }
            Self::Clear => {
                bench.must(cache.clear().await, "clearing");
            }
        }
    }

    /// What is stored afterwards.
    fn left(self) -> Option<&'static str> {
        (self == Self::Set).then_some("set")
    }
}

/// Holds a computation while `deed` is done through a cache of `by`, and checks that it stands.
async fn stands(bench: &Bench, larder: &Larder, by: &Larder, deed: Deed, is_expired: bool) {
    let (cache, other) = (bench.texts(larder), bench.texts(by));
    let options = WriteOptions::default().tag("red");
    bench.must(cache.clear().await, "clearing");
    if is_expired {
        let short = WriteOptions::default().life(Duration::from_secs(1));
        bench.set_with(&cache, "key", "expired", &short).await;
        bench.pass(1);
    }
    let what =
        format!("{deed:?} during a computation{}", if is_expired { " over an expired entry" } else { "" });
    // First with a caller that asks after the deed, then without.
    for asks in [true, false] {
        let held = Held::default();
        let mut call = Box::pin(cache.get_or_insert_as("key", &options, async || held.compute("old").await));
        held.begin(&mut call).await;
        deed.is_done(bench, &other).await;
        let mut left = deed.left();
        if asks {
            let again = bench.texts(larder);
            let new = Held::ended();
            let mut asked =
                Box::pin(again.get_or_insert_as("key", &options, async || new.compute("new").await));
            let asked = poll_fn(|context| {
                let answer = asked.as_mut().poll(context);
                assert_eq!(again.stats().waits, 0, "{bench}: a caller after {what} waits for the old value");
                answer
            });
            let expected = left.unwrap_or("new");
            assert_eq!(bench.must(asked.await, "asking"), expected, "{bench}: asked after {what}");
            left = Some(expected);
        }
        held.end();
        assert_eq!(bench.must(call.await, "computing"), "old", "{bench}: the call that began before {what}");
        assert_eq!(bench.get(&cache, "key").await.as_deref(), left, "{bench}: what is stored after {what}");
        bench.must(cache.remove("key").await, "removing");
    }
}

/// A write or removal through any cache of the same open disk stands, and later callers get nothing older.
/// [MEM-9, SET-1, DEL-1, TAG-4, CLR-1]
pub async fn an_invalidation_by_the_same_store_stands(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    for deed in Deed::ALL {
        if deed == Deed::Pop && !bench.declared().compare {
            continue;
        }
        for is_expired in [false, true] {
            stands(bench, &larder, &larder, deed, is_expired).await;
        }
    }
    bench.books_balance(&larder).await;
}

/// So does one through another handle. A disk without fences notices a value that is stored there when the
/// computation ends.
/// [MEM-9, SET-1, DEL-1, TAG-4, CLR-1]
pub async fn an_invalidation_by_another_handle_stands(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let other = bench.larder(Settings::unbounded()).await;
    for deed in Deed::ALL {
        if deed == Deed::Set || larder.disk().fence().is_some() {
            for is_expired in [false, true] {
                stands(bench, &larder, &other, deed, is_expired).await;
            }
        }
    }
}

/// A value that another process stored during a computation, and that was evicted since, is newer than the result.
/// [MEM-9, CAP-6]
pub async fn a_newer_value_that_was_evicted_is_newer_still(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let other = bench.larder_on(Arc::clone(larder.disk())).await;
    if larder.disk().fence().is_none() {
        return;
    }
    let (cache, theirs) = (bench.texts(&larder), bench.texts(&other));
    let held = Held::default();
    let mut call = Box::pin(cache.get_or_insert_with("key", async || held.compute("old").await));
    held.begin(&mut call).await;
    bench.set(&theirs, "key", "newer").await;
    let settings = Settings { max_entries: Some(0), ..Settings::unbounded() };
    bench.must(other.change(settings).await, "limiting");
    bench.must(other.cull().await, "culling");
    bench.must(other.change(Settings::unbounded()).await, "lifting the limit");
    held.end();
    bench.must(call.await, "computing");
    assert_eq!(bench.get(&cache, "key").await, None, "{bench}: an older value is stored after a newer one");
}

/// What nobody touches is stored, whatever happens to other keys, tags and caches.
/// [MEM-1]
pub async fn what_is_not_touched_is_stored(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let elsewhere: Texts = bench.strict(larder.cache("elsewhere"));
    let options = WriteOptions::default().tag("red");
    let held = Held::default();
    let mut call = Box::pin(cache.get_or_insert_as("key", &options, async || held.compute("value").await));
    held.begin(&mut call).await;
    bench.set(&cache, "other", "value").await;
    bench.must(cache.remove("other").await, "removing");
    bench.must(cache.evict("blue").await, "removing by tag");
    bench.set(&elsewhere, "key", "value").await;
    bench.must(elsewhere.evict("red").await, "removing by tag");
    bench.must(elsewhere.clear().await, "clearing");
    held.end();
    assert_eq!(bench.must(call.await, "computing"), "value", "{bench}: the computed value");
    assert_eq!(bench.get(&cache, "key").await.as_deref(), Some("value"), "{bench}: it is stored");
}
