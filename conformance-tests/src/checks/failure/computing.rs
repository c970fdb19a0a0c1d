//! Computing what is missing, when things go wrong.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::future::poll_immediate;
use larder_core::disk::Settings;
use larder_core::error::{Error, ErrorKind};

use crate::Bench;
use crate::bench::Texts;
use crate::faulty::{Call, Faulty, Trouble};

/// A computed value is returned also when storing it was refused or failed.
/// [CAP-6, ERR-1]
pub async fn a_computed_value_is_returned_though_it_is_not_stored(bench: &Bench) {
    let disk = bench.open(Settings::limited(2_000)).await;
    let faulty = Faulty::new(disk, Arc::new(bench.clock().clone()));
    let larder = bench.larder_on(Arc::new(faulty.clone())).await;
    let cache: Texts = bench.must(larder.cache("texts").build(), "making a cache");
    let large = "v".repeat(10_000);
    let computed = cache.get_or_insert_with("large", async || Ok::<_, Error>(large.clone())).await;
    assert_eq!(bench.must(computed, "computing"), large, "{bench}: a value that does not fit");
    faulty.plan(Call::Put, 1, Trouble::Fail(ErrorKind::Unavailable));
    let computed = cache.get_or_insert_with("failed", async || Ok::<_, Error>("value".to_owned())).await;
    assert_eq!(bench.must(computed, "computing"), "value", "{bench}: a value whose storing failed");
    assert!(
        !bench.has(&cache, "large").await && !bench.has(&cache, "failed").await,
        "{bench}: neither is stored"
    );
    let computed = cache.get_or_insert_with("kept", async || Ok::<_, Error>("value".to_owned())).await;
    assert_eq!(bench.must(computed, "computing"), "value", "{bench}: a value that is stored");
    assert_eq!(
        bench.get(&cache, "kept").await.as_deref(),
        Some("value"),
        "{bench}: a computed value is stored"
    );
}

/// A computation that fails, panics or is dropped stores nothing, and the next one computes.
/// [MEM-3]
pub async fn a_computation_that_fails_frees_the_key(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let failing = async || Err::<String, _>(Error::new(ErrorKind::Overflow, "computing"));
    bench.fails(cache.get_or_insert_with("key", failing).await, ErrorKind::Overflow, "a failing computation");
    let panicking = catch_unwind(AssertUnwindSafe(|| {
        let compute = async || -> Result<String, Error> { std::panic::resume_unwind(Box::new("expected")) };
        bench.block_on(cache.get_or_insert_with("key", compute))
    }));
    assert!(panicking.is_err(), "{bench}: a panic reaches the caller");
    let mut waiting = Box::pin(cache.get_or_insert_with("key", async || {
        std::future::pending::<()>().await;
        Ok::<_, Error>("never".to_owned())
    }));
    assert!(poll_immediate(&mut waiting).await.is_none(), "{bench}: a computation that waits");
    drop(waiting);
    assert!(!bench.has(&cache, "key").await, "{bench}: nothing is stored so far");
    let computed = cache.get_or_insert_with("key", async || Ok::<_, Error>("value".to_owned())).await;
    assert_eq!(bench.must(computed, "computing"), "value", "{bench}: the next computation");
    let again = cache.get_or_insert_with("key", failing).await;
    assert_eq!(bench.must(again, "reading what was computed"), "value", "{bench}: a hit computes nothing");
}

/// A computation that asks for its own key is told so instead of waiting for itself.
/// [MEM-10]
pub async fn a_computation_of_itself_is_an_error(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let inner = cache.clone();
    let computed = cache.get_or_insert_with("key", async || {
        let other = inner.get_or_insert_with("other", async || Ok::<_, Error>("other".to_owned())).await?;
        assert_eq!(other, "other", "a computation may ask for another key");
        inner.get_or_insert_with("key", async || Ok::<_, Error>("own".to_owned())).await
    });
    bench.fails(computed.await, ErrorKind::Invalid, "computing a value from itself");
    assert_eq!(bench.get(&cache, "other").await.as_deref(), Some("other"), "{bench}: the other key's value");
}
