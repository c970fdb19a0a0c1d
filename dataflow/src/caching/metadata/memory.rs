//! Metadata in memory, gone with the process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{MetadataStore, Recorded, unknown_run};
use crate::caching::{DataVersion, NodeKey};
use crate::driver::RunId;
use crate::error::Result;

/// A [`MetadataStore`] in the memory of this process.
#[derive(Debug, Default)]
pub struct MemoryMetadata(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    versions: HashMap<NodeKey, DataVersion>,
    /// In the order in which they began.
    runs: Vec<(RunId, BTreeMap<String, Recorded>)>,
}

impl MemoryMetadata {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change is one insertion: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl MetadataStore for MemoryMetadata {
    async fn initialize(&self, run: &RunId) -> Result<()> {
        let mut inner = self.lock();
        if !inner.runs.iter().any(|(known, _)| known == run) {
            inner.runs.push((run.clone(), BTreeMap::new()));
        }
        Ok(())
    }

    async fn set(&self, key: &NodeKey, version: &DataVersion, run: &RunId) -> Result<()> {
        self.lock().versions.insert(key.clone(), version.clone());
        self.record(key, version, run).await
    }

    async fn record(&self, key: &NodeKey, version: &DataVersion, run: &RunId) -> Result<()> {
        if let Some((_, used)) = self.lock().runs.iter_mut().find(|(known, _)| known == run) {
            let recorded = Recorded { key: key.clone(), version: version.clone() };
            used.insert(key.node().to_owned(), recorded);
        }
        Ok(())
    }

    async fn get(&self, key: &NodeKey) -> Result<Option<DataVersion>> {
        Ok(self.lock().versions.get(key).cloned())
    }

    async fn delete(&self, key: &NodeKey) -> Result<()> {
        self.lock().versions.remove(key);
        Ok(())
    }

    async fn delete_all(&self) -> Result<()> {
        *self.lock() = Inner::default();
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<NodeKey>> {
        Ok(self.lock().versions.keys().cloned().collect())
    }

    async fn runs(&self) -> Result<Vec<RunId>> {
        Ok(self.lock().runs.iter().map(|(run, _)| run.clone()).collect())
    }

    async fn run(&self, run: &RunId) -> Result<Vec<Recorded>> {
        let inner = self.lock();
        let found = inner.runs.iter().find(|(known, _)| known == run);
        found.map(|(_, used)| used.values().cloned().collect()).ok_or_else(|| unknown_run(run))
    }
}
