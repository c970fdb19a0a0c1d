//! Whether this process is a fork of the one that asked.

#![expect(unsafe_code, reason = "a handler for forks can only be set by a foreign function")]

#[cfg(any(test, feature = "testing"))]
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often this process came out of a fork, counted along its ancestors since the first [`Forks::now`].
static FORKS: AtomicU64 = AtomicU64::new(0);

extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Tells a process from the children that it forks, at the price of one load.
///
/// ```
/// use larder_mapping::Forks;
///
/// let opened = Forks::now();
/// assert_eq!(opened, Forks::now(), "the same process");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forks(u64);

impl Forks {
    /// This process. A child that is forked later has another one; a child made without the C library has not.
    pub fn now() -> Self {
        static WATCHED: Once = Once::new();
        WATCHED.call_once(|| {
            // SAFETY: the handler does nothing but count up an atomic, which may be done in a forked child.
            unsafe { libc::pthread_atfork(None, None, Some(forked)) };
        });
        Self(FORKS.load(Ordering::Relaxed))
    }

    /// Whether this is the process still.
    #[inline]
    pub fn is_same(self) -> bool {
        FORKS.load(Ordering::Relaxed) == self.0
    }
}

/// Does `what` in a forked child, and says whether it ended there and was true.
///
/// For tests only. The child has this thread and no other, so what another one holds locked stays locked; after a minute
/// it is killed.
#[cfg(any(test, feature = "testing"))]
pub fn in_a_fork(what: impl FnOnce() -> bool) -> bool {
    // SAFETY: the C library keeps its own locks in order. The child runs what a test gives it, and leaves.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: sets a time for a signal that ends this process.
        unsafe { libc::alarm(60) };
        let was_true = catch_unwind(AssertUnwindSafe(what)).unwrap_or(false);
        // SAFETY: leaves at once, without running anything of the parent's.
        unsafe { libc::_exit(i32::from(!was_true)) };
    }
    let mut status = -1;
    // SAFETY: waits for the child made above; the status is a local number.
    let ended = unsafe { libc::waitpid(child, &raw mut status, 0) };
    ended == child && status == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forked_child_is_another_process() {
        let here = Forks::now();
        assert!(in_a_fork(|| !here.is_same()), "the child knows that it is another");
        assert!(!in_a_fork(|| here.is_same()), "what the child says is heard");
        assert!(here.is_same());
    }
}
