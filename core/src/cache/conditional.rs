//! Writes that depend on what is stored: written once, from the conditional writes of the disk.

use std::borrow::Borrow;

use super::write::{TRIES, Written};
use super::{Cache, CacheEntry, Life, Outcome, Swapped, WriteOptions};
use crate::disk::{Access, Cause, Condition, Note, Refusal, Removed};
use crate::entry::Version;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, Key};
use crate::larder::Admission;

/// How a value is changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// The life of an entry where none lived.
    pub(super) life_of_new: Life,
    /// Where the room for a longer value comes from, over a live one.
    pub(super) admission: Admission,
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// Stores `value` at `key` if no live entry is there; of any number of concurrent adds one stores.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] on a disk that cannot create, and over a dead or damaged entry on one that
    /// cannot compare. Otherwise as for [`set`](Cache::set).
    pub async fn add<Q>(&self, key: &Q, value: &V) -> Result<Outcome>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        self.add_with(key, value, &WriteOptions::default()).await
    }

    /// As [`add`](Cache::add), with options.
    ///
    /// # Errors
    ///
    /// As for [`add`](Cache::add).
    pub async fn add_with<Q>(&self, key: &Q, value: &V, options: &WriteOptions) -> Result<Outcome>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let now = self.inner.larder.now();
        let mut condition = Condition::Absent;
        let encoded = self.inner.codecs.encode(value).map_err(|error| error.of(&key))?;
        for _ in 0..TRIES {
            let written = match self.put(&key, encoded.clone(), options, condition, now).await {
                Ok(written) => written,
                Err(error) => return self.failed(error, &key),
            };
            let stored = match written {
                Written::Stored { .. } => return Ok(Outcome::Stored),
                Written::Refused(refusal) => {
                    if condition != Condition::Absent {
                        self.supersede(&key, condition).await?;
                    }
                    return Ok(Outcome::Refused(refusal));
                }
                Written::Conflict(stored) => stored,
            };
            condition = match (self.inner.larder.disk().peek(&key).await, stored) {
                (Ok(Some(meta)), _) if meta.is_live(now) => return Ok(Outcome::Kept),
                (Ok(Some(meta)), _) => Condition::Is(meta.version),
                (Ok(None), _) => Condition::Absent,
                // What is damaged is in nobody's way; if somebody has replaced it meanwhile, this version has not.
                (Err(error), Some(version)) if error.kind() == ErrorKind::Corrupt => Condition::Is(version),
                (Err(error), _) => return self.failed(error, &key),
            };
        }
        self.failed(self.overtaken("adding an entry"), &key)
    }

    /// Stores `value` at `key` if the entry there has the version `at`, live or dead.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] on a disk that cannot compare. Whatever the disk answers is returned, in the
    /// default mode too: a swap has no harmless failure.
    pub async fn swap<Q>(&self, key: &Q, at: Version, value: &V, options: &WriteOptions) -> Result<Swapped>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let now = self.inner.larder.now();
        let condition = Condition::Is(at);
        let encoded = self.inner.codecs.encode(value).map_err(|error| error.of(&key))?;
        let written = self.put(&key, encoded, options, condition, now).await;
        match written.map_err(|error| error.of(&key))? {
            Written::Stored { version, .. } => Ok(Swapped::Stored(version)),
            Written::Conflict(stored) => Ok(Swapped::Conflict(stored)),
            Written::Refused(refusal) => {
                self.supersede(&key, condition).await?;
                Ok(Swapped::Refused(refusal))
            }
        }
    }

    /// Removes the live entry at `key` and returns it; of any number of concurrent pops one gets it. A value
    /// that cannot be read is removed and counted, and `None`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] on a disk that cannot compare; otherwise as for [`remove`](Cache::remove).
    pub async fn pop<Q>(&self, key: &Q) -> Result<Option<CacheEntry<V>>>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        match self.pop_live(&key).await {
            Ok(popped) => Ok(popped),
            Err(error) => self.absorb(error, Some(&key), None),
        }
    }

    async fn pop_live(&self, key: &Key) -> Result<Option<CacheEntry<V>>> {
        let larder = &self.inner.larder;
        let now = larder.now();
        if !larder.disk().capabilities().compare {
            return Err(
                larder.error(ErrorKind::Unsupported, "this disk cannot give a value to one caller only")
            );
        }
        for _ in 0..TRIES {
            let entry = match larder.disk().get(key, Access::Peek).await {
                Ok(Some(entry)) if entry.meta.is_live(now) => entry,
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Corrupt => {
                    if self.discard(key).await? {
                        continue;
                    }
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            let opened = self.open(key, &entry.meta, entry.body).await?;
            let removed = larder.remove(key, Condition::Is(entry.meta.version), Cause::Removed).await?;
            match removed {
                Removed::Gone(_) => {
                    self.inner.counters.add(|stats| stats.removed += 1);
                    return Ok(match opened {
                        Ok(value) => Some(CacheEntry::new(value, &entry.meta)),
                        Err(unreadable) => {
                            self.count_unreadable(&unreadable);
                            None
                        }
                    });
                }
                Removed::Nothing => return Ok(None),
                Removed::Conflict(_) => {}
            }
        }
        Err(self.overtaken("popping an entry"))
    }

    /// Stores what `change` makes of the live value at `key`, and returns it. Life, tags and hits of a live entry
    /// stay; a new one has the cache's life and no tags. `change` runs again when others write in between. A damaged
    /// entry is removed and counted, and is none.
    ///
    /// # Errors
    ///
    /// What `change` answers, and [`ErrorKind::Decode`] or [`ErrorKind::Format`] for a value that this cache does not
    /// read: nothing is changed. [`ErrorKind::Unsupported`] on a disk that cannot compare. Whatever the disk answers
    /// is returned, in the default mode too. When the new value was refused: [`ErrorKind::Invalid`] if it is larger
    /// than the limit, else [`ErrorKind::Unavailable`].
    pub async fn update<Q>(&self, key: &Q, change: impl FnMut(Option<V>) -> Result<V>) -> Result<V>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let how = Change { life_of_new: Life::OfCache, admission: Admission::WithRoom };
        self.change(&self.key(key)?, how, change).await
    }

    /// Stores what `change` makes of the live value.
    pub(super) async fn change(
        &self,
        key: &Key,
        how: Change,
        mut change: impl FnMut(Option<V>) -> Result<V>,
    ) -> Result<V> {
        let larder = &self.inner.larder;
        let now = larder.now();
        if !larder.disk().capabilities().compare {
            return Err(larder.error(ErrorKind::Unsupported, "this disk cannot compare versions").of(key));
        }
        for _ in 0..TRIES {
            let stored = match larder.disk().get(key, Access::Hit(now)).await {
                // A cache may always forget: what is damaged is removed, and counts as nothing.
                Err(error) if error.kind() == ErrorKind::Corrupt => {
                    self.discard(key).await.map_err(|error| error.of(key))?;
                    continue;
                }
                stored => stored.map_err(|error| error.of(key))?,
            };
            let live = stored.as_ref().filter(|entry| entry.meta.is_live(now));
            let (condition, options) = match (&stored, live) {
                (_, Some(entry)) => {
                    let life = entry.meta.expires.map_or(Life::Endless, Life::Until);
                    let tags = entry.meta.tags.clone();
                    (
                        Condition::Is(entry.meta.version),
                        WriteOptions { life, tags, ..WriteOptions::default() },
                    )
                }
                (Some(dead), None) => {
                    (Condition::Is(dead.meta.version), WriteOptions::default().life(how.life_of_new))
                }
                (None, _) => (Condition::Absent, WriteOptions::default().life(how.life_of_new)),
            };
            let old = match live {
                Some(entry) => {
                    let opened = self.open(key, &entry.meta, entry.body.clone()).await?;
                    Some(opened.map_err(|why| why.into_error().of(key))?)
                }
                None => None,
            };
            let new = change(old)?;
            let encoded = self.inner.codecs.encode(&new).map_err(|error| error.of(key))?;
            let admission = if live.is_some() { how.admission } else { Admission::WithRoom };
            let written = self.put_in(key, encoded, &options, condition, now, admission).await;
            match written.map_err(|error| error.of(key))? {
                Written::Stored { id, version, hits } => {
                    if let (Some(_), Some(hits)) = (live, hits) {
                        let hits = Note::Hits { id, version, at: now, hits };
                        // The value is stored; how often it was asked for before is only for the order of eviction.
                        let _ = larder.disk().record(&[hits]).await;
                    }
                    return Ok(new);
                }
                Written::Conflict(_) => {}
                Written::Refused(refusal) => {
                    let message = format!("a changed value was refused: {refusal:?}");
                    // Larger than the limit it stays, until somebody changes the value or the setting.
                    let kind = match refusal {
                        Refusal::TooLarge { .. } => ErrorKind::Invalid,
                        Refusal::Full | Refusal::NotAdmitted => ErrorKind::Unavailable,
                    };
                    return Err(larder.error(kind, message).of(key));
                }
            }
        }
        Err(self.overtaken("changing an entry").of(key))
    }

    fn overtaken(&self, what: &'static str) -> Error {
        self.inner.larder.error(ErrorKind::Unavailable, format!("{what} that others keep writing"))
    }
}
