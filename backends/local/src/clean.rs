//! Cleaning: what is needed of a segment is appended again, and its file goes.
//!
//! The emptiest segment is cleaned first (greedy cleaning: Rosenblum and Ousterhout, SOSP 1991). While the files take
//! nearly all that they may, each write cleans a few times as many bytes as it wrote, so the work is shared by all
//! processes and a segment is mostly cleaned before the next is due; otherwise it is [reclaimed](crate::reclaim). How
//! far it got is in the head. A tombstone is needed as long as a segment is there in which an older record of its key
//! may lie.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::chains::{self, Found};
use crate::fault;
use crate::head::Word;
use crate::inner::Inner;
use crate::log::{BLOCK, Known, address, emptied_mark, known, row};
use crate::place::Place;
use crate::reclaim::{Purpose, is_full};
use crate::record::{Header, Kind};
use crate::section::{Section, condemned};
use crate::segment::{self, START, Segment};
use crate::slot::{self, Slot, word};
use crate::steps::Stuck;
use crate::tables::{Address, Tables};
use crate::write::bound;

/// How many bytes are cleaned for each that is written while there is too much.
const EAGERNESS: u64 = 6;
/// The least bytes that are cleaned at once, so that small writes get on.
const LEAST: u64 = 16 << 10;
/// The most bytes that are cleaned in one section, so that other writers get on.
const MOST: u64 = 256 << 10;
/// How many segments are looked through for one that fits.
const MOST_TRIED: usize = 8;
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
pub(crate) fn is_never_synced(tables: &Tables) -> bool {
    Word::Synced.get(&tables.head) == 0
}

/// Which segments are worth cleaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// Those of which much is not needed.
    Much,
    /// The same, if what is needed fits into the rest of the current segment or into the reserve.
    MuchThatFits,
    /// All that give back anything, if what is needed fits.
    AnythingThatFits,
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
            // What writes under way have reserved lies in files too, and each file ends with a block that is not full.
            let unfinished = section.head(Word::Reserved);
            let blocks = section.head(Word::Aparts).saturating_mul(BLOCK);
            let apart = section.head(Word::ApartBytes).saturating_add(unfinished).saturating_add(blocks);
            let beside = Self::index_bytes(section).saturating_add(apart);
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
        self.clean_or_abandon(section, (written * EAGERNESS).clamp(LEAST, MOST));
    }

    /// Cleans `budget` bytes, or leaves the segment as it is where there is no space for what is needed of
    /// it.
    pub(crate) fn clean_or_abandon(&self, section: &mut Section<'_>, budget: u64) {
        match self.clean(section, budget) {
            Ok(()) => {}
            Err(error) if is_full(&error) => self.abandon_cleaning(section),
            Err(error) => tracing::warn!(%error, "a segment could not be cleaned"),
        }
    }

    /// Chooses the segment that is cleaned next; says whether there is one that is worth it.
    pub(crate) fn begin_cleaning(&self, section: &mut Section<'_>, worth: Worth) -> bool {
        if section.head(Word::Cleaning) != 0 {
            return true;
        }
        let current = section.head(Word::Segment) as u32;
        let is_worth = |known: &Known| match worth {
            Worth::Much | Worth::MuchThatFits => known.live < known.size / 100 * FULL,
            Worth::AnythingThatFits => known.live.saturating_add(START) < known.size,
        };
        let mut candidates: Vec<Known> = known(section.tables)
            .filter(|known| known.number != current && !known.is_emptied && is_worth(known))
            .collect();
        let emptiest_first = |known: &Known| (known.live << 16) / known.size.max(1);
        let chosen = if worth == Worth::Much {
            candidates.into_iter().min_by_key(emptiest_first)
        } else {
            candidates.sort_unstable_by_key(emptiest_first);
            candidates.into_iter().take(MOST_TRIED).find(|known| self.fits(section, known))
        };
        let Some(Known { number, .. }) = chosen else { return false };
        section.set_head(Word::Cleaning, number.into());
        section.set_head(Word::Cleaned, START);
        section.commit()
    }

    /// Leaves the segment that is being cleaned as it is.
    pub(crate) fn abandon_cleaning(&self, section: &mut Section<'_>) {
        section.forget();
        section.set_head(Word::Cleaning, 0);
        if !section.commit() {
            tracing::warn!(disk = self.location, "the index cannot be mapped");
        }
    }

    /// Whether all that is needed of a segment fits into the rest of the current one or into the reserve, and is less than
    /// the segment.
    fn fits(&self, section: &Section<'_>, known: &Known) -> bool {
        let room = self.rest(section).max(section.head(Word::Spare).saturating_sub(START));
        if known.live > room {
            return false;
        }
        let Ok(segment) = self.shelf.get(known.number) else { return false };
        let needed = self.needed(section, &segment, START, known.size);
        needed <= room && needed + START < known.size
    }

    /// The bytes that the current segment still takes.
    pub(crate) fn rest(&self, section: &Section<'_>) -> u64 {
        match self.shelf.get(section.head(Word::Segment) as u32) {
            Ok(current) => current.size().saturating_sub(section.head(Word::Tail)),
            Err(_) => 0,
        }
    }

    /// The bytes of the records that are needed of a segment from `offset` to `end`.
    fn needed(&self, section: &Section<'_>, segment: &Segment, mut offset: u64, end: u64) -> u64 {
        let mut needed = 0;
        while let Some((at, header)) = segment.next(offset, end, self.salt) {
            let place = Place { segment: segment.number, offset: at, is_apart: false };
            offset = at + header.length();
            if Self::is_needed(section, place, &header) {
                needed += header.length();
            }
        }
        needed
    }

    /// Whether the record at `place` is needed.
    fn is_needed(section: &Section<'_>, place: Place, header: &Header) -> bool {
        match header.kind {
            Kind::Tombstone { first, last } => known(section.tables)
                .any(|known| known.number != place.segment && (first..=last).contains(&known.number)),
            Kind::Checkpoint { durable } => durable.to_word() >= section.head(Word::Checkpoint),
            Kind::Frame | Kind::Apart => {
                chains::find(section, header.mark).is_some_and(|(found, _)| lies_at(&found, place))
            }
        }
    }

    /// Cleans `budget` bytes of the segment that is being cleaned, and ends it where they are its last.
    pub(crate) fn clean(&self, section: &mut Section<'_>, budget: u64) -> io::Result<()> {
        section.forget();
        let number = section.head(Word::Cleaning) as u32;
        let segment = match self.shelf.get(number) {
            Ok(segment) => segment,
            Err(error) if crate::log::is_gone(&error) => {
                self.check_place()?;
                self.strike_lost(section, number)?;
                return self.empty(section, number);
            }
            Err(error) => return Err(error),
        };
        let last = known(section.tables).find(|known| known.number == number);
        let last = last.map_or(segment.size(), |known| known.size);
        let begun = section.head(Word::Cleaned);
        // What is moved into the reserve is moved whole: a part would use it up and give no space back.
        if self.is_reserve_in_use()
            && self.needed(section, &segment, begun, last) > self.rest(section)
            && !self.restore_reserve(section, 0)
        {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the reserve takes no more"));
        }
        section.forget();
        loop {
            let offset = section.head(Word::Cleaned);
            if section.is_condemned() {
                return Err(condemned());
            }
            if offset - begun >= budget {
                return Ok(());
            }
            let Some((at, header)) = segment.next(offset, last, self.salt) else {
                return self.empty(section, number);
            };
            let place = Place { segment: number, offset: at, is_apart: false };
            let end = at + header.length();
            match self.rescue(section, &segment, place, &header, end) {
                Ok(()) => {}
                Err(Stuck::Segment) => {
                    section.forget();
                    let needed = self.needed(section, &segment, at, last);
                    self.roll(section, Purpose::Move(needed))?;
                }
                // No step of cleaning waits for another one.
                Err(Stuck::Reclaim) => return Ok(()),
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
            Kind::Tombstone { .. } | Kind::Checkpoint { .. } => {
                if Self::is_needed(section, place, header) {
                    self.append(section, header, &[])?.ok_or(Stuck::Segment)?;
                }
            }
            Kind::Frame | Kind::Apart => {
                let found = chains::find(section, header.mark).map(|(found, _)| found);
                if let Some(found) = found.filter(|found| lies_at(found, place)) {
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

    /// Ends the cleaning of a segment. Its file goes later, without the section, once what was moved is on the medium.
    fn empty(&self, section: &mut Section<'_>, number: u32) -> io::Result<()> {
        section.forget();
        let live = |section: &Section<'_>| {
            known(section.tables).find(|known| known.number == number).map_or(0, |known| known.live)
        };
        if live(section) != 0 {
            // The headers of some records are damaged: their entries cannot be moved.
            self.strike_lost(section, number)?;
            section.forget();
        }
        section.set_head(Word::Cleaning, 0);
        if let Some(known) = known(section.tables).find(|known| known.number == number) {
            if known.live != 0 {
                // Some entry was not found by its record, so the index is wrong. The log is right, and stays.
                section.condemn("a segment has entries that the index does not lead to");
                return Err(condemned());
            }
            section.set(address(known.row, row::EMPTIED), emptied_mark(number));
        }
        if !section.commit() {
            return Err(condemned());
        }
        self.has_emptied.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Removes the file of a segment of which nothing is needed; says whether it is gone.
    pub(crate) fn remove_segment(&self, number: u32) -> bool {
        match self.check_place().and_then(|()| self.is_own_segment(number)) {
            Ok(true) => {}
            Ok(false) => return true,
            Err(error) => {
                tracing::warn!(%error, number, "the file of a segment is not removed");
                return false;
            }
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
}

/// Whether the record of what was found is the one at `place`.
fn lies_at(found: &Found, place: Place) -> bool {
    (found.slot.place.segment, found.slot.place.offset) == (place.segment, place.offset)
}

#[cfg(test)]
mod tests;
