//! Opens the disk on an object store that a url names.

use std::sync::Arc;

use larder_core::Result;
use larder_core::disk::{Disk, Settings};
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions};

use crate::settings::{Place, locate};

pub(crate) async fn open(url: &str, limits: Settings) -> Result<Arc<dyn Disk>> {
    let location = match locate(url, |name| std::env::var_os(name))? {
        Place::Memory => Location::Memory,
        Place::Path(path) => Location::Path(path),
    };
    Ok(Arc::new(ObjectStoreDisk::open(location, OpenOptions::default(), Some(limits)).await?))
}
