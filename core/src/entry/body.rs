//! The body of an entry that is read.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Result;

/// Reads a large body in ranges, each checked before it is handed out.
///
/// A reader that was made before its entry was removed, replaced or evicted still reads the whole old body, or
/// fails with [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt); it never mixes old and new bytes.
#[async_trait]
pub trait Ranges: Debug + Send + Sync {
    /// The length of the body in bytes.
    fn len(&self) -> u64;

    /// Whether the body is empty.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of `range`, which ends at [`len`](Ranges::len) at most.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) when the bytes are gone or damaged,
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the range leaves the body.
    async fn read(&self, range: Range<u64>) -> Result<Bytes>;
}

/// The encoded value of an entry that is read.
#[derive(Clone, Debug)]
pub enum Body {
    /// All of it, checked.
    Whole(Bytes),
    /// A body that the disk would rather not hold in memory at once.
    Ranged(Arc<dyn Ranges>),
}

impl Body {
    /// The length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Ranged(ranges) => ranges.len(),
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All bytes; reads them where they are not in memory yet.
    ///
    /// # Errors
    ///
    /// Those of [`Ranges::read`].
    pub async fn bytes(&self) -> Result<Bytes> {
        self.clone().into_bytes().await
    }

    /// As [`bytes`](Body::bytes), for the last who needs the body.
    ///
    /// # Errors
    ///
    /// Those of [`Ranges::read`].
    pub async fn into_bytes(self) -> Result<Bytes> {
        match self {
            Self::Whole(bytes) => Ok(bytes),
            Self::Ranged(ranges) => ranges.read(0..ranges.len()).await,
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}
