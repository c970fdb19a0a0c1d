//! What a configuration file says, as plain data.
//!
//! A file is walked by hand and not by derived code: so every message names the setting, where it stood, what was
//! found, what is known and what was probably meant. Settings that come through serde take the same walk, without
//! places. [`Settings::check`] holds for both, and for structures that a program fills in.

mod place;
pub(crate) mod quantity;
mod read;
mod source;
mod write;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use larder_core::cache::OnError;
use larder_core::codec::{Compression, Format};
use larder_core::eviction::Policies;
use larder_core::{Error, ErrorKind, Result, disk};

pub(crate) use place::{Place, locate};

use source::{Fault, Source};

/// A configuration file longer than this many bytes is taken for something else.
const MOST_BYTES: u64 = 1 << 20;

/// The name of the cache that settings without a name mean.
const DEFAULT_NAME: &str = "default";

/// Where entries lie, and how caches are made that are not told otherwise.
///
/// ```
/// use larder::Settings;
/// use larder::disk;
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
/// assert_eq!(settings.tiers[0].limits, disk::Settings::limited(256 << 20));
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
}

/// One disk: what kind it is, and its limits.
///
/// ```
/// use larder::{DiskKind, TierSettings, disk};
///
/// let tier = TierSettings { kind: DiskKind::Memory, limits: disk::Settings::limited(1 << 20) };
/// assert_eq!(tier.limits.policy, larder::eviction::DEFAULT_POLICY);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierSettings {
    /// What kind of disk it is.
    pub kind: DiskKind,
    /// Size limit, limit of entries, policy.
    pub limits: disk::Settings,
}

/// The kinds of disks that settings can name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiskKind {
    /// The memory of this process.
    Memory,
    /// An object store.
    ObjectStore {
        /// `memory:///`, or `store+file://` and a path, in which `~` and `$NAME` are expanded when it is opened. A
        /// relative path lies below the working directory.
        url: String,
    },
}

impl DiskKind {
    /// The name of the kind in a file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::ObjectStore { .. } => "object_store",
        }
    }

    /// The directory in which entries lie as files, with `~` and `$NAME` expanded; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a url that names no place, or a variable that is not set.
    pub fn path(&self) -> Result<Option<PathBuf>> {
        match self {
            Self::Memory => Ok(None),
            Self::ObjectStore { url } => match locate(url, |name| std::env::var_os(name))? {
                Place::Memory => Ok(None),
                Place::Path(path) => Ok(Some(path)),
            },
        }
    }
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
        }
    }
}

impl Settings {
    /// Reads the TOML file at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a file that cannot be read, is no TOML, or says what nobody knows; the message
    /// names the setting and its place. [`ErrorKind::Unsupported`] for a disk that is not there yet.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_knowing(path.as_ref(), &Policies::default())
    }

    /// Reads TOML.
    ///
    /// # Errors
    ///
    /// As for [`read`](Settings::read).
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_knowing(&Source { file: None, text }, &Policies::default())
    }

    /// Whether a store can be opened with these settings, as far as they alone tell.
    ///
    /// # Errors
    ///
    /// As for [`read`](Settings::read), without a place.
    pub fn check(&self, policies: &Policies) -> Result<()> {
        read::check(self, policies).map_err(Fault::into_error)
    }

    pub(crate) fn read_knowing(path: &Path, policies: &Policies) -> Result<Self> {
        let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
        let mut bytes = Vec::new();
        File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(
            |cause| invalid(format!("reading the settings in `{}`", path.display())).because(cause),
        )?;
        if bytes.len() as u64 > MOST_BYTES {
            let message = format!("`{}` is longer than {MOST_BYTES} bytes: no settings file", path.display());
            return Err(invalid(message));
        }
        match str::from_utf8(&bytes) {
            Ok(text) => Self::parse_knowing(&Source { file: Some(path), text }, policies),
            Err(error) => {
                let text = str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid up to there");
                Err(Source { file: Some(path), text }.error_at(text.len(), "not UTF-8"))
            }
        }
    }

    fn parse_knowing(source: &Source<'_>, policies: &Policies) -> Result<Self> {
        let (table, spots) = source.parse()?;
        let settings = read::settings(&table).and_then(|settings| {
            read::check(&settings, policies)?;
            Ok(settings)
        });
        settings.map_err(|fault| source.error(&spots, &fault))
    }
}

#[cfg(test)]
mod tests;
