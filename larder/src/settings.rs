//! What a configuration says, as plain data.
//!
//! Files, urls, the environment and arguments become one tree that knows where each value stood, and the tree is walked
//! by hand and not by derived code: so every message names the setting, where it stood, what was found, what is known
//! and what was probably meant. Settings that come through serde take the same walk, without places.
//! [`Settings::check`] holds for all, and for structures that a program fills in.

mod check;
mod file;
mod known;
#[cfg(feature = "local")]
mod local;
mod node;
#[cfg(feature = "object-store")]
mod objects;
#[cfg(feature = "object-store")]
mod options;
mod origin;
#[cfg_attr(
    not(all(feature = "local", feature = "object-store")),
    allow(dead_code, reason = "each kind of disk asks for places of its own")
)]
mod place;
pub(crate) mod quantity;
mod query;
mod read;
mod source;
mod sources;
mod spot;
mod through_serde;
mod tier;
mod values;
mod variables;
mod words;
mod write;

use std::path::Path;
use std::time::Duration;

use larder_core::Result;
use larder_core::cache::{DEFAULT_DEADLINE, OnError};
use larder_core::codec::{Compression, Format};
use larder_core::eviction::Policies;

#[cfg(feature = "local")]
pub use local::LocalSettings;
#[cfg(feature = "object-store")]
pub use objects::ObjectStoreSettings;
pub use origin::Origin;
#[cfg(feature = "object-store")]
pub(crate) use place::{Place, locate};
pub use sources::Sources;
pub use spot::Spot;
pub use tier::{DiskKind, TierSettings};

use source::{Fault, Source};

/// The name of the cache that settings without a name mean.
const DEFAULT_NAME: &str = "default";

/// Where entries lie, and how caches are made that are not told otherwise.
///
/// ```
/// use larder::Settings;
/// use larder::disk;
/// use std::time::Duration;
///
/// let settings = Settings::parse(
///     r#"
///     [cache]
///     life = "1h"
///
///     [[tier]]
///     memory = { size_limit = "256 MiB" }
///     "#,
/// )?;
/// assert_eq!(settings.cache.life, Some(Duration::from_secs(3600)));
/// assert_eq!(settings.tiers[0].limits.size_limit, Some(disk::Limit::Of(256 << 20)));
///
/// let error = Settings::parse("[[tier]]\nmemory = { size_limt = '1 GiB' }").unwrap_err();
/// assert!(error.to_string().contains("2:12: tier.memory.size_limt: unknown setting"));
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How caches are made; the table `[cache]`.
    pub cache: CacheSettings,
    /// Where entries lie; the tables `[[tier]]`. For now there is exactly one.
    pub tiers: Vec<TierSettings>,
}

/// How the caches of a [`Store`](crate::Store) are made.
///
/// ```
/// use larder::{CacheSettings, Format};
///
/// let settings = CacheSettings::default();
/// assert_eq!((settings.name.as_str(), settings.serializer), ("default", Format::Json));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CacheSettings {
    /// The name of the cache that a program opens without a name.
    pub name: String,
    /// The format of values.
    pub serializer: Format,
    /// The compression of values.
    pub compression: Compression,
    /// How long entries live unless a write says otherwise; for ever, if `None`.
    pub life: Option<Duration>,
    /// Tells the shape of the values; change it with their type. Formats without field names need it.
    pub schema: Option<String>,
    /// What to do when the disk fails.
    pub on_error: OnError,
    /// How long one [`get_or_insert_with`](crate::Cache::get_or_insert_with) waits for the disk and for the
    /// computations of others, its own computation excluded.
    pub compute_deadline: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            name: DEFAULT_NAME.into(),
            serializer: Format::Json,
            compression: Compression::None,
            life: None,
            schema: None,
            on_error: OnError::Miss,
            compute_deadline: DEFAULT_DEADLINE,
        }
    }
}

impl Settings {
    /// Reads the file at `path`: JSON if its name ends in `.json`, TOML if in `.toml`, and otherwise JSON if it begins
    /// with a `{`. The environment is not read; [`Sources`] do that.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a file that cannot be read, is neither TOML nor JSON, or
    /// says what nobody knows; the message names the setting and its place.
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a disk that is not there yet.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = file::read(path)?;
        Self::understand(&Source { file: Some(path), text: &text })
    }

    /// Reads TOML, or JSON where the text begins with a `{`.
    ///
    /// # Errors
    ///
    /// As for [`read`](Settings::read).
    pub fn parse(text: &str) -> Result<Self> {
        Self::understand(&Source { file: None, text })
    }

    /// Whether a store can be opened with these settings, as far as they alone tell.
    ///
    /// # Errors
    ///
    /// As for [`read`](Settings::read), without a place.
    pub fn check(&self, policies: &Policies) -> Result<()> {
        check::check(self, policies).map_err(Fault::into_error)
    }

    fn understand(source: &Source<'_>) -> Result<Self> {
        let tree = source.parse()?;
        sources::understood(&tree, &Policies::default()).map_err(|fault| source.error(&tree, &fault))
    }
}

#[cfg(test)]
mod tests;
