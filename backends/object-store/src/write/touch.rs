//! Touching: the same body under another head, in one GET and one PUT.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use larder_core::Result;
use larder_core::disk::{Revised, Revision};
use larder_core::entry::Version;
use larder_core::frame::Head;
use larder_core::key::Key;
use object_store::{PutMode, PutPayload};

use super::land::enter;
use crate::bucket::Opened;
use crate::disk::{Inner, unsupported};
use crate::failure::{cut_short, failed, is_taken};
use crate::read::found;
use crate::tombstone::Tombstone;

impl Inner {
    pub(crate) async fn revise(
        self: &Arc<Self>,
        key: &Key,
        at: Version,
        revision: Revision,
    ) -> Result<Revised> {
        if !self.capabilities.touch {
            return Err(unsupported("touching entries"));
        }
        loop {
            let writing = self.books.write(key.digest()).await;
            if writing.current().is_none() && !self.is_shared() {
                return Ok(Revised::Conflict(None));
            }
            let Some(Opened { stamp, length, bytes }) = self.bucket.open(key.digest()).await? else {
                return Ok(Revised::Conflict(None));
            };
            let read = bytes.try_collect::<BytesMut>().await;
            let bytes = read.map_err(cut_short)?.freeze();
            if Tombstone::decode(&bytes).is_some() {
                return Ok(Revised::Conflict(None));
            }
            let head = Head::decode(&bytes)?;
            if head.key != key.as_bytes() {
                return Ok(Revised::Conflict(None));
            }
            if head.meta.version != at {
                return Ok(Revised::Conflict(Some(head.meta.version)));
            }
            if writing.current().is_none_or(|known| known.version != at) {
                // Somebody else wrote it, or it was only listed: the books must know what is touched.
                enter(found(key, &head.meta, length, 0), writing);
                continue;
            }
            let mode = if self.store_compares() { PutMode::Update(stamp) } else { PutMode::Overwrite };
            let frame = revised(&head, &bytes, revision);
            let (inner, key) = (Arc::clone(self), key.clone());
            let rewrite = async move {
                let cause = match inner.bucket.put(key.digest(), frame, mode).await {
                    Ok(stamp) => {
                        inner.remember(key.digest(), revision.version, stamp);
                        return Ok(writing.revise(revision));
                    }
                    Err(cause) => cause,
                };
                // The answer may have been lost on the way: the version that is there tells.
                let Ok(seen) = inner.bucket.head(key.digest()).await else {
                    return Err(failed("touching an entry", cause));
                };
                let own = seen.as_ref().and_then(|seen| seen.entry());
                let version = own.filter(|head| head.key == key.as_bytes()).map(|head| head.meta.version);
                match version {
                    Some(version) if version == revision.version => Ok(writing.revise(revision)),
                    version if is_taken(&cause) => Ok(Revised::Conflict(version)),
                    _ => Err(failed("touching an entry", cause)),
                }
            };
            return self.carrier.run(rewrite).await;
        }
    }
}

/// The frame in `bytes` with another version and expiry: a new head before the same blocks.
fn revised(head: &Head, bytes: &Bytes, revision: Revision) -> PutPayload {
    let meta = head.meta.revised(revision);
    [head.with(&meta), bytes.slice(head.length..)].into_iter().collect()
}
