//! Deleting objects, and finding out which are gone.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use larder_core::key::Digest;
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStoreExt};

use super::Bucket;
use crate::failure::is_missing;
use crate::requests::Kind;

impl Bucket {
    /// Deletes the object called `name`.
    pub(crate) async fn delete_named(&self, name: &Path) -> object_store::Result<()> {
        self.requests.add(Kind::Delete, 1);
        self.store.delete(name).await
    }

    /// Deletes objects; tells of each whether it was there.
    ///
    /// A store may answer in another order, stop early, or not tell which deletion failed, so those that it did not
    /// confirm are looked for one by one. Many stores confirm a deletion of nothing, too.
    pub(crate) async fn delete(&self, digests: &[Digest]) -> Vec<object_store::Result<bool>> {
        let names: Vec<Path> = digests.iter().map(|digest| self.names.entry(digest)).collect();
        self.requests.add(Kind::Delete, names.len());
        let asked = stream::iter(names.clone()).map(Ok).boxed();
        let answers: Vec<object_store::Result<Path>> = self.store.delete_stream(asked).collect().await;
        let mut errors = Vec::new();
        let mut deleted = HashSet::new();
        for answer in answers {
            match answer {
                Ok(name) => drop(deleted.insert(name)),
                Err(error) => errors.push(error),
            }
        }
        let mut fates = Vec::with_capacity(names.len());
        for name in names {
            fates.push(if deleted.contains(&name) {
                Ok(true)
            } else {
                self.remains(&name, &mut errors).await
            });
        }
        fates
    }

    /// Whether an object whose deletion was not confirmed is gone; an error if it is there.
    async fn remains(&self, name: &Path, errors: &mut Vec<StoreError>) -> object_store::Result<bool> {
        self.requests.add(Kind::Head, 1);
        match self.store.head(name).await {
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error),
            Ok(_) => {
                let cause =
                    errors.iter().position(|error| !is_missing(error)).map(|at| errors.swap_remove(at));
                let unknown = || "the store did not say why".into();
                Err(cause.unwrap_or_else(|| StoreError::Generic { store: "larder", source: unknown() }))
            }
        }
    }
}
