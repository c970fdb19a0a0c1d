//! A mapped part of a file.

#![expect(unsafe_code, reason = "memory that is shared with other processes is reached through raw pointers")]

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{MmapOptions, MmapRaw};

/// The bytes of a word.
const WORD: usize = size_of::<u64>();

/// What may be done through a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading.
    Read,
    /// Reading and writing; what is written is seen by everybody who maps the file.
    Write,
}

/// A part of a file in memory. It stays mapped until it is dropped.
///
/// ```
/// use larder_mapping::{Access, Map};
/// use std::sync::atomic::Ordering;
///
/// let file = tempfile::tempfile()?;
/// file.set_len(4096)?;
/// let (ours, theirs) = (Map::of(&file, 0, 4096, Access::Write)?, Map::of(&file, 0, 4096, Access::Read)?);
/// ours.word(1).store(7, Ordering::Release);
/// assert_eq!(theirs.load(1, Ordering::Acquire), 7);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Map {
    memory: MmapRaw,
    access: Access,
    /// How many words may be read, and how many written.
    words: usize,
    writable: usize,
}

impl Map {
    /// Maps `length` bytes of `file` from `offset` on, which is a multiple of the size of a page. The file must have
    /// them: what lies behind its end must not be touched.
    ///
    /// # Errors
    ///
    /// Those of `mmap`; [`io::ErrorKind::UnexpectedEof`] when the file is shorter.
    pub fn of(file: &File, offset: u64, length: usize, access: Access) -> io::Result<Self> {
        if file.metadata()?.len() < offset.saturating_add(length as u64) {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file ends before what is to be mapped",
            ));
        }
        let mut options = MmapOptions::new();
        options.offset(offset).len(length);
        let memory = match access {
            Access::Read => options.map_raw_read_only(file)?,
            Access::Write => options.map_raw(file)?,
        };
        Ok(Self::new(memory, access))
    }

    fn new(memory: MmapRaw, access: Access) -> Self {
        let words = memory.len() / WORD;
        Self { memory, access, words, writable: if access == Access::Write { words } else { 0 } }
    }

    /// `length` bytes of zeros that belong to no file.
    ///
    /// # Errors
    ///
    /// Those of `mmap`.
    pub fn anonymous(length: usize) -> io::Result<Self> {
        let memory = MmapOptions::new().len(length).map_anon()?;
        Ok(Self::new(memory.into(), Access::Write))
    }

    /// How many bytes are mapped.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// Whether nothing is mapped.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Word number `index`, in the byte order of this machine.
    ///
    /// # Panics
    ///
    /// When the map is not for writing, or has no such word.
    #[inline]
    pub fn word(&self, index: usize) -> &AtomicU64 {
        assert!(index < self.writable, "a word behind the end of the map, or in one for reading");
        self.atom(index)
    }

    /// `count` words from number `index` on.
    ///
    /// # Panics
    ///
    /// When the map is not for writing, or does not have them all.
    #[inline]
    pub fn words(&self, index: usize, count: usize) -> &[AtomicU64] {
        let end = index.checked_add(count);
        assert!(
            end.is_some_and(|end| end <= self.writable),
            "words behind the end of the map, or in one for reading"
        );
        // SAFETY: as for a single word: all of them lie within the map.
        unsafe { std::slice::from_raw_parts(self.first().add(index), count) }
    }

    /// The value of word number `index`.
    ///
    /// # Panics
    ///
    /// When the map has no such word, or `order` is none for loads.
    #[inline]
    pub fn load(&self, index: usize, order: Ordering) -> u64 {
        assert!(index < self.words, "a word behind the end of the map");
        self.atom(index).load(order)
    }

    /// The caller has seen that the map has the word.
    #[inline]
    fn atom(&self, index: usize) -> &AtomicU64 {
        // SAFETY: the word lies within the map, as both callers assert, and the map lives as long as `self`; maps begin at a
        // page, so it is aligned. It is only ever reached as an atomic, here and in other processes, or copied as bytes. A
        // map for reading is loaded from and never stored to.
        unsafe { &*self.first().add(index) }
    }

    #[inline]
    fn first(&self) -> *const AtomicU64 {
        self.memory.as_ptr().cast()
    }

    /// Appends `length` bytes from `offset` on to `out`. Whoever cannot know that nobody writes them meanwhile checks
    /// them afterwards.
    ///
    /// Says whether they lie within the map; nothing is appended if not.
    #[inline]
    #[must_use]
    pub fn copy_out(&self, offset: usize, length: usize, out: &mut Vec<u8>) -> bool {
        if offset.checked_add(length).is_none_or(|end| end > self.memory.len()) {
            return false;
        }
        out.reserve(length);
        let end = out.len();
        // SAFETY: the source lies within the map, the target is memory that was just reserved, and the two cannot
        // overlap. The bytes are copied without a reference to them, so nothing is assumed about their staying the same.
        unsafe {
            let source = self.memory.as_ptr().add(offset);
            source.copy_to_nonoverlapping(out.as_mut_ptr().add(end), length);
            out.set_len(end + length);
        }
        true
    }

    /// Tells the processor that `length` bytes from `offset` on are copied soon. A hint: it changes nothing, and does
    /// nothing where they do not lie within the map, or on processors for which there is no such hint here.
    #[inline]
    pub fn prefetch(&self, offset: usize, length: usize) {
        #[cfg(target_arch = "x86_64")]
        if offset.checked_add(length).is_some_and(|end| end <= self.memory.len()) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            for line in (offset..offset + length).step_by(64) {
                // SAFETY: the address lies within the map. What is prefetched is not read as far as the program can tell,
                // and a page that is missing is not brought in.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(self.memory.as_ptr().add(line).cast()) };
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (offset, length);
    }

    /// Fills `out` with the bytes from `offset` on, as [`copy_out`](Map::copy_out) does.
    ///
    /// Says whether they lie within the map; nothing is changed if not.
    #[inline]
    #[must_use]
    pub fn copy_to(&self, offset: usize, out: &mut [u8]) -> bool {
        if offset.checked_add(out.len()).is_none_or(|end| end > self.memory.len()) {
            return false;
        }
        // SAFETY: the source lies within the map, the target is borrowed by nobody else, and the two cannot overlap: no
        // reference to mapped bytes is ever one for writing. No reference to the source is made either.
        unsafe {
            let source = self.memory.as_ptr().add(offset);
            source.copy_to_nonoverlapping(out.as_mut_ptr(), out.len());
        }
        true
    }

    /// Writes `bytes` at `offset`.
    ///
    /// # Panics
    ///
    /// When the map is not for writing, or they do not lie within it.
    #[inline]
    pub fn copy_in(&self, offset: usize, bytes: &[u8]) {
        assert!(self.access == Access::Write, "a map for reading is not written");
        let end = offset.checked_add(bytes.len());
        assert!(end.is_some_and(|end| end <= self.memory.len()), "bytes behind the end of the map");
        // SAFETY: the target lies within the map and is writable; the source is another's memory, so they do not overlap.
        // Nobody holds a reference to the target: bytes are lent only where nobody writes any more.
        unsafe {
            let target = self.memory.as_mut_ptr().add(offset);
            bytes.as_ptr().copy_to_nonoverlapping(target, bytes.len());
        }
    }

    /// Writes what was written through this map to the medium, from `offset` on for `length` bytes.
    ///
    /// # Errors
    ///
    /// Those of `msync`.
    pub fn sync(&self, offset: usize, length: usize) -> io::Result<()> {
        self.memory.flush_range(offset, length)
    }

    /// The bytes of a part of the map that nobody writes any more.
    pub(crate) fn settled(&self, offset: usize, length: usize) -> &[u8] {
        let end = offset.checked_add(length);
        assert!(end.is_some_and(|end| end <= self.memory.len()), "bytes behind the end of the map");
        // SAFETY: they lie within the map, which lives as long as the borrow. Whoever lends them has promised that they
        // are never written again; a file that somebody outside changes or cuts is a stated limit of the crate.
        unsafe { std::slice::from_raw_parts(self.memory.as_ptr().add(offset), length) }
    }
}

impl AsRef<Self> for Map {
    fn as_ref(&self) -> &Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(length: usize) -> Map {
        Map::anonymous(length).unwrap()
    }

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let map = map(64);
        map.copy_in(3, b"abc");
        let mut out = b"-".to_vec();
        assert!(map.copy_out(2, 5, &mut out));
        assert_eq!(out, b"-\0abc\0");
        let mut out = [b'-'; 4];
        assert!(map.copy_to(2, &mut out));
        assert_eq!(&out, b"\0abc");
    }

    #[test]
    fn what_lies_behind_the_end_is_not_copied() {
        let (map, mut out) = (map(64), Vec::new());
        assert!(!map.copy_out(60, 5, &mut out) && !map.copy_out(usize::MAX, 2, &mut out));
        assert!(out.is_empty());
        let mut out = [b'-'; 5];
        assert!(!map.copy_to(60, &mut out) && !map.copy_to(usize::MAX, &mut out));
        assert_eq!(&out, b"-----");
    }

    #[test]
    fn a_hint_of_what_is_not_there_does_nothing() {
        let map = map(4096);
        map.prefetch(0, 4096);
        map.prefetch(4000, 97);
        map.prefetch(usize::MAX, 2);
    }

    #[test]
    #[should_panic(expected = "behind the end")]
    fn a_write_behind_the_end_panics() {
        map(64).copy_in(62, b"abc");
    }

    #[test]
    #[should_panic(expected = "behind the end")]
    fn a_word_behind_the_end_panics() {
        map(64).load(8, Ordering::Relaxed);
    }

    #[test]
    #[should_panic(expected = "words behind the end")]
    fn words_behind_the_end_panic() {
        let _ = map(64).words(6, 3);
    }

    #[test]
    #[should_panic(expected = "for reading")]
    fn a_word_of_a_map_for_reading_is_not_written() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(4096).unwrap();
        let _ = Map::of(&file, 0, 4096, Access::Read).unwrap().word(0);
    }

    #[test]
    #[should_panic(expected = "for reading")]
    fn a_map_for_reading_is_not_written() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(4096).unwrap();
        Map::of(&file, 0, 4096, Access::Read).unwrap().copy_in(0, b"a");
    }

    #[test]
    fn a_file_that_is_too_short_is_not_mapped() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(100).unwrap();
        let error = Map::of(&file, 0, 4096, Access::Read).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_map_sees_what_is_written_to_its_file() {
        use std::os::unix::fs::FileExt;
        let file = tempfile::tempfile().unwrap();
        file.set_len(4096).unwrap();
        let (map, mut out) = (Map::of(&file, 0, 4096, Access::Read).unwrap(), Vec::new());
        file.write_all_at(b"later", 10).unwrap();
        assert!(map.copy_out(10, 5, &mut out));
        assert_eq!(out, b"later");
    }
}
