//! Reads the records of a log ahead of whoever takes them in.
//!
//! One thread, in the order of the log, a few batches ahead: the index is written by the other one alone, and the memory
//! that this takes does not grow with the log.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope};

use larder_core::ErrorKind;
use larder_core::entry::Ranges;
use larder_core::frame::{Foot, Frame, Head, Layout};
use larder_core::key::Key;

use crate::apart;
use crate::inner::Inner;
use crate::place::Place;
use crate::record::{Header, Kind};
use crate::segment::{self, Segment};
use crate::slot::{Mark, Slot};

/// The records of a batch.
const BATCH: usize = 1024;
/// The batches that wait to be taken in.
const BATCHES: usize = 4;
/// The bytes of a body that are verified at once.
const PIECE: u64 = 8 << 20;

/// What is met in the log, in its order.
pub(super) enum Met {
    /// A segment begins.
    Begin(Arc<Segment>),
    Records(Vec<Record>),
    /// No more records are in this segment from `tail` on.
    End {
        segment: u32,
        tail: u64,
    },
    /// The log cannot be read on: an index without the rest would lack entries that are stored.
    Failed(io::Error),
}

/// A record of the log.
pub(super) struct Record {
    pub(super) header: Header,
    pub(super) place: Place,
    pub(super) state: State,
}

/// What the payload of a record is worth.
pub(super) enum State {
    /// An entry that is whole, as far as was looked at.
    Entry(Slot),
    /// The record has no payload.
    Empty,
    /// The entry was whole on the medium and is damaged.
    Damaged,
    /// The entry was written after the last known sync, and not all of it reached the medium: it was never durable.
    Torn,
    /// The header is damaged, so of the header that is told only the key is right.
    Headless,
}

/// What a reader of the log has to know of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Durable {
    /// All before this place was on the medium.
    pub(super) place: Option<Place>,
    /// The boot of this machine: in a segment of this boot nothing can be torn.
    boot: [u64; 2],
}

impl Durable {
    /// Whether a record at this place may have been written in part.
    fn may_be_torn(&self, segment: &Segment, offset: u64) -> bool {
        let is_of_this_boot = segment.stamp.boot == self.boot && self.boot != [0; 2];
        let place = Place { segment: segment.number, offset, is_apart: false };
        !is_of_this_boot && self.place.is_none_or(|durable| place >= durable)
    }
}

impl Inner {
    /// What the segments `numbers` hold, read by a thread that lives until all is taken, or nobody takes any more.
    pub(super) fn read_ahead<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        numbers: &'scope [u32],
        durable: Durable,
    ) -> io::Result<Receiver<Met>> {
        let (sender, receiver) = sync_channel(BATCHES);
        let read = move || {
            for number in numbers {
                let read = match self.shelf.get(*number) {
                    Ok(segment) => self.read_segment(&segment, durable, &sender),
                    Err(error) if is_no_segment(&error) => continue,
                    Err(error) => Err(Stopped::Failed(error)),
                };
                match read {
                    Ok(()) => {}
                    Err(Stopped::Unwanted) => return,
                    Err(Stopped::Failed(error)) => {
                        // If the receiver is gone, it has met an error of its own.
                        let _ = sender.send(Met::Failed(error));
                        return;
                    }
                }
            }
        };
        Builder::new().name("larder-rebuild".to_owned()).spawn_scoped(scope, read)?;
        Ok(receiver)
    }

    /// What is known to have been on the medium: the last checkpoint of the log tells.
    pub(super) fn durable(&self, numbers: &[u32]) -> io::Result<Durable> {
        let mut last: Option<Place> = None;
        for number in numbers.iter().rev() {
            let segment = match self.shelf.get(*number) {
                Ok(segment) => segment,
                Err(error) if is_no_segment(&error) => continue,
                Err(error) => return Err(error),
            };
            let mut tail = segment::START;
            while let Some((offset, header)) = segment.next(tail, u64::MAX, self.salt) {
                tail = offset + header.length();
                if let Kind::Checkpoint { durable } = header.kind {
                    last = last.max(Some(durable));
                }
            }
            // Later segments have later checkpoints.
            if last.is_some() {
                break;
            }
        }
        Ok(Durable { place: last, boot: self.boot })
    }

    /// Sends what is in `segment`.
    fn read_segment(
        &self,
        segment: &Arc<Segment>,
        durable: Durable,
        to: &SyncSender<Met>,
    ) -> Result<(), Stopped> {
        let send = |met| to.send(met).map_err(|_| Stopped::Unwanted);
        send(Met::Begin(Arc::clone(segment)))?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut tail = segment::START;
        loop {
            // Right behind a record there is another one, or nothing: so what is neither is the damaged header of one.
            let is_damaged = segment.is_damaged(tail, self.salt);
            let corrected = is_damaged.then(|| segment.corrected(tail, self.salt)).flatten();
            if let Some(header) = &corrected {
                self.mend_header(segment, tail, header).map_err(Stopped::Failed)?;
            } else if is_damaged && !durable.may_be_torn(segment, tail) {
                batch.extend(headless(segment, tail));
            }
            let next =
                corrected.map(|header| (tail, header)).or_else(|| segment.next(tail, u64::MAX, self.salt));
            let Some((offset, header)) = next else { break };
            tail = offset + header.length();
            let is_apart = header.kind == Kind::Apart;
            let place = Place { segment: segment.number, offset, is_apart };
            let state = match header.kind {
                Kind::Tombstone { .. } | Kind::Checkpoint { .. } => State::Empty,
                Kind::Frame | Kind::Apart => {
                    let may_be_torn = durable.may_be_torn(segment, offset);
                    match self.slot_of(segment, place, &header)? {
                        Some(slot) if !may_be_torn || self.is_whole(segment, &slot)? => State::Entry(slot),
                        _ if may_be_torn => State::Torn,
                        _ => State::Damaged,
                    }
                }
            };
            batch.push(Record { header, place, state });
            if batch.len() >= BATCH {
                send(Met::Records(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))))?;
            }
        }
        send(Met::Records(batch))?;
        send(Met::End { segment: segment.number, tail })
    }

    /// Writes a corrected header over the damaged one, where this handle writes.
    fn mend_header(&self, segment: &Segment, offset: u64, header: &Header) -> io::Result<()> {
        if self.handle.is_none() {
            return Ok(());
        }
        let place = Place { segment: segment.number, offset, is_apart: false };
        tracing::warn!(disk = self.location, ?place, "a damaged byte in the header of a record is corrected");
        self.write(segment, offset, &header.encode(self.salt, place))
    }

    /// Whether the body of an entry is whole too.
    fn is_whole(&self, segment: &Segment, slot: &Slot) -> Result<bool, Stopped> {
        if !slot.place.is_apart {
            let mut bytes = Vec::new();
            let read = segment.read(slot.place.offset, 0, slot.length, &mut bytes);
            return Ok(read && Frame::decode(&bytes.into()).is_ok());
        }
        let opened =
            self.apart(slot).map_err(Stopped::Failed)?.map(|apart| self.open_apart(&apart, slot.length));
        let body = match opened {
            Some(Ok(Some((_, body)))) => body,
            Some(Err(error)) if error.kind() == ErrorKind::Unavailable => {
                return Err(Stopped::Failed(io::Error::other(error)));
            }
            _ => return Ok(false),
        };
        let length = Ranges::len(&*body);
        for start in (0..length).step_by(PIECE as usize) {
            match pollster::block_on(body.read(start..length.min(start + PIECE))) {
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    return Err(Stopped::Failed(io::Error::other(error)));
                }
                Err(_) => return Ok(false),
                Ok(_) => {}
            }
        }
        Ok(true)
    }

    /// The slot of an entry, from its record; `None` if it is damaged or not whole.
    ///
    /// # Errors
    ///
    /// The file of the body exists and cannot be read now: whether it is damaged is unknown.
    fn slot_of(&self, segment: &Segment, place: Place, header: &Header) -> Result<Option<Slot>, Stopped> {
        let found = if place.is_apart {
            self.head_apart(segment, place, header)?
        } else {
            Self::head_in(segment, place, header.payload.into()).map(|head| (head, header.payload.into()))
        };
        Ok(found.and_then(|(head, length)| slot_with(place, header, head, length)))
    }

    /// The head of a frame in a file of its own, and the length of the frame; `None` if it is damaged or not whole.
    fn head_apart(
        &self,
        segment: &Segment,
        place: Place,
        header: &Header,
    ) -> Result<Option<(Head, u64)>, Stopped> {
        let mut payload = Vec::new();
        let read = segment.read(place.offset, 0, header.payload.into(), &mut payload);
        let Some(apart) = read.then(|| apart::Apart::decode(&payload.into())).flatten() else {
            return Ok(None);
        };
        let Some(file) = self.root.status(&apart::file(apart.number)).map_err(Stopped::Failed)? else {
            return Ok(None);
        };
        let file = file.length;
        let touched = apart.touched.len() as u64;
        let length = if touched == 0 { Some(file) } else { (file + touched).checked_sub(apart.head) };
        let Some(length) = length else { return Ok(None) };
        match self.open_apart(&apart, length) {
            Ok(opened) => Ok(opened.map(|(head, _)| (head, length))),
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                Err(Stopped::Failed(io::Error::other(error)))
            }
            Err(_) => Ok(None),
        }
    }

    /// The head of a frame in a segment, if its foot is there too: a write that was cut off has none.
    fn head_in(segment: &Segment, place: Place, length: u64) -> Option<Head> {
        let mut bytes = Vec::new();
        let _ = segment.read(place.offset, 0, Head::PREFIX as u64, &mut bytes);
        let head = Head::length_of(&bytes).ok()?;
        bytes.clear();
        let read = segment.read(place.offset, 0, head as u64, &mut bytes);
        let head = read.then(|| Head::decode(&bytes.into()).ok())??;
        let layout = Layout::of_frame(&head, length).ok()?;
        let mut foot = Vec::new();
        let range = layout.foot();
        let read = segment.read(place.offset, range.start, range.end - range.start, &mut foot);
        read.then(|| Foot::decode(&foot, head.meta.nonce).ok())??;
        Some(head)
    }
}

/// The record at `offset`, whose header is damaged, if the head of its frame tells the key.
fn headless(segment: &Segment, offset: u64) -> Option<Record> {
    let mut bytes = Vec::new();
    let _ = segment.read(offset, 0, Head::PREFIX as u64, &mut bytes);
    let length = Head::length_of(&bytes).ok()?;
    bytes.clear();
    let read = segment.read(offset, 0, length as u64, &mut bytes);
    let head = read.then(|| Head::decode(&bytes.into()).ok())??;
    let mark = Mark::of(Key::from_bytes(&head.key).ok()?.digest());
    let header = Header { kind: Kind::Frame, mark, sequence: 0, insertion: 0, word: 0, payload: 0 };
    let place = Place { segment: segment.number, offset, is_apart: false };
    Some(Record { header, place, state: State::Headless })
}

/// Why the thread that reads the log stops before its end.
enum Stopped {
    /// The receiver is gone.
    Unwanted,
    /// A file cannot be opened or read.
    Failed(io::Error),
}

/// Whether a file under the name of a segment was read and is none, or no longer exists.
fn is_no_segment(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, NotFound, UnexpectedEof};
    matches!(error.kind(), InvalidData | NotFound | UnexpectedEof)
}

/// The slot of an entry with this head; `None` if the head is that of another entry.
fn slot_with(place: Place, header: &Header, head: Head, length: u64) -> Option<Slot> {
    let meta = head.meta;
    let key = Key::from_bytes(&head.key).ok()?;
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
