//! The last step of a put: the frame goes to the store, and the books are told what became of it.

use std::sync::Arc;

use larder_core::books::{Found, Writing};
use larder_core::disk::{Condition, Put, Replaced};
use larder_core::entry::{Meta, Version};
use larder_core::key::{Digest, Key};
use larder_core::{Error, ErrorKind, Result};
use object_store::{PutMode, PutPayload};

use super::there::There;
use crate::disk::Inner;
use crate::failure::{failed, is_taken};
use crate::read::found;
use crate::stamps::Stamp;

/// How often a write that others keep overtaking is tried before it gives up.
const TRIES: usize = 100;

/// A put that is admitted.
#[derive(Debug)]
pub(super) struct Landing {
    pub(super) key: Key,
    pub(super) meta: Arc<Meta>,
    pub(super) frame: PutPayload,
    pub(super) condition: Condition,
    pub(super) mode: PutMode,
    pub(super) word: u64,
}

impl Inner {
    /// Writes the frame and enters it. Where the store's answer is an error, what is there tells what became of it.
    pub(super) async fn land(&self, mut landing: Landing, writing: Writing<Digest>) -> Result<Put> {
        for _ in 0..TRIES {
            let Landing { key, meta, frame, mode, .. } = &landing;
            let cause = match self.bucket.put(key.digest(), frame.clone(), mode.clone()).await {
                Ok(stamp) => return Ok(self.commit(landing, stamp, writing)),
                Err(cause) => cause,
            };
            let seen = match self.bucket.head(key.digest()).await {
                Ok(seen) => seen,
                Err(_) if !is_taken(&cause) => return Err(failed("storing an entry", cause)),
                Err(error) => return Err(error),
            };
            let head = seen.as_ref().and_then(|seen| Some((seen.entry()?, seen)));
            if let Some((head, seen)) = head
                && head.key == key.as_bytes()
                && head.meta.version == meta.version
            {
                let stamp = seen.stamp.clone();
                return Ok(self.commit(landing, stamp, writing));
            }
            if !is_taken(&cause) {
                return Err(failed("storing an entry", cause));
            }
            let known = writing.current().map(|known| known.version);
            let there = There::of(key, seen, known)?;
            match there.admits(landing.condition, self.store_compares()) {
                // What was in the way is gone, or is no entry of this key.
                Ok(mode) => landing.mode = mode,
                Err(stored) => {
                    if let There::Entry(found, stamp) = there {
                        self.remember(landing.key.digest(), found.version, stamp);
                        enter(found, writing);
                    }
                    return Ok(Put::Conflict(stored));
                }
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "storing an entry that others keep writing"))
    }

    fn commit(&self, landing: Landing, stamp: Stamp, writing: Writing<Digest>) -> Put {
        let Landing { key, meta, frame, condition, word, .. } = landing;
        self.remember(key.digest(), meta.version, stamp);
        let length = frame.content_length() as u64;
        self.enter_written(found(&key, &meta, length, word), condition, writing)
    }

    /// Enters an entry that was just written; the answer to the put.
    pub(super) fn enter_written(&self, found: Found, condition: Condition, writing: Writing<Digest>) -> Put {
        match writing.commit(found) {
            Put::Stored { brief, replaced: Replaced::Nothing }
                if self.is_shared() && condition == Condition::Always =>
            {
                // Somebody else may have written there since the listing.
                Put::Stored { brief, replaced: Replaced::Unknown }
            }
            put => put,
        }
    }
}

/// Enters an entry that somebody else wrote; gives its version.
pub(super) fn enter(found: Found, writing: Writing<Digest>) -> Version {
    let version = found.version;
    if writing.current().is_none_or(|known| known.version != version) {
        let _ = writing.commit(found);
    }
    version
}
