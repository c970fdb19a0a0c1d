//! An entry in the map.

use std::sync::Arc;

use bytes::Bytes;
use larder_core::books::Marks;
use larder_core::disk::Access;
use larder_core::entry::{Body, Entry, Meta};

/// An entry as the map holds it and hands it out. Never changed: a write puts another one in its place.
///
/// It is three pointers side by side, so that a hit need not follow one more.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) meta: Arc<Meta>,
    pub(crate) body: Bytes,
    pub(crate) marks: Arc<Marks>,
}

impl Kept {
    /// Hands the entry out, and notes the hit if it lives.
    pub(crate) fn entry(self, access: Access) -> Entry {
        if let Access::Hit(now) = access
            && self.meta.is_live(now)
        {
            self.marks.hit(now);
        }
        Entry { meta: self.meta, body: Body::Whole(self.body) }
    }
}
