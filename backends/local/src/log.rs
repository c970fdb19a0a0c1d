//! The log: records are appended to one segment after the other.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::chains;
use crate::fault;
use crate::files::DiskFile;
use crate::head::Word;
use crate::inner::Inner;
use crate::place::Place;
use crate::rebuild;
use crate::reclaim::{Purpose, is_full};
use crate::record::{HEADER, Header, Kind};
use crate::section::{Section, condemned};
use crate::segment::{self, START, Segment, Stamp};
use crate::shelf::Shelf;
use crate::tables::{Address, SEGMENT, Table, Tables};
use crate::unrecorded;

/// A segment ends at a multiple of so many bytes: what file systems give back is whole blocks.
pub(crate) const BLOCK: u64 = 4096;

/// The words of a row of the table of segments.
pub(crate) mod row {
    /// 0 if the row is free.
    pub(crate) const NUMBER: usize = 0;
    pub(crate) const SIZE: usize = 1;
    /// Bytes of its records that are needed.
    pub(crate) const LIVE: usize = 2;
    /// The [mark](super::emptied_mark) of a segment of which all that was needed was moved away, and only the file is left.
    pub(crate) const EMPTIED: usize = 3;
}

/// What the table has for a segment whose file may be removed: no other value, as damage might produce it.
pub(crate) const fn emptied_mark(number: u32) -> u64 {
    (number as u64 | 1 << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The address of a word of row `index` of the table of segments.
pub(crate) const fn address(index: usize, word: usize) -> Address {
    Address::new(Table::Segments, index * SEGMENT + word)
}

/// A segment as the table knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) row: usize,
    pub(crate) number: u32,
    pub(crate) size: u64,
    pub(crate) live: u64,
    pub(crate) is_emptied: bool,
}

/// All segments that the table knows, in the order of its rows.
pub(crate) fn known(tables: &Tables) -> impl Iterator<Item = Known> + '_ {
    let rows = Word::SegmentRows.value_in(tables.head.load(Word::SegmentRows as usize, Ordering::Acquire));
    // Bounded by the length of the file: the word in the head may be damaged.
    let rows =
        (0..rows.unwrap_or(0) as usize).map_while(|row| Some((row, tables.segments.row(row * SEGMENT)?)));
    rows.filter_map(|(row, words)| {
        let get = |word| words.load(word, Ordering::Acquire);
        let number = get(row::NUMBER) as u32;
        (number > 0).then(|| Known {
            row,
            number,
            size: get(row::SIZE),
            live: get(row::LIVE),
            is_emptied: get(row::EMPTIED) == emptied_mark(number),
        })
    })
}

/// The numbers of all segments, sorted.
pub(crate) fn numbers(tables: &Tables) -> Vec<u32> {
    let mut numbers: Vec<u32> = known(tables).map(|known| known.number).collect();
    numbers.sort_unstable();
    numbers
}

/// The numbers of the segments whose files may go, sorted: what lies in a later one may say what became of what lies in
/// an earlier one, which therefore goes first.
pub(crate) fn emptied(tables: &Tables) -> Vec<u32> {
    let emptied = known(tables).filter(|known| known.is_emptied);
    let mut numbers: Vec<u32> = emptied.map(|known| known.number).collect();
    numbers.sort_unstable();
    numbers
}

/// Whether the file of a segment is not there, or was read and is no segment.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData)
}

impl Inner {
    /// Appends a record, in the step of `section`; `None` when the segment is full: then [roll](Inner::roll) it.
    ///
    /// Its bytes land at once, behind the end of what anybody reads; they are part of the log once the step is committed.
    pub(crate) fn append(
        &self,
        section: &mut Section<'_>,
        header: &Header,
        payload: &[&[u8]],
    ) -> io::Result<Option<Place>> {
        let number = section.head(Word::Segment) as u32;
        if number == 0 {
            return Ok(None);
        }
        let open_ones = self.shelf.open_ones();
        let opened;
        let segment = if let Some(segment) = Shelf::among(&open_ones, number) {
            segment
        } else {
            opened = match self.shelf.get(number) {
                Err(error) if is_gone(&error) => {
                    self.check_place()?;
                    self.note_lost(number);
                    return Ok(None);
                }
                segment => segment?,
            };
            &opened
        };
        let tail = section.head(Word::Tail);
        let length = header.length();
        if tail + length > segment.size() || section.is_condemned() {
            return Ok(None);
        }
        if self.watch.is_due() && !self.is_named(segment)? {
            self.watch.look_again();
            self.check_place()?;
            // What is written to a file without a name is lost: the log goes on in a new one.
            self.note_lost(number);
            return Ok(None);
        }
        let place = Place { segment: number, offset: tail, is_apart: false };
        let mut at = tail + HEADER;
        for part in payload {
            fault::moment();
            self.write(segment, at, part)?;
            at += part.len() as u64;
        }
        fault::moment();
        self.write(segment, tail, &header.encode(self.salt, place))?;
        fault::moment();
        section.set_head(Word::Tail, tail + length);
        section.add(Address::of(Word::Appended), length.cast_signed());
        // A tombstone is no entry, and a segment of nothing else is to be cleaned.
        if matches!(header.kind, Kind::Frame | Kind::Apart) {
            self.count_live(section, number, length.cast_signed());
        }
        Ok(Some(place))
    }

    /// Makes a record none that was written behind the end of the log and never became part of it: its writer died, or
    /// gave up. Else it would be taken for a write once others follow in another segment and the index is made anew.
    ///
    /// # Errors
    ///
    /// The segment cannot be opened or written: the record is still there, so the log must not go on in another segment.
    pub(crate) fn erase_abandoned(&self, section: &Section<'_>) -> io::Result<()> {
        let (number, tail) = (section.head(Word::Segment) as u32, section.head(Word::Tail));
        let Some(segment) = self.segment(number)? else { return Ok(()) };
        // A damaged index must not erase a record that is part of the log.
        let is_abandoned = |header: &Header| {
            let is_new = header.sequence > section.head(Word::Sequence);
            let copied = chains::find(section, header.mark).map(|(found, _)| found.slot);
            let is_copy = copied.is_some_and(|slot| {
                (slot.place.segment, slot.place.offset) != (number, tail) && slot.sequence >= header.sequence
            });
            (is_new || is_copy) && !section.is_condemned()
        };
        let is_within = tail >= START && tail + HEADER <= segment.size();
        // Half a header belongs to no record, but a rebuild would take it for a damaged one.
        let is_there = is_within
            && match segment.header(tail, self.salt) {
                Some(header) => is_abandoned(&header),
                None => !segment.is_zero(tail, HEADER) && !section.is_condemned(),
            };
        if is_there {
            self.write(&segment, tail, &[0; HEADER as usize])?;
        }
        Ok(())
    }

    /// The segment `number`, or `None` if it has no file.
    ///
    /// # Errors
    ///
    /// An existing file cannot be opened.
    pub(crate) fn segment(&self, number: u32) -> io::Result<Option<Arc<Segment>>> {
        if number == 0 {
            return Ok(None);
        }
        match self.shelf.get(number) {
            Ok(segment) => Ok(Some(segment)),
            // Also if its file was read and is no segment any more: nothing of it can be read.
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn write(&self, segment: &Segment, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.writes_mapped {
            segment.map.copy_in(usize::try_from(offset).map_err(io::Error::other)?, bytes);
            return Ok(());
        }
        self.shelf.file(segment)?.write_all_at(bytes, offset)
    }

    /// Counts so many more bytes of segment `number` as needed.
    pub(crate) fn count_live(&self, section: &mut Section<'_>, number: u32, difference: i64) {
        if let Some(row) = self.row_of(section.tables, number) {
            section.add(address(row, row::LIVE), difference);
            section.add(Address::of(Word::LiveBytes), difference);
        }
    }

    /// The row of segment `number`.
    fn row_of(&self, tables: &Tables, number: u32) -> Option<usize> {
        let is_row = |row: usize| tables.get(address(row, row::NUMBER)) == u64::from(number);
        let remembered = self.rows.get(number);
        if let Some(row) = remembered.filter(|row| is_row(*row)) {
            return Some(row);
        }
        let row = known(tables).find(|known| known.number == number)?.row;
        self.rows.set(number, row);
        Some(row)
    }

    /// The bytes of the record at `place`; 0 if the segment is gone or no record is there.
    ///
    /// # Errors
    ///
    /// The segment cannot be opened, so the length is unknown.
    pub(crate) fn record_length(&self, place: Place, frame: u64) -> io::Result<u64> {
        if !place.is_apart {
            return Ok(crate::record::length(frame));
        }
        let header = self.segment(place.segment)?.and_then(|segment| segment.header(place.offset, self.salt));
        Ok(header.map_or(0, |header| header.length()))
    }

    /// What the header of a new segment says.
    pub(crate) const fn stamp(&self) -> Stamp {
        Stamp { salt: self.salt, boot: self.boot }
    }

    /// Begins a new segment. A step of its own.
    ///
    /// # Errors
    ///
    /// The file system has no space, and the reserve is not for this purpose or is gone.
    pub(crate) fn roll(&self, section: &mut Section<'_>, purpose: Purpose) -> io::Result<()> {
        section.forget();
        self.check_place()?;
        self.erase_abandoned(section)?;
        let last = known(section.tables).map(|known| known.number).max().unwrap_or(0);
        let last = last.max(section.head(Word::Segment) as u32);
        let exhausted = || io::Error::other("the log has no more numbers for segments");
        let mut number = last.checked_add(1).ok_or_else(exhausted)?;
        if section.is_condemned() || !Self::verify_sums(section) {
            return Err(condemned());
        }
        if self.root.has(&segment::file(number))? {
            // A dead process left it while it made it, or the index does not know it. It stays, and so do later ones.
            let last = rebuild::segments(&self.root)?.last().copied().unwrap_or(number);
            number = last.max(number).checked_add(1).ok_or_else(exhausted)?;
        }
        let [size, least] = Self::segment_sizes(section);
        let is_essential = purpose != Purpose::Add;
        // A segment that is larger than the reserve could not be compacted into it.
        let size = if is_essential { size.min(section.head(Word::Spare).max(least)) } else { size };
        let mut created = self.create_segment(section, number, size, is_essential);
        if least < size && created.as_ref().is_err_and(is_full) {
            created = self.create_segment(section, number, least, is_essential);
        }
        let takes_reserve = match purpose {
            Purpose::Add => false,
            Purpose::Move(needed) => START + needed <= section.head(Word::Spare),
            Purpose::Remove => true,
        };
        let (segment, file) = match created {
            Err(error) if takes_reserve && is_full(&error) => {
                tracing::debug!(%error, number, disk = self.location, "the reserve becomes a segment");
                section.set_head(Word::Spare, 0);
                match Segment::adopt(&self.root, RESERVE, number, self.stamp())? {
                    Some(adopted) => adopted,
                    None if purpose == Purpose::Remove => self.create_last_segment(number, least)?,
                    None => return Err(error),
                }
            }
            created => created?,
        };
        fault::moment();
        let row = Self::free_row(section)?;
        // A segment without a file is saved from its map, which must stay whole until then.
        let is_lost = self.lost.load(Ordering::Relaxed) == section.head(Word::Segment) as u32;
        let trimmed = if is_lost { None } else { Self::trim(section) };
        section.set(address(row, row::NUMBER), number.into());
        section.set(address(row, row::SIZE), segment.size());
        section.set(address(row, row::LIVE), 0);
        section.set(address(row, row::EMPTIED), 0);
        // In this order: see `Inner::end_of_log`.
        section.set_head(Word::Tail, START);
        section.set_head(Word::Segment, number.into());
        section.add(Address::of(Word::LogBytes), segment.size().cast_signed());
        section.add(Address::of(Word::Segments), 1);
        if !section.commit() {
            let _ = self.root.remove(&segment::file(number));
            return Err(io::Error::other("the table of segments cannot be mapped"));
        }
        let _: Arc<Segment> = self.shelf.add(segment, file);
        self.rows.set(number, row);
        if let Some((number, size)) = trimmed
            && let Err(error) = self.cut(number, size)
        {
            tracing::debug!(%error, number, "the empty end of a segment could not be given back");
        }
        Ok(())
    }

    /// Creates a segment of `size` bytes within the space that is to stay free. One that is not for removals and cleaning
    /// leaves as much in reserve.
    fn create_segment(
        &self,
        section: &mut Section<'_>,
        number: u32,
        size: u64,
        is_essential: bool,
    ) -> io::Result<(Segment, DiskFile)> {
        let kept = section.head(Word::Spare);
        let reserve = if is_essential { 0 } else { size.saturating_sub(kept) };
        self.check_floor(size.saturating_add(reserve))?;
        let created = Segment::create(&self.root, number, size, self.stamp())?;
        // Last, so that a reserve that grows does not take the space of a segment.
        if !is_essential && let Err(error) = self.keep_reserve(section, size) {
            let _ = self.root.remove(&segment::file(number));
            return Err(error);
        }
        Ok(created)
    }

    /// Creates a segment for removals where there is no reserve, of what space there is. Removals come
    /// before the space that
    /// is to stay free.
    fn create_last_segment(&self, number: u32, size: u64) -> io::Result<(Segment, DiskFile)> {
        let mut size = size;
        loop {
            match Segment::create(&self.root, number, size, self.stamp()) {
                Err(error) if is_full(&error) && size >= 4 * BLOCK => size /= 2,
                created => return created,
            }
        }
    }

    /// Takes the empty end of the current segment out of its size; its number and its new size.
    fn trim(section: &mut Section<'_>) -> Option<(u32, u64)> {
        let (number, tail) = (section.head(Word::Segment) as u32, section.head(Word::Tail));
        let known = known(section.tables).find(|known| known.number == number)?;
        let size = tail.checked_next_multiple_of(BLOCK).filter(|size| *size < known.size)?;
        section.set(address(known.row, row::SIZE), size);
        section.add(Address::of(Word::LogBytes), -(known.size - size).cast_signed());
        Some((number, size))
    }

    /// Gives the empty end of a segment back to the file system. No record lies there, and none ever will.
    fn cut(&self, number: u32, size: u64) -> io::Result<()> {
        let Some(segment) = self.segment(number)? else { return Ok(()) };
        let file = self.shelf.file(&segment)?;
        // Its map reaches behind the end that the file is about to have.
        self.shelf.close(number);
        file.set_length(size)
    }

    /// Keeps space for a segment of `size` bytes in reserve, so that a full file system can always take removals and be
    /// cleaned. A step of its own.
    ///
    /// # Errors
    ///
    /// The file system has no space: what was kept before is kept still.
    pub(crate) fn keep_reserve(&self, section: &mut Section<'_>, size: u64) -> io::Result<()> {
        if section.head(Word::Spare) >= size {
            return Ok(());
        }
        let file = self.root.open_or_create(RESERVE)?;
        let before = file.length()?;
        if !unrecorded::is_reserve(&self.root)? {
            // Another program's file, which stays as it is: nothing is kept in reserve then.
            return Ok(());
        }
        if before < size {
            // Makes the file longer as it reserves, so its length never says more than it has.
            if let Err(error) = file.reserve(before, size - before) {
                // A file that is too long pretends to space that it does not have.
                if before == 0 {
                    self.root.remove(RESERVE)?;
                } else {
                    file.set_length(before)?;
                }
                return Err(error);
            }
        }
        Self::note_reserve(section, before.max(size))
    }

    /// Notes how many bytes are kept in reserve. A step of its own.
    pub(crate) fn note_reserve(section: &mut Section<'_>, bytes: u64) -> io::Result<()> {
        section.forget();
        section.set_head(Word::Spare, bytes);
        if section.commit() { Ok(()) } else { Err(io::Error::other("the index cannot be mapped")) }
    }

    /// A row of the table of segments that is free.
    fn free_row(section: &mut Section<'_>) -> io::Result<usize> {
        let rows = section.head(Word::SegmentRows) as usize;
        let is_free = |row: &usize| section.get(address(*row, row::NUMBER)) == 0;
        let there = (0..rows).take_while(|row| section.tables.segments.row(row * SEGMENT).is_some());
        let free = there.into_iter().find(is_free);
        if let Some(row) = free {
            return Ok(row);
        }
        section.reserve(&section.tables.segments, Word::SegmentWords, (rows + 1) * SEGMENT)?;
        section.set_head(Word::SegmentRows, rows as u64 + 1);
        Ok(rows)
    }
}

/// Remembers the rows of the segments that were counted last; whoever asks looks whether it is still so.
#[derive(Debug)]
pub(crate) struct Rows([AtomicU64; 64]);

impl Default for Rows {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; 64])
    }
}

impl Rows {
    fn get(&self, number: u32) -> Option<usize> {
        let word = self.0[number as usize % self.0.len()].load(Ordering::Relaxed);
        ((word >> 32) as u32 == number).then_some((word & u64::from(u32::MAX)) as usize)
    }

    fn set(&self, number: u32, row: usize) {
        let word = (u64::from(number) << 32) | row as u64;
        self.0[number as usize % self.0.len()].store(word, Ordering::Relaxed);
    }
}

/// The file whose space is kept, so that a full file system can always be cleaned.
pub(crate) const RESERVE: &str = "log/reserve";
