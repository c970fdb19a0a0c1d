//! Whether the files of a disk still have names.
//!
//! A look is a system call and costs as much as a write, so one is taken once in a while: what is written in the moment
//! after somebody removed the directory is lost with it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long after the directory was removed a write may still be reported stored.
const WHILE: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(crate) struct Watch {
    began: Instant,
    /// When the last look was taken, in nanoseconds since.
    looked: AtomicU64,
}

impl Default for Watch {
    fn default() -> Self {
        Self { began: Instant::now(), looked: AtomicU64::new(0) }
    }
}

impl Watch {
    /// Whether it is time for a look; who is told so takes it.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        let now = self.began.elapsed().as_nanos() as u64;
        let is_due = now.saturating_sub(self.looked.load(Ordering::Relaxed)) > WHILE.as_nanos() as u64;
        if is_due {
            self.looked.store(now, Ordering::Relaxed);
        }
        is_due
    }

    /// Lets the next one who asks look again: what is gone stays gone.
    pub(crate) fn look_again(&self) {
        self.looked.store(0, Ordering::Relaxed);
    }
}
