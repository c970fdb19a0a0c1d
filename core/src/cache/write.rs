//! Writing, removing, touching.

use std::borrow::Borrow;
use std::sync::Arc;

use futures_util::future::ready;

use super::read::is_unreadable;
use super::{Cache, Life, Outcome, WriteOptions, is_of_the_disk};
use crate::codec::Encoded;
use crate::disk::{Cause, Condition, Fence, Id, Put, Refusal, Removed, Replaced, Revised, Revision};
use crate::entry::{Draft, Meta, Source, Version};
use crate::error::{Error, ErrorKind, Result};
use crate::frame;
use crate::key::{CacheKey, Key};
use crate::larder::{Admission, Begun};
use crate::tag::{MOST_TAGS, Tag};
use crate::time::Time;

/// How often a change that others keep overtaking is tried before it gives up.
pub(super) const TRIES: usize = 1000;

/// On what terms a draft is handed to the disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) condition: Condition,
    pub(super) now: Time,
    pub(super) admission: Admission,
}

/// What became of a draft.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    Stored {
        id: Id,
        version: Version,
        /// The hits of the entry that it replaced, if there was one.
        hits: Option<u32>,
    },
    Conflict(Option<Version>),
    Refused(Refusal),
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// Stores `value` at `key`, with the cache's life and no tags.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a key that equals nothing, [`ErrorKind::Encode`] for a value that the codec
    /// cannot hold, [`ErrorKind::ReadOnly`]: the old entry stays. In strict mode also what the disk answers; by
    /// default that is [`Outcome::Failed`].
    pub async fn set<Q>(&self, key: &Q, value: &V) -> Result<Outcome>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        self.set_with(key, value, &WriteOptions::default()).await
    }

    /// Stores `value` at `key`; whatever `options` leave out, the entry does not have.
    ///
    /// # Errors
    ///
    /// As for [`set`](Cache::set), and [`ErrorKind::Invalid`] for too many tags.
    pub async fn set_with<Q>(&self, key: &Q, value: &V, options: &WriteOptions) -> Result<Outcome>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let now = self.inner.larder.now();
        let encoded = self.inner.codecs.encode(value).map_err(|error| error.of(&key))?;
        self.store(&key, encoded, options, now).await
    }

    /// Removes the live entry at `key`; returns whether there was one. What [`get`](Cache::get) cannot read is
    /// removed too, but is absent: `false`. The value itself is not read, so one that cannot be decoded counts as
    /// live. Values that are being computed for the key are not stored, see
    /// [`get_or_insert_with`](Cache::get_or_insert_with).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a key that equals nothing, [`ErrorKind::ReadOnly`]. In strict mode also what
    /// the disk answers; by default that is counted, and `false`.
    pub async fn remove<Q>(&self, key: &Q) -> Result<bool>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let now = self.inner.larder.now();
        match self.remove_live(&key, now).await {
            Ok(removed) => Ok(removed),
            Err(error) => self.absorb(error, Some(&key), false),
        }
    }

    /// Gives the live entry at `key` another time to live; returns whether there was one. Value, tags, access data
    /// and place stay. An entry of another schema or of an unknown codec is absent.
    ///
    /// # Errors
    ///
    /// As for [`remove`](Cache::remove), and [`ErrorKind::Unsupported`] on a disk that cannot touch.
    pub async fn touch<Q>(&self, key: &Q, life: impl Into<Life>) -> Result<bool>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let now = self.inner.larder.now();
        let expires = life.into().expires(now, self.inner.life);
        match self.revise_live(&key, expires, now).await {
            Ok(touched) => Ok(touched),
            Err(error) => self.absorb(error, Some(&key), false),
        }
    }

    /// Stores an encoded value, whatever is there, and clears the key where it is refused.
    pub(super) async fn store(
        &self,
        key: &Key,
        encoded: Encoded,
        options: &WriteOptions,
        now: Time,
    ) -> Result<Outcome> {
        match self.put(key, encoded, options, Condition::Always, now).await {
            Ok(Written::Stored { .. }) => Ok(Outcome::Stored),
            Ok(Written::Refused(refusal)) => {
                self.supersede(key, Condition::Always).await?;
                Ok(Outcome::Refused(refusal))
            }
            Ok(Written::Conflict(_)) => {
                let message = "storing a value: the disk met a conflict where there was no condition";
                self.failed(self.inner.larder.error(ErrorKind::Unavailable, message), key)
            }
            Err(error) => self.failed(error, key),
        }
    }

    /// Hands a draft to the disk and counts what became of it.
    pub(super) fn put<'a>(
        &'a self,
        key: &'a Key,
        encoded: Encoded,
        options: &WriteOptions,
        condition: Condition,
        now: Time,
    ) -> Begun<'a, Written> {
        self.put_in(key, encoded, options, condition, now, Admission::WithRoom)
    }

    /// As [`put`](Cache::put), with this admission.
    pub(super) fn put_in<'a>(
        &'a self,
        key: &'a Key,
        encoded: Encoded,
        options: &WriteOptions,
        condition: Condition,
        now: Time,
        admission: Admission,
    ) -> Begun<'a, Written> {
        let meta = encoded.meta(self.inner.larder.random(), now);
        match self.draft(key, meta, Source::Whole(encoded.body), options, now) {
            Ok(draft) => self.put_draft(key, draft, Terms { condition, now, admission }),
            Err(error) => Begun::Left(ready(Err(error))),
        }
    }

    /// A body and what `options` say of it.
    pub(super) fn draft(
        &self,
        key: &Key,
        mut meta: Meta,
        source: Source,
        options: &WriteOptions,
        now: Time,
    ) -> Result<Draft> {
        meta.expires = options.life.expires(now, self.inner.life);
        meta.tags = distinct(&options.tags)?;
        meta.cost = options.cost;
        if !options.user.is_empty() {
            meta.user.clone_from(&options.user);
        }
        frame::check(key.as_bytes(), &meta)?;
        Ok(Draft { meta: Arc::new(meta), source, word: 0 })
    }

    /// Hands a draft to the disk and counts what became of it.
    pub(super) fn put_draft<'a>(&'a self, key: &'a Key, draft: Draft, terms: Terms) -> Begun<'a, Written> {
        let Terms { condition, now, admission } = terms;
        let end = self.counted(key, &draft);
        self.inner.larder.put_in(key, draft, condition, now, admission, end)
    }

    /// Hands a computed value to the disk and counts what became of it.
    pub(super) async fn put_computed(
        &self,
        key: &Key,
        encoded: Encoded,
        options: &WriteOptions,
        condition: Condition,
        since: Option<Fence>,
    ) -> Result<Written> {
        let larder = &self.inner.larder;
        let now = larder.now();
        let meta = encoded.meta(larder.random(), now);
        let draft = self.draft(key, meta, Source::Whole(encoded.body), options, now)?;
        let end = self.counted(key, &draft);
        larder.put_computed(key, draft, condition, since, now).await.map(end)
    }

    /// What counts the outcome of a put of this draft.
    fn counted(&self, key: &Key, draft: &Draft) -> impl FnOnce(Put) -> Written + Send + use<'_, K, V> {
        let version = draft.meta.version;
        // What comes in is what is added to the volume, less what surrounds the body.
        let known = draft.source.length().ok_or_else(|| frame::weight(key.as_bytes(), &draft.meta, 0));
        move |put| match put {
            Put::Stored { brief, replaced } => {
                self.inner.counters.add(|stats| {
                    stats.stored += 1;
                    stats.bytes_in += known.unwrap_or_else(|around| brief.size.saturating_sub(around));
                });
                let hits = if let Replaced::Entry(old) = replaced { Some(old.hits) } else { None };
                Written::Stored { id: brief.id, version, hits }
            }
            Put::Refused(refusal) => {
                self.count_refusal(refusal);
                Written::Refused(refusal)
            }
            Put::Conflict(stored) => Written::Conflict(stored),
        }
    }

    fn count_refusal(&self, refusal: Refusal) {
        self.inner.counters.add(|stats| match refusal {
            Refusal::TooLarge { .. } => stats.refused.too_large += 1,
            Refusal::Full => stats.refused.full += 1,
            Refusal::NotAdmitted => stats.refused.not_admitted += 1,
        });
    }

    /// Removes what a refused value would have replaced: it would be a wrong answer now.
    ///
    /// A disk that fails at it is counted; in strict mode its error comes before the refusal, for the old entry is
    /// there still.
    pub(super) async fn supersede(&self, key: &Key, condition: Condition) -> Result<()> {
        match self.inner.larder.remove(key, condition, Cause::Superseded).await {
            Ok(_gone_or_replaced) => Ok(()),
            Err(error) => self.absorb(error, Some(key), ()),
        }
    }

    /// Removes the entry at `key` if it is corrupt or of a newer format; one that is written meanwhile stays. Returns
    /// whether another look is worthwhile.
    pub(super) async fn discard(&self, key: &Key) -> Result<bool> {
        let larder = &self.inner.larder;
        let disk = larder.disk();
        // No write draws this version, so the removal only tells which one is there.
        let nobody = Condition::Is(Version::from_bits(0));
        let condition = match disk.remove(key, nobody, Cause::Superseded).await? {
            Removed::Conflict(version) => Condition::Is(version),
            // The disk does not know the version of what it cannot read.
            Removed::Nothing | Removed::Gone(_) => Condition::Always,
        };
        match disk.peek(key).await {
            Err(error) if is_unreadable(&error) => {}
            _ => return Ok(true),
        }
        let removed = larder.remove(key, condition, Cause::Superseded).await?;
        if matches!(removed, Removed::Conflict(_)) {
            return Ok(true);
        }
        Ok(false)
    }

    /// As [`discard`](Cache::discard), and counts what was removed.
    pub(super) async fn discard_counted(&self, key: &Key) -> Result<bool> {
        let again = self.discard(key).await?;
        self.inner.counters.add(|stats| stats.misses.corrupt += u64::from(!again));
        Ok(again)
    }

    /// What a failed write answers: the error in strict mode or where the caller is at fault, else `Failed`.
    pub(super) fn failed(&self, error: Error, key: &Key) -> Result<Outcome> {
        let kind = error.kind();
        if is_of_the_disk(kind) {
            self.inner.counters.add(|stats| stats.refused.failed += 1);
        }
        self.absorb(error, Some(key), Outcome::Failed(kind))
    }

    async fn remove_live(&self, key: &Key, now: Time) -> Result<bool> {
        let larder = &self.inner.larder;
        let compare = larder.disk().capabilities().compare;
        let mut invalidated = false;
        for _ in 0..TRIES {
            let meta = match larder.disk().peek(key).await {
                Ok(meta) => meta,
                Err(error) if compare && is_unreadable(&error) => {
                    if self.discard_counted(key).await? {
                        continue;
                    }
                    return Ok(false);
                }
                Err(error) => return Err(error),
            };
            let Some(meta) = meta.filter(|meta| meta.is_live(now)) else {
                // Nothing is removed, but what is being computed for this key must not be stored any more. What was
                // stored just before is visible now.
                if !invalidated && larder.invalidate_key(key).await? {
                    invalidated = true;
                    continue;
                }
                return Ok(false);
            };
            let condition = if compare { Condition::Is(meta.version) } else { Condition::Always };
            let removed = larder.remove(key, condition, Cause::Removed).await?;
            match removed {
                Removed::Gone(_) => {
                    // An entry that `get` does not read is absent; it is removed all the same.
                    let is_read = self.inner.codecs.reads(&meta).is_ok();
                    self.inner.counters.add(|stats| stats.removed += u64::from(is_read));
                    return Ok(is_read);
                }
                Removed::Nothing => return Ok(false),
                Removed::Conflict(_) => {}
            }
        }
        Err(larder.error(ErrorKind::Unavailable, "removing an entry that others keep writing"))
    }

    async fn revise_live(&self, key: &Key, expires: Option<Time>, now: Time) -> Result<bool> {
        let larder = &self.inner.larder;
        if !larder.disk().capabilities().touch {
            return Err(
                larder.error(ErrorKind::Unsupported, "this disk cannot touch entries; set the value again")
            );
        }
        for _ in 0..TRIES {
            let Some(meta) = larder.disk().peek(key).await? else { return Ok(false) };
            if !meta.is_live(now) || self.inner.codecs.reads(&meta).is_err() {
                return Ok(false);
            }
            larder.touch(key);
            let revision = Revision { version: Version::draw(larder.random()), expires };
            if let Revised::Done(brief) = larder.disk().revise(key, meta.version, revision).await? {
                larder.account_touched(&brief, now);
                return Ok(true);
            }
        }
        Err(larder.error(ErrorKind::Unavailable, "touching an entry that others keep writing"))
    }
}

/// The tags without duplicates, in order.
fn distinct(tags: &[Tag]) -> Result<Vec<Tag>> {
    let mut distinct: Vec<Tag> = Vec::with_capacity(tags.len().min(MOST_TAGS));
    for tag in tags {
        if matches!(tag, Tag::Float(value) if value.is_nan()) {
            return Err(Error::new(ErrorKind::Invalid, "a tag cannot be NaN"));
        }
        if !distinct.contains(tag) {
            // Told at once: looking through all of a million tags for each of them would take hours.
            if distinct.len() == MOST_TAGS {
                let message = format!("more than {MOST_TAGS} tags on one entry");
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            distinct.push(tag.clone());
        }
    }
    Ok(distinct)
}
