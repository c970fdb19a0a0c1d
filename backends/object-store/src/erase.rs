//! Taking a disk away from its place.

use futures_util::StreamExt;
use larder_core::Result;
use larder_core::disk::Disk;

use crate::ObjectStoreDisk;
use crate::failure::{failed, is_missing};

impl ObjectStoreDisk {
    /// Removes everything of larder's below its place: entries and tombstones that anybody wrote, and the
    /// settings. Foreign objects
    /// stay. Says how many objects went.
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
                let names = inner.bucket.names();
                if names.digest(&name).is_some() || name == names.settings() || names.is_probe(&name) {
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
