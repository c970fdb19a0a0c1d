//! A section: alone among all processes, for a step or a few.
//!
//! In a section nothing waits and nothing panics after the first change. A step gathers its changes and
//! [commits](Section::commit) them together; what is not committed did not happen.

use std::cell::Cell;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::area::{Area, UNIT};
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
    /// The index was found inconsistent: nothing is changed any more, and the next section rebuilds it.
    condemned: Cell<bool>,
    /// Whether the last holder of the lock died with it.
    pub(crate) is_inherited: bool,
    /// The word that counts the chains: another one while the index is rebuilt, so that readers wait.
    pub(crate) shape: Word,
    /// Whether cleaning moved records in this section: what was found before may lie elsewhere.
    pub(crate) has_moved: bool,
}

impl Turns {
    /// Enters a section, waiting up to `patience` for other processes; `None` if it took longer.
    ///
    /// If what a dead writer began cannot be completed, the section is [condemned](Section::condemn) from the start.
    ///
    /// # Errors
    ///
    /// A table cannot be mapped.
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
        let mut is_condemned = !journal::redo(tables);
        // After the journal, which may change what is reserved.
        match tables.map_all() {
            Ok(()) => {}
            // A table is shorter than the head says: the head is damaged.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => is_condemned = true,
            Err(error) => {
                lock::release(&tables.head);
                return Err(error);
            }
        }
        let condemned = Cell::new(is_condemned);
        let is_inherited = taken == Taken::FromTheDead;
        Ok(Some(Section {
            tables,
            changes,
            failed: false,
            is_private: false,
            condemned,
            is_inherited,
            shape: Word::Shape,
            has_moved: false,
        }))
    }
}

impl Turns {
    /// Enters a section of tables that nobody shares.
    pub(crate) fn alone<'a>(&'a self, tables: &'a Tables) -> Section<'a> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Section {
            tables,
            changes,
            failed: false,
            is_private: true,
            condemned: Cell::new(false),
            is_inherited: false,
            shape: Word::Shape,
            has_moved: false,
        }
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

    /// Reserves space so that `table` has `wanted` words; `units` is the word of the head that counts what is reserved.
    ///
    /// Tables grow by a row at a time. A damaged index that asks for more than that reserves nothing.
    pub(crate) fn reserve(&mut self, table: &Area, units: Word, wanted: usize) -> io::Result<()> {
        let reserved = self.head(units) as usize * UNIT;
        if wanted > reserved {
            if self.condemned.get() || (!self.is_private && wanted - reserved > UNIT) {
                self.condemn("a table is shorter than its rows");
                return Err(condemned());
            }
            let reserved = table.grow(reserved, wanted)?;
            // Else what cannot be mapped for want of memory would pass for damage.
            table.map_up_to(reserved as u64)?;
            self.set_head(units, (reserved / UNIT) as u64);
        }
        Ok(())
    }

    /// Notes that the index is inconsistent. Nothing of this section is committed any more, and the index is rebuilt from
    /// the log by whichever handle enters a section next.
    #[cold]
    pub(crate) fn condemn(&self, why: &str) {
        if !self.condemned.replace(true) {
            tracing::warn!(why, "the index is inconsistent and is rebuilt from the log");
        }
    }

    /// Whether the index was found inconsistent.
    #[inline]
    pub(crate) fn is_condemned(&self) -> bool {
        self.condemned.get()
    }

    /// Takes the mark of inconsistency back, once the index is rebuilt.
    pub(crate) fn pardon(&self) {
        self.condemned.set(false);
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

    /// The value of a word of the head. 0 if it is damaged: then the section is [condemned](Section::condemn).
    #[inline]
    pub(crate) fn head(&self, word: Word) -> u64 {
        let value = word.value_in(self.get(Address::of(word)));
        value.unwrap_or_else(|| {
            self.condemn("a word of the head is damaged");
            0
        })
    }

    #[inline]
    pub(crate) fn set_head(&mut self, word: Word, value: u64) {
        self.set(Address::of(word), word.stored(value));
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
        if self.failed && !self.is_private {
            self.condemn("a word of the index is outside of its file");
        }
        let made = !self.failed && !self.condemned.get();
        if made && self.is_private {
            self.tables.apply_all(&self.changes);
        } else if made {
            journal::make(self.tables, &self.changes);
        }
        self.forget();
        made
    }
}

/// The error of a step that found the index inconsistent.
pub(crate) fn condemned() -> io::Error {
    io::Error::other("the index is inconsistent and is rebuilt")
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        self.changes.clear();
        if self.condemned.get() {
            journal::condemn(self.tables);
        }
        lock::release(&self.tables.head);
    }
}
