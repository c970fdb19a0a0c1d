//! The sums: volume, entries, and what is reserved for writes under way.
//!
//! Every change of a sum is here, so the books balance if this file is right.

use std::collections::HashMap;

use super::Lack;
use crate::disk::{Refusal, Settings, Shortage, Usage};

/// What an entry in the books adds to the sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// Bytes of volume.
    pub(super) size: u64,
    /// The namespace it counts for.
    pub(super) namespace: u64,
}

/// What a write under way holds beyond the entry that it replaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reserve {
    pub(super) bytes: u64,
    pub(super) entries: u64,
}

#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) settings: Settings,
    pub(super) volume: u64,
    pub(super) entries: u64,
    reserved: Reserve,
    pub(super) counts: HashMap<u64, u64, foldhash::fast::RandomState>,
}

impl Ledger {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, volume: 0, entries: 0, reserved: Reserve::default(), counts: HashMap::default() }
    }

    /// Lets `held` grow to what a write of `size` bytes over `old` needs, or says what is short.
    pub(super) fn reserve(&mut self, held: &mut Reserve, size: u64, old: Option<Share>) -> Result<(), Lack> {
        let limit = self.settings.size_limit.unwrap_or(u64::MAX);
        let most = self.settings.max_entries.unwrap_or(u64::MAX);
        if size > limit || most == 0 {
            return Err(Lack::Refused(Refusal::TooLarge { size, limit }));
        }
        let need = Reserve {
            bytes: size.saturating_sub(old.map_or(0, |share| share.size)),
            entries: u64::from(old.is_none()),
        };
        let more = Reserve {
            bytes: need.bytes.saturating_sub(held.bytes),
            entries: need.entries.saturating_sub(held.entries),
        };
        let volume = self.volume.saturating_add(self.reserved.bytes).saturating_add(more.bytes);
        let entries = self.entries + self.reserved.entries + more.entries;
        // A write that takes nothing more is never the one to make room, also after the limit was lowered.
        let short = Shortage {
            bytes: if more.bytes > 0 { volume.saturating_sub(limit) } else { 0 },
            entries: if more.entries > 0 { entries.saturating_sub(most) } else { 0 },
        };
        if short != Shortage::default() {
            return Err(Lack::Room(short));
        }
        self.reserved.bytes += more.bytes;
        self.reserved.entries += more.entries;
        held.bytes += more.bytes;
        held.entries += more.entries;
        Ok(())
    }

    /// Gives back what a write held.
    pub(super) fn release(&mut self, held: Reserve) {
        self.reserved.bytes -= held.bytes;
        self.reserved.entries -= held.entries;
    }

    /// Counts an entry that is now stored.
    pub(super) fn add(&mut self, share: Share) {
        self.volume += share.size;
        self.entries += 1;
        *self.counts.entry(share.namespace).or_default() += 1;
    }

    /// Counts an entry that is gone.
    pub(super) fn subtract(&mut self, share: Share) {
        self.volume -= share.size;
        self.entries -= 1;
        if let Some(count) = self.counts.get_mut(&share.namespace) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&share.namespace);
            }
        }
    }

    pub(super) fn count(&self, namespace: u64) -> u64 {
        self.counts.get(&namespace).copied().unwrap_or(0)
    }

    pub(super) const fn usage(&self) -> Usage {
        Usage { volume: self.volume, entries: self.entries, reserved: self.reserved.bytes }
    }
}
