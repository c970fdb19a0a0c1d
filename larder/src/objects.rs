//! Opens the disk on an object store that a url names.

use std::sync::Arc;

use larder_core::Result;
use larder_core::disk::{Disk, Settings};
use larder_object_store::ObjectStoreDisk;

use crate::settings::{Place, locate};

pub(crate) async fn open(url: &str, limits: Settings) -> Result<Arc<dyn Disk>> {
    Ok(match locate(url, |name| std::env::var_os(name))? {
        Place::Memory => Arc::new(ObjectStoreDisk::memory(limits).await?),
        Place::Path(path) => Arc::new(ObjectStoreDisk::at_path(path, Some(limits)).await?),
    })
}
