//! Files that another program removed under an open disk.
//!
//! Programs that remove old files also remove files of an open disk. The
//! directory and the index decide what this handle may do: while the file with the name of the index is the
//! one that is mapped, a segment that is gone is replaced by a new one, and what this process still has
//! mapped of it is saved there. Once the index has gone or is another one, all files may be those of a
//! successor, and nothing is created or removed any more.

use std::io;
use std::sync::atomic::Ordering;

use crate::chains::{self, Found};
use crate::head::Word;
use crate::inner::Inner;
use crate::log::known;
use crate::reclaim::{Purpose, is_full};
use crate::section::Section;
use crate::segment::{self, START, Segment};
use crate::shelf::Shelf;
use crate::slot::{Look, Slot};
use crate::steps::Stuck;
use crate::{tables, unrecorded};

impl Inner {
    /// Returns an error unless the index that is mapped is the one of the directory, so that the files in it
    /// are those of this disk. Asked before a file is created, renamed or removed.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] where the directory or the index was removed or replaced.
    pub(crate) fn check_place(&self) -> io::Result<()> {
        let named = self.root.status(tables::HEAD)?;
        if named.map(|named| named.identity) == self.tables.identity {
            return Ok(());
        }
        let message = "the files of the disk were removed or replaced by another program; open it again";
        Err(io::Error::new(io::ErrorKind::NotFound, message))
    }

    /// Whether the file of a segment still has its name.
    pub(crate) fn is_named(&self, segment: &Segment) -> io::Result<bool> {
        let named = self.root.status(&segment::file(segment.number))?;
        Ok(named.is_some_and(|named| named.identity == segment.identity))
    }

    /// Whether the file with the name of segment `number` is one of this disk, and not one that another
    /// program put there.
    pub(crate) fn is_own_segment(&self, number: u32) -> io::Result<bool> {
        if let Some(segment) = Shelf::among(&self.shelf.open_ones(), number)
            && self.is_named(segment)?
        {
            return Ok(true);
        }
        let salt = unrecorded::salt_of(&self.root, number)?;
        Ok(salt.is_some_and(|salt| salt == 0 || salt == self.salt))
    }

    /// Notes that the file of the current segment is gone, so that the next section saves what is needed of
    /// it.
    pub(crate) fn note_lost(&self, number: u32) {
        tracing::warn!(disk = self.location, number, "another program removed the file of a segment");
        self.lost.store(number, Ordering::Relaxed);
    }

    /// Saves what is needed of a segment that was noted as lost, if there is one.
    #[inline]
    pub(crate) fn recover_lost(&self, section: &mut Section<'_>) {
        let number = self.lost.load(Ordering::Relaxed);
        if number != 0 && number != section.head(Word::Segment) as u32 {
            self.recover_noted(section, number);
        }
    }

    #[cold]
    fn recover_noted(&self, section: &mut Section<'_>, number: u32) {
        match self.clean_whole(section, number) {
            Ok(()) => self.lost.store(0, Ordering::Relaxed),
            Err(error) => {
                tracing::warn!(%error, number, "a lost segment could not be replaced; it is tried again");
            }
        }
    }

    /// Cleans a segment from its first record to its last: entries of which nothing can be read are removed.
    pub(crate) fn clean_whole(&self, section: &mut Section<'_>, number: u32) -> io::Result<()> {
        while section.head(Word::Cleaning) != 0 {
            match self.clean(section, u64::MAX) {
                // Another segment was being cleaned, and there is no space for it now.
                Err(error) if is_full(&error) => self.abandon_cleaning(section),
                cleaned => cleaned?,
            }
        }
        if !known(section.tables).any(|known| known.number == number && !known.is_emptied) {
            return Ok(());
        }
        section.forget();
        section.set_head(Word::Cleaning, number.into());
        section.set_head(Word::Cleaned, START);
        if !section.commit() {
            return Err(io::Error::other("the index cannot be mapped"));
        }
        while section.head(Word::Cleaning) != 0 {
            self.clean(section, u64::MAX)?;
        }
        Ok(())
    }

    /// Removes all entries whose records lie in a segment that is gone. Older records of their keys may be in
    /// other segments, so each removal is written to the log.
    pub(crate) fn strike_lost(&self, section: &mut Section<'_>, number: u32) -> io::Result<()> {
        section.forget();
        let mut removed = 0_u64;
        for index in 0..section.head(Word::Used) as usize {
            let Some(Look::Slot(slot, guard)) = section.tables.slot(index).map(Slot::look) else { continue };
            if slot.place.segment != number {
                continue;
            }
            let Some(link) = chains::link_to(section, slot.mark, index) else { continue };
            let found = Found { index, slot, guard };
            loop {
                match self.strike(section, &found, link) {
                    Ok(_) => break,
                    Err(Stuck::Segment) => self.roll(section, Purpose::Remove)?,
                    Err(stuck) => {
                        section.forget();
                        return Err(stuck.into_error());
                    }
                }
            }
            removed += 1;
        }
        section.forget();
        tracing::warn!(
            disk = self.location,
            number,
            removed,
            "entries of a segment that is gone were removed"
        );
        Ok(())
    }

    /// Removes the entries of segments whose files are gone, and lets the log go on in a new segment if the
    /// current one is.
    pub(crate) fn replace_lost_segments(&self, section: &mut Section<'_>) -> io::Result<()> {
        let there = crate::rebuild::segments(&self.root)?;
        let lost: Vec<u32> = known(section.tables)
            .filter(|known| !known.is_emptied && there.binary_search(&known.number).is_err())
            .map(|known| known.number)
            .collect();
        for number in lost {
            if number == section.head(Word::Segment) as u32 {
                self.roll(section, Purpose::Remove)?;
            }
            self.clean_whole(section, number)?;
        }
        Ok(())
    }
}
