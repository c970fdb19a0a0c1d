//! The fields of a head: what has no fixed length, or is not always there.
//!
//! Each is an id, a length and bytes, in ascending order of ids and each at most once. A reader skips an id below
//! 128 that it does not know and refuses one from 128 on, so later versions can add both kinds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::head::FIXED;
use super::reader::{Reader, number_size, write_number, write_prefixed};
use super::{SUM, corrupt};
use crate::entry::{Fingerprint, Meta, Name};
use crate::error::{Error, ErrorKind, Result};
use crate::tag::{MOST_TAGS, Tag};

const KEY: u8 = 1;
const FORMAT: u8 = 2;
const COMPRESSION: u8 = 3;
const TAGS: u8 = 4;
const USER: u8 = 5;
const SCHEMA: u8 = 6;
const COST: u8 = 7;
/// From here on a reader must know the field.
const CRITICAL: u8 = 128;

/// The compression that is not recorded.
const NO_COMPRESSION: &str = "none";

/// Names that come back without an allocation.
const KNOWN: [&str; 8] = ["raw", "json", NO_COMPRESSION, "zstd", "lz4", "messagepack", "postcard", "bincode"];

/// The sizes of a head that is about to be written, and what had to be encoded to know them.
#[derive(Debug)]
pub(super) struct Sizes {
    /// The bytes of the whole head.
    pub(super) head: usize,
    tags: Vec<Vec<u8>>,
    tags_size: usize,
    user_size: usize,
}

impl Sizes {
    #[inline]
    pub(super) fn of(key: &[u8], meta: &Meta) -> Self {
        let mut sizes = Self { head: FIXED + SUM, tags: Vec::new(), tags_size: 0, user_size: 0 };
        sizes.head += field_size(key.len()) + field_size(meta.format.len());
        if meta.compression != NO_COMPRESSION {
            sizes.head += field_size(meta.compression.len());
        }
        if !meta.tags.is_empty() {
            sizes.tags = meta.tags.iter().map(Tag::encode).collect();
            let encoded = sizes.tags.iter().map(|tag| prefixed_size(tag));
            sizes.tags_size = number_size(meta.tags.len() as u64) + encoded.sum::<usize>();
            sizes.head += field_size(sizes.tags_size);
        }
        if !meta.user.is_empty() {
            let pairs =
                meta.user.iter().map(|(name, value)| prefixed_size(name.as_bytes()) + prefixed_size(value));
            sizes.user_size = number_size(meta.user.len() as u64) + pairs.sum::<usize>();
            sizes.head += field_size(sizes.user_size);
        }
        sizes.head += field_size(8) * (usize::from(meta.schema.is_some()) + usize::from(meta.cost.is_some()));
        sizes
    }
}

fn prefixed_size(bytes: &[u8]) -> usize {
    number_size(bytes.len() as u64) + bytes.len()
}

fn field_size(length: usize) -> usize {
    1 + number_size(length as u64) + length
}

/// Appends the fields of an entry.
#[inline]
pub(super) fn write(out: &mut Vec<u8>, key: &[u8], meta: &Meta, sizes: &Sizes) {
    write_field(out, KEY, key);
    write_field(out, FORMAT, meta.format.as_bytes());
    if meta.compression != NO_COMPRESSION {
        write_field(out, COMPRESSION, meta.compression.as_bytes());
    }
    if !sizes.tags.is_empty() {
        out.push(TAGS);
        write_number(out, sizes.tags_size as u64);
        write_number(out, sizes.tags.len() as u64);
        sizes.tags.iter().for_each(|tag| write_prefixed(out, tag));
    }
    if !meta.user.is_empty() {
        out.push(USER);
        write_number(out, sizes.user_size as u64);
        write_number(out, meta.user.len() as u64);
        for (name, value) in &meta.user {
            write_prefixed(out, name.as_bytes());
            write_prefixed(out, value);
        }
    }
    if let Some(schema) = meta.schema {
        write_field(out, SCHEMA, &schema.bits().to_le_bytes());
    }
    if let Some(cost) = meta.cost {
        // 584 years of computing are told as just that.
        write_field(out, COST, &u64::try_from(cost.as_nanos()).unwrap_or(u64::MAX).to_le_bytes());
    }
}

#[inline]
fn write_field(out: &mut Vec<u8>, id: u8, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        // Nearly all: id and length are two bytes.
        Ok(length) if length < 0x80 => {
            out.extend_from_slice(&[id, length]);
            out.extend_from_slice(bytes);
        }
        _ => {
            out.push(id);
            write_prefixed(out, bytes);
        }
    }
}

/// Reads the fields of a head into `meta`, and gives the key.
pub(super) fn read<'a>(bytes: &'a [u8], meta: &mut Meta) -> Result<&'a [u8]> {
    let mut fields = Reader::new(bytes);
    let (mut key, mut format, mut last) = (None, None, 0);
    while !fields.is_empty() {
        let id = fields.byte()?;
        if id <= last {
            return Err(corrupt("fields of the head are out of order"));
        }
        last = id;
        let field = fields.prefixed()?;
        match id {
            KEY => key = Some(field),
            FORMAT => format = Some(name(field)?),
            COMPRESSION => meta.compression = name(field)?,
            TAGS => meta.tags = tags(field)?,
            USER => meta.user = user(field)?,
            SCHEMA => meta.schema = Some(Fingerprint::from_bits(word(field)?)),
            COST => meta.cost = Some(Duration::from_nanos(word(field)?)),
            CRITICAL.. => {
                let message = format!("field {id} of the head is of a later version");
                return Err(Error::new(ErrorKind::Format, message));
            }
            _ => {}
        }
    }
    meta.format = format.ok_or_else(|| corrupt("the head names no format"))?;
    key.ok_or_else(|| corrupt("the head has no key"))
}

fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| corrupt("a name in the head is not text").because(error))
}

fn name(bytes: &[u8]) -> Result<Name> {
    match KNOWN.into_iter().find(|known| known.as_bytes() == bytes) {
        Some(known) => Ok(Cow::Borrowed(known)),
        None => Ok(Cow::Owned(text(bytes)?.to_owned())),
    }
}

fn word(bytes: &[u8]) -> Result<u64> {
    bytes.try_into().map(u64::from_le_bytes).map_err(|_| corrupt("a number in the head has not 8 bytes"))
}

fn tags(bytes: &[u8]) -> Result<Vec<Tag>> {
    let mut reader = Reader::new(bytes);
    let count = reader.number()?;
    if count > MOST_TAGS as u64 {
        return Err(corrupt("too many tags"));
    }
    let mut tags = Vec::new();
    for _ in 0..count {
        let tag = reader.prefixed()?;
        tags.push(Tag::decode(tag).map_err(|error| corrupt("a tag is damaged").because(error))?);
    }
    ended(&reader)?;
    Ok(tags)
}

fn user(bytes: &[u8]) -> Result<BTreeMap<String, Bytes>> {
    let mut reader = Reader::new(bytes);
    let mut user = BTreeMap::new();
    for _ in 0..reader.number()? {
        let name = text(reader.prefixed()?)?;
        if user.last_key_value().is_some_and(|(last, _): (&String, _)| last.as_str() >= name) {
            return Err(corrupt("user metadata is out of order"));
        }
        // A copy: metadata may be kept for long, and a slice would keep the body in memory with it.
        user.insert(name.to_owned(), Bytes::copy_from_slice(reader.prefixed()?));
    }
    ended(&reader)?;
    Ok(user)
}

fn ended(reader: &Reader<'_>) -> Result<()> {
    if reader.is_empty() { Ok(()) } else { Err(corrupt("a field of the head is longer than its content")) }
}
