//! Candidates in any order, of which the first is at hand.
//!
//! The heap itself holds turns and places only, so that what is moved about is small and lies close together; the
//! price is one more look into memory for each candidate that comes out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Candidate, Turn};

#[derive(Debug, Default)]
pub(super) struct Heap {
    turns: BinaryHeap<Reverse<(Turn, u32)>>,
    kept: Vec<Candidate>,
    /// Places in `kept` that are free.
    free: Vec<u32>,
}

impl Heap {
    pub(super) fn len(&self) -> usize {
        self.turns.len()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn push(&mut self, candidate: Candidate) {
        let place = if let Some(place) = self.free.pop() {
            self.kept[place as usize] = candidate;
            place
        } else {
            self.kept.push(candidate);
            u32::try_from(self.kept.len() - 1).expect("memory for 2^32 candidates is exhausted long before")
        };
        self.turns.push(Reverse((candidate.turn, place)));
    }

    /// The turn of the first, and its place.
    #[inline]
    pub(super) fn first(&self) -> Option<(Turn, u32)> {
        self.turns.peek().map(|Reverse(first)| *first)
    }

    /// What lies at this place.
    pub(super) fn at(&self, place: u32) -> &Candidate {
        &self.kept[place as usize]
    }

    /// Takes out the first.
    pub(super) fn drop_first(&mut self) {
        self.free.extend(self.turns.pop().map(|Reverse((_, place))| place));
    }
}
