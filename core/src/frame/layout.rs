//! Where the parts of a frame lie, so that a range of a large body is read and checked without the rest.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::block::BlockSize;
use super::head::Head;
use super::reader::{Reader, part};
use super::{SUM, checksum, corrupt};
use crate::error::{Error, ErrorKind, Result};

/// The lengths of head, body and blocks, from which every offset in the frame follows.
///
/// ```
/// use larder_core::Bytes;
/// use larder_core::entry::Meta;
/// use larder_core::frame::{self, BlockSize, Head, Layout};
/// use larder_core::random::Seeded;
/// use larder_core::time::Time;
///
/// let meta = Meta::new(&Seeded::new(1), Time::from_secs(5), "raw".into(), "none".into());
/// let frame = frame::encode_in(b"key", &meta, &[7; 10_000], BlockSize::power_of_two(12)?);
///
/// let layout = Layout::of_frame(&Head::decode(&frame)?, frame.len() as u64)?;
/// assert_eq!((layout.body(), layout.blocks()), (10_000, 3));
/// let (first, needed) = layout.cover(4_000..4_200)?;
/// let blocks = frame.slice(needed.start as usize..needed.end as usize);
/// assert_eq!(layout.pick(4_000..4_200, first, &blocks, meta.nonce)?, Bytes::from(vec![7; 200]));
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    head: u64,
    body: u64,
    block: u64,
}

impl Layout {
    /// What follows the head of a frame with `body` bytes, held at `u64::MAX`.
    pub(super) fn rest(body: u64, block: BlockSize) -> u64 {
        let sums = block.count(body).saturating_mul(SUM as u64);
        body.saturating_add(sums).saturating_add(Foot::LENGTH as u64)
    }

    /// The layout of the frame with this head that is `length` bytes long in all.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when no frame with this head has that length.
    pub fn of_frame(head: &Head, length: u64) -> Result<Self> {
        Self::behind(head.length as u64, head.block, length)
    }

    /// The layout of the frame of `length` bytes with a head of `head` bytes.
    #[inline]
    pub(super) fn behind(head: u64, block: BlockSize, length: u64) -> Result<Self> {
        let block = block.len() as u64;
        let around = head + Foot::LENGTH as u64;
        let sealed = length.checked_sub(around).ok_or_else(|| corrupt("the frame is cut"))?;
        // A last block too short for its checksum and one byte belongs to no body.
        // Most bodies have one block, and a division costs as much as a small head.
        let blocks = if sealed <= block + SUM as u64 {
            u64::from(sealed > 0)
        } else {
            sealed.div_ceil(block + SUM as u64)
        };
        let sums = blocks * SUM as u64;
        let body = sealed.checked_sub(sums).filter(|body| body.div_ceil(block) == blocks);
        let body = body.ok_or_else(|| corrupt("the frame has an impossible length"))?;
        Ok(Self { head, body, block })
    }

    /// The bytes of the body, without checksums.
    pub const fn body(&self) -> u64 {
        self.body
    }

    /// How many blocks the body has.
    pub const fn blocks(&self) -> u64 {
        self.body.div_ceil(self.block)
    }

    /// Where block `number` and its checksum lie in the frame; empty behind the last block.
    pub fn block(&self, number: u64) -> Range<u64> {
        let number = number.min(self.blocks());
        let start = self.head + number * (self.block + SUM as u64);
        let bytes = (self.body - (number * self.block).min(self.body)).min(self.block);
        start..start + if bytes == 0 { 0 } else { bytes + SUM as u64 }
    }

    /// Where the foot lies in the frame.
    pub fn foot(&self) -> Range<u64> {
        let start = self.head + self.body + self.blocks() * SUM as u64;
        start..start + Foot::LENGTH as u64
    }

    /// The block in which a range of the body begins, and the bytes of the frame that hold all its blocks.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the range leaves the body.
    pub fn cover(&self, range: Range<u64>) -> Result<(u64, Range<u64>)> {
        if range.start > range.end || range.end > self.body {
            let message = format!("bytes {} to {} of a body of {}", range.start, range.end, self.body);
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let first = range.start / self.block;
        let start = self.block(first).start;
        if range.is_empty() {
            return Ok((first, start..start));
        }
        Ok((first, start..self.block((range.end - 1) / self.block).end))
    }

    /// Checks the bytes of block `number` with its checksum, as [`block`](Layout::block) tells them apart, and
    /// gives them without it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when they are not that block of the entry with this nonce.
    #[inline]
    pub fn check_block<'a>(&self, number: u64, bytes: &'a [u8], nonce: u64) -> Result<&'a [u8]> {
        let place = self.block(number);
        let sealed =
            bytes.split_last_chunk::<SUM>().filter(|_| bytes.len() as u64 == place.end - place.start);
        let (block, sum) = sealed.ok_or_else(|| corrupt("a block is cut"))?;
        if checksum::of_block(nonce, number, block) == u64::from_le_bytes(*sum) {
            Ok(block)
        } else {
            Err(corrupt("a block does not match its checksum"))
        }
    }

    /// Checks `blocks`, the bytes of the frame that [`cover`](Layout::cover) named for `range`, and gives those of
    /// the range: a slice where they lie in one block, a copy otherwise.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when a block is cut or damaged, [`ErrorKind::Invalid`] when the range leaves the body.
    pub fn pick(&self, range: Range<u64>, first: u64, blocks: &Bytes, nonce: u64) -> Result<Bytes> {
        let (expected, needed) = self.cover(range.clone())?;
        if expected != first || needed.end - needed.start != blocks.len() as u64 {
            return Err(corrupt("other blocks than the range needs"));
        }
        let (mut single, mut copy) = (Bytes::new(), BytesMut::new());
        let mut number = first;
        while !range.is_empty() && self.block(number).start < needed.end {
            let place = self.block(number);
            let sealed = part(blocks, place.start - needed.start..place.end - needed.start)?;
            let block = self.check_block(number, sealed, nonce)?;
            let offset = number * self.block;
            let from = range.start.saturating_sub(offset);
            let wanted = part(block, from..(range.end - offset).min(block.len() as u64))?;
            if place == needed {
                single = blocks.slice_ref(wanted);
            } else {
                copy.extend_from_slice(wanted);
            }
            number += 1;
        }
        Ok(if copy.is_empty() { single } else { copy.freeze() })
    }
}

/// The end of a frame: the lengths that a stream knew only then.
///
/// A frame without a foot was cut off while it was written. The example of [`Layout`] gets its lengths from that
/// of the frame; the foot tells them where a frame lies in a longer file.
///
/// ```
/// use larder_core::frame::Foot;
///
/// let foot = Foot { body: 10_000, blocks: 3 };
/// assert_eq!(Foot::decode(&foot.encode(7), 7)?, foot);
/// assert!(Foot::decode(&foot.encode(7), 8).is_err());
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foot {
    /// The bytes of the body.
    pub body: u64,
    /// The blocks that it lies in.
    pub blocks: u64,
}

impl Foot {
    /// The bytes of a foot.
    pub const LENGTH: usize = 16 + SUM;

    /// The foot of the entry with this nonce.
    pub fn encode(self, nonce: u64) -> [u8; Self::LENGTH] {
        let mut out = [0; Self::LENGTH];
        let (words, _) = out.as_chunks_mut();
        words.iter_mut().zip(self.words(nonce)).for_each(|(place, word)| *place = word.to_le_bytes());
        out
    }

    /// Lengths and checksum, as they stand one after the other in little-endian order.
    #[inline]
    pub(super) fn words(self, nonce: u64) -> [u64; 3] {
        let lengths = [self.body.to_le_bytes(), self.blocks.to_le_bytes()];
        [self.body, self.blocks, checksum::of_foot(nonce, lengths.as_flattened())]
    }

    /// Reads and checks the foot of the entry with this nonce.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when these bytes are not its foot.
    #[inline]
    pub fn decode(bytes: &[u8], nonce: u64) -> Result<Self> {
        let sealed = bytes.split_last_chunk::<SUM>().filter(|_| bytes.len() == Self::LENGTH);
        let (lengths, sum) = sealed.ok_or_else(|| corrupt("the foot is cut"))?;
        if checksum::of_foot(nonce, lengths) != u64::from_le_bytes(*sum) {
            return Err(corrupt("the foot does not match its checksum"));
        }
        let mut reader = Reader::new(lengths);
        let [body, blocks] = [reader.array()?, reader.array()?].map(u64::from_le_bytes);
        Ok(Self { body, blocks })
    }
}
