//! Durability: what was written gets to the medium, together.

use std::io;
use std::sync::{Mutex, PoisonError};

use crate::head::Word;
use crate::inner::Inner;
use crate::log::numbers;
use crate::{apart, files, segment};

/// What this process knows to be on the medium.
#[derive(Debug, Default)]
pub(crate) struct Synced {
    /// The number of the last write that is; whoever writes to the medium has the lock, and those who wait for it are
    /// often done when they get it.
    sequence: Mutex<u64>,
    /// Files of bodies that are not yet.
    aparts: Mutex<Vec<u64>>,
}

impl Synced {
    /// Notes a file that was made.
    pub(crate) fn owe(&self, number: u64) {
        self.aparts.lock().unwrap_or_else(PoisonError::into_inner).push(number);
    }
}

impl Inner {
    /// Returns once all writes up to now are on the medium.
    pub(crate) fn sync_all(&self) -> io::Result<()> {
        let wanted = Word::Sequence.get(&self.tables.head);
        let mut synced = self.synced.sequence.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced >= wanted {
            return Ok(());
        }
        let reached = Word::Sequence.get(&self.tables.head);
        self.sync_log()?;
        *synced = reached;
        Ok(())
    }

    /// Writes all segments that may have something new to the medium, and the bodies that this process put apart.
    pub(crate) fn sync_log(&self) -> io::Result<()> {
        let owed = std::mem::take(&mut *self.synced.aparts.lock().unwrap_or_else(PoisonError::into_inner));
        for number in &owed {
            match std::fs::File::open(apart::path(&self.root, *number)) {
                Ok(file) => file.sync_data()?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if !owed.is_empty() {
            files::sync_directory(&apart::directory(&self.root))?;
        }
        let first = Word::Synced.get(&self.tables.head) as u32;
        let current = Word::Segment.get(&self.tables.head);
        for number in numbers(&self.tables).into_iter().filter(|number| *number >= first) {
            match self.shelf.get(number) {
                Ok(segment) => segment.file.sync_data()?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        files::sync_directory(&segment::directory(&self.root))?;
        if self.handle.is_some() {
            // It only grows, but for two who sync at once: then something is written twice.
            Word::Synced.put(&self.tables.head, current);
        }
        Ok(())
    }
}
