//! What the disk on object stores promises beyond the suite, one file for each subject.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod cancelling;
mod checking;
mod claiming;
mod comparing;
mod damage;
mod descriptors;
mod opening;
mod probing;
mod reopening;
mod requests;
mod runtimes;
mod sharing;
mod streaming;
mod tidying;
mod troubled;
mod troubles;
mod waiting;
