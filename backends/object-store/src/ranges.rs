//! The body of a large entry, read as it is asked for.
//!
//! The answer that found the entry goes on where the head ended, so a body that is read from its beginning to its end
//! costs no further request and one block of memory. Whoever reads elsewhere asks for a range, of that very object.
//! Every block is checked before it is handed out; blocks are bound to the nonce of their write, so also a store that
//! does not look at conditions gives no mixture of two bodies.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use larder_core::entry::Ranges;
use larder_core::frame::{Foot, Head, Layout};
use larder_core::key::Digest;
use larder_core::{Error, ErrorKind, Result};
use object_store::Error as StoreError;

use crate::bucket::Opened;
use crate::deadline::Deadline;
use crate::disk::Inner;
use crate::failure::{cut_short, failed, is_missing};
use crate::stamps::Stamp;

/// Bytes of an object as they come.
pub(crate) struct Arriving {
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    /// Bytes that came and were not taken yet.
    pending: BytesMut,
    /// Where in the object they begin.
    at: u64,
}

impl Arriving {
    pub(crate) fn new(stream: BoxStream<'static, object_store::Result<Bytes>>) -> Self {
        Self { stream, pending: BytesMut::new(), at: 0 }
    }

    /// Waits until the object is there up to `end`; says whether it is so long.
    async fn reach(&mut self, end: u64) -> object_store::Result<bool> {
        while self.at + (self.pending.len() as u64) < end {
            let Some(bytes) = self.stream.try_next().await? else { return Ok(false) };
            self.pending.extend_from_slice(&bytes);
        }
        Ok(true)
    }

    /// Whether the bytes from `start` on are still to come.
    fn can_give(&self, start: u64) -> bool {
        // Skipping what lies between would read it all; a short way is shorter than another request.
        (self.at..=self.at + self.pending.len() as u64).contains(&start)
    }

    /// Takes the bytes up to `end`, which have come.
    fn take_to(&mut self, end: u64) -> Bytes {
        let taken = end.saturating_sub(self.at).min(self.pending.len() as u64);
        self.at += taken;
        // No more than is pending, so it fits.
        self.pending.split_to(usize::try_from(taken).unwrap_or(0)).freeze()
    }

    /// Gives bytes back that were taken last.
    fn give_back(&mut self, bytes: &[u8]) {
        self.at -= bytes.len() as u64;
        let mut pending = BytesMut::with_capacity(bytes.len() + self.pending.len());
        pending.extend_from_slice(bytes);
        pending.extend_from_slice(&self.pending);
        self.pending = pending;
    }
}

impl fmt::Debug for Arriving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arriving({} and {} more)", self.at, self.pending.len())
    }
}

/// The head of an object that is being read, and what comes behind it.
///
/// # Errors
///
/// [`ErrorKind::Corrupt`] and [`ErrorKind::Format`] for an object that is no frame of this version,
/// [`ErrorKind::Unavailable`] when it stops coming.
pub(crate) async fn head(opened: Opened) -> Result<(Head, Layout, Stamp, Arriving)> {
    let Opened { stamp, length, bytes } = opened;
    let mut arriving = Arriving::new(bytes);
    let cut = || Error::new(ErrorKind::Corrupt, "an entry is shorter than the store says");
    let mut end = Head::PREFIX as u64;
    for _ in 0..2 {
        if !arriving.reach(end).await.map_err(cut_short)? {
            return Err(cut());
        }
        end = Head::length_of(&arriving.pending)? as u64;
    }
    if !arriving.reach(end).await.map_err(cut_short)? {
        return Err(cut());
    }
    let head = Head::decode(&arriving.take_to(end))?;
    let layout = Layout::of_frame(&head, length)?;
    Ok((head, layout, stamp, arriving))
}

/// Reads an object to its end and checks every byte of it, one block at a time. Each wait is within `deadline`.
///
/// # Errors
///
/// Those of [`head`], and [`ErrorKind::Corrupt`] for damage anywhere behind it.
pub(crate) async fn prove(opened: Opened, deadline: &Deadline) -> Result<Head> {
    const DOING: &str = "checking an entry";
    let (first, layout, _, mut arriving) = deadline.within(DOING, head(opened)).await?;
    let nonce = first.meta.nonce;
    let mut next = async |end: u64| {
        let reached = async { arriving.reach(end).await.map_err(cut_short) };
        if deadline.within(DOING, reached).await? {
            Ok(arriving.take_to(end))
        } else {
            Err(Error::new(ErrorKind::Corrupt, "an entry is shorter than the store says"))
        }
    };
    for number in 0..layout.blocks() {
        layout.check_block(number, &next(layout.block(number).end).await?, nonce)?;
    }
    let foot = Foot::decode(&next(layout.foot().end).await?, nonce)?;
    if (foot.body, foot.blocks) == (layout.body(), layout.blocks()) {
        Ok(first)
    } else {
        Err(Error::new(ErrorKind::Corrupt, "the foot tells another length than the entry has"))
    }
}

/// A body in the store.
#[derive(Debug)]
pub(crate) struct ObjectRanges {
    pub(crate) inner: Arc<Inner>,
    pub(crate) digest: Digest,
    pub(crate) stamp: Stamp,
    pub(crate) layout: Layout,
    pub(crate) nonce: u64,
    /// What comes without being asked for again; taken by one reader at a time.
    pub(crate) arriving: Mutex<Option<Arriving>>,
}

impl ObjectRanges {
    /// The blocks of the frame in `needed`, from what comes anyway if that is at the right place. The next reader
    /// may want what comes from `last` on.
    async fn blocks(&self, needed: Range<u64>, last: u64) -> Result<Bytes> {
        let taken = {
            let mut arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
            arriving.take_if(|arriving| arriving.can_give(needed.start))
        };
        if let Some(mut arriving) = taken {
            drop(arriving.take_to(needed.start));
            // Where it breaks off, the range is asked for.
            if let Ok(true) = arriving.reach(needed.end).await {
                let blocks = arriving.take_to(needed.end);
                let kept = usize::try_from(last - needed.start).ok().and_then(|last| blocks.get(last..));
                arriving.give_back(kept.unwrap_or_default());
                *self.arriving.lock().unwrap_or_else(PoisonError::into_inner) = Some(arriving);
                return Ok(blocks);
            }
        }
        self.inner.bucket.range(&self.digest, &self.stamp, needed).await.map_err(|cause| {
            let gone = matches!(cause, StoreError::Precondition { .. }) || is_missing(&cause);
            if gone {
                Error::new(ErrorKind::Corrupt, "the entry was removed or replaced while it was read")
                    .because(cause)
            } else {
                failed("reading a range of an entry", cause)
            }
        })
    }
}

#[async_trait]
impl Ranges for ObjectRanges {
    fn len(&self) -> u64 {
        self.layout.body()
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let read = async {
            let (first, needed) = self.layout.cover(range.clone())?;
            if range.is_empty() {
                return Ok(Bytes::new());
            }
            let (last, _) = self.layout.cover(range.end - 1..range.end)?;
            let blocks = self.blocks(needed, self.layout.block(last).start).await?;
            self.layout.pick(range, first, &blocks, self.nonce)
        };
        let read = self.inner.deadline.within("reading a range of an entry", read).await;
        read.map_err(|error| error.on(&self.inner.location))
    }
}
