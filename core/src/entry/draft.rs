//! The body of an entry that is about to be written.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
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
    /// The length, where it is known beforehand.
    pub fn len(&self) -> Option<u64> {
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

    /// All bytes in memory; `admit` is asked before each chunk of a stream is kept, with the length so far.
    ///
    /// # Errors
    ///
    /// The stream's own, and what `admit` answers.
    pub async fn gather<E: From<crate::Error>>(
        self,
        mut admit: impl AsyncFnMut(u64) -> Result<(), E>,
    ) -> Result<Bytes, E> {
        match self {
            Self::Whole(bytes) => {
                admit(bytes.len() as u64).await?;
                Ok(bytes)
            }
            Self::Stream(mut stream) => {
                let mut whole = BytesMut::new();
                while let Some(chunk) = stream.next().await {
                    let chunk = chunk?;
                    admit((whole.len() + chunk.len()) as u64).await?;
                    whole.extend_from_slice(&chunk);
                }
                Ok(whole.freeze())
            }
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
