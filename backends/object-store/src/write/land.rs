//! The end of a put: its bytes land, or somebody else's did.

use std::sync::Arc;

use larder_core::Result;
use larder_core::books::Writing;
use larder_core::disk::{Put, Replaced};
use larder_core::entry::{Meta, Version};
use larder_core::key::{Digest, Key};
use object_store::{PutMode, PutPayload};

use crate::bucket::Seen;
use crate::disk::Inner;
use crate::failure::{failed, is_taken};
use crate::read::found;

/// A put that is admitted.
#[derive(Debug)]
pub(super) struct Landing {
    pub(super) key: Key,
    pub(super) meta: Arc<Meta>,
    pub(super) frame: PutPayload,
    pub(super) mode: PutMode,
    pub(super) word: u64,
}

impl Inner {
    /// Writes the frame and enters it. Where the store's answer is an error, what is there tells what became of it.
    pub(super) async fn land(&self, mut landing: Landing, writing: Writing<Digest>) -> Result<Put> {
        loop {
            let Landing { key, meta, frame, mode, .. } = &landing;
            let Err(cause) = self.bucket.put(key.digest(), frame.clone(), mode.clone()).await else {
                return Ok(self.commit(landing, writing));
            };
            let there = self.bucket.head(key.digest()).await;
            let own = |seen: &Seen| seen.head.key == key.as_bytes();
            match there {
                Ok(Some(seen)) if own(&seen) && seen.head.meta.version == meta.version => {
                    return Ok(self.commit(landing, writing));
                }
                _ if !is_taken(&cause) => return Err(failed("storing an entry", cause)),
                Ok(Some(seen)) if own(&seen) => {
                    return Ok(Put::Conflict(Some(enter(key, seen, writing))));
                }
                // Another key's entry with the same digest is in the way: it is forgotten.
                Ok(Some(_)) => landing.mode = PutMode::Overwrite,
                // What is there is damaged, or was there a moment ago.
                Ok(None) | Err(_) => return Ok(Put::Conflict(None)),
            }
        }
    }

    fn commit(&self, landing: Landing, writing: Writing<Digest>) -> Put {
        let Landing { key, meta, frame, mode, word } = landing;
        let length = frame.content_length() as u64;
        match writing.commit(found(&key, &meta, length, word)) {
            Put::Stored { brief, replaced: Replaced::Nothing }
                if self.is_shared() && mode == PutMode::Overwrite =>
            {
                // Somebody else may have written there since the listing.
                Put::Stored { brief, replaced: Replaced::Unknown }
            }
            put => put,
        }
    }
}

/// Enters an entry that somebody else wrote; gives its version.
fn enter(key: &Key, seen: Seen, writing: Writing<Digest>) -> Version {
    let meta = seen.head.meta;
    if writing.current().is_none_or(|known| known.version != meta.version) {
        let _ = writing.commit(found(key, &meta, seen.length, 0));
    }
    meta.version
}
