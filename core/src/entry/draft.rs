//! The body of an entry that is about to be written.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;

use super::Meta;
use crate::error::Result;

/// The bytes of a value that is about to be written.
pub enum Source {
    /// All of them.
    Whole(Bytes),
    /// A stream of unknown length; it is read once, in chunks.
    Stream(Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>),
}

impl Source {
    /// The length in bytes, where it is known beforehand.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Whole(bytes) => Some(bytes.len() as u64),
            Self::Stream(_) => None,
        }
    }

    /// The next chunk: all of a whole source at once, a stream chunk by chunk.
    ///
    /// # Errors
    ///
    /// The stream's own; the rest of it is then not to be read.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        match self {
            Self::Whole(bytes) if bytes.is_empty() => Ok(None),
            Self::Whole(bytes) => Ok(Some(std::mem::take(bytes))),
            Self::Stream(stream) => stream.next().await.transpose(),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl From<Bytes> for Source {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

/// An entry that is about to be written.
#[derive(Debug)]
pub struct Draft {
    /// What is known of it.
    pub meta: Arc<Meta>,
    /// Its value, encoded.
    pub source: Source,
    /// What the policy wants to read again in [`Brief::word`](crate::disk::Brief::word).
    pub word: u64,
}
