//! Access data of one stored entry, written beside the read path.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use crate::time::Time;

/// The last access and the number of hits of one write of an entry.
///
/// Readers note hits without any lock. A hit that races with an overwrite is noted on the old write's marks and
/// lost with them; it never counts for another entry.
#[derive(Debug)]
pub struct Marks {
    accessed: AtomicI64,
    hits: AtomicU32,
}

impl Marks {
    /// The marks of an entry that was stored at `stored` and never hit.
    pub const fn new(stored: Time) -> Self {
        Self { accessed: AtomicI64::new(stored.nanos()), hits: AtomicU32::new(0) }
    }

    /// Notes a hit.
    pub fn hit(&self, now: Time) {
        self.note(now, 1);
    }

    /// Notes several hits, the last of them at `at`. The last access never goes back, whatever the clock does: so a
    /// hit never brings an entry nearer to its end.
    pub fn note(&self, at: Time, hits: u32) {
        // Neither number guards other memory, and a count that wraps after 2^32 hits would only look cold. Of two
        // hits at once the earlier may stay: they are a moment apart, and an atomic maximum costs every hit.
        if self.accessed.load(Ordering::Relaxed) < at.nanos() {
            self.accessed.store(at.nanos(), Ordering::Relaxed);
        }
        self.hits.fetch_add(hits, Ordering::Relaxed);
    }

    /// The last hit, or the store.
    pub fn accessed(&self) -> Time {
        Time::from_nanos(self.accessed.load(Ordering::Relaxed))
    }

    /// The number of hits.
    pub fn hits(&self) -> u32 {
        self.hits.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_access_never_goes_back_with_the_clock() {
        let marks = Marks::new(Time::from_secs(10));
        marks.hit(Time::from_secs(3));
        assert_eq!((marks.accessed(), marks.hits()), (Time::from_secs(10), 1));
    }
}
