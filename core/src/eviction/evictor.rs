//! The evictor: what is known of a disk's victims, between one survey and the next.
//!
//! It never touches a disk itself, so that the same engine serves every disk and a replay of traces. In a
//! [`round`](Evictor::round), [`pick`](Round::pick) victims, have the disk evict them and [`settle`](Round::settle) their
//! fates; when `pick` asks for a survey, [`survey`](Evictor::survey) the disk and pick again.

mod round;
mod surveying;
#[cfg(test)]
mod tests;
mod volumes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::candidates::{Candidate, Candidates, Turn};
use super::policy::{Entrance, Heeds, MOST_QUEUES, Newcomer, Policy};
use crate::disk::{Brief, Replaced, Sequence};
use crate::key::Namespace;
use crate::time::Time;
use volumes::Volumes;

pub use round::{Pick, Round, Settled};
pub use surveying::Surveying;

/// The least victims that a survey keeps.
const LEAST_KEPT: usize = 64;
/// How often a survey's victims may be used up before the next survey, where what is offered replaces them.
const PATIENCE: usize = 32;

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
    /// How many victims may be picked before a survey shows what nobody told: writes whose callers were gone.
    patience: usize,
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
            patience: 0,
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

    /// A round of victims, none of which is picked yet.
    pub fn round(&self) -> Round<'_> {
        Round::new(self)
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
        state.surveys += 1;
        Surveying::new(self.clone(), &state, entries)
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

impl State {
    fn forget(&mut self) {
        self.dead.forget();
        self.queues.iter_mut().for_each(Candidates::forget);
    }

    /// Takes in an entry that was written.
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

    /// Takes in once more an entry that was hit before its turn came.
    fn offer_again(&mut self, brief: &Brief, now: Time) {
        if let Some(rank) = self.policy.rank(brief, now) {
            let (turn, queue) = (Turn::new(rank, brief.insertion), self.queue_of(brief.word));
            self.queues[queue].offer_again(turn, || Candidate::living(turn, brief, self.heeds.hits));
        }
    }

    /// The queue whose turn it is: the one that the policy names, else the other.
    #[inline]
    fn turn(&self, just_surveyed: bool) -> usize {
        if !self.heeds.queues {
            return 0;
        }
        let volumes = self.volumes.queues();
        let turn = self.policy.turn(&volumes, self.limit).min(MOST_QUEUES - 1);
        // An empty list of candidates is not an empty queue: only right after a survey may the other step in.
        let may_switch = just_surveyed || volumes[turn] == 0;
        match self.queues[turn].first() {
            None if may_switch => (turn + 1) % MOST_QUEUES,
            _ => turn,
        }
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

    /// Takes back a candidate that may still go.
    fn take_back(&mut self, candidate: Candidate, dead: bool) {
        let queue = self.queue_of(candidate.word);
        let candidates = if dead { &mut self.dead } else { &mut self.queues[queue] };
        candidates.take_back(candidate);
    }

    fn queue_of(&self, word: u64) -> usize {
        queue_of(&*self.policy, self.heeds, word)
    }
}

/// The queue of an entry with this word, whatever a policy of the user answers.
fn queue_of(policy: &dyn Policy, heeds: Heeds, word: u64) -> usize {
    if heeds.queues { policy.queue(word).min(MOST_QUEUES - 1) } else { 0 }
}
