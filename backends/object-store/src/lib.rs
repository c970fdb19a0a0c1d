//! Entries in an object store: one object for each.
//!
//! [`ObjectStoreDisk`] keeps entries in buckets of S3-compatible stores, Google and Azure, as files on a path, a network
//! file system included, or in memory, through [`object_store`]. A get is one GET, a set one PUT, an add one conditional
//! PUT. What eviction needs is kept in memory after one listing, so a full disk costs no further requests but the
//! deletions of its victims.
//!
//! ```
//! use larder_core::disk::{Access, Condition, Disk, NoRoom, Settings};
//! use larder_core::entry::{Draft, Meta, Source};
//! use larder_core::key::{Key, Namespace};
//! use larder_core::random::SystemRandom;
//! use larder_core::time::Time;
//! use larder_object_store::ObjectStoreDisk;
//!
//! # pollster::block_on(async {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path();
//! let disk = ObjectStoreDisk::at_path(path, Some(Settings::limited(1 << 30))).await?;
//!
//! let key = Key::new(&Namespace::named("pages"), "index")?;
//! let meta = Meta::new(&SystemRandom::new(), Time::from_secs(5), "raw".into(), "none".into());
//! let draft = Draft { meta: meta.into(), source: Source::Whole("<html>".into()), word: 0 };
//! let _ = disk.put(&key, draft, Condition::Always, &NoRoom).await?;
//!
//! // Settings are recorded with the entries: without arguments the disk opens as it was.
//! let again = ObjectStoreDisk::at_path(path, None).await?;
//! let entry = again.get(&key, Access::Peek).await?.expect("it was stored");
//! assert_eq!(entry.body.bytes().await?, "<html>");
//! assert_eq!(again.settings(None).await?, Settings::limited(1 << 30));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # What a store can do
//!
//! | | [`memory`](ObjectStoreDisk::memory) | [`at_path`](ObjectStoreDisk::at_path) | [`in_bucket`](ObjectStoreDisk::in_bucket) |
//! |---|---|---|---|
//! | who reaches it | this process | all processes that see the path | all hosts |
//! | create (add) | yes | yes, also against other processes | if the store proves it |
//! | compare, touch | yes | no | if the store proves it |
//! | order and counts | exact | as of the listing and what this disk did and read since | as on a path |
//! | durable | no | yes | yes |
//!
//! Whether a store honours a conditional write is tried when the disk opens: many accept them and do not look. Opening
//! a bucket:
//!
//! ```no_run
//! use larder_core::disk::Settings;
//! use larder_object_store::{ObjectStoreDisk, OpenOptions, StoreOptions};
//!
//! # async fn example() -> larder_core::Result<()> {
//! let store: StoreOptions = [("region", "eu-central-1")].into_iter().collect(); // the rest from `AWS_*`
//! let settings = Settings::limited(1 << 40);
//! let disk = ObjectStoreDisk::in_bucket("s3://bucket/prefix", &store, OpenOptions::default(), settings).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # A place that several disks have open
//!
//! Each counts what it listed when it opened, and what it wrote and read since. It finds whatever the others wrote,
//! and enters into its books what it finds. Until then their entries are neither evicted nor cleared by it, and
//! together the disks may hold more than the limit by as much as the others wrote. Settings that one of them changes
//! the others see when they open.

mod bucket;
mod carrier;
mod check;
mod claim;
mod deadline;
mod disk;
mod erase;
mod failure;
mod files;
mod naming;
mod open;
mod options;
mod path;
mod probe;
mod ranges;
mod read;
mod recorded;
mod remote;
mod requests;
mod stamps;
mod store_url;
mod tombstone;
mod write;

pub use object_store;

pub use disk::ObjectStoreDisk;
pub use open::{Location, Sharing};
pub use options::{ConditionalWrites, DEADLINE, Mode, OpenOptions, StoreOptions};
pub use requests::Requests;
pub use store_url::{Protocol, StoreUrl};
