//! How an entry is found: chains of slots, one for each entry or so.
//!
//! The number of chains grows by one at a time (linear hashing: Litwin, VLDB 1980), so no write ever waits for the whole
//! index, and the table of chains only grows at its end. Readers walk without a lock. A slot may be taken out of a chain
//! and put into another under their feet; a walk that comes upon a slot of another chain begins anew, and one that finds
//! nothing is believed only if no chain was split meanwhile.

use std::sync::atomic::{Ordering, fence};

use crate::head::Word;
use crate::hint;
use crate::place::Place;
use crate::section::{Section, condemned};
use crate::slot::{self, Look, Mark, Slot, word};
use crate::tables::{Address, SLOT, Table, Tables};

/// How many chains a new index has: as many as the first chunk of their table holds. Tests of this crate have few, which
/// are soon split.
pub(crate) const FIRST: u64 = if cfg!(test) { 4 } else { 8192 };
/// How often a reader begins anew before it asks for the lock.
const TRIES: u32 = 256;
/// The most slots of a chain. One with more is taken for damaged: it may lead back to itself.
const LONGEST: usize = 4096;
/// The most chains: their number is counted in 31 bits. With more entries than half of it chains become longer.
pub(crate) const MOST: u64 = (1 << 31) - 1;

/// Where the chain of `hash` begins, where there are `chains` of them.
#[inline]
pub(crate) const fn chain_of(hash: u64, chains: u64) -> u64 {
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

/// Looks for `mark` without a lock. `ahead` is told the word of the chain, and with it a [guess](hint) of where the record
/// lies, before the slot is looked at.
#[inline]
pub(crate) fn search(tables: &Tables, mark: Mark, ahead: impl Fn(u64)) -> Search {
    for _ in 0..TRIES {
        match walk(tables, mark, &ahead) {
            Search::Unsure => std::hint::spin_loop(),
            search => return search,
        }
    }
    Search::Unsure
}

#[inline]
fn walk(tables: &Tables, mark: Mark, ahead: &impl Fn(u64)) -> Search {
    let stored = tables.head.load(Word::Shape as usize, Ordering::Acquire);
    // Without chains the index is being rebuilt, or the word is damaged: the lock shows which.
    let shape = Word::Shape.value_in(stored).unwrap_or(0);
    let chains = shape >> 1;
    if chains == 0 {
        return Search::Unsure;
    }
    let number = chain_of(mark.hash, chains);
    // A word that cannot be mapped says nothing.
    let Some(first) = tables.chains.row(number as usize) else { return Search::Unsure };
    let mut next = first.load(0, Ordering::Acquire);
    ahead(next);
    // The bound is also for a chain that is changed again and again.
    for _ in 0..LONGEST {
        let Some(index) = (next as u32).checked_sub(1) else {
            fence(Ordering::Acquire);
            let same = tables.head.load(Word::Shape as usize, Ordering::Relaxed) == stored;
            return if same && shape & 1 == 0 { Search::Nothing } else { Search::Unsure };
        };
        let index = index as usize;
        let Some(row) = tables.slot(index) else { return Search::Unsure };
        let guard = row.load(word::GUARD, Ordering::Acquire);
        let hash = row.load(word::HASH, Ordering::Relaxed);
        next = row.load(word::NEXT, Ordering::Relaxed);
        if hash == mark.hash && (next >> 32) as u32 == mark.more {
            match Slot::look(row) {
                // While the index is rebuilt a slot may hold an older write of the key.
                Look::Slot(slot, guard)
                    if slot.mark == mark
                        && tables.head.load(Word::Shape as usize, Ordering::Relaxed) == stored =>
                {
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

/// The number of the chain of `hash` and the number of chains. `None` if the head is damaged, which condemns the section.
#[inline]
fn chain_in(section: &Section<'_>, hash: u64) -> Option<(u64, u64)> {
    let chains = section.head(section.shape) >> 1;
    if chains == 0 {
        section.condemn("there are no chains");
        return None;
    }
    Some((chain_of(hash, chains), chains))
}

/// Looks for `mark` in a section: what is found, and the word that leads to it.
///
/// A chain that is damaged condemns the section: then nothing is found, and nothing that follows from that is committed.
pub(crate) fn find(section: &Section<'_>, mark: Mark) -> Option<(Found, Address)> {
    let (number, chains) = chain_in(section, mark.hash)?;
    let mut link = chain(number);
    for _ in 0..LONGEST {
        let index = (section.get(link) as u32).checked_sub(1)? as usize;
        let Some(row) = section.tables.slot(index) else {
            section.condemn("a chain leads to a slot that is not there");
            return None;
        };
        // Most slots of a chain are of others: half of one is enough to see that.
        let hash = row.load(word::HASH, Ordering::Relaxed);
        if hash == mark.hash && (row.load(word::NEXT, Ordering::Relaxed) >> 32) as u32 == mark.more {
            let Look::Slot(slot, guard) = Slot::look(row) else {
                section.condemn("a chain leads to a free slot");
                return None;
            };
            if slot.sequence > section.head(Word::Sequence) {
                section.condemn("an entry is of a write that was not made");
                return None;
            }
            return Some((Found { index, slot, guard }, link));
        }
        if chain_of(hash, chains) != number {
            section.condemn("a chain leads to a slot of another chain");
            return None;
        }
        link = slot::address(index, word::NEXT);
    }
    section.condemn("a chain has no end");
    None
}

/// Asks the processor for the word of the chain in which [`find`] will look, and does not wait for it.
pub(crate) fn foresee_chain(tables: &Tables, mark: Mark) {
    let chains = Word::Shape.get(&tables.head) >> 1;
    if chains > 0
        && let Some(word) = tables.chains.row(chain_of(mark.hash, chains) as usize)
    {
        word.prefetch(1);
    }
}

/// Asks the processor for the slot at which [`find`] will look first, and does not wait for it. Nothing comes of what is
/// read here.
pub(crate) fn foresee_slot(tables: &Tables, mark: Mark) {
    let chains = Word::Shape.get(&tables.head) >> 1;
    if chains > 0
        && let Some(index) = (tables.get(chain(chain_of(mark.hash, chains))) as u32).checked_sub(1)
        && let Some(slot) = tables.slot(index as usize)
    {
        slot.prefetch(SLOT);
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

/// Makes the word at `link` lead to `next`. What else is in the word of a slot stays; in that of a chain it is the guess
/// of where the record of `next` lies.
fn lead(section: &mut Section<'_>, link: Address, next: u32) {
    let rest = if link.is_of(Table::Chains) {
        let place = |index| Place::from_word(section.get(slot::address(index as usize, word::PLACE)));
        next.checked_sub(1).and_then(place).map_or(0, hint::of)
    } else {
        section.get(link) & !u64::from(u32::MAX)
    };
    section.set(link, rest | u64::from(next));
}

/// Notes that the record of the slot at `index` is at another place now, in the step in which the slot is written.
pub(crate) fn moved(section: &mut Section<'_>, slot: &Slot, index: usize) {
    let Some((number, _)) = chain_in(section, slot.mark.hash) else { return };
    let first = chain(number);
    let link = index as u64 + 1;
    if section.get(first) & u64::from(u32::MAX) == link {
        section.set(first, hint::of(slot.place) | link);
    }
}

/// Puts a new slot into its chain; where it is.
pub(crate) fn insert(section: &mut Section<'_>, slot: &Slot) -> std::io::Result<usize> {
    let free = section.head(Word::Free);
    let index = match free.checked_sub(1) {
        Some(index) => {
            let index = index as usize;
            require_free(section, index)?;
            let next = section.get(slot::address(index, word::NEXT)) & u64::from(u32::MAX);
            section.set_head(Word::Free, next);
            index
        }
        None => fresh(section)?,
    };
    let (number, _) = chain_in(section, slot.mark.hash).ok_or_else(condemned)?;
    let first = chain(number);
    let next = section.get(first) as u32;
    slot.write(section, index, next);
    section.set(first, hint::of(slot.place) | (index as u64 + 1));
    Ok(index)
}

/// A slot that was never used.
fn fresh(section: &mut Section<'_>) -> std::io::Result<usize> {
    let index = section.head(Word::Used) as usize;
    section.reserve(&section.tables.slots, Word::SlotWords, (index + 1) * SLOT)?;
    require_free(section, index)?;
    section.set_head(Word::Used, index as u64 + 1);
    Ok(index)
}

/// Requires that no entry is in the slot at `index`: else a damaged head would have it overwritten.
fn require_free(section: &Section<'_>, index: usize) -> std::io::Result<()> {
    let is_free = section.tables.slot(index).is_some_and(|row| row.load(word::PLACE, Ordering::Relaxed) == 0);
    if is_free {
        return Ok(());
    }
    section.condemn("a slot that should be free is not");
    Err(condemned())
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
    let (number, _) = chain_in(section, mark.hash)?;
    let mut link = chain(number);
    for _ in 0..LONGEST {
        let at = (section.get(link) as u32).checked_sub(1)? as usize;
        if at == index {
            return Some(link);
        }
        link = slot::address(at, word::NEXT);
    }
    section.condemn("a chain has no end");
    None
}

/// The chains for so many entries: two for each. Then three of four searches look at one slot and no other. A slot is
/// seldom in a cache of the processor, so a second one costs more than the word of a chain.
#[inline]
pub(crate) const fn for_entries(entries: u64) -> u64 {
    entries.saturating_mul(2)
}

/// Splits the chains whose turn it is after a new entry, if there are too few. Each is a step of its own.
pub(crate) fn split(section: &mut Section<'_>) -> std::io::Result<()> {
    // As many as an entry asks for.
    for _ in 0..for_entries(1) {
        let chains = section.head(section.shape) >> 1;
        if for_entries(section.head(Word::Entries)) <= chains || chains == 0 || chains == MOST {
            break;
        }
        split_one(section, chains)?;
    }
    Ok(())
}

/// Splits one chain more than there should be, so that the number of chains is another one. A step of its own.
pub(crate) fn split_once(section: &mut Section<'_>) -> std::io::Result<()> {
    let chains = section.head(section.shape) >> 1;
    split_one(section, chains)
}

/// Splits the chain whose turn it is where there are `chains` of them.
fn split_one(section: &mut Section<'_>, chains: u64) -> std::io::Result<()> {
    section.reserve(&section.tables.chains, Word::ChainWords, chains as usize + 1)?;
    let old = chain_of(chains, chains);
    let mut link = chain(old);
    let Some(stays_whole) = stays_whole(section, old, chains) else {
        // Condemned: the chain is damaged.
        return Ok(());
    };
    if stays_whole {
        // Most have nothing for the new chain: with between a half and one slot in each, six to eight of ten. So no reader
        // can tell when it is done. The new chain is empty as it is, but for damage.
        if section.get(chain(chains)) != 0 {
            section.set(chain(chains), 0);
        }
        section.set_head(section.shape, (chains + 1) << 1);
        let _ = section.commit();
        return Ok(());
    }
    let mut next = section.get(link) as u32;
    let mut moved = 0;
    section.set_head(section.shape, (chains << 1) | 1);
    // Bounded, as the walk before it ended.
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
    lead(section, chain(chains), moved);
    section.set_head(section.shape, (chains + 1) << 1);
    // A chain that cannot be split stays long.
    let _ = section.commit();
    Ok(())
}

/// Whether no slot of chain `old` goes into the one that is the next of `chains`. `None` if the chain is damaged, which
/// condemns the section.
fn stays_whole(section: &Section<'_>, old: u64, chains: u64) -> Option<bool> {
    let mut next = section.get(chain(old)) as u32;
    let mut stays = true;
    for _ in 0..LONGEST {
        let Some(index) = next.checked_sub(1) else { return Some(stays) };
        let hash = section.get(slot::address(index as usize, word::HASH));
        if chain_of(hash, chains) != old {
            break;
        }
        stays &= chain_of(hash, chains + 1) == old;
        next = section.get(slot::address(index as usize, word::NEXT)) as u32;
    }
    section.condemn("a chain is damaged");
    None
}

#[cfg(test)]
mod tests {
    use larder_core::Bytes;
    use larder_core::codec::Format;
    use larder_core::disk::Settings;
    use larder_core::larder::Larder;

    use super::*;
    use crate::{LocalDisk, OpenOptions};

    /// How many chains there are that are not empty. Each of them guesses where the record of its first slot is.
    fn right_guesses(disk: &LocalDisk) -> usize {
        let tables = &disk.inner.tables;
        let newest = Word::Segment.get(&tables.head) as u32;
        let chains = Word::Shape.get(&tables.head) >> 1;
        let firsts = (0..chains).filter_map(|number| {
            let word = tables.get(chain(number));
            Some((word, (word as u32).checked_sub(1)? as usize))
        });
        let guesses = firsts.map(|(word, index)| {
            let place = Place::from_word(tables.get(slot::address(index, word::PLACE))).unwrap();
            assert_eq!(hint::guess(word, newest), Some((place.segment, place.offset)));
        });
        guesses.count()
    }

    #[test]
    fn a_chain_guesses_where_its_first_record_is_through_all_that_happens_to_it() {
        pollster::block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let open =
                || LocalDisk::open_with(directory.path(), OpenOptions::default(), Settings::limited(1 << 20));
            let disk = open().await.unwrap();
            let larder = Larder::open(disk.clone()).await.unwrap();
            let cache = larder.cache("tests").format(Format::Raw).build::<u64, Bytes>().unwrap();
            let mut random = fastrand::Rng::with_seed(11);
            for _ in 0..3000 {
                let key = random.u64(..300);
                if random.u32(..5) == 0 {
                    cache.remove(&key).await.unwrap();
                } else {
                    let value = Bytes::from(vec![1; random.usize(..3000)]);
                    assert!(cache.set(&key, &value).await.unwrap().is_stored());
                }
            }
            assert!(disk.written().moved > 0, "records were moved by cleaning");
            assert!(right_guesses(&disk) > 100, "chains were split");
            drop((cache, larder, disk));
            for name in ["index", "slots", "chains", "segments", "namespaces"] {
                std::fs::remove_file(directory.path().join(name)).unwrap();
            }
            assert!(right_guesses(&open().await.unwrap()) > 100, "the index was made anew");
        });
    }

    #[test]
    fn three_of_four_entries_are_the_first_of_their_chains() {
        pollster::block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let opened =
                LocalDisk::open_with(directory.path(), OpenOptions::default(), Settings::unbounded());
            let disk = opened.await.unwrap();
            let larder = Larder::open(disk.clone()).await.unwrap();
            let cache = larder.cache("tests").format(Format::Raw).build::<u64, Bytes>().unwrap();
            for key in 0..2048 {
                assert!(cache.set(&key, &Bytes::new()).await.unwrap().is_stored());
            }
            assert_eq!(Word::Shape.get(&disk.inner.tables.head) >> 1, 4096);
            let firsts = right_guesses(&disk);
            assert!((1536..1700).contains(&firsts), "{firsts} chains that are not empty");
        });
    }
}
