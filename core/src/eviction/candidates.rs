//! The best victims of one queue, in order.
//!
//! A survey leaves the best ones sorted; what is offered later and comes before the worst of those goes to a
//! heap beside them. An entry that comes after the horizon is forgotten: a later survey finds it again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::policy::Standing;
use crate::disk::{Brief, Victim};

/// How many offers are held at least.
const MOST_LATE: usize = 4096;

/// When an entry's turn comes: rank, then insertion.
pub(super) type Turn = (u64, u64);

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
    pub(super) const fn dead(rank: u64, brief: &Brief) -> Self {
        let Brief { size, hash, word, hits, .. } = *brief;
        Self { turn: (rank, brief.insertion), size, hash, word, hits, victim: brief.victim() }
    }

    /// An entry that goes when its turn comes; if hits count, only as long as nobody hits it.
    pub(super) const fn living(rank: u64, brief: &Brief, heeds_hits: bool) -> Self {
        let dead = Self::dead(rank, brief);
        if heeds_hits { Self { victim: brief.idle_victim(), ..dead } } else { dead }
    }

    /// The entry as its policy sees it.
    pub(super) const fn standing(&self) -> Standing {
        Standing { hash: self.hash, size: self.size, hits: self.hits, word: self.word, rank: self.turn.0 }
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

/// The best of what a survey sees.
#[derive(Debug)]
pub(super) struct Selection {
    most: usize,
    found: Vec<Candidate>,
    /// The worst turn that can still be among the best.
    worst: Turn,
    /// Some were seen that are not among the best.
    cut: bool,
}

impl Selection {
    /// An empty selection of at most `most`.
    pub(super) const fn new(most: usize) -> Self {
        Self { most, found: Vec::new(), worst: (u64::MAX, u64::MAX), cut: false }
    }

    pub(super) fn see(&mut self, candidate: Candidate) {
        if candidate.turn > self.worst {
            return;
        }
        self.found.push(candidate);
        // Cutting back at twice as many costs each of them a constant.
        if self.found.len() >= 2 * self.most {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.found.len() > self.most {
            let mut turns: Vec<Turn> = self.found.iter().map(|candidate| candidate.turn).collect();
            let (_, worst, _) = turns.select_nth_unstable(self.most - 1);
            self.worst = *worst;
            self.cut = true;
            self.found.retain(|candidate| candidate.turn <= self.worst);
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Candidates {
    found: Vec<Candidate>,
    /// Turns and places of those found, the worst first, so that the best is popped.
    sorted: Vec<(Turn, u32)>,
    late: BinaryHeap<Reverse<Candidate>>,
    /// The last turn that the survey kept: nothing is known of entries whose turn comes later.
    horizon: Option<Turn>,
    /// How many the survey was to keep: a share of the entries, so that a survey is paid for by as many offers.
    most: usize,
}

impl Candidates {
    /// Forgets all, and takes in what a survey selected.
    pub(super) fn fill(&mut self, mut selection: Selection, beyond: Beyond) {
        selection.cut();
        let turns = selection.found.iter().map(|candidate| candidate.turn).zip(0..);
        self.sorted = turns.collect();
        self.sorted.sort_unstable_by(|a, b| b.cmp(a));
        self.horizon = match beyond {
            Beyond::Nothing if !selection.cut => Some((u64::MAX, u64::MAX)),
            _ => self.sorted.first().map(|(worst, _)| *worst),
        };
        self.found = selection.found;
        self.most = selection.most;
        self.late.clear();
    }

    /// Takes in an entry that was written or looked at since the survey.
    pub(super) fn offer(&mut self, candidate: Candidate) {
        if self.horizon.is_some_and(|horizon| candidate.turn <= horizon) {
            self.late.push(Reverse(candidate));
        }
        if self.late.len() > MOST_LATE.max(2 * self.most) {
            // Entries that were written over and over are here many times; a survey is cheaper than the heap.
            self.forget();
        }
    }

    /// Forgets all: a survey is due.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether nothing is known of entries whose rank is `rank` or less.
    pub(super) fn is_blind(&self, rank: u64) -> bool {
        self.horizon.is_none_or(|horizon| horizon.0 <= rank)
            && self.next_rank().is_none_or(|next| next > rank)
    }

    /// The rank of the entry whose turn is next.
    pub(super) fn next_rank(&self) -> Option<u64> {
        self.peek().map(|next| next.turn.0)
    }

    /// Takes the entry whose turn is next, and whatever else was offered of the same write at the same turn.
    pub(super) fn pop(&mut self) -> Option<Candidate> {
        let popped = self.take();
        while popped.is_some() && self.peek() == popped.as_ref() {
            self.take();
        }
        popped
    }

    fn is_late_first(&self) -> bool {
        match (self.sorted.last(), self.late.peek()) {
            (Some((turn, _)), Some(Reverse(late))) => late.turn < *turn,
            (None, late) => late.is_some(),
            (Some(_), None) => false,
        }
    }

    fn peek(&self) -> Option<&Candidate> {
        if self.is_late_first() {
            return self.late.peek().map(|Reverse(late)| late);
        }
        self.sorted.last().map(|(_, place)| &self.found[*place as usize])
    }

    fn take(&mut self) -> Option<Candidate> {
        if self.is_late_first() {
            return self.late.pop().map(|Reverse(late)| late);
        }
        self.sorted.pop().map(|(_, place)| self.found[place as usize])
    }
}
