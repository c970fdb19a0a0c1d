//! Reads the records of a log ahead of whoever takes them in.
//!
//! One thread, in the order of the log, a few batches ahead: the index is written by the other one alone, and the memory
//! that this takes does not grow with the log.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope};

use larder_core::ErrorKind;
use larder_core::frame::{Foot, Head, Layout};
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
    /// `None` for a tombstone, and where the entry is damaged or not whole.
    pub(super) slot: Option<Slot>,
}

impl Inner {
    /// What the segments `numbers` hold, read by a thread that lives until all is taken, or nobody takes any more.
    pub(super) fn read_ahead<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        numbers: &'scope [u32],
    ) -> io::Result<Receiver<Met>> {
        let (sender, receiver) = sync_channel(BATCHES);
        let read = move || {
            for number in numbers {
                let read = match self.shelf.get(*number) {
                    Ok(segment) if segment.salt() == self.salt => self.read_segment(&segment, &sender),
                    // It was being made when its process ended, or is damaged: nothing of it can be trusted.
                    Ok(_) => continue,
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

    /// Sends what is in `segment`.
    fn read_segment(&self, segment: &Arc<Segment>, to: &SyncSender<Met>) -> Result<(), Stopped> {
        let send = |met| to.send(met).map_err(|_| Stopped::Unwanted);
        send(Met::Begin(Arc::clone(segment)))?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut tail = segment::START;
        while let Some((offset, header)) = segment.next(tail, u64::MAX, self.salt) {
            tail = offset + header.length();
            let is_apart = header.kind == Kind::Apart;
            let place = Place { segment: segment.number, offset, is_apart };
            let slot = match header.kind {
                Kind::Tombstone { .. } => None,
                Kind::Frame | Kind::Apart => self.slot_of(segment, place, &header)?,
            };
            batch.push(Record { header, slot });
            if batch.len() == BATCH {
                send(Met::Records(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))))?;
            }
        }
        send(Met::Records(batch))?;
        send(Met::End { segment: segment.number, tail })
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
