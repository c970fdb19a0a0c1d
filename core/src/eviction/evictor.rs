//! The evictor: what is known of a disk's victims, between one survey and the next.
//!
//! It never touches a disk itself, so that the same engine serves every disk and a replay of traces. The rounds are:
//! [`pick`](Evictor::pick) victims, have the disk evict them, [`settle`](Evictor::settle) their fates; when `pick`
//! asks for a survey, [`survey`](Evictor::survey) the disk and pick again.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;

use super::candidates::{Beyond, Candidate, Candidates, Selection, Turn};
use super::policy::{Entrance, Heeds, Judgement, MOST_QUEUES, Newcomer, Policy, Queues};
use crate::disk::{Brief, Fate, Note, Replaced, Sequence, Shortage, Victim};
use crate::key::Namespace;
use crate::time::Time;

/// The most victims of one round: what a cancelled round could make the evictor look over again.
const ROUND: usize = 256;
/// The least victims that a survey keeps.
const LEAST_KEPT: usize = 64;

/// What to do next to make room.
#[derive(Debug)]
#[must_use]
pub enum Pick<'a> {
    /// Evict these, then settle.
    Victims(Round<'a>),
    /// Write these words down with the disk, then pick again.
    Spare(Vec<Note>),
    /// Survey the disk, then pick again.
    Survey,
    /// Nothing is left that may go.
    Nothing,
}

/// Victims that were picked together. If it is dropped unsettled the evictor takes them back: those that are gone
/// all the same are found out when they are picked again.
#[derive(Debug)]
#[must_use = "a round that is not settled counts nothing"]
pub struct Round<'a> {
    evictor: &'a Evictor,
    /// Whether their life is over; else the policy chose them.
    dead: bool,
    /// Whether the policy is to be told of those that went.
    told: bool,
    /// Most rounds are one victim long.
    candidates: SmallVec<[Candidate; 1]>,
}

impl Round<'_> {
    /// What the disk is to evict.
    pub fn victims(&self) -> SmallVec<[Victim; 1]> {
        match &self.candidates[..] {
            [one] => SmallVec::from_buf([one.victim]),
            many => many.iter().map(|candidate| candidate.victim).collect(),
        }
    }

    /// Whether the victims go because their life is over.
    pub const fn is_dead(&self) -> bool {
        self.dead
    }
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        if !self.candidates.is_empty() {
            let mut state = self.evictor.state();
            self.candidates.drain(..).for_each(|candidate| state.put_back(&candidate, self.dead));
        }
    }
}

/// What became of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Victims that are gone.
    pub gone: u64,
    /// The bytes that they leave.
    pub freed: u64,
}

/// Bytes of volume in each queue. An entry may be counted out twice before it is counted in again, so a sum may be
/// less than nothing for a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Volumes([i64; MOST_QUEUES]);

impl Volumes {
    const fn enter(&mut self, queue: usize, size: u64) {
        self.0[queue] = self.0[queue].wrapping_add_unsigned(size);
    }

    const fn leave(&mut self, queue: usize, size: u64) {
        self.0[queue] = self.0[queue].wrapping_sub_unsigned(size);
    }

    fn queues(&self) -> Queues {
        self.0.map(|sum| u64::try_from(sum).unwrap_or(0))
    }
}

/// The evictor of one disk. Clones share what is known.
#[derive(Clone, Debug)]
pub struct Evictor {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    policy: Arc<dyn Policy>,
    heeds: Heeds,
    /// The namespace of larder's own entries, which go only when their life is over.
    reserved: u64,
    /// The limit of the disk when it was last looked at.
    limit: Option<u64>,
    dead: Candidates,
    queues: [Candidates; MOST_QUEUES],
    volumes: Volumes,
    /// Surveys under way, and what was offered since the first of them began.
    surveys: u32,
    meanwhile: Vec<Brief>,
    /// How far the disk's writes are known.
    seen: Option<Sequence>,
}

impl Evictor {
    /// An evictor that knows nothing yet.
    pub fn new(policy: Arc<dyn Policy>) -> Self {
        let state = State {
            heeds: policy.heeds(),
            policy,
            reserved: Namespace::reserved().id(),
            limit: None,
            dead: Candidates::default(),
            queues: Default::default(),
            volumes: Volumes::default(),
            surveys: 0,
            meanwhile: Vec::new(),
            seen: None,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Whether victims are chosen by the policy of this name.
    pub fn obeys(&self, policy: &str) -> bool {
        self.state().policy.name() == policy
    }

    /// Chooses by another policy from now on.
    pub fn obey(&self, policy: Arc<dyn Policy>) {
        let mut state = self.state();
        state.heeds = policy.heeds();
        state.policy = policy;
        state.forget();
    }

    /// Takes in the limit of the disk, in bytes of volume.
    pub fn bound(&self, limit: Option<u64>) {
        self.state().limit = limit;
    }

    /// Whether and how an entry may enter, by the policy and the limit when it was last looked at.
    pub fn entrance(&self, newcomer: Newcomer) -> Entrance {
        let state = self.state();
        state.policy.entrance(&Newcomer { limit: state.limit, ..newcomer })
    }

    /// Takes in an entry that was just stored or touched.
    pub fn offer(&self, brief: &Brief, replaced: &Replaced, now: Time) {
        let mut state = self.state();
        if let Replaced::Entry(old) = replaced {
            state.count_out(old.word, old.size);
        }
        state.count_in(brief.word, brief.size);
        if state.surveys > 0 {
            state.meanwhile.push(*brief);
        }
        state.offer(brief, now);
    }

    /// Takes in that an entry went for another cause than eviction.
    pub fn gone(&self, brief: &Brief) {
        self.state().count_out(brief.word, brief.size);
    }

    /// The next step towards covering `shortage`: dead entries first, then those whose turn it is.
    ///
    /// `just_surveyed` tells that the last step was a survey: then nothing more can be found.
    pub fn pick(&self, shortage: Shortage, now: Time, just_surveyed: bool) -> Pick<'_> {
        let mut state = self.state();
        let due = super::policy::ordered(now);
        if state.dead.is_blind(due) && !just_surveyed {
            return Pick::Survey;
        }
        let heeds = state.heeds;
        let mut round = Round { evictor: self, dead: true, told: false, candidates: SmallVec::new() };
        let mut sum = Settled::default();
        let covered = |sum: &Settled| sum.freed >= shortage.bytes && sum.gone >= shortage.entries;
        while !covered(&sum) && round.candidates.len() < ROUND {
            if state.dead.next_rank().is_none_or(|rank| rank > due) {
                break;
            }
            let Some(candidate) = state.dead.pop() else { break };
            state.count_out(candidate.word, candidate.size);
            sum.take(&candidate);
            round.candidates.push(candidate);
        }
        if !round.candidates.is_empty() {
            return Pick::Victims(round);
        }
        (round.dead, round.told) = (false, heeds.victims);
        let mut spared = Vec::new();
        while !covered(&sum) && round.candidates.len() < ROUND && spared.len() < ROUND {
            let Some(candidate) = state.next(just_surveyed) else { break };
            let judgement =
                if heeds.victims { state.policy.judge(&candidate.standing(), now) } else { Judgement::Evict };
            match judgement {
                Judgement::Evict => {
                    state.count_out(candidate.word, candidate.size);
                    sum.take(&candidate);
                    round.candidates.push(candidate);
                }
                Judgement::Spare { word } => spared.push(state.spare(&candidate, word)),
            }
        }
        if !spared.is_empty() {
            // The words must stand on the disk before anything is chosen by them. What was picked beside them
            // is put back for the next round.
            for candidate in round.candidates.drain(..) {
                state.put_back(&candidate, false);
            }
            return Pick::Spare(spared);
        }
        if !round.candidates.is_empty() {
            return Pick::Victims(round);
        }
        if just_surveyed || !state.policy.evicts() { Pick::Nothing } else { Pick::Survey }
    }

    /// Takes in what became of the victims of `round`.
    pub fn settle(&self, mut round: Round<'_>, fates: &[Fate], now: Time) -> Settled {
        let mut sum = Settled::default();
        if !round.told && fates.iter().all(|fate| matches!(fate, Fate::Gone)) {
            // Most rounds end as they were meant to, and nothing need be known of that.
            round.candidates.iter().zip(fates).for_each(|(candidate, _)| sum.take(candidate));
            round.candidates.clear();
            return sum;
        }
        let mut state = self.state();
        for (candidate, fate) in round.candidates.drain(..).zip(fates) {
            match fate {
                Fate::Gone => {
                    sum.take(&candidate);
                    if round.told {
                        state.policy.evicted(&candidate.standing(), now);
                    }
                }
                Fate::Changed(brief) => {
                    state.count_in(brief.word, brief.size);
                    state.offer(brief, now);
                }
                Fate::Spared => state.put_back(&candidate, round.dead),
                // Whoever writes it offers it when done, unless the write fails: then a survey finds it. Whoever
                // removed or replaced it has counted it out already.
                Fate::Busy | Fate::Absent => state.count_in(candidate.word, candidate.size),
            }
        }
        sum
    }

    /// How far the disk's writes are known; `None` before the first survey.
    pub fn seen(&self) -> Option<Sequence> {
        self.state().seen
    }

    /// Takes in what was written on the disk up to `seen`, by whomever.
    pub fn merge(&self, briefs: &[Brief], seen: Sequence, now: Time) {
        let mut state = self.state();
        briefs.iter().for_each(|brief| state.offer(brief, now));
        state.seen = Some(seen);
    }

    /// Begins a survey: what is offered from now on is merged into it.
    pub fn survey(&self, entries: u64) -> Surveying {
        let entries = usize::try_from(entries).unwrap_or(usize::MAX);
        let mut state = self.state();
        // Where hits count, those that go last are likely hit before their turn, and all that is known of them spoiled.
        let share = if state.heeds.hits { entries / 2 } else { entries };
        let most = share.max(LEAST_KEPT);
        state.surveys += 1;
        Surveying {
            evictor: self.clone(),
            heeds: state.heeds,
            policy: Arc::clone(&state.policy),
            reserved: state.reserved,
            dead: Selection::new(most, state.dead.spare()),
            queues: state.queues.each_mut().map(|queue| Selection::new(most, queue.spare())),
            volumes: Volumes::default(),
        }
    }

    /// Forgets what is known: a survey is due.
    pub fn forget(&self) {
        self.state().forget();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A policy of the user may have panicked in the middle; what is known is then at worst incomplete, and
        // every victim is checked by the disk.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Settled {
    const fn take(&mut self, candidate: &Candidate) {
        self.gone += 1;
        self.freed += candidate.size;
    }
}

impl State {
    fn forget(&mut self) {
        self.dead.forget();
        self.queues.iter_mut().for_each(Candidates::forget);
    }

    fn offer(&mut self, brief: &Brief, now: Time) {
        if let Some(expires) = brief.expires {
            let turn = Turn::new(super::policy::ordered(expires), brief.insertion);
            self.dead.offer(turn, || Candidate::dead(turn, brief));
        }
        if brief.namespace == self.reserved {
            return;
        }
        if let Some(rank) = self.policy.rank(brief, now) {
            let (turn, queue) = (Turn::new(rank, brief.insertion), self.queue_of(brief.word));
            self.queues[queue].offer(turn, || Candidate::living(turn, brief, self.heeds.hits));
        }
    }

    /// The candidate whose turn it is: from the queue that the policy names, else from the other.
    fn next(&mut self, just_surveyed: bool) -> Option<Candidate> {
        if !self.heeds.queues {
            return self.queues[0].pop();
        }
        let volumes = self.volumes.queues();
        let turn = self.policy.turn(&volumes, self.limit).min(MOST_QUEUES - 1);
        let other = (turn + 1) % MOST_QUEUES;
        // An empty list of candidates is not an empty queue: only right after a survey may the other step in.
        let may_switch = just_surveyed || volumes[turn] == 0;
        self.queues[turn].pop().or_else(|| if may_switch { self.queues[other].pop() } else { None })
    }

    fn spare(&mut self, candidate: &Candidate, word: u64) -> Note {
        self.count_out(candidate.word, candidate.size);
        self.count_in(word, candidate.size);
        Note::Word { id: candidate.victim.id, version: candidate.victim.version, word }
    }

    /// Counts out what is gone, or is picked: the next turn is chosen as if it were gone.
    fn count_out(&mut self, word: u64, size: u64) {
        if self.heeds.queues {
            self.volumes.leave(self.queue_of(word), size);
        }
    }

    /// Counts in what is new, or was picked and is still there.
    fn count_in(&mut self, word: u64, size: u64) {
        if self.heeds.queues {
            self.volumes.enter(self.queue_of(word), size);
        }
    }

    fn put_back(&mut self, candidate: &Candidate, dead: bool) {
        self.count_in(candidate.word, candidate.size);
        let queue = self.queue_of(candidate.word);
        let candidates = if dead { &mut self.dead } else { &mut self.queues[queue] };
        candidates.offer(candidate.turn, || *candidate);
    }

    fn queue_of(&self, word: u64) -> usize {
        queue_of(&*self.policy, self.heeds, word)
    }
}

/// The queue of an entry with this word, whatever a policy of the user answers.
fn queue_of(policy: &dyn Policy, heeds: Heeds, word: u64) -> usize {
    if heeds.queues { policy.queue(word).min(MOST_QUEUES - 1) } else { 0 }
}

/// A survey under way: feed it every brief of the disk, then finish it.
#[derive(Debug)]
#[must_use]
pub struct Surveying {
    evictor: Evictor,
    policy: Arc<dyn Policy>,
    heeds: Heeds,
    reserved: u64,
    dead: Selection,
    queues: [Selection; MOST_QUEUES],
    volumes: Volumes,
}

impl Surveying {
    /// Takes in an entry of the disk.
    pub fn see(&mut self, brief: &Brief, now: Time) {
        let queue = queue_of(&*self.policy, self.heeds, brief.word);
        if self.heeds.queues {
            self.volumes.enter(queue, brief.size);
        }
        if let Some(expires) = brief.expires {
            let turn = Turn::new(super::policy::ordered(expires), brief.insertion);
            self.dead.see(turn, || Candidate::dead(turn, brief));
        }
        if brief.namespace == self.reserved {
            return;
        }
        if let Some(rank) = self.policy.rank(brief, now) {
            let turn = Turn::new(rank, brief.insertion);
            self.queues[queue].see(turn, || Candidate::living(turn, brief, self.heeds.hits));
        }
    }

    /// Hands what was seen to the evictor; the survey began at `seen`. Says whether it is of use: not if another
    /// policy rules by now.
    pub fn finish(mut self, seen: Option<Sequence>, now: Time) -> bool {
        let evictor = self.evictor.clone();
        let mut state = evictor.state();
        if !Arc::ptr_eq(&state.policy, &self.policy) {
            return false;
        }
        state.dead.fill(std::mem::replace(&mut self.dead, Selection::new(1, Vec::new())), Beyond::Nothing);
        for (queue, selection) in self.queues.iter_mut().enumerate() {
            state.queues[queue]
                .fill(std::mem::replace(selection, Selection::new(1, Vec::new())), Beyond::More);
        }
        state.volumes = self.volumes;
        state.seen = seen;
        let meanwhile = std::mem::take(&mut state.meanwhile);
        meanwhile.iter().for_each(|brief| state.offer(brief, now));
        // Another survey that is under way may have looked before these were written; the last one forgets them.
        state.meanwhile = meanwhile;
        true
    }
}

impl Drop for Surveying {
    fn drop(&mut self) {
        let mut state = self.evictor.state();
        state.surveys -= 1;
        if state.surveys == 0 {
            state.meanwhile = Vec::new();
        }
    }
}
