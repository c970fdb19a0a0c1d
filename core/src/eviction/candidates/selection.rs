//! The best of what a survey sees.
//!
//! It keeps up to twice as many as are wanted and cuts back then, which costs each of them a constant; the price is
//! memory for twice as many while a survey lasts.

use super::{Candidate, Turn};

/// The candidates that a survey keeps, in order of insertion in the end.
#[derive(Debug)]
pub(in crate::eviction) struct Selection {
    most: usize,
    found: Vec<Candidate>,
    /// The worst turn that can still be among the best.
    worst: Turn,
    /// Some were seen that are not among the best.
    cut: bool,
    /// The insertion of the last one, as long as all came in order of insertion.
    last: Option<u64>,
}

impl Selection {
    /// An empty selection of at most `most`.
    pub(in crate::eviction) const fn new(most: usize) -> Self {
        Self { most, found: Vec::new(), worst: Turn::LAST, cut: false, last: Some(0) }
    }

    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Takes in an entry, if its turn can be among the best.
    pub(in crate::eviction) fn see(&mut self, turn: Turn, candidate: impl FnOnce() -> Candidate) {
        if turn > self.worst {
            return;
        }
        let insertion = turn.insertion;
        self.last = self.last.filter(|last| *last <= insertion).map(|_| insertion);
        self.found.push(candidate());
        if self.found.len() / 2 >= self.most {
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

    /// The best, in order of insertion, and whether others were seen.
    pub(super) fn finish(mut self) -> (Vec<Candidate>, bool) {
        self.cut();
        if self.last.is_none() {
            self.found.sort_unstable_by_key(|candidate| candidate.turn.insertion);
        }
        (self.found, self.cut)
    }
}
