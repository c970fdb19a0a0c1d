//! The result store: results by the version of their data.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use larder::{CacheBuilder, CacheKey, ErrorKind, Format, OnError, Store, WriteOptions};

use super::DataVersion;
use crate::error::{Error, Result};
use crate::hook::Shelves;
use crate::kind::Kind;
use crate::shelf::Shelf;
use crate::value::Value;

/// What a result store answers.
#[derive(Clone, Debug)]
pub enum Found {
    /// The result.
    Result(Value),
    /// There is none.
    Nothing,
    /// There is one that cannot be read.
    Unreadable,
}

/// Keeps results by the version of their data, and by their type.
///
/// # Behavior
///
/// - A reader sees a whole result or none.
/// - A version that is set twice is kept once.
/// - What is deleted and is not there is no error.
/// - Every method fails with [`Cache`](crate::ErrorKind::Cache) where the store fails, and with no other kind.
#[async_trait]
pub trait ResultStore: Debug + Send + Sync {
    /// Keeps `value`, in the format of this name or in that of the store; says whether it is kept.
    async fn set(
        &self,
        version: &DataVersion,
        kind: Kind,
        value: &Value,
        format: Option<&str>,
    ) -> Result<bool>;
    /// The result of this version and type.
    async fn get(&self, version: &DataVersion, kind: Kind) -> Result<Found>;
    /// Forgets the result.
    async fn delete(&self, version: &DataVersion, kind: Kind) -> Result<()>;
    /// Forgets all results, of all types.
    async fn delete_all(&self) -> Result<()>;
    /// Forgets the results whose life is over, and only those; says how many.
    async fn delete_expired(&self) -> Result<u64>;

    /// Whether there is a result that can be read.
    async fn exists(&self, version: &DataVersion, kind: Kind) -> Result<bool> {
        Ok(matches!(self.get(version, kind).await?, Found::Result(_)))
    }
}

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
            Some(name) => self.builder().format(format_of(name)?),
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

/// The format of this name.
///
/// # Errors
///
/// [`Graph`](crate::ErrorKind::Graph) with the names that are known.
pub(super) fn format_of(name: &str) -> Result<Format> {
    const KNOWN: [(&str, Format); 5] = [
        ("json", Format::Json),
        ("messagepack", Format::MessagePack),
        ("postcard", Format::Postcard),
        ("raw", Format::Raw),
        ("bytes", Format::Raw),
    ];
    let found = KNOWN.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
    found.ok_or_else(|| {
        let message = larder_core::near::unknown("format of results", name, &KNOWN.map(|(known, _)| known));
        Error::new(crate::ErrorKind::Graph, message)
    })
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

/// A [`ResultStore`] in the memory of this process, without a limit. Values are handed out as they were handed in.
#[derive(Default)]
pub struct MemoryResults(Mutex<HashMap<(DataVersion, TypeId), Value>>);

impl MemoryResults {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<(DataVersion, TypeId), Value>) -> T) -> T {
        // Every change is one insertion: a panic elsewhere leaves nothing half done.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ResultStore for MemoryResults {
    async fn set(&self, version: &DataVersion, kind: Kind, value: &Value, _: Option<&str>) -> Result<bool> {
        self.with(|results| results.insert((version.clone(), kind.id()), value.clone()));
        Ok(true)
    }

    async fn get(&self, version: &DataVersion, kind: Kind) -> Result<Found> {
        let found = self.with(|results| results.get(&(version.clone(), kind.id())).cloned());
        Ok(found.map_or(Found::Nothing, Found::Result))
    }

    async fn delete(&self, version: &DataVersion, kind: Kind) -> Result<()> {
        self.with(|results| results.remove(&(version.clone(), kind.id())));
        Ok(())
    }

    async fn delete_all(&self) -> Result<()> {
        self.with(HashMap::clear);
        Ok(())
    }

    async fn delete_expired(&self) -> Result<u64> {
        Ok(0)
    }
}

impl Debug for MemoryResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryResults").field("results", &self.with(|results| results.len())).finish()
    }
}
