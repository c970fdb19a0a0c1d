//! Names at which the frames may not be what the books say.
//!
//! A write or a deletion that fails, or is dropped midway, may have happened or not. Its name is in doubt until
//! somebody looks: one more read then, and none ever where nothing goes wrong.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::key::Digest;

/// The names in doubt.
#[derive(Debug, Default)]
pub(super) struct Doubts(Mutex<HashSet<Digest>>);

impl Doubts {
    /// Puts `name` in doubt unless what begins now is [done](Doubt::done). Take it after the writers' place, so that
    /// the name is in doubt before the next writer has the place.
    pub(super) fn of(&self, name: &Digest) -> Doubt<'_> {
        Doubt { doubts: self, name: *name, done: false }
    }

    pub(super) fn contains(&self, name: &Digest) -> bool {
        self.names().contains(name)
    }

    pub(super) fn all(&self) -> Vec<Digest> {
        self.names().iter().copied().collect()
    }

    /// Takes `name` out of doubt; whoever does it has the writers' place.
    pub(super) fn settle(&self, name: &Digest) {
        self.names().remove(name);
    }

    fn names(&self) -> MutexGuard<'_, HashSet<Digest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write or a deletion under way.
#[derive(Debug)]
pub(super) struct Doubt<'a> {
    doubts: &'a Doubts,
    name: Digest,
    done: bool,
}

impl Doubt<'_> {
    /// It happened, and the books are told at once.
    pub(super) fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.doubts.names().insert(self.name);
        }
    }
}
