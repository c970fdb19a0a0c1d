//! Removing many entries: by tag, by age, all.
//!
//! Batches of a hundred, each entry for itself; others get in between. When one stops early, the error tells how
//! many entries it had [done](crate::Error::done).

use super::Cache;
use crate::disk::{Brief, Cause, Scope};
use crate::entry::Meta;
use crate::error::Result;
use crate::key::CacheKey;
use crate::larder::Guess;
use crate::tag::Tag;
use crate::time::Time;

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// Removes all entries of this cache that have `tag`, live or expired; returns how many.
    ///
    /// An entry that is written with the tag meanwhile may stay. A value that is being computed, to be stored with
    /// the tag, is not stored.
    ///
    /// # Errors
    ///
    /// In strict mode what the disk answers, with how many entries were done; by default that is counted, and
    /// the number done is returned.
    pub async fn evict(&self, tag: impl Into<Tag>) -> Result<u64> {
        let tag = tag.into();
        let bits = tag.bits();
        if let Err(error) = self.inner.larder.invalidate_tag(&self.inner.namespace, &tag).await {
            return self.absorb(error, None, 0);
        }
        let guess = |brief: &Brief| if brief.tags & bits == bits { Guess::Ask } else { Guess::No };
        self.sweep(Scope::Tagged(tag.clone()), Cause::Tagged, guess, |meta| meta.tags.contains(&tag)).await
    }

    /// Removes all dead entries of this cache; returns how many.
    ///
    /// # Errors
    ///
    /// As for [`evict`](Cache::evict).
    pub async fn expire(&self) -> Result<u64> {
        self.expire_at(self.inner.larder.now()).await
    }

    /// Removes all entries of this cache that are dead at `time`; returns how many.
    ///
    /// # Errors
    ///
    /// As for [`evict`](Cache::evict).
    pub async fn expire_at(&self, time: Time) -> Result<u64> {
        let guess = |brief: &Brief| match brief {
            // The disk has not read the entry, so it knows no expiry.
            Brief { namespace: 0, .. } => Guess::Ask,
            brief if brief.is_live(time) => Guess::No,
            _ => Guess::Yes,
        };
        self.sweep(Scope::Dead(time), Cause::Expired, guess, |meta| !meta.is_live(time)).await
    }

    /// Removes all entries of this cache, expired ones too; returns how many. Entries that are written meanwhile may
    /// stay. Values that are being computed are not stored.
    ///
    /// # Errors
    ///
    /// As for [`evict`](Cache::evict).
    pub async fn clear(&self) -> Result<u64> {
        if let Err(error) = self.inner.larder.invalidate_cache(&self.inner.namespace).await {
            return self.absorb(error, None, 0);
        }
        let guess = |brief: &Brief| if brief.namespace == 0 { Guess::Ask } else { Guess::Yes };
        self.sweep(Scope::All, Cause::Cleared, guess, |_| true).await
    }

    /// Removes those of this cache's entries that are meant, and counts them.
    async fn sweep(
        &self,
        scope: Scope,
        cause: Cause,
        guess: impl Fn(&Brief) -> Guess + Send + Sync,
        is: impl Fn(&Meta) -> bool + Send + Sync,
    ) -> Result<u64> {
        let own = |brief: &Brief| if self.may_own(brief) { guess(brief) } else { Guess::No };
        let inner = &*self.inner;
        let sweep =
            inner.larder.sweep(scope, cause, own, |key, meta| key.is_in(&inner.namespace) && is(meta));
        let (removed, swept) = sweep.await;
        inner.counters.add(|stats| match cause {
            Cause::Expired => stats.expired += removed,
            _ => stats.removed += removed,
        });
        match swept {
            Ok(()) => Ok(removed),
            Err(error) => self.absorb(error, None, removed),
        }
    }

    /// Whether the entry may be of this cache: the disk may not know its namespace.
    pub(super) fn may_own(&self, brief: &Brief) -> bool {
        brief.namespace == self.inner.namespace.id() || brief.namespace == 0
    }
}
