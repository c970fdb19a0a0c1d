//! Entries as they lie on a disk, format version 1.
//!
//! A frame is a head (metadata and the whole key), the body in blocks, and a foot with the lengths; each part
//! carries its own checksum. So a body of unknown length streams in, a range is verified block by block, and a
//! head is replaced without its body; the price is 8 bytes a block and a foot of 24. The layout to the byte is in
//! `docs/design/0003-frame.md`. Compression belongs to [codecs](crate::codec), insertion order to the disk.

mod block;
mod checksum;
mod fields;
mod head;
mod layout;
mod opened;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};

use crate::entry::Meta;
use crate::error::{Error, ErrorKind, Result};
use crate::tag::MOST_TAGS;

pub use block::BlockSize;
pub use head::Head;
pub use layout::{Foot, Layout};
pub use opened::Opened;
pub use writer::Writer;

/// What an entry adds to the volume beside its frame: the share of an index and of a file system, in bytes.
///
/// One constant for every disk, so that the same operations give the same volume everywhere.
pub const OVERHEAD: u64 = 160;

/// The longest head in bytes, key and metadata included.
pub const LONGEST_HEAD: usize = 32 << 20;

/// The bytes of a checksum.
const SUM: usize = 8;

/// The length in bytes of the frame that [`encode`] would make for a body of `body` bytes, without making it.
pub fn length(key: &[u8], meta: &Meta, body: u64) -> u64 {
    let head = fields::Sizes::of(key, meta).head as u64;
    head.saturating_add(Layout::rest(body, BlockSize::DEFAULT))
}

/// What an entry adds to the volume: the [length] of its frame and [`OVERHEAD`].
pub fn weight(key: &[u8], meta: &Meta, body: u64) -> u64 {
    length(key, meta, body).saturating_add(OVERHEAD)
}

/// Tells whether an entry with this key and metadata can be framed.
///
/// Ask before [`encode`], [`Writer::new`] or [`Head::encode`]: they build what they are given, and a head that
/// breaks a limit is refused by whoever reads it.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] for more than [`MOST_TAGS`] tags, or a head longer than [`LONGEST_HEAD`].
pub fn check(key: &[u8], meta: &Meta) -> Result<()> {
    if meta.tags.len() > MOST_TAGS {
        let message = format!("{} tags on one entry, which may have {MOST_TAGS}", meta.tags.len());
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let head = fields::Sizes::of(key, meta).head;
    if head > LONGEST_HEAD {
        let message = format!("key and metadata of {head} bytes, which may be {LONGEST_HEAD}");
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(())
}

/// The frame of an entry whose body is in memory, in blocks of [`BlockSize::DEFAULT`].
pub fn encode(key: &[u8], meta: &Meta, body: &[u8]) -> Bytes {
    encode_in(key, meta, body, BlockSize::DEFAULT)
}

/// The frame of an entry whose body is in memory, in blocks of `block`.
pub fn encode_in(key: &[u8], meta: &Meta, body: &[u8], block: BlockSize) -> Bytes {
    let sizes = fields::Sizes::of(key, meta);
    let rest = Layout::rest(body.len() as u64, block);
    // A frame that memory cannot hold cannot have a body that it holds; the capacity is exact otherwise.
    let capacity = usize::try_from(rest).unwrap_or(0).saturating_add(sizes.head);
    let mut out = Vec::with_capacity(capacity);
    head::write(&mut out, key, meta, block, &sizes);
    let mut blocks = 0;
    for bytes in body.chunks(block.len()) {
        append(&mut out, bytes);
        out.extend_from_slice(&checksum::of_block(meta.nonce, blocks, bytes).to_le_bytes());
        blocks += 1;
    }
    let foot = Foot { body: body.len() as u64, blocks }.words(meta.nonce).map(u64::to_le_bytes);
    out.extend_from_slice(foot.as_flattened());
    // Last, because bytes that were written one by one just now are slow to read together.
    head::seal(&mut out[..sizes.head]);
    Bytes::from(out)
}

/// An entry read from its frame: everything checked.
///
/// ```
/// use larder_core::entry::Meta;
/// use larder_core::frame::{self, Frame};
/// use larder_core::random::Seeded;
/// use larder_core::time::Time;
///
/// let meta = Meta::new(&Seeded::new(1), Time::from_secs(5), "raw".into(), "none".into());
/// let bytes = frame::encode(b"key", &meta, b"body");
/// assert_eq!(bytes.len() as u64, frame::length(b"key", &meta, 4));
///
/// let read = Frame::decode(&bytes)?;
/// assert_eq!((&read.key[..], &read.meta, &read.body[..]), (&b"key"[..], &meta, &b"body"[..]));
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Frame {
    /// The whole key, a slice of the frame.
    pub key: Bytes,
    /// What is known of the entry; shares nothing with the frame.
    pub meta: Meta,
    /// The encoded value: a slice of the frame where it is one block, a copy otherwise.
    pub body: Bytes,
}

impl Frame {
    /// Reads a whole frame and checks every byte of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when bytes are missing, added or changed, [`ErrorKind::Format`] when the frame has
    /// a format version, a seal or a critical field that this version does not know.
    pub fn decode(bytes: &Bytes) -> Result<Self> {
        let opened = Opened::check(bytes, bytes.len() as u64)?;
        // The layout was computed from the length of `bytes`, so its offsets lie inside and fit in `usize`.
        let part = |range: std::ops::Range<u64>| reader::part(bytes, range);
        let layout = opened.layout();
        opened.check_foot(part(layout.foot())?)?;
        let take = |number| layout.check_block(number, part(layout.block(number))?, opened.nonce());
        let body = match layout.blocks() {
            0 => Bytes::new(),
            1 => bytes.slice_ref(take(0)?),
            blocks => {
                let mut body = BytesMut::with_capacity(bytes.len());
                for number in 0..blocks {
                    body.extend_from_slice(take(number)?);
                }
                body.freeze()
            }
        };
        let (key, meta) = opened.head()?;
        Ok(Self { key: bytes.slice_ref(key), meta, body })
    }
}

/// Appends `bytes` in pieces: a longer copy is one instruction of the processor that is slow to begin, and slower where
/// the place is not aligned, as behind a head. 4 KiB take 58 ns in place of 74, 16 KiB 200 in place of 250.
fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    const PIECE: usize = 2048;
    bytes.chunks(PIECE).for_each(|piece| out.extend_from_slice(piece));
}

/// An error for stored bytes that are damaged.
fn corrupt(message: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}
