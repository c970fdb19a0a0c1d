//! Storing a large body, or one of unknown length: what comes is counted before it lands, and lies apart.

use std::sync::atomic::{AtomicU64, Ordering};

use larder_core::disk::{Made, Put, Refusal, Room};
use larder_core::entry::{Meta, Source};
use larder_core::frame::{self, Head, Writer};
use larder_core::key::Key;
use larder_core::{ErrorKind, Result};

use super::{Draught, Payload, Terms, longest_in_log};
use crate::admit::{Lack, lack, reserve};
use crate::apart::{self, Apart, Unfinished};
use crate::chains;
use crate::clean::Pressure;
use crate::head::Word;
use crate::inner::Inner;
use crate::reclaim::{Goal, SpaceAttempt, is_full};
use crate::record::Kind;
use crate::slot::{LONGEST, Mark};
use crate::steps::holds;

/// Bytes that are reserved for a write under way. They are given back when it is dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    inner: &'a Inner,
    bytes: AtomicU64,
}

impl Held<'_> {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// They count as stored now.
    pub(super) fn forget(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let bytes = self.bytes();
        if bytes == 0 || self.inner.check_process().is_err() {
            // A forked child has reserved nothing.
            return;
        }
        let given_back = (0..100).any(|_| match (self.inner.enter(), &self.inner.handle) {
            (Ok(Some(mut section)), Some(handle)) => {
                reserve(&mut section, handle.number, -bytes.cast_signed());
                section.commit()
            }
            (Ok(None), _) => false,
            _ => true,
        });
        if !given_back {
            tracing::warn!(bytes, "what a write had reserved is given back when the disk is closed");
        }
    }
}

impl Inner {
    pub(super) async fn put_large(
        &self,
        key: &Key,
        meta: &Meta,
        mut source: Source,
        word: u64,
        terms: Terms,
        room: &dyn Room,
    ) -> Result<Put> {
        let handle = self.writer()?.number;
        let mark = Mark::of(key.digest());
        let _writing = self.writers.take(mark).await;
        let writing = Draught { key, mark, meta, word, terms };
        let weigh = |body: u64| frame::weight(key.as_bytes(), meta, body);
        let held = Held { inner: self, bytes: AtomicU64::new(0) };
        let known = source.length();
        if let Some(put) = self.admit(&writing, weigh(known.unwrap_or(0)), &held, room).await? {
            return Ok(put);
        }
        self.keep_within_bound().await?;
        let longest = longest_in_log(self.limit_word());
        let head = Head::encode(key.as_bytes(), meta);
        let mut pending = bytes::BytesMut::new();
        let (mut writer, _) = Writer::new(key.as_bytes(), meta);
        let mut file: Option<Unfinished> = None;
        let mut attempt = SpaceAttempt::default();
        while let Some(chunk) = source.chunk().await? {
            let body = writer.body() + (pending.len() + chunk.len()) as u64;
            if known.is_none()
                && let Some(put) = self.admit(&writing, weigh(body), &held, room).await?
            {
                return Ok(put);
            }
            if file.is_none() {
                pending.extend_from_slice(&chunk);
                if weigh(pending.len() as u64) <= longest {
                    continue;
                }
                // A value of known length gets all of its space at once, others a little more than they have.
                let whole = known.map_or(0, |body| frame::length(key.as_bytes(), meta, body));
                let mut begun = self.begin_body(handle, &mut attempt, room).await?;
                self.append_body(&mut begun, &head, whole, &mut attempt, room).await?;
                let begun = file.insert(begun);
                let gathered = pending.split().freeze();
                self.feed(&mut writer, &gathered, begun, &mut attempt, room).await?;
            } else if let Some(file) = file.as_mut() {
                self.feed(&mut writer, &chunk, file, &mut attempt, room).await?;
            }
        }
        let Some(mut file) = file else {
            let frame = frame::encode(key.as_bytes(), meta, &pending);
            let payload = Payload { kind: Kind::Frame, bytes: &frame, length: frame.len() as u64 };
            return self.put_held(&writing, payload, Some(&held), room).await;
        };
        self.append_body(&mut file, &writer.finish(), 0, &mut attempt, room).await?;
        file.finish().map_err(|error| self.failed("trimming the file of a body", error).of(key))?;
        self.settle(&writing, file, head.len() as u64, &held, room).await
    }

    /// Reclaims dead space where the files take all that they may: a body adds to them without a new segment.
    async fn keep_within_bound(&self) -> Result<()> {
        if self.within(|section| Ok(self.pressure(section) == Pressure::Full)).await? {
            self.reclaim(Goal::Bound).await?;
        }
        Ok(())
    }

    /// Begins the file of a body.
    async fn begin_body(
        &self,
        handle: usize,
        attempt: &mut SpaceAttempt,
        room: &dyn Room,
    ) -> Result<Unfinished> {
        loop {
            match Unfinished::begin(&self.root, handle) {
                Ok(file) => return Ok(file),
                Err(error) => {
                    let may_help = is_full(&error) && self.make_space(1, attempt, room).await?;
                    if !may_help {
                        return Err(self.failed("beginning the file of a body", error));
                    }
                }
            }
        }
    }

    /// Writes a chunk of the body to the file.
    async fn feed(
        &self,
        writer: &mut Writer,
        chunk: &[u8],
        file: &mut Unfinished,
        attempt: &mut SpaceAttempt,
        room: &dyn Room,
    ) -> Result<()> {
        let mut rest = chunk;
        while let Some(piece) = writer.feed(&mut rest) {
            self.append_body(file, &piece, 0, attempt, room).await?;
        }
        Ok(())
    }

    /// Appends to the file of a body, for which `whole` bytes are reserved at least.
    async fn append_body(
        &self,
        file: &mut Unfinished,
        bytes: &[u8],
        whole: u64,
        attempt: &mut SpaceAttempt,
        room: &dyn Room,
    ) -> Result<()> {
        loop {
            let lack = file.lacks(bytes.len() as u64).max(whole.saturating_sub(file.reserved()));
            let floor = if lack > 0 { self.check_floor(lack) } else { Ok(()) };
            // What comes free belongs to the next reserve first.
            let reserve = if lack > 0 { self.check_reserve() } else { Ok(()) };
            let appended =
                floor.and(reserve).and_then(|()| file.reserve(lack)).and_then(|()| file.append(bytes));
            match appended {
                Ok(()) => return Ok(()),
                Err(error) => {
                    // Where no space can be reserved, writing is what fails.
                    let need = lack.max(bytes.len() as u64);
                    let may_help = is_full(&error) && self.make_space(need, attempt, room).await?;
                    if !may_help {
                        return Err(self.failed("writing the file of a body", error));
                    }
                }
            }
        }
    }

    /// Makes the file of a body part of the disk.
    async fn settle(
        &self,
        writing: &Draught<'_>,
        mut file: Unfinished,
        head: u64,
        held: &Held<'_>,
        room: &dyn Room,
    ) -> Result<Put> {
        let length = file.length();
        if length > LONGEST {
            return Ok(Put::Refused(Refusal::TooLarge { size: length, limit: LONGEST }));
        }
        if self.options.durability == crate::Durability::EveryWrite {
            file.sync().map_err(|error| self.failed("writing a body to the medium", error))?;
        }
        let number = self.name_body(&mut file).await?;
        let record = Apart { number, head, touched: bytes::Bytes::new() }.encode();
        let payload = Payload { kind: Kind::Apart, bytes: &record, length };
        let put = self.put_held(writing, payload, Some(held), room).await?;
        if matches!(put, Put::Stored { .. }) {
            file.settle();
        }
        Ok(put)
    }

    /// Gives the file of a body the next number, and its name with it.
    async fn name_body(&self, file: &mut Unfinished) -> Result<u64> {
        let failed = |error| self.failed("naming the file of a body", error);
        for _ in 0..apart::MAX_TRIES {
            let number = self.within(|section| {
                let number = section.head(Word::Apart) + 1;
                section.set_head(Word::Apart, number);
                if !section.commit() {
                    return Err(self.error(ErrorKind::Unavailable, "the index cannot be mapped"));
                }
                Ok(number)
            });
            let number = number.await?;
            match self.check_place().and_then(|()| file.keep(number)) {
                // The file of another program, which stays.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                kept => return kept.map(|()| number).map_err(failed),
            }
        }
        Err(failed(std::io::Error::other("other files have the names")))
    }

    /// Reserves what a write of `size` bytes takes; the answer to the put if it is not admitted.
    async fn admit(
        &self,
        writing: &Draught<'_>,
        size: u64,
        held: &Held<'_>,
        room: &dyn Room,
    ) -> Result<Option<Put>> {
        let handle = self.writer()?.number;
        loop {
            let short = self.within(|section| {
                let found = chains::find(section, writing.mark).map(|(found, _)| found);
                if let Err(stored) = holds(writing.terms.condition, found.as_ref()) {
                    return Ok(Err(Put::Conflict(stored)));
                }
                let old = found.map(|found| found.slot.size());
                match lack(section, size, old, held.bytes()) {
                    None => {
                        let need = size.saturating_sub(old.unwrap_or(0));
                        let more = need.saturating_sub(held.bytes());
                        reserve(section, handle, more.cast_signed());
                        if section.commit() {
                            held.bytes.fetch_add(more, Ordering::Relaxed);
                        }
                        Ok(Ok(None))
                    }
                    Some(lack) => {
                        if lack.is_doubtful(size) {
                            let _ = Self::verify_sums(section);
                        }
                        Ok(match lack {
                            Lack::Refused(refusal) => Err(Put::Refused(refusal)),
                            Lack::Room(shortage) => Ok(Some(shortage)),
                        })
                    }
                }
            });
            match short.await? {
                Err(put) => return Ok(Some(put)),
                Ok(None) => return Ok(None),
                Ok(Some(shortage)) => {
                    if self.reclaim_dead_reservations().await? {
                        continue;
                    }
                    if room.make(shortage).await? == Made::Nothing {
                        return Ok(Some(Put::Refused(Refusal::Full)));
                    }
                }
            }
        }
    }
}
