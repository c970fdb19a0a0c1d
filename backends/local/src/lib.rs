//! The disk of larder in a local directory: a log of segments and an index shared by processes.
//!
//! Entries are appended to segment files and found by an index that all processes map. Reading takes no lock and makes no
//! system call that writes; a write costs a few hundred nanoseconds under a lock that dies with its holder. The death of
//! a process loses nothing that was reported stored. The layout and the protocol are in `docs/design/0011-local.md`.
//!
//! ```
//! use larder_core::disk::Settings;
//! use larder_core::larder::Larder;
//! use larder_local::LocalDisk;
//!
//! # async fn example() -> larder_core::Result<()> {
//! let disk = LocalDisk::open("/var/cache/app", Settings::limited(20 << 30)).await?;
//! let larder = Larder::open(disk).await?;
//! # Ok(())
//! # }
//! ```

mod admit;
mod apart;
mod area;
mod chains;
mod check;
mod clean;
mod count;
mod disk;
mod files;
mod handles;
mod head;
mod inner;
mod journal;
mod lock;
mod log;
mod open;
mod options;
mod place;
mod place_of;
mod read;
mod rebuild;
mod recent;
mod record;
mod recorded;
mod section;
mod segment;
mod shelf;
mod slot;
mod steps;
mod survey;
mod sync;
mod tables;
mod tend;
mod write;
mod writers;

pub use disk::LocalDisk;
pub use options::{Durability, Mode, OpenOptions};
