//! The result store: results by the version of their data.

mod files;
mod memory;
mod stored;

use std::fmt::Debug;

use async_trait::async_trait;

use super::adapter::address_of;
use super::{DataVersion, MetadataStore};
use crate::error::Result;
use crate::graph::Graph;
use crate::kind::Kind;
use crate::value::Value;

pub use files::FileResults;
pub use memory::MemoryResults;
pub use stored::StoredResults;

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
    /// Whether results of this type can be kept in the format of this name.
    ///
    /// # Errors
    ///
    /// [`Graph`](crate::ErrorKind::Graph) if they cannot, with both; for an unknown format with those that are known.
    fn supports(&self, kind: Kind, format: &str) -> Result<()>;
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

/// Copies the results of these versions and types, as far as they are there; says how many.
///
/// # Errors
///
/// [`Cache`](crate::ErrorKind::Cache) when either store fails; what was copied until then stays.
pub async fn copy_results(
    from: &dyn ResultStore,
    to: &dyn ResultStore,
    wanted: impl IntoIterator<Item = (DataVersion, Kind)>,
) -> Result<usize> {
    let mut copied = 0;
    for (version, kind) in wanted {
        if let Found::Result(value) = from.get(&version, kind).await? {
            copied += usize::from(to.set(&version, kind, &value, None).await?);
        }
    }
    Ok(copied)
}

/// The versions and types of all results of the nodes of `graph` that `metadata` leads to, for [`copy_results`].
///
/// # Errors
///
/// [`Cache`](crate::ErrorKind::Cache) when the store fails.
pub async fn known_results(metadata: &dyn MetadataStore, graph: &Graph) -> Result<Vec<(DataVersion, Kind)>> {
    let mut known = Vec::new();
    for key in metadata.keys().await? {
        // Keys of nodes that are no longer in the graph have no type here.
        let Ok(node) = graph.node(key.node()) else { continue };
        if let Some(version) = metadata.get(&key).await? {
            known.push((address_of(node, &key, &version), node.output()));
        }
    }
    known.sort_by(|(one, _), (other, _)| one.cmp(other));
    known.dedup();
    Ok(known)
}
