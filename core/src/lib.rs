//! The core of larder: keys, entries, codecs, eviction, the [`Disk`](disk::Disk) trait and the
//! [`Cache`](cache::Cache).
//!
//! Below the cache everything is bytes, and the core knows no backend, no runtime and no network: a disk is
//! handed in, and so are the clock, the spawner and the source of randomness.

pub mod books;
pub mod cache;
pub mod clock;
pub mod code;
pub mod codec;
pub mod disk;
pub mod entry;
pub mod error;
pub mod eviction;
pub mod frame;
pub mod framed;
pub mod key;
pub mod larder;
pub mod near;
pub mod random;
pub mod spawn;
pub mod tag;
pub mod time;

pub use bytes::Bytes;
pub use error::{Error, ErrorKind, Result};
