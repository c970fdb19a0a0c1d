//! Reading, without a lock and without a write to any file.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use larder_core::disk::Access;
use larder_core::entry::{Body, Entry, Meta};
use larder_core::frame::{Frame, Head};
use larder_core::key::Key;
use larder_core::time::Time;
use larder_core::{ErrorKind, Result};
use larder_mapping::Lent;

use crate::chains::{self, Found, Search};
use crate::inner::Inner;
use crate::record::HEADER;
use crate::segment::Segment;
use crate::shelf::Shelf;
use crate::slot::{self, Mark, Slot};

/// Frames from this length on are read by a system call: a copy out of a map is slower there.
const CALL: u64 = 256 << 10;
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
        for _ in 0..TRIES {
            let found = match chains::search(&self.tables, mark) {
                Search::Found(found) => found,
                Search::Nothing => return Ok(Read::Done(None)),
                Search::Unsure => return Ok(Read::Unsure),
            };
            let read = if found.slot.place.is_apart {
                self.read_apart(key, &found.slot)?
            } else {
                self.read_frame(key, &found.slot)?
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
                        let message = "the segment of the entry is gone";
                        return Err(self.error(ErrorKind::Corrupt, message).of(key));
                    }
                }
            }
        }
        Ok(Read::Unsure)
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
    fn read_frame(&self, key: &Key, slot: &Slot) -> Result<Read<Option<Entry>>> {
        self.shelf.refresh(&self.tables);
        let open_ones = self.shelf.open_ones();
        let bytes = match Shelf::among(&open_ones, slot.place.segment) {
            Some(segment) => self.frame_of(segment, slot),
            None => match self.shelf.get(slot.place.segment) {
                Ok(segment) => self.frame_of(&segment, slot),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Read::Unsure),
                Err(error) => return Err(self.failed("opening a segment", error).of(key)),
            },
        };
        let bytes = bytes.map_err(|error| self.failed("reading a segment", error).of(key))?;
        let decode = if self.options.checked { Frame::decode } else { Frame::decode_trusting };
        let frame = decode(&bytes).map_err(|error| error.of(key).on(self.location.as_str()))?;
        if frame.key != key.as_bytes() {
            return Ok(Read::Done(None));
        }
        Ok(Read::Done(Some(Entry { meta: Arc::new(frame.meta), body: Body::Whole(frame.body) })))
    }

    /// The bytes of the frame of `slot`; fewer where the segment ends.
    #[inline]
    fn frame_of(&self, segment: &Arc<Segment>, slot: &Slot) -> io::Result<Bytes> {
        let (Ok(start), Ok(length)) =
            (usize::try_from(slot.place.offset + HEADER), usize::try_from(slot.length))
        else {
            return Ok(Bytes::new());
        };
        if self.options.mapped && !self.pins_too_much() {
            // The segment is kept as long as its bytes are.
            let lent = Lent::bytes(&segment.map, start, length, Arc::clone(segment));
            return Ok(lent.unwrap_or_default());
        }
        let mut bytes = Vec::new();
        if slot.length < CALL {
            bytes.reserve_exact(length);
            let _ = segment.map.copy_out(start, length, &mut bytes);
        } else {
            read_at(&segment.file, start as u64, length, &mut bytes)?;
        }
        Ok(bytes.into())
    }

    fn read_apart(&self, key: &Key, slot: &Slot) -> Result<Read<Option<Entry>>> {
        let Some(apart) = self.apart(slot) else { return Ok(Read::Unsure) };
        let opened = self.open_apart(&apart, slot.length).map_err(|error| error.of(key))?;
        let Some((head, opened)) = opened else { return Ok(Read::Unsure) };
        if head.key != key.as_bytes() {
            return Ok(Read::Done(None));
        }
        Ok(Read::Done(Some(Entry { meta: Arc::new(head.meta), body: Body::Ranged(opened) })))
    }

    /// The head of the entry in `slot`, without its body; `None` if it moved meanwhile.
    pub(crate) fn head(&self, slot: &Slot) -> Result<Option<Head>> {
        if slot.place.is_apart {
            let Some(apart) = self.apart(slot) else { return Ok(None) };
            return Ok(self.open_apart(&apart, slot.length)?.map(|(head, _)| head));
        }
        let segment = match self.shelf.get(slot.place.segment) {
            Ok(segment) => segment,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("opening a segment", error)),
        };
        let on = |error: larder_core::Error| error.on(self.location.as_str());
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
        bytes.map(Bytes::from).map_err(|error| self.failed("reading a segment", error))
    }

    fn pins_too_much(&self) -> bool {
        self.shelf.pinned() > self.options.most_pinned
    }
}

/// Reads `length` bytes from `offset` on into `out`, which is not filled with zeros first: that would take as long again.
fn read_at(file: &std::fs::File, offset: u64, length: usize, out: &mut Vec<u8>) -> io::Result<()> {
    out.reserve_exact(length);
    let mut missing = length;
    while missing > 0 {
        let at = offset + out.len() as u64;
        // There may be more space than was asked for, and more bytes in the file than are wanted.
        match rustix::io::pread(file, rustix::buffer::spare_capacity(out), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        out.truncate(length);
        missing = length - out.len();
    }
    Ok(())
}
