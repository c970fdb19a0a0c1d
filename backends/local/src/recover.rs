//! Rebuilding the index while it is in use.
//!
//! An index that is found inconsistent is rebuilt from the log by the handle that holds the writers' lock. Others wait for
//! the lock; readers wait too, because there are no chains meanwhile. If the process dies, the next holder of the lock begins
//! anew: the mark stays in the journal until the end.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{Ordering, fence};

use larder_core::{ErrorKind, Result};

use crate::area::Area;
use crate::chains;
use crate::handles::{self, reserved_word};
use crate::head::{MOST_HANDLES, MOST_RECENT, RECENT, Word, pack};
use crate::inner::Inner;
use crate::journal;
use crate::log::known;
use crate::recorded::{self, Recorded};
use crate::section::Section;
use crate::slot::{Look, Mark, Slot, word};
use crate::tables::{Address, SLOT, Table, Tables};

/// How far the number of the last write may be ahead of the log: later numbers are taken for damage.
const MOST_AHEAD: u64 = 1 << 32;

/// Stores zero in every word of a table that is not zero. Pages that were never written stay so.
fn clear(table: &Area) -> io::Result<()> {
    for at in 0..table.words()? as usize {
        let Some(row) = table.row(at) else { return Ok(()) };
        if row.load(0, Ordering::Relaxed) != 0 {
            row.word(0).store(0, Ordering::Release);
        }
    }
    Ok(())
}

/// Empties all slots. Their guards go on counting, so that a reader notices.
fn clear_slots(tables: &Tables) -> io::Result<()> {
    for index in 0..tables.slots.words()? as usize / SLOT {
        let Some(row) = tables.slot(index) else { return Ok(()) };
        if row.load(word::PLACE, Ordering::Relaxed) != 0 {
            let guard = row.word(word::GUARD);
            guard.fetch_or(1 << 32, Ordering::AcqRel);
            row.word(word::PLACE).store(0, Ordering::Release);
            guard.fetch_add(1 << 32, Ordering::AcqRel);
        }
    }
    Ok(())
}

impl Inner {
    /// Returns what `look` shows of an index that is not being rebuilt. Where it is, the end is waited for.
    ///
    /// # Errors
    ///
    /// Those of `look`, and [`ErrorKind::Unavailable`] if the index cannot be rebuilt.
    pub(crate) async fn look<T>(&self, mut look: impl FnMut() -> Result<T>) -> Result<T> {
        self.check_process()?;
        let head = &self.tables.head;
        loop {
            let rebuilds = head.load(Word::Rebuilds as usize, Ordering::Acquire);
            if Word::Shape.get(head) >> 1 > 0 {
                let seen = look()?;
                fence(Ordering::Acquire);
                if head.load(Word::Rebuilds as usize, Ordering::Relaxed) == rebuilds {
                    return Ok(seen);
                }
            } else if self.handle.is_none() {
                let message =
                    "the index is inconsistent or being rebuilt, and the disk was opened for reading only";
                return Err(self.error(ErrorKind::Unavailable, message));
            }
            self.within(|section| {
                if section.head(Word::Shape) >> 1 == 0 {
                    section.condemn("there are no chains");
                }
                Ok(())
            })
            .await?;
        }
    }

    /// Rebuilds the index in a section that found it inconsistent. Takes as long as reading the log.
    ///
    /// # Errors
    ///
    /// The log or the settings cannot be read, or there is no space: the index stays marked, and the next section tries
    /// again.
    pub(crate) fn recover(&self, section: &mut Section<'_>) -> io::Result<()> {
        let began = std::time::Instant::now();
        let tables = section.tables;
        let head = &tables.head;
        section.forget();
        self.check_place()?;
        journal::condemn(tables);
        head.word(Word::Rebuilds as usize).fetch_add(1, Ordering::AcqRel);
        let (shape, sequence) = (Word::Shape.get(head), Word::Sequence.get(head));
        head.word(Word::Shape as usize).store(pack(1), Ordering::Release);
        let settings = if recorded::is_right(tables) {
            recorded::read(tables)
        } else {
            let recorded = Recorded::read(&self.root).map_err(io::Error::other)?;
            recorded.ok_or_else(|| io::Error::other("the settings are not recorded"))?.settings()
        };
        // A map that was made before the end of its segment was given back reaches behind the end of the file.
        self.shelf.close_all();
        let written = self.without_record(tables)?;
        self.clear_index(tables)?;
        section.pardon();
        section.shape = Word::NewShape;
        section.keep_private(true);
        let rebuilt = self.rebuild_in(section, &settings, shape, written);
        section.keep_private(false);
        section.shape = Word::Shape;
        let (rebuilt, last) = match rebuilt {
            Ok(rebuilt) => rebuilt,
            Err(error) => {
                section.forget();
                section.condemn("the index could not be rebuilt");
                return Err(error);
            }
        };
        if (last..last.saturating_add(MOST_AHEAD)).contains(&sequence) {
            Word::Sequence.put(head, sequence);
        }
        // Another number of chains than before: a reader that began before the rebuild begins anew.
        debug_assert_ne!(Word::NewShape.get(head), shape, "readers would not notice");
        head.word(Word::Shape as usize).store(pack(Word::NewShape.get(head)), Ordering::Release);
        journal::clear(tables);
        self.shelf.refresh(tables);
        tracing::warn!(
            disk = self.location,
            entries = rebuilt.entries,
            damaged = rebuilt.damaged,
            seconds = began.elapsed().as_secs_f64(),
            "the index was inconsistent and was rebuilt from the log"
        );
        self.bury(section, &rebuilt.lost)
    }

    /// The last writes of keys whose records cannot be read, as the inconsistent index has them. If their records are damaged,
    /// nothing older may come back in their place; if the index is wrong about them, their records are found in the log.
    fn without_record(&self, tables: &Tables) -> io::Result<HashMap<Mark, u64>> {
        let mut written: HashMap<Mark, u64> = HashMap::new();
        for index in 0..tables.used() {
            let Some(Look::Slot(slot, _)) = tables.slot(index).map(Slot::look) else { continue };
            let segment = self.segment(slot.place.segment)?;
            let header = segment.and_then(|segment| segment.header(slot.place.offset, self.salt));
            if header.is_none() && slot.sequence <= Word::Sequence.get(&tables.head) {
                let last = written.entry(slot.mark).or_default();
                *last = slot.sequence.max(*last);
            }
        }
        Ok(written)
    }

    /// Fills the cleared tables; what was found, and the number of the last write in the log.
    fn rebuild_in(
        &self,
        section: &mut Section<'_>,
        settings: &larder_core::disk::Settings,
        old_shape: u64,
        written: HashMap<Mark, u64>,
    ) -> io::Result<(crate::rebuild::Rebuilt, u64)> {
        recorded::change(section, settings).map_err(io::Error::other)?;
        let rebuilt = self.rebuild(section, written)?;
        section.keep_private(true);
        if Word::NewShape.get(&section.tables.head) == old_shape {
            chains::split_once(section)?;
        }
        Ok((rebuilt, section.head(Word::Sequence)))
    }

    /// Empties the tables, and corrects what the log does not know: who has reserved how much.
    fn clear_index(&self, tables: &Tables) -> io::Result<()> {
        let head = &tables.head;
        clear_slots(tables)?;
        for table in [&tables.chains, &tables.segments, &tables.namespaces] {
            clear(table)?;
        }
        for word in Word::PACKED {
            if word != Word::Shape {
                word.put(head, 0);
            }
        }
        let sums = [Word::Volume, Word::Entries, Word::Sequence, Word::LiveBytes, Word::LogBytes];
        let bodies = [Word::ApartBytes, Word::Apart, Word::Aparts, Word::ApartsSynced];
        sums.into_iter().chain(bodies).for_each(|word| word.put(head, 0));
        for index in 0..MOST_RECENT as usize {
            head.word(RECENT + index).store(0, Ordering::Relaxed);
        }
        let own = self.handle.as_ref().map(|handle| handle.number);
        let mut sum = 0_u64;
        for number in 0..MOST_HANDLES {
            let word = head.word(reserved_word(number));
            let reserved = word.load(Ordering::Relaxed);
            // No handle reserves more than the limit, and a damaged word most likely does.
            let is_open = || own == Some(number) || !handles::is_free(tables, number);
            let is_right = reserved == 0 || (reserved <= Word::SizeLimit.get(head) && is_open());
            if is_right {
                sum = sum.saturating_add(reserved);
            } else {
                word.store(0, Ordering::Relaxed);
            }
        }
        Word::Reserved.put(head, sum);
        crate::open::reserve_first(tables)
    }

    /// Compares the sums of the head with each other and the settings with their checksum, before entries are evicted or a
    /// segment is made because of them. Returns whether they agree; the section is condemned if not.
    pub(crate) fn verify_sums(section: &Section<'_>) -> bool {
        /// The most by which the volume of an entry and the length of its record differ.
        const SLACK: u128 = 256;
        let sums =
            [Word::Volume, Word::Entries, Word::LiveBytes, Word::ApartBytes, Word::Aparts, Word::LogBytes];
        let [volume, entries, live, apart, aparts, log] = sums.map(|word| u128::from(section.head(word)));
        let slack = SLACK * entries;
        // The record of a body that lies apart may have a head beside what the entry counts.
        let heads = aparts * (crate::apart::LONGEST_HEAD as u128 + SLACK);
        let reserved = (0..MOST_HANDLES)
            .map(|number| section.get(Address::new(Table::Head, reserved_word(number))))
            .fold(0_u64, u64::wrapping_add);
        let segments = known(section.tables)
            .fold((0, 0), |(log, live), known| (log + u128::from(known.size), live + u128::from(known.live)));
        let is_right = volume <= live + apart + slack
            && live + apart <= volume + slack + heads
            && entries <= u128::from(section.head(Word::Used))
            && reserved == section.head(Word::Reserved)
            && segments == (log, live)
            && recorded::is_right(section.tables);
        if !is_right {
            section.condemn("the sums or the settings are damaged");
        }
        !section.is_condemned()
    }
}
