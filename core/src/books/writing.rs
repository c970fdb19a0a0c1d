//! The writers' place at a key: whoever has it is alone until the write is done or dropped.

use bytes::{Bytes, BytesMut};

use super::ledger::Reserve;
use super::shelf::Shelf;
use super::{Books, Found, Identity};
use crate::disk::{
    Brief, Condition, Fate, Fence, Id, Invalidation, Made, Put, Refusal, Removed, Revised, Revision, Room,
    Shortage,
};
use crate::entry::{Meta, Source, Version};
use crate::error::Result;
use crate::frame;
use crate::key::Key;

/// Whether a write may go on, with its bytes in hand.
#[derive(Debug)]
#[must_use]
pub enum Intake {
    /// The size is counted: write the bytes, then [`Writing::commit`].
    Granted {
        /// All of the body.
        body: Bytes,
        /// What the entry adds to the volume.
        size: u64,
    },
    /// This is the answer to the put.
    Not(Put),
}

/// What a write lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Room, which may be made.
    Room(Shortage),
    /// It can never fit.
    Refused(Refusal),
}

/// The writers' place at one key. Dropping it gives back what was reserved and leaves the books as they were.
#[derive(Debug)]
pub struct Writing<I: Identity> {
    books: Books<I>,
    id: Id,
    identity: I,
    held: Reserve,
    /// The place is given up already.
    left: bool,
}

impl<I: Identity> Writing<I> {
    pub(super) fn new(books: Books<I>, id: Id, identity: I) -> Self {
        Self { books, id, identity, held: Reserve::default(), left: false }
    }

    /// What the disk finds the entry by.
    pub fn identity(&self) -> &I {
        &self.identity
    }

    /// What is stored there now.
    pub fn current(&self) -> Option<Brief> {
        self.books.shelf().brief(self.id)
    }

    /// Whether `condition` holds of what is stored; otherwise the version that is.
    ///
    /// # Errors
    ///
    /// Not an error but an answer: the stored version, for [`Put::Conflict`].
    pub fn check(&self, condition: Condition) -> std::result::Result<(), Option<Version>> {
        let stored = self.current().map(|brief| brief.version);
        if condition.holds(stored) { Ok(()) } else { Err(stored) }
    }

    /// Checks `condition`, takes in the body and counts its size as it grows, asking `room` while it does not fit.
    ///
    /// # Errors
    ///
    /// Those of the source and of the room. Dropping this place gives back what was counted.
    pub async fn take_in(
        &mut self,
        key: &Key,
        meta: &Meta,
        source: Source,
        condition: Condition,
        room: &dyn Room,
    ) -> Result<Intake> {
        if let Err(stored) = self.check(condition) {
            return Ok(Intake::Not(Put::Conflict(stored)));
        }
        let weigh = |length: usize| frame::weight(key.as_bytes(), meta, length as u64);
        let mut size = weigh(0);
        let (mut stream, mut body) = match source {
            Source::Whole(body) => {
                size = weigh(body.len());
                return Ok(match self.admit(size, room).await? {
                    Ok(()) => Intake::Granted { body, size },
                    Err(refusal) => Intake::Not(Put::Refused(refusal)),
                });
            }
            stream @ Source::Stream(_) => (stream, BytesMut::new()),
        };
        if let Err(refusal) = self.admit(size, room).await? {
            return Ok(Intake::Not(Put::Refused(refusal)));
        }
        while let Some(chunk) = stream.chunk().await? {
            size = weigh(body.len() + chunk.len());
            if let Err(refusal) = self.admit(size, room).await? {
                return Ok(Intake::Not(Put::Refused(refusal)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Intake::Granted { body: body.freeze(), size })
    }

    /// Counts `size`, asking `room` while it does not fit. May be asked again with a greater size.
    ///
    /// # Errors
    ///
    /// Those of the room.
    pub async fn admit(&mut self, size: u64, room: &dyn Room) -> Result<std::result::Result<(), Refusal>> {
        loop {
            match self.reserve(size) {
                Ok(()) => return Ok(Ok(())),
                Err(Lack::Refused(refusal)) => return Ok(Err(refusal)),
                Err(Lack::Room(shortage)) => {
                    if room.make(shortage).await? == Made::Nothing {
                        return Ok(Err(Refusal::Full));
                    }
                }
            }
        }
    }

    /// Counts `size` if it fits now.
    ///
    /// # Errors
    ///
    /// Not an error but an answer: what it lacks. What was counted before stays counted.
    pub fn reserve(&mut self, size: u64) -> std::result::Result<(), Lack> {
        self.books.shelf().reserve(self.id, &mut self.held, size)
    }

    /// Enters the entry whose bytes have landed; the answer to the put.
    pub fn commit(mut self, found: Found) -> Put {
        let held = std::mem::take(&mut self.held);
        self.leave(|shelf, id| {
            // In one section, so that nobody sees the entry counted twice or not at all.
            shelf.ledger.release(held);
            shelf.store(id, found)
        })
    }

    /// As [`commit`](Writing::commit), unless one of `invalidations` happened since the fence.
    ///
    /// # Errors
    ///
    /// Not an error but this place: take the bytes away again and [remove](Writing::remove) the entry.
    pub fn commit_since(
        mut self,
        found: Found,
        invalidations: &[Invalidation],
        since: Fence,
    ) -> std::result::Result<Put, Self> {
        let books = self.books.clone();
        let mut shelf = books.shelf();
        if shelf.is_invalidated(invalidations, since) {
            return Err(self);
        }
        shelf.ledger.release(std::mem::take(&mut self.held));
        let put = shelf.store(self.id, found);
        drop(shelf);
        self.leave(|_, _| ());
        Ok(put)
    }

    /// Enters the new version and expiry of a touched entry.
    pub fn revise(mut self, revision: Revision) -> Revised {
        let revised = self.leave(|shelf, id| shelf.revise(id, revision.version, revision.expires));
        revised.map_or(Revised::Conflict(None), Revised::Done)
    }

    /// Strikes out the entry whose bytes are gone.
    pub fn remove(mut self) -> Removed {
        let identity = self.identity.clone();
        let removed = self.leave(|shelf, id| {
            shelf.count_removal(&identity);
            shelf.remove(id, |stored| stored.brief(id))
        });
        removed.map_or(Removed::Nothing, Removed::Gone)
    }

    /// Strikes out the entry whose bytes are gone, of which nothing more is asked.
    pub(super) fn strike(mut self) -> Fate {
        if self.leave(|shelf, id| shelf.remove(id, |_| ()).is_some()) { Fate::Gone } else { Fate::Absent }
    }

    /// Makes the last change and gives the place up, in one section.
    fn leave<T>(&mut self, change: impl FnOnce(&mut Shelf<I>, Id) -> T) -> T {
        let mut shelf = self.books.shelf();
        let changed = change(&mut shelf, self.id);
        let awaited = shelf.let_go(self.id, std::mem::take(&mut self.held));
        drop(shelf);
        self.left = true;
        if awaited {
            self.books.shared.let_go.notify(usize::MAX);
        }
        changed
    }
}

impl<I: Identity> Drop for Writing<I> {
    fn drop(&mut self) {
        if !self.left {
            self.leave(|_, _| ());
        }
    }
}
