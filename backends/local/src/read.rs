//! Reading, without a lock and without a write to any file.

use std::io;
use std::sync::Arc;

use arc_swap::Guard;
use bytes::Bytes;
use larder_core::disk::Access;
use larder_core::entry::{Body, Entry, Meta};
use larder_core::frame::{Foot, Head, Opened};
use larder_core::key::Key;
use larder_core::time::Time;
use larder_core::{Error, ErrorKind, Result};
use larder_mapping::Lent;

use crate::chains::{self, Found, Search};
use crate::hint;
use crate::inner::Inner;
use crate::log::known;
use crate::record::{HEADER, Kind};
use crate::section::Section;
use crate::segment::Segment;
use crate::shelf::{Segments, Shelf};
use crate::slot::{self, Mark, Slot};

/// The bytes of a frame that are copied at once, before anything of it is known: nearly every head has fewer.
const FIRST: usize = 256;
/// The bytes of the checksum behind a block.
const SUM: usize = 8;
/// How often an entry that moved is looked for again.
const TRIES: u32 = 64;

/// What a look without a lock shows.
#[derive(Debug)]
pub(crate) enum Read<T> {
    Done(T),
    /// Too much changed meanwhile.
    Unsure,
}

impl Inner {
    /// The entry at `key`, read and checked.
    #[inline]
    pub(crate) fn read(&self, key: &Key, access: Access) -> Result<Read<Option<Entry>>> {
        self.check_process()?;
        let mark = Mark::of(key.digest());
        // Before the search, because it is an atomic exchange: behind the search it would wait for the memory of the slot.
        self.shelf.refresh(&self.tables);
        let open_ones = self.shelf.open_ones();
        let ahead = |word| {
            let newest = open_ones.last().map_or(0, |segment| segment.number);
            if let Some((segment, offset)) = hint::guess(word, newest)
                && let (Some(segment), Ok(offset)) =
                    (Shelf::among(&open_ones, segment), usize::try_from(offset))
            {
                segment.map.prefetch(offset + HEADER as usize, FIRST);
            }
        };
        for _ in 0..TRIES {
            let found = match chains::search(&self.tables, mark, ahead) {
                Search::Found(found) => found,
                Search::Nothing => return Ok(Read::Done(None)),
                Search::Unsure => return Ok(Read::Unsure),
            };
            let read = if found.slot.place.is_apart {
                self.read_apart(key, &found.slot)
            } else {
                self.read_frame(key, &found.slot, &open_ones)
            };
            let read = match read {
                // The next writer verifies the entry, and rebuilds the index if it is inconsistent.
                Err(error) if error.kind() == ErrorKind::Corrupt && self.is_contradicted(&found.slot) => {
                    return if self.handle.is_some() { Ok(Read::Unsure) } else { Err(error) };
                }
                read => read?,
            };
            match read {
                Read::Done(entry) => {
                    if let (Some(entry), Access::Hit(now)) = (&entry, access) {
                        self.hit(&found, &entry.meta, now);
                    }
                    return Ok(Read::Done(entry));
                }
                // Its segment is gone: it was moved, or removed. If its slot says the same again, it is lost.
                Read::Unsure => {
                    if self.is_still(&found) {
                        if self.handle.is_some() && self.is_contradicted(&found.slot) {
                            return Ok(Read::Unsure);
                        }
                        let message = "the segment of the entry is gone";
                        return Err(self.error(ErrorKind::Corrupt, message).of(key));
                    }
                }
            }
        }
        Ok(Read::Unsure)
    }

    /// Whether another record lies where the slot says than the one that it describes: then the index is wrong. A record of
    /// which the header or the payload is damaged contradicts nothing.
    #[cold]
    pub(crate) fn is_contradicted(&self, slot: &Slot) -> bool {
        let segment = match self.segment(slot.place.segment) {
            Ok(Some(segment)) => segment,
            Ok(None) => return known(&self.tables).all(|known| known.number != slot.place.segment),
            // What cannot be opened contradicts nothing.
            Err(_) => return false,
        };
        // Bytes that are no header may be a damaged one. A rebuild would not find what the log has lost, and the index knows.
        let Some(header) = segment.header(slot.place.offset, self.salt) else { return false };
        let is_of_record = (header.mark, header.sequence, header.insertion)
            == (slot.mark, slot.sequence, slot.insertion)
            && match header.kind {
                Kind::Frame => !slot.place.is_apart && u64::from(header.payload) == slot.length,
                Kind::Apart => slot.place.is_apart,
                Kind::Tombstone { .. } | Kind::Checkpoint { .. } => false,
            };
        let version = || Some(self.head(slot).ok()??.meta.version.bits());
        !is_of_record || version().is_some_and(|version| version != slot.version)
    }

    /// Has the index rebuilt if its entry for `key` is not the record that it leads to.
    pub(crate) fn verify_entry(&self, section: &Section<'_>, key: &Key) {
        if let Some((found, _)) = chains::find(section, Mark::of(key.digest()))
            && self.is_contradicted(&found.slot)
        {
            section.condemn("an entry leads to the record of another write");
        }
    }

    fn is_still(&self, found: &Found) -> bool {
        let Some(row) = self.tables.slot(found.index) else { return false };
        matches!(Slot::look(row), slot::Look::Slot(slot, _) if slot.place == found.slot.place)
    }

    /// Notes a hit on a live entry, where hits can be noted.
    #[inline]
    fn hit(&self, found: &Found, meta: &Meta, now: Time) {
        if self.handle.is_some()
            && meta.is_live(now)
            && let Some(row) = self.tables.slot(found.index)
        {
            slot::hit(row, found.guard, now, 1);
        }
    }

    #[inline]
    fn read_frame(
        &self,
        key: &Key,
        slot: &Slot,
        open_ones: &Guard<Arc<Segments>>,
    ) -> Result<Read<Option<Entry>>> {
        let read = match Shelf::among(open_ones, slot.place.segment) {
            Some(segment) => self.entry_in(segment, key, slot),
            None => match self.shelf.get(slot.place.segment) {
                Ok(segment) => self.entry_in(&segment, key, slot),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Read::Unsure),
                Err(error) => return Err(self.unreadable("opening a segment", error).of(key)),
            },
        };
        read.map(Read::Done).map_err(|error| error.of(key).on(self.location.as_str()))
    }

    /// The entry of `slot` in its segment; `None` if it is one of another key.
    #[inline]
    fn entry_in(&self, segment: &Arc<Segment>, key: &Key, slot: &Slot) -> Result<Option<Entry>> {
        let mut first = [0; FIRST];
        let first = &mut first[..slot.length.min(FIRST as u64) as usize];
        let start = slot.place.offset + HEADER;
        copy(segment, start, first)?;
        let length = Head::length_of(first)?;
        let longer;
        let head = if length <= first.len() {
            &*first
        } else {
            longer = copied(segment, start, (length as u64).min(slot.length))?;
            &longer
        };
        let frame = Opened::check(head, slot.length)?;
        let (found, meta) = frame.head()?;
        if meta.version.bits() != slot.version {
            return Err(another_write());
        }
        if found != key.as_bytes() {
            return Ok(None);
        }
        let body = Body::Whole(self.body_in(segment, start, &frame)?);
        Ok(Some(Entry { meta: Arc::new(meta), body }))
    }

    /// The body of the frame that begins at `start`: checked, unless whoever opened the disk trusts it.
    #[inline]
    fn body_in(&self, segment: &Arc<Segment>, start: u64, frame: &Opened<'_>) -> Result<Bytes> {
        let (layout, checked) = (frame.layout(), self.options.checked);
        let check = |number, block: &[u8], end: u64| {
            let mut sum = [0; SUM];
            copy(segment, start + end - SUM as u64, &mut sum)?;
            frame.check_block(number, block, sum)
        };
        if checked {
            let mut foot = [0; Foot::LENGTH];
            copy(segment, start + layout.foot().start, &mut foot)?;
            frame.check_foot(&foot)?;
        }
        if self.options.mapped && layout.blocks() == 1 && !self.pins_too_much() {
            let place = layout.block(0);
            let (Ok(from), Ok(length)) =
                (usize::try_from(start + place.start), usize::try_from(layout.body()))
            else {
                return Err(outside());
            };
            // The segment is kept as long as its bytes are.
            let body = Lent::bytes(segment, from, length).ok_or_else(outside)?;
            if checked {
                check(0, &body, place.end)?;
            }
            return Ok(body);
        }
        // As much as there is and no more: then it becomes the value as it is.
        let mut body = Vec::with_capacity(usize::try_from(layout.body()).unwrap_or(0));
        for number in 0..layout.blocks() {
            let (place, before) = (layout.block(number), body.len());
            append(segment, start + place.start, place.end - place.start - SUM as u64, &mut body)?;
            if checked {
                check(number, &body[before..], place.end)?;
            }
        }
        Ok(body.into())
    }

    fn read_apart(&self, key: &Key, slot: &Slot) -> Result<Read<Option<Entry>>> {
        let apart = self.apart(slot).map_err(|error| self.unreadable("opening a segment", error).of(key))?;
        let Some(apart) = apart else { return Ok(Read::Unsure) };
        let opened = self.open_apart(&apart, slot.length).map_err(|error| error.of(key))?;
        let Some((head, opened)) = opened else { return Ok(Read::Unsure) };
        if head.meta.version.bits() != slot.version {
            return Err(another_write().of(key).on(self.location.as_str()));
        }
        if head.key != key.as_bytes() {
            return Ok(Read::Done(None));
        }
        Ok(Read::Done(Some(Entry { meta: Arc::new(head.meta), body: Body::Ranged(opened) })))
    }

    /// The head of the entry in `slot`, without its body; `None` if it moved meanwhile.
    pub(crate) fn head(&self, slot: &Slot) -> Result<Option<Head>> {
        if slot.place.is_apart {
            let apart = self.apart(slot).map_err(|error| self.unreadable("opening a segment", error))?;
            let Some(apart) = apart else { return Ok(None) };
            return Ok(self.open_apart(&apart, slot.length)?.map(|(head, _)| head));
        }
        let segment = self.segment(slot.place.segment);
        let segment = segment.map_err(|error| self.unreadable("opening a segment", error))?;
        let Some(segment) = segment else { return Ok(None) };
        let on = |error: Error| error.on(self.location.as_str());
        let mut bytes = Vec::with_capacity(Head::PREFIX);
        if !segment.read(slot.place.offset, 0, Head::PREFIX as u64, &mut bytes) {
            return Ok(None);
        }
        let length = Head::length_of(&bytes).map_err(on)?;
        bytes.clear();
        if !segment.read(slot.place.offset, 0, length as u64, &mut bytes) {
            return Err(self.error(ErrorKind::Corrupt, "the head leaves its segment"));
        }
        Head::decode(&bytes.into()).map(Some).map_err(on)
    }

    /// The bytes of the frame of an entry that lies in a segment.
    pub(crate) fn frame(&self, slot: &Slot) -> Result<Bytes> {
        let segment = self.shelf.get(slot.place.segment);
        let bytes = segment.map(|segment| {
            let mut bytes = Vec::new();
            let _ = segment.read(slot.place.offset, 0, slot.length, &mut bytes);
            bytes
        });
        bytes.map(Bytes::from).map_err(|error| self.unreadable("reading a segment", error))
    }

    fn pins_too_much(&self) -> bool {
        self.shelf.pinned() > self.options.most_pinned
    }
}

/// Fills `out` with the bytes of `segment` from `offset` on.
#[inline]
fn copy(segment: &Segment, offset: u64, out: &mut [u8]) -> Result<()> {
    let lie_there = usize::try_from(offset).is_ok_and(|offset| segment.map.copy_to(offset, out));
    if lie_there { Ok(()) } else { Err(outside()) }
}

/// Appends `length` bytes of `segment` from `offset` on to `out`.
#[inline]
fn append(segment: &Segment, offset: u64, length: u64, out: &mut Vec<u8>) -> Result<()> {
    let (Ok(offset), Ok(length)) = (usize::try_from(offset), usize::try_from(length)) else {
        return Err(outside());
    };
    if segment.map.copy_out(offset, length, out) { Ok(()) } else { Err(outside()) }
}

/// `length` bytes of `segment` from `offset` on.
#[cold]
fn copied(segment: &Segment, offset: u64, length: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    append(segment, offset, length, &mut bytes)?;
    Ok(bytes)
}

#[cold]
fn another_write() -> Error {
    Error::new(ErrorKind::Corrupt, "the index leads to the record of another write")
}

#[cold]
fn outside() -> Error {
    Error::new(ErrorKind::Corrupt, "the frame leaves its segment")
}
