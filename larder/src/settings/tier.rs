//! One disk as settings name it: what kind it is, its limits, whether it is written to.

use std::path::PathBuf;

use larder_core::Result;
use larder_core::disk::Requested;

#[cfg(feature = "local")]
use super::local::LocalSettings;
#[cfg(feature = "object-store")]
use super::objects::ObjectStoreSettings;
#[cfg(feature = "object-store")]
use super::place::{Place, locate};

/// One disk: what kind it is, its limits, and whether it is written to.
///
/// ```
/// use larder::{DiskKind, TierSettings, disk};
///
/// let tier = TierSettings::new(DiskKind::Memory, disk::Settings::limited(1 << 20));
/// assert_eq!(tier.limits.size_limit, Some(disk::Limit::Of(1 << 20)));
/// assert!(!tier.read_only);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierSettings {
    /// What kind of disk it is.
    pub kind: DiskKind,
    /// Size limit, limit of entries, policy. What is not asked for stays as it is recorded with the disk; memory
    /// records nothing, so it needs a size limit.
    pub limits: Requested,
    /// Whether every write is refused with [`ErrorKind::ReadOnly`](crate::ErrorKind::ReadOnly). Opening, reading and
    /// closing create and change nothing then.
    pub read_only: bool,
}

impl TierSettings {
    /// A disk that is read and written.
    pub fn new(kind: DiskKind, limits: impl Into<Requested>) -> Self {
        Self { kind, limits: limits.into(), read_only: false }
    }
}

/// The kinds of disks that settings can name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiskKind {
    /// The memory of this process.
    Memory,
    /// A local directory.
    #[cfg(feature = "local")]
    Local(LocalSettings),
    /// An object store: in memory, at a path, or a bucket.
    #[cfg(feature = "object-store")]
    ObjectStore(ObjectStoreSettings),
}

impl DiskKind {
    /// The local disk in the directory `path`, with defaults for all the rest.
    #[cfg(feature = "local")]
    pub fn local(path: impl Into<String>) -> Self {
        Self::Local(LocalSettings::at(path))
    }

    /// The object store at `url`, with defaults for all the rest.
    #[cfg(feature = "object-store")]
    pub fn object_store(url: impl Into<String>) -> Self {
        Self::ObjectStore(ObjectStoreSettings::at(url))
    }

    /// The name of the kind in a file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            #[cfg(feature = "local")]
            Self::Local(_) => "local",
            #[cfg(feature = "object-store")]
            Self::ObjectStore(_) => "object_store",
        }
    }

    /// The directory in which entries lie as files, with `~` and `$NAME` expanded; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a url that names no place, or a variable that is not set.
    pub fn path(&self) -> Result<Option<PathBuf>> {
        match self {
            Self::Memory => Ok(None),
            #[cfg(feature = "local")]
            Self::Local(local) => local.expanded().map(Some),
            #[cfg(feature = "object-store")]
            Self::ObjectStore(store) => match locate(&store.url, |name| std::env::var_os(name))? {
                Place::Memory | Place::Bucket => Ok(None),
                Place::Path(path) => Ok(Some(path)),
            },
        }
    }

    /// Whether limits and policy are recorded with the disk, so that they need not be given again.
    pub(super) fn records(&self) -> bool {
        match self {
            Self::Memory => false,
            #[cfg(feature = "local")]
            Self::Local(_) => true,
            #[cfg(feature = "object-store")]
            Self::ObjectStore(store) => !store.url.starts_with("memory:"),
        }
    }
}
