//! Caches on the disk under test, and what checks do with them over and over.

use std::sync::Arc;

use larder_core::cache::{Cache, CacheBuilder, OnError, Order, Outcome, WriteOptions};
use larder_core::disk::{Disk, Settings};
use larder_core::eviction::Policies;
use larder_core::key::{CacheKey, FromKey};
use larder_core::larder::{Larder, Parts};

use super::Bench;

/// A cache of texts under texts.
pub type Texts = Cache<String, String>;

/// A cache of numbers under texts.
pub type Numbers = Cache<String, i64>;

impl Bench {
    /// Opens the disk under a larder with this bench's clock and randomness.
    pub async fn larder(&self, settings: Settings) -> Larder {
        let disk = self.open(settings).await;
        self.larder_on(disk).await
    }

    /// A larder with this bench's clock and randomness on a disk that is open already.
    pub async fn larder_on(&self, disk: Arc<dyn Disk>) -> Larder {
        let parts = Parts {
            clock: Arc::new(self.clock.clone()),
            random: Arc::clone(&self.random) as _,
            policies: Policies::default(),
        };
        self.must(Larder::assemble(disk, parts).await, "opening a larder")
    }

    /// A strict cache of texts under texts on `larder`: whatever the disk answers is told.
    pub fn texts(&self, larder: &Larder) -> Texts {
        self.strict(larder.cache("texts"))
    }

    /// A strict cache of numbers under texts on `larder`.
    pub fn numbers(&self, larder: &Larder) -> Numbers {
        self.strict(larder.cache("numbers"))
    }

    /// A strict cache from `builder`.
    pub fn strict<K, V>(&self, builder: CacheBuilder) -> Cache<K, V>
    where
        K: CacheKey + ?Sized,
        V: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
    {
        self.must(builder.on_error(OnError::Fail).build(), "making a cache")
    }

    /// Sets a text.
    ///
    /// # Panics
    ///
    /// When it is not stored.
    pub async fn set(&self, cache: &Texts, key: &str, value: &str) {
        self.set_with(cache, key, value, &WriteOptions::default()).await;
    }

    /// Sets a text with options.
    ///
    /// # Panics
    ///
    /// When it is not stored.
    pub async fn set_with(&self, cache: &Texts, key: &str, value: &str, options: &WriteOptions) {
        let outcome = self.must(cache.set_with(key, &value.to_owned(), options).await, "setting a value");
        assert_eq!(outcome, Outcome::Stored, "{self}: setting {key:?}");
    }

    /// The text at `key`, by a counted read.
    pub async fn get(&self, cache: &Texts, key: &str) -> Option<String> {
        self.must(cache.get(key).await, "getting a value")
    }

    /// Whether a live entry is at `key`.
    pub async fn has(&self, cache: &Texts, key: &str) -> bool {
        self.must(cache.contains(key).await, "asking for a key")
    }

    /// All keys of `cache` in `order`.
    pub async fn all_keys<K, V>(&self, cache: &Cache<K, V>, order: Order) -> Vec<K>
    where
        K: CacheKey + FromKey,
        V: Send + Sync + 'static,
    {
        let mut keys = self.must(cache.keys(order).await, "iterating");
        let mut all = Vec::new();
        while let Some(key) = self.must(keys.next().await, "iterating") {
            all.push(key);
        }
        all
    }

    /// All keys of `cache`, sorted.
    pub async fn sorted_keys(&self, cache: &Texts) -> Vec<String> {
        let mut keys = self.all_keys(cache, Order::Oldest).await;
        keys.sort();
        keys
    }

    /// Requires that the books of `larder` balance, where its disk counts, and that its volume is the sum of what is stored.
    ///
    /// # Panics
    ///
    /// When they do not.
    pub async fn books_balance(&self, larder: &Larder) {
        self.balanced(&**larder.disk()).await;
        if self.declared.counted {
            let balance = self.must(larder.balance().await, "asking for the balance");
            assert!(balance.holds(), "{self}: the books do not balance: {balance:?}");
        }
    }
}
