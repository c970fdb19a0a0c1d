//! The blocking face of a cache.

use std::borrow::Borrow;
use std::fmt;

use larder_core::cache::{
    self, CacheEntry, Increment, Life, Number, Order, Outcome, Stats, Swapped, WriteOptions,
};
use larder_core::entry::Version;
use larder_core::key::{CacheKey, FromKey, Key, Namespace};
use larder_core::tag::Tag;
use larder_core::time::Time;
use larder_core::{Error, Result};

use super::wait::block_on;

/// The blocking face of a [cache](crate::Cache): same methods, same answers. Cheap to clone; clones are the same
/// cache.
///
/// ```
/// use larder::blocking::{Cache, Store};
///
/// # let settings = larder::Settings::parse("[[tier]]\nmemory = { size_limit = '64 MiB' }")?;
/// # let store = Store::open(settings)?;
/// let squares: Cache<u64, u64> = store.cache("squares")?;
/// let square = squares.get_or_insert_with(&12, || Ok::<_, larder::Error>(12 * 12))?;
/// assert_eq!(square, 144);
/// assert_eq!(squares.stats().stored, 1);
/// # Ok::<(), larder::Error>(())
/// ```
pub struct Cache<K: ?Sized, V>(crate::Cache<K, V>);

/// Methods that wait for the one of the same name, which takes a key first.
macro_rules! of_key {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        #[doc = concat!("As [`Cache::", stringify!($name), "`](crate::Cache::", stringify!($name), ").")]
        ///
        /// # Errors
        ///
        /// As there.
        pub fn $name<Q>(&self, key: &Q, $($argument: $type),*) -> Result<$answer>
        where
            K: Borrow<Q>,
            Q: CacheKey + ?Sized,
        {
            block_on(self.0.$name(key, $($argument),*))
        }
    )*};
}

/// Methods that wait for the one of the same name, which concerns the cache as a whole.
macro_rules! of_all {
    ($($name:ident($($argument:ident: $type:ty)?) -> $answer:ty;)*) => {$(
        #[doc = concat!("As [`Cache::", stringify!($name), "`](crate::Cache::", stringify!($name), ").")]
        ///
        /// # Errors
        ///
        /// As there.
        pub fn $name(&self $(, $argument: $type)?) -> Result<$answer> {
            block_on(self.0.$name($($argument)?))
        }
    )*};
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    of_key! {
        get() -> Option<V>;
        get_entry() -> Option<CacheEntry<V>>;
        contains() -> bool;
        set(value: &V) -> Outcome;
        set_with(value: &V, options: &WriteOptions) -> Outcome;
        add(value: &V) -> Outcome;
        add_with(value: &V, options: &WriteOptions) -> Outcome;
        swap(at: Version, value: &V, options: &WriteOptions) -> Swapped;
        update(change: impl FnMut(Option<V>) -> Result<V>) -> V;
        remove() -> bool;
        pop() -> Option<CacheEntry<V>>;
        touch(life: impl Into<Life>) -> bool;
    }

    of_all! {
        evict(tag: impl Into<Tag>) -> u64;
        expire() -> u64;
        expire_at(time: Time) -> u64;
        clear() -> u64;
        len() -> u64;
        is_empty() -> bool;
        volume() -> u64;
    }

    /// As [`Cache::get_or_insert_with`](crate::Cache::get_or_insert_with).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_or_insert_with<Q, E>(&self, key: &Q, compute: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
        E: From<Error>,
    {
        self.get_or_insert_as(key, &WriteOptions::default(), compute)
    }

    /// As [`Cache::get_or_insert_as`](crate::Cache::get_or_insert_as).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_or_insert_as<Q, E>(
        &self,
        key: &Q,
        options: &WriteOptions,
        compute: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
        E: From<Error>,
    {
        block_on(self.0.get_or_insert_as(key, options, async || compute()))
    }

    /// As [`Cache::namespace`](crate::Cache::namespace).
    pub fn namespace(&self) -> &Namespace {
        self.0.namespace()
    }

    /// As [`Cache::key`](crate::Cache::key).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn key<Q: CacheKey + ?Sized>(&self, key: &Q) -> Result<Key> {
        self.0.key(key)
    }

    /// The same cache, whose methods are to be awaited.
    pub const fn as_async(&self) -> &crate::Cache<K, V> {
        &self.0
    }

    /// The keys of this cache, in this order. After an error the keys that follow can still be asked for.
    ///
    /// # Errors
    ///
    /// As for [`Cache::keys`](crate::Cache::keys).
    pub fn keys(&self, order: Order) -> Result<Keys<K, V>> {
        Ok(Keys(block_on(self.0.keys(order))?))
    }

    /// As [`Cache::stats`](crate::Cache::stats).
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// As [`Cache::reset_stats`](crate::Cache::reset_stats).
    pub fn reset_stats(&self) -> Stats {
        self.0.reset_stats()
    }
}

impl<K: CacheKey + FromKey, V: Send + Sync + 'static> Cache<K, V> {
    of_all! {
        oldest() -> Option<(K, CacheEntry<V>)>;
        newest() -> Option<(K, CacheEntry<V>)>;
    }
}

impl<K: CacheKey + ?Sized, N: Number> Cache<K, N> {
    of_key! {
        increment(by: impl Into<Increment<N>>) -> N;
    }
}

/// The keys of a cache; made by [`Cache::keys`].
#[must_use = "keys come as they are asked for"]
pub struct Keys<K: ?Sized, V>(cache::Keys<K, V>);

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Keys<K, V> {
    /// As [`Keys::next_key`](larder_core::cache::Keys::next_key).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn next_key(&mut self) -> Result<Option<Key>> {
        block_on(self.0.next_key())
    }
}

impl<K: CacheKey + FromKey, V: Send + Sync + 'static> Iterator for Keys<K, V> {
    type Item = Result<K>;

    fn next(&mut self) -> Option<Result<K>> {
        block_on(self.0.next()).transpose()
    }
}

impl<K: ?Sized, V> fmt::Debug for Keys<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

// Derived, they would ask the same of `K` and `V`.
impl<K: ?Sized, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: ?Sized, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<K: ?Sized, V> From<crate::Cache<K, V>> for Cache<K, V> {
    fn from(cache: crate::Cache<K, V>) -> Self {
        Self(cache)
    }
}

impl<K: ?Sized, V> From<Cache<K, V>> for crate::Cache<K, V> {
    fn from(cache: Cache<K, V>) -> Self {
        cache.0
    }
}
