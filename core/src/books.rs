//! Books for a disk within one process: what is stored, how large, how old, who is writing.
//!
//! [`Books`] admits writes within the limit, lets one writer at a time at a key, keeps the order of insertion and
//! an index of tags and expiries, and answers surveys, so that a disk is left with moving bytes. They live in
//! memory, some 190 bytes an entry beside its identity; a disk that outlives its process enters what it finds when
//! it opens. One lock guards them, held for a fraction of a microsecond and never while anything waits.

mod audit;
mod found;
mod index;
mod ledger;
mod marks;
mod shelf;
mod stored;
mod survey;
mod table;
#[cfg(test)]
mod tests;
mod writing;

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_listener::Event;

use crate::disk::{Brief, Fate, Fence, Id, Invalidation, Note, Settings, Usage, Victim};
use crate::key::Namespace;
use crate::time::Time;

pub use found::Found;
pub use marks::Marks;
pub use writing::{Intake, Lack, Writing};

use shelf::{Obstacle, Shelf};

/// What a disk finds its entries by: the whole key, or its digest where the bytes are named by it.
pub trait Identity: Clone + Debug + Eq + Hash + Send + Sync + 'static {}

impl<T: Clone + Debug + Eq + Hash + Send + Sync + 'static> Identity for T {}

/// The books of a disk. Clones share them.
///
/// Books know what their own disk does. A disk at a place that others write to asks them
/// [before](Books::before_read) and [after](Books::after_read) each read of an entry.
///
/// A put takes the writers' place, takes the bytes in, has them land, and commits; whatever is dropped on the way
/// leaves the books as they were:
///
/// ```
/// use larder_core::Result;
/// use larder_core::books::{Books, Found, Intake};
/// use larder_core::disk::{Condition, Put, Room};
/// use larder_core::entry::Draft;
/// use larder_core::key::Key;
///
/// async fn put(books: &Books<Key>, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put> {
///     let Draft { meta, source, word } = draft;
///     let mut writing = books.write(key).await;
///     let (body, size) = match writing.take_in(key, &meta, source, condition, room).await? {
///         Intake::Granted { body, size } => (body, size),
///         Intake::Not(put) => return Ok(put),
///     };
///     // Here the bytes land: `larder_core::frame::encode(key.as_bytes(), &meta, &body)`.
///     # drop(body);
///     Ok(writing.commit(Found::new(key, &meta, size, word)))
/// }
/// ```
#[derive(Debug)]
pub struct Books<I> {
    shared: Arc<Shared<I>>,
}

#[derive(Debug)]
struct Shared<I> {
    shelf: Mutex<Shelf<I>>,
    /// Rings when a writer lets go of a key that others wait for.
    let_go: Event,
}

impl<I> Clone for Books<I> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// What the books said of an entry before its bytes were read.
#[derive(Clone, Copy, Debug)]
pub struct BeforeRead {
    /// The entry, if the books know one.
    pub brief: Option<Brief>,
    removals: u64,
}

impl<I: Identity> Books<I> {
    /// Empty books under these settings.
    pub fn new(settings: Settings) -> Self {
        Self { shared: Arc::new(Shared { shelf: Mutex::new(Shelf::new(settings)), let_go: Event::new() }) }
    }

    /// Enters an entry that was found when the disk was opened, as the newest in the order of insertion.
    ///
    /// Surveys of tags and of the dead include an [unread](Found::unread) entry until the disk
    /// [learns](Books::learn) of it.
    pub fn enter(&self, identity: &I, found: Found) -> Id {
        self.shelf().enter(identity, found)
    }

    /// Enters an entry whose insertion number is known. Entries are entered in the order of their numbers.
    ///
    /// A number that is not above those given away until now is replaced by the next one.
    pub fn enter_at(&self, identity: &I, found: Found, insertion: u64) -> Id {
        let mut shelf = self.shelf();
        shelf.last = shelf.last.max(insertion.saturating_sub(1));
        shelf.enter(identity, found)
    }

    /// Gives away insertion numbers above `last` from now on.
    pub fn number_after(&self, last: u64) {
        let mut shelf = self.shelf();
        shelf.last = shelf.last.max(last);
    }

    /// All entries, and the last insertion number that was given away, all of one moment.
    pub fn entries(&self) -> (u64, Vec<(I, Brief)>) {
        let shelf = self.shelf();
        let briefs = (0..)
            .zip(&shelf.slots)
            .filter_map(|(number, slot)| Some((slot.identity.clone()?, slot.brief(number)?)));
        (shelf.last, briefs.collect())
    }

    /// Completes what is known of an entry that was entered unread.
    pub fn learn(&self, id: Id, found: Found) {
        self.shelf().learn(id, found);
    }

    /// What finds the entry `id`, and its version; `None` if it is gone.
    pub fn find(&self, id: Id) -> Option<(I, crate::entry::Version)> {
        self.shelf().find(id)
    }

    /// What is stored at `identity`, as far as the books know.
    pub fn look(&self, identity: &I) -> Option<Brief> {
        self.shelf().look(identity)
    }

    /// What the books say of an entry whose bytes are about to be read, for
    /// [`after_read`](Books::after_read).
    pub fn before_read(&self, identity: &I) -> BeforeRead {
        let shelf = self.shelf();
        BeforeRead { brief: shelf.look(identity), removals: shelf.removals(identity) }
    }

    /// Enters the entry that was read from a place that others write to too: one that the books do not know,
    /// or that others have overwritten.
    ///
    /// Without this, evicting the entry that the books know deletes the new one. Nothing is entered if this
    /// disk wrote or removed the entry since `before`, or is doing so: what was read is older then, and would
    /// be counted for ever. The next read enters the entry instead.
    pub fn after_read(&self, identity: &I, before: &BeforeRead, found: Found) {
        let known = before.brief.map(|brief| brief.version);
        if known == Some(found.version) {
            return;
        }
        // A writer under way sets the books right itself.
        let Some(writing) = self.try_write(identity) else { return };
        let is_same = {
            let shelf = self.shelf();
            shelf.look(identity).map(|now| now.version) == known
                && shelf.removals(identity) == before.removals
        };
        if is_same {
            let _ = writing.commit(found);
        }
    }

    /// Notes a hit at `identity`; says whether anything is stored there.
    pub fn hit(&self, identity: &I, now: Time) -> bool {
        let shelf = self.shelf();
        let marks = shelf.marks(identity);
        if let Some(marks) = marks {
            marks.hit(now);
        }
        marks.is_some()
    }

    /// Takes the writers' place at `identity` if nobody has it.
    pub fn try_write(&self, identity: &I) -> Option<Writing<I>> {
        let id = self.shelf().take_place(identity)?;
        Some(Writing::new(self.clone(), id, identity.clone()))
    }

    /// Takes the writers' place at `identity`, waiting for whoever has it.
    pub async fn write(&self, identity: &I) -> Writing<I> {
        loop {
            let listener = {
                let mut shelf = self.shelf();
                if let Some(id) = shelf.take_place(identity) {
                    return Writing::new(self.clone(), id, identity.clone());
                }
                self.shared.let_go.listen()
            };
            // The listener was made under the lock, so a release between the look and the wait is not missed.
            listener.await;
        }
    }

    /// Takes the writers' places at `victims`, in order, up to the first that has changed; those that must not go
    /// get their fate.
    pub fn claim(&self, victims: &[Victim]) -> Vec<Result<Writing<I>, Fate>> {
        let mut shelf = self.shelf();
        let mut claims = Vec::with_capacity(victims.len());
        for victim in victims {
            match shelf.claim(victim) {
                Ok(identity) => claims.push(Ok(Writing::new(self.clone(), victim.id, identity))),
                Err(obstacle) => {
                    claims.push(Err(shelf.fate(victim.id, obstacle)));
                    if obstacle == Obstacle::Hit {
                        claims.resize_with(victims.len(), || Err(Fate::Spared));
                        break;
                    }
                }
            }
        }
        claims
    }

    /// Strikes out `victims`, in order, up to the first that has changed; each is handed to `going` before, while the
    /// writers' place at it is taken and no lock is held.
    pub fn evict(&self, victims: &[Victim], mut going: impl FnMut(&I)) -> Vec<Fate> {
        let mut strike = |writing: Writing<I>| {
            going(writing.identity());
            writing.strike()
        };
        let [victim] = victims else {
            let claims = self.claim(victims).into_iter();
            return claims.map(|claim| claim.map_or_else(|fate| fate, &mut strike)).collect();
        };
        // Most rounds are one victim long.
        let mut shelf = self.shelf();
        match shelf.claim(victim) {
            Ok(identity) => {
                drop(shelf);
                vec![strike(Writing::new(self.clone(), victim.id, identity))]
            }
            Err(obstacle) => vec![shelf.fate(victim.id, obstacle)],
        }
    }

    /// Returns the fence of this moment.
    pub fn fence(&self) -> Fence {
        Fence(self.shelf().last)
    }

    /// Returns whether one of these was invalidated since `fence`.
    pub fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        self.shelf().is_invalidated(invalidations, since)
    }

    /// Invalidates `what`. An earlier fence no longer admits a [commit](Writing::commit_since) that it concerns.
    pub fn invalidate(&self, what: Invalidation) {
        self.shelf().invalidate(what);
    }

    /// Takes down notes on entries that are still what they were.
    pub fn record(&self, notes: &[Note]) {
        let mut shelf = self.shelf();
        for note in notes {
            shelf.record(note);
        }
    }

    /// How many entries `namespace` has.
    pub fn count(&self, namespace: &Namespace) -> u64 {
        self.shelf().ledger.count(namespace.id())
    }

    /// Volume, entries and what is under way.
    pub fn usage(&self) -> Usage {
        self.shelf().ledger.usage()
    }

    /// Limit and policy; `change` replaces them.
    pub fn settings(&self, change: Option<Settings>) -> Settings {
        let mut shelf = self.shelf();
        if let Some(settings) = change {
            shelf.ledger.settings = settings;
        }
        shelf.ledger.settings.clone()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<I>> {
        // Nothing panics while the books are open, so they are whole even if a thread died elsewhere.
        self.shared.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
