//! Rebuilding the index from the log.
//!
//! Records are met in the order of the segments, which is not that of the writes: cleaning moves old records behind newer
//! ones. So the greatest number of a write wins, and tombstones are remembered until the end. Hits and times of access
//! are lost; all else is in the records.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use larder_core::frame::Head;

use crate::chains::{self, Found};
use crate::head::Word;
use crate::inner::Inner;
use crate::log::{address, row};
use crate::place::Place;
use crate::record::{Header, Kind};
use crate::section::Section;
use crate::segment::{self, Segment};
use crate::slot::{Mark, Slot};
use crate::tables::{Address, SEGMENT};
use crate::{apart, count};

/// What a rebuild found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rebuilt {
    pub(crate) entries: u64,
    /// Records whose metadata could not be read.
    pub(crate) damaged: u64,
    /// What they were found by.
    pub(crate) lost: Vec<Mark>,
}

/// The numbers of all segments that lie below `root`, sorted.
pub(crate) fn segments(root: &std::path::Path) -> io::Result<Vec<u32>> {
    let entries = match std::fs::read_dir(segment::directory(root)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        numbers.extend(entry?.file_name().to_str().and_then(segment::number_of));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

impl Inner {
    /// Fills empty tables from the segments. Nobody else has the disk open.
    pub(crate) fn rebuild(&self, section: &mut Section<'_>) -> io::Result<Rebuilt> {
        // A process that dies meanwhile leaves no magic in the head, and the next one begins anew.
        section.keep_private(true);
        let mut rebuilt = Rebuilt::default();
        let mut tombstones: HashMap<Mark, u64> = HashMap::new();
        let numbers = segments(&self.root)?;
        self.expect_entries(section, &numbers)?;
        for number in &numbers {
            let segment = match self.shelf.get(*number) {
                Ok(segment) if segment.salt() == self.salt => segment,
                // It was being made when its process ended, or is damaged: nothing of it can be trusted.
                _ => continue,
            };
            Self::enter_segment(section, &segment)?;
            let mut offset = segment::START;
            while let Some((at, header)) = segment.next(offset, self.salt) {
                offset = at + header.length();
                let place = Place { segment: *number, offset: at, is_apart: header.kind == Kind::Apart };
                self.replay(section, &mut tombstones, &segment, place, &header, &mut rebuilt)?;
            }
            section.set_head(Word::Segment, u64::from(*number));
            section.set_head(Word::Tail, offset);
            commit(section)?;
        }
        // Appending behind what a crash left may leave a gap; a new segment leaves none.
        if !numbers.is_empty() {
            section.set_head(Word::Tail, u64::MAX / 2);
        }
        let last = std::fs::read_dir(apart::directory(&self.root)).map_or(0, |entries| {
            let names = entries.filter_map(|entry| apart::number_of(entry.ok()?.file_name().to_str()?));
            names.max().unwrap_or(0)
        });
        section.set_head(Word::Apart, last);
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
        section.set_head(Word::SegmentRows, rows as u64 + 1);
        section.add(Address::of(Word::LogBytes), segment.size().cast_signed());
        section.add(Address::of(Word::Segments), 1);
        commit(section)
    }

    /// Makes about as many chains as there will be entries, so that none is split: half of the time of a rebuild.
    fn expect_entries(&self, section: &mut Section<'_>, numbers: &[u32]) -> io::Result<()> {
        // One segment tells how long records are; the middle one is neither the emptiest nor the first.
        let Some(sample) = numbers.get(numbers.len() / 2) else { return Ok(()) };
        let Ok(segment) = self.shelf.get(*sample) else { return Ok(()) };
        let (mut records, mut offset) = (0_u64, segment::START);
        while let Some((at, header)) = segment.next(offset, self.salt) {
            offset = at + header.length();
            records += u64::from(!matches!(header.kind, Kind::Tombstone { .. }));
        }
        let expected = records * numbers.len() as u64;
        if expected > chains::FIRST {
            section.reserve(&section.tables.chains, Word::ChainWords, expected as usize)?;
            section.set_head(Word::Shape, expected << 1);
            commit(section)?;
        }
        Ok(())
    }

    /// Takes in one record.
    fn replay(
        &self,
        section: &mut Section<'_>,
        tombstones: &mut HashMap<Mark, u64>,
        segment: &Segment,
        place: Place,
        header: &Header,
        rebuilt: &mut Rebuilt,
    ) -> io::Result<()> {
        if section.head(Word::Sequence) < header.sequence {
            section.set_head(Word::Sequence, header.sequence);
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
        let Some(slot) = self.slot_of(segment, place, header) else {
            rebuilt.damaged += 1;
            // It replaced what is older, which therefore must not come back in its place.
            rebuilt.lost.push(header.mark);
            return self.replay_removal(section, tombstones, header, found);
        };
        if let Some((found, link)) = found {
            // Both lie in the log, so an older one may lie as early as before.
            let slot = Slot { oldest: found.slot.oldest.min(slot.oldest), ..slot };
            chains::remove(section, found.index, link);
            self.forget_slot(section, &found.slot)?;
            commit(section)?;
            chains::insert(section, &slot)?;
            self.remember_slot(section, &slot)?;
        } else {
            chains::insert(section, &slot)?;
            self.remember_slot(section, &slot)?;
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
        let length = self.record_length(slot.place, slot.length);
        self.count_live(section, slot.place.segment, length.cast_signed() * times);
        count::add(section, slot.namespace, times)
    }

    /// The slot of an entry, from its record; `None` if it is damaged or not whole.
    fn slot_of(&self, segment: &Segment, place: Place, header: &Header) -> Option<Slot> {
        let (head, length) = if place.is_apart {
            let mut payload = Vec::new();
            let read = segment.read(place.offset, 0, header.payload.into(), &mut payload);
            let apart = read.then(|| apart::Apart::decode(&payload.into()))??;
            let file = std::fs::metadata(apart::path(&self.root, apart.number)).ok()?;
            let touched = apart.touched.len() as u64;
            let length =
                if touched == 0 { file.len() } else { (file.len() + touched).checked_sub(apart.head)? };
            (self.open_apart(&apart, length).ok()??.0, length)
        } else {
            (Self::head_in(segment, place, header.payload.into())?, header.payload.into())
        };
        let meta = head.meta;
        let key = larder_core::key::Key::from_bytes(&head.key).ok()?;
        if Mark::of(key.digest()) != header.mark {
            // The number of a body that went was given out again after its removal was lost.
            return None;
        }
        Some(Slot {
            mark: header.mark,
            place,
            length,
            oldest: place.segment,
            version: meta.version.bits(),
            stored: meta.stored,
            accessed: meta.stored,
            expires: meta.expires,
            hits: 0,
            insertion: header.insertion,
            sequence: header.sequence,
            tags: meta.tags.iter().fold(0, |bits, tag| bits | tag.bits()),
            namespace: key.namespace_id(),
            cost: meta.cost_nanos(),
            word: header.word,
        })
    }

    /// The head of a frame in a segment, if its foot is there too: a write that was cut off has none.
    fn head_in(segment: &Segment, place: Place, length: u64) -> Option<Head> {
        let mut bytes = Vec::new();
        let _ = segment.read(place.offset, 0, Head::PREFIX as u64, &mut bytes);
        let head = Head::length_of(&bytes).ok()?;
        bytes.clear();
        let read = segment.read(place.offset, 0, head as u64, &mut bytes);
        let head = read.then(|| Head::decode(&bytes.into()).ok())??;
        let layout = larder_core::frame::Layout::of_frame(&head, length).ok()?;
        let mut foot = Vec::new();
        let range = layout.foot();
        let read = segment.read(place.offset, range.start, range.end - range.start, &mut foot);
        read.then(|| larder_core::frame::Foot::decode(&foot, head.meta.nonce).ok())??;
        Some(head)
    }
}

fn commit(section: &mut Section<'_>) -> io::Result<()> {
    if section.commit() { Ok(()) } else { Err(io::Error::other("the index cannot be mapped")) }
}
