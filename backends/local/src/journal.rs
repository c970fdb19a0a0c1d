//! Changes of the shared words: all of them or none, also when the process is killed in between.
//!
//! A change is a word and its new value, so making it twice is making it once. All changes of a step are written down in
//! the head first, then their number, then they are made, then the number is set back to 0. Whoever takes the lock after
//! a holder that died looks at the number: if it is 0 nothing was changed yet, else all of it is made again. It is a redo
//! log (Mohan and others, ARIES, 1992) of one entry, in memory that outlives its process.

use std::io;
use std::sync::atomic::{Ordering, fence};

use crate::fault;
use crate::head::{JOURNAL, MOST_CHANGES};
use crate::tables::{Address, Tables};

/// Writes `changes` down and makes them, in their order. All of their rows are mapped.
pub(crate) fn make(tables: &Tables, changes: &[(Address, u64)]) {
    assert!(changes.len() <= MOST_CHANGES, "a step has more changes than the journal has room for");
    if let [(address, value)] = changes {
        // One word is made or not by itself.
        fault::moment();
        tables.apply(*address, *value);
        fault::moment();
        return;
    }
    let head = &tables.head;
    let (pairs, _) = head.words(JOURNAL + 1, 2 * changes.len()).as_chunks();
    for ([place, new], (address, value)) in pairs.iter().zip(changes) {
        place.store(address.0, Ordering::Relaxed);
        new.store(*value, Ordering::Relaxed);
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

/// Makes again what a holder of the lock left half made.
///
/// # Errors
///
/// A word of it cannot be mapped: nothing is made, and the next holder of the lock tries it again.
#[inline]
pub(crate) fn redo(tables: &Tables) -> io::Result<()> {
    let count = tables.head.load(JOURNAL, Ordering::Acquire);
    if count == 0 { Ok(()) } else { redo_all(tables, count) }
}

/// Whether what is left half made, if anything is, can be made again.
pub(crate) fn can_be_redone(tables: &Tables) -> bool {
    left(tables, tables.head.load(JOURNAL, Ordering::Acquire)).all(|(address, _)| tables.has(address))
}

/// The changes that were written down.
fn left(tables: &Tables, count: u64) -> impl Iterator<Item = (Address, u64)> {
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(MOST_CHANGES);
    let word = |index| tables.head.load(JOURNAL + index, Ordering::Relaxed);
    (0..count).map(move |index| (Address(word(1 + 2 * index)), word(2 + 2 * index)))
}

#[cold]
fn redo_all(tables: &Tables, count: u64) -> io::Result<()> {
    // All or none: a change that is passed over would leave sums that nobody mends.
    if !can_be_redone(tables) {
        return Err(io::Error::other(
            "what a dead writer began is in a part of the index that cannot be mapped",
        ));
    }
    left(tables, count).for_each(|(address, value)| tables.apply(address, value));
    tables.head.word(JOURNAL).store(0, Ordering::Release);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Word;
    use crate::tables::Table;

    /// Tables in which a writer died with these changes written down.
    fn left_by_the_dead(changes: &[(Address, u64)]) -> Tables {
        let tables = Tables::in_memory().unwrap();
        for (index, (address, value)) in changes.iter().enumerate() {
            tables.head.word(JOURNAL + 1 + 2 * index).store(address.0, Ordering::Relaxed);
            tables.head.word(JOURNAL + 2 + 2 * index).store(*value, Ordering::Relaxed);
        }
        tables.head.word(JOURNAL).store(changes.len() as u64, Ordering::Relaxed);
        tables
    }

    #[test]
    fn what_is_left_half_made_is_made() {
        let tables = left_by_the_dead(&[(Address::of(Word::Entries), 5), (Address::new(Table::Slots, 3), 6)]);
        redo(&tables).unwrap();
        assert_eq!((Word::Entries.get(&tables.head), tables.get(Address::new(Table::Slots, 3))), (5, 6));
        assert_eq!(tables.head.load(JOURNAL, Ordering::Relaxed), 0);
    }

    #[test]
    fn what_cannot_be_mapped_is_left_whole_to_the_next() {
        let nowhere = Address::new(Table::Slots, 1 << 55);
        let tables = left_by_the_dead(&[(Address::of(Word::Entries), 5), (nowhere, 6)]);
        assert!(redo(&tables).is_err());
        assert!(!can_be_redone(&tables));
        assert_eq!(Word::Entries.get(&tables.head), 0, "half of it was made");
        assert_eq!(tables.head.load(JOURNAL, Ordering::Relaxed), 2, "the next holder finds it");
    }
}
