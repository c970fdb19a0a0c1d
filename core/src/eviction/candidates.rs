//! The best victims of one queue, in order.
//!
//! A survey leaves the best ones sorted; what is offered later and comes before the worst of those is kept beside
//! them: in a row as long as turns rise, in a heap otherwise. An entry that comes after the horizon is forgotten: a
//! later survey finds it again. The price is that a hit entry may be known twice, so the disk checks every victim.

mod selection;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::policy::Standing;
use crate::disk::{Brief, Victim};

pub(super) use selection::Selection;

/// How many offers are held at least.
const MOST_LATE: usize = 4096;

/// When an entry's turn comes: rank, then insertion, as one number, which compares without a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn(u128);

impl Turn {
    /// No turn comes later.
    const LAST: Self = Self(u128::MAX);

    pub(super) fn new(rank: u64, insertion: u64) -> Self {
        Self((u128::from(rank) << 64) | u128::from(insertion))
    }

    pub(super) const fn rank(self) -> u64 {
        (self.0 >> 64) as u64
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the insertion")]
    const fn insertion(self) -> u64 {
        self.0 as u64
    }
}

/// An entry that may go, as small as it can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) turn: Turn,
    pub(super) size: u64,
    pub(super) hash: u64,
    pub(super) word: u64,
    pub(super) hits: u32,
    pub(super) victim: Victim,
}

impl Candidate {
    /// An entry that goes once its life is over, whoever hits it until then.
    pub(super) const fn dead(turn: Turn, brief: &Brief) -> Self {
        let Brief { size, hash, word, hits, .. } = *brief;
        Self { turn, size, hash, word, hits, victim: brief.victim() }
    }

    /// An entry that goes when its turn comes; if hits count, only as long as nobody hits it.
    pub(super) const fn living(turn: Turn, brief: &Brief, heeds_hits: bool) -> Self {
        let dead = Self::dead(turn, brief);
        if heeds_hits { Self { victim: brief.idle_victim(), ..dead } } else { dead }
    }

    /// The entry as its policy sees it.
    pub(super) const fn standing(&self) -> Standing {
        Standing {
            hash: self.hash,
            size: self.size,
            hits: self.hits,
            word: self.word,
            rank: self.turn.rank(),
        }
    }
}

/// What there is beyond the worst candidate that a survey keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// More entries, now or soon: a later survey finds them.
    More,
    /// Nothing, unless the survey kept too many to hold: all that is offered later is taken in.
    Nothing,
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.turn.cmp(&other.turn).then_with(|| self.victim.version.cmp(&other.victim.version))
    }
}

#[derive(Debug, Default)]
pub(super) struct Candidates {
    found: Vec<Candidate>,
    /// Ranks and places of those found, the worst first, so that the best is popped.
    sorted: Vec<Place>,
    /// Offers each of whose turns came after the one before: under most policies those of new entries.
    row: VecDeque<Candidate>,
    /// The other offers.
    heap: BinaryHeap<Reverse<Candidate>>,
    /// The last turn that the survey kept: nothing is known of entries whose turn comes later.
    horizon: Option<Turn>,
    /// How many the survey was to keep: a share of the entries, so that a survey is paid for by as many offers.
    most: usize,
}

/// Rank and place of a candidate among those found, which are in order of insertion: half as long as turn and place,
/// and as good to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u128);

impl Place {
    fn new(candidate: &Candidate, place: usize) -> Self {
        Self((u128::from(candidate.turn.rank()) << 64) | place as u128)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half was an index")]
    const fn index(self) -> usize {
        self.0 as u64 as usize
    }
}

/// Where the next candidate is.
#[derive(Clone, Copy, Debug)]
enum Source {
    Sorted,
    Row,
    Heap,
}

impl Candidates {
    /// Forgets all, and takes in what a survey selected.
    pub(super) fn fill(&mut self, selection: Selection, beyond: Beyond) {
        self.most = selection.most();
        let (found, cut) = selection.finish();
        self.sorted.clear();
        let places = found.iter().zip(0..).map(|(candidate, place)| Place::new(candidate, place));
        self.sorted.extend(places);
        self.sorted.sort_unstable_by(|a, b| b.cmp(a));
        self.horizon = match beyond {
            Beyond::Nothing if !cut => Some(Turn::LAST),
            _ => self.sorted.first().map(|worst| found[worst.index()].turn),
        };
        self.found = found;
        self.row.clear();
        self.heap.clear();
    }

    /// Takes in an entry that was written or looked at since the survey, if its turn comes before the horizon.
    pub(super) fn offer(&mut self, turn: Turn, candidate: impl FnOnce() -> Candidate) {
        if self.horizon.is_none_or(|horizon| turn > horizon) {
            return;
        }
        let rises = |last: Option<&Candidate>| last.is_none_or(|last| last.turn <= turn);
        if rises(self.row.back()) {
            self.row.push_back(candidate());
        } else if rises(self.row.iter().rev().nth(1)) {
            // The last one was ahead of the row: under most policies an entry that was hit, among new ones.
            self.heap.extend(self.row.pop_back().map(Reverse));
            self.row.push_back(candidate());
        } else {
            self.heap.push(Reverse(candidate()));
        }
        if self.row.len() + self.heap.len() > MOST_LATE.max(self.most.saturating_mul(2)) {
            // Entries that were written over and over are here many times; a survey is cheaper than all of them.
            self.forget();
        }
    }

    /// Forgets all: a survey is due.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Memory of the last survey for the next one, if it is used up.
    pub(super) fn spare(&mut self) -> Vec<Candidate> {
        if self.sorted.is_empty() { std::mem::take(&mut self.found) } else { Vec::new() }
    }

    /// Whether nothing is known of entries whose rank is `rank` or less.
    pub(super) fn is_blind(&self, rank: u64) -> bool {
        self.horizon.is_none_or(|horizon| horizon.rank() <= rank)
            && self.next_rank().is_none_or(|next| next > rank)
    }

    /// The rank of the entry whose turn is next.
    pub(super) fn next_rank(&self) -> Option<u64> {
        self.next().map(|(_, next)| next.turn.rank())
    }

    /// Takes the entry whose turn is next, and whatever else was offered of the same write at the same turn.
    pub(super) fn pop(&mut self) -> Option<Candidate> {
        let (source, popped) = self.next().map(|(source, next)| (source, *next))?;
        self.drop_from(source);
        while let Some((source, next)) = self.next()
            && next.turn == popped.turn
            && *next == popped
        {
            self.drop_from(source);
        }
        Some(popped)
    }

    #[inline]
    fn next(&self) -> Option<(Source, &Candidate)> {
        let mut next = self.sorted.last().map(|place| (Source::Sorted, &self.found[place.index()]));
        if let Some(row) = self.row.front()
            && next.is_none_or(|(_, next)| row.turn < next.turn)
        {
            next = Some((Source::Row, row));
        }
        if let Some(Reverse(heap)) = self.heap.peek()
            && next.is_none_or(|(_, next)| heap.turn < next.turn)
        {
            next = Some((Source::Heap, heap));
        }
        next
    }

    #[inline]
    fn drop_from(&mut self, source: Source) {
        match source {
            Source::Sorted => drop(self.sorted.pop()),
            Source::Row => drop(self.row.pop_front()),
            Source::Heap => drop(self.heap.pop()),
        }
    }
}
