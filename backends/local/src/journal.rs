//! Changes of the shared words: all of them or none, also when the process is killed in between.
//!
//! A change is a word and its new value, so making it twice is making it once. All changes of a step are written down in
//! the head first, then their number, then they are made, then the number is set back to 0. Whoever takes the lock after
//! a holder that died looks at the number: if it is 0 nothing was changed yet, else all of it is made again. It is a redo
//! log (Mohan and others, ARIES, 1992) of one entry, in memory that outlives its process.
//!
//! The number is packed with its complement: an index in which it is anything else is inconsistent and is rebuilt. The same
//! word marks an index that was found inconsistent in another way.

use std::sync::atomic::{Ordering, fence};

use crate::fault;
use crate::head::{JOURNAL, MOST_CHANGES, pack, unpack};
use crate::tables::{Address, Tables};

/// The number of changes of an index that must be rebuilt. It is not packed.
const CONDEMNED: u64 = u64::MAX;

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
    head.word(JOURNAL).store(pack(changes.len() as u64), Ordering::Release);
    fence(Ordering::SeqCst);
    tables.apply_all(changes);
    fault::moment();
    head.word(JOURNAL).store(0, Ordering::Release);
}

/// Makes the changes that a holder of the lock wrote down and did not complete. Returns whether the index is consistent
/// then: not if it is marked to be rebuilt, or if a change cannot be made. Nothing is made in that case.
#[inline]
pub(crate) fn redo(tables: &Tables) -> bool {
    let count = tables.head.load(JOURNAL, Ordering::Acquire);
    count == 0 || redo_all(tables, count)
}

/// Whether the changes that were written down, if any, can be made.
pub(crate) fn can_be_redone(tables: &Tables) -> bool {
    match tables.head.load(JOURNAL, Ordering::Acquire) {
        0 => true,
        count => left(tables, count).is_some_and(|mut left| left.all(|(address, _)| tables.has(address))),
    }
}

/// Marks the index to be rebuilt, by the holder of the lock.
#[cold]
pub(crate) fn condemn(tables: &Tables) {
    tables.head.word(JOURNAL).store(CONDEMNED, Ordering::Release);
}

/// Whether the index is marked as inconsistent.
pub(crate) fn is_condemned(tables: &Tables) -> bool {
    tables.head.load(JOURNAL, Ordering::Acquire) == CONDEMNED
}

/// Whether no changes are written down, and the index is not marked.
pub(crate) fn is_empty(tables: &Tables) -> bool {
    tables.head.load(JOURNAL, Ordering::Acquire) == 0
}

/// Takes the mark back, and forgets all changes that were written down.
pub(crate) fn clear(tables: &Tables) {
    tables.head.word(JOURNAL).store(0, Ordering::Release);
}

/// The changes that were written down; `None` if `count` is no count of them.
fn left(tables: &Tables, count: u64) -> Option<impl Iterator<Item = (Address, u64)>> {
    let count = unpack(count).map(|count| count as usize).filter(|count| *count <= MOST_CHANGES)?;
    let word = |index| tables.head.load(JOURNAL + index, Ordering::Relaxed);
    Some((0..count).map(move |index| (Address(word(1 + 2 * index)), word(2 + 2 * index))))
}

#[cold]
fn redo_all(tables: &Tables, count: u64) -> bool {
    // All or none: a change that is passed over would leave sums that nothing corrects.
    if !can_be_redone(tables) {
        return false;
    }
    left(tables, count).into_iter().flatten().for_each(|(address, value)| tables.apply(address, value));
    clear(tables);
    true
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
        tables.head.word(JOURNAL).store(pack(changes.len() as u64), Ordering::Relaxed);
        tables
    }

    #[test]
    fn what_is_left_half_made_is_made() {
        let tables = left_by_the_dead(&[(Address::of(Word::Entries), 5), (Address::new(Table::Slots, 3), 6)]);
        assert!(redo(&tables));
        assert_eq!((Word::Entries.get(&tables.head), tables.get(Address::new(Table::Slots, 3))), (5, 6));
        assert_eq!(tables.head.load(JOURNAL, Ordering::Relaxed), 0);
    }

    #[test]
    fn a_journal_that_cannot_be_completed_changes_nothing() {
        let nowhere = Address::new(Table::Slots, 1 << 55);
        let tables = left_by_the_dead(&[(Address::of(Word::Entries), 5), (nowhere, 6)]);
        assert!(!redo(&tables));
        assert!(!can_be_redone(&tables));
        assert_eq!(Word::Entries.get(&tables.head), 0, "half of it was made");
        assert_eq!(tables.head.load(JOURNAL, Ordering::Relaxed), pack(2), "the next holder finds it");
    }

    #[test]
    fn a_damaged_count_changes_nothing() {
        for bit in 0..64 {
            let tables = left_by_the_dead(&[(Address::of(Word::Entries), 5); 3]);
            for damaged in [1 << bit, pack(3) ^ (1 << bit), u64::MAX] {
                tables.head.word(JOURNAL).store(damaged, Ordering::Relaxed);
                assert!(!redo(&tables), "{damaged:x}");
                assert_eq!(Word::Entries.get(&tables.head), 0, "{damaged:x}");
            }
        }
    }
}
