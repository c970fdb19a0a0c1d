//! What a disk tells its books of an entry.

use std::sync::Arc;

use super::Marks;
use crate::entry::{Meta, Version};
use crate::frame;
use crate::key::{Digest, Key};
use crate::tag::Tag;
use crate::time::Time;

/// What a disk knows of an entry that it keeps.
#[derive(Clone, Debug)]
pub struct Found {
    /// The [hash](crate::disk::Brief::hash) of its key.
    pub hash: u64,
    /// Its [weight](crate::frame::weight).
    pub size: u64,
    /// The [id](crate::key::Namespace::id) of its namespace; 0 while the entry is unread.
    pub namespace: u64,
    /// The write that made it what it is; for an unread entry nothing is known of it.
    pub version: Version,
    /// When it was stored; for an unread entry the best guess of the disk.
    pub stored: Time,
    /// When it ceases to live; never, if `None`.
    pub expires: Option<Time>,
    /// Its labels.
    pub tags: Box<[Tag]>,
    /// Nanoseconds that its value took to compute; 0 where unknown.
    pub cost: u64,
    /// The [word](crate::disk::Brief::word) of the policy.
    pub word: u64,
    /// Where readers note hits on it.
    pub marks: Arc<Marks>,
    /// Whether the disk has read the entry; otherwise namespace, version, expiry, tags and cost are unknown.
    pub read: bool,
}

impl Found {
    /// An entry that was just written or read: all of it is known.
    pub fn new(key: &Key, meta: &Meta, size: u64, word: u64) -> Self {
        Self {
            hash: hash(key.digest()),
            size,
            namespace: key.namespace_id(),
            version: meta.version,
            stored: meta.stored,
            expires: meta.expires,
            tags: meta.tags.as_slice().into(),
            cost: meta.cost_nanos(),
            word,
            marks: Arc::new(Marks::new(meta.stored)),
            read: true,
        }
    }

    /// An entry that was only listed: a frame of `length` bytes, last written at about `stored`.
    pub fn unread(digest: &Digest, length: u64, stored: Time) -> Self {
        Self {
            hash: hash(digest),
            size: length.saturating_add(frame::OVERHEAD),
            namespace: 0,
            version: Version::from_bits(0),
            stored,
            expires: None,
            tags: Box::default(),
            cost: 0,
            word: 0,
            marks: Arc::new(Marks::new(stored)),
            read: false,
        }
    }
}

fn hash(digest: &Digest) -> u64 {
    u64::from_le_bytes(*digest.as_bytes().first_chunk().expect("a digest has 32 bytes"))
}
