//! Tags: labels by which entries are evicted together.
//!
//! A tag is text, bytes or a number, and keeps its kind. Its identity is its canonical encoding, the one that
//! keys have, so equal numbers are one tag and text is never bytes.

use std::fmt;

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
use crate::key::{self, Decoder, KeyValue};

/// The most tags that one entry may have.
pub const MOST_TAGS: usize = 64;

/// A label of an entry.
///
/// Integers and floats that are numerically equal are one tag; text and bytes are not.
///
/// ```
/// use larder_core::tag::Tag;
///
/// assert_eq!(Tag::from(1), Tag::float(1.0)?);
/// assert_ne!(Tag::from("a"), Tag::from(&b"a"[..]));
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum Tag {
    /// An integer.
    Integer(i64),
    /// A float; never NaN when made by [`Tag::float`].
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Bytes),
}

impl Tag {
    /// A tag that is a float.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for NaN, which equals nothing.
    pub fn float(value: f64) -> Result<Self> {
        if value.is_nan() {
            return Err(Error::new(ErrorKind::Invalid, "a tag cannot be NaN"));
        }
        Ok(Self::Float(value))
    }

    /// What identifies this tag: its encoding, in which a float that is a 64-bit integer is that integer.
    pub fn identity(&self) -> Vec<u8> {
        match self {
            Self::Float(value) => match integral(*value) {
                Some(integer) => Self::Integer(integer).encode(),
                None => self.encode(),
            },
            _ => self.encode(),
        }
    }

    /// The element that a key of the same value would hold; it keeps the kind, so `1` and `1.0` differ.
    pub fn encode(&self) -> Vec<u8> {
        let encoded = match self {
            Self::Integer(value) => key::encoding(value),
            Self::Float(value) => key::encoding(value),
            Self::Text(value) => key::encoding(value),
            Self::Bytes(value) => key::encoding(value),
        };
        encoded.into_vec()
    }

    /// The tag that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] for bytes that no tag encodes to.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        match Decoder::new(bytes).whole()? {
            KeyValue::Integer(value) => Ok(Self::Integer(value)),
            KeyValue::Float(value) => Ok(Self::Float(value)),
            KeyValue::Text(value) => Ok(Self::Text(value)),
            KeyValue::Bytes(value) => Ok(Self::Bytes(value)),
            _ => Err(Error::new(ErrorKind::Corrupt, "a tag is a number, text or bytes")),
        }
    }

    /// Two bits of 64 that this tag sets in a [`Brief`](crate::disk::Brief): a filter, the entry decides.
    pub fn bits(&self) -> u64 {
        let digest = blake3::hash(&self.identity());
        let [first, second, ..] = *digest.as_bytes();
        (1 << (first & 63)) | (1 << (second & 63))
    }
}

/// The 64-bit integer that `value` is, if it is one.
fn integral(value: f64) -> Option<i64> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within the range is held exactly")]
    (value.fract() == 0.0 && (-BOUND..BOUND).contains(&value)).then_some(value as i64)
}

impl From<i64> for Tag {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Tag {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Tag {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Tag {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Bytes::copy_from_slice(value))
    }
}

impl From<Bytes> for Tag {
    fn from(value: Bytes) -> Self {
        Self::Bytes(value)
    }
}

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Tag {}

impl std::hash::Hash for Tag {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(value) => f.write_str(value),
            Self::Bytes(value) => write!(f, "b\"{}\"", value.escape_ascii()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerically_equal_tags_are_one() {
        assert_eq!(Tag::from(1), Tag::Float(1.0));
        assert_eq!(Tag::from(0), Tag::Float(-0.0));
        assert_eq!(Tag::from(i64::MIN), Tag::Float(-9_223_372_036_854_775_808.0));
        assert_ne!(Tag::from(1), Tag::Float(1.5));
        assert_ne!(Tag::from(i64::MAX), Tag::Float(9_223_372_036_854_775_808.0));
    }

    #[test]
    fn text_bytes_numbers_and_cases_differ() {
        let tags = [Tag::from("1"), Tag::from(&b"1"[..]), Tag::from(1), Tag::from("a"), Tag::from("A")];
        for (at, tag) in tags.iter().enumerate() {
            assert_eq!(tags.iter().position(|other| other == tag), Some(at));
        }
    }

    #[test]
    fn a_tag_comes_back_with_its_kind() {
        for tag in [Tag::from("a\0b"), Tag::from(&b"\0\xFF"[..]), Tag::from(-7), Tag::Float(1.0)] {
            let back = Tag::decode(&tag.encode()).unwrap();
            assert_eq!(format!("{back:?}"), format!("{tag:?}"));
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let nan = Tag::Float(f64::NAN).encode();
        for bytes in [&[][..], &[0x40], &[0x43], &[0x20, b'a'], &[0x20, b'a', 0, 0], &nan] {
            assert_eq!(Tag::decode(bytes).unwrap_err().kind(), ErrorKind::Corrupt, "{bytes:?}");
        }
    }
}
