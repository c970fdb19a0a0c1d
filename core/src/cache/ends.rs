//! The oldest and the newest entry of a cache.
//!
//! They are found by a survey from one end, on disks that keep the order of insertion. The dead and the damaged that
//! are met on the way are removed, so that the next look need not pass them again.

use super::{Cache, CacheEntry, OnError};
use crate::codec::Unreadable;
use crate::disk::{Access, Brief, Cause, Direction, Page, Scope};
use crate::error::{ErrorKind, Result};
use crate::key::{CacheKey, FromKey, Key};
use crate::larder::BATCH;
use crate::time::Time;

impl<K: CacheKey + FromKey, V: Send + Sync + 'static> Cache<K, V> {
    /// The live entry that was inserted first, with its key; `None` if there is none. It is no access and no hit.
    ///
    /// Dead and damaged entries before it are removed. One that this cache cannot read is passed over.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] on a disk without order. [`ErrorKind::Decode`] for a key that is no `K`. In strict
    /// mode also what the disk answers, and [`ErrorKind::Decode`] or [`ErrorKind::Format`] for an entry that this cache
    /// cannot read; by default a failing disk is counted, and `None`.
    #[doc(alias = "peek_item")]
    pub async fn oldest(&self) -> Result<Option<(K, CacheEntry<V>)>> {
        self.end(Direction::Forward).await
    }

    /// The live entry that was inserted last, with its key; otherwise as [`oldest`](Cache::oldest).
    ///
    /// # Errors
    ///
    /// As for [`oldest`](Cache::oldest).
    #[doc(alias = "peek_item")]
    pub async fn newest(&self) -> Result<Option<(K, CacheEntry<V>)>> {
        self.end(Direction::Backward).await
    }

    async fn end(&self, direction: Direction) -> Result<Option<(K, CacheEntry<V>)>> {
        let larder = &self.inner.larder;
        if !larder.disk().capabilities().ordered {
            return Err(larder.error(ErrorKind::Unsupported, "this disk keeps no order of insertion"));
        }
        match self.found(direction, larder.now()).await {
            Ok(Some((key, entry))) => Ok(Some((key.decode()?, entry))),
            Ok(None) => Ok(None),
            Err(error) => self.absorb(error, None, None),
        }
    }

    /// The first live entry that is met in this direction.
    async fn found(&self, direction: Direction, now: Time) -> Result<Option<(Key, CacheEntry<V>)>> {
        let disk = self.inner.larder.disk();
        let mut page = Page { direction, ..Page::first(Scope::All, BATCH) };
        loop {
            let survey = disk.survey(&page).await?;
            for brief in survey.briefs.iter().filter(|brief| self.may_own(brief)) {
                let Some((key, meta)) = disk.list(&[brief.id]).await?.pop().flatten() else {
                    // Whose it was is known where the disk has read it once.
                    if brief.namespace == self.inner.namespace.id() {
                        self.drop_damaged(brief).await?;
                    }
                    continue;
                };
                if !key.is_in(&self.inner.namespace) {
                    continue;
                }
                let brief = Brief { version: meta.version, ..*brief };
                if !meta.is_live(now) {
                    let gone = self.inner.larder.strike_out(&brief, Cause::Expired).await?;
                    self.inner.counters.add(|stats| stats.expired += u64::from(gone));
                } else if let Some(entry) = self.live(&key, &brief, now).await? {
                    return Ok(Some((key, entry)));
                }
            }
            let Some(next) = survey.next else { return Ok(None) };
            page = page.then(next);
        }
    }

    /// The live entry at `key`, without an access; `None` where it is gone or cannot be read.
    async fn live(&self, key: &Key, brief: &Brief, now: Time) -> Result<Option<CacheEntry<V>>> {
        let opened = match self.inner.larder.disk().get(key, Access::Peek).await {
            Ok(Some(entry)) if entry.meta.is_live(now) => {
                let opened = self.open(key, &entry.meta, entry.body).await?;
                opened.map(|value| CacheEntry::new(value, &entry.meta))
            }
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Corrupt => Err(Unreadable::Damaged(error)),
            Err(error) => return Err(error.of(key)),
        };
        match opened {
            Ok(entry) => Ok(Some(entry)),
            Err(Unreadable::Damaged(error)) if error.kind() == ErrorKind::Corrupt => {
                self.drop_damaged(brief).await?;
                Ok(None)
            }
            Err(unreadable) => match self.inner.on_error {
                OnError::Miss => Ok(None),
                OnError::Fail => Err(unreadable.into_error().of(key)),
            },
        }
    }

    /// Removes an entry that is lost or damaged, if it is that still, and counts it.
    async fn drop_damaged(&self, brief: &Brief) -> Result<()> {
        let gone = self.inner.larder.strike_out(brief, Cause::Superseded).await?;
        self.inner.counters.add(|stats| stats.misses.corrupt += u64::from(gone));
        Ok(())
    }
}
