//! A survey, from its first brief to what the evictor keeps of it.
//!
//! It keeps every entry, and all that is offered afterwards is added, so that the next survey is far away. Only where
//! the policy spares victims, whose next turn nobody tells, it keeps those that go first and a later one finds the
//! others.

use std::sync::Arc;

use super::volumes::Volumes;
use super::{Evictor, LEAST_KEPT, PATIENCE, State, queue_of};
use crate::disk::{Brief, Sequence};
use crate::eviction::candidates::{Beyond, Candidate, Selection, Turn};
use crate::eviction::policy::{Heeds, MOST_QUEUES, Policy, ordered};
use crate::time::Time;

/// A survey under way: feed it every brief of the disk, then finish it.
#[derive(Debug)]
#[must_use]
pub struct Surveying {
    evictor: Evictor,
    policy: Arc<dyn Policy>,
    heeds: Heeds,
    reserved: u64,
    /// How many entries it keeps of each queue.
    most: usize,
    dead: Selection,
    queues: [Selection; MOST_QUEUES],
    volumes: Volumes,
}

impl Surveying {
    pub(super) fn new(evictor: Evictor, state: &State, entries: usize) -> Self {
        let heeds = state.heeds;
        // Where hits count, those that go last are likely hit before their turn, and all that is known of them spoiled.
        let share = if beyond(heeds) == Beyond::More && heeds.hits { entries / 2 } else { entries };
        let most = share.max(LEAST_KEPT);
        Self {
            evictor,
            heeds,
            policy: Arc::clone(&state.policy),
            reserved: state.reserved,
            most,
            dead: Selection::new(most),
            queues: std::array::from_fn(|_| Selection::new(most)),
            volumes: Volumes::default(),
        }
    }

    /// Takes in an entry of the disk.
    pub fn see(&mut self, brief: &Brief, now: Time) {
        let queue = queue_of(&*self.policy, self.heeds, brief.word);
        if self.heeds.queues {
            self.volumes.enter(queue, brief.size);
        }
        if let Some(expires) = brief.expires {
            let turn = Turn::new(ordered(expires), brief.insertion);
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
        let taken = |selection: &mut Selection| std::mem::replace(selection, Selection::new(1));
        state.dead.fill(taken(&mut self.dead), Beyond::Nothing);
        for (candidates, selection) in state.queues.iter_mut().zip(&mut self.queues) {
            candidates.fill(taken(selection), beyond(self.heeds));
        }
        state.volumes = self.volumes;
        state.patience = self.most.saturating_mul(PATIENCE);
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

/// What a survey need not find, since it is told.
const fn beyond(heeds: Heeds) -> Beyond {
    if heeds.victims { Beyond::More } else { Beyond::Nothing }
}
