//! Opens the disk on an object store that settings name.

use std::sync::Arc;

use larder_core::Result;
use larder_core::clock::Clock;
use larder_core::disk::{Disk, Requested};
use larder_object_store::{Location, Mode, ObjectStoreDisk, OpenOptions};

use crate::settings::{ObjectStoreSettings, Place, locate};

pub(crate) async fn open(
    store: ObjectStoreSettings,
    limits: Requested,
    mode: Mode,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Disk>> {
    let ObjectStoreSettings { url, options, deadline, conditional_writes } = store;
    let location = match locate(&url, |name| std::env::var_os(name))? {
        Place::Memory => Location::Memory,
        Place::Path(path) => Location::Path(path),
        Place::Bucket => Location::Bucket { url, options },
    };
    let how = OpenOptions { deadline, conditional_writes, mode, clock };
    Ok(Arc::new(ObjectStoreDisk::open(location, how, limits).await?))
}
