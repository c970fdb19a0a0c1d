//! A disk from any place that keeps named bytes.
//!
//! Who can read, write, delete and list frames has a [`Disk`](crate::disk::Disk) by putting them into a [`FramedDisk`]: the books
//! admit, order and index, the frames are the entries. It is for one process at a time; a place that many share, or
//! that can compare and touch by itself, implements [`Disk`](crate::disk::Disk) directly.

mod check;
mod disk;
mod doubts;
mod state;

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Result;
use crate::key::Digest;

pub use disk::FramedDisk;

/// A place that keeps frames under names.
///
/// A name is the digest of a key: 64 hexadecimal digits when it is displayed, fit for any file system. One
/// more frame holds the order of insertion, hits and the state of the policy; it is written by
/// [`sync`](crate::disk::Disk::sync).
///
/// # Behavior
///
/// - A read sees a whole frame, the old one or the new one. What is damaged is found out by the [`FramedDisk`].
/// - When a write or a deletion has returned, later reads see it. Calls for one name come one after another.
#[async_trait]
pub trait Frames: Debug + Send + Sync + 'static {
    /// Where the frames are, for errors and people, without credentials.
    fn location(&self) -> &str;

    /// Whether frames are there still when the place is opened again.
    fn is_durable(&self) -> bool;

    /// The frame called `name`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable) when the place cannot be reached.
    async fn read(&self, name: &Digest) -> Result<Option<Bytes>>;

    /// Keeps `frame` under `name`, in place of an older one.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable): the old frame is there, or the new one. The disk looks which
    /// before the next use, as it does when the future was dropped midway.
    async fn write(&self, name: &Digest, frame: Bytes) -> Result<()>;

    /// Deletes the frame called `name`, if there is one.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable): the frame may be there still; the disk looks, as above.
    async fn delete(&self, name: &Digest) -> Result<()>;

    /// The names of all frames. Asked when the disk is opened, and when it is checked.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable) when the place cannot be reached.
    async fn names(&self) -> Result<Vec<Digest>>;
}
