//! One writer at a time at a key, within the process.
//!
//! Most writes are one step in a section and need no place. One that waits, for room or for the rest of a stream, takes
//! the place of its key: other writers of the key wait, and evictions leave its old entry alone.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use event_listener::Event;

use crate::slot::Mark;

#[derive(Debug, Default)]
pub(crate) struct Writers {
    held: Mutex<HashSet<Mark>>,
    /// How many are held: nobody asks for the set while there are none.
    count: AtomicUsize,
    let_go: Event,
}

/// The place of a key. It is given up when it is dropped.
#[derive(Debug)]
pub(crate) struct Writing<'a> {
    writers: &'a Writers,
    mark: Mark,
}

impl Writers {
    fn held(&self) -> MutexGuard<'_, HashSet<Mark>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody has the place of `mark`.
    #[inline]
    pub(crate) fn is_held(&self, mark: Mark) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.held().contains(&mark)
    }

    /// Takes the place of `mark`, waiting for whoever has it.
    pub(crate) async fn take(&self, mark: Mark) -> Writing<'_> {
        loop {
            let listener = {
                let mut held = self.held();
                if held.insert(mark) {
                    self.count.store(held.len(), Ordering::Release);
                    return Writing { writers: self, mark };
                }
                self.let_go.listen()
            };
            listener.await;
        }
    }

    /// Waits until nobody has the place of `mark`.
    pub(crate) async fn wait(&self, mark: Mark) {
        while self.is_held(mark) {
            let listener = self.let_go.listen();
            if self.is_held(mark) {
                listener.await;
            }
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let mut held = self.writers.held();
        held.remove(&self.mark);
        self.writers.count.store(held.len(), Ordering::Release);
        drop(held);
        self.writers.let_go.notify(usize::MAX);
    }
}
