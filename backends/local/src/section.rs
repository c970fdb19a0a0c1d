//! A section: alone among all processes, for a step or a few.
//!
//! In a section nothing waits and nothing panics after the first change. A step gathers its changes and
//! [commits](Section::commit) them together; what is not committed did not happen.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::area::Area;
use crate::handles::Handle;
use crate::head::Word;
use crate::lock::Taken;
use crate::tables::{Address, Tables};
use crate::{journal, lock};

/// The changes of a step, in the order in which they are made.
type Changes = Vec<(Address, u64)>;

/// Lets the threads of one handle take turns before they contend with other processes.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<Changes>);

/// Alone with the tables. Dropping it gives the lock up; changes that were not committed are forgotten.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one moment")]
pub(crate) struct Section<'a> {
    pub(crate) tables: &'a Tables,
    changes: MutexGuard<'a, Changes>,
    /// A word that is to be changed could not be mapped.
    failed: bool,
    /// Nobody else sees the tables yet, so steps need not be whole.
    is_private: bool,
    /// Whether the last holder of the lock died with it.
    pub(crate) is_inherited: bool,
    /// Whether cleaning moved records in this section: what was found before may lie elsewhere.
    pub(crate) has_moved: bool,
}

impl Turns {
    /// Enters a section, waiting up to `patience` for other processes; `None` if it took longer.
    ///
    /// # Errors
    ///
    /// What a dead writer began cannot be finished: it is left to the next who enters.
    pub(crate) fn enter<'a>(
        &'a self,
        tables: &'a Tables,
        own: &Handle,
        patience: Duration,
    ) -> io::Result<Option<Section<'a>>> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = lock::take(tables, own.token, patience);
        if taken == Taken::Not {
            return Ok(None);
        }
        // After the journal, which may change what is reserved.
        if let Err(error) = journal::redo(tables).and_then(|()| tables.map_all()) {
            lock::release(&tables.head);
            return Err(error);
        }
        let is_inherited = taken == Taken::FromTheDead;
        Ok(Some(Section {
            tables,
            changes,
            failed: false,
            is_private: false,
            is_inherited,
            has_moved: false,
        }))
    }
}

impl Turns {
    /// Enters a section of tables that nobody shares.
    pub(crate) fn alone<'a>(&'a self, tables: &'a Tables) -> Section<'a> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Section { tables, changes, failed: false, is_private: true, is_inherited: false, has_moved: false }
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

    /// Changes a word in this step, of a row of which another word was [set](Section::set) in it.
    #[inline]
    pub(crate) fn set_beside(&mut self, address: Address, value: u64) {
        self.changes.push((address, value));
    }

    /// Sees to it that `table`, of whose words those that `words` tells are reserved, has `wanted` words.
    pub(crate) fn reserve(&mut self, table: &Area, words: Word, wanted: usize) -> io::Result<()> {
        let reserved = self.head(words) as usize;
        if wanted > reserved {
            let reserved = table.grow(reserved, wanted)?;
            self.set_head(words, reserved as u64);
        }
        Ok(())
    }

    /// Changes a word by so much.
    #[inline]
    pub(crate) fn add(&mut self, address: Address, difference: i64) {
        let changed = self.changes.iter_mut().rev().find(|(changed, _)| *changed == address);
        if let Some((_, value)) = changed {
            *value = value.wrapping_add_signed(difference);
        } else {
            let value = self.tables.get(address);
            self.set(address, value.wrapping_add_signed(difference));
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

    /// Says whether nobody else sees the tables: then steps need not be whole, and are quicker.
    pub(crate) fn keep_private(&mut self, is_private: bool) {
        self.is_private = is_private;
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
        if made && self.is_private {
            self.tables.apply_all(&self.changes);
        } else if made {
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
