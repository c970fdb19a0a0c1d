//! Entries: what a disk keeps under a key.
//!
//! An entry is metadata and a body. The body is bytes, encoded and compressed; below the cache nobody looks
//! into it. How an entry lies on a disk is the business of [`frame`](crate::frame).

mod body;
mod draft;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::disk::Revision;
use crate::random::Random;
use crate::tag::Tag;
use crate::time::Time;

pub use body::{Body, Ranges};
pub use draft::{Draft, Source};

/// The name of a format or a compression, as entries record it.
pub type Name = Cow<'static, str>;

/// Tells one write from every other, a touch included.
///
/// It is drawn at random for each write and never computed from the content: writing equal bytes twice makes
/// two versions. It also tells whose write it was when an answer got lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Aligned as the numbers beside it, so that what holds one is not padded.
#[repr(Rust, packed(8))]
pub struct Version(u128);

impl Version {
    /// Draws a new version.
    pub fn draw(random: &dyn Random) -> Self {
        Self((u128::from(random.next()) << 64) | u128::from(random.next()))
    }

    /// The version with these bits, as a frame carries them.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The bits of this version.
    pub const fn bits(self) -> u128 {
        self.0
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.bits())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Tells the shape of a type apart from another: entries written with another fingerprint are misses.
///
/// ```
/// use larder_core::entry::Fingerprint;
///
/// assert_ne!(Fingerprint::of("user, version 1"), Fingerprint::of("user, version 2"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of a text that the user changes whenever the type changes.
    pub fn of(schema: &str) -> Self {
        let digest = blake3::hash(schema.as_bytes());
        let first = digest.as_bytes().first_chunk().expect("a digest has 32 bytes");
        Self(u64::from_le_bytes(*first))
    }

    /// The fingerprint with these bits, as a frame carries them.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits of this fingerprint.
    pub const fn bits(self) -> u64 {
        self.0
    }
}

/// What is known of an entry beside its key and its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// The write that made this entry what it is; a touch draws a new one.
    pub version: Version,
    /// Binds the blocks of the body to this entry; a touch keeps it.
    pub nonce: u64,
    /// When the value was stored.
    pub stored: Time,
    /// When the entry ceases to live; never, if `None`.
    pub expires: Option<Time>,
    /// Labels to evict by, without duplicates.
    pub tags: Vec<Tag>,
    /// The format of the body, such as `json`.
    pub format: Name,
    /// The compression of the body, such as `zstd`; `none` where it would not have shrunk.
    pub compression: Name,
    /// The shape of the value's type, where one was given.
    pub schema: Option<Fingerprint>,
    /// How long the value took to compute, where that is known.
    pub cost: Option<Duration>,
    /// What the user wants to keep beside the value.
    pub user: BTreeMap<String, Bytes>,
}

impl Meta {
    /// Metadata of a new write: nothing but version, nonce, time and the names of the codec.
    pub fn new(random: &dyn Random, stored: Time, format: Name, compression: Name) -> Self {
        Self {
            version: Version::draw(random),
            nonce: random.next(),
            stored,
            expires: None,
            tags: Vec::new(),
            format,
            compression,
            schema: None,
            cost: None,
            user: BTreeMap::new(),
        }
    }

    /// The nanoseconds that the value took to compute, as a [`Brief`](crate::disk::Brief::cost) tells them: 0 where
    /// unknown, the most that 64 bits hold where it was longer.
    pub fn cost_nanos(&self) -> u64 {
        self.cost.map_or(0, |cost| u64::try_from(cost.as_nanos()).unwrap_or(u64::MAX))
    }

    /// The metadata of this entry after a touch.
    #[must_use]
    pub fn revised(&self, revision: Revision) -> Self {
        Self { version: revision.version, expires: revision.expires, ..self.clone() }
    }

    /// Returns whether the entry is live: see [`Time::is_within`].
    pub fn is_live(&self, now: Time) -> bool {
        self.expires.is_none_or(|expires| now.is_within(self.stored, expires))
    }
}

/// An entry as a disk hands it out: cheap to clone, and never changed by what happens to its key later.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What is known of it.
    pub meta: Arc<Meta>,
    /// Its value, encoded.
    pub body: Body,
}
