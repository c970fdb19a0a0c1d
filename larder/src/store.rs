//! A store: an opened disk and how caches on it are made.

use std::path::Path;
use std::sync::Arc;

use larder_core::Result;
use larder_core::cache::{Cache, CacheBuilder};
use larder_core::disk::{Disk, ReadOnly, SettingsChange};
use larder_core::entry::Fingerprint;
use larder_core::key::CacheKey;
use larder_core::larder::{Larder, Parts};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::settings::{CacheSettings, DiskKind, Settings, Sources, TierSettings};

/// Opens what a settings file or a url says: `cache.toml`, `file:///var/cache/app?size_limit=5GiB&policy=lru`,
/// `s3://bucket/prefix?size_limit=1TiB`, `memory:?size_limit=64MiB`. The environment of the process
/// wins over a file, and a url over the environment; [`Sources`] are for other ways.
///
/// ```
/// # pollster::block_on(async {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("cache.toml");
/// std::fs::write(&path, "[cache]\nlife = '1h'\n[[tier]]\nmemory = { size_limit = '64 MiB' }\n")?;
///
/// let store = larder::open(&path).await?;
/// let ages: larder::Cache<String, u32> = store.cache("ages")?;
/// assert!(ages.set("ann", &42).await?.is_stored());
/// assert_eq!(ages.get("ann").await?, Some(42));
///
/// let same = larder::open("memory:?size_limit=64MiB&life=1h").await?;
/// assert_eq!(same.cache_settings(), store.cache_settings());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// As for [`Sources::open`].
pub async fn open(place: impl AsRef<Path>) -> Result<Store> {
    open_with(place, Parts::default()).await
}

/// As [`open`], with these parts; settings can name their policies.
///
/// # Errors
///
/// As for [`open`].
pub async fn open_with(place: impl AsRef<Path>, parts: Parts) -> Result<Store> {
    Sources::at(place).environment(std::env::vars_os()).open_with(parts).await
}

impl Settings {
    /// Opens what these settings say.
    ///
    /// # Errors
    ///
    /// As for [`check`](Settings::check): nothing is created then. [`Unsupported`](crate::ErrorKind::Unsupported) for a disk that this
    /// build of larder leaves out. What the disk answers otherwise.
    pub async fn open(self) -> Result<Store> {
        self.open_with(Parts::default()).await
    }

    /// As [`open`](Settings::open), with these parts.
    ///
    /// # Errors
    ///
    /// As for [`open`](Settings::open).
    pub async fn open_with(self, parts: Parts) -> Result<Store> {
        self.check(&parts.policies)?;
        let tier = self.tiers.into_iter().next().expect("checked settings have one tier");
        let (disk, limits_change) = disk(tier, &parts).await?;
        let larder = Larder::assemble(disk, parts).await?;
        Ok(Store { limits_change, ..Store::new(larder, self.cache) })
    }
}

#[cfg_attr(
    not(any(feature = "local", feature = "object-store")),
    expect(clippy::unused_async, unused_variables, reason = "other disks are awaited, and have a clock")
)]
async fn disk(tier: TierSettings, parts: &Parts) -> Result<(Arc<dyn Disk>, Option<Arc<SettingsChange>>)> {
    let TierSettings { kind, limits, read_only } = tier;
    let opened: Result<(Arc<dyn Disk>, Option<SettingsChange>)> = match kind {
        #[cfg(feature = "memory")]
        DiskKind::Memory => {
            Ok((Arc::new(larder_memory::MemoryDisk::new(limits.over(None, "memory:")?)), None))
        }
        #[cfg(not(feature = "memory"))]
        DiskKind::Memory => Err(larder_core::Error::new(
            larder_core::ErrorKind::Unsupported,
            "this build of larder leaves out the disk `memory`: enable its feature `memory`",
        )),
        #[cfg(feature = "local")]
        DiskKind::Local(local) => {
            use crate::local::Mode;

            let mode = if read_only { Mode::ReadOnly } else { Mode::ReadWrite };
            let disk = crate::local::open(&local, limits, mode, Arc::clone(&parts.clock)).await?;
            let change = disk.settings_change().cloned();
            Ok((Arc::new(disk), change))
        }
        #[cfg(feature = "object-store")]
        DiskKind::ObjectStore(store) => {
            use larder_object_store::Mode;

            let mode = if read_only { Mode::ReadOnly } else { Mode::ReadWrite };
            let disk = store.open_disk(limits, mode, Arc::clone(&parts.clock)).await?;
            let change = disk.settings_change().cloned();
            Ok((Arc::new(disk), change))
        }
    };
    let (disk, change) = opened?;
    let disk = if read_only { Arc::new(ReadOnly::new(disk)) } else { disk };
    Ok((disk, change.map(Arc::new)))
}

/// An opened disk, and the settings of the caches on it. Cheap to clone; clones are the same store.
///
/// ```
/// use larder::disk::Settings;
/// use larder::{Cache, CacheSettings, Compression, Larder, MemoryDisk, Store};
///
/// # async fn example() -> larder::Result<()> {
/// let larder = Larder::open(MemoryDisk::new(Settings::limited(64 << 20))).await?;
/// let store = Store::new(larder, CacheSettings { compression: Compression::Lz4, ..CacheSettings::default() });
/// let pages: Cache<str, String> = store.cache("pages")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Store {
    larder: Larder,
    cache: CacheSettings,
    limits_change: Option<Arc<SettingsChange>>,
}

impl Store {
    /// A store on an opened disk of any kind.
    pub const fn new(larder: Larder, cache: CacheSettings) -> Self {
        Self { larder, cache, limits_change: None }
    }

    /// The limits and policy that this store was opened with and those recorded with the disk before, if they
    /// differ.
    ///
    /// A program that opens a disk with explicit limits changes the recorded ones, for all processes that use
    /// the disk. Opening evicts nothing. If a limit was lowered, the next write evicts entries down to it, so
    /// this is the moment to look; [`Larder::change`] restores the old settings. In a read-only store the
    /// recorded limits stay in effect. To keep them in a store that writes too, set
    /// [`precedence`](larder_core::disk::Requested::precedence) of the tier's limits.
    ///
    /// ```
    /// # #[cfg(feature = "local")]
    /// # pollster::block_on(async {
    /// # let directory = tempfile::tempdir()?;
    /// # let url = format!("file://{}", directory.path().join("cache").display());
    /// drop(larder::open(format!("{url}?size_limit=64MiB")).await?);
    ///
    /// let store = larder::open(format!("{url}?size_limit=16MiB")).await?;
    /// let change = store.limits_change().expect("the recorded limit was another one");
    /// assert_eq!(change.to_string(), "size_limit 67108864 -> 16777216");
    /// assert!(change.applied && change.lowers_a_limit());
    /// store.larder().change(change.recorded.clone()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn limits_change(&self) -> Option<&SettingsChange> {
        self.limits_change.as_deref()
    }

    /// The cache called `name`, as the settings say; caches of one name share their entries.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when the serializer does not fit `V`: `raw` with values that are neither bytes nor
    /// text, or a format without the names of fields and no schema.
    pub fn cache<K, V>(&self, name: &str) -> Result<Cache<K, V>>
    where
        K: CacheKey + ?Sized,
        V: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        self.builder(name).build()
    }

    /// The cache with the name in the settings.
    ///
    /// # Errors
    ///
    /// As for [`cache`](Store::cache).
    pub fn default_cache<K, V>(&self) -> Result<Cache<K, V>>
    where
        K: CacheKey + ?Sized,
        V: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        self.cache(&self.cache.name)
    }

    /// Begins a cache called `name` as the settings say; what the builder is told wins over them.
    pub fn builder(&self, name: &str) -> CacheBuilder {
        let CacheSettings { name: _, serializer, compression, life, schema, on_error, compute_deadline } =
            &self.cache;
        let mut builder = self.larder.cache(name);
        builder = builder
            .format(*serializer)
            .compression(*compression)
            .on_error(*on_error)
            .deadline(*compute_deadline);
        if let Some(life) = life {
            builder = builder.life(*life);
        }
        if let Some(schema) = schema {
            builder = builder.schema(Fingerprint::of(schema));
        }
        builder
    }

    /// The opened disk: its usage and limits, culling, syncing.
    pub const fn larder(&self) -> &Larder {
        &self.larder
    }

    /// How the caches of this store are made.
    pub const fn cache_settings(&self) -> &CacheSettings {
        &self.cache
    }
}
