//! The best of what a survey sees.
//!
//! It keeps up to twice as many as are wanted and cuts back then, which costs each of them a constant; the price is
//! memory for twice as many while a survey lasts.

use super::{Candidate, Turn};

/// The candidates that a survey keeps, in the order in which it saw them.
#[derive(Debug)]
pub(in crate::eviction) struct Selection {
    most: usize,
    found: Vec<Candidate>,
    /// The worst turn that can still be among the best.
    worst: Turn,
    /// Some were seen that are not among the best.
    cut: bool,
}

impl Selection {
    /// An empty selection of at most `most`.
    pub(in crate::eviction) const fn new(most: usize) -> Self {
        Self { most, found: Vec::new(), worst: Turn::LAST, cut: false }
    }

    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Takes in an entry, if its turn can be among the best.
    pub(in crate::eviction) fn see(&mut self, turn: Turn, candidate: impl FnOnce() -> Candidate) {
        if turn > self.worst {
            return;
        }
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

    /// The best, in the order in which they were seen, and whether others were.
    pub(super) fn finish(mut self) -> (Vec<Candidate>, bool) {
        self.cut();
        (self.found, self.cut)
    }
}
