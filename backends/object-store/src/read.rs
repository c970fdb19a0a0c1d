//! Reading, and what the books learn by it.
//!
//! The books are filled from a listing, which tells sizes and no more, and on a shared store others write past them.
//! So whatever is read is compared with what the books said before, and entered where they did not know.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use larder_core::books::Found;
use larder_core::disk::{Access, Brief, Id};
use larder_core::entry::{Body, Entry, Meta, Version};
use larder_core::frame::{Frame, OVERHEAD};
use larder_core::key::{Digest, Key};
use larder_core::{ErrorKind, Result};

use crate::bucket::Listed;
use crate::disk::Inner;

/// How many heads are read at once.
const AT_ONCE: usize = 16;

impl Listed {
    /// What the books can be told of an entry that was not read yet.
    pub(crate) fn unread(&self) -> Found {
        let size = self.length.saturating_add(OVERHEAD);
        Found { hash: hash(&self.digest), size, namespace: 0, stored: self.modified, meta: None }
    }
}

/// What the books are told of an entry that was read or written.
pub(crate) fn found(digest: &Digest, namespace: u64, length: u64, meta: &Arc<Meta>) -> Found {
    let size = length.saturating_add(OVERHEAD);
    Found { hash: hash(digest), size, namespace, stored: meta.stored, meta: Some(Arc::clone(meta)) }
}

fn hash(digest: &Digest) -> u64 {
    u64::from_le_bytes(*digest.as_bytes().first_chunk().expect("a digest has 32 bytes"))
}

/// Whether the books know an entry from a listing only.
fn is_unread(brief: &Brief) -> bool {
    brief.version == Version::from_bits(0)
}

impl Inner {
    pub(crate) async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>> {
        let digest = key.digest();
        let before = self.books.look(digest);
        let Some(bytes) = self.bucket.get(digest).await? else {
            self.forget(digest, before).await;
            return Ok(None);
        };
        let Frame { key: stored, meta, body } = Frame::decode(&bytes)?;
        if stored != key.as_bytes() {
            return Ok(None);
        }
        let meta = Arc::new(meta);
        self.learn(digest, before, || found(digest, key.namespace_id(), bytes.len() as u64, &meta));
        if let Access::Hit(now) = access
            && meta.is_live(now)
        {
            self.books.hit(digest, now);
        }
        Ok(Some(Entry { meta, body: Body::Whole(body) }))
    }

    pub(crate) async fn peek(&self, key: &Key) -> Result<Option<Arc<Meta>>> {
        let digest = key.digest();
        let found = self.head(digest, |_| Some(key.namespace_id())).await?;
        Ok(found.and_then(|(stored, meta)| (stored == key.as_bytes()).then_some(meta)))
    }

    pub(crate) async fn list(self: &Arc<Self>, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        let reads: Vec<_> = ids
            .iter()
            .map(|id| {
                let (inner, id) = (Arc::clone(self), *id);
                async move { inner.listed(id).await }
            })
            .collect();
        stream::iter(reads).buffered(AT_ONCE).try_collect().await
    }

    async fn listed(&self, id: Id) -> Result<Option<(Key, Arc<Meta>)>> {
        let Some((digest, _)) = self.books.find(id) else { return Ok(None) };
        let namespace = |key: &Bytes| Key::from_bytes(key).ok().map(|key| key.namespace_id());
        match self.head(&digest, namespace).await {
            Ok(Some((key, meta))) => Ok(Key::from_bytes(&key).ok().map(|key| (key, meta))),
            Ok(None) => Ok(None),
            // A damaged entry has no key to be listed by; a put or the policy replaces it.
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The key and the metadata of the entry there is, entered into the books as of the namespace that its key has.
    async fn head(
        &self,
        digest: &Digest,
        namespace: impl FnOnce(&Bytes) -> Option<u64>,
    ) -> Result<Option<(Bytes, Arc<Meta>)>> {
        let before = self.books.look(digest);
        let Some(seen) = self.bucket.head(digest).await? else {
            self.forget(digest, before).await;
            return Ok(None);
        };
        let (key, meta) = (seen.head.key, Arc::new(seen.head.meta));
        if let Some(namespace) = namespace(&key) {
            self.learn(digest, before, || found(digest, namespace, seen.length, &meta));
        }
        Ok(Some((key, meta)))
    }

    /// Enters an entry that was read after the books said `before` of it.
    pub(crate) fn learn(&self, digest: &Digest, before: Option<Brief>, found: impl FnOnce() -> Found) {
        let found = found();
        match before {
            Some(before) if is_unread(&before) => self.books.learn(before.id, found),
            Some(before) if found.meta.as_ref().is_some_and(|meta| meta.version == before.version) => {}
            // Where nobody else writes, another version is a write of this disk that is under way.
            _ if !self.is_shared() => {}
            before => {
                // Whoever has the writers' place sets the books right himself.
                let Some(writing) = self.books.write(digest).now_or_never() else { return };
                // A write of this disk that ended meanwhile is newer than what was read.
                if writing.current().map(|now| now.version) == before.map(|before| before.version) {
                    let _ = writing.commit(found, 0);
                }
            }
        }
    }

    /// Strikes out an entry that the books know and the store does not have: somebody else removed it.
    async fn forget(&self, digest: &Digest, before: Option<Brief>) {
        if before.is_none() {
            return;
        }
        let Some(writing) = self.books.write(digest).now_or_never() else { return };
        // Asked again where no write of this disk can come between. An entry that stays in the books for an error is
        // struck out another time.
        if writing.current().is_some() && matches!(self.bucket.head(digest).await, Ok(None)) {
            let _ = writing.remove();
        }
    }
}
