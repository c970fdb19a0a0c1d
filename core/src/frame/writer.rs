//! Makes a frame from a body whose length is not known beforehand, with one block in memory.

use bytes::Bytes;

use super::block::BlockSize;
use super::head::Head;
use super::layout::Foot;
use super::{SUM, checksum};
use crate::entry::Meta;

/// Makes a frame piece by piece; the pieces, one after the other, are what [`encode`](super::encode) would make.
///
/// ```
/// use larder_core::entry::Meta;
/// use larder_core::frame::{self, Writer};
/// use larder_core::random::Seeded;
/// use larder_core::time::Time;
///
/// let meta = Meta::new(&Seeded::new(1), Time::from_secs(5), "raw".into(), "none".into());
/// let (mut writer, head) = Writer::new(b"key", &meta);
/// let mut written = head.to_vec();
/// for mut chunk in [&b"a body "[..], b"in two chunks"] {
///     while let Some(piece) = writer.feed(&mut chunk) {
///         written.extend_from_slice(&piece);
///     }
/// }
/// written.extend_from_slice(&writer.finish());
/// assert_eq!(written, frame::encode(b"key", &meta, b"a body in two chunks"));
/// ```
#[derive(Debug)]
pub struct Writer {
    nonce: u64,
    block: BlockSize,
    blocks: u64,
    body: u64,
    pending: Vec<u8>,
}

impl Writer {
    /// A writer, and the head that goes before what it gives; in blocks of [`BlockSize::DEFAULT`].
    pub fn new(key: &[u8], meta: &Meta) -> (Self, Bytes) {
        Self::new_in(key, meta, BlockSize::DEFAULT)
    }

    /// A writer, and the head that goes before what it gives; in blocks of `block`.
    pub fn new_in(key: &[u8], meta: &Meta, block: BlockSize) -> (Self, Bytes) {
        let writer = Self { nonce: meta.nonce, block, blocks: 0, body: 0, pending: Vec::new() };
        (writer, Head::encode_in(key, meta, block))
    }

    /// Takes from `bytes` what fits into the block at hand, and gives that block once it is full.
    ///
    /// Call it until it gives `None`: then `bytes` is empty.
    pub fn feed(&mut self, bytes: &mut &[u8]) -> Option<Bytes> {
        let room = self.block.len() - self.pending.len();
        let (taken, rest) = bytes.split_at(room.min(bytes.len()));
        *bytes = rest;
        self.body += taken.len() as u64;
        if self.pending.is_empty() && taken.len() == room {
            self.pending.reserve_exact(room + SUM);
        }
        self.pending.extend_from_slice(taken);
        (self.pending.len() == self.block.len()).then(|| self.seal())
    }

    /// The bytes of the body so far.
    pub fn body(&self) -> u64 {
        self.body
    }

    /// The last block, if one is open, and the foot.
    pub fn finish(mut self) -> Bytes {
        if self.pending.is_empty() {
            let foot = Foot { body: self.body, blocks: self.blocks };
            return Bytes::copy_from_slice(&foot.encode(self.nonce));
        }
        let foot = Foot { body: self.body, blocks: self.blocks + 1 };
        self.pending.reserve_exact(SUM + Foot::LENGTH);
        let sum = checksum::of_block(self.nonce, self.blocks, &self.pending);
        self.pending.extend_from_slice(&sum.to_le_bytes());
        self.pending.extend_from_slice(&foot.encode(self.nonce));
        Bytes::from(self.pending)
    }

    /// Closes the block at hand.
    fn seal(&mut self) -> Bytes {
        let sum = checksum::of_block(self.nonce, self.blocks, &self.pending);
        self.pending.extend_from_slice(&sum.to_le_bytes());
        self.blocks += 1;
        Bytes::from(std::mem::take(&mut self.pending))
    }
}
