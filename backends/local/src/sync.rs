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
    /// How many of the bytes that were ever appended are: what cleaning moved counts too. Whoever writes to the medium has
    /// the lock, and those who wait for it are often done when they get it.
    appended: Mutex<u64>,
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
        let wanted = Word::Appended.get(&self.tables.head);
        let mut synced = self.synced.appended.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced >= wanted {
            return Ok(());
        }
        let reached = Word::Appended.get(&self.tables.head);
        self.sync_log()?;
        *synced = reached;
        Ok(())
    }

    /// Writes all segments that may have something new to the medium, and the bodies that this process put apart.
    pub(crate) fn sync_log(&self) -> io::Result<()> {
        self.sync_aparts()?;
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

    fn sync_aparts(&self) -> io::Result<()> {
        let owed = || self.synced.aparts.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = std::mem::take(&mut *owed());
        let synced = numbers.iter().try_for_each(|number| {
            match std::fs::File::open(apart::path(&self.root, *number)).and_then(|file| file.sync_data()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        });
        let synced = synced.and_then(|()| {
            if numbers.is_empty() { Ok(()) } else { files::sync_directory(&apart::directory(&self.root)) }
        });
        if synced.is_err() {
            owed().extend(numbers);
        }
        synced
    }
}
