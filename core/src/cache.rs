//! The cache: typed values under typed keys, on a disk that it shares with other caches.
//!
//! A [`Cache`] is a name, a codec and a rule of life over a [`Larder`]. It reads the clock once an operation, and
//! that one reading serves times, liveness and the making of room. A broken disk does not break the program: in
//! the default mode it is a miss that is counted as an error; what the caller did wrong is always told.

mod batch;
mod builder;
mod conditional;
mod counters;
mod ends;
mod increment;
mod insert;
mod keys;
mod outcome;
mod read;
mod stream;
mod write;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::codec::Codecs;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, Key, Namespace};
use crate::larder::Larder;

pub use builder::CacheBuilder;
pub use counters::{Misses, Refusals, Stats};
pub use increment::{Increment, Number};
pub use keys::{Keys, Order};
pub use outcome::{CacheEntry, Life, Outcome, Swapped, WriteOptions};
pub use stream::ValueReader;

use counters::Counters;

/// What a cache does when the disk fails it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The program goes on: a read is a miss, a write says that it failed, and the error is counted.
    #[default]
    Miss,
    /// The error is returned.
    Fail,
}

/// What callers that wait for the computation of another caller do when it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailedComputation {
    /// They get an error of [`ErrorKind::Computation`]. However many wait, a computation that fails runs once.
    #[default]
    Share,
    /// One of them computes with its own closure, and the others wait for it.
    Retry,
}

/// The deadline of a cache whose builder does not set one.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);

/// A cache of values of `V` under keys of `K`. Cheap to clone; clones are the same cache.
///
/// ```
/// use larder_core::cache::Cache;
/// # use larder_core::larder::Larder;
/// # async fn example(larder: Larder) -> larder_core::Result<()> {
/// let ages: Cache<String, u32> = larder.cache("ages").build()?;
/// assert!(ages.set("ann", &42).await?.is_stored());
/// assert_eq!(ages.get("ann").await?, Some(42));
/// # Ok(())
/// # }
/// ```
pub struct Cache<K: ?Sized, V> {
    inner: Arc<Inner<V>>,
    keys: PhantomData<fn(&K)>,
}

struct Inner<V> {
    larder: Larder,
    namespace: Namespace,
    codecs: Codecs<V>,
    life: Option<Duration>,
    on_error: OnError,
    counters: Counters,
    deadline: Duration,
    on_failed_computation: OnFailedComputation,
}

impl<K: ?Sized, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), keys: PhantomData }
    }
}

impl<K: ?Sized, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { larder, namespace, life, on_error, .. } = &*self.inner;
        f.debug_struct("Cache")
            .field("namespace", namespace)
            .field("disk", &larder.disk().location())
            .field("life", life)
            .field("on_error", on_error)
            .finish_non_exhaustive()
    }
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// The opened disk that this cache lies on.
    pub fn larder(&self) -> &Larder {
        &self.inner.larder
    }

    /// The name of this cache.
    pub fn namespace(&self) -> &Namespace {
        &self.inner.namespace
    }

    /// The key that `key` is on the disk.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a key that equals nothing, NaN.
    pub fn key<Q: CacheKey + ?Sized>(&self, key: &Q) -> Result<Key> {
        Key::new(&self.inner.namespace, key)
    }

    /// What happened to this cache since it was opened: one consistent value.
    pub fn stats(&self) -> Stats {
        self.inner.counters.snapshot()
    }

    /// As [`stats`](Cache::stats), and counts from zero again.
    pub fn reset_stats(&self) -> Stats {
        self.inner.counters.reset()
    }

    /// How many entries this cache has, dead ones included; no scan.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] on a disk that does not count, [`ErrorKind::Unavailable`] when it cannot be
    /// reached, in every mode.
    pub async fn len(&self) -> Result<u64> {
        self.inner.larder.disk().count(&self.inner.namespace).await
    }

    /// Whether this cache has no entries, dead ones included.
    ///
    /// # Errors
    ///
    /// As for [`len`](Cache::len).
    pub async fn is_empty(&self) -> Result<bool> {
        Ok(self.len().await? == 0)
    }

    /// The volume of the disk, all caches on it together, in bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the disk cannot be reached, in every mode.
    pub async fn volume(&self) -> Result<u64> {
        self.inner.larder.volume().await
    }

    /// What to answer where the disk failed: the error in strict mode, and where the caller is at fault;
    /// otherwise it is counted and `instead` is answered.
    fn absorb<T>(&self, error: Error, key: Option<&Key>, instead: T) -> Result<T> {
        let error = match key {
            Some(key) => error.of(key),
            None => error,
        };
        if !is_of_the_disk(error.kind()) {
            return Err(error);
        }
        self.inner.counters.add(|counts| counts.errors += 1);
        match self.inner.on_error {
            OnError::Miss => Ok(instead),
            OnError::Fail => Err(error),
        }
    }
}

/// Whether errors of this kind tell of the disk and what lies on it, rather than of the call.
const fn is_of_the_disk(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unavailable | ErrorKind::Corrupt | ErrorKind::Format | ErrorKind::Decode)
}
