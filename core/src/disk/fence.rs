//! Fences: whether a key was invalidated since a computation of its value began.
//!
//! A computation reads a key, takes a [`Fence`], computes, and stores with [`Disk::put_since`](super::Disk::put_since).
//! The condition of that put notices whatever changed the stored entry. The fence notices the rest: an entry that
//! was stored and removed in between, and an invalidation of a key, a tag or a cache where nothing was stored.

use crate::entry::Meta;
use crate::key::{Key, Namespace};
use crate::tag::Tag;

/// The number of places. Two points that share one are invalidated together: a computed value is then not
/// stored though nothing invalidated it.
pub const PLACES: usize = 1024;

/// A moment in the order of the writes of a disk: the number of the last write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub u64);

/// What is invalidated: everything that is computed for it at that moment must not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Invalidation(u64);

impl Invalidation {
    /// The value of one key.
    pub fn key(key: &Key) -> Self {
        Self(key.digest().hash())
    }

    /// All values of a cache.
    pub fn cache(namespace: &Namespace) -> Self {
        Self(namespace.id())
    }

    /// All values of a cache that have this tag.
    pub fn tag(namespace: &Namespace, tag: &Tag) -> Self {
        Self::tag_of(namespace.id(), tag)
    }

    fn tag_of(namespace: u64, tag: &Tag) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&namespace.to_le_bytes()).update(&tag.identity());
        Self(u64::from_le_bytes(*hasher.finalize().as_bytes().first_chunk().expect("a digest has 32 bytes")))
    }

    /// Everything whose invalidation concerns a value with this metadata at `key`.
    pub fn concerning(key: &Key, meta: &Meta) -> Vec<Self> {
        Self::concerning_tags(key, &meta.tags)
    }

    /// Everything whose invalidation concerns a value with these tags at `key`.
    pub fn concerning_tags(key: &Key, tags: &[Tag]) -> Vec<Self> {
        let namespace = key.namespace_id();
        let tags = tags.iter().map(|tag| Self::tag_of(namespace, tag));
        [Self::key(key), Self(namespace)].into_iter().chain(tags).collect()
    }

    /// The hash that a disk files it under.
    pub const fn hash(self) -> u64 {
        self.0
    }

    /// The place of this hash among [`PLACES`].
    pub const fn place_of(hash: u64) -> usize {
        // Less than `PLACES`, so it fits.
        #[expect(clippy::cast_possible_truncation, reason = "less than a thousand places")]
        let place = (hash % PLACES as u64) as usize;
        place
    }
}
