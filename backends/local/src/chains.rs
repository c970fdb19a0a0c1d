//! How an entry is found: chains of slots, one for each entry or so.
//!
//! The number of chains grows by one at a time (linear hashing: Litwin, VLDB 1980), so no write ever waits for the whole
//! index, and the table of chains only grows at its end. Readers walk without a lock. A slot may be taken out of a chain
//! and put into another under their feet; a walk that comes upon a slot of another chain begins anew, and one that finds
//! nothing is believed only if no chain was split meanwhile.

use std::sync::atomic::{Ordering, fence};

use crate::head::Word;
use crate::section::Section;
use crate::slot::{self, Look, Mark, Slot, word};
use crate::tables::{Address, Table, Tables};

/// How many chains a new index has: as many as the first chunk of their table holds. Tests of this crate have few, which
/// are soon split.
pub(crate) const FIRST: u64 = if cfg!(test) { 4 } else { 8192 };
/// How often a reader begins anew before it asks for the lock.
const TRIES: u32 = 256;

/// Where the chain of `hash` begins, where there are `chains` of them.
#[inline]
const fn chain_of(hash: u64, chains: u64) -> u64 {
    let level = chains.ilog2();
    let long = hash & ((2 << level) - 1);
    if long < chains { long } else { hash & ((1 << level) - 1) }
}

#[inline]
const fn chain(number: u64) -> Address {
    Address::new(Table::Chains, number as usize)
}

/// An entry that was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) index: usize,
    pub(crate) slot: Slot,
    /// The guard of the slot when it was looked at.
    pub(crate) guard: u64,
}

/// What a reader without a lock found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Search {
    Found(Found),
    Nothing,
    /// Too much changed meanwhile.
    Unsure,
}

/// Looks for `mark` without a lock.
#[inline]
pub(crate) fn search(tables: &Tables, mark: Mark) -> Search {
    for _ in 0..TRIES {
        match walk(tables, mark) {
            Search::Unsure => std::hint::spin_loop(),
            search => return search,
        }
    }
    Search::Unsure
}

#[inline]
fn walk(tables: &Tables, mark: Mark) -> Search {
    let shape = tables.head.load(Word::Shape as usize, Ordering::Acquire);
    let chains = shape >> 1;
    if chains == 0 {
        return Search::Unsure;
    }
    let number = chain_of(mark.hash, chains);
    let mut next = tables.get(chain(number));
    // A chain is a few slots long; the bound is for one that is changed again and again.
    for _ in 0..4096 {
        let Some(index) = (next as u32).checked_sub(1) else {
            fence(Ordering::Acquire);
            let same = tables.head.load(Word::Shape as usize, Ordering::Relaxed) == shape;
            return if same && shape & 1 == 0 { Search::Nothing } else { Search::Unsure };
        };
        let index = index as usize;
        let Some(row) = tables.slot(index) else { return Search::Unsure };
        let guard = row.load(word::GUARD, Ordering::Acquire);
        let hash = row.load(word::HASH, Ordering::Relaxed);
        next = row.load(word::NEXT, Ordering::Relaxed);
        if hash == mark.hash && (next >> 32) as u32 == mark.more {
            match Slot::look(row) {
                Look::Slot(slot, guard) if slot.mark == mark => {
                    return Search::Found(Found { index, slot, guard });
                }
                _ => return Search::Unsure,
            }
        }
        let is_free = row.load(word::PLACE, Ordering::Relaxed) == 0;
        fence(Ordering::Acquire);
        let again = row.load(word::GUARD, Ordering::Relaxed);
        if is_free
            || slot::is_odd(guard)
            || slot::turn(guard) != slot::turn(again)
            || chain_of(hash, chains) != number
        {
            return Search::Unsure;
        }
    }
    Search::Unsure
}

/// Looks for `mark` in a section: what is found, and the word that leads to it.
pub(crate) fn find(section: &Section<'_>, mark: Mark) -> Option<(Found, Address)> {
    let mut link = chain(chain_of(mark.hash, section.head(Word::Shape) >> 1));
    loop {
        let index = (section.get(link) as u32).checked_sub(1)? as usize;
        let row = section.tables.slot(index)?;
        // Most slots of a chain are of others: half of one is enough to see that.
        if row.load(word::HASH, Ordering::Relaxed) == mark.hash
            && let Look::Slot(slot, guard) = Slot::look(row)
            && slot.mark == mark
        {
            return Some((Found { index, slot, guard }, link));
        }
        link = slot::address(index, word::NEXT);
    }
}

/// What was found in this section, as it is now: beginning a segment may clean another, and move its record.
pub(crate) fn renewed(section: &Section<'_>, found: &Found) -> Found {
    if section.has_moved
        && let Some(Look::Slot(slot, guard)) = section.tables.slot(found.index).map(Slot::look)
    {
        return Found { index: found.index, slot, guard };
    }
    *found
}

/// Makes the word at `link` lead to `next`; what else is in the word stays.
fn lead(section: &mut Section<'_>, link: Address, next: u32) {
    let rest = section.get(link) & !u64::from(u32::MAX);
    section.set(link, rest | u64::from(next));
}

/// Puts a new slot into its chain; where it is.
pub(crate) fn insert(section: &mut Section<'_>, slot: &Slot) -> std::io::Result<usize> {
    let free = section.head(Word::Free);
    let index = match free.checked_sub(1) {
        Some(index) => {
            let next = section.get(slot::address(index as usize, word::NEXT)) & u64::from(u32::MAX);
            section.set_head(Word::Free, next);
            index as usize
        }
        None => fresh(section)?,
    };
    let first = chain(chain_of(slot.mark.hash, section.head(Word::Shape) >> 1));
    let next = section.get(first) as u32;
    slot.write(section, index, next);
    section.set(first, index as u64 + 1);
    Ok(index)
}

/// A slot that was never used.
fn fresh(section: &mut Section<'_>) -> std::io::Result<usize> {
    use crate::tables::SLOT;
    let index = section.head(Word::Used) as usize;
    section.reserve(&section.tables.slots, Word::SlotWords, (index + 1) * SLOT)?;
    section.set_head(Word::Used, index as u64 + 1);
    Ok(index)
}

/// Takes the slot that `link` leads to out of its chain and makes it a free one.
pub(crate) fn remove(section: &mut Section<'_>, index: usize, link: Address) {
    let next = section.get(slot::address(index, word::NEXT)) as u32;
    lead(section, link, next);
    let free = section.head(Word::Free) as u32;
    Slot::clear(section, index, free);
    section.set_head(Word::Free, index as u64 + 1);
}

/// The word that leads to the slot at `index` in the chain of `mark`.
pub(crate) fn link_to(section: &Section<'_>, mark: Mark, index: usize) -> Option<Address> {
    let mut link = chain(chain_of(mark.hash, section.head(Word::Shape) >> 1));
    loop {
        let at = (section.get(link) as u32).checked_sub(1)? as usize;
        if at == index {
            return Some(link);
        }
        link = slot::address(at, word::NEXT);
    }
}

/// The chains for so many entries: two for each. Then three of four searches look at one slot and no other. A slot is
/// seldom in a cache of the processor, so a second one costs more than the word of a chain.
#[inline]
pub(crate) const fn for_entries(entries: u64) -> u64 {
    2 * entries
}

/// Splits the chains whose turn it is after a new entry, if there are too few. Each is a step of its own.
pub(crate) fn split(section: &mut Section<'_>) -> std::io::Result<()> {
    // As many as an entry asks for.
    for _ in 0..for_entries(1) {
        let chains = section.head(Word::Shape) >> 1;
        if for_entries(section.head(Word::Entries)) <= chains {
            break;
        }
        split_one(section, chains)?;
    }
    Ok(())
}

/// Splits the chain whose turn it is where there are `chains` of them.
fn split_one(section: &mut Section<'_>, chains: u64) -> std::io::Result<()> {
    section.reserve(&section.tables.chains, Word::ChainWords, chains as usize + 1)?;
    let old = chain_of(chains, chains);
    let mut link = chain(old);
    let mut next = section.get(link) as u32;
    let mut moved = 0;
    section.set_head(Word::Shape, (chains << 1) | 1);
    while let Some(index) = next.checked_sub(1) {
        let own = slot::address(index as usize, word::NEXT);
        let hash = section.get(slot::address(index as usize, word::HASH));
        let after = section.get(own) as u32;
        if chain_of(hash, chains + 1) == old {
            lead(section, link, next);
            link = own;
        } else {
            lead(section, own, moved);
            moved = next;
        }
        next = after;
    }
    lead(section, link, 0);
    section.set(chain(chains), moved.into());
    section.set_head(Word::Shape, (chains + 1) << 1);
    // A chain that cannot be split stays long.
    let _ = section.commit();
    Ok(())
}
