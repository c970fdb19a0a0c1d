//! Candidates in any order, of which the first is at hand.
//!
//! Most of them go late, so they are not kept in order: only those that go first are sorted, and once they are gone the
//! best part of the others is. What comes in among the sorted goes to a heap beside them. Turns and places only are
//! moved about, so that they lie close together; the price is one more look into memory for each candidate.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::{Candidate, Turn};

/// When a candidate's turn comes, and where it lies. In order of turns only, which is quicker to compare.
#[derive(Clone, Copy, Debug)]
struct Place {
    turn: Turn,
    index: u32,
}

/// How many are sorted at once at least.
const LEAST_SORTED: usize = 8;
/// Which part of the rest is sorted at once.
const PART: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Pile {
    /// Those that go first, the first at the end.
    sorted: Vec<Place>,
    /// Others that go before the last of the sorted.
    heap: BinaryHeap<Reverse<Place>>,
    /// All others. Some are sorted or in the heap unless the pile is empty.
    rest: Vec<Place>,
    /// The last turn that was sorted: the rest comes later.
    last: Turn,
    kept: Vec<Candidate>,
    /// Places in `kept` that are free.
    free: Vec<u32>,
}

impl Pile {
    pub(super) fn len(&self) -> usize {
        self.kept.len() - self.free.len()
    }

    /// Takes in many at once; it was empty before.
    pub(super) fn fill(&mut self, candidates: impl Iterator<Item = Candidate>) {
        self.kept.extend(candidates);
        self.rest.extend(
            self.kept.iter().zip(0..).map(|(candidate, index)| Place { turn: candidate.turn, index }),
        );
        self.sort();
    }

    pub(super) fn push(&mut self, candidate: Candidate) {
        let turn = candidate.turn;
        let index = if let Some(index) = self.free.pop() {
            self.kept[index as usize] = candidate;
            index
        } else {
            self.kept.push(candidate);
            u32::try_from(self.kept.len() - 1).expect("memory for 2^32 candidates is exhausted long before")
        };
        if self.sorted.is_empty() && self.heap.is_empty() {
            self.last = turn;
            self.sorted.push(Place { turn, index });
        } else if turn <= self.last {
            self.heap.push(Reverse(Place { turn, index }));
        } else {
            self.rest.push(Place { turn, index });
        }
    }

    #[inline]
    pub(super) fn first(&self) -> Option<&Candidate> {
        self.place().map(|place| &self.kept[place.index as usize])
    }

    /// The turn of the first, without a look at it.
    #[inline]
    pub(super) fn turn(&self) -> Option<Turn> {
        self.place().map(|place| place.turn)
    }

    #[inline]
    fn place(&self) -> Option<&Place> {
        if self.is_sorted() { self.sorted.last() } else { self.heap.peek().map(|Reverse(place)| place) }
    }

    /// Whether the first is among the sorted.
    #[inline]
    fn is_sorted(&self) -> bool {
        match (self.sorted.last(), self.heap.peek()) {
            (Some(sorted), Some(Reverse(heap))) => sorted <= heap,
            (sorted, _) => sorted.is_some(),
        }
    }

    /// Takes out the first.
    pub(super) fn drop_first(&mut self) {
        let first =
            if self.is_sorted() { self.sorted.pop() } else { self.heap.pop().map(|Reverse(first)| first) };
        self.free.extend(first.map(|place| place.index));
        if self.sorted.is_empty() && self.heap.is_empty() {
            self.sort();
        }
    }

    /// Sorts the best of the rest.
    fn sort(&mut self) {
        if self.rest.is_empty() {
            return;
        }
        let most = (self.rest.len() / PART).max(LEAST_SORTED).min(self.rest.len());
        // The best come to the end, where they are cut off.
        let from = self.rest.len() - most;
        self.rest.select_nth_unstable_by_key(from, |place| Reverse(*place));
        self.sorted.extend(self.rest.drain(from..));
        self.sorted.sort_unstable_by_key(|place| Reverse(*place));
        self.last = self.sorted.first().map_or(self.last, |last| last.turn);
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.turn == other.turn
    }
}

impl Eq for Place {}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    fn lt(&self, other: &Self) -> bool {
        self.turn < other.turn
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.turn.cmp(&other.turn)
    }
}
