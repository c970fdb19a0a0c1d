//! The same caches for code that does not await.
//!
//! A thin face: every method waits for the method of the same name in [`crate::Store`], [`crate::Larder`] or
//! [`crate::Cache`], on the calling thread and without a runtime. Inside an async task it would hold up the thread
//! of the task: use the async face there.
//!
//! ```
//! use larder::blocking;
//!
//! let settings = larder::Settings::parse("[[tier]]\nmemory = { size_limit = '64 MiB' }")?;
//! let store = blocking::Store::open(settings)?;
//! let ages: blocking::Cache<String, u32> = store.cache("ages")?;
//! assert!(ages.set("ann", &42)?.is_stored());
//! assert_eq!(ages.get("ann")?, Some(42));
//! # Ok::<(), larder::Error>(())
//! ```

mod cache;
mod reader;
mod wait;

use std::path::Path;

use larder_core::cache::CacheBuilder;
use larder_core::disk::Usage;
use larder_core::key::CacheKey;
use larder_core::larder::{Balance, Larder, Parts};
use larder_core::{Result, disk};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::settings::Settings;

pub use cache::{Cache, Keys};
pub use reader::Reader;

use wait::block_on;

/// As [`larder::open`](crate::open).
///
/// # Errors
///
/// As for [`larder::open`](crate::open).
pub fn open(path: impl AsRef<Path>) -> Result<Store> {
    block_on(crate::open(path)).map(Store)
}

/// As [`larder::open_with`](crate::open_with).
///
/// # Errors
///
/// As for [`larder::open`](crate::open).
pub fn open_with(path: impl AsRef<Path>, parts: Parts) -> Result<Store> {
    block_on(crate::open_with(path, parts)).map(Store)
}

/// The blocking face of a [store](crate::Store) and of its [disk](Larder). Cheap to clone; clones are the same
/// store.
///
/// ```
/// # let settings = larder::Settings::parse("[[tier]]\nmemory = { size_limit = '64 MiB' }")?;
/// let store = larder::blocking::Store::open(settings)?;
/// assert_eq!(store.volume()?, 0);
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Store(crate::Store);

/// Methods that wait for the one of the same name of the larder.
macro_rules! of_larder {
    ($($name:ident($($argument:ident: $type:ty)?) -> $answer:ty;)*) => {$(
        #[doc = concat!("As [`Larder::", stringify!($name), "`].\n\n# Errors\n\nAs there.")]
        pub fn $name(&self $(, $argument: $type)?) -> Result<$answer> {
            block_on(self.larder().$name($($argument)?))
        }
    )*};
}

impl Store {
    /// As [`Settings::open`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open(settings: Settings) -> Result<Self> {
        block_on(settings.open()).map(Self)
    }

    /// As [`Settings::open_with`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open_with(settings: Settings, parts: Parts) -> Result<Self> {
        block_on(settings.open_with(parts)).map(Self)
    }

    /// As [`Store::cache`](crate::Store::cache).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn cache<K, V>(&self, name: &str) -> Result<Cache<K, V>>
    where
        K: CacheKey + ?Sized,
        V: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        self.0.cache(name).map(Cache::from)
    }

    /// As [`Store::default_cache`](crate::Store::default_cache).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn default_cache<K, V>(&self) -> Result<Cache<K, V>>
    where
        K: CacheKey + ?Sized,
        V: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        self.0.default_cache().map(Cache::from)
    }

    /// As [`Store::builder`](crate::Store::builder); what it builds goes [`into`](Cache::from) a blocking cache.
    pub fn builder(&self, name: &str) -> CacheBuilder {
        self.0.builder(name)
    }

    /// As [`Store::limits_change`](crate::Store::limits_change).
    pub fn limits_change(&self) -> Option<&disk::SettingsChange> {
        self.0.limits_change()
    }

    /// The store, whose methods are to be awaited.
    pub const fn as_async(&self) -> &crate::Store {
        &self.0
    }

    /// The opened disk, whose methods are to be awaited.
    pub const fn larder(&self) -> &Larder {
        self.0.larder()
    }

    of_larder! {
        usage() -> Usage;
        space() -> Option<disk::Space>;
        volume() -> u64;
        settings() -> disk::Settings;
        change(settings: disk::Settings) -> disk::Settings;
        balance() -> Balance;
        cull() -> u64;
        sync() -> ();
    }
}

impl Store {
    /// As [`Larder::check`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn check(&self, repair: disk::Repair, findings: &mut dyn disk::Findings) -> Result<disk::Checked> {
        block_on(self.larder().check(repair, findings))
    }

    /// As [`Larder::compact`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn compact(&self, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<()> {
        block_on(self.larder().compact(progress))
    }
}

impl From<crate::Store> for Store {
    fn from(store: crate::Store) -> Self {
        Self(store)
    }
}

impl From<Store> for crate::Store {
    fn from(store: Store) -> Self {
        store.0
    }
}
