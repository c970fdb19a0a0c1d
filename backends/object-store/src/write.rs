//! Writing, touching, removing: first everything that can be refused, then the part that is carried to its end.

mod evict;
mod land;

use std::sync::Arc;

use bytes::Bytes;
use larder_core::books::{Found, Intake, Writing};
use larder_core::disk::{Condition, Put, Removed, Revised, Revision, Room};
use larder_core::entry::{Draft, Version};
use larder_core::frame::{self, Head};
use larder_core::key::{Digest, Key};
use larder_core::{Error, ErrorKind, Result};
use object_store::{PutMode, PutPayload};

use crate::disk::{Inner, unsupported};
use crate::failure::failed;
use crate::read::found;

use land::Landing;

/// What is stored where a key is to be written.
enum There {
    Nothing,
    /// The key's entry.
    Entry(Found),
    /// The entry of another key with the same digest, which a put may forget.
    Another,
    /// No frame that can be read; its version, if the books know it.
    Damaged(Option<Version>),
}

impl There {
    /// How to write where `condition` holds; otherwise the version that is stored.
    fn admits(&self, condition: Condition) -> Result<PutMode, Option<Version>> {
        match (condition, self) {
            (Condition::Always, _) | (Condition::Absent, Self::Another) => Ok(PutMode::Overwrite),
            (Condition::Absent, Self::Nothing) => Ok(PutMode::Create),
            (Condition::Is(at), _) if self.version() == Some(at) => Ok(PutMode::Overwrite),
            _ => Err(self.version()),
        }
    }

    const fn version(&self) -> Option<Version> {
        match self {
            Self::Entry(found) => Some(found.version),
            Self::Damaged(version) => *version,
            Self::Nothing | Self::Another => None,
        }
    }
}

impl Inner {
    pub(crate) async fn put(
        self: &Arc<Self>,
        key: &Key,
        draft: Draft,
        condition: Condition,
        room: &dyn Room,
    ) -> Result<Put> {
        self.check(condition)?;
        let Draft { meta, source, word } = draft;
        frame::check(key.as_bytes(), &meta)?;
        let mut writing = self.books.write(key.digest()).await;
        let mode = match condition {
            Condition::Always => PutMode::Overwrite,
            // The store decides, whatever others did meanwhile.
            Condition::Absent if writing.current().is_none() => PutMode::Create,
            _ => match self.there(key, &writing).await?.admits(condition) {
                Ok(mode) => mode,
                Err(stored) => return Ok(Put::Conflict(stored)),
            },
        };
        // The condition was checked above, and the place is taken: it holds until the end.
        let body = match writing.take_in(key, &meta, source, Condition::Always, room).await? {
            Intake::Granted { body, .. } => body,
            Intake::Not(put) => return Ok(put),
        };
        let frame = frame::encode(key.as_bytes(), &meta, &body).into();
        let landing = Landing { key: key.clone(), meta, frame, mode, word };
        let inner = Arc::clone(self);
        self.carrier.run(async move { inner.land(landing, writing).await }).await
    }

    pub(crate) async fn revise(
        self: &Arc<Self>,
        key: &Key,
        at: Version,
        revision: Revision,
    ) -> Result<Revised> {
        if !self.capabilities.touch {
            return Err(unsupported("touching entries"));
        }
        let writing = self.books.write(key.digest()).await;
        let there = self.there(key, &writing).await?;
        if there.version() != Some(at) {
            return Ok(Revised::Conflict(there.version()));
        }
        let Some(bytes) = self.bucket.get(key.digest()).await? else { return Ok(Revised::Conflict(None)) };
        let frame = revised(&bytes, revision)?;
        let (inner, key) = (Arc::clone(self), key.clone());
        let rewrite = async move {
            match inner.bucket.put(key.digest(), frame, PutMode::Overwrite).await {
                Ok(()) => Ok(writing.revise(revision)),
                // The answer may have been lost on the way: the version that is there tells.
                Err(cause) => match inner.bucket.head(key.digest()).await {
                    Ok(Some(seen)) if seen.head.meta.version == revision.version => {
                        Ok(writing.revise(revision))
                    }
                    _ => Err(failed("touching an entry", cause)),
                },
            }
        };
        self.carrier.run(rewrite).await
    }

    pub(crate) async fn remove(self: &Arc<Self>, key: &Key, condition: Condition) -> Result<Removed> {
        self.check(condition)?;
        let writing = loop {
            let writing = self.books.write(key.digest()).await;
            let known = writing.current().is_some();
            if known && self.is_shared() && condition == Condition::Always {
                // One deletion, blindly: on a shared store nothing could hold the condition anyway.
                break writing;
            }
            let there = self.there(key, &writing).await?;
            if condition == Condition::Absent {
                return Ok(there.version().map_or(Removed::Nothing, Removed::Conflict));
            }
            if let Err(stored) = there.admits(condition) {
                return Ok(stored.map_or(Removed::Nothing, Removed::Conflict));
            }
            match there {
                There::Nothing | There::Another => return Ok(Removed::Nothing),
                There::Entry(_) | There::Damaged(_) if known => break writing,
                // Somebody else wrote it: the books must know what goes.
                There::Entry(found) => drop(writing.commit(found)),
                There::Damaged(_) => {
                    return Err(Error::new(ErrorKind::Corrupt, "removing a damaged entry of somebody else"));
                }
            }
        };
        let inner = Arc::clone(self);
        self.carrier.run(async move { inner.delete(writing).await }).await
    }

    async fn delete(&self, writing: Writing<Digest>) -> Result<Removed> {
        let deleted = self.bucket.delete(&[*writing.identity()]).await.pop();
        match deleted.unwrap_or(Ok(false)) {
            Ok(true) => Ok(writing.remove()),
            Ok(false) => {
                let _ = writing.remove();
                Ok(Removed::Nothing)
            }
            Err(cause) => Err(failed("deleting an entry", cause)),
        }
    }

    /// What is stored where `key` is to be written; the books learn it where they had not read it.
    ///
    /// Asks the store unless the books of a store of one's own know that there is nothing.
    async fn there(&self, key: &Key, writing: &Writing<Digest>) -> Result<There> {
        let known = writing.current();
        if known.is_none() && !self.is_shared() {
            return Ok(There::Nothing);
        }
        match self.bucket.head(key.digest()).await {
            Ok(None) => Ok(There::Nothing),
            Ok(Some(seen)) if seen.head.key != key.as_bytes() => Ok(There::Another),
            Ok(Some(seen)) => {
                let found = found(key, &seen.head.meta, seen.length, 0);
                if let Some(known) = known {
                    // Only what was entered unread is learnt; the place is taken, so nothing else is to be.
                    self.books.learn(known.id, found.clone());
                }
                Ok(There::Entry(found))
            }
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format) => {
                let version = known.map(|known| known.version);
                Ok(There::Damaged(version.filter(|version| *version != Version::from_bits(0))))
            }
            Err(error) => Err(error),
        }
    }
}

/// The frame in `bytes` with another version and expiry: a new head before the same blocks.
fn revised(bytes: &Bytes, revision: Revision) -> Result<PutPayload> {
    let head = Head::decode(bytes)?;
    let meta = head.meta.revised(revision);
    Ok([head.with(&meta), bytes.slice(head.length..)].into_iter().collect())
}
