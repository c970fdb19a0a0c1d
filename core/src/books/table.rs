//! Which slot an identity has.
//!
//! The identities lie in the slots and only there, as keys may be long; the table holds numbers. The price is a
//! look into the slot for each comparison.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::Identity;
use super::shelf::Slot;

#[derive(Debug, Default)]
pub(super) struct Table {
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl Table {
    /// The slot of `identity`, if it has one among `slots`.
    pub(super) fn find<I: Identity>(&self, slots: &[Slot<I>], identity: &I) -> Option<u32> {
        let is = |number: &u32| slots[*number as usize].identity.as_ref() == Some(identity);
        self.numbers.find(self.hasher.hash_one(Some(identity)), is).copied()
    }

    /// A hash of `identity`, whether it has a slot or not.
    pub(super) fn hash<I: Identity>(&self, identity: &I) -> u64 {
        self.hasher.hash_one(Some(identity))
    }

    /// Enters slot `number`, whose identity is in the slot and not in the table yet.
    pub(super) fn insert<I: Identity>(&mut self, slots: &[Slot<I>], number: u32) {
        let hash = |number: &u32| self.hasher.hash_one(slots[*number as usize].identity.as_ref());
        self.numbers.insert_unique(hash(&number), number, hash);
    }

    /// Takes slot `number` out, whose identity is still in the slot.
    pub(super) fn remove<I: Identity>(&mut self, slots: &[Slot<I>], number: u32) {
        let hash = self.hasher.hash_one(slots[number as usize].identity.as_ref());
        if let Ok(found) = self.numbers.find_entry(hash, |other| *other == number) {
            found.remove();
        }
    }
}
