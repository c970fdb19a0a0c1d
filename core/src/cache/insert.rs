//! Computing what is missing, once.

use std::any::TypeId;
use std::borrow::Borrow;
use std::future::Future;

use super::read::{Look, Miss};
use super::write::Written;
use super::{Cache, OnError, OnFailedComputation, WriteOptions};
use crate::clock::Budget;
use crate::codec::{Encoded, Unreadable};
use crate::disk::Condition;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, Key};
use crate::larder::{Base, Class, Ending, Lead, Part, Request};

/// How often a caller reads again because a computation of its key ended during its read.
const LOOKS: u32 = 2;

/// What a call has without a computation of its own.
enum Found<V> {
    Value(V),
    /// The caller computes, for others too.
    Lead(Box<Lead>, Base),
    /// The caller computes for itself: it cannot decode the value of the computation it waited for.
    Alone,
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// Returns the value at `key`; if there is none, computes and stores it.
    ///
    /// # One computation per key
    ///
    /// Of all callers that use one open disk, in this process, one computes a key at a time; the others wait and get
    /// its value, also if it could not be stored. It does not matter whether they use clones of one cache or caches
    /// made one by one; values of different types or schemas are computed apart. Callers that wait are counted in
    /// [`waits`](super::Stats::waits). If the computation fails or panics, those who wait get an error of
    /// [`ErrorKind::Computation`], so that it runs once however many wait; with
    /// [`OnFailedComputation::Retry`] they compute themselves, one after the other. If the call that computes is
    /// dropped, one of those who wait computes. A caller that cannot decode the value computes for itself.
    ///
    /// # Invalidation
    ///
    /// The value is stored only if the key was not written, removed, or invalidated by tag or by
    /// [`clear`](Cache::clear) since the computation began, in this process, and in others on a disk that
    /// [keeps fences](crate::disk::Disk::fence). Callers that ask after the invalidation start a new computation.
    /// Those that asked before get the value. On a disk without fences, an object store, an invalidation in another
    /// process is noticed only if another entry is stored at the key when the value is to be stored.
    ///
    /// # Deadline
    ///
    /// All waiting of one call, for the disk and for others, takes no longer than the
    /// [deadline](super::CacheBuilder::deadline); the computation of the caller is not counted. A lookup that takes
    /// longer is a failed read, a store that takes longer is a failed write. A computation of another caller that is
    /// older than the deadline is not waited for: the next caller computes.
    ///
    /// If the read before the computation failed, the value is returned and not stored: a disk that hangs would take as
    /// long again, and what the write would replace is unknown.
    ///
    /// The value is returned also when storing it was refused, and on a read-only disk. How long the computation took
    /// is stored as the cost of the entry.
    ///
    /// ```
    /// # use larder_core::{cache::Cache, Result};
    /// # async fn example(ages: Cache<String, u32>) -> Result<()> {
    /// let age = ages.get_or_insert_with("ann", async || Ok::<_, larder_core::Error>(42)).await?;
    /// assert_eq!(age, 42);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of `compute`. [`ErrorKind::Invalid`] when `compute` waits for its own value, directly or through
    /// the computation of another caller, and if the key is NaN. [`ErrorKind::Unavailable`] when another caller computes for
    /// longer than the deadline. [`ErrorKind::Computation`] when the computation of another caller failed.
    /// [`ErrorKind::Encode`] for a value that the codec cannot hold. In strict mode also the errors of the disk.
    pub async fn get_or_insert_with<Q, E, F>(&self, key: &Q, compute: impl FnOnce() -> F) -> Result<V, E>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
        E: From<Error>,
        F: Future<Output = Result<V, E>>,
    {
        self.get_or_insert_as(key, &WriteOptions::default(), compute).await
    }

    /// As [`get_or_insert_with`](Cache::get_or_insert_with), with options for the entry that is stored.
    ///
    /// # Errors
    ///
    /// As for [`get_or_insert_with`](Cache::get_or_insert_with).
    pub async fn get_or_insert_as<Q, E, F>(
        &self,
        key: &Q,
        options: &WriteOptions,
        compute: impl FnOnce() -> F,
    ) -> Result<V, E>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
        E: From<Error>,
        F: Future<Output = Result<V, E>>,
    {
        let key = self.key(key)?;
        let mut budget = Budget::new(self.inner.larder.clock(), self.inner.deadline);
        let (lead, base) = match self.joined(&key, options, &mut budget).await? {
            Found::Value(value) => return Ok(value),
            Found::Lead(lead, base) => (lead, base),
            Found::Alone => return compute().await,
        };
        let began = self.inner.larder.now();
        let value = match lead.run(async { compute().await }).await {
            Ok(value) => value,
            Err(error) => {
                let message = "the computation of another caller, whose value was awaited, failed";
                lead.end(Ending::Failed(ErrorKind::Computation, message));
                return Err(error);
            }
        };
        let cost = options.cost.unwrap_or_else(|| self.inner.larder.now().since(began));
        let options = WriteOptions { cost: Some(cost), ..options.clone() };
        let encoded = match self.inner.codecs.encode(&value) {
            Ok(encoded) => encoded,
            Err(error) => {
                let message = "the codec cannot hold the value that another caller computed";
                lead.end(Ending::Failed(error.kind(), message));
                return Err(error.of(&key).into());
            }
        };
        // Those who wait need not wait for the disk.
        lead.end(Ending::Value(encoded.clone()));
        let timeout = || self.late("storing a computed value");
        let stored = budget.wait(self.store_computed(&key, encoded, &options, &lead, base)).await;
        match stored.unwrap_or_else(|| self.failed(timeout(), &key).map(|_| ())) {
            Ok(()) => Ok(value),
            // A caller that opens a disk for reading wants the value, and knows that it is not stored.
            Err(error) if error.kind() == ErrorKind::ReadOnly => Ok(value),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks the value up and joins the computation of another caller, within the budget.
    async fn joined(&self, key: &Key, options: &WriteOptions, budget: &mut Budget<'_>) -> Result<Found<V>> {
        let larder = &self.inner.larder;
        let class = Class { of: TypeId::of::<V>(), schema: self.inner.codecs.fingerprint() };
        let max_age = self.inner.deadline;
        for looks in 0.. {
            let ended = larder.computations().ended(key);
            let look = budget.wait(self.look(key, larder.now())).await;
            let miss = match look {
                Some(Look::Hit(value, _)) => return Ok(Found::Value(value)),
                Some(Look::Miss(miss)) => miss,
                None => Miss::Failed(self.late("looking for a value")),
            };
            let (miss, base) = match miss {
                Miss::Failed(_) => {
                    let _: Option<()> = self.missed(miss, key)?;
                    (None, Base::Unknown)
                }
                // In strict mode an error of the read is returned to leaders and waiters alike.
                Miss::Corrupt(_) | Miss::Unreadable(Unreadable::Damaged(_), _) if self.is_strict() => {
                    let _: Option<()> = self.missed(miss, key)?;
                    return Err(larder.error(ErrorKind::Corrupt, "reading an entry").of(key));
                }
                Miss::Corrupt(_) => (Some(miss), self.cleared(key, budget).await),
                Miss::Absent => (Some(miss), Base::Absent),
                Miss::Expired(version) | Miss::Unreadable(_, version) => (Some(miss), Base::Is(version)),
            };
            let ended = (looks < LOOKS).then_some(ended);
            let request = Request { key, class, base, tags: &options.tags, ended, max_age };
            let waiter = match larder.join(&request) {
                Part::LookAgain => continue,
                Part::Cycle => {
                    self.count_miss(miss, key)?;
                    let message = "a computation waits for the value that it computes";
                    return Err(larder.error(ErrorKind::Invalid, message).of(key));
                }
                Part::Lead(lead) => {
                    self.count_miss(miss, key)?;
                    return Ok(Found::Lead(Box::new(lead), base));
                }
                Part::Wait(waiter) => waiter,
            };
            self.inner.counters.add(|stats| stats.waits += 1);
            let Some(ending) = budget.wait(waiter.ending()).await else {
                return Err(self.late("waiting for the computation of another caller").of(key));
            };
            match ending {
                Some(Ending::Value(encoded)) => {
                    let meta = encoded.meta(larder.random(), larder.now());
                    let value = self.inner.codecs.decode(&meta, encoded.body);
                    return Ok(value.map_or(Found::Alone, Found::Value));
                }
                Some(Ending::Failed(kind, message))
                    if self.inner.on_failed_computation == OnFailedComputation::Share =>
                {
                    return Err(larder.error(kind, message).of(key));
                }
                // The next caller computes.
                Some(Ending::Failed(..)) | None => {}
            }
        }
        unreachable!("the loop has no end")
    }

    fn count_miss(&self, miss: Option<Miss>, key: &Key) -> Result<()> {
        miss.map_or(Ok(None), |miss| self.missed(miss, key)).map(|_: Option<()>| ())
    }

    fn is_strict(&self) -> bool {
        self.inner.on_error == OnError::Fail
    }

    /// Removes what is corrupt at `key`, so that the computed value can be stored where nothing is.
    async fn cleared(&self, key: &Key, budget: &mut Budget<'_>) -> Base {
        match budget.wait(self.discard(key)).await {
            Some(Ok(_)) => Base::Absent,
            Some(Err(_)) | None => Base::Unknown,
        }
    }

    /// Stores a computed value unless its key was touched since the computation began.
    async fn store_computed(
        &self,
        key: &Key,
        encoded: Encoded,
        options: &WriteOptions,
        lead: &Lead,
        base: Base,
    ) -> Result<()> {
        let larder = &self.inner.larder;
        let capabilities = larder.disk().capabilities();
        let condition = match base {
            Base::Is(version) if capabilities.compare => Condition::Is(version),
            Base::Absent if capabilities.create => Condition::Absent,
            // The disk just failed. Another try could take as long again, and write over a value that is newer.
            Base::Unknown => return Ok(()),
            // This disk has no such condition; what this process does is noticed all the same.
            _ => Condition::Always,
        };
        let invalidated = || self.inner.counters.add(|stats| stats.refused.invalidated += 1);
        if lead.is_invalidated() {
            invalidated();
            return Ok(());
        }
        match self.put_computed(key, encoded, options, condition, lead.fence()).await {
            Ok(Written::Stored { version, .. }) => {
                // Without fences, an invalidation may have come between the look and the write.
                if lead.fence().is_none() && lead.is_invalidated() {
                    let condition =
                        if capabilities.compare { Condition::Is(version) } else { Condition::Always };
                    self.supersede(key, condition).await?;
                }
                Ok(())
            }
            Ok(Written::Conflict(_)) => {
                invalidated();
                Ok(())
            }
            Ok(Written::Refused(_)) if condition == Condition::Absent => Ok(()),
            Ok(Written::Refused(_)) => self.supersede(key, condition).await,
            Err(error) => self.failed(error, key).map(|_failed| ()),
        }
    }

    fn late(&self, what: &str) -> Error {
        let message = format!("{what}: timeout, the deadline of {:?} passed", self.inner.deadline);
        self.inner.larder.error(ErrorKind::Unavailable, message)
    }
}
