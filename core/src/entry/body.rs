//! The body of an entry that is read.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use crate::error::{Error, ErrorKind, Result};

/// How many bytes of a ranged body are read at once.
const STEP: u64 = 8 << 20;

/// Reads a large body in ranges, each checked before it is handed out.
///
/// A reader that was made before its entry was removed, replaced or evicted still reads the whole old body, or
/// fails with [`ErrorKind::Corrupt`]; it never mixes old and new bytes.
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
    /// [`ErrorKind::Corrupt`] when the bytes are gone or damaged,
    /// [`ErrorKind::Invalid`] when the range leaves the body.
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

    /// The bytes of `range`.
    ///
    /// # Errors
    ///
    /// Those of [`Ranges::read`].
    pub async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        match self {
            Self::Whole(bytes) => {
                let bounds = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
                let part = bounds.filter(|(start, end)| start <= end && *end <= bytes.len());
                part.map(|(start, end)| bytes.slice(start..end)).ok_or_else(|| {
                    let message =
                        format!("bytes {} to {} of a body of {}", range.start, range.end, bytes.len());
                    Error::new(ErrorKind::Invalid, message)
                })
            }
            Self::Ranged(ranges) => ranges.read(range).await,
        }
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
            Self::Ranged(ranges) if ranges.len() <= STEP => ranges.read(0..ranges.len()).await,
            Self::Ranged(ranges) => {
                // Step by step: memory grows with what was checked, not with the length that a damaged entry claims.
                let mut bytes = BytesMut::new();
                while (bytes.len() as u64) < ranges.len() {
                    let start = bytes.len() as u64;
                    let step = ranges.read(start..ranges.len().min(start + STEP)).await?;
                    if step.is_empty() {
                        return Err(Error::new(ErrorKind::Corrupt, "a body ends before its length"));
                    }
                    bytes.extend_from_slice(&step);
                }
                Ok(bytes.freeze())
            }
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}
