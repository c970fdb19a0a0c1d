//! Metadata in a cache, on any disk.
//!
//! Keys, runs and uses are entries of three caches: nothing is read, changed and written back, so that many processes may add
//! at once.

use async_trait::async_trait;
use larder::{Cache, Order, Store, Time};

use super::{MetadataStore, Recorded, unknown_run};
use crate::caching::{DataVersion, NodeKey};
use crate::driver::RunId;
use crate::error::Result;

/// A [`MetadataStore`] on a store of larder.
#[derive(Clone, Debug)]
pub struct StoredMetadata {
    versions: Cache<String, String>,
    runs: Cache<String, ()>,
    /// By run and node: key and version.
    uses: Cache<(String, String), (String, String)>,
}

impl StoredMetadata {
    /// Metadata in the caches `NAME versions`, `NAME runs` and `NAME uses` of `store`.
    ///
    /// # Errors
    ///
    /// [`Cache`](crate::ErrorKind::Cache) when no caches can be made on it.
    pub fn new(store: &Store, name: &str) -> Result<Self> {
        // JSON whatever results are in: it holds texts, and other programs read it.
        let builder = |what| {
            let larder = store.larder();
            larder.cache(&format!("{name} {what}")).on_error(larder::OnError::Fail)
        };
        Ok(Self {
            versions: builder("versions").build()?,
            runs: builder("runs").build()?,
            uses: builder("uses").build()?,
        })
    }
}

#[async_trait]
impl MetadataStore for StoredMetadata {
    async fn initialize(&self, run: &RunId) -> Result<()> {
        // What is refused for want of room is forgotten, as any entry may be.
        let _outcome = self.runs.set(run.as_str(), &()).await?;
        Ok(())
    }

    async fn set(&self, key: &NodeKey, version: &DataVersion, run: &RunId) -> Result<()> {
        let _outcome = self.versions.set(&key.to_string(), &version.to_string()).await?;
        self.record(key, version, run).await
    }

    async fn record(&self, key: &NodeKey, version: &DataVersion, run: &RunId) -> Result<()> {
        if run.as_str().is_empty() {
            return Ok(());
        }
        let use_of = (run.to_string(), key.node().to_owned());
        let _outcome = self.uses.set(&use_of, &(key.to_string(), version.to_string())).await?;
        Ok(())
    }

    async fn get(&self, key: &NodeKey) -> Result<Option<DataVersion>> {
        Ok(self.versions.get(&key.to_string()).await?.map(DataVersion::from))
    }

    async fn delete(&self, key: &NodeKey) -> Result<()> {
        self.versions.remove(&key.to_string()).await?;
        Ok(())
    }

    async fn delete_all(&self) -> Result<()> {
        self.versions.clear().await?;
        self.runs.clear().await?;
        self.uses.clear().await?;
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<NodeKey>> {
        let mut all = Vec::new();
        let mut keys = self.versions.keys(Order::Oldest).await?;
        while let Some(text) = keys.next().await? {
            all.push(NodeKey::decode(&text)?);
        }
        Ok(all)
    }

    async fn runs(&self) -> Result<Vec<RunId>> {
        let mut runs: Vec<(Time, RunId)> = Vec::new();
        let mut keys = self.runs.keys(Order::Oldest).await?;
        while let Some(run) = keys.next().await? {
            let entry = self.runs.get_entry(&run).await?;
            runs.extend(entry.map(|entry| (entry.stored, RunId::from(run.as_str()))));
        }
        // Stable: where times are equal, the order of insertion stays.
        runs.sort_by_key(|(stored, _)| *stored);
        Ok(runs.into_iter().map(|(_, run)| run).collect())
    }

    async fn run(&self, run: &RunId) -> Result<Vec<Recorded>> {
        if !self.runs.contains(run.as_str()).await? {
            return Err(unknown_run(run));
        }
        let mut used = Vec::new();
        let mut keys = self.uses.keys(Order::Ascending).await?;
        while let Some(use_of) = keys.next().await? {
            if use_of.0 != run.as_str() {
                continue;
            }
            if let Some((key, version)) = self.uses.get(&use_of).await? {
                used.push(Recorded { key: NodeKey::decode(&key)?, version: version.into() });
            }
        }
        Ok(used)
    }
}
