//! What went in and what became of it: the books that must balance.

use std::sync::{Mutex, PoisonError};

use crate::disk::{Cause, Checked, Replaced};

/// What was stored through a larder since it was opened, and what became of it.
///
/// At any quiet moment, and as long as nobody else writes to the disk:
/// `held_at_open + stored == entries + replaced + removed + expired + evicted`. What an operation did that was
/// dropped midway, or whose answer was lost, is seen in `entries` alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Entries that the disk held when it was opened; those that a check found beside the books are among them.
    pub held_at_open: u64,
    /// Writes that were stored.
    pub stored: u64,
    /// Entries, live and dead, that the disk holds now.
    pub entries: u64,
    /// Entries that a write took the place of.
    pub replaced: u64,
    /// Entries that somebody asked to remove: by key, by tag, by clearing, by the fix of a
    /// check, or by a newer value that was refused.
    pub removed: u64,
    /// Entries that were removed because their life was over.
    pub expired: u64,
    /// Entries that went to make room.
    pub evicted: u64,
}

impl Balance {
    /// Whether the two sides are equal.
    pub const fn holds(&self) -> bool {
        self.held_at_open + self.stored
            == self.entries + self.replaced + self.removed + self.expired + self.evicted
    }
}

#[derive(Debug)]
pub(super) struct Counts(Mutex<Balance>);

impl Counts {
    pub(super) fn new(held_at_open: u64) -> Self {
        Self(Mutex::new(Balance { held_at_open, ..Balance::default() }))
    }

    pub(super) fn stored(&self, replaced: &Replaced) {
        self.change(|books| {
            books.stored += 1;
            // What a blind write replaced nobody knows; the disk's entries then count it out.
            books.replaced += u64::from(matches!(replaced, Replaced::Entry(_)));
        });
    }

    pub(super) fn went(&self, cause: Cause, entries: u64) {
        self.change(|books| match cause {
            Cause::Expired => books.expired += entries,
            Cause::Evicted => books.evicted += entries,
            Cause::Removed | Cause::Cleared | Cause::Tagged | Cause::Superseded => books.removed += entries,
        });
    }

    pub(super) fn checked(&self, checked: &Checked) {
        self.change(|books| {
            books.held_at_open += checked.adopted;
            books.removed += checked.struck;
        });
    }

    pub(super) fn balance(&self, entries: u64) -> Balance {
        Balance { entries, ..*self.0.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    fn change(&self, change: impl FnOnce(&mut Balance)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
