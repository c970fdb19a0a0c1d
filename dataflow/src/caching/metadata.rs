//! The metadata store: which key leads to which version of data, and what was used in which run.

mod memory;
mod stored;

use std::fmt::Debug;

use async_trait::async_trait;

use super::{DataVersion, NodeKey};
use crate::driver::RunId;
use crate::error::Result;

pub use memory::MemoryMetadata;
pub use stored::StoredMetadata;

/// What was used of a node in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The key, with the name of the node, the version of its code, and what it depends on.
    pub key: NodeKey,
    /// The version of its data.
    pub version: DataVersion,
}

/// Keeps versions by key, and what was used in each run.
///
/// # Behavior
///
/// - The newest version of a key counts.
/// - `use` and `set` of one node in one run: the last one counts.
/// - What is deleted is forgotten for lookups; what runs used of it stays in their records.
/// - After `delete_all` the store is empty, and can be used.
/// - Every method fails with [`Cache`](crate::ErrorKind::Cache) where the store fails, and with no other kind unless it says so.
#[async_trait]
pub trait MetadataStore: Debug + Send + Sync {
    /// Records that `run` begins.
    async fn initialize(&self, run: &RunId) -> Result<()>;
    /// Sets the version of `key`, and records the use.
    async fn set(&self, key: &NodeKey, version: &DataVersion, run: &RunId) -> Result<()>;
    /// Records that `run` used what `key` leads to.
    async fn record(&self, key: &NodeKey, version: &DataVersion, run: &RunId) -> Result<()>;
    /// The version of `key`.
    async fn get(&self, key: &NodeKey) -> Result<Option<DataVersion>>;
    /// Forgets `key`; one that is not there too.
    async fn delete(&self, key: &NodeKey) -> Result<()>;
    /// Forgets all keys and runs.
    async fn delete_all(&self) -> Result<()>;
    /// All keys, in any order.
    async fn keys(&self) -> Result<Vec<NodeKey>>;
    /// The runs, oldest first.
    async fn runs(&self) -> Result<Vec<RunId>>;
    /// What was used in `run`, by node; [`Value`](crate::ErrorKind::Value) for a run that was never initialized.
    async fn run(&self, run: &RunId) -> Result<Vec<Recorded>>;

    /// Whether there is a version of `key`.
    async fn exists(&self, key: &NodeKey) -> Result<bool> {
        Ok(self.get(key).await?.is_some())
    }

    /// How many keys there are.
    async fn len(&self) -> Result<usize> {
        Ok(self.keys().await?.len())
    }

    /// Whether there are no keys.
    async fn is_empty(&self) -> Result<bool> {
        Ok(self.len().await? == 0)
    }

    /// The run that began last.
    async fn last_run(&self) -> Result<Option<RunId>> {
        Ok(self.runs().await?.pop())
    }
}

/// Copies runs and keys from one store to another: same keys, same runs, same order.
///
/// # Errors
///
/// [`Cache`](crate::ErrorKind::Cache) when either fails; what was copied until then stays.
pub async fn copy_metadata(from: &dyn MetadataStore, to: &dyn MetadataStore) -> Result<()> {
    for run in from.runs().await? {
        to.initialize(&run).await?;
        for Recorded { key, version } in from.run(&run).await? {
            to.record(&key, &version, &run).await?;
        }
    }
    let nowhere = RunId::from("");
    for key in from.keys().await? {
        if let Some(version) = from.get(&key).await? {
            to.set(&key, &version, &nowhere).await?;
        }
    }
    Ok(())
}

pub(super) fn unknown_run(run: &RunId) -> crate::Error {
    crate::Error::new(crate::ErrorKind::Value, format!("there is no run `{run}`"))
}
