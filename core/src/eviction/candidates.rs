//! The best victims of one queue, in order.
//!
//! A survey leaves the best ones sorted; what is offered later and comes before the worst of those is kept beside
//! them: in a row as long as turns rise, on a pile otherwise. An entry that comes after the horizon is forgotten: a
//! later survey finds it again. The price is that a hit entry may be known twice, so the disk checks every victim.

mod pile;
mod selection;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::policy::Standing;
use crate::disk::{Brief, Id, Note, Victim};
use crate::entry::Version;
use crate::time::Time;
use pile::Pile;

pub(super) use selection::Selection;

/// How many offers are held at least before a survey is due.
const MOST_LATE: usize = 4096;

/// When an entry's turn comes: rank, then insertion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Turn {
    rank: u64,
    insertion: u64,
}

impl Turn {
    /// No turn comes later.
    const LAST: Self = Self::new(u64::MAX, u64::MAX);

    pub(super) const fn new(rank: u64, insertion: u64) -> Self {
        Self { rank, insertion }
    }

    pub(super) const fn rank(self) -> u64 {
        self.rank
    }

    /// Both as one number, which compares without a branch.
    const fn number(self) -> u128 {
        ((self.rank as u128) << 64) | self.insertion as u128
    }
}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    fn lt(&self, other: &Self) -> bool {
        self.number() < other.number()
    }
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

/// An entry that may go, as small as it can be kept: 80 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    version: Version,
    pub(super) turn: Turn,
    pub(super) size: u64,
    pub(super) word: u64,
    hash: u64,
    id: Id,
    accessed: Time,
    hits: u32,
    /// It goes only as long as nobody hits it.
    idle: bool,
}

impl Candidate {
    /// An entry that goes once its life is over, whoever hits it until then.
    pub(super) const fn dead(turn: Turn, brief: &Brief) -> Self {
        Self::living(turn, brief, false)
    }

    /// An entry that goes when its turn comes; if hits count, only as long as nobody hits it.
    pub(super) const fn living(turn: Turn, brief: &Brief, heeds_hits: bool) -> Self {
        let Brief { version, size, word, hash, id, accessed, hits, .. } = *brief;
        Self { version, turn, size, word, hash, id, accessed, hits, idle: heeds_hits }
    }

    /// The entry as the disk is to look for it.
    pub(super) fn victim(&self) -> Victim {
        let unless_hit = self.idle.then_some((self.accessed, self.hits));
        Victim { id: self.id, version: self.version, unless_hit }
    }

    /// What is to be written down about it.
    pub(super) const fn note(&self, word: u64) -> Note {
        Note::Word { id: self.id, version: self.version, word }
    }

    /// The entry as its policy sees it.
    pub(super) const fn standing(&self) -> Standing {
        let Self { hash, size, hits, word, turn, .. } = *self;
        Standing { hash, size, hits, word, rank: turn.rank() }
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

#[derive(Debug, Default)]
pub(super) struct Candidates {
    found: Vec<Candidate>,
    /// Ranks and places of those found, the worst first, so that the best is popped.
    sorted: Vec<Place>,
    /// Offers each of whose turns came after the one before: under most policies those of new entries.
    row: VecDeque<Candidate>,
    /// The other offers.
    pile: Pile,
    /// The last turn that the survey kept: nothing is known of entries whose turn comes later.
    horizon: Option<Turn>,
    /// How many offers are held at most: some times what the survey was to keep, so that as many offers pay for a survey.
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
pub(super) enum Source {
    Sorted,
    Row,
    Pile,
}

impl Candidates {
    /// Forgets all, and takes in what a survey selected.
    pub(super) fn fill(&mut self, selection: Selection, beyond: Beyond) {
        self.most = MOST_LATE.max(selection.most().saturating_mul(2));
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
        self.pile.clear();
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
            self.row.pop_back().into_iter().for_each(|last| self.pile.push(last));
            self.row.push_back(candidate());
        } else {
            self.pile.push(candidate());
        }
        if self.row.len() + self.pile.len() > self.most {
            // Entries that were written over and over are here many times; a survey is cheaper than all of them.
            self.forget();
        }
    }

    /// Forgets all: a survey is due.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes back an entry that was popped and may still go. Those that were popped together come back last first.
    pub(super) fn take_back(&mut self, candidate: Candidate) {
        if self.horizon.is_none_or(|horizon| candidate.turn > horizon) {
            return;
        }
        if self.row.front().is_none_or(|first| candidate.turn <= first.turn) {
            self.row.push_front(candidate);
        } else {
            self.pile.push(candidate);
        }
    }

    /// Whether nothing is known of entries whose rank is `rank` or less.
    pub(super) fn is_blind(&self, rank: u64) -> bool {
        self.horizon.is_none_or(|horizon| horizon.rank() <= rank)
            && self.first().is_none_or(|(_, first)| first.turn.rank() > rank)
    }

    /// The entry whose turn is next, and where it is. One write that was offered twice comes twice.
    #[inline]
    pub(super) fn first(&self) -> Option<(Source, &Candidate)> {
        let mut first = self.sorted.last().map(|place| (Source::Sorted, &self.found[place.index()]));
        if let Some(row) = self.row.front()
            && first.is_none_or(|(_, first)| row.turn < first.turn)
        {
            first = Some((Source::Row, row));
        }
        if let Some(pile) = self.pile.first()
            && first.is_none_or(|(_, first)| pile.turn < first.turn)
        {
            first = Some((Source::Pile, pile));
        }
        first
    }

    /// Takes out the first that is there.
    #[inline]
    pub(super) fn drop_from(&mut self, source: Source) {
        match source {
            Source::Row => drop(self.row.pop_front()),
            Source::Pile => self.pile.drop_first(),
            Source::Sorted => {
                self.sorted.pop();
                if self.sorted.is_empty() {
                    // Another survey may be far away.
                    (self.found, self.sorted) = (Vec::new(), Vec::new());
                }
            }
        }
    }
}
