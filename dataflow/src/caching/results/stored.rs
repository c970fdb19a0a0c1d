//! Results in a cache, on any disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use larder::{CacheBuilder, CacheKey, ErrorKind, Format, OnError, Store, WriteOptions};

use super::{Found, ResultStore};
use crate::caching::DataVersion;
use crate::caching::format::format_of;
use crate::error::{Error, Result};
use crate::hook::Shelves;
use crate::kind::Kind;
use crate::shelf::Shelf;
use crate::value::Value;

/// A [`ResultStore`] on a store of larder, with its settings: limits, eviction, life, serializer.
#[derive(Debug)]
pub struct StoredResults {
    store: Store,
    name: String,
    /// By format; that of the store has no name.
    shelves: Mutex<HashMap<String, Arc<Shelves>>>,
}

/// The key of a result.
#[derive(CacheKey)]
struct ResultKey {
    version: String,
    /// Values of two types may have one version, and are read otherwise.
    kind: String,
}

impl StoredResults {
    /// Results in the cache `NAME results` of `store`.
    pub fn new(store: &Store, name: &str) -> Self {
        Self { store: store.clone(), name: format!("{name} results"), shelves: Mutex::default() }
    }

    fn builder(&self) -> CacheBuilder {
        // So that what cannot be read is told from what is not there.
        self.store.builder(&self.name).on_error(OnError::Fail)
    }

    fn shelf(&self, kind: Kind, format: Option<&str>) -> Result<Arc<dyn Shelf>> {
        let builder = match format {
            Some(name) => self.builder().format(format_of(name, kind)?),
            None => self.builder(),
        };
        // What is remembered is whole at every moment: a panic elsewhere leaves nothing half done.
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let shelves = Arc::clone(shelves.entry(format.unwrap_or_default().to_owned()).or_default());
        shelves.of(kind, || builder).map_err(|reason| Error::new(crate::ErrorKind::Cache, reason))
    }

    fn key(version: &DataVersion, kind: Kind) -> ResultKey {
        ResultKey { version: version.to_string(), kind: kind.name().into_owned() }
    }
}

#[async_trait]
impl ResultStore for StoredResults {
    async fn set(
        &self,
        version: &DataVersion,
        kind: Kind,
        value: &Value,
        format: Option<&str>,
    ) -> Result<bool> {
        let shelf = self.shelf(kind, format)?;
        let outcome = shelf.set(&Self::key(version, kind), value, &WriteOptions::default()).await?;
        Ok(outcome.is_stored())
    }

    fn supports(&self, kind: Kind, format: &str) -> Result<()> {
        format_of(format, kind).map(drop)
    }

    async fn get(&self, version: &DataVersion, kind: Kind) -> Result<Found> {
        // Entries say which format they are in: any shelf reads them all.
        match self.shelf(kind, None)?.get(&Self::key(version, kind)).await {
            Ok(Some(value)) => Ok(Found::Result(value)),
            Ok(None) => Ok(Found::Nothing),
            Err(error)
                if matches!(error.kind(), ErrorKind::Decode | ErrorKind::Corrupt | ErrorKind::Format) =>
            {
                Ok(Found::Unreadable)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn delete(&self, version: &DataVersion, kind: Kind) -> Result<()> {
        self.shelf(kind, None)?.remove(&Self::key(version, kind)).await?;
        Ok(())
    }

    async fn delete_all(&self) -> Result<()> {
        let all: larder::Cache<str, ()> = self.builder().format(Format::Json).build()?;
        all.clear().await?;
        Ok(())
    }

    async fn delete_expired(&self) -> Result<u64> {
        let all: larder::Cache<str, ()> = self.builder().format(Format::Json).build()?;
        Ok(all.expire().await?)
    }
}
