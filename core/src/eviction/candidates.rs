//! The best victims of one queue, in order.
//!
//! A survey leaves the best ones sorted; what is offered later and comes before the worst of those goes to a
//! heap beside them. An entry that comes after the horizon is forgotten: a later survey finds it again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::disk::{Brief, Victim};

/// How many offers are held beside a small survey.
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
    /// The worst first, so that the best is popped.
    sorted: Vec<Candidate>,
    late: BinaryHeap<Reverse<Candidate>>,
    /// The last turn that the survey kept: nothing is known of entries whose turn comes later.
    horizon: Option<Turn>,
}

impl Candidates {
    /// Forgets all, and takes in what a survey found, cut down to the `most` best.
    pub(super) fn fill(&mut self, mut found: Vec<Candidate>, most: usize, beyond: Beyond) {
        let all = found.len() <= most && beyond == Beyond::Nothing;
        keep_best(&mut found, most);
        found.sort_unstable_by(|a, b| b.cmp(a));
        self.horizon =
            if all { Some(Turn::from((u64::MAX, u64::MAX))) } else { found.first().map(|worst| worst.turn) };
        self.sorted = found;
        self.late.clear();
    }

    /// Takes in an entry that was written or looked at since the survey.
    pub(super) fn offer(&mut self, candidate: Candidate) {
        if self.horizon.is_some_and(|horizon| candidate.turn <= horizon) {
            self.late.push(Reverse(candidate));
        }
        if self.late.len() > MOST_LATE.max(2 * self.sorted.len()) {
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
            && self.peek().is_none_or(|next| next.turn.0 > rank)
    }

    /// The entry whose turn is next.
    pub(super) fn peek(&self) -> Option<&Candidate> {
        match (self.sorted.last(), self.late.peek()) {
            (Some(sorted), Some(Reverse(late))) => Some(sorted.min(late)),
            (Some(sorted), None) => Some(sorted),
            (None, Some(Reverse(late))) => Some(late),
            (None, None) => None,
        }
    }

    /// Takes the entry whose turn is next.
    pub(super) fn pop(&mut self) -> Option<Candidate> {
        match (self.sorted.last(), self.late.peek()) {
            (Some(sorted), Some(Reverse(late))) if late < sorted => self.late.pop().map(|Reverse(late)| late),
            (Some(_), _) => self.sorted.pop(),
            (None, _) => self.late.pop().map(|Reverse(late)| late),
        }
    }
}

/// Cuts `found` down to the `most` best, in any order.
pub(super) fn keep_best(found: &mut Vec<Candidate>, most: usize) {
    if found.len() > most {
        found.select_nth_unstable(most);
        found.truncate(most);
    }
}
