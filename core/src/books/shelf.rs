//! The entries in the books: one slot each, found by identity, kept in order of insertion.

use std::collections::VecDeque;
use std::sync::Arc;

use super::index::Index;
use super::ledger::{Ledger, Reserve, Share};
use super::table::Table;
use super::{Found, Identity, Lack, Marks};
use crate::disk::{Brief, Fate, Id, Note, Settings, Victim};
use crate::entry::Version;
use crate::tag::Tag;
use crate::time::Time;

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
    free: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Slot<I> {
    /// How often the slot was given away again: an id of an earlier entry finds nothing.
    generation: u32,
    pub(super) identity: Option<I>,
    pub(super) stored: Option<Stored>,
    /// Somebody has the writers' place.
    taken: bool,
    /// Somebody waits for it.
    awaited: bool,
}

#[derive(Debug)]
pub(super) struct Stored {
    brief: Brief,
    marks: Arc<Marks>,
    tags: Box<[Tag]>,
    read: bool,
}

impl Stored {
    fn new(id: Id, insertion: u64, found: Found) -> Self {
        let bits = found.tags.iter().fold(0, |bits, tag| bits | tag.bits());
        let brief = Brief {
            id,
            hash: found.hash,
            version: found.version,
            size: found.size,
            stored: found.stored,
            accessed: found.marks.accessed(),
            expires: found.expires,
            hits: found.marks.hits(),
            insertion,
            tags: if found.read { bits } else { u64::MAX },
            namespace: found.namespace,
            cost: found.cost,
            word: found.word,
        };
        Self { brief, tags: found.tags, read: found.read, marks: found.marks }
    }

    /// The entry as it is now, access data included.
    pub(super) fn brief(&self) -> Brief {
        Brief { accessed: self.marks.accessed(), hits: self.marks.hits(), ..self.brief }
    }

    pub(super) const fn share(&self) -> Share {
        Share { size: self.brief.size, namespace: self.brief.namespace }
    }

    pub(super) fn place(&self) -> (u64, u32) {
        (self.brief.insertion, slot_of(self.brief.id))
    }

    /// What the index has of it: tags and expiry, or that it is unread.
    pub(super) fn indexed(&self) -> Option<(&[Tag], Option<Time>)> {
        self.read.then_some((&*self.tags, self.brief.expires))
    }
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
            free: Vec::new(),
        }
    }

    pub(super) fn enter(&mut self, identity: &I, found: Found) -> Id {
        let id = self.slot(identity);
        self.store(id, found);
        id
    }

    pub(super) fn learn(&mut self, id: Id, mut found: Found) {
        let Some(stored) = self.stored(id) else { return };
        if !stored.read {
            // Hits that were noted while nothing else was known still count.
            found.marks = Arc::clone(&stored.marks);
            self.store(id, found);
        }
    }

    pub(super) fn find(&self, id: Id) -> Option<(I, Version)> {
        let slot =
            self.slots.get(slot_of(id) as usize).filter(|slot| slot.generation == generation_of(id))?;
        Some((slot.identity.clone()?, slot.stored.as_ref()?.brief.version))
    }

    pub(super) fn look(&self, identity: &I) -> Option<Brief> {
        let slot = self.table.find(&self.slots, identity)?;
        self.slots[slot as usize].stored.as_ref().map(Stored::brief)
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

    #[inline]
    pub(super) fn claim(&mut self, victim: &Victim) -> Result<(Id, I), Fate> {
        let slot = self.slots.get_mut(slot_of(victim.id) as usize);
        let slot = slot.filter(|slot| slot.generation == generation_of(victim.id)).ok_or(Fate::Absent)?;
        let (Some(stored), Some(identity)) = (&slot.stored, &slot.identity) else { return Err(Fate::Absent) };
        if stored.brief.version != victim.version {
            return Err(Fate::Absent);
        }
        if slot.taken {
            return Err(Fate::Busy);
        }
        // Most victims go, and of those no brief need be put together.
        let seen = (stored.marks.accessed(), stored.marks.hits());
        if victim.unless_hit.is_some_and(|known| known != seen) {
            return Err(Fate::Changed(stored.brief()));
        }
        slot.taken = true;
        Ok((victim.id, identity.clone()))
    }

    pub(super) fn record(&mut self, note: &Note) {
        match *note {
            Note::Hits { id, version, at, hits } => {
                if let Some(stored) = self.stored(id).filter(|stored| stored.brief.version == version) {
                    stored.marks.note(at, hits);
                }
            }
            Note::Word { id, version, word } => {
                if let Some(stored) = self.stored(id).filter(|stored| stored.brief.version == version) {
                    stored.brief.word = word;
                }
            }
        }
    }

    pub(super) fn brief(&self, id: Id) -> Option<Brief> {
        self.slots[slot_of(id) as usize].stored.as_ref().map(Stored::brief)
    }

    pub(super) fn reserve(&mut self, id: Id, held: &mut Reserve, size: u64) -> Result<(), Lack> {
        let old = self.slots[slot_of(id) as usize].stored.as_ref().map(Stored::share);
        self.ledger.reserve(held, size, old)
    }

    /// Enters what is now stored in the slot; answers with what was there before.
    pub(super) fn store(&mut self, id: Id, found: Found) -> (Brief, Option<Brief>) {
        let old = self.unlink(id);
        let number = self.wrote(id);
        let insertion = old.map_or(number, |old| old.insertion);
        if old.is_none() {
            self.order.push((number, slot_of(id)));
        }
        let stored = Stored::new(id, insertion, found);
        let brief = stored.brief;
        self.link(stored);
        (brief, old)
    }

    /// Gives the entry in the slot another version and expiry.
    pub(super) fn revise(&mut self, id: Id, version: Version, expires: Option<Time>) -> Option<Brief> {
        self.wrote(id);
        let mut stored = self.slots[slot_of(id) as usize].stored.take()?;
        // An unread entry is in the index as such, and stays so.
        if stored.read {
            self.index.remove(stored.place(), &stored.tags, stored.brief.expires);
            self.index.add(stored.place(), &stored.tags, expires);
        }
        stored.brief.version = version;
        stored.brief.expires = expires;
        let brief = stored.brief();
        self.slots[slot_of(id) as usize].stored = Some(stored);
        Some(brief)
    }

    /// Strikes out what was stored in the slot.
    pub(super) fn remove(&mut self, id: Id) -> Option<Brief> {
        let old = self.unlink(id);
        self.sweep();
        old
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

    fn link(&mut self, stored: Stored) {
        self.ledger.add(stored.share());
        self.index.enter(stored.place(), stored.indexed());
        let slot = slot_of(stored.brief.id) as usize;
        self.slots[slot].stored = Some(stored);
    }

    fn unlink(&mut self, id: Id) -> Option<Brief> {
        let stored = self.slots[slot_of(id) as usize].stored.take()?;
        self.ledger.subtract(stored.share());
        if stored.read {
            self.index.remove(stored.place(), &stored.tags, stored.brief.expires);
        } else {
            self.index.remove_unread(stored.place());
        }
        Some(stored.brief())
    }

    /// Drops places that were given up once they are the most of the order: amortized constant cost.
    fn sweep(&mut self) {
        let entries = usize::try_from(self.ledger.usage().entries).unwrap_or(usize::MAX);
        if self.order.len() / 2 > entries + 32 {
            let slots = &self.slots;
            self.order.retain(|(insertion, slot)| {
                slots[*slot as usize]
                    .stored
                    .as_ref()
                    .is_some_and(|stored| stored.brief.insertion == *insertion)
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
