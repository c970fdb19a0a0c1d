//! The best victims of one queue, in order.
//!
//! A survey leaves the best ones, and what is offered later and comes before the worst of those is added: to one of two rows
//! as long as turns rise, to a pile otherwise. An entry that comes after the horizon is forgotten: a later survey finds
//! it again. The price is that a hit entry may be known twice, so the disk checks every victim.

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

/// In how many rows candidates may lie. The second is for new entries that come before the last of the survey: under
/// [`Lfu`](super::Lfu) all of them do, and rise among themselves.
const ROWS: usize = 2;

/// The number of the pile after those of the rows.
const PILE: usize = ROWS;

#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Candidates each of whose turns comes after the one before: first what a survey found, then what was written.
    rows: [VecDeque<Candidate>; ROWS],
    /// The others: under most policies entries that were hit.
    pile: Pile,
    /// Where the first is, if there is any: in a row, or on the pile.
    lead: usize,
    /// No turn anywhere but where the first is comes earlier: so most are taken out without a look at the others.
    second: Turn,
    /// The last turn that the survey kept: nothing is known of entries whose turn comes later.
    horizon: Option<Turn>,
    /// How many are held at most: beside those of the survey some times what it was to keep, so that as many offers pay
    /// for the next one.
    most: usize,
}

impl Candidates {
    /// Forgets all, and takes in what a survey selected.
    pub(super) fn fill(&mut self, selection: Selection, beyond: Beyond) {
        let late = MOST_LATE.max(selection.most().saturating_mul(2));
        let (mut found, cut) = selection.finish();
        let horizon = match beyond {
            Beyond::Nothing if !cut => Some(Turn::LAST),
            _ => found.iter().map(|candidate| candidate.turn).max(),
        };
        *self = Self { horizon, most: found.len().saturating_add(late), ..Self::default() };
        // Under most policies those that were never hit rise as they were inserted. So the others alone need sorting,
        // and the pile sorts them as they are asked for.
        let mut last = Turn::default();
        let mut rises = |candidate: &Candidate| {
            let hit = candidate.idle && candidate.hits > 0;
            let rises = !hit && last <= candidate.turn;
            last = if rises { candidate.turn } else { last };
            rises
        };
        self.pile.fill(found.extract_if(.., |candidate| !rises(candidate)));
        self.rows[0] = VecDeque::from(found);
        self.look();
    }

    /// Takes in an entry that was written since the survey, if its turn comes before the horizon.
    #[inline]
    pub(super) fn offer(&mut self, turn: Turn, candidate: impl FnOnce() -> Candidate) {
        if self.horizon.is_none_or(|horizon| turn > horizon) {
            return;
        }
        let fits = |row: &VecDeque<Candidate>| row.back().is_none_or(|last| last.turn <= turn);
        let place = if fits(&self.rows[0]) {
            self.rows[0].push_back(candidate());
            0
        } else if fits(&self.rows[1]) {
            self.rows[1].push_back(candidate());
            1
        } else {
            self.pile.push(candidate());
            PILE
        };
        self.came(place, turn);
        self.cut();
    }

    /// Takes in once more an entry that was hit since its turn was known.
    pub(super) fn offer_again(&mut self, turn: Turn, candidate: impl FnOnce() -> Candidate) {
        if self.horizon.is_none_or(|horizon| turn > horizon) {
            return;
        }
        self.pile.push(candidate());
        self.came(PILE, turn);
        self.cut();
    }

    /// Entries that were written over and over are here many times; a survey is cheaper than all of them.
    #[inline]
    fn cut(&mut self) {
        if self.len() > self.most {
            self.forget();
        }
    }

    /// Forgets all: a survey is due.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes back an entry that was popped and may still go. Those that were popped together come back last first.
    pub(super) fn take_back(&mut self, candidate: Candidate) {
        let turn = candidate.turn;
        if self.horizon.is_none_or(|horizon| turn > horizon) {
            return;
        }
        match self.rows.iter_mut().find(|row| row.front().is_none_or(|first| turn <= first.turn)) {
            Some(row) => row.push_front(candidate),
            None => self.pile.push(candidate),
        }
        self.look();
    }

    /// Whether nothing is known of entries whose rank is `rank` or less.
    pub(super) fn is_blind(&self, rank: u64) -> bool {
        self.horizon.is_none_or(|horizon| horizon.rank() <= rank) && !self.is_due(rank)
    }

    /// The entry whose turn is next. One write that was offered twice comes twice.
    #[inline]
    pub(super) fn first(&self) -> Option<&Candidate> {
        match self.rows.get(self.lead) {
            Some(row) => row.front(),
            None => self.pile.first(),
        }
    }

    /// Whether the first has a rank of `rank` or less.
    #[inline]
    pub(super) fn is_due(&self, rank: u64) -> bool {
        self.turn_of(self.lead).is_some_and(|first| first.rank() <= rank)
    }

    /// Takes out the first.
    pub(super) fn pop(&mut self) -> Option<Candidate> {
        let popped = self.first().copied();
        self.drop_first();
        popped
    }

    /// Drops the first.
    #[inline]
    pub(super) fn drop_first(&mut self) {
        match self.rows.get_mut(self.lead) {
            Some(row) => drop(row.pop_front()),
            None => self.pile.drop_first(),
        }
        if self.turn_of(self.lead).is_none_or(|first| first > self.second) {
            self.look();
        }
    }

    fn len(&self) -> usize {
        self.rows.iter().map(VecDeque::len).sum::<usize>() + self.pile.len()
    }

    /// The turn of the first of a row or of the pile.
    #[inline]
    fn turn_of(&self, place: usize) -> Option<Turn> {
        match self.rows.get(place) {
            Some(row) => row.front().map(|first| first.turn),
            None => self.pile.turn(),
        }
    }

    /// Takes in that a candidate came to `place`.
    #[inline]
    fn came(&mut self, place: usize, turn: Turn) {
        if place == self.lead {
            return;
        }
        match self.turn_of(self.lead) {
            Some(first) if first <= turn => self.second = self.second.min(turn),
            // What was the first of all is now the first of all others.
            Some(first) => (self.lead, self.second) = (place, first),
            None => self.look(),
        }
    }

    /// Looks everywhere for the first and the one after it.
    fn look(&mut self) {
        let (mut first, mut second) = (Turn::LAST, Turn::LAST);
        for place in 0..=PILE {
            let Some(turn) = self.turn_of(place) else { continue };
            if turn <= first {
                (self.lead, first, second) = (place, turn, first);
            } else {
                second = second.min(turn);
            }
        }
        self.second = second;
    }
}
