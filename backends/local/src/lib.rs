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

#![expect(
    clippy::cast_possible_truncation,
    reason = "words of the index are taken apart and put together; sizes of memory have 64 bits, as is seen to below"
)]

#[cfg(not(all(unix, target_pointer_width = "64")))]
compile_error!("larder-local maps its index, and needs a Unix system of 64 bits");

mod admit;
mod apart;
mod area;
mod aside;
mod chains;
mod check;
mod clean;
mod compact;
mod count;
mod disk;
mod fault;
mod fences;
mod files;
mod handles;
mod head;
mod hint;
mod inner;
mod journal;
mod lock;
mod log;
mod lost;
mod medium;
mod open;
mod options;
mod place;
mod place_of;
mod read;
mod rebuild;
mod recent;
mod reclaim;
mod record;
mod recorded;
mod recover;
mod replaced;
mod root;
mod seal;
mod section;
mod segment;
mod share;
mod shelf;
mod slot;
mod steps;
mod survey;
mod sync;
mod tables;
mod tend;
mod tidy;
mod unrecorded;
mod watch;
mod write;
mod writers;

pub use disk::{LocalDisk, Written};
pub use options::{DEADLINE, Durability, INTERVAL, Mode, OpenOptions, Share};
