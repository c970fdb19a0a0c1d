//! Space: where a full segment is followed by another one, and what is done when the files may take no more.
//!
//! A step that needs a segment gets one at once where the files are within their bound and the file system has space.
//! Otherwise the writer leaves the section and [reclaims](Inner::reclaim) dead space first, in bounded steps and with
//! the lock free in between; the writes to the medium that this needs are made without the lock.
//!
//! On a full file system one segment is kept in reserve. Only removals and compaction may use it: compaction copies the
//! needed records of a segment into it, and the space of that segment becomes the next reserve. So whatever else is
//! full, entries can be removed and dead space can be reused. A set never takes the reserve; it fails where neither
//! compaction nor eviction by the policy can give it space.
//!
//! The invariant: space that came from the reserve takes only tombstones and moved records. Once the reserve
//! is the
//! current segment ([`Word::Spare`] is 0), nothing else is appended until there is a reserve again, and a
//! segment is
//! compacted only if all that is still needed of it fits, so that each compaction gives a reserve back.

use std::io;
use std::sync::atomic::Ordering;

use larder_core::Result;
use larder_core::disk::{Made, Room, Shortage};

use crate::area::{UNIT, WORD};
use crate::clean::{Pressure, Worth, is_never_synced};
use crate::head::Word;
use crate::inner::Inner;
use crate::journal;
use crate::log::{self, BLOCK, Known, address, known, row};
use crate::section::Section;
use crate::segment;
use crate::steps::Stuck;
use crate::tables::{Address, SLOT};
use crate::unrecorded;
use crate::write::bound;

/// How many bytes are cleaned in one section.
const ROUND: u64 = 256 << 10;
/// How many sections one reclaim may take before it gives up.
const MAX_ROUNDS: u32 = 1 << 20;
/// How often a write reclaims space before it fails.
pub(crate) const MAX_RECLAIMS: u32 = 64;

/// What a step may take when the current segment is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    /// A segment although the files take all that they may.
    exceed: bool,
    /// The reserve, and space that is to stay free.
    reserve: bool,
}

impl Rights {
    /// Of a write that adds something.
    pub(crate) const WRITE: Self = Self { exceed: false, reserve: false };
    /// Of a write that adds something where nothing can be reclaimed.
    pub(crate) const EXCEEDING_WRITE: Self = Self { exceed: true, reserve: false };
    /// Of a removal.
    pub(crate) const REMOVAL: Self = Self { exceed: true, reserve: true };
}

/// What a new segment is for, and so where its space may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A write that adds something: from free space, with as much in reserve.
    Add,
    /// Compaction that moves so many bytes more: from free space, or from a reserve that takes all of them.
    Move(u64),
    /// A removal: from free space, the reserve, and what is to stay free.
    Remove,
}

/// What space is reclaimed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The files are to take no more than they may.
    Bound,
    /// The file system is full: the file of one segment is to go.
    Space,
    /// The reserve was used: its space is restored at any cost.
    Reserve,
}

/// What the next step of a reclaim is.
#[derive(Debug)]
enum Next {
    Done,
    Nothing,
    Clean,
    /// The files of these segments may go.
    Remove(Vec<u32>),
}

/// The room that a write on a full file system made so far.
#[derive(Debug, Default)]
pub(crate) struct SpaceAttempt {
    reclaims: u32,
    evicted: u64,
}

impl Inner {
    /// Does a step, with a new segment begun where the old one is full.
    ///
    /// # Errors
    ///
    /// [`Stuck::Reclaim`] if dead space is to be reclaimed first, without the section.
    pub(crate) fn with_segment<T>(
        &self,
        section: &mut Section<'_>,
        rights: Rights,
        mut step: impl FnMut(&mut Section<'_>) -> Result<T, Stuck>,
    ) -> Result<T, Stuck> {
        section.forget();
        // A segment is to hold no more than the reserve takes: else it could not be compacted on a full file
        // system.
        let spare = section.head(Word::Spare);
        let is_longer = !rights.reserve && spare != 0 && section.head(Word::Tail) >= spare;
        let mut tried = if is_longer { Err(Stuck::Segment) } else { step(section) };
        if matches!(tried, Err(Stuck::Segment)) {
            self.next_segment(section, rights)?;
            tried = step(section);
        }
        tried.map_err(|stuck| {
            section.forget();
            match stuck {
                Stuck::Segment => Stuck::Failed(io::Error::other("a record is longer than a segment")),
                stuck => stuck,
            }
        })
    }

    /// Begins a segment, if the files may take another one.
    fn next_segment(&self, section: &mut Section<'_>, rights: Rights) -> Result<(), Stuck> {
        section.forget();
        let pressure = self.pressure(section);
        if !rights.exceed && (pressure == Pressure::Full || section.head(Word::Cleaning) != 0) {
            return Err(Stuck::Reclaim);
        }
        self.roll(section, if rights.reserve { Purpose::Remove } else { Purpose::Add })?;
        if pressure > Pressure::None {
            self.begin_cleaning(section, Worth::Much);
        }
        Ok(())
    }

    /// Whether nothing is in reserve: the current segment was the reserve then, or may have been.
    #[inline]
    pub(crate) fn is_reserve_in_use(&self) -> bool {
        Word::Spare.get(&self.tables.head) == 0 && Word::Segment.get(&self.tables.head) != 0
    }

    /// Refuses to add something while the reserve is in use.
    #[inline]
    pub(crate) fn check_reserve(&self) -> io::Result<()> {
        if self.is_reserve_in_use() { self.check_missing_reserve() } else { Ok(()) }
    }

    #[cold]
    fn check_missing_reserve(&self) -> io::Result<()> {
        // Where another program's file has the name, nothing is ever kept in reserve.
        if self.root.has(log::RESERVE)? && !unrecorded::is_reserve(&self.root)? {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::StorageFull, "the reserve is in use"))
    }

    /// What is reclaimed where the file system is full.
    pub(crate) fn goal_when_full(&self) -> Goal {
        if self.is_reserve_in_use() { Goal::Reserve } else { Goal::Space }
    }

    /// Ends a compaction into the reserve before a removal takes some of the room that it needs.
    pub(crate) fn finish_moves_into_reserve(&self, section: &mut Section<'_>) {
        if self.is_reserve_in_use() && section.head(Word::Cleaning) != 0 {
            self.clean_or_abandon(section, u64::MAX);
        }
    }

    /// Reclaims dead space, in bounded sections with the lock free in between; says whether it gained any.
    ///
    /// # Errors
    ///
    /// What keeps moved records from getting to the medium, or a segment from being read. What was reclaimed until then
    /// stays so.
    pub(crate) async fn reclaim(&self, goal: Goal) -> Result<bool> {
        let mut used = u64::MAX;
        for _ in 0..MAX_ROUNDS {
            let next = self.within(|section| {
                let next = self.reclaim_in(section, goal);
                next.map_err(|error| self.failed("reclaiming dead space", error))
            });
            match next.await? {
                Next::Done => return Ok(true),
                Next::Nothing => return Ok(false),
                Next::Clean => {}
                Next::Remove(emptied) => {
                    let removed = self.remove_emptied(&emptied);
                    let removed =
                        removed.map_err(|error| self.failed("writing moved records to the medium", error))?;
                    let now = self.within(|section| {
                        self.drop_emptied_rows(section, &removed);
                        Ok(Self::used_bytes(section))
                    });
                    let now = now.await?;
                    // Where records fill segments badly, compaction may take as much as it gives back, for ever.
                    if removed.is_empty() || now >= used {
                        return Ok(false);
                    }
                    if goal != Goal::Bound {
                        return Ok(true);
                    }
                    used = now;
                }
            }
        }
        Ok(false)
    }

    /// The bytes of all segments, without the rest of the current one.
    fn used_bytes(section: &Section<'_>) -> u64 {
        let current = section.head(Word::Segment) as u32;
        let size = known(section.tables).find(|known| known.number == current).map_or(0, |known| known.size);
        let rest = size.saturating_sub(section.head(Word::Tail));
        section.head(Word::LogBytes).saturating_sub(rest)
    }

    /// One step of a reclaim, as far as it needs the section.
    fn reclaim_in(&self, section: &mut Section<'_>, goal: Goal) -> io::Result<Next> {
        section.forget();
        match goal {
            Goal::Bound if section.head(Word::Cleaning) == 0 && self.pressure(section) < Pressure::Full => {
                return Ok(Next::Done);
            }
            Goal::Reserve if section.head(Word::Spare) > 0 => return Ok(Next::Done),
            Goal::Reserve if self.restore_reserve(section, 0) => return Ok(Next::Done),
            _ => {}
        }
        let emptied = log::emptied(section.tables);
        if !emptied.is_empty() && section.head(Word::Cleaning) == 0 {
            return Ok(Next::Remove(emptied));
        }
        let worth = match goal {
            Goal::Bound => Worth::Much,
            Goal::Space => Worth::MuchThatFits,
            Goal::Reserve => Worth::AnythingThatFits,
        };
        if !self.begin_cleaning(section, worth) {
            return Ok(Next::Nothing);
        }
        match self.clean(section, ROUND) {
            Ok(()) => Ok(Next::Clean),
            Err(error) if is_full(&error) => {
                // It is begun anew once there is space. What was moved stays moved.
                self.abandon_cleaning(section);
                Ok(Next::Nothing)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the files of emptied segments once what was moved from them is on the medium; which of them are gone.
    ///
    /// Needs no section: what is emptied stays so. In the order of their numbers, see [`emptied`](log::emptied).
    ///
    /// # Errors
    ///
    /// What keeps the moved records from getting to the medium: no file was removed.
    pub(crate) fn remove_emptied(&self, emptied: &[u32]) -> io::Result<Vec<u32>> {
        if emptied.is_empty() {
            return Ok(Vec::new());
        }
        if !is_never_synced(&self.tables) {
            self.sync_log()?;
        }
        Ok(self.unlink_emptied(emptied))
    }

    /// Removes the files of these emptied segments, of which everything that was moved is on the medium; which are gone.
    pub(crate) fn unlink_emptied(&self, emptied: &[u32]) -> Vec<u32> {
        // Nothing of an index that was found inconsistent removes a file.
        let is_right = |number: u32| {
            known(&self.tables).any(|known| known.number == number && known.is_emptied && known.live == 0)
                && !journal::is_condemned(&self.tables)
        };
        emptied
            .iter()
            .copied()
            .take_while(|number| is_right(*number) && self.remove_segment(*number))
            .collect()
    }

    /// Removes segments without files from the table. The table lists a file as long as it may exist.
    pub(crate) fn drop_emptied_rows(&self, section: &mut Section<'_>, removed: &[u32]) {
        let mut freed = 0;
        for number in removed {
            let is_right = |known: &Known| known.number == *number && known.is_emptied && known.live == 0;
            let Some(known) = known(section.tables).find(is_right) else { continue };
            section.forget();
            section.set(address(known.row, row::NUMBER), 0);
            section.set(address(known.row, row::EMPTIED), 0);
            section.add(Address::of(Word::LogBytes), -known.size.cast_signed());
            section.add(Address::of(Word::LiveBytes), -known.live.cast_signed());
            section.add(Address::of(Word::Segments), 1);
            if !section.commit() {
                break;
            }
            freed += known.size;
        }
        self.shelf.refresh(section.tables);
        if !removed.is_empty() && section.head(Word::Spare) == 0 {
            self.restore_reserve(section, freed);
        }
    }

    /// Keeps a segment in reserve again, a smaller one where there is no space for more; says whether there
    /// is one. Of
    /// the space that is to stay free it takes no more than the `freed` bytes, which the last reserve took
    /// before.
    pub(crate) fn restore_reserve(&self, section: &mut Section<'_>, freed: u64) -> bool {
        let keep = |section: &mut Section<'_>, size| {
            if size > freed {
                self.check_floor(size)?;
            }
            self.check_place()?;
            self.keep_reserve(section, size)
        };
        let [size, least] = Self::segment_sizes(section);
        // Finished segments were cut, and the file system and the index may have taken some blocks. Half of
        // the least size
        // takes the longest record.
        let part = |parts: u64| least / 16 * parts / BLOCK * BLOCK;
        let freed_blocks = freed.min(size) / BLOCK * BLOCK;
        let mut sizes = [size, least, freed_blocks, least - BLOCK, part(15), part(14), part(12), part(9)];
        sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
        let large_enough = sizes.into_iter().filter(|size| *size > least / 2);
        large_enough.into_iter().any(|size| match keep(section, size) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, size, "no space for the reserve");
                false
            }
        })
    }

    /// Releases segments that this process has emptied, without the section: removes their files where no write to the
    /// medium is needed first, else asks the flusher for one.
    #[inline]
    pub(crate) fn release_emptied(&self) {
        if self.has_emptied.load(Ordering::Relaxed) {
            self.release_emptied_now();
        }
    }

    #[cold]
    fn release_emptied_now(&self) {
        self.has_emptied.store(false, Ordering::Relaxed);
        if !is_never_synced(&self.tables) {
            self.synced.request(Word::Appended.get(&self.tables.head));
            return;
        }
        let removed = self.unlink_emptied(&log::emptied(&self.tables));
        // If the lock is taken, the next reclaim finds the file missing and removes the segment.
        if let Ok(Some(mut section)) = self.enter() {
            self.drop_emptied_rows(&mut section, &removed);
        }
    }

    /// The bytes that the next segment may have: as many as it is to have, and fewer where the file system is full.
    pub(crate) fn segment_sizes(section: &Section<'_>) -> [u64; 2] {
        let limit = bound(section.head(Word::SizeLimit));
        [segment::size_for(limit, section.head(Word::LogBytes)), segment::size_for(limit, 0)]
    }

    /// Refuses `bytes` more where less would stay free on the file system than is to stay free.
    pub(crate) fn check_floor(&self, bytes: u64) -> io::Result<()> {
        let floor = self.options.free_space;
        if floor == 0 || self.root.free_space()? >= floor.saturating_add(bytes) {
            return Ok(());
        }
        let message = "less space would stay free on the file system than is to stay free";
        Err(io::Error::new(io::ErrorKind::StorageFull, message))
    }

    /// Refuses an entry more where the index would grow for it into the space that is to stay free.
    pub(crate) fn check_slots(&self, section: &Section<'_>) -> io::Result<()> {
        if self.options.free_space == 0 || section.head(Word::Free) != 0 {
            return Ok(());
        }
        let wanted = (section.head(Word::Used) + 1) * SLOT as u64;
        self.check_table(section, Word::SlotWords, wanted)
    }

    /// Refuses `wanted` words of a table of which `units` are reserved where it would grow into the space
    /// that is to stay
    /// free.
    pub(crate) fn check_table(&self, section: &Section<'_>, units: Word, wanted: u64) -> io::Result<()> {
        let reserved = section.head(units) * UNIT as u64;
        if wanted <= reserved {
            return Ok(());
        }
        // It grows by a sixteenth, in whole units.
        self.check_floor((reserved / 16 + 2 * UNIT as u64) * WORD as u64)
    }

    /// Makes space on a full file system for a write of `need` bytes: of dead space first, then by eviction, a little at
    /// a time. Says whether there may be space now. Nothing is evicted where that cannot help.
    pub(crate) async fn make_space(
        &self,
        need: u64,
        attempt: &mut SpaceAttempt,
        room: &dyn Room,
    ) -> Result<bool> {
        attempt.reclaims += 1;
        if attempt.reclaims > MAX_RECLAIMS {
            return Ok(false);
        }
        // Nothing is evicted for a shortage that was over before: others may have made space.
        if self.reclaim(self.goal_when_full()).await? || attempt.reclaims == 1 {
            return Ok(true);
        }
        let head = &self.tables.head;
        let (log, apart) = (Word::LogBytes.get(head), Word::ApartBytes.get(head));
        // Without the reserve, or room left in it, no evicted bytes of the log can be compacted; values in
        // files of their own
        // need none.
        let rest = self.within(|section| Ok(self.rest(section))).await?;
        let has_reserve =
            Word::Spare.get(head) > 0 || rest >= segment::size_for(bound(self.limit_word()), 0) / 2;
        if need > if has_reserve { log.saturating_add(apart) } else { apart } {
            return Ok(false);
        }
        // Evicted bytes lie scattered. A segment is worth compacting once a tenth of the log is dead, and a value counts up
        // to twice the bytes of its record; those in the current segment are not compacted.
        let segment = segment::largest_for(bound(self.limit_word()));
        let most = need.saturating_mul(2).saturating_add(log / 4).saturating_add(2 * segment);
        if attempt.evicted >= most {
            return Ok(false);
        }
        let bytes = need.max(segment / 16).max(log / 128).min(most - attempt.evicted);
        attempt.evicted += bytes;
        Ok(room.make(Shortage { bytes, entries: 0 }).await? == Made::Some)
    }

    /// Reclaims after a removal: what the reserve gave is to come back, and the files are to stay within their bound.
    /// The removal is complete, so errors are only logged.
    pub(crate) async fn settle_removal(&self, segment: u64) {
        let head = &self.tables.head;
        let goal = match () {
            () if Word::Spare.get(head) == 0 && Word::Segment.get(head) != 0 => Goal::Reserve,
            // A segment was begun for it.
            () if Word::Segment.get(head) != segment => Goal::Bound,
            () => return,
        };
        if let Err(error) = self.reclaim(goal).await {
            tracing::warn!(%error, "dead space could not be reclaimed; it is tried again");
        }
    }
}

/// Whether the error says that there is no space.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

#[cfg(test)]
mod tests;
