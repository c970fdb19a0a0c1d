//! A persistent, tiered cache: typed values under typed keys, on memory, files or object storage.
//!
//! A program that keeps what was costly to make should not care where it is kept. So there is one [`Cache`], and what
//! it stands on is chosen in a file: which disk, how large, what goes first when it is full, how values are written.
//!
//! ```
//! use larder::Cache;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, Debug, PartialEq)]
//! struct User {
//!     name: String,
//! }
//!
//! # pollster::block_on(async {
//! let settings = larder::Settings::parse(
//!     r#"
//!     [cache]
//!     compression = "zstd"
//!     life = "1h"
//!
//!     [[tier]]
//!     memory = { size_limit = "256 MiB", policy = "lru" }
//!     "#,
//! )?; // or from a file or a url: `larder::open("cache.toml").await?`
//! let store = settings.open().await?;
//!
//! let users: Cache<u64, User> = store.cache("users")?;
//! let ann = users.get_or_insert_with(&7, async || Ok::<_, larder::Error>(User { name: "Ann".into() })).await?;
//! assert_eq!(users.get(&7).await?, Some(ann));
//! # Ok::<(), larder::Error>(())
//! # }).unwrap();
//! ```
//!
//! # How it composes
//!
//! A [`Disk`](disk::Disk) keeps bytes under keys within a size limit. A [`Larder`] is an opened disk with the engine
//! that makes room on it. A [`Cache`] is a name, a codec and a rule of life over a larder; any number of caches
//! share one. A [`Store`] is a larder with the settings of its caches, as a file says them; [`Settings`] are
//! that file as plain data. [`blocking`] is the same for code that does not await. A disk of your own is a type that
//! implements one trait, given to [`Larder::open`].
//!
//! A broken disk does not break the program: it is a miss that is counted as an error, unless
//! [`on_error`](CacheSettings::on_error) says otherwise. A wrong setting is an error when the store is opened, and
//! nothing is created then.
//!
//! # What can be chosen
//!
//! | Disk in `[[tier]]` | Where entries lie | Feature |
//! |---|---|---|
//! | `memory` | in this process | `memory` (default) |
//! | `local`, `path = "/var/cache/app"` | in a directory that many processes share | `local` (default; a Unix of 64 bits) |
//! | `object_store`, `url = "s3://bucket/prefix"`, `gs://`, `az://` and [more](StoreUrl) | one object for each entry, in a bucket | `object-store` (default) |
//! | `object_store`, `url = "store+file:///path"` | one file for each entry, below a path | `object-store` (default) |
//! | `object_store`, `url = "memory:///"` | in this process; for tests | `object-store` (default) |
//!
//! | `serializer` | Values | Changed types |
//! |---|---|---|
//! | `json` (default) | text that other programs read | seen by the names of fields |
//! | `messagepack` | binary | seen by the names of fields |
//! | `postcard` | binary, compact | need a new `schema` |
//! | `bincode` | binary; feature `bincode`, off by default | need a new `schema` |
//! | `raw` | bytes and text, untouched | |
//!
//! | `policy` | What goes first |
//! |---|---|
//! | `lru` (default) | what was not used for longest |
//! | `lfu` | what was used least often |
//! | `lrs` | what was stored first |
//! | `none` | nothing: what does not fit is refused |
//!
//! `compression` is `none`, `lz4`, `zstd` or `{ zstd = LEVEL }`. Every setting is in `docs/configuration.md`.

/// The code in the README compiles and runs.
#[cfg(all(doctest, feature = "memory"))]
#[doc = include_str!("../../README.md")]
mod readme {}

/// The code in the guide to memoizing compiles and runs.
#[cfg(all(doctest, feature = "memory"))]
#[doc = include_str!("../../docs/memoize.md")]
mod guide_to_memoizing {}

pub mod blocking;
#[cfg(feature = "local")]
pub mod local;
pub mod memoize;
#[cfg(feature = "object-store")]
mod objects;
mod settings;
mod store;
pub mod units;

pub use larder_core::cache::{
    Cache, CacheBuilder, CacheEntry, Increment, Life, Misses, Number, OnError, OnFailedComputation, Order,
    Outcome, Refusals, Stats, Swapped, ValueReader, WriteOptions,
};
pub use larder_core::codec::{Codec, Compression, Format};
pub use larder_core::entry::{Fingerprint, Version};
pub use larder_core::key::{CacheKey, FromKey};
pub use larder_core::larder::{Balance, Larder, Parts};
pub use larder_core::tag::Tag;
pub use larder_core::time::Time;
pub use larder_core::{Bytes, Error, ErrorKind, Result};
pub use larder_core::{clock, code, codec, disk, entry, eviction, key, random, spawn};
#[cfg(feature = "local")]
pub use larder_local::{Durability, LocalDisk, Share};
pub use larder_macros::{CacheKey, FromKey, memoize, versioned};
#[cfg(feature = "memory")]
pub use larder_memory::MemoryDisk;
#[cfg(feature = "object-store")]
pub use larder_object_store::{
    ConditionalWrites, Mode, ObjectStoreDisk, Protocol, Requests, StoreOptions, StoreUrl,
};

#[cfg(feature = "local")]
pub use settings::LocalSettings;
#[cfg(feature = "object-store")]
pub use settings::ObjectStoreSettings;
pub use settings::{CacheSettings, DiskKind, Origin, Settings, Sources, Spot, TierSettings};
pub use store::{Store, open, open_with};

/// The JSON Schema of a settings file, for editors and for checks before anything is deployed. It refuses what
/// [`Settings::parse`] refuses, as far as a schema can tell, but that it does not know a program's own policies.
///
/// ```
/// assert!(larder::schema().contains("https://json-schema.org/draft/2020-12/schema"));
/// ```
pub const fn schema() -> &'static str {
    include_str!("../cache.schema.json")
}
