//! How many bytes lie in each queue.

use crate::eviction::policy::{MOST_QUEUES, Queues};

/// Bytes of volume in each queue. An entry may be counted out twice before it is counted in again, so a sum may be
/// less than nothing for a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Volumes([i64; MOST_QUEUES]);

impl Volumes {
    pub(super) const fn enter(&mut self, queue: usize, size: u64) {
        self.0[queue] = self.0[queue].wrapping_add_unsigned(size);
    }

    pub(super) const fn leave(&mut self, queue: usize, size: u64) {
        self.0[queue] = self.0[queue].wrapping_sub_unsigned(size);
    }

    pub(super) fn queues(&self) -> Queues {
        self.0.map(|sum| u64::try_from(sum).unwrap_or(0))
    }
}
