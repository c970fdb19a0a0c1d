//! The core of larder: keys, entries, codecs, eviction, the [`Disk`](disk::Disk) trait and the
//! [`Cache`](cache::Cache).
//!
//! Below the cache everything is bytes, and the core knows no backend, no runtime and no network: a disk is
//! handed in, and so are the clock, the spawner and the source of randomness.

pub mod clock;
pub mod codec;
pub mod entry;
pub mod error;
pub mod frame;
pub mod key;
pub mod random;
pub mod spawn;
pub mod tag;
pub mod time;

pub use bytes::Bytes;
pub use error::{Error, ErrorKind, Result};
