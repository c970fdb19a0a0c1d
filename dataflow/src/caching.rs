//! The caching core: results by the versions of the data that nodes are called with.
//!
//! The hook keys by arguments, whole; this keys by digests of data. So a result is stored once however many calls lead to it,
//! arguments may be large, and what happened in a run can be asked for afterwards. The price is a second lookup: from the key to a
//! version, and from the version to the result.

mod adapter;
mod behavior;
mod builder;
mod cache_key;
mod data_version;
mod event;
mod file_format;
mod format;
mod log_file;
mod metadata;
mod results;
mod run;
#[cfg(feature = "arrow")]
mod tables;

pub use adapter::CachingAdapter;
pub use behavior::{Behavior, Nodes};
pub use builder::CachingBuilder;
pub use cache_key::NodeKey;
pub use data_version::{DataHasher, DataVersion, VersionedData};
pub use event::{Actor, Event, EventKind};
pub use file_format::FileFormat;
pub use metadata::{MemoryMetadata, MetadataStore, Recorded, StoredMetadata, copy_metadata};
pub use results::{
    FileResults, Found, MemoryResults, ResultStore, StoredResults, copy_results, known_results,
};
pub use run::RunRecord;
