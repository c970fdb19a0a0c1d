//! A table of words that grows without moving.
//!
//! The first chunk has a fixed number of words and each later one as many as all before it, so a table of any size is a
//! few dozen maps, none of which is ever moved or unmapped while the table is open. Its file is as long as the chunks
//! that were begun; space is reserved in smaller steps, before it is touched, so a full file system is an error and
//! never a signal.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use larder_mapping::{Access, Map};

use crate::files::DiskFile;
use crate::place_of;
use crate::root::Root;

/// The bytes of a word.
pub(crate) const WORD: usize = 8;
/// More chunks than any disk has words for.
const CHUNKS: usize = 36;
/// Space is reserved in multiples of so many words: 64 KiB.
pub(crate) const UNIT: usize = 8192;

/// A growing table of words, in a file or in memory.
#[derive(Debug)]
pub(crate) struct Area {
    /// `None` in memory.
    file: Option<DiskFile>,
    access: Access,
    /// The words of the first chunk, a power of two.
    base: usize,
    chunks: [OnceLock<Map>; CHUNKS],
    /// The words that [`map_up_to`](Self::map_up_to) has mapped.
    mapped: AtomicU64,
}

/// Some words that lie together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    map: &'a Map,
    at: usize,
}

impl<'a> Row<'a> {
    #[inline]
    pub(crate) fn load(self, word: usize, order: Ordering) -> u64 {
        self.map.load(self.at + word, order)
    }

    /// Asks the processor for its first `count` words, without waiting for them.
    #[inline]
    pub(crate) fn prefetch(self, count: usize) {
        self.map.prefetch(self.at * WORD, count * WORD);
    }

    /// Its first words.
    #[inline]
    pub(crate) fn words(self, count: usize) -> &'a [AtomicU64] {
        self.map.words(self.at, count)
    }

    /// Copies the bytes from its first word on; `None` if its map does not have so many.
    pub(crate) fn copy_to(self, out: &mut [u8]) -> Option<()> {
        self.map.copy_to(self.at * WORD, out).then_some(())
    }

    #[inline]
    pub(crate) fn word(self, word: usize) -> &'a AtomicU64 {
        self.map.word(self.at + word)
    }
}

impl Area {
    /// The table in the file `name`, which is created where it is missing if `access` is for writing.
    pub(crate) fn open(root: &Root, name: &str, base: usize, access: Access) -> io::Result<Self> {
        let file = match access {
            Access::Write => place_of::open_mapped(root, name)?,
            Access::Read => root.open_file(name, access)?,
        };
        Ok(Self::new(Some(file), access, base))
    }

    /// A table in the memory of this process.
    pub(crate) fn in_memory(base: usize) -> Self {
        Self::new(None, Access::Write, base)
    }

    fn new(file: Option<DiskFile>, access: Access, base: usize) -> Self {
        let chunks = [const { OnceLock::new() }; CHUNKS];
        Self { file, access, base, chunks, mapped: AtomicU64::new(0) }
    }

    /// Maps the first `words` words, so that none of them is missing later because memory is short.
    ///
    /// # Errors
    ///
    /// The file is shorter, or the system refuses a map.
    #[inline]
    pub(crate) fn map_up_to(&self, words: u64) -> io::Result<()> {
        if words <= self.mapped.load(Ordering::Relaxed) { Ok(()) } else { self.map_more(words) }
    }

    #[cold]
    fn map_more(&self, words: u64) -> io::Result<()> {
        let (last, _) = self.chunk_of(usize::try_from(words - 1).map_err(io::Error::other)?);
        if last >= CHUNKS {
            return Err(io::Error::other("a table with more words than any disk has"));
        }
        for chunk in 0..=last {
            if self.chunks[chunk].get().is_none() {
                self.map(chunk, if chunk == 0 { 0 } else { self.base << (chunk - 1) })?;
            }
        }
        self.mapped.fetch_max(words, Ordering::Relaxed);
        Ok(())
    }

    /// The chunk of a word, and the words before it.
    #[inline]
    fn chunk_of(&self, word: usize) -> (usize, usize) {
        // The base is a power of two; a division would cost more than the rest.
        match (word >> self.base.trailing_zeros()).checked_ilog2() {
            None => (0, 0),
            Some(doublings) => (doublings as usize + 1, self.base << doublings),
        }
    }

    /// The words from `word` on, as far as they lie in one chunk; a chunk holds whole rows of any power of two up to its
    /// length. `None` when the file does not reach so far.
    #[inline]
    pub(crate) fn row(&self, word: usize) -> Option<Row<'_>> {
        let (chunk, before) = self.chunk_of(word);
        let map = match self.chunks.get(chunk)?.get() {
            Some(map) => map,
            None => self.map(chunk, before).ok()?,
        };
        Some(Row { map, at: word - before })
    }

    #[cold]
    fn map(&self, chunk: usize, before: usize) -> io::Result<&Map> {
        let length = before.max(self.base) * WORD;
        let map = match &self.file {
            Some(file) => file.map((before * WORD) as u64, length, self.access)?,
            None => Map::anonymous(length)?,
        };
        // Another thread may have been quicker; its map is as good.
        Ok(self.chunks[chunk].get_or_init(|| map))
    }

    /// Reserves space for words beyond `reserved`, of which `wanted` are needed; how many are reserved then.
    ///
    /// One process at a time.
    pub(crate) fn grow(&self, reserved: usize, wanted: usize) -> io::Result<usize> {
        let step = (reserved / 16).max(UNIT);
        let end = wanted.max(reserved + step).next_multiple_of(UNIT);
        if let Some(file) = &self.file {
            let (_, before) = self.chunk_of(end - 1);
            let length = ((before + before.max(self.base)) * WORD) as u64;
            if file.length()? < length {
                file.set_length(length)?;
            }
            file.reserve((reserved * WORD) as u64, ((end - reserved) * WORD) as u64)?;
        }
        Ok(end)
    }

    /// The words that the file has now.
    pub(crate) fn words(&self) -> io::Result<u64> {
        let length = self.file.as_ref().map_or(Ok(u64::MAX), DiskFile::length)?;
        Ok(length / WORD as u64)
    }

    /// Writes everything to the medium.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), DiskFile::sync)
    }

    /// The bytes that the file takes on the medium.
    pub(crate) fn space(&self) -> io::Result<u64> {
        self.file.as_ref().map_or(Ok(0), DiskFile::space)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_where_they_are_while_the_table_grows() {
        let directory = tempfile::tempdir().unwrap();
        let root = Root::create(directory.path()).unwrap();
        let (ours, theirs) = (
            Area::open(&root, "words", UNIT, Access::Write).unwrap(),
            Area::open(&root, "words", UNIT, Access::Read).unwrap(),
        );
        let mut reserved = 0;
        for word in [0, 1, UNIT - 1, UNIT, 3 * UNIT + 5, 40 * UNIT] {
            if word >= reserved {
                reserved = ours.grow(reserved, word + 1).unwrap();
            }
            ours.row(word).unwrap().word(0).store(word as u64 + 1, Ordering::Release);
        }
        for word in [0, 1, UNIT - 1, UNIT, 3 * UNIT + 5, 40 * UNIT] {
            assert_eq!(theirs.row(word).unwrap().load(0, Ordering::Acquire), word as u64 + 1);
        }
        assert!(theirs.row(1 << 30).is_none(), "the file does not reach so far");
    }
}
