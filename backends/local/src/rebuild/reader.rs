//! Reads the records of a log ahead of whoever takes them in.
//!
//! One thread, in the order of the log, a few batches ahead: the index is written by the other one alone, and the memory
//! that this takes does not grow with the log.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope};

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
    ) -> std::io::Result<Receiver<Met>> {
        let (sender, receiver) = sync_channel(BATCHES);
        let read = move || {
            for number in numbers {
                let segment = match self.shelf.get(*number) {
                    Ok(segment) if segment.salt() == self.salt => segment,
                    // It was being made when its process ended, or is damaged: nothing of it can be trusted.
                    _ => continue,
                };
                if self.read_segment(&segment, &sender).is_none() {
                    // Whoever takes them in met an error, and tells it.
                    return;
                }
            }
        };
        Builder::new().name("larder-rebuild".to_owned()).spawn_scoped(scope, read)?;
        Ok(receiver)
    }

    /// Sends what is in `segment`; `None` if nobody takes it.
    fn read_segment(&self, segment: &Arc<Segment>, to: &SyncSender<Met>) -> Option<()> {
        to.send(Met::Begin(Arc::clone(segment))).ok()?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut tail = segment::START;
        while let Some((offset, header)) = segment.next(tail, self.salt) {
            tail = offset + header.length();
            let is_apart = header.kind == Kind::Apart;
            let place = Place { segment: segment.number, offset, is_apart };
            let slot = match header.kind {
                Kind::Tombstone { .. } => None,
                Kind::Frame | Kind::Apart => self.slot_of(segment, place, &header),
            };
            batch.push(Record { header, slot });
            if batch.len() == BATCH {
                to.send(Met::Records(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))).ok()?;
            }
        }
        to.send(Met::Records(batch)).ok()?;
        to.send(Met::End { segment: segment.number, tail }).ok()
    }

    /// The slot of an entry, from its record; `None` if it is damaged or not whole.
    fn slot_of(&self, segment: &Segment, place: Place, header: &Header) -> Option<Slot> {
        let (head, length) = if place.is_apart {
            let mut payload = Vec::new();
            let read = segment.read(place.offset, 0, header.payload.into(), &mut payload);
            let apart = read.then(|| apart::Apart::decode(&payload.into()))??;
            let file = self.root.status(&apart::file(apart.number)).ok()??;
            let touched = apart.touched.len() as u64;
            let length =
                if touched == 0 { file.length } else { (file.length + touched).checked_sub(apart.head)? };
            (self.open_apart(&apart, length).ok()??.0, length)
        } else {
            (Self::head_in(segment, place, header.payload.into())?, header.payload.into())
        };
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
