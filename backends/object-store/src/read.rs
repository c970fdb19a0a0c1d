//! Reading, and what the books learn by it.
//!
//! The books are filled from a listing, which tells sizes and no more, and on a shared store others write past them.
//! So whatever is read is compared with what the books said before, and entered where they did not know.

use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};
use larder_core::books::{BeforeRead, Found};
use larder_core::disk::{Access, Brief, Id, Reach};
use larder_core::entry::{Body, Entry, Meta, Version};
use larder_core::frame::{Frame, OVERHEAD};
use larder_core::key::{Digest, Key};
use larder_core::{ErrorKind, Result};

use crate::bucket::{Content, Opened, Seen};
use crate::disk::Inner;
use crate::failure::cut_short;
use crate::ranges::{self, ObjectRanges};
use crate::tombstone::Tombstone;

/// How many heads are read at once.
pub(crate) const AT_ONCE: usize = 16;

/// A longer object is handed out as a body that is read piece by piece.
const WHOLE: u64 = 8 << 20;

/// How often an entry that comes damaged from a network is asked for again.
pub(crate) const RETRIES: u32 = 4;

/// What the books are told of an entry whose object has `length` bytes.
pub(crate) fn found(key: &Key, meta: &Meta, length: u64, word: u64) -> Found {
    Found::new(key, meta, length.saturating_add(OVERHEAD), word)
}

/// Whether the books know an entry from a listing only.
pub(crate) fn is_unread(brief: &Brief) -> bool {
    brief.version == Version::from_bits(0)
}

impl Inner {
    pub(crate) async fn get(self: &Arc<Self>, key: &Key, access: Access) -> Result<Option<Entry>> {
        // Over a network, bytes may come changed or cut, and some stores show an object while it is overwritten: what
        // was damaged on the way is whole the next time.
        let mut left = if self.capabilities.reach == Reach::Hosts { RETRIES } else { 0 };
        loop {
            match self.get_once(key, access).await {
                Err(error) if error.kind() == ErrorKind::Corrupt && left > 0 => left -= 1,
                got => return got,
            }
        }
    }

    async fn get_once(self: &Arc<Self>, key: &Key, access: Access) -> Result<Option<Entry>> {
        let digest = key.digest();
        let before = self.books.before_read(digest);
        let Some(opened) = self.bucket.open(digest).await? else {
            self.forget(digest, before.brief).await;
            return Ok(None);
        };
        let length = opened.length;
        let (stored, meta, body) = if length > WHOLE {
            let (head, layout, stamp, arriving) = ranges::head(opened).await?;
            self.remember(digest, head.meta.version, stamp.clone());
            let arriving = Mutex::new(Some(arriving));
            let (inner, digest, nonce) = (Arc::clone(self), *digest, head.meta.nonce);
            let ranges = ObjectRanges { inner, digest, stamp, layout, nonce, arriving };
            (head.key, head.meta, Body::Ranged(Arc::new(ranges)))
        } else {
            let stamp = opened.stamp.clone();
            let bytes = whole(opened).await?;
            if Tombstone::decode(&bytes).is_some() {
                self.forget(digest, before.brief).await;
                return Ok(None);
            }
            let Frame { key, meta, body } = Frame::decode(&bytes)?;
            self.remember(digest, meta.version, stamp);
            (key, meta, Body::Whole(body))
        };
        if stored != key.as_bytes() {
            return Ok(None);
        }
        let meta = Arc::new(meta);
        self.learn(digest, &before, found(key, &meta, length, 0));
        if let Access::Hit(now) = access
            && meta.is_live(now)
        {
            self.books.hit(digest, now);
        }
        Ok(Some(Entry { meta, body }))
    }

    pub(crate) async fn peek(&self, key: &Key) -> Result<Option<Arc<Meta>>> {
        let read = self.head(key.digest(), |stored| (stored == key.as_bytes()).then(|| key.clone())).await?;
        Ok(read.map(|(_, meta)| meta))
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
        match self.head(&digest, |stored| Key::from_bytes(stored).ok()).await {
            // A damaged entry has no key to be listed by; a put or the policy replaces it.
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format) => Ok(None),
            read => read,
        }
    }

    /// The metadata of the entry there is, if it has a key that the caller wants; the books learn of it.
    async fn head(
        &self,
        digest: &Digest,
        wanted: impl FnOnce(&[u8]) -> Option<Key>,
    ) -> Result<Option<(Key, Arc<Meta>)>> {
        let before = self.books.before_read(digest);
        let seen = self.bucket.head(digest).await?;
        let seen = match seen {
            None | Some(Seen { content: Ok(Content::Tombstone(_)), .. }) => {
                self.forget(digest, before.brief).await;
                return Ok(None);
            }
            Some(seen) => seen,
        };
        let Seen { stamp, length, content, .. } = seen;
        let Content::Entry(head) = content? else { return Ok(None) };
        let meta = Arc::new(head.meta);
        self.remember(digest, meta.version, stamp);
        let Some(key) = wanted(&head.key) else { return Ok(None) };
        self.learn(digest, &before, found(&key, &meta, length, 0));
        Ok(Some((key, meta)))
    }

    /// Enters an entry that was read after the books said `before` of it.
    pub(crate) fn learn(&self, digest: &Digest, before: &BeforeRead, found: Found) {
        match before.brief {
            Some(before) if is_unread(&before) => self.books.learn(before.id, found),
            // Where nobody else writes, another version is a write of this disk that is under way.
            _ if !self.is_shared() => {}
            _ => self.books.after_read(digest, before, found),
        }
    }

    /// Strikes out an entry that the books know and the store does not have: somebody else removed it.
    async fn forget(&self, digest: &Digest, before: Option<Brief>) {
        if before.is_none() {
            return;
        }
        let Some(writing) = self.books.try_write(digest) else { return };
        // Asked again where no write of this disk can come between. An entry that stays in the books for an error is
        // struck out another time.
        let is_gone = match self.bucket.head(digest).await {
            Ok(None) => true,
            Ok(Some(seen)) => matches!(seen.content, Ok(Content::Tombstone(_))),
            Err(_) => false,
        };
        if writing.current().is_some() && is_gone {
            let _ = writing.remove();
        }
    }
}

/// All bytes of an object that is short.
pub(crate) async fn whole(opened: Opened) -> Result<Bytes> {
    let mut chunks = opened.bytes;
    let next = async |chunks: &mut BoxStream<'static, object_store::Result<Bytes>>| {
        chunks.try_next().await.map_err(cut_short)
    };
    let Some(first) = next(&mut chunks).await? else { return Ok(Bytes::new()) };
    let Some(second) = next(&mut chunks).await? else { return Ok(first) };
    let mut bytes = BytesMut::with_capacity(usize::try_from(opened.length).unwrap_or(0));
    bytes.extend_from_slice(&first);
    bytes.extend_from_slice(&second);
    while let Some(chunk) = next(&mut chunks).await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
