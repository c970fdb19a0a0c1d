//! A slot of the index: what is known of an entry without its record.
//!
//! The first word guards the others (a sequence lock, as in Boehm, "Can seqlocks get along with programming language
//! memory models?", 2012): its upper half is odd while they change and never the same again afterwards. Its lower half
//! counts the hits, so that a hit is counted only if the slot is still the entry that was read.

use std::sync::atomic::{Ordering, fence};

use larder_core::disk::{Brief, Id};
use larder_core::entry::Version;
use larder_core::key::Digest;
use larder_core::time::Time;

use crate::area::Row;
use crate::place::Place;
use crate::section::Section;
use crate::tables::{Address, SLOT, Table};

/// The words of a slot.
pub(crate) mod word {
    pub(crate) const GUARD: usize = 0;
    pub(crate) const HASH: usize = 1;
    /// More of the hash in the upper half, the next slot of the chain and one more in the lower.
    pub(crate) const NEXT: usize = 2;
    pub(crate) const PLACE: usize = 3;
    /// The length of the frame, and how many segments ago an older record of the key may lie.
    pub(crate) const LENGTH: usize = 4;
    pub(crate) const VERSION: usize = 5;
    pub(crate) const STORED: usize = 7;
    pub(crate) const ACCESSED: usize = 8;
    pub(crate) const EXPIRES: usize = 9;
    pub(crate) const INSERTION: usize = 10;
    pub(crate) const SEQUENCE: usize = 11;
    pub(crate) const TAGS: usize = 12;
    pub(crate) const NAMESPACE: usize = 13;
    pub(crate) const COST: usize = 14;
    pub(crate) const WORD: usize = 15;
}

/// An expiry that never comes.
const NEVER: u64 = i64::MAX as u64;
/// The bits of the length of a frame; the others tell the age of the oldest record.
const LENGTH_BITS: u32 = 40;
/// The longest frame that a slot can tell: a tebibyte.
pub(crate) const LONGEST: u64 = (1 << LENGTH_BITS) - 1;
/// An age that says: from the beginning.
const OLDEST: u64 = (1 << (64 - LENGTH_BITS)) - 1;

/// What an entry is found by: the first twelve bytes of the digest of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mark {
    pub(crate) hash: u64,
    pub(crate) more: u32,
}

impl Mark {
    #[inline]
    pub(crate) fn of(digest: &Digest) -> Self {
        let bytes = digest.as_bytes();
        let more = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        Self { hash: digest.hash(), more }
    }
}

/// A slot as it was at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) mark: Mark,
    pub(crate) place: Place,
    /// The bytes of the frame.
    pub(crate) length: u64,
    /// The first segment in which an older record of the key may lie.
    pub(crate) oldest: u32,
    pub(crate) version: u128,
    pub(crate) stored: Time,
    pub(crate) accessed: Time,
    pub(crate) expires: Option<Time>,
    pub(crate) hits: u32,
    pub(crate) insertion: u64,
    pub(crate) sequence: u64,
    pub(crate) tags: u64,
    pub(crate) namespace: u64,
    pub(crate) cost: u64,
    pub(crate) word: u64,
}

/// What a look at a slot shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Look {
    /// The slot, and its guard.
    Slot(Slot, u64),
    /// No entry.
    Free,
    /// It is being changed.
    Changing,
}

/// The address of a word of slot `index`.
#[inline]
pub(crate) const fn address(index: usize, word: usize) -> Address {
    Address::new(Table::Slots, index * SLOT + word)
}

impl Slot {
    /// Looks at a slot without a lock.
    #[inline]
    pub(crate) fn look(row: Row<'_>) -> Look {
        let guard = row.load(word::GUARD, Ordering::Acquire);
        if is_odd(guard) {
            return Look::Changing;
        }
        let slot = Self::load(row, guard);
        fence(Ordering::Acquire);
        let again = row.load(word::GUARD, Ordering::Relaxed);
        // Hits may have been counted meanwhile; the upper half tells whether the rest is whole.
        if turn(again) != turn(guard) {
            return Look::Changing;
        }
        slot.map_or(Look::Free, |slot| Look::Slot(slot, again))
    }

    #[inline]
    fn load(row: Row<'_>, guard: u64) -> Option<Self> {
        let get = |word| row.load(word, Ordering::Relaxed);
        let place = Place::from_word(get(word::PLACE))?;
        let (lengths, expires) = (get(word::LENGTH), get(word::EXPIRES));
        let age = lengths >> LENGTH_BITS;
        Some(Self {
            mark: Mark { hash: get(word::HASH), more: (get(word::NEXT) >> 32) as u32 },
            place,
            length: lengths & LONGEST,
            oldest: if age == OLDEST { 0 } else { place.segment.saturating_sub(age as u32) },
            version: (u128::from(get(word::VERSION + 1)) << 64) | u128::from(get(word::VERSION)),
            stored: Time::from_nanos(get(word::STORED).cast_signed()),
            accessed: Time::from_nanos(get(word::ACCESSED).cast_signed()),
            expires: (expires != NEVER).then(|| Time::from_nanos(expires.cast_signed())),
            hits: guard as u32,
            insertion: get(word::INSERTION),
            sequence: get(word::SEQUENCE),
            tags: get(word::TAGS),
            namespace: get(word::NAMESPACE),
            cost: get(word::COST),
            word: get(word::WORD),
        })
    }

    /// Writes this slot at `index`, before `next` in its chain, in the step of `section`, which changed none of its words
    /// before. A word that is right already is not written again: of an entry that is overwritten that is half of them.
    pub(crate) fn write(&self, section: &mut Section<'_>, index: usize, next: u32) {
        let guard = section.get(address(index, word::GUARD));
        section.set(address(index, word::GUARD), odd_after(guard));
        let age = u64::from(self.place.segment - self.oldest.min(self.place.segment)).min(OLDEST);
        let age = if self.oldest == 0 { OLDEST } else { age };
        let row = section.tables.slot(index);
        let mut set = |word, value| {
            let is_there = row.is_some_and(|row| row.load(word, Ordering::Relaxed) == value);
            debug_assert!(
                !is_there || section.get(address(index, word)) == value,
                "word {word} was changed before"
            );
            if !is_there {
                section.set_beside(address(index, word), value);
            }
        };
        set(word::HASH, self.mark.hash);
        set(word::NEXT, (u64::from(self.mark.more) << 32) | u64::from(next));
        set(word::PLACE, self.place.to_word());
        set(word::LENGTH, (age << LENGTH_BITS) | self.length);
        set(word::VERSION, self.version as u64);
        set(word::VERSION + 1, (self.version >> 64) as u64);
        set(word::STORED, self.stored.nanos().cast_unsigned());
        set(word::ACCESSED, self.accessed.nanos().cast_unsigned());
        set(word::EXPIRES, self.expires.map_or(NEVER, |expires| expires.nanos().cast_unsigned()));
        set(word::INSERTION, self.insertion);
        set(word::SEQUENCE, self.sequence);
        set(word::TAGS, self.tags);
        set(word::NAMESPACE, self.namespace);
        set(word::COST, self.cost);
        set(word::WORD, self.word);
        section.set_beside(address(index, word::GUARD), even_after(guard) | u64::from(self.hits));
    }

    /// Makes the slot at `index` a free one, before `next` among the free ones.
    pub(crate) fn clear(section: &mut Section<'_>, index: usize, next: u32) {
        let guard = section.get(address(index, word::GUARD));
        section.set(address(index, word::GUARD), odd_after(guard));
        section.set(address(index, word::PLACE), 0);
        section.set(address(index, word::NEXT), next.into());
        section.set(address(index, word::GUARD), even_after(guard));
    }

    /// What eviction needs to know of it.
    pub(crate) fn brief(&self, index: usize) -> Brief {
        Brief {
            id: Id(index as u64),
            hash: self.mark.hash,
            version: Version::from_bits(self.version),
            size: self.size(),
            stored: self.stored,
            accessed: self.accessed,
            expires: self.expires,
            hits: self.hits,
            insertion: self.insertion,
            tags: self.tags,
            namespace: self.namespace,
            cost: self.cost,
            word: self.word,
        }
    }

    /// What it adds to the volume.
    #[inline]
    pub(crate) const fn size(&self) -> u64 {
        self.length + larder_core::frame::OVERHEAD
    }
}

/// Notes a hit on the slot that was looked at, if it still is what it was.
#[inline]
pub(crate) fn hit(row: Row<'_>, seen: u64, now: Time, hits: u32) {
    let guard = row.word(word::GUARD);
    let mut current = seen;
    loop {
        let counted = (current & !u64::from(u32::MAX)) | u64::from((current as u32).saturating_add(hits));
        match guard.compare_exchange_weak(current, counted, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => break,
            Err(found) if turn(found) == turn(seen) => current = found,
            Err(_) => return,
        }
    }
    // The last access never goes back. The time that is replaced was this entry's if the slot still is afterwards; so if
    // the slot is given to another entry before it is replaced, the time there is another one, and stays.
    let accessed = row.word(word::ACCESSED);
    let nanos = now.nanos();
    let mut last = accessed.load(Ordering::Relaxed);
    while last.cast_signed() < nanos {
        fence(Ordering::Acquire);
        if turn(guard.load(Ordering::Relaxed)) != turn(seen) {
            return;
        }
        let nanos = nanos.cast_unsigned();
        match accessed.compare_exchange_weak(last, nanos, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return,
            Err(found) => last = found,
        }
    }
}

#[inline]
pub(crate) const fn is_odd(guard: u64) -> bool {
    (guard >> 32) & 1 == 1
}

/// The half of a guard that changes with the slot.
#[inline]
pub(crate) const fn turn(guard: u64) -> u32 {
    (guard >> 32) as u32
}

/// The guard of a slot that is being changed. What a dead process left odd becomes odd again.
const fn odd_after(guard: u64) -> u64 {
    (((turn(guard).wrapping_add(1)) | 1) as u64) << 32
}

/// The guard of the slot once it is changed, without hits.
const fn even_after(guard: u64) -> u64 {
    (((turn(guard).wrapping_add(1)) | 1).wrapping_add(1) as u64) << 32
}
