//! Fences of the model: every invalidation is remembered.

use larder_core::disk::{Fence, Invalidation};
use larder_core::entry::Version;

use super::{Fault, State};

impl State {
    pub(in crate::model) const fn fence(&self) -> Fence {
        Fence(self.last)
    }

    pub(in crate::model) fn invalidate(&mut self, what: Invalidation) {
        if !self.has(Fault::ForgetsInvalidations) {
            self.last += 1;
            self.invalidated.push((what, self.last));
        }
    }

    /// Notes that an entry, inserted by write `insertion`, is removed.
    pub(super) fn note_removal(&mut self, what: Invalidation, insertion: u64) {
        if !self.has(Fault::RemovesWithoutFence) {
            self.invalidated.push((what, insertion));
        }
    }

    pub(in crate::model) fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        let heeded = match self.fault {
            Some(Fault::InvalidatesForEver) => return true,
            Some(Fault::IgnoresFences) => &[],
            Some(Fault::FencesKeysAlone) => &invalidations[..1],
            _ => invalidations,
        };
        self.invalidated.iter().any(|(what, number)| *number > since.0 && heeded.contains(what))
    }

    /// The version that is stored.
    pub(in crate::model) fn version(&self, identity: &[u8]) -> Option<Version> {
        self.entries.get(identity).map(|stored| stored.meta.version)
    }
}
