//! Victims that are picked together, and what becomes of them.
//!
//! A round stays where its caller put it and is filled there: it is larger than what an eviction costs to move. What
//! became of its victims the evictor is told when the next are picked or the round is dropped, in the same section
//! under its lock.

use smallvec::SmallVec;

use super::{Evictor, State};
use crate::disk::{Fate, Note, Shortage, Victim};
use crate::eviction::candidates::{Candidate, Candidates};
use crate::eviction::policy::{Judgement, ordered};
use crate::time::Time;

/// The most victims of one round: what a cancelled round could make the evictor look over again.
const ROUND: usize = 256;

/// What to do next to make room.
#[derive(Debug)]
#[must_use]
pub enum Pick {
    /// Evict the [victims](Round::victims) of the round, then settle.
    Victims,
    /// Write these words down with the disk, then pick again.
    Spare(Vec<Note>),
    /// Survey the disk, then pick again.
    Survey,
    /// Nothing is left that may go.
    Nothing,
}

/// Victims that are picked together. If it is dropped unsettled the evictor takes them back: those that are gone
/// all the same are found out when they are picked again.
#[derive(Debug)]
pub struct Round<'a> {
    evictor: &'a Evictor,
    now: Time,
    /// Whether their life is over; else the policy chose them.
    dead: bool,
    /// Whether the policy is to be told of those that went.
    told: bool,
    /// Most rounds are one victim long.
    candidates: SmallVec<[Candidate; 1]>,
    /// What became of the first of them, as far as the evictor does not know yet.
    fates: Vec<Fate>,
    /// Those that somebody was writing, the dead among them told apart. They are not looked at again before the round is
    /// over.
    busy: Vec<(Candidate, bool)>,
}

/// What became of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Victims that are gone.
    pub gone: u64,
    /// The bytes that they leave.
    pub freed: u64,
}

impl<'a> Round<'a> {
    pub(super) fn new(evictor: &'a Evictor) -> Self {
        let (candidates, fates, busy) = (SmallVec::new(), Vec::new(), Vec::new());
        Self { evictor, now: Time::EPOCH, dead: false, told: false, candidates, fates, busy }
    }

    /// The next step towards covering `shortage`: dead entries first, then those whose turn it is.
    ///
    /// `just_surveyed` tells that the last step was a survey: then nothing more can be found. Victims that were picked
    /// before and not settled are taken back.
    pub fn pick(&mut self, shortage: Shortage, now: Time, just_surveyed: bool) -> Pick {
        let evictor = self.evictor;
        let state = &mut *evictor.state();
        if !self.candidates.is_empty() {
            self.conclude(state);
        }
        self.now = now;
        let due = ordered(now);
        if state.dead.is_due(due) {
            self.pick_dead(state, shortage, due);
            if !self.candidates.is_empty() {
                return Pick::Victims;
            }
        } else if state.dead.is_blind(due) && !just_surveyed {
            return Pick::Survey;
        }
        if state.patience == 0 && !just_surveyed && state.policy.evicts() {
            return Pick::Survey;
        }
        (self.dead, self.told) = (false, state.heeds.victims);
        let spared = if state.heeds.victims || state.heeds.queues {
            self.pick_judged(state, shortage, just_surveyed)
        } else {
            self.pick_in_order(&mut state.queues[0], shortage);
            Vec::new()
        };
        state.patience = state.patience.saturating_sub(self.candidates.len());
        if !spared.is_empty() {
            // The words must stand on the disk before anything is chosen by them. What was picked beside them
            // is taken back for the next round.
            self.conclude(state);
            return Pick::Spare(spared);
        }
        match self.candidates.is_empty() {
            false => Pick::Victims,
            true if just_surveyed || !state.policy.evicts() => Pick::Nothing,
            true => Pick::Survey,
        }
    }

    /// Picks entries that are dead since `due`.
    #[cold]
    fn pick_dead(&mut self, state: &mut State, shortage: Shortage, due: u64) {
        (self.dead, self.told) = (true, false);
        let mut sum = Settled::default();
        while !sum.covers(shortage) && self.candidates.len() < ROUND && state.dead.is_due(due) {
            let Some(candidate) = state.dead.pop() else { break };
            if self.take(&candidate, &mut sum) {
                state.count_out(candidate.word, candidate.size);
            }
        }
    }

    /// Picks those that go first, whatever they are.
    #[inline]
    fn pick_in_order(&mut self, candidates: &mut Candidates, shortage: Shortage) {
        let mut sum = Settled::default();
        while !sum.covers(shortage) && self.candidates.len() < ROUND {
            let Some(candidate) = candidates.first() else { break };
            self.take(candidate, &mut sum);
            candidates.drop_first();
        }
    }

    /// Picks those that the policy lets go of; answers with what it spares.
    #[cold]
    fn pick_judged(&mut self, state: &mut State, shortage: Shortage, just_surveyed: bool) -> Vec<Note> {
        let (mut sum, mut spared) = (Settled::default(), Vec::new());
        while !sum.covers(shortage) && self.candidates.len() < ROUND && spared.len() < ROUND {
            let queue = state.turn(just_surveyed);
            let Some(candidate) = state.queues[queue].pop() else { break };
            let (word, size) = (candidate.word, candidate.size);
            let judgement = if self.told {
                state.policy.judge(&candidate.standing(), self.now)
            } else {
                Judgement::Evict
            };
            match judgement {
                Judgement::Evict => {
                    if self.take(&candidate, &mut sum) {
                        state.count_out(word, size);
                    }
                }
                Judgement::Spare { word: spared_word } => {
                    spared.push(candidate.note(spared_word));
                    state.count_out(word, size);
                    state.count_in(spared_word, size);
                }
            }
        }
        spared
    }

    /// What the disk is to evict.
    pub fn victims(&self) -> SmallVec<[Victim; 1]> {
        match &self.candidates[..] {
            [one] => SmallVec::from_buf([one.victim()]),
            many => many.iter().map(Candidate::victim).collect(),
        }
    }

    /// Whether the victims go because their life is over.
    pub const fn is_dead(&self) -> bool {
        self.dead
    }

    /// Takes in what became of the victims.
    #[inline]
    pub fn settle(&mut self, fates: Vec<Fate>) -> Settled {
        if let ([one], [Fate::Gone], false) = (&self.candidates[..], &fates[..], self.told) {
            // Most rounds are one victim long and end as they were meant to, and nothing need be known of that.
            let sum = Settled { gone: 1, freed: one.size };
            self.candidates.clear();
            return sum;
        }
        self.settle_some(fates)
    }

    fn settle_some(&mut self, fates: Vec<Fate>) -> Settled {
        let mut sum = Settled::default();
        let gone = |(_, fate): &(&Candidate, &Fate)| matches!(fate, Fate::Gone);
        self.candidates.iter().zip(&fates).filter(gone).for_each(|(candidate, _)| sum.take(candidate));
        self.fates = fates;
        // A disk that says nothing of a victim must not be asked for it for ever.
        self.fates.resize(self.candidates.len(), Fate::Busy);
        sum
    }

    /// Adds `candidate` to the victims; says whether it is not the last one once more, one write that was told twice.
    #[inline]
    fn take(&mut self, candidate: &Candidate, sum: &mut Settled) -> bool {
        if self.candidates.last() == Some(candidate) {
            return false;
        }
        sum.take(candidate);
        self.candidates.push(*candidate);
        true
    }

    /// Takes back what may still go.
    #[cold]
    fn end(&mut self) {
        let evictor = self.evictor;
        let mut state = evictor.state();
        self.conclude(&mut state);
        self.busy.drain(..).rev().for_each(|(candidate, dead)| state.take_back(candidate, dead));
    }

    /// Tells the evictor what became of the victims, and gives it back those of which that is not known.
    fn conclude(&mut self, state: &mut State) {
        if let ([_], [Fate::Changed(brief)]) = (&self.candidates[..], &self.fates[..]) {
            // Most that did not go were hit, and come again.
            state.count_in(brief.word, brief.size);
            state.offer_again(brief, self.now);
            self.candidates.clear();
            self.fates.clear();
            return;
        }
        let (now, dead, told) = (self.now, self.dead, self.told);
        let mut fates = self.fates.iter();
        self.candidates.retain(|candidate| match fates.next() {
            None | Some(Fate::Spared) => true,
            Some(Fate::Gone) => {
                if told {
                    state.policy.evicted(&candidate.standing(), now);
                }
                false
            }
            Some(Fate::Changed(brief)) => {
                state.count_in(brief.word, brief.size);
                state.offer_again(brief, now);
                false
            }
            // Whoever removed or replaced it has counted it out already.
            Some(Fate::Absent) => {
                state.count_in(candidate.word, candidate.size);
                false
            }
            // Whoever writes it offers what it then is, unless the write fails: then it may go after all.
            Some(Fate::Busy) => {
                state.count_in(candidate.word, candidate.size);
                self.busy.push((*candidate, dead));
                false
            }
        });
        self.fates.clear();
        // Last first, as they came out.
        while let Some(candidate) = self.candidates.pop() {
            state.count_in(candidate.word, candidate.size);
            state.take_back(candidate, dead);
        }
    }
}

impl Drop for Round<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.candidates.is_empty() || !self.busy.is_empty() {
            self.end();
        }
    }
}

impl Settled {
    const fn covers(&self, shortage: Shortage) -> bool {
        self.freed >= shortage.bytes && self.gone >= shortage.entries
    }

    const fn take(&mut self, candidate: &Candidate) {
        self.gone += 1;
        self.freed += candidate.size;
    }
}
