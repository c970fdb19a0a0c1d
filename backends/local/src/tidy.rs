//! What the dead left: looked for when a disk is opened, by whoever opens it.

use std::io::{self, ErrorKind};

use larder_core::Result;
use larder_mapping::Access;

use crate::clean::is_never_synced;
use crate::handles::{self, reserved_word};
use crate::head::{MOST_HANDLES, Word};
use crate::inner::Inner;
use crate::log::{RESERVE, numbers};
use crate::section::Section;
use crate::segment::{self, START, Segment};
use crate::tables::{Address, Table};
use crate::{admit, apart, rebuild, unrecorded};

/// A file with the name of a segment that the index does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// Nothing was ever written to it: a process died while it made it.
    Unused,
    /// It has records, so the index is wrong.
    Used,
    /// It is no segment of this disk. It stays.
    Foreign,
}

impl Inner {
    /// Gives back what processes that died had reserved, and removes the files that they left half made. Alone with the
    /// opening, so that nobody takes a number meanwhile.
    pub(crate) async fn tidy(&self, own: usize) -> Result<()> {
        let is_gone = |number: usize| number == own || handles::is_free(&self.tables, number);
        self.within(|section| {
            let reserve = unrecorded::is_reserve(&self.root).and_then(|is_own| {
                let file = self.root.status(RESERVE)?.filter(|_| is_own);
                Ok(file.map_or(0, |file| file.length))
            });
            let noted = reserve.and_then(|bytes| Self::note_reserve(section, bytes));
            noted.map_err(|error| self.failed("looking for the reserve", error))?;
            Self::give_back(section, is_gone);
            self.remove_unknown_segments(section)?;
            let replaced = self.replace_lost_segments(section);
            replaced.map_err(|error| self.failed("replacing segments that are gone", error))?;
            let removed = self.remove_unnamed_bodies(section);
            removed.map_err(|error| self.failed("listing the values in files of their own", error))
        })
        .await?;
        let removed = self.remove_unfinished();
        removed.map_err(|error| self.failed("listing the unfinished values", error))
    }

    /// Removes the files of bodies whose writers ended before they were whole. Others may have the disk open.
    pub(crate) fn remove_unfinished(&self) -> io::Result<()> {
        self.check_place()?;
        for name in self.root.names(apart::UNFINISHED)? {
            let Some(name) = name.to_str().filter(|name| apart::is_unfinished(name)) else { continue };
            let name = format!("{}/{name}", apart::UNFINISHED);
            // The next opening tries what fails again.
            if let Ok(Some(_locked)) = apart::left(&self.root, &name) {
                let _ = self.root.remove(&name);
            }
        }
        Ok(())
    }

    /// Gives back what writers that died while others have the disk open had reserved, and removes their unfinished files;
    /// says whether there was anything.
    pub(crate) async fn reclaim_dead_reservations(&self) -> Result<bool> {
        if !self.may_have_dead_reservations()? {
            return Ok(false);
        }
        let gave = self.within(|section| Ok(self.give_back_in(section))).await?;
        if gave {
            self.remove_unfinished_of_dead_writers();
        }
        Ok(gave)
    }

    /// As [`reclaim_dead_reservations`](Self::reclaim_dead_reservations), where the lock is free soon.
    pub(crate) fn try_reclaim_dead_reservations(&self) -> Result<()> {
        if self.may_have_dead_reservations()?
            && let Some(mut section) = self.enter()?
            && self.give_back_in(&mut section)
        {
            drop(section);
            self.remove_unfinished_of_dead_writers();
        }
        Ok(())
    }

    /// Whether others have reserved anything.
    fn may_have_dead_reservations(&self) -> Result<bool> {
        let own = Address::new(Table::Head, reserved_word(self.writer()?.number));
        Ok(Word::Reserved.get(&self.tables.head) > self.tables.get(own))
    }

    fn is_dead(&self, number: usize) -> bool {
        self.handle.as_ref().is_some_and(|own| own.number != number) && handles::is_free(&self.tables, number)
    }

    fn give_back_in(&self, section: &mut Section<'_>) -> bool {
        let before = section.head(Word::Reserved);
        Self::give_back(section, |number| self.is_dead(number));
        section.head(Word::Reserved) < before
    }

    fn remove_unfinished_of_dead_writers(&self) {
        if let Err(error) = self.remove_unfinished() {
            tracing::warn!(%error, "unfinished values of dead writers could not be removed; it is tried again");
        }
    }

    fn give_back(section: &mut Section<'_>, is_gone: impl Fn(usize) -> bool) {
        section.forget();
        for number in 0..MOST_HANDLES {
            let left = section.tables.get(Address::new(Table::Head, reserved_word(number)));
            if left != 0 && is_gone(number) {
                admit::reserve(section, number, left.cast_signed().wrapping_neg());
                let _ = section.commit();
            }
        }
    }

    /// Removes segments that were being made, and has those taken in that the index lost.
    fn remove_unknown_segments(&self, section: &Section<'_>) -> Result<()> {
        let known = numbers(section.tables);
        let all =
            rebuild::segments(&self.root).map_err(|error| self.failed("listing the segments", error))?;
        for number in all.into_iter().filter(|number| known.binary_search(number).is_err()) {
            match self.unknown_segment(number)? {
                Unknown::Unused => {
                    self.remove_segment(number);
                }
                Unknown::Used => section.condemn("a segment with records is not in the index"),
                Unknown::Foreign => {}
            }
        }
        Ok(())
    }

    /// What a segment is that the index does not know. Only its own bytes decide: a damaged index must not remove it.
    pub(crate) fn unknown_segment(&self, number: u32) -> Result<Unknown> {
        let segment = match Segment::open(&self.root, number, Access::Read, Some(self.salt)) {
            Ok(segment) => segment,
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                let blank = segment::is_blank(&self.root, number);
                let is_blank = blank.map_err(|error| self.failed("reading a segment", error))?;
                return Ok(if is_blank { Unknown::Unused } else { Unknown::Foreign });
            }
            // It went meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Unknown::Foreign),
            Err(error) => return Err(self.failed("opening a segment", error)),
        };
        Ok(if segment.is_unused() {
            Unknown::Unused
        } else if segment.next(START, u64::MAX, self.salt).is_some() {
            Unknown::Used
        } else {
            Unknown::Foreign
        })
    }

    /// Removes the files of bodies that no entry and no live writer refers to.
    fn remove_unnamed_bodies(&self, section: &Section<'_>) -> io::Result<()> {
        let numbers = apart::numbers(&self.root)?;
        if numbers.len() as u64 <= section.head(Word::Aparts) {
            return Ok(());
        }
        let Some(named) = self.named_aparts(section)? else {
            tracing::warn!(
                "an entry is damaged; values that no entry names are kept until a check repairs it"
            );
            return Ok(());
        };
        if !is_never_synced(section.tables) {
            // What replaced them may not be on the medium yet.
            self.sync_log()?;
        }
        for number in numbers.into_iter().filter(|number| !named.contains(number)) {
            let name = apart::file(number);
            // In a section, so its writer, if it lives, has not made it an entry and still has it locked. The next opening, or
            // a check, tries what fails again.
            if let Ok(Some(_locked)) = apart::left(&self.root, &name) {
                let _ = self.root.remove(&name);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use larder_core::disk::{Disk, Finding, Repair, Settings};

    use crate::LocalDisk;
    use crate::apart::Unfinished;

    #[test]
    fn a_body_is_left_once_its_writer_is_gone_and_not_once_it_is_old() {
        pollster::block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let open = || LocalDisk::open(directory.path(), Settings::limited(8 << 20));
            let disk = open().await.unwrap();
            for is_named in [false, true] {
                for is_gone in [false, true] {
                    let mut file = Unfinished::begin(&disk.inner.root, 0).unwrap();
                    file.append(&[0x8A]).unwrap();
                    if is_named {
                        // It has its number, and its entry comes later.
                        file.keep(7).unwrap();
                    }
                    let path = disk.inner.root.path(file.name());
                    let old = SystemTime::now() - Duration::from_hours(24);
                    std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
                    if is_gone {
                        // As its process leaves it when it is killed: unlocked, and of a length that shows whose it is.
                        std::fs::write(&path, []).unwrap();
                        file.abandon();
                    }
                    let other = open().await.unwrap();
                    let mut findings: Vec<Finding> = Vec::new();
                    other.check(Repair::Fix, &mut findings).await.unwrap();
                    assert_eq!(path.exists(), !is_gone, "named: {is_named}");
                }
            }
        });
    }
}
