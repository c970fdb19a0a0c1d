//! Computing what is missing, once.

use std::borrow::Borrow;
use std::future::Future;

use super::flight::Part;
use super::{Cache, WriteOptions};
use crate::disk::Access;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, Key};

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// The value at `key`, computed and stored if there is none.
    ///
    /// However many callers of this process ask at once, one computes and the others get what it made. If it
    /// fails, panics or is dropped, the next one computes with its own closure; an error is never stored. The
    /// value is returned also when storing it was refused, and on a read-only disk. How long it took is kept as the entry's cost.
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
    /// What `compute` answers. [`ErrorKind::Invalid`] when `compute` asks for its own key in the same task, and
    /// for a key that equals nothing; [`ErrorKind::Encode`] for a value that the codec cannot hold. In strict
    /// mode also what the disk answers.
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
        let larder = &self.inner.larder;
        if let Some((value, _)) = self.lookup(&key, larder.now()).await? {
            return Ok(value);
        }
        let lead = loop {
            match self.inner.flights.join(&key).await {
                Part::Lead(lead) => break lead,
                Part::Recursive => {
                    let message = "a computation asked for the key that it computes";
                    return Err(larder.error(ErrorKind::Invalid, message).of(&key).into());
                }
                Part::Joined(None) => {}
                Part::Joined(Some(encoded)) => {
                    let meta = encoded.meta(larder.random(), larder.now());
                    let value = self.inner.codecs.decode(&meta, encoded.body);
                    return Ok(value.map_err(|unreadable| unreadable.into_error().of(&key))?);
                }
            }
        };
        // A leader may have landed between the look and the lead; its entry is there now.
        if let Some(value) = self.peek_value(&key).await {
            return Ok(value);
        }
        let began = larder.now();
        let value = lead.run(async { compute().await }).await?;
        let now = larder.now();
        let encoded = self.inner.codecs.encode(&value).map_err(|error| error.of(&key))?;
        let cost = options.cost.unwrap_or_else(|| now.since(began));
        let options = WriteOptions { cost: Some(cost), ..options.clone() };
        let outcome = self.store(&key, encoded.clone(), &options, now).await;
        // Those who wait get the value whatever became of the store.
        lead.land(Some(encoded));
        match outcome {
            Ok(_stored_or_not) => Ok(value),
            // Whoever opens a disk to read it wants the value, and knows that it is not stored.
            Err(error) if error.kind() == ErrorKind::ReadOnly => Ok(value),
            Err(error) => Err(error.into()),
        }
    }

    /// The live value at `key`, without counting; `None` where anything stands in the way.
    async fn peek_value(&self, key: &Key) -> Option<V> {
        let larder = &self.inner.larder;
        // This only spares a computation: on a fault the caller computes.
        let entry = larder.disk().get(key, Access::Peek).await.ok()??;
        if !entry.meta.is_live(larder.now()) {
            return None;
        }
        self.open(key, &entry.meta, entry.body).await.ok()?.ok()
    }
}
