//! Rebuilding the index from the log.
//!
//! Records are met in the order of the segments, which is not that of the writes: cleaning moves old records behind newer
//! ones. So the greatest number of a write wins, and tombstones are remembered until the end. Hits and times of access
//! are lost; all else is in the records. Another thread [reads](reader) them ahead, because most of the time goes into
//! their keys, and the rest into waiting for the memory of the index.

mod reader;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use crate::chains::{self, Found};
use crate::head::Word;
use crate::inner::Inner;
use crate::log::{address, row};
use crate::place::Place;
use crate::record::{HEADER, Header, Kind};
use crate::root::Root;
use crate::section::Section;
use crate::segment::{self, Segment};
use crate::slot::{Mark, Slot};
use crate::tables::{Address, SEGMENT};
use crate::{apart, count};

use reader::{Met, Record, State};

/// What a rebuild found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rebuilt {
    pub(crate) entries: u64,
    /// Records whose metadata could not be read.
    pub(crate) damaged: u64,
    /// What they were found by.
    pub(crate) lost: Vec<Mark>,
    /// Records that did not reach the medium whole. They count for nothing, and are erased.
    torn: Vec<Place>,
    /// Records whose headers are damaged, with the keys that their frames tell.
    headless: Vec<(Mark, Place)>,
}

/// The numbers of all segments that lie below `root`, sorted.
pub(crate) fn segments(root: &Root) -> io::Result<Vec<u32>> {
    let names = root.names(segment::DIRECTORY)?;
    let numbers = names.iter().filter_map(|name| segment::number_of(name.to_str()?));
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    Ok(numbers)
}

impl Inner {
    /// Fills empty tables from the segments. Nobody else has the disk open.
    ///
    /// `written` has the last writes of keys that are known otherwise: nothing older comes back in their place.
    pub(crate) fn rebuild(
        &self,
        section: &mut Section<'_>,
        written: HashMap<Mark, u64>,
    ) -> io::Result<Rebuilt> {
        // A process that dies meanwhile leaves no magic in the head, and the next one begins anew.
        section.keep_private(true);
        let mut rebuilt = Rebuilt::default();
        rebuilt.lost.extend(written.keys());
        let mut tombstones = written;
        let numbers = segments(&self.root)?;
        self.expect_entries(section, &numbers)?;
        let durable = self.durable(&numbers)?;
        std::thread::scope(|scope| {
            for met in self.read_ahead(scope, &numbers, durable)? {
                match met {
                    Met::Begin(segment) => Self::enter_segment(section, &segment)?,
                    Met::Records(records) => {
                        for record in &records {
                            self.replay(section, &mut tombstones, record, &mut rebuilt)?;
                        }
                    }
                    Met::Failed(error) => return Err(error),
                    Met::End { segment, tail } => {
                        section.set_head(Word::Segment, segment.into());
                        section.set_head(Word::Tail, tail);
                        commit(section)?;
                    }
                }
            }
            io::Result::Ok(())
        })?;
        self.bury_headless(section, &mut rebuilt)?;
        self.erase_torn(&rebuilt.torn)?;
        let durable = durable.place.map_or(0, Place::to_word);
        section.set_head(Word::Durable, durable);
        section.set_head(Word::Checkpoint, durable);
        // Appending behind what a crash left may leave a gap; a new segment leaves none.
        if !numbers.is_empty() {
            section.set_head(Word::Tail, u32::MAX.into());
        }
        // A body must never get the number of another one, so a directory that cannot be listed is an error.
        let last = apart::numbers(&self.root)?.into_iter().max();
        section.set_head(Word::Apart, last.unwrap_or(0));
        // What of the log is on the medium is not known, so it counts as written there: segments are not removed before what
        // was moved from them is.
        section.set_head(Word::Synced, u64::from(!numbers.is_empty()));
        commit(section)?;
        section.keep_private(false);
        rebuilt.entries = section.head(Word::Entries);
        Ok(rebuilt)
    }

    fn enter_segment(section: &mut Section<'_>, segment: &Arc<Segment>) -> io::Result<()> {
        let rows = section.head(Word::SegmentRows) as usize;
        section.reserve(&section.tables.segments, Word::SegmentWords, (rows + 1) * SEGMENT)?;
        section.set(address(rows, row::NUMBER), segment.number.into());
        section.set(address(rows, row::SIZE), segment.size());
        section.set(address(rows, row::LIVE), 0);
        section.set(address(rows, row::EMPTIED), 0);
        section.set_head(Word::SegmentRows, rows as u64 + 1);
        section.add(Address::of(Word::LogBytes), segment.size().cast_signed());
        section.add(Address::of(Word::Segments), 1);
        commit(section)
    }

    /// Makes about as many chains as there will be entries, so that none is split: half of the time of a rebuild.
    fn expect_entries(&self, section: &mut Section<'_>, numbers: &[u32]) -> io::Result<()> {
        // One segment tells how long records are; the middle one is neither the emptiest nor the first.
        let Some(sample) = numbers.get(numbers.len() / 2) else { return Ok(()) };
        let Ok(Some(segment)) = self.segment(*sample) else { return Ok(()) };
        let (mut records, mut offset) = (0_u64, segment::START);
        while let Some((at, header)) = segment.next(offset, u64::MAX, self.salt) {
            offset = at + header.length();
            records += u64::from(!matches!(header.kind, Kind::Tombstone { .. }));
        }
        // One in sixteen more: it is only an estimate, and a chain too many costs less than one that is split.
        let expected = chains::for_entries(records * numbers.len() as u64 * 17 / 16).min(chains::MOST);
        if expected > chains::FIRST {
            section.reserve(&section.tables.chains, Word::ChainWords, expected as usize)?;
            section.set_head(section.shape, expected << 1);
            commit(section)?;
        }
        Ok(())
    }

    /// Takes in one record.
    fn replay(
        &self,
        section: &mut Section<'_>,
        tombstones: &mut HashMap<Mark, u64>,
        record: &Record,
        rebuilt: &mut Rebuilt,
    ) -> io::Result<()> {
        let Record { header, place, state } = record;
        if section.head(Word::Sequence) < header.sequence {
            section.set_head(Word::Sequence, header.sequence);
        }
        match state {
            State::Torn => {
                rebuilt.torn.push(*place);
                return commit(section);
            }
            State::Headless => {
                rebuilt.headless.push((header.mark, *place));
                return commit(section);
            }
            State::Empty if !matches!(header.kind, Kind::Tombstone { .. }) => return commit(section),
            State::Entry(_) | State::Empty | State::Damaged => {}
        }
        let found = chains::find(section, header.mark);
        if let Kind::Tombstone { .. } = header.kind {
            return self.replay_removal(section, tombstones, header, found);
        }
        let is_older = tombstones.get(&header.mark).is_some_and(|last| *last > header.sequence)
            || found.is_some_and(|(found, _)| found.slot.sequence > header.sequence);
        if is_older {
            return commit(section);
        }
        let State::Entry(slot) = state else {
            rebuilt.damaged += 1;
            // It replaced what is older, which therefore must not come back in its place.
            rebuilt.lost.push(header.mark);
            return self.replay_removal(section, tombstones, header, found);
        };
        if let Some((found, link)) = found {
            // Both lie in the log, so an older one may lie as early as before.
            let slot = Slot { oldest: found.slot.oldest.min(slot.oldest), ..*slot };
            chains::remove(section, found.index, link);
            self.forget_slot(section, &found.slot)?;
            commit(section)?;
            chains::insert(section, &slot)?;
            self.remember_slot(section, &slot)?;
        } else {
            chains::insert(section, slot)?;
            self.remember_slot(section, slot)?;
        }
        commit(section)?;
        chains::split(section)
    }

    /// Takes in that nothing older than this record is there.
    fn replay_removal(
        &self,
        section: &mut Section<'_>,
        tombstones: &mut HashMap<Mark, u64>,
        header: &Header,
        found: Option<(Found, Address)>,
    ) -> io::Result<()> {
        let last = tombstones.entry(header.mark).or_default();
        *last = header.sequence.max(*last);
        if let Some((found, link)) = found.filter(|(found, _)| found.slot.sequence < header.sequence) {
            chains::remove(section, found.index, link);
            self.forget_slot(section, &found.slot)?;
        }
        commit(section)
    }

    /// Removes what records with damaged headers may have replaced: all that was written before them. What lies behind them
    /// was written, or moved, later.
    fn bury_headless(&self, section: &mut Section<'_>, rebuilt: &mut Rebuilt) -> io::Result<()> {
        for (mark, place) in std::mem::take(&mut rebuilt.headless) {
            rebuilt.damaged += 1;
            let found = chains::find(section, mark);
            let is_later = |slot: &Slot| Place { is_apart: false, ..slot.place } > place;
            if found.is_some_and(|(found, _)| is_later(&found.slot)) {
                continue;
            }
            if let Some((found, link)) = found {
                chains::remove(section, found.index, link);
                self.forget_slot(section, &found.slot)?;
                commit(section)?;
            }
            rebuilt.lost.push(mark);
        }
        Ok(())
    }

    /// Erases the headers of torn records: a later rebuild would take them for damage. Where the disk is opened for reading
    /// they stay.
    fn erase_torn(&self, torn: &[Place]) -> io::Result<()> {
        for place in torn.iter().filter(|_| self.handle.is_some()) {
            let segment = self.shelf.get(place.segment)?;
            self.write(&segment, place.offset, &[0; HEADER as usize])?;
        }
        Ok(())
    }

    fn forget_slot(&self, section: &mut Section<'_>, slot: &Slot) -> io::Result<()> {
        self.count_slot(section, slot, -1)
    }

    fn remember_slot(&self, section: &mut Section<'_>, slot: &Slot) -> io::Result<()> {
        self.count_slot(section, slot, 1)
    }

    fn count_slot(&self, section: &mut Section<'_>, slot: &Slot, times: i64) -> io::Result<()> {
        section.add(Address::of(Word::Volume), slot.size().cast_signed() * times);
        section.add(Address::of(Word::Entries), times);
        if slot.place.is_apart {
            section.add(Address::of(Word::ApartBytes), slot.length.cast_signed() * times);
            section.add(Address::of(Word::Aparts), times);
        }
        let length = self.record_length(slot.place, slot.length)?;
        self.count_live(section, slot.place.segment, length.cast_signed() * times);
        count::add(section, slot.namespace, times)
    }
}

fn commit(section: &mut Section<'_>) -> io::Result<()> {
    if section.commit() { Ok(()) } else { Err(io::Error::other("the index cannot be mapped")) }
}
