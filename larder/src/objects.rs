//! Opens the disk on an object store that settings name.

use std::sync::Arc;

use larder_core::Result;
use larder_core::clock::Clock;
use larder_core::disk::Requested;
use larder_object_store::{Location, Mode, ObjectStoreDisk, OpenOptions};

use crate::settings::{ObjectStoreSettings, Place, locate};

impl ObjectStoreSettings {
    /// Opens the disk by itself, for those who want of it what only an object store has: the
    /// [requests](ObjectStoreDisk::requests) that it made. [`Settings::open`](crate::Settings::open) is for all others.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a url that names no place; otherwise those of
    /// [`ObjectStoreDisk::open`].
    pub async fn open_disk(
        self,
        limits: impl Into<Requested>,
        mode: Mode,
        clock: Arc<dyn Clock>,
    ) -> Result<ObjectStoreDisk> {
        let Self { url, options, deadline, conditional_writes } = self;
        let location = match locate(&url, |name| std::env::var_os(name))? {
            Place::Memory => Location::Memory,
            Place::Path(path) => Location::Path(path),
            Place::Bucket => Location::Bucket { url, options },
        };
        let how = OpenOptions { deadline, conditional_writes, mode, clock };
        ObjectStoreDisk::open(location, how, limits).await
    }
}
