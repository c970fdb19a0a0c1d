//! Writes that depend on what is stored: written once, from the conditional writes of the disk.

use std::borrow::Borrow;
use std::sync::Arc;

use super::read::is_unreadable;
use super::write::{TRIES, Written};
use super::{Cache, CacheEntry, Life, OnError, Outcome, Swapped, WriteOptions};
use crate::codec::Unreadable;
use crate::disk::{Access, Cause, Condition, Note, Refusal, Removed};
use crate::entry::{Entry, Meta, Version};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, Key};
use crate::larder::Admission;
use crate::time::Time;

/// What a write that reads first finds at a key.
enum Current<V> {
    Live(V, Arc<Meta>),
    /// Nothing that `get` would return. The condition holds while that is so.
    Absent(Condition),
    /// Look again: what was corrupt is removed, or was replaced meanwhile.
    Again,
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// Stores `value` at `key` if [`get`](Cache::get) would find nothing there; of any number of concurrent adds one
    /// stores. An entry that is there already is read to see whether `get` could: an entry that is expired, corrupt,
    /// of another schema or codec, or that cannot be decoded is replaced.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] on a disk that cannot create, and over an expired or unreadable entry on one that
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
            condition = match self.inner.larder.disk().get(&key, Access::Peek).await {
                Ok(Some(Entry { meta, body })) if meta.is_live(now) => {
                    match self.open(&key, &meta, body).await {
                        Ok(Ok(_)) => return Ok(Outcome::Kept),
                        Ok(Err(_unreadable)) => Condition::Is(meta.version),
                        Err(error) => return self.failed(error, &key),
                    }
                }
                Ok(Some(expired)) => Condition::Is(expired.meta.version),
                Ok(None) => Condition::Absent,
                Err(error) => match stored {
                    // If another caller has replaced it meanwhile, it has another version.
                    Some(version) if is_unreadable(&error) => Condition::Is(version),
                    _ => return self.failed(error, &key),
                },
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
        let mut invalidated = false;
        for _ in 0..TRIES {
            let entry = match larder.disk().get(key, Access::Peek).await {
                Ok(Some(entry)) if entry.meta.is_live(now) => entry,
                Ok(_) => {
                    // As for a removal: what is being computed must not be stored any more.
                    if !invalidated && larder.invalidate_key(key).await? {
                        invalidated = true;
                        continue;
                    }
                    return Ok(None);
                }
                Err(error) if is_unreadable(&error) => {
                    if self.discard_counted(key).await? {
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

    /// Stores what `change` makes of the live value at `key`, and returns it. `change` runs again when others write in
    /// between.
    ///
    /// A live entry keeps its expiry, tags, cost, user metadata and hits; format, schema and the time of storing are
    /// those of this write. Where [`get`](Cache::get) would find nothing, `change` gets `None`: what is expired,
    /// corrupt, of another schema or codec, or cannot be decoded, is counted and replaced, with the time to live of
    /// the cache and nothing else.
    ///
    /// # Errors
    ///
    /// What `change` returns. In strict mode [`ErrorKind::Decode`] for a value that cannot be decoded, as from `get`.
    /// [`ErrorKind::Unsupported`] on a disk that cannot compare. An error of the disk is returned in the default mode
    /// too. When the new value was refused: [`ErrorKind::Invalid`] if it is larger than the limit, else
    /// [`ErrorKind::Unavailable`]. The stored entry is unchanged in all of these.
    pub async fn update<Q>(&self, key: &Q, change: impl FnMut(Option<V>) -> Result<V>) -> Result<V>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        self.change(&self.key(key)?, Admission::WithRoom, change).await
    }

    /// Stores what `change` makes of the live value; `admission` is where room for it comes from if it becomes longer.
    pub(super) async fn change(
        &self,
        key: &Key,
        admission: Admission,
        mut change: impl FnMut(Option<V>) -> Result<V>,
    ) -> Result<V> {
        let larder = &self.inner.larder;
        let now = larder.now();
        if !larder.disk().capabilities().compare {
            return Err(larder.error(ErrorKind::Unsupported, "this disk cannot compare versions").of(key));
        }
        for _ in 0..TRIES {
            let (old, live, condition) = match self.current(key, now).await.map_err(|error| error.of(key))? {
                Current::Live(value, meta) => {
                    let condition = Condition::Is(meta.version);
                    (Some(value), Some(meta), condition)
                }
                Current::Absent(condition) => (None, None, condition),
                Current::Again => continue,
            };
            let options = live.as_ref().map_or_else(WriteOptions::default, |meta| kept(meta));
            let new = change(old)?;
            let encoded = self.inner.codecs.encode(&new).map_err(|error| error.of(key))?;
            let admission = if live.is_some() { admission } else { Admission::WithRoom };
            let written = self.put_in(key, encoded, &options, condition, now, admission).await;
            match written.map_err(|error| error.of(key))? {
                Written::Stored { id, version, hits } => {
                    if let (Some(_), Some(hits)) = (live, hits) {
                        let hits = Note::Hits { id, version, at: now, hits };
                        // The value is stored; its earlier hits are only for the order of eviction.
                        let _ = larder.disk().record(&[hits]).await;
                    }
                    return Ok(new);
                }
                Written::Conflict(_) => {}
                Written::Refused(refusal) => {
                    let message = format!("a changed value was refused: {refusal:?}");
                    // A value larger than the limit stays so until the value or the setting changes.
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

    /// What `get` would find at `key`, as an access.
    async fn current(&self, key: &Key, now: Time) -> Result<Current<V>> {
        let Entry { meta, body } = match self.inner.larder.disk().get(key, Access::Hit(now)).await {
            Ok(Some(entry)) => entry,
            Ok(None) => return Ok(Current::Absent(Condition::Absent)),
            Err(error) if is_unreadable(&error) => {
                self.discard_counted(key).await?;
                return Ok(Current::Again);
            }
            Err(error) => return Err(error),
        };
        let is = Condition::Is(meta.version);
        if !meta.is_live(now) {
            return Ok(Current::Absent(is));
        }
        match self.open(key, &meta, body).await? {
            Ok(value) => Ok(Current::Live(value, meta)),
            Err(Unreadable::Damaged(error))
                if self.inner.on_error == OnError::Fail && !is_unreadable(&error) =>
            {
                Err(error)
            }
            Err(unreadable) => {
                self.count_unreadable(&unreadable);
                Ok(Current::Absent(is))
            }
        }
    }

    fn overtaken(&self, what: &'static str) -> Error {
        self.inner.larder.error(ErrorKind::Unavailable, format!("{what} that others keep writing"))
    }
}

/// What a changed entry keeps.
fn kept(meta: &Meta) -> WriteOptions {
    WriteOptions {
        life: meta.expires.map_or(Life::Endless, Life::Until),
        tags: meta.tags.clone(),
        cost: meta.cost,
        user: meta.user.clone(),
    }
}
