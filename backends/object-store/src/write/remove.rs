//! Removing one entry: by a deletion, or under a condition that others must see by a tombstone.

use std::sync::Arc;

use bytes::Bytes;
use larder_core::Result;
use larder_core::books::Writing;
use larder_core::disk::{Condition, Removed};
use larder_core::entry::Version;
use larder_core::key::{Digest, Key};
use object_store::PutMode;

use super::land::enter;
use super::there::There;
use crate::bucket::Content;
use crate::disk::{Inner, unsupported};
use crate::failure::{failed, is_taken};
use crate::stamps::Stamp;
use crate::tombstone::Tombstone;

impl Inner {
    pub(crate) async fn remove(self: &Arc<Self>, key: &Key, condition: Condition) -> Result<Removed> {
        if matches!(condition, Condition::Is(_)) && !self.capabilities.compare {
            return Err(unsupported("comparing versions"));
        }
        loop {
            let writing = self.books.write(key.digest()).await;
            let known = writing.current().map(|known| known.version);
            match condition {
                // One deletion, blindly: nothing is asked that a store could answer.
                Condition::Always if known.is_some() && self.is_shared() => {
                    return self.delete(writing).await;
                }
                Condition::Is(at) if known == Some(at) && self.store_compares() => {
                    if let Some(stamp) = self.stamps.take(key.digest(), at) {
                        return self.bury(key, at, stamp, writing).await;
                    }
                }
                _ => {}
            }
            let there = self.there(key, &writing).await?;
            if condition == Condition::Absent {
                return Ok(there.version().map_or(Removed::Nothing, Removed::Conflict));
            }
            if let Err(stored) = there.admits(condition, self.store_compares()) {
                return Ok(stored.map_or(Removed::Nothing, Removed::Conflict));
            }
            let known = writing.current().map(|known| known.version);
            let (version, stamp) = match there {
                There::Nothing | There::Another(_) | There::Tombstone(_) => return Ok(Removed::Nothing),
                There::Entry(found, _) if known != Some(found.version) && self.is_shared() => {
                    // Somebody else wrote it: the books must know what goes.
                    enter(found, writing);
                    continue;
                }
                There::Entry(found, stamp) => (found.version, stamp),
                There::Damaged(version, stamp) => (version.unwrap_or(Version::from_bits(0)), stamp),
            };
            return match condition {
                Condition::Is(_) if self.store_compares() => self.bury(key, version, stamp, writing).await,
                _ => self.delete(writing).await,
            };
        }
    }

    /// Deletes whatever is there.
    async fn delete(self: &Arc<Self>, writing: Writing<Digest>) -> Result<Removed> {
        let inner = Arc::clone(self);
        let deleting = async move {
            let deleted = inner.bucket.delete(&[*writing.identity()]).await.pop();
            match deleted.unwrap_or(Ok(false)) {
                Ok(true) => Ok(writing.remove()),
                Ok(false) => {
                    let _ = writing.remove();
                    Ok(Removed::Nothing)
                }
                Err(cause) => Err(failed("deleting an entry", cause)),
            }
        };
        self.carrier.run(deleting).await
    }

    /// Puts a tombstone in the place of the entry of this version and stamp, if it is that entry still.
    async fn bury(
        self: &Arc<Self>,
        key: &Key,
        version: Version,
        stamp: Stamp,
        writing: Writing<Digest>,
    ) -> Result<Removed> {
        let (inner, key) = (Arc::clone(self), key.clone());
        let tombstone = Tombstone::of(version, &*self.random);
        let burying = async move {
            let bytes = Bytes::copy_from_slice(&tombstone.encode());
            let put = inner.bucket.put(key.digest(), bytes.into(), PutMode::Update(stamp)).await;
            let Err(cause) = put else { return Ok(writing.remove()) };
            let Ok(seen) = inner.bucket.head(key.digest()).await else {
                return Err(failed("removing an entry", cause));
            };
            // The answer may have been lost on the way: our own tombstone tells.
            let content = seen.as_ref().map(|seen| &seen.content);
            if matches!(content, Some(Ok(Content::Tombstone(there))) if *there == tombstone) {
                return Ok(writing.remove());
            }
            if !is_taken(&cause) {
                return Err(failed("removing an entry", cause));
            }
            match There::of(&key, seen, None)? {
                There::Entry(found, _) => Ok(Removed::Conflict(enter(found, writing))),
                There::Nothing | There::Tombstone(_) => {
                    // Somebody else was faster.
                    let _ = writing.remove();
                    Ok(Removed::Nothing)
                }
                There::Another(_) | There::Damaged(..) => Ok(Removed::Nothing),
            }
        };
        self.carrier.run(burying).await
    }
}
