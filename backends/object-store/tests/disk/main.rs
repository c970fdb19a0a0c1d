//! What the disk on object stores promises beyond the suite, one file for each subject.

mod bench;
mod cancelling;
mod damage;
mod opening;
mod reopening;
mod requests;
mod runtimes;
mod sharing;
mod troubled;
mod troubles;
