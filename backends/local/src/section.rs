//! A section: alone among all processes, for a step or a few.
//!
//! In a section nothing waits and nothing panics after the first change. A step gathers its changes and
//! [commits](Section::commit) them together; what is not committed did not happen.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::handles::{Handle, Handles};
use crate::head::Word;
use crate::tables::{Address, Tables};
use crate::{journal, lock};

/// The changes of a step, in the order in which they are made.
type Changes = Vec<(Address, u64)>;

/// Lets the threads of one handle take turns before they contend with other processes.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<Changes>);

/// Alone with the tables. Dropping it gives the lock up; changes that were not committed are forgotten.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) tables: &'a Tables,
    changes: MutexGuard<'a, Changes>,
    /// A word that is to be changed could not be mapped.
    failed: bool,
}

impl Turns {
    /// Enters a section, waiting up to `patience` for other processes; `None` if it took longer.
    pub(crate) fn enter<'a>(
        &'a self,
        tables: &'a Tables,
        handles: &Handles,
        own: &Handle,
        patience: Duration,
    ) -> Option<Section<'a>> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !lock::take(&tables.head, handles, own.token, patience) {
            return None;
        }
        journal::redo(tables);
        Some(Section { tables, changes, failed: false })
    }
}

impl Turns {
    /// Enters a section of tables that nobody shares.
    pub(crate) fn alone<'a>(&'a self, tables: &'a Tables) -> Section<'a> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Section { tables, changes, failed: false }
    }
}

impl Section<'_> {
    /// The value of a word, with the changes of this step.
    #[inline]
    pub(crate) fn get(&self, address: Address) -> u64 {
        let changed = self.changes.iter().rev().find(|(changed, _)| *changed == address);
        changed.map_or_else(|| self.tables.get(address), |(_, value)| *value)
    }

    /// Changes a word in this step.
    #[inline]
    pub(crate) fn set(&mut self, address: Address, value: u64) {
        self.failed |= !self.tables.has(address);
        self.changes.push((address, value));
    }

    /// Changes a word by so much.
    #[inline]
    pub(crate) fn add(&mut self, address: Address, difference: i64) {
        match self.changes.iter_mut().rev().find(|(changed, _)| *changed == address) {
            Some((_, value)) => *value = value.wrapping_add_signed(difference),
            None => {
                let value = self.tables.get(address);
                self.set(address, value.wrapping_add_signed(difference));
            }
        }
    }

    #[inline]
    pub(crate) fn head(&self, word: Word) -> u64 {
        self.get(Address::of(word))
    }

    #[inline]
    pub(crate) fn set_head(&mut self, word: Word, value: u64) {
        self.set(Address::of(word), value);
    }

    /// Forgets the changes of this step.
    pub(crate) fn forget(&mut self) {
        self.changes.clear();
        self.failed = false;
    }

    /// Makes the changes of this step, all or none. Says whether they were made: not if a word cannot be mapped.
    #[must_use]
    pub(crate) fn commit(&mut self) -> bool {
        let made = !self.failed;
        if made {
            journal::make(self.tables, &self.changes);
        }
        self.forget();
        made
    }
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        self.changes.clear();
        lock::release(&self.tables.head);
    }
}
