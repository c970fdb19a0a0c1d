//! How a cache is made.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Cache, Counters, DEFAULT_DEADLINE, Inner, OnError, OnFailedComputation};
use crate::codec::{Codec, Codecs, Compression, Format, Limits};
use crate::entry::Fingerprint;
use crate::error::Result;
use crate::key::{CacheKey, Namespace};
use crate::larder::Larder;

/// Makes a [`Cache`] with a name: JSON, not compressed, endless life, errors as misses, unless told otherwise.
#[derive(Clone, Debug)]
pub struct CacheBuilder {
    larder: Larder,
    namespace: Namespace,
    format: Format,
    compression: Compression,
    schema: Option<Fingerprint>,
    limits: Limits,
    life: Option<Duration>,
    on_error: OnError,
    deadline: Duration,
    on_failed_computation: OnFailedComputation,
}

impl Larder {
    /// Begins a cache called `name` on this disk; caches of one name share their entries.
    pub fn cache(&self, name: &str) -> CacheBuilder {
        self.cache_in(Namespace::named(name))
    }

    /// Begins the cache of larder's own entries, for crates that build upon it: no name reaches them, they are never
    /// evicted, and they count in the volume. All crates share it: keys begin with a text that says whose they are.
    pub fn reserved_cache(&self) -> CacheBuilder {
        self.cache_in(Namespace::reserved())
    }

    fn cache_in(&self, namespace: Namespace) -> CacheBuilder {
        CacheBuilder {
            larder: self.clone(),
            namespace,
            format: Format::Json,
            compression: Compression::None,
            schema: None,
            limits: Limits::default(),
            life: None,
            on_error: OnError::Miss,
            deadline: DEFAULT_DEADLINE,
            on_failed_computation: OnFailedComputation::default(),
        }
    }
}

impl CacheBuilder {
    /// Writes in this format; entries in others stay readable.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// Compresses bodies where that makes them shorter.
    #[must_use]
    pub fn compression(self, compression: Compression) -> Self {
        Self { compression, ..self }
    }

    /// Tells the shape of `V`; entries of another shape are misses. Formats without field names need it.
    #[must_use]
    pub fn schema(self, schema: Fingerprint) -> Self {
        Self { schema: Some(schema), ..self }
    }

    /// Bounds what a stored body may become when it is decoded. A write of a value beyond the limits is refused with
    /// [`Encode`](crate::ErrorKind::Encode), a stream too.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Lets entries live this long unless a write says otherwise.
    #[must_use]
    pub fn life(self, life: Duration) -> Self {
        Self { life: Some(life), ..self }
    }

    /// Says what to do when the disk fails.
    #[must_use]
    pub fn on_error(self, on_error: OnError) -> Self {
        Self { on_error, ..self }
    }

    /// Bounds how long [`get_or_insert_with`](Cache::get_or_insert_with) waits in one call for the disk and for the
    /// computations of others, all together: 30 s by default. The computation of the caller itself is not bounded.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Sets what callers that wait for the computation of another caller do when it fails.
    #[must_use]
    pub fn on_failed_computation(self, on_failed_computation: OnFailedComputation) -> Self {
        Self { on_failed_computation, ..self }
    }

    /// Makes the cache for values that serde knows.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) for a format without field names and without a
    /// [`schema`](CacheBuilder::schema), and for `raw` with values that are neither bytes nor text.
    pub fn build<K, V>(self) -> Result<Cache<K, V>>
    where
        K: CacheKey + ?Sized,
        V: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        let codecs = Codecs::serde(self.format);
        self.assemble(codecs)
    }

    /// Makes the cache with a codec of the user; it reads no other entries.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn build_with<K, V>(self, codec: impl Codec<V>) -> Result<Cache<K, V>>
    where
        K: CacheKey + ?Sized,
        V: Send + Sync + 'static,
    {
        self.assemble(Codecs::only(Arc::new(codec)))
    }

    fn assemble<K: CacheKey + ?Sized, V: Send + Sync + 'static>(
        self,
        codecs: Codecs<V>,
    ) -> Result<Cache<K, V>> {
        let mut codecs = codecs.compressed(self.compression).limited(self.limits);
        if let Some(schema) = self.schema {
            codecs = codecs.schema(schema);
        }
        codecs.check()?;
        let inner = Inner {
            larder: self.larder,
            namespace: self.namespace,
            codecs,
            life: self.life,
            on_error: self.on_error,
            counters: Counters::default(),
            deadline: self.deadline,
            on_failed_computation: self.on_failed_computation,
        };
        Ok(Cache { inner: Arc::new(inner), keys: PhantomData })
    }
}
