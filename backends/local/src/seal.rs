//! Verification of the index.
//!
//! The last handle that closes writes a checksum over all words that are used; the first that opens compares it. An index
//! whose process was killed has none: its structure is walked instead. Either failure has the index rebuilt from the log.
//! Both take time in proportion to the index, about 150 bytes an entry: the checksum runs at the speed of memory, the walk
//! waits for memory once an entry.

use std::hash::Hasher;
use std::io;
use std::sync::atomic::Ordering;

use twox_hash::XxHash3_64;

use crate::area::Area;
use crate::chains;
use crate::handles::reserved_word;
use crate::head::{FORMAT, MOST_HANDLES, WORDS, Word, closed};
use crate::log::known;
use crate::slot::{self, Look, Slot, word};
use crate::tables::{Address, NAMESPACE, SEGMENT, SLOT, Table, Tables};

/// Words that are hashed at once.
const PIECE: usize = 8192;

/// The checksum over all used words; `None` if the tables are shorter than the head says.
fn checksum(tables: &Tables) -> Option<u64> {
    let mut hasher = XxHash3_64::with_seed(FORMAT);
    // What changes while the index is closed, and the checksum itself.
    let left_out = [Word::Clean, Word::Seal, Word::Lock, Word::Boot].map(|word| word as usize);
    for index in 0..WORDS {
        let is_left_out = left_out.contains(&index) || index == Word::Boot as usize + 1;
        let word = if is_left_out { 0 } else { tables.head.load(index, Ordering::Relaxed) };
        hasher.write(&word.to_le_bytes());
    }
    let head = &tables.head;
    let used = [
        (&tables.slots, Word::Used.get(head) * SLOT as u64),
        (&tables.chains, Word::Shape.get(head) >> 1),
        (&tables.segments, Word::SegmentRows.get(head) * SEGMENT as u64),
        (&tables.namespaces, Word::Namespaces.get(head) * NAMESPACE as u64),
    ];
    for (table, words) in used {
        hash(table, words, &mut hasher)?;
    }
    Some(hasher.finish())
}

/// Feeds the first `words` words of a table to `hasher`.
fn hash(table: &Area, words: u64, hasher: &mut XxHash3_64) -> Option<()> {
    if table.words().ok()? < words {
        return None;
    }
    let mut bytes = vec![0; PIECE * size_of::<u64>()];
    for from in (0..words as usize).step_by(PIECE) {
        let count = PIECE.min(words as usize - from) * size_of::<u64>();
        // A chunk holds whole pieces, since both are powers of two.
        table.row(from)?.copy_to(&mut bytes[..count])?;
        hasher.write(&bytes[..count]);
    }
    Some(())
}

/// Writes the checksum. The caller excludes all writers of the index.
pub(crate) fn write(tables: &Tables, how: u64) {
    if let Some(sum) = checksum(tables) {
        Word::Seal.put(&tables.head, sum);
        Word::Clean.put(&tables.head, how);
    }
}

/// Whether the checksum of a closed index is right.
pub(crate) fn is_right(tables: &Tables) -> bool {
    checksum(tables) == Some(Word::Seal.get(&tables.head))
}

/// The checksum over the limits and the policy.
pub(crate) fn settings(words: impl Iterator<Item = u64>) -> u64 {
    let mut hasher = XxHash3_64::with_seed(FORMAT);
    words.for_each(|word| hasher.write(&word.to_le_bytes()));
    hasher.finish()
}

/// What is inconsistent in the structure of an index that nobody changes meanwhile; `None` if nothing is.
pub(crate) fn inconsistency(tables: &Tables) -> io::Result<Option<&'static str>> {
    let head = &tables.head;
    let stored = |word: Word| head.load(word as usize, Ordering::Relaxed);
    if Word::PACKED.into_iter().any(|word| word.value_in(stored(word)).is_none()) {
        return Ok(Some("a word of the head is damaged"));
    }
    if !tables.are_whole()? || exceeds(tables) {
        return Ok(Some("a table is shorter than its rows"));
    }
    if !crate::recorded::is_right(tables) {
        return Ok(Some("the settings are damaged"));
    }
    let reserved = (0..MOST_HANDLES).map(|number| head.load(reserved_word(number), Ordering::Relaxed));
    if reserved.fold(0_u64, u64::wrapping_add) != Word::Reserved.get(head) {
        return Ok(Some("the reservations do not add up"));
    }
    let mut numbers: Vec<u32> = known(tables).map(|known| known.number).collect();
    numbers.sort_unstable();
    let is_current = |number: u32| u64::from(number) == Word::Segment.get(head);
    if numbers.windows(2).any(|pair| pair[0] == pair[1])
        || numbers.last().is_some_and(|last| !is_current(*last))
    {
        return Ok(Some("the table of segments is damaged"));
    }
    Ok(walk(tables, &numbers))
}

/// Whether more is used of some table than is reserved.
fn exceeds(tables: &Tables) -> bool {
    let head = &tables.head;
    let used = [
        Word::Used.get(head) * SLOT as u64,
        Word::Shape.get(head) >> 1,
        Word::SegmentRows.get(head) * SEGMENT as u64,
        Word::Namespaces.get(head) * NAMESPACE as u64,
    ];
    let reserved = tables.growing().map(|(_, units)| units.get(head) * crate::area::UNIT as u64);
    used.into_iter().zip(reserved).any(|(used, reserved)| used > reserved)
}

/// Walks all chains and the list of free slots: each slot is in one of them, once.
fn walk(tables: &Tables, segments: &[u32]) -> Option<&'static str> {
    let head = &tables.head;
    let used = Word::Used.get(head) as usize;
    let (chains, is_splitting) = (Word::Shape.get(head) >> 1, Word::Shape.get(head) & 1 == 1);
    if chains == 0 || is_splitting {
        return Some("there are no chains");
    }
    let mut met = vec![0_u64; used.div_ceil(64)];
    // Whether the slot is there, and was not met before.
    let mut meet = |index: usize| {
        let bit = 1 << (index % 64);
        let is_new = index < used && met[index / 64] & bit == 0;
        if is_new {
            met[index / 64] |= bit;
        }
        is_new
    };
    let mut count = 0;
    for number in 0..chains {
        let mut next = tables.get(Address::new(Table::Chains, number as usize)) as u32;
        while let Some(index) = next.checked_sub(1) {
            let index = index as usize;
            if !meet(index) {
                return Some("a chain is damaged");
            }
            let slot = match tables.slot(index).map(Slot::look) {
                Some(Look::Slot(slot, _)) => slot,
                Some(Look::Free) => return Some("a chain leads to a free slot"),
                _ => return Some("a slot is half written"),
            };
            let is_right = chains::chain_of(slot.mark.hash, chains) == number
                && slot.sequence <= Word::Sequence.get(head)
                && slot.insertion <= slot.sequence
                && segments.binary_search(&slot.place.segment).is_ok();
            if !is_right {
                return Some("a slot is damaged");
            }
            count += 1;
            next = tables.get(slot::address(index, word::NEXT)) as u32;
        }
    }
    let mut next = Word::Free.get(head) as u32;
    while let Some(index) = next.checked_sub(1) {
        let index = index as usize;
        if !meet(index) || !matches!(tables.slot(index).map(Slot::look), Some(Look::Free)) {
            return Some("the list of free slots is damaged");
        }
        count += 1;
        next = tables.get(slot::address(index, word::NEXT)) as u32;
    }
    (count != used).then_some("a slot is in no chain")
}

/// Whether the index was closed, so that it has a checksum.
pub(crate) fn is_closed(tables: &Tables) -> bool {
    Word::Clean.get(&tables.head) != closed::NOT
}
