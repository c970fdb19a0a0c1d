//! Durability: what was written gets to the medium, together.
//!
//! A thread of the handle does it. Whoever waits for a write to be there leaves the end of the log and is woken once it
//! is; all who wait at the same time share one request to the medium (group commit: D. `DeWitt` and others, SIGMOD 1984).

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use event_listener::Event;
use larder_mapping::Access;

use crate::head::Word;
use crate::inner::Inner;
use crate::log::numbers;
use crate::place::{ALIGN, Place};
use crate::record::{Header, Kind};
use crate::segment::Segment;
use crate::slot::Mark;
use crate::{apart, segment};

/// What this process knows to be on the medium, and who waits for more.
#[derive(Debug, Default)]
pub(crate) struct Synced {
    state: Mutex<State>,
    /// Wakes the thread.
    work: Condvar,
    /// Wakes those who wait.
    done: Event,
}

#[derive(Debug, Default)]
struct State {
    /// How many of the bytes that were ever appended are on the medium, as far as this process knows: what cleaning moved
    /// counts too.
    reached: u64,
    /// How many somebody waits for.
    wanted: u64,
    /// How often writing to the medium failed, and how it did last.
    failures: u64,
    failure: Option<(io::ErrorKind, String)>,
    /// Whether a thread does what is wanted.
    is_served: bool,
    is_closed: bool,
}

/// Why the thread was woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    Wanted,
    Late,
    Closed,
}

impl Synced {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a thread does what is wanted from now on.
    pub(crate) fn serve(&self) {
        self.state().is_served = true;
    }

    /// Asks the thread, if there is one, to write everything up to `appended` to the medium, and waits for nothing.
    pub(crate) fn request(&self, appended: u64) {
        let mut state = self.state();
        if state.is_served {
            state.wanted = state.wanted.max(appended);
            self.work.notify_one();
        }
    }

    /// Ends the thread.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.work.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Waits until something is wanted, for `patience` at most.
    pub(crate) fn wait(&self, patience: Option<Duration>) -> Woken {
        let is_idle = |state: &mut State| state.wanted <= state.reached && !state.is_closed;
        let state = match patience {
            Some(patience) => {
                let waited = self.work.wait_timeout_while(self.state(), patience, is_idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.work.wait_while(self.state(), is_idle).unwrap_or_else(PoisonError::into_inner),
        };
        match () {
            () if state.is_closed => Woken::Closed,
            () if state.wanted > state.reached => Woken::Wanted,
            () => Woken::Late,
        }
    }
}

impl Inner {
    /// Returns once all writes up to now are on the medium.
    pub(crate) async fn reach(&self) -> io::Result<()> {
        let wanted = Word::Appended.get(&self.tables.head);
        let synced = &self.synced;
        let failures = {
            let state = synced.state();
            if !state.is_served {
                drop(state);
                return self.sync_all();
            }
            state.failures
        };
        loop {
            let listener = synced.done.listen();
            {
                let mut state = synced.state();
                if state.reached >= wanted {
                    return Ok(());
                }
                if state.failures > failures {
                    let (kind, message) =
                        state.failure.clone().unwrap_or((io::ErrorKind::Other, String::new()));
                    return Err(io::Error::new(kind, message));
                }
                state.wanted = state.wanted.max(wanted);
                synced.work.notify_one();
            }
            listener.await;
        }
    }

    /// Writes everything to the medium, and wakes who waits for it.
    pub(crate) fn sync_all(&self) -> io::Result<()> {
        self.append_checkpoint();
        let reached = Word::Appended.get(&self.tables.head);
        let durable = self.end_of_log();
        // What replaced these is committed before the sync begins.
        let replaced = self.replaced.count();
        let synced = self.sync_aparts().and_then(|bodies| {
            self.sync_segments()?;
            if let Some(bodies) = bodies {
                self.count_synced(&bodies);
            }
            self.note_durable(durable);
            self.remove_waiting(replaced);
            Ok(())
        });
        let mut state = self.synced.state();
        match &synced {
            Ok(()) => state.reached = state.reached.max(reached),
            Err(error) => {
                state.failures += 1;
                state.failure = Some((error.kind(), error.to_string()));
                // Who still wants it asks again.
                state.wanted = state.reached;
            }
        }
        drop(state);
        self.synced.done.notify(usize::MAX);
        synced
    }

    /// A place of the log behind all records that are committed now. Without the lock: the segment is read before the tail,
    /// and changes after it, so between two segments the place is before the end and never behind it.
    fn end_of_log(&self) -> Option<Place> {
        let head = &self.tables.head;
        let get = |word: Word| word.value_in(head.load(word as usize, Ordering::Acquire));
        let (segment, offset) = (get(Word::Segment)? as u32, get(Word::Tail)?);
        (segment > 0).then_some(Place { segment, offset: offset / ALIGN * ALIGN, is_apart: false })
    }

    /// Notes that all before this place is on the medium.
    fn note_durable(&self, durable: Option<Place>) {
        if let Some(durable) = durable.filter(|_| self.handle.is_some()) {
            self.tables.head.word(Word::Durable as usize).fetch_max(durable.to_word(), Ordering::AcqRel);
        }
    }

    /// Appends a checkpoint of what is known to be on the medium, if the log has none of it. Only a record that lies behind
    /// the last checkpoint may be torn in a crash; one that is damaged before it was whole once.
    ///
    /// It costs no sync of its own: the next one writes it to the medium. Where others have the lock the next one appends it.
    pub(crate) fn append_checkpoint(&self) {
        let head = &self.tables.head;
        let durable = Word::Durable.get(head);
        // A place behind the end is that of a damaged word.
        let is_there = self.end_of_log().is_some_and(|end| durable <= end.to_word());
        if self.handle.is_none() || durable <= Word::Checkpoint.get(head) || !is_there {
            return;
        }
        let Some(place) = Place::from_word(durable) else { return };
        let Ok(Some(mut section)) = self.enter() else { return };
        section.forget();
        let header = Header {
            kind: Kind::Checkpoint { durable: place },
            mark: Mark { hash: 0, more: 0 },
            sequence: section.head(Word::Sequence),
            insertion: 0,
            word: 0,
            payload: 0,
        };
        // A full segment takes none: the next one does.
        if let Ok(Some(_)) = self.append(&mut section, &header, &[]) {
            section.set_head(Word::Checkpoint, durable);
            let _ = section.commit();
        }
    }

    /// Writes all segments that may have something new to the medium, and the bodies that lie apart, whoever
    /// wrote them.
    pub(crate) fn sync_log(&self) -> io::Result<()> {
        self.sync_aparts()?;
        self.sync_segments()
    }

    fn sync_segments(&self) -> io::Result<()> {
        self.tables.map_all()?;
        let first = Word::Synced.get(&self.tables.head) as u32;
        let current = Word::Segment.get(&self.tables.head);
        for number in numbers(&self.tables).into_iter().filter(|number| *number >= first) {
            match self.shelf.get(number) {
                Ok(segment) => self.sync_segment(&segment)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if u64::from(first) < current {
            self.root.sync_directory(segment::DIRECTORY)?;
        }
        if self.handle.is_some() {
            // It only grows, but for two who sync at once: then something is written twice.
            Word::Synced.put(&self.tables.head, current);
        }
        Ok(())
    }

    fn sync_segment(&self, segment: &Segment) -> io::Result<()> {
        match self.shelf.file(segment) {
            Ok(file) => self.root.sync(&file, &segment::file(segment.number)),
            // It was removed, so nothing of it is needed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes the bodies to the medium that may not be there; those, if there were any.
    fn sync_aparts(&self) -> io::Result<Option<Bodies>> {
        let (first, last) = (Word::ApartsSynced.get(&self.tables.head), Word::Apart.get(&self.tables.head));
        if last <= first {
            return Ok(None);
        }
        let bodies = Bodies { first, last, there: self.bodies(first, last)? };
        for number in &bodies.there {
            let name = apart::file(*number);
            match self.root.open_file(&name, Access::Read).and_then(|file| self.root.sync(&file, &name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.root.sync_directory(apart::DIRECTORY)?;
        Ok(Some(bodies))
    }

    /// Notes which bodies are on the medium. One whose file gets its name later takes the mark back, in the step that
    /// makes it an entry.
    fn count_synced(&self, bodies: &Bodies) {
        // Where others have the lock it is noted the next time, and some bodies are written twice.
        let Ok(Some(mut section)) = self.enter() else { return };
        section.forget();
        if section.head(Word::ApartsSynced) != bodies.first {
            return;
        }
        let Ok(now) = self.bodies(bodies.first, bodies.last) else { return };
        let missed = now.into_iter().filter(|number| !bodies.there.contains(number)).min();
        section.set_head(Word::ApartsSynced, missed.map_or(bodies.last, |number| number - 1));
        let _ = section.commit();
    }

    /// The bodies after `first`, up to `last`, whose files are there.
    fn bodies(&self, first: u64, last: u64) -> io::Result<BTreeSet<u64>> {
        let mut numbers = BTreeSet::new();
        for name in self.root.names(apart::DIRECTORY)? {
            let number = name.to_str().and_then(apart::number_of);
            numbers.extend(number.filter(|number| (first + 1..=last).contains(number)));
        }
        Ok(numbers)
    }
}

/// Bodies that were written to the medium, by their numbers.
#[derive(Debug)]
struct Bodies {
    /// This one and those before it were there.
    first: u64,
    last: u64,
    /// Those between whose files were there.
    there: BTreeSet<u64>,
}

#[cfg(test)]
mod tests;
