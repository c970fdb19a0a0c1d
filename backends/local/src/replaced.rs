//! Files of values that were replaced by writes which are not on the medium yet.
//!
//! A crash may take the write that replaced a value, and then the older one counts again. So its file is removed after the next
//! sync. Until then it is locked, so that no other handle takes it for one that a dead writer left; if the process ends, the
//! lock ends too, and the next opening removes it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use larder_mapping::Access;

use crate::apart::file;
use crate::files::DiskFile;
use crate::inner::Inner;
use crate::slot::Slot;

/// With so many files, or so many bytes, a sync is due before more values are replaced.
const MAX_FILES: usize = 16;
const MAX_BYTES: u64 = 64 << 20;

/// The files that wait for the next sync.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<Vec<File>>);

#[derive(Debug)]
struct File {
    name: String,
    length: u64,
    _locked: DiskFile,
}

impl Waiting {
    fn files(&self) -> MutexGuard<'_, Vec<File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many wait now.
    pub(crate) fn count(&self) -> usize {
        self.files().len()
    }

    /// Whether a sync is due.
    pub(crate) fn is_full(&self) -> bool {
        let files = self.files();
        files.len() >= MAX_FILES || files.iter().map(|file| file.length).sum::<u64>() >= MAX_BYTES
    }
}

impl Inner {
    /// Removes the file of a value that was replaced, if it had one: after the next sync, unless nobody ever asked for one.
    pub(crate) fn remove_replaced(&self, slot: &Slot, is_never_synced: bool) {
        if !slot.place.is_apart {
            return;
        }
        if is_never_synced {
            return self.remove_apart(slot);
        }
        let waiting = self.apart(slot).and_then(|apart| {
            let Some(apart) = apart else { return Ok(None) };
            let name = file(apart.number);
            let opened = self.root.open_file(&name, Access::Read)?;
            // Its writer has given its lock up. Whoever else has it is about to remove the file.
            Ok(opened.try_lock()?.then(|| File { name, length: slot.length, _locked: opened }))
        });
        match waiting {
            Ok(Some(file)) => self.replaced.files().push(file),
            Ok(None) => {}
            Err(error) => {
                // The next check or opening removes it.
                tracing::warn!(%error, "the file of a replaced value is not removed yet");
            }
        }
    }

    /// Removes the first `count` files that waited, now that what replaced them is on the medium.
    pub(crate) fn remove_waiting(&self, count: usize) {
        let files: Vec<File> = {
            let mut files = self.replaced.files();
            let count = count.min(files.len());
            files.drain(..count).collect()
        };
        if files.is_empty() {
            return;
        }
        let removed = self.check_place().and_then(|()| {
            files.iter().try_for_each(|file| match self.root.remove(&file.name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            })
        });
        if let Err(error) = removed {
            // The next check or opening removes it.
            tracing::warn!(%error, "the file of a replaced value could not be removed");
        }
    }
}
