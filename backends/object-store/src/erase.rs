//! Taking a disk away from its place.

use futures_util::StreamExt;
use larder_core::disk::Disk;
use larder_core::{ErrorKind, Result};
use object_store::path::Path;

use crate::disk::{Inner, ObjectStoreDisk};
use crate::failure::{failed, is_missing};
use crate::probe::is_probe;
use crate::recorded;

impl ObjectStoreDisk {
    /// Removes everything of larder's below its place: the entries and tombstones of all writers, and the settings.
    /// Returns how many objects were removed. Each entry is read first, because a name does not prove that larder
    /// wrote it; foreign objects stay.
    ///
    /// It is for places that were made for one purpose, such as a test; whoever else has the place open loses it. The
    /// disk is of no more use, hence it is taken.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](larder_core::ErrorKind::Unavailable) when the store cannot be reached, with how many objects
    /// [went](larder_core::Error::done); the others are there still.
    pub async fn erase(self) -> Result<u64> {
        let inner = &self.inner;
        let mut removed = 0;
        let mut objects = inner.bucket.objects();
        let erasing = async {
            while let Some(object) = objects.next().await {
                let name = match object {
                    Ok(object) => object.location,
                    // Gone meanwhile, or a foreign file whose name the store cannot tell.
                    Err(object_store::Error::InvalidPath { .. }) => continue,
                    Err(cause) if is_missing(&cause) => continue,
                    Err(cause) => return Err(failed("listing what is to be erased", cause)),
                };
                if inner.is_ours(&name).await? {
                    let erased = inner.bucket.delete_named(&name).await;
                    let erased = erased.or_else(|cause| if is_missing(&cause) { Ok(()) } else { Err(cause) });
                    erased.map_err(|cause| failed("erasing an object", cause))?;
                    removed += 1;
                }
            }
            Ok(())
        };
        let erased: Result<()> = erasing.await;
        erased.map_err(|error| error.after(removed).on(self.location()))?;
        Ok(removed)
    }
}

impl Inner {
    /// Whether larder wrote the object `name`.
    async fn is_ours(&self, name: &Path) -> Result<bool> {
        let names = self.bucket.names();
        if let Some(digest) = names.digest(name) {
            return Ok(self.bucket.head(&digest).await?.is_some_and(|seen| seen.is_ours()));
        }
        let content = async || {
            let read = self.bucket.read(name).await;
            read.map_err(|cause| failed("reading what is to be erased", cause))
        };
        if names.is_probe(name) {
            return Ok(content().await?.is_some_and(|bytes| is_probe(&bytes)));
        }
        if *name != names.settings() {
            return Ok(false);
        }
        // Damaged settings are larder's, and another program's document is not.
        let settings = content().await?.map(|bytes| recorded::read(&bytes));
        Ok(settings
            .is_some_and(|read| read.map_or_else(|error| error.kind() != ErrorKind::Invalid, |_| true)))
    }
}
