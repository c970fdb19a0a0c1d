//! Cleaning: what is needed of a segment is appended again, and its file goes.
//!
//! The emptiest segment is cleaned first (greedy cleaning: Rosenblum and Ousterhout, SOSP 1991). Whoever writes cleans a
//! few times as many bytes as it wrote while the files take more than they may, so the work is shared by all processes
//! and a segment is mostly cleaned before the next is due; who needs one earlier cleans the rest at once. How far it got
//! is in the head. A tombstone is needed as long as a segment is
//! there in which an older record of its key may lie.

use std::io;
use std::sync::Arc;

use crate::chains;
use crate::fault;
use crate::head::Word;
use crate::inner::Inner;
use crate::log::{self, Known, address, known, row};
use crate::place::Place;
use crate::record::{Header, Kind};
use crate::section::{Section, condemned};
use crate::segment::{self, START, Segment};
use crate::slot::{self, Slot, word};
use crate::steps::Stuck;
use crate::tables::Address;
use crate::write::bound;

/// How many bytes are cleaned for each that is written while there is too much.
const EAGERNESS: u64 = 6;
/// The least bytes that are cleaned at once, so that small writes get on.
const LEAST: u64 = 16 << 10;
/// A segment of which more than this many hundredths are needed is not worth cleaning.
const FULL: u64 = 90;

/// How pressing cleaning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pressure {
    None,
    /// The files take more than they may soon.
    Some,
    /// They take all that they may.
    Full,
}

/// Whether nobody ever had the log written to the medium: then a crash may take all of it, what was moved included.
fn is_never_synced(section: &Section<'_>) -> bool {
    section.head(Word::Synced) == 0
}

impl Inner {
    /// How much the files take beside what they may.
    pub(crate) fn pressure(&self, section: &Section<'_>) -> Pressure {
        let limit = section.head(Word::SizeLimit);
        let live = section.head(Word::LiveBytes);
        let taken = section.head(Word::LogBytes);
        let segment = segment::size_for(bound(limit), taken);
        let part = |bytes: u64| (u128::from(bytes) * u128::from(self.options.utilization) / 100) as u64;
        // What is stored twice over is waste, however far away the limit is.
        let soft = live.saturating_mul(2).saturating_add(4 * segment);
        let hard = if limit == u64::MAX {
            part(live).saturating_add(2 * segment)
        } else {
            let beside = Self::index_bytes(section).saturating_add(section.head(Word::ApartBytes));
            // Two segments beside it: the one that is kept in reserve, and the one that cleaning begins.
            part(limit).saturating_sub(beside)
        };
        let allowed = soft.min(hard).max(2 * segment);
        let emptied: u64 =
            known(section.tables).filter(|known| known.is_emptied).map(|known| known.size).sum();
        // Emptied files are no reason to clean more, and count until they are gone.
        if taken > allowed {
            Pressure::Full
        } else if taken.saturating_sub(emptied).saturating_add(segment) > allowed {
            Pressure::Some
        } else {
            Pressure::None
        }
    }

    /// The bytes that the index takes.
    pub(crate) fn index_bytes(section: &Section<'_>) -> u64 {
        let words = [Word::SlotWords, Word::ChainWords, Word::SegmentWords, Word::NamespaceWords];
        let tables: u64 = words.into_iter().map(|word| section.head(word)).sum();
        (tables * crate::area::UNIT as u64 + crate::head::WORDS as u64) * crate::area::WORD as u64
    }

    /// Cleans a little after `written` bytes were appended, if there is need.
    #[inline]
    pub(crate) fn keep_up(&self, section: &mut Section<'_>, written: u64) {
        if section.head(Word::Cleaning) == 0 {
            // Whether there is need is looked at when a segment is begun.
            return;
        }
        if let Err(error) = self.clean(section, (written * EAGERNESS).max(LEAST)) {
            tracing::warn!(%error, "a segment could not be cleaned");
        }
    }

    /// Begins a segment, and sees to it that the files do not take more than they may.
    pub(crate) fn next_segment(&self, section: &mut Section<'_>, essential: bool) -> io::Result<()> {
        section.forget();
        let before = section.head(Word::Segment);
        // What was begun is brought to an end before another segment is taken.
        while section.head(Word::Cleaning) != 0 {
            self.clean(section, u64::MAX)?;
        }
        let mut pressure = self.pressure(section);
        if pressure == Pressure::Full {
            // Files that wait for the medium to have what was moved take space until then.
            self.reap(section)?;
            pressure = self.pressure(section);
        }
        while pressure == Pressure::Full && Self::begin_cleaning(section) {
            while section.head(Word::Cleaning) != 0 {
                self.clean(section, u64::MAX)?;
            }
            if section.is_condemned() {
                return Err(condemned());
            }
            self.reap(section)?;
            pressure = self.pressure(section);
        }
        if pressure > Pressure::None {
            Self::begin_cleaning(section);
        }
        if section.head(Word::Segment) != before {
            return Ok(());
        }
        if !essential && self.lacks_space()? {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "less space is free on the file system than is to stay free",
            ));
        }
        self.roll(section, essential)
    }

    /// Chooses the segment that is cleaned next; says whether there is one that is worth it.
    pub(crate) fn begin_cleaning(section: &mut Section<'_>) -> bool {
        if section.head(Word::Cleaning) != 0 {
            return true;
        }
        let current = section.head(Word::Segment) as u32;
        let candidates = known(section.tables).filter(|known| {
            known.number != current && !known.is_emptied && known.live < known.size / 100 * FULL
        });
        let emptiest = candidates.min_by_key(|known| (known.live << 16) / known.size.max(1));
        let Some(Known { number, .. }) = emptiest else { return false };
        section.set_head(Word::Cleaning, number.into());
        section.set_head(Word::Cleaned, START);
        section.commit()
    }

    /// Cleans `budget` bytes of the segment that is being cleaned, and ends it where they are its last.
    pub(crate) fn clean(&self, section: &mut Section<'_>, budget: u64) -> io::Result<()> {
        section.forget();
        let number = section.head(Word::Cleaning) as u32;
        let segment = match self.shelf.get(number) {
            Ok(segment) => segment,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.check_place()?;
                self.strike_lost(section, number)?;
                return self.empty(section, number);
            }
            Err(error) => return Err(error),
        };
        let begun = section.head(Word::Cleaned);
        loop {
            let offset = section.head(Word::Cleaned);
            if section.is_condemned() {
                return Err(condemned());
            }
            if offset - begun >= budget {
                return Ok(());
            }
            let Some((at, header)) = segment.next(offset, self.salt) else {
                return self.empty(section, number);
            };
            let place = Place { segment: number, offset: at, is_apart: false };
            let end = at + header.length();
            match self.rescue(section, &segment, place, &header, end) {
                Ok(()) => {}
                Err(Stuck::Segment) => self.roll(section, true)?,
                Err(Stuck::Failed(error)) => {
                    section.forget();
                    return Err(error);
                }
            }
        }
    }

    /// Appends a record again if it is needed, and goes on behind it. A step of its own.
    fn rescue(
        &self,
        section: &mut Section<'_>,
        segment: &Arc<Segment>,
        place: Place,
        header: &Header,
        end: u64,
    ) -> Result<(), Stuck> {
        match header.kind {
            Kind::Tombstone { first, last } => {
                let is_needed = known(section.tables)
                    .any(|known| known.number != place.segment && (first..=last).contains(&known.number));
                if is_needed {
                    self.append(section, header, &[])?.ok_or(Stuck::Segment)?;
                }
            }
            Kind::Frame | Kind::Apart => {
                let found = chains::find(section, header.mark).map(|(found, _)| found);
                let is_there =
                    |slot: &Slot| (slot.place.segment, slot.place.offset) == (place.segment, place.offset);
                if let Some(found) = found.filter(|found| is_there(&found.slot)) {
                    let mut payload = Vec::new();
                    if !segment.read(place.offset, 0, header.payload.into(), &mut payload) {
                        return Err(Stuck::Failed(io::ErrorKind::UnexpectedEof.into()));
                    }
                    let header = Header { word: found.slot.word, ..*header };
                    let to = self.append(section, &header, &[&payload])?.ok_or(Stuck::Segment)?;
                    let oldest =
                        if found.slot.oldest == place.segment { to.segment } else { found.slot.oldest };
                    let to = Place { is_apart: found.slot.place.is_apart, ..to };
                    let slot = Slot { place: to, oldest, ..found.slot };
                    chains::moved(section, &slot, found.index);
                    let next = section.get(slot::address(found.index, word::NEXT)) as u32;
                    slot.write(section, found.index, next);
                    self.count_live(section, place.segment, -header.length().cast_signed());
                    section.add(Address::of(Word::Moved), header.length().cast_signed());
                    section.has_moved = true;
                }
            }
        }
        section.set_head(Word::Cleaned, end);
        if section.commit() { Ok(()) } else { Err(Stuck::Failed(condemned())) }
    }

    /// Ends the cleaning of a segment: its file goes now, or once what was moved is on the medium.
    fn empty(&self, section: &mut Section<'_>, number: u32) -> io::Result<()> {
        section.forget();
        section.set_head(Word::Cleaning, 0);
        if let Some(known) = known(section.tables).find(|known| known.number == number) {
            if known.live != 0 {
                // Some entry was not found by its record, so the index is wrong. The log is right, and stays.
                section.condemn("a segment has entries that the index does not lead to");
                return Err(condemned());
            }
            section.set(address(known.row, row::EMPTIED), log::emptied_mark(number));
        }
        if !section.commit() {
            return Err(condemned());
        }
        if is_never_synced(section) {
            self.drop_emptied(section, &log::emptied(section.tables));
        }
        Ok(())
    }

    /// Removes the files of emptied segments, once what was moved from them is on the medium.
    pub(crate) fn reap(&self, section: &mut Section<'_>) -> io::Result<()> {
        let emptied = log::emptied(section.tables);
        if emptied.is_empty() {
            return Ok(());
        }
        if !is_never_synced(section) {
            self.sync_log()?;
        }
        self.drop_emptied(section, &emptied);
        Ok(())
    }

    /// Removes the files of these emptied segments. The table tells of a file as long as it may be there.
    pub(crate) fn drop_emptied(&self, section: &mut Section<'_>, numbers: &[u32]) {
        for number in numbers {
            let is_right = |known: &Known| known.number == *number && known.is_emptied && known.live == 0;
            let known = known(section.tables).find(is_right).filter(|_| !section.is_condemned());
            let Some(known) = known else { continue };
            if !self.remove_segment(known.number) {
                break;
            }
            section.forget();
            section.set(address(known.row, row::NUMBER), 0);
            section.set(address(known.row, row::EMPTIED), 0);
            section.add(Address::of(Word::LogBytes), -known.size.cast_signed());
            section.add(Address::of(Word::LiveBytes), -known.live.cast_signed());
            section.add(Address::of(Word::Segments), 1);
            if !section.commit() {
                break;
            }
        }
        self.shelf.refresh(section.tables);
    }

    /// Removes the file of a segment of which nothing is needed; says whether it is gone.
    pub(crate) fn remove_segment(&self, number: u32) -> bool {
        if let Err(error) = self.check_place() {
            tracing::warn!(%error, number, "the file of a segment is not removed");
            return false;
        }
        fault::moment();
        let removed = self.root.remove(&segment::file(number));
        fault::moment();
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, number, "the file of a segment could not be removed; it is tried again");
                false
            }
            _ => true,
        }
    }

    /// Whether less space is free on the file system than is to stay free.
    fn lacks_space(&self) -> io::Result<bool> {
        if self.options.free_space == 0 {
            return Ok(false);
        }
        Ok(self.root.free_space()? < self.options.free_space)
    }

    /// Frees the space that is kept for removals and cleaning; says whether there was any.
    pub(crate) fn release_reserve(&self) -> bool {
        self.root.remove(log::RESERVE).is_ok()
    }
}

#[cfg(test)]
mod tests;
