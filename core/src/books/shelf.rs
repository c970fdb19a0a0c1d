//! The entries in the books: one slot each, found by identity, kept in order of insertion.

use std::collections::VecDeque;
use std::sync::Arc;

use super::index::Index;
use super::ledger::{Ledger, Reserve};
use super::stored::Stored;
use super::table::Table;
use super::{Found, Identity, Lack, Marks};
use crate::disk::{Brief, Fate, Fence, Id, Invalidation, Note, PLACES, Put, Replaced, Settings, Victim};
use crate::entry::Version;
use crate::time::Time;

/// How many counts of removals there are: a removal of one entry in so many looks like one of another.
const REMOVALS: usize = 256;
/// How many writes are remembered by number.
const RECENT: usize = 4096;

#[derive(Debug)]
pub(super) struct Shelf<I> {
    pub(super) ledger: Ledger,
    pub(super) slots: Vec<Slot<I>>,
    pub(super) index: Index,
    /// Insertion numbers and slots in order; places that were given up since are skipped and swept now and then.
    pub(super) order: Vec<(u64, u32)>,
    /// The number of the last write; an entry's first write gives it its insertion number.
    pub(super) last: u64,
    /// The last writes, by number.
    pub(super) recent: VecDeque<(u64, u32)>,
    pub(super) table: Table,
    /// The number of the last invalidation at each place.
    fences: Box<[u64]>,
    /// How many removals there were, by a part of the hash of the identity.
    removals: [u64; REMOVALS],
    free: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Slot<I> {
    pub(super) identity: Option<I>,
    pub(super) stored: Option<Stored>,
    /// How often the slot was given away again: an id of an earlier entry finds nothing.
    generation: u32,
    /// Somebody has the writers' place.
    taken: bool,
    /// Somebody waits for it.
    awaited: bool,
}

/// Why a victim cannot be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It was hit since it was surveyed.
    Hit,
    /// Somebody is writing it.
    Busy,
    /// It is gone, or was written since.
    Absent,
}

impl<I> Slot<I> {
    /// The entry in this slot, the `number`th, as it is now.
    pub(super) fn brief(&self, number: u32) -> Option<Brief> {
        self.stored.as_ref().map(|stored| stored.brief(id(number, self.generation)))
    }
}

/// What is stored, each with the number of its slot.
pub(super) fn entries<I>(slots: &[Slot<I>]) -> impl Iterator<Item = (u32, &Stored)> {
    (0..).zip(slots).filter_map(|(number, slot)| Some((number, slot.stored.as_ref()?)))
}

impl<I: Identity> Shelf<I> {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            ledger: Ledger::new(settings),
            slots: Vec::new(),
            index: Index::default(),
            order: Vec::new(),
            last: 0,
            recent: VecDeque::new(),
            table: Table::default(),
            fences: vec![0; PLACES].into(),
            removals: [0; REMOVALS],
            free: Vec::new(),
        }
    }

    pub(super) fn enter(&mut self, identity: &I, found: Found) -> Id {
        let id = self.slot(identity);
        let _ = self.store(id, found);
        id
    }

    pub(super) fn learn(&mut self, id: Id, mut found: Found) {
        let Some(stored) = self.stored(id) else { return };
        if stored.is_unread() {
            // Hits that were noted while nothing else was known still count.
            found.marks = Arc::clone(&stored.marks);
            let _ = self.store(id, found);
        }
    }

    pub(super) fn find(&self, id: Id) -> Option<(I, Version)> {
        let slot =
            self.slots.get(slot_of(id) as usize).filter(|slot| slot.generation == generation_of(id))?;
        Some((slot.identity.clone()?, slot.stored.as_ref()?.version))
    }

    pub(super) fn look(&self, identity: &I) -> Option<Brief> {
        let slot = self.table.find(&self.slots, identity)?;
        self.slots[slot as usize].brief(slot)
    }

    pub(super) fn marks(&self, identity: &I) -> Option<&Marks> {
        let slot = self.table.find(&self.slots, identity)?;
        self.slots[slot as usize].stored.as_ref().map(|stored| &*stored.marks)
    }

    /// The writers' place at `identity`, or `None` while somebody has it.
    pub(super) fn take_place(&mut self, identity: &I) -> Option<Id> {
        let id = self.slot(identity);
        let slot = &mut self.slots[slot_of(id) as usize];
        slot.awaited |= slot.taken;
        if std::mem::replace(&mut slot.taken, true) { None } else { Some(id) }
    }

    /// Takes the writers' place at `victim`, if it may go.
    #[inline]
    pub(super) fn claim(&mut self, victim: &Victim) -> Result<I, Obstacle> {
        let slot = self.slots.get_mut(slot_of(victim.id) as usize);
        let slot = slot.filter(|slot| slot.generation == generation_of(victim.id)).ok_or(Obstacle::Absent)?;
        let (Some(stored), Some(identity)) = (&slot.stored, &slot.identity) else {
            return Err(Obstacle::Absent);
        };
        if stored.version != victim.version {
            return Err(Obstacle::Absent);
        }
        if slot.taken {
            return Err(Obstacle::Busy);
        }
        let seen = (stored.marks.accessed(), stored.marks.hits());
        if victim.unless_hit.is_some_and(|known| known != seen) {
            return Err(Obstacle::Hit);
        }
        slot.taken = true;
        Ok(identity.clone())
    }

    /// What becomes of a victim that cannot be claimed.
    pub(super) fn fate(&self, id: Id, obstacle: Obstacle) -> Fate {
        match obstacle {
            Obstacle::Busy => Fate::Busy,
            Obstacle::Absent => Fate::Absent,
            Obstacle::Hit => self.brief(id).map_or(Fate::Absent, Fate::Changed),
        }
    }

    pub(super) fn record(&mut self, note: &Note) {
        match *note {
            Note::Hits { id, version, at, hits } => {
                if let Some(stored) = self.stored(id).filter(|stored| stored.version == version) {
                    stored.marks.note(at, hits);
                }
            }
            Note::Word { id, version, word } => {
                if let Some(stored) = self.stored(id).filter(|stored| stored.version == version) {
                    stored.word = word;
                }
            }
        }
    }

    pub(super) fn brief(&self, id: Id) -> Option<Brief> {
        self.slots[slot_of(id) as usize].brief(slot_of(id))
    }

    pub(super) fn reserve(&mut self, id: Id, held: &mut Reserve, size: u64) -> Result<(), Lack> {
        let old = self.slots[slot_of(id) as usize].stored.as_ref().map(Stored::share);
        self.ledger.reserve(held, size, old)
    }

    /// Enters what is now stored in the slot; the answer to the put.
    pub(super) fn store(&mut self, id: Id, found: Found) -> Put {
        let old = self.unlink(id, |old| old.brief(id));
        let number = self.wrote(id);
        let insertion = old.map_or(number, |old| old.insertion);
        if old.is_none() {
            self.order.push((number, slot_of(id)));
        }
        let stored = self.slots[slot_of(id) as usize].stored.insert(Stored::new(insertion, found));
        self.ledger.add(stored.share());
        self.index.enter((insertion, slot_of(id)), stored.indexed());
        Put::Stored { brief: stored.brief(id), replaced: old.map_or(Replaced::Nothing, Replaced::Entry) }
    }

    /// Gives the entry in the slot another version and expiry.
    pub(super) fn revise(&mut self, id: Id, version: Version, expires: Option<Time>) -> Option<Brief> {
        self.wrote(id);
        let stored = self.slots[slot_of(id) as usize].stored.as_mut()?;
        stored.version = version;
        let place = (stored.insertion, slot_of(id));
        if let Some((tags, old)) = stored.indexed() {
            // An unread entry is in the index as such, and stays so.
            self.index.remove(place, tags, old);
            self.index.add(place, tags, expires);
            stored.expire(expires);
        }
        Some(Brief { expires, ..stored.brief(id) })
    }

    /// Strikes out what was stored in the slot, and answers with what `last` made of it.
    pub(super) fn remove<T>(&mut self, id: Id, last: impl FnOnce(&Stored) -> T) -> Option<T> {
        if let Some(stored) = &self.slots[slot_of(id) as usize].stored {
            // A computation that began before this entry was stored must not be stored after it.
            let fence = &mut self.fences[Invalidation::place_of(stored.hash())];
            *fence = stored.insertion.max(*fence);
        }
        let gone = self.unlink(id, last);
        self.sweep();
        gone
    }

    /// Counts a removal at `identity`, also where the books know of no entry.
    pub(super) fn count_removal(&mut self, identity: &I) {
        let at = self.removal(identity);
        self.removals[at] += 1;
    }

    pub(super) fn removals(&self, identity: &I) -> u64 {
        self.removals[self.removal(identity)]
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low bits are enough")]
    fn removal(&self, identity: &I) -> usize {
        self.table.hash(identity) as usize % REMOVALS
    }

    pub(super) fn invalidate(&mut self, what: Invalidation) {
        // Not a write of an entry, but numbered like one: a later fence is not below it.
        self.last += 1;
        self.fences[Invalidation::place_of(what.hash())] = self.last;
    }

    pub(super) fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        invalidations.iter().any(|what| self.fences[Invalidation::place_of(what.hash())] > since.0)
    }

    /// Gives the writers' place up, and the slot with it where nothing is stored; says whether anybody waits.
    pub(super) fn let_go(&mut self, id: Id, held: Reserve) -> bool {
        self.ledger.release(held);
        let slot = &mut self.slots[slot_of(id) as usize];
        slot.taken = false;
        let awaited = std::mem::take(&mut slot.awaited);
        if slot.stored.is_none() {
            self.table.remove(&self.slots, slot_of(id));
            self.slots[slot_of(id) as usize].identity = None;
            self.free.push(slot_of(id));
        }
        awaited
    }

    /// Numbers a write.
    fn wrote(&mut self, id: Id) -> u64 {
        self.last += 1;
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((self.last, slot_of(id)));
        self.last
    }

    /// The slot of `identity`, a new one if it has none.
    fn slot(&mut self, identity: &I) -> Id {
        if let Some(slot) = self.table.find(&self.slots, identity) {
            return id(slot, self.slots[slot as usize].generation);
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                generation: 0,
                identity: None,
                stored: None,
                taken: false,
                awaited: false,
            });
            u32::try_from(self.slots.len() - 1).expect("memory for 2^32 entries is exhausted long before")
        });
        let given = &mut self.slots[slot as usize];
        given.identity = Some(identity.clone());
        given.generation = given.generation.wrapping_add(1);
        let id = id(slot, given.generation);
        self.table.insert(&self.slots, slot);
        id
    }

    fn stored(&mut self, id: Id) -> Option<&mut Stored> {
        let slot = self.slots.get_mut(slot_of(id) as usize)?;
        slot.stored.as_mut().filter(|_| slot.generation == generation_of(id))
    }

    fn unlink<T>(&mut self, id: Id, last: impl FnOnce(&Stored) -> T) -> Option<T> {
        let slot = &mut self.slots[slot_of(id) as usize];
        let stored = slot.stored.as_ref()?;
        self.ledger.subtract(stored.share());
        self.index.leave((stored.insertion, slot_of(id)), stored.indexed());
        let made = last(stored);
        slot.stored = None;
        Some(made)
    }

    /// Drops places that were given up once they are the most of the order: amortized constant cost.
    fn sweep(&mut self) {
        let entries = usize::try_from(self.ledger.usage().entries).unwrap_or(usize::MAX);
        if self.order.len() / 2 > entries + 32 {
            let slots = &self.slots;
            self.order.retain(|(insertion, slot)| {
                slots[*slot as usize].stored.as_ref().is_some_and(|stored| stored.insertion == *insertion)
            });
        }
    }
}

/// The id of what is in this slot while it is of this generation.
fn id(slot: u32, generation: u32) -> Id {
    Id((u64::from(generation) << 32) | u64::from(slot))
}

/// The slot of an id.
#[expect(clippy::cast_possible_truncation, reason = "the low half is the slot")]
const fn slot_of(id: Id) -> u32 {
    id.0 as u32
}

/// The generation of an id.
const fn generation_of(id: Id) -> u32 {
    (id.0 >> 32) as u32
}
