//! The head of a frame: metadata and the whole key, with a checksum of their own.
//!
//! It can be read without the body, and replaced without it: version and expiry change, nonce and blocks stay.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::block::BlockSize;
use super::fields::{self, Sizes};
use super::reader::Reader;
use super::{LONGEST_HEAD, SUM, checksum, corrupt};
use crate::entry::{Meta, Name, Version};
use crate::error::{Error, ErrorKind, Result};
use crate::time::Time;

/// The first bytes of every frame. The first is no text in any encoding.
const MAGIC: [u8; 4] = [0x8A, b'L', b'R', b'D'];
/// The version of the format that this module writes, and the only one that it reads.
const FORMAT_VERSION: u8 = 1;
/// How head, blocks and foot are checked: XXH3. 1 is reserved for keyed BLAKE3.
const SEAL: u8 = 0;
/// No flag has a meaning yet.
const FLAGS: u8 = 0;
/// An expiry that never comes.
const NEVER: i64 = i64::MAX;
/// Where the nonce lies.
const NONCE: usize = 28;
/// The bytes before the fields.
pub(super) const FIXED: usize = 52;

/// The head of a frame.
///
/// ```
/// use larder_core::entry::Meta;
/// use larder_core::frame::Head;
/// use larder_core::random::Seeded;
/// use larder_core::time::Time;
///
/// let mut meta = Meta::new(&Seeded::new(1), Time::from_secs(5), "raw".into(), "none".into());
/// let bytes = Head::encode(b"key", &meta);
/// assert_eq!(Head::length_of(&bytes[..Head::PREFIX])?, bytes.len());
///
/// let head = Head::decode(&bytes)?;
/// assert_eq!(head.meta, meta);
/// meta.expires = Some(Time::from_secs(9));
/// assert_eq!(Head::decode(&head.with(&meta))?.meta.expires, meta.expires);
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Head {
    /// The whole key, a slice of the bytes that were decoded.
    pub key: Bytes,
    /// What is known of the entry; shares nothing with the bytes that were decoded.
    pub meta: Meta,
    /// The size of the blocks that follow.
    pub block: BlockSize,
    /// The bytes of the whole head.
    pub length: usize,
}

impl Head {
    /// The bytes from which [`length_of`](Head::length_of) tells the length of a head.
    pub const PREFIX: usize = 12;

    /// The head of an entry in blocks of [`BlockSize::DEFAULT`].
    pub fn encode(key: &[u8], meta: &Meta) -> Bytes {
        Self::encode_in(key, meta, BlockSize::DEFAULT)
    }

    /// The head of an entry in blocks of `block`.
    pub fn encode_in(key: &[u8], meta: &Meta, block: BlockSize) -> Bytes {
        let sizes = Sizes::of(key, meta);
        let mut out = Vec::with_capacity(sizes.head);
        write(&mut out, key, meta, block, &sizes);
        seal(&mut out);
        Bytes::from(out)
    }

    /// The head that can stand before the same body with other metadata.
    ///
    /// `meta` must have the nonce of this head: the blocks are bound to it.
    pub fn with(&self, meta: &Meta) -> Bytes {
        Self::encode_in(&self.key, meta, self.block)
    }

    /// Whether `bytes` begin with the magic number that starts every frame, of any version. Fewer bytes than the
    /// magic number has count if they begin it; no bytes do not.
    ///
    /// Where a name alone does not prove that larder wrote an object, this does.
    pub fn has_magic(bytes: &[u8]) -> bool {
        let length = bytes.len().min(MAGIC.len());
        length > 0 && bytes[..length] == MAGIC[..length]
    }

    /// The length of the head whose first [`PREFIX`](Head::PREFIX) bytes these are.
    ///
    /// The checksum is not checked yet, only that the length is one that a head can have.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when this is no head, [`ErrorKind::Format`] when it is one of a later version.
    pub fn length_of(prefix: &[u8]) -> Result<usize> {
        Ok(Prefix::read(&mut Reader::new(prefix))?.length)
    }

    /// Reads and checks the head at the start of `bytes`, which may go on behind it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when bytes are missing or changed, [`ErrorKind::Format`] when the head has a format
    /// version, a seal or a critical field that this version does not know.
    pub fn decode(bytes: &Bytes) -> Result<Self> {
        let sealed = Sealed::check(bytes)?;
        let (key, meta, block, length) = (Bytes::new(), sealed.fixed()?, sealed.block, sealed.length);
        let mut head = Self { key, meta, block, length };
        head.key = bytes.slice_ref(sealed.fields(&mut head.meta)?);
        Ok(head)
    }
}

/// A head whose checksum was found right, and whose content was not read yet.
#[derive(Debug)]
pub(super) struct Sealed<'a> {
    pub(super) block: BlockSize,
    pub(super) length: usize,
    pub(super) nonce: u64,
    fixed: &'a [u8; FIXED],
    fields: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// The head at the start of `bytes`.
    #[inline]
    pub(super) fn check(bytes: &'a [u8]) -> Result<Self> {
        let Prefix { block, length } = Prefix::read(&mut Reader::new(bytes))?;
        let sealed = bytes.get(..length).and_then(<[u8]>::split_last_chunk::<SUM>);
        let (head, sum) = sealed.ok_or_else(|| corrupt("the head is cut"))?;
        if checksum::of_head(head) != u64::from_le_bytes(*sum) {
            return Err(corrupt("the head does not match its checksum"));
        }
        let (fixed, fields) = head.split_first_chunk().ok_or_else(|| corrupt("the head is cut"))?;
        let nonce = u64::from_le_bytes(Reader::new(&fixed[NONCE..]).array()?);
        Ok(Self { block, length, nonce, fixed, fields })
    }

    /// Metadata with what has a fixed place; the rest is for [`fields`](Sealed::fields).
    #[inline]
    pub(super) fn fixed(&self) -> Result<Meta> {
        let mut reader = Reader::new(&self.fixed[Head::PREFIX..]);
        Ok(Meta {
            version: Version::from_bits(u128::from_le_bytes(reader.array()?)),
            nonce: u64::from_le_bytes(reader.array()?),
            stored: Time::from_nanos(i64::from_le_bytes(reader.array()?)),
            expires: Some(i64::from_le_bytes(reader.array()?))
                .filter(|at| *at != NEVER)
                .map(Time::from_nanos),
            tags: Vec::new(),
            format: Name::Borrowed(""),
            compression: Name::Borrowed("none"),
            schema: None,
            cost: None,
            user: BTreeMap::new(),
        })
    }

    /// Reads what has no fixed place into `meta`, and gives the key.
    pub(super) fn fields(&self, meta: &mut Meta) -> Result<&'a [u8]> {
        fields::read(self.fields, meta)
    }
}

/// What the first bytes of a head tell.
struct Prefix {
    block: BlockSize,
    length: usize,
}

impl Prefix {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        if reader.array()? != MAGIC {
            return Err(corrupt("no frame begins here"));
        }
        let [version, seal, exponent, flags] = reader.array()?;
        let later = |what: &str, found: u8| {
            let message = format!("the frame has {what} {found}, which this version does not read");
            Error::new(ErrorKind::Format, message)
        };
        if version != FORMAT_VERSION {
            return Err(later("format version", version));
        }
        if seal != SEAL {
            return Err(later("seal", seal));
        }
        if flags != FLAGS {
            return Err(later("flags", flags));
        }
        let block = BlockSize::power_of_two(exponent)
            .map_err(|error| corrupt("the frame has an impossible block size").because(error))?;
        let length = u32::from_le_bytes(reader.array()?) as usize;
        if !(FIXED + SUM..=LONGEST_HEAD).contains(&length) {
            return Err(corrupt("the head has an impossible length"));
        }
        Ok(Self { block, length })
    }
}

/// Makes `out` a head that is not [sealed](seal) yet.
#[inline]
pub(super) fn write(out: &mut Vec<u8>, key: &[u8], meta: &Meta, block: BlockSize, sizes: &Sizes) {
    // A head beyond 4 GiB is far beyond the longest that is read: `check` refuses it, and so does every reader.
    let length = u32::try_from(sizes.head).unwrap_or(u32::MAX);
    let stored = meta.stored.nanos().cast_unsigned();
    let expires = meta.expires.map_or(NEVER, Time::nanos).cast_unsigned();
    let [magic, more] = [MAGIC, [FORMAT_VERSION, SEAL, block.exponent(), FLAGS]].map(u32::from_le_bytes);
    let version = meta.version.bits();
    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    let words = [version as u64, (version >> 64) as u64, meta.nonce, stored, expires].map(u64::to_le_bytes);
    out.clear();
    // Whole words, each written where it will lie: pieces that were written just now are slow to copy together.
    out.extend_from_slice([magic, more, length].map(u32::to_le_bytes).as_flattened());
    out.extend_from_slice(words.as_flattened());
    fields::write(out, key, meta, sizes);
    out.extend_from_slice(&[0; SUM]);
}

/// Writes the checksum of a head to its end.
#[inline]
pub(super) fn seal(head: &mut [u8]) {
    if let Some((head, sum)) = head.split_last_chunk_mut::<SUM>() {
        *sum = checksum::of_head(head).to_le_bytes();
    }
}
