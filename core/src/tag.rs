//! Tags: labels by which entries are evicted together.
//!
//! A tag is text, bytes or a number, and keeps its kind. Its identity is its canonical encoding, the one that
//! keys have, so equal numbers are one tag and text is never bytes.

use std::fmt;

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};

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

    /// Two bits of 64 that this tag sets in a [`Brief`](crate::disk::Brief): a filter, the entry decides.
    pub fn bits(&self) -> u64 {
        let digest = blake3::hash(&self.identity());
        let [first, second, ..] = *digest.as_bytes();
        (1 << (first & 63)) | (1 << (second & 63))
    }
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
