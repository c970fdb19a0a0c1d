//! Writing: what the caller of the disk asks for, step by step and with all its waiting.

mod evict;
mod large;
mod touch;

use std::io;

use bytes::Bytes;
use larder_core::disk::{
    Condition, Fence, Invalidation, Made, Put, Refusal, Removed, Replaced, Room, Shortage,
};
use larder_core::entry::{Draft, Meta, Source, Version};
use larder_core::key::Key;
use larder_core::{ErrorKind, Result, frame};

use crate::admit::{Lack, has_room, lack, reserve};
use crate::apart;
use crate::chains;
use crate::fences;
use crate::head::Word;
use crate::inner::Inner;
use crate::reclaim::{Goal, MAX_RECLAIMS, Rights, SpaceAttempt, is_full};
use crate::record::{self, Kind};
use crate::section::Section;
use crate::segment;
use crate::slot::Mark;
use crate::steps::{Coming, Stuck, holds};

use large::Held;

/// The longest frame that is copied into the log of a disk with this word for a limit.
fn longest_in_log(limit: u64) -> u64 {
    segment::longest_frame_for(bound(limit))
}

/// The limit that a word of the head tells.
pub(crate) fn bound(limit: u64) -> Option<u64> {
    (limit != u64::MAX).then_some(limit)
}

/// Whether a put is done.
#[derive(Debug)]
enum Tried {
    Done(Put),
    /// Room must be made for it.
    Short(Shortage),
    /// Somebody writes the key already.
    Held,
    /// Dead space must be reclaimed for it.
    Reclaim,
    /// The file system has no space.
    NoSpace(io::Error),
}

/// The bytes of an entry that is to be stored.
#[derive(Clone, Copy, Debug)]
struct Payload<'a> {
    kind: Kind,
    bytes: &'a [u8],
    /// The bytes of the frame, wherever it lies.
    length: u64,
}

impl Inner {
    pub(crate) async fn put(&self, key: &Key, draft: Draft, terms: Terms, room: &dyn Room) -> Result<Put> {
        let Draft { meta, source, word } = draft;
        let mark = Mark::of(key.digest());
        let longest = longest_in_log(self.limit_word());
        let body = match source {
            Source::Whole(body) if frame::length(key.as_bytes(), &meta, body.len() as u64) <= longest => body,
            // Boxed, as is the way with waiting: what most writes never do makes none of them larger.
            source => return Box::pin(self.put_large(key, &meta, source, word, terms, room)).await,
        };
        let frame = self.framed(key, &meta, &body, mark);
        drop(body);
        let payload = Payload { kind: Kind::Frame, bytes: &frame, length: frame.len() as u64 };
        let writing = Draught { key, mark, meta: &meta, word, terms };
        match self.try_put(&writing, payload, None, None).await {
            Ok(Tried::Done(put)) => Ok(put),
            Ok(_) => {
                Box::pin(async {
                    let _writing = self.writers.take(mark).await;
                    self.put_held(&writing, payload, None, room).await
                })
                .await
            }
            Err(error) => Err(error.of(key)),
        }
    }

    /// Stores an entry if that takes no waiting and no room: no future is made, and nothing is done otherwise.
    pub(crate) fn put_now(&self, key: &Key, draft: &Draft, condition: Condition) -> Option<Result<Put>> {
        let Draft { meta, source: Source::Whole(body), word } = draft else { return None };
        let length = frame::length(key.as_bytes(), meta, body.len() as u64);
        if length > longest_in_log(self.limit_word())
            || !has_room(&self.tables.head, length + frame::OVERHEAD)
        {
            return None;
        }
        let mark = Mark::of(key.digest());
        let frame = self.framed(key, meta, body, mark);
        let payload = Payload { kind: Kind::Frame, bytes: &frame, length };
        let writing = Draught { key, mark, meta, word: *word, terms: condition.into() };
        let tried = self.check_process().and_then(|()| self.enter()).transpose()?.and_then(|mut section| {
            if self.writers.is_held(mark) {
                return Ok(Tried::Held);
            }
            let tried = self.put_in(&mut section, &writing, payload, None, Rights::WRITE);
            // Where the index is inconsistent nothing was stored; the caller tries again with all waiting.
            if section.is_condemned() { Ok(Tried::Held) } else { tried }
        });
        self.release_emptied();
        match tried {
            Ok(Tried::Done(put)) => Some(Ok(put)),
            Ok(_) => None,
            Err(error) => Some(Err(error.of(key))),
        }
    }

    /// The frame of an entry. While it is made, what the key is looked for in comes near.
    fn framed(&self, key: &Key, meta: &Meta, body: &[u8], mark: Mark) -> Bytes {
        chains::foresee_chain(&self.tables, mark);
        let frame = frame::encode(key.as_bytes(), meta, body);
        chains::foresee_slot(&self.tables, mark);
        frame
    }

    /// Stores an entry whose key is this writer's, asking for room while it does not fit.
    async fn put_held(
        &self,
        writing: &Draught<'_>,
        payload: Payload<'_>,
        held: Option<&Held<'_>>,
        room: &dyn Room,
    ) -> Result<Put> {
        let (mut rights, mut attempt) = (Rights::WRITE, SpaceAttempt::default());
        loop {
            let tried = self.try_put(writing, payload, held, Some(rights)).await;
            match tried.map_err(|error| error.of(writing.key))? {
                Tried::Done(put) => return Ok(put),
                Tried::Short(shortage) => {
                    if self.reclaim_dead_reservations().await? {
                        continue;
                    }
                    if room.make(shortage).await? == Made::Nothing {
                        return Ok(Put::Refused(Refusal::Full));
                    }
                }
                Tried::Reclaim => {
                    if !self.reclaim(Goal::Bound).await? {
                        rights = Rights::EXCEEDING_WRITE;
                    }
                }
                Tried::NoSpace(error) => {
                    let need = record::length(payload.bytes.len() as u64);
                    if !self.make_space(need, &mut attempt, room).await? {
                        return Err(self.failed("no space is left for the entry", error).of(writing.key));
                    }
                }
                Tried::Held => return Err(self.error(ErrorKind::Conflict, "the key is written by two")),
            }
        }
    }

    /// Tries to store an entry in one section. With `own` the place of the key is this writer's.
    async fn try_put(
        &self,
        writing: &Draught<'_>,
        payload: Payload<'_>,
        held: Option<&Held<'_>>,
        own: Option<Rights>,
    ) -> Result<Tried> {
        let tried = self.within(|section| {
            if own.is_none() && self.writers.is_held(writing.mark) {
                return Ok(Tried::Held);
            }
            self.put_in(section, writing, payload, held, own.unwrap_or(Rights::WRITE))
        });
        let tried = tried.await;
        self.release_emptied();
        tried
    }

    fn put_in(
        &self,
        section: &mut Section<'_>,
        writing: &Draught<'_>,
        payload: Payload<'_>,
        held: Option<&Held<'_>>,
        rights: Rights,
    ) -> Result<Tried> {
        let found = chains::find(section, writing.mark).map(|(found, _)| found);
        if let Err(stored) = holds(writing.terms.condition, found.as_ref()) {
            return Ok(Tried::Done(Put::Conflict(stored)));
        }
        if let Some(since) = writing.terms.since {
            let concerning = Invalidation::concerning(writing.key, writing.meta);
            if fences::hold(section, &concerning, since) {
                let stored = found.map(|found| Version::from_bits(found.slot.version));
                return Ok(Tried::Done(Put::Conflict(stored)));
            }
        }
        let size = payload.length + frame::OVERHEAD;
        let old = found.map(|found| found.slot.size());
        match lack(section, size, old, held.map_or(0, Held::bytes)) {
            None => {}
            Some(lack) => {
                if lack.is_doubtful(size) {
                    // A retry follows if the sums are wrong.
                    let _ = Self::verify_sums(section);
                }
                return Ok(match lack {
                    Lack::Refused(refusal) => Tried::Done(Put::Refused(refusal)),
                    Lack::Room(shortage) => Tried::Short(shortage),
                });
            }
        }
        let may_add = self
            .check_reserve()
            .and_then(|()| if found.is_none() { self.check_slots(section) } else { Ok(()) });
        if let Err(error) = may_add {
            if is_full(&error) {
                return Ok(Tried::NoSpace(error));
            }
            return Err(self.failed("looking for space", error));
        }
        let Draught { key, mark, meta, word, .. } = *writing;
        let coming = Coming { key, mark, meta, length: payload.length, word, kind: payload.kind };
        let stored = self.with_segment(section, rights, |section| {
            if let (Some(held), Some(handle)) = (held, &self.handle) {
                reserve(section, handle.number, -held.bytes().cast_signed());
            }
            if let Some(body) = apart::number_in(payload.kind, payload.bytes) {
                // Whoever writes the log to the medium writes the body too, whichever process that is.
                let synced = section.head(Word::ApartsSynced);
                section.set_head(Word::ApartsSynced, synced.min(body.saturating_sub(1)));
            }
            self.store(section, &coming, found.as_ref(), &[payload.bytes])
        });
        match stored {
            Ok(brief) => {
                if let Some(held) = held {
                    held.forget();
                }
                self.keep_up(section, payload.bytes.len() as u64);
                let replaced = found.map(|found| Replaced::Entry(found.slot.brief(found.index)));
                Ok(Tried::Done(Put::Stored { brief, replaced: replaced.unwrap_or(Replaced::Nothing) }))
            }
            Err(Stuck::Reclaim) => Ok(Tried::Reclaim),
            Err(Stuck::Failed(error)) if is_full(&error) => Ok(Tried::NoSpace(error)),
            Err(stuck) => Err(self.failed("storing an entry", stuck.into_error())),
        }
    }

    pub(crate) async fn remove(&self, key: &Key, condition: Condition) -> Result<Removed> {
        let mark = Mark::of(key.digest());
        let mut reclaims = 0;
        loop {
            self.writers.wait(mark).await;
            let before = Word::Segment.get(&self.tables.head);
            let removed = self
                .within(|section| {
                    if self.writers.is_held(mark) {
                        return Ok(None);
                    }
                    self.remove_in(section, key, mark, condition).map(Some)
                })
                .await
                .map_err(|error| error.of(key))?;
            match removed {
                Some(Ok(removed)) => {
                    self.settle_removal(before).await;
                    return Ok(removed);
                }
                Some(Err(error)) => {
                    reclaims += 1;
                    if reclaims > MAX_RECLAIMS || !self.reclaim(self.goal_when_full()).await? {
                        return Err(self.failed("removing an entry", error).of(key));
                    }
                }
                None => {}
            }
        }
    }

    /// Removes an entry in a section; the inner error says that the file system has no space for that.
    fn remove_in(
        &self,
        section: &mut Section<'_>,
        key: &Key,
        mark: Mark,
        condition: Condition,
    ) -> Result<io::Result<Removed>> {
        self.finish_moves_into_reserve(section);
        let Some((found, link)) = chains::find(section, mark) else { return Ok(Ok(Removed::Nothing)) };
        if let Err(stored) = holds(condition, Some(&found)) {
            return Ok(Ok(stored.map_or(Removed::Nothing, Removed::Conflict)));
        }
        // Twelve bytes of a digest found it; the stored key decides. A corrupt entry is removed.
        match self.head(&found.slot) {
            Ok(Some(head)) if head.meta.version.bits() == found.slot.version => {
                if head.key != key.as_bytes() {
                    return Ok(Ok(Removed::Nothing));
                }
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
            _ => self.verify_entry(section, key),
        }
        match self.with_segment(section, Rights::REMOVAL, |section| self.strike(section, &found, link)) {
            Ok(brief) => Ok(Ok(Removed::Gone(brief))),
            Err(Stuck::Failed(error)) if is_full(&error) => Ok(Err(error)),
            Err(stuck) => Err(self.failed("removing an entry", stuck.into_error())),
        }
    }

    /// The limit as the head has it.
    pub(crate) fn limit_word(&self) -> u64 {
        Word::SizeLimit.get(&self.tables.head)
    }
}

/// What must hold for a put.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) condition: Condition,
    /// Nothing that concerns the entry was invalidated since.
    pub(crate) since: Option<Fence>,
}

impl From<Condition> for Terms {
    fn from(condition: Condition) -> Self {
        Self { condition, since: None }
    }
}

/// What is to be stored, and where.
#[derive(Clone, Copy, Debug)]
struct Draught<'a> {
    key: &'a Key,
    mark: Mark,
    meta: &'a Meta,
    word: u64,
    terms: Terms,
}
