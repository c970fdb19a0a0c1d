//! Caches of values whose type is known at run time only.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use larder::key::CacheKey;
use larder::{Cache, Outcome, WriteOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::value::Value;

/// A key of any type.
pub type AnyKey = dyn CacheKey + Send + Sync;

/// The cache that the values of one type are kept in.
///
/// Its methods are those of [`Cache`], and answer as they do.
#[async_trait]
pub trait Shelf: Debug + Send + Sync {
    /// As [`Cache::get`].
    async fn get(&self, key: &AnyKey) -> larder::Result<Option<Value>>;
    /// As [`Cache::add_with`].
    async fn add(&self, key: &AnyKey, value: &Value, options: &WriteOptions) -> larder::Result<Outcome>;
    /// As [`Cache::set_with`].
    async fn set(&self, key: &AnyKey, value: &Value, options: &WriteOptions) -> larder::Result<Outcome>;
    /// As [`Cache::remove`].
    async fn remove(&self, key: &AnyKey) -> larder::Result<bool>;
    /// As [`Cache::contains`].
    async fn contains(&self, key: &AnyKey) -> larder::Result<bool>;
}

/// The shelf of one type.
pub(crate) struct Typed<T> {
    cache: Cache<AnyKey, T>,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Typed<T> {
    pub(crate) const fn new(cache: Cache<AnyKey, T>) -> Self {
        Self { cache }
    }

    fn of(value: &Value) -> larder::Result<&T> {
        value.get().ok_or_else(|| {
            let message =
                format!("a value of type {} is no {}", value.type_name(), std::any::type_name::<T>());
            larder::Error::new(larder::ErrorKind::Invalid, message)
        })
    }
}

impl<T> Debug for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cache.fmt(f)
    }
}

#[async_trait]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Shelf for Typed<T> {
    async fn get(&self, key: &AnyKey) -> larder::Result<Option<Value>> {
        Ok(self.cache.get(key).await?.map(Value::new))
    }

    async fn add(&self, key: &AnyKey, value: &Value, options: &WriteOptions) -> larder::Result<Outcome> {
        self.cache.add_with(key, Self::of(value)?, options).await
    }

    async fn set(&self, key: &AnyKey, value: &Value, options: &WriteOptions) -> larder::Result<Outcome> {
        self.cache.set_with(key, Self::of(value)?, options).await
    }

    async fn remove(&self, key: &AnyKey) -> larder::Result<bool> {
        self.cache.remove(key).await
    }

    async fn contains(&self, key: &AnyKey) -> larder::Result<bool> {
        self.cache.contains(key).await
    }
}
