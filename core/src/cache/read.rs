//! Reading.

use std::borrow::Borrow;
use std::sync::Arc;

use super::{Cache, CacheEntry};
use crate::codec::Unreadable;
use crate::disk::Access;
use crate::entry::{Body, Entry, Meta, Version};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, Key};
use crate::time::Time;

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// The value at `key`; `None` if there is none that lives.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a key that equals nothing. In strict mode also what the disk answers, and
    /// [`ErrorKind::Corrupt`] or [`ErrorKind::Decode`] for a value that cannot be read; by default these are
    /// misses, and counted.
    pub async fn get<Q>(&self, key: &Q) -> Result<Option<V>>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        Ok(self.lookup(&key, self.inner.larder.now()).await?.map(|(value, _)| value))
    }

    /// The value at `key` with what is known of its entry.
    ///
    /// # Errors
    ///
    /// As for [`get`](Cache::get).
    pub async fn get_entry<Q>(&self, key: &Q) -> Result<Option<CacheEntry<V>>>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let found = self.lookup(&key, self.inner.larder.now()).await?;
        Ok(found.map(|(value, meta)| CacheEntry::new(value, &meta)))
    }

    /// Whether a live entry is at `key` whose codec and schema are those of this cache. Does not read the value: one
    /// that is corrupt or cannot be decoded counts as there. Counts nothing, and is no access.
    ///
    /// # Errors
    ///
    /// As for [`get`](Cache::get).
    pub async fn contains<Q>(&self, key: &Q) -> Result<bool>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let now = self.inner.larder.now();
        match self.inner.larder.disk().peek(&key).await {
            Ok(meta) => {
                Ok(meta.is_some_and(|meta| meta.is_live(now) && self.inner.codecs.reads(&meta).is_ok()))
            }
            Err(error) => self.absorb(error, Some(&key), false),
        }
    }

    /// A counted lookup: hit, miss with its reason, or error.
    pub(super) async fn lookup(&self, key: &Key, now: Time) -> Result<Option<(V, Arc<Meta>)>> {
        match self.look(key, now).await {
            Look::Hit(value, meta) => Ok(Some((value, meta))),
            Look::Miss(miss) => self.missed(miss, key),
        }
    }

    /// A lookup of which only a hit is counted.
    pub(super) async fn look(&self, key: &Key, now: Time) -> Look<V> {
        let (disk, access) = (self.inner.larder.disk(), Access::Hit(now));
        let answer = match disk.get_now(key, access) {
            // Most hits take the direct way: moving an entry costs as much as finding it in memory.
            Some(Ok(Some(Entry { meta, body: Body::Whole(body) }))) if meta.is_live(now) => {
                let length = body.len() as u64;
                return match self.inner.codecs.decode(&meta, body) {
                    Ok(value) => {
                        self.count_hit(&meta, length);
                        Look::Hit(value, meta)
                    }
                    Err(unreadable) => Look::Miss(Miss::Unreadable(unreadable, meta.version)),
                };
            }
            Some(answer) => answer,
            None => disk.get(key, access).await,
        };
        let Entry { meta, body } = match living(answer, now) {
            Ok(entry) => entry,
            Err(miss) => return Look::Miss(miss),
        };
        let length = body.len();
        match self.open(key, &meta, body).await {
            Ok(Ok(value)) => {
                self.count_hit(&meta, length);
                Look::Hit(value, meta)
            }
            Ok(Err(unreadable)) => Look::Miss(Miss::Unreadable(unreadable, meta.version)),
            Err(error) => Look::Miss(Miss::Failed(error)),
        }
    }

    /// Counts a miss, and returns the error where there is one to return.
    pub(super) fn missed<T>(&self, miss: Miss, key: &Key) -> Result<Option<T>> {
        match miss {
            Miss::Absent => self.inner.counters.add(|stats| stats.misses.absent += 1),
            Miss::Expired(_) => self.inner.counters.add(|stats| stats.misses.expired += 1),
            Miss::Unreadable(unreadable, _) => return self.unreadable(key, unreadable),
            Miss::Corrupt(error) => {
                self.inner.counters.add(|stats| stats.misses.corrupt += 1);
                return self.unless_strict(error.of(key));
            }
            Miss::Failed(error) => return self.absorb(error, Some(key), None),
        }
        Ok(None)
    }

    /// The live entry at `key`; what is none is counted.
    pub(super) async fn find(&self, key: &Key, now: Time) -> Result<Option<Entry>> {
        let (disk, access) = (self.inner.larder.disk(), Access::Hit(now));
        let answer = match disk.get_now(key, access) {
            Some(answer) => answer,
            None => disk.get(key, access).await,
        };
        match living(answer, now) {
            Ok(entry) => Ok(Some(entry)),
            Err(miss) => self.missed(miss, key),
        }
    }

    /// Counts a hit that hands out a body of `length` bytes.
    #[inline]
    pub(super) fn count_hit(&self, meta: &Meta, length: u64) {
        self.inner.counters.add(|stats| {
            stats.hits += 1;
            stats.bytes_out += length;
            if let Some(cost) = meta.cost {
                stats.saved = stats.saved.saturating_add(cost);
            }
        });
    }

    /// What a lookup answers where a live entry cannot be read.
    fn unreadable<T>(&self, key: &Key, unreadable: Unreadable) -> Result<Option<T>> {
        self.count_unreadable(&unreadable);
        match unreadable {
            // Nobody is at fault: the program, or its configuration, has changed.
            Unreadable::Codec(_) | Unreadable::Schema { .. } => Ok(None),
            Unreadable::Damaged(error) => self.unless_strict(error.of(key)),
        }
    }

    /// Counts a value that cannot be read, by reason.
    pub(super) fn count_unreadable(&self, unreadable: &Unreadable) {
        self.inner.counters.add(|stats| match unreadable {
            Unreadable::Codec(_) => stats.misses.codec += 1,
            Unreadable::Schema { .. } => stats.misses.schema += 1,
            Unreadable::Damaged(error) if error.kind() == ErrorKind::Corrupt => stats.misses.corrupt += 1,
            Unreadable::Damaged(_) => stats.misses.undecodable += 1,
        });
    }

    /// The value of an entry, or why there is none; an error where the disk fails halfway.
    pub(super) async fn open(&self, key: &Key, meta: &Meta, body: Body) -> Result<Result<V, Unreadable>> {
        match body.into_bytes().await {
            Ok(body) => Ok(self.inner.codecs.decode(meta, body)),
            Err(error) if error.kind() == ErrorKind::Corrupt => Ok(Err(Unreadable::Damaged(error))),
            Err(error) => Err(error.of(key)),
        }
    }

    /// A miss in the default mode, the error in strict mode. It is counted already.
    fn unless_strict<T>(&self, error: Error) -> Result<Option<T>> {
        match self.inner.on_error {
            super::OnError::Miss => Ok(None),
            super::OnError::Fail => Err(error),
        }
    }
}

/// What a lookup found.
pub(super) enum Look<V> {
    Hit(V, Arc<Meta>),
    Miss(Miss),
}

/// Why a lookup has no value.
#[derive(Debug)]
pub(super) enum Miss {
    /// Nothing is stored.
    Absent,
    /// This version is stored, and is expired.
    Expired(Version),
    /// This version is stored, and is no value of this cache.
    Unreadable(Unreadable, Version),
    /// What is stored is corrupt, or of a newer format.
    Corrupt(Error),
    /// The disk failed.
    Failed(Error),
}

/// The entry of an answer if it is live.
fn living(answer: Result<Option<Entry>>, now: Time) -> Result<Entry, Miss> {
    match answer {
        Ok(Some(entry)) if entry.meta.is_live(now) => Ok(entry),
        Ok(Some(entry)) => Err(Miss::Expired(entry.meta.version)),
        Ok(None) => Err(Miss::Absent),
        Err(error) if is_unreadable(&error) => Err(Miss::Corrupt(error)),
        Err(error) => Err(Miss::Failed(error)),
    }
}

/// Whether the error says that what is stored cannot be read, now or later. An error of the environment does not.
pub(super) fn is_unreadable(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format)
}

impl<V> CacheEntry<V> {
    pub(super) fn new(value: V, meta: &Meta) -> Self {
        Self {
            value,
            version: meta.version,
            stored: meta.stored,
            expires: meta.expires,
            tags: meta.tags.clone(),
            format: meta.format.clone(),
            compression: meta.compression.clone(),
            cost: meta.cost,
            user: meta.user.clone(),
        }
    }
}
