//! Changes of the shared words: all of them or none, also when the process is killed in between.
//!
//! A change is a word and its new value, so making it twice is making it once. All changes of a step are written down in
//! the head first, then their number, then they are made, then the number is set back to 0. Whoever takes the lock after
//! a holder that died looks at the number: if it is 0 nothing was changed yet, else all of it is made again. It is a redo
//! log (Mohan and others, ARIES, 1992) of one entry, in memory that outlives its process.

use std::sync::atomic::{Ordering, fence};

use crate::fault;
use crate::head::{JOURNAL, MOST_CHANGES};
use crate::tables::{Address, Tables};

/// Writes `changes` down and makes them, in their order. All of their rows are mapped.
pub(crate) fn make(tables: &Tables, changes: &[(Address, u64)]) {
    assert!(changes.len() <= MOST_CHANGES, "a step has more changes than the journal has room for");
    let head = &tables.head;
    let pairs = head.words(JOURNAL + 1, 2 * changes.len());
    for (pair, (address, value)) in pairs.chunks_exact(2).zip(changes) {
        pair[0].store(address.0, Ordering::Relaxed);
        pair[1].store(*value, Ordering::Relaxed);
    }
    // A process that is killed stops between two instructions, and what it stored in program order is there; the fences
    // keep the compiler from changing that order.
    fault::moment();
    head.word(JOURNAL).store(changes.len() as u64, Ordering::Release);
    fence(Ordering::SeqCst);
    tables.apply_all(changes);
    fault::moment();
    head.word(JOURNAL).store(0, Ordering::Release);
}

/// Makes again what a holder of the lock left half made. Says whether there was something.
#[inline]
pub(crate) fn redo(tables: &Tables) -> bool {
    let count = tables.head.load(JOURNAL, Ordering::Acquire);
    count != 0 && redo_all(tables, count)
}

#[cold]
fn redo_all(tables: &Tables, count: u64) -> bool {
    let head = &tables.head;
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(MOST_CHANGES);
    for index in 0..count {
        let address = Address(head.load(JOURNAL + 1 + 2 * index, Ordering::Relaxed));
        tables.apply(address, head.load(JOURNAL + 2 + 2 * index, Ordering::Relaxed));
    }
    head.word(JOURNAL).store(0, Ordering::Release);
    true
}
