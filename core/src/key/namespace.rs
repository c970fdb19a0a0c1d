//! Namespaces: whose a key is.
//!
//! The name stands before the value in every key, with its length, so no name reaches into another whatever
//! characters it holds. The bytes are made once for each namespace, not for each key.

use std::fmt;
use std::sync::Arc;

use super::element::VERSION;
use crate::error::{Error, ErrorKind, Result};

/// Keys of larder itself: nothing follows, and no name leads here.
const RESERVED: u8 = 0x00;
/// A name follows.
const NAMED: u8 = 0x01;

/// The name of a cache, as keys hold it; cheap to clone.
///
/// ```
/// use larder_core::key::{Key, Namespace};
///
/// let (users, pages) = (Namespace::named("users"), Namespace::named("pages"));
/// let key = Key::new(&users, &1)?;
/// assert!(key.is_in(&users));
/// assert_ne!(key, Key::new(&pages, &1)?);
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Namespace(Arc<Inner>);

struct Inner {
    name: Option<Box<str>>,
    /// The version and the encoding of the name, with which the keys begin.
    prefix: Box<[u8]>,
    id: u64,
}

impl Namespace {
    /// The namespace of a user's cache. Every text is a name; one longer than 4 GiB makes no keys.
    pub fn named(name: &str) -> Self {
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
        let prefix = [&[VERSION, NAMED][..], &length.to_be_bytes(), name.as_bytes()].concat();
        Self::with(Some(name.into()), prefix)
    }

    /// The namespace of larder's own entries, which no name reaches.
    pub fn reserved() -> Self {
        Self::with(None, vec![VERSION, RESERVED])
    }

    fn with(name: Option<Box<str>>, prefix: Vec<u8>) -> Self {
        let id = id_of(&prefix);
        Self(Arc::new(Inner { name, prefix: prefix.into(), id }))
    }

    /// The name; `None` for the reserved namespace.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// A number that tells namespaces apart where a filter is enough: the first eight bytes, little-endian, of
    /// the BLAKE3 hash of the encoding without its version.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// What the keys begin with.
    pub(super) fn prefix(&self) -> Result<&[u8]> {
        if self.name().is_some_and(|name| u32::try_from(name.len()).is_err()) {
            return Err(Error::new(ErrorKind::Invalid, "the name of a namespace is longer than 4 GiB"));
        }
        Ok(&self.0.prefix)
    }
}

/// The id of the namespace that has this prefix, the version included.
pub(super) fn id_of(prefix: &[u8]) -> u64 {
    let digest = blake3::hash(prefix.get(1..).unwrap_or_default());
    u64::from_le_bytes(*digest.as_bytes().first_chunk().expect("a digest has 32 bytes"))
}

/// Splits the bytes of a key into its version and namespace, the name within, and the value.
pub(super) fn split(key: &[u8]) -> Result<(&[u8], Option<&str>, &[u8])> {
    let corrupt = |message| Error::new(ErrorKind::Corrupt, message);
    let (version, rest) = key.split_first().ok_or_else(|| corrupt("a key without bytes"))?;
    if *version != VERSION {
        return Err(Error::new(ErrorKind::Format, format!("keys of version {version}")));
    }
    let (name, value) = match rest.split_first() {
        Some((&RESERVED, value)) => (None, value),
        Some((&NAMED, rest)) => {
            let ended = || corrupt("a key ends within the name of its namespace");
            let (length, rest) = rest.split_first_chunk().ok_or_else(ended)?;
            let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| ended())?;
            let (name, value) = rest.split_at_checked(length).ok_or_else(ended)?;
            let name = std::str::from_utf8(name)
                .map_err(|cause| corrupt("the name of a namespace is not UTF-8").because(cause))?;
            (Some(name), value)
        }
        _ => return Err(corrupt("a key without a namespace")),
    };
    Ok((key.split_at(key.len() - value.len()).0, name, value))
}

impl PartialEq for Namespace {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Namespace {}

impl std::hash::Hash for Namespace {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.name(), f)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or("(reserved)"))
    }
}
