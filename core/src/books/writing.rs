//! The writers' place at a key: whoever has it is alone until the write is done or dropped.

use std::sync::Arc;

use super::ledger::Reserve;
use super::{Books, Found, Identity, Marks};
use crate::disk::{
    Brief, Condition, Made, Put, Refusal, Removed, Replaced, Revised, Revision, Room, Shortage,
};
use crate::entry::Version;
use crate::error::Result;

/// Whether a write may go on.
#[derive(Debug)]
#[must_use]
pub enum Admission {
    /// The size is counted; write the bytes, then [`Writing::commit`].
    Granted,
    /// This is the answer to the put.
    Not(Put),
}

/// The writers' place at one key. Dropping it gives back what was reserved and leaves the books as they were.
#[derive(Debug)]
pub struct Writing<I: Identity> {
    books: Books<I>,
    id: crate::disk::Id,
    identity: I,
    held: Reserve,
}

impl<I: Identity> Writing<I> {
    pub(super) fn new(books: Books<I>, id: crate::disk::Id, identity: I) -> Self {
        Self { books, id, identity, held: Reserve::default() }
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
        let holds = match condition {
            Condition::Always => true,
            Condition::Absent => stored.is_none(),
            Condition::Is(version) => stored == Some(version),
        };
        if holds { Ok(()) } else { Err(stored) }
    }

    /// Checks `condition` and counts `size`, asking `room` while it does not fit. May be asked again with a
    /// greater size as a stream goes on.
    ///
    /// # Errors
    ///
    /// Those of the room.
    pub async fn admit(&mut self, size: u64, condition: Condition, room: &dyn Room) -> Result<Admission> {
        if let Err(stored) = self.check(condition) {
            return Ok(Admission::Not(Put::Conflict(stored)));
        }
        loop {
            match self.reserve(size) {
                Ok(()) => return Ok(Admission::Granted),
                Err(Err(refusal)) => return Ok(Admission::Not(Put::Refused(refusal))),
                Err(Ok(shortage)) => {
                    if room.make(shortage).await? == Made::Nothing {
                        return Ok(Admission::Not(Put::Refused(Refusal::Full)));
                    }
                }
            }
        }
    }

    fn reserve(&mut self, size: u64) -> std::result::Result<(), std::result::Result<Shortage, Refusal>> {
        self.books.shelf().reserve(self.id, &mut self.held, size)
    }

    /// Enters the entry whose bytes have landed. Answers the put, and the marks that readers note hits on.
    pub fn commit(mut self, found: Found, word: u64) -> (Put, Arc<Marks>) {
        let held = std::mem::take(&mut self.held);
        let mut shelf = self.books.shelf();
        // In one section, so that nobody sees the entry counted twice or not at all.
        shelf.ledger.release(held);
        let (brief, old, marks) = shelf.store(self.id, found, word);
        drop(shelf);
        let replaced = old.map_or(Replaced::Nothing, Replaced::Entry);
        (Put::Stored { brief, replaced }, marks)
    }

    /// Enters the new version and expiry of a touched entry.
    pub fn revise(self, revision: Revision) -> Revised {
        let revised = self.books.shelf().revise(self.id, revision.version, revision.expires);
        revised.map_or(Revised::Conflict(None), Revised::Done)
    }

    /// Strikes out the entry whose bytes are gone.
    pub fn remove(self) -> Removed {
        let removed = self.books.shelf().remove(self.id);
        removed.map_or(Removed::Nothing, Removed::Gone)
    }
}

impl<I: Identity> Drop for Writing<I> {
    fn drop(&mut self) {
        self.books.shelf().let_go(self.id, self.held);
        self.books.shared.let_go.notify(usize::MAX);
    }
}
