//! A segment: a file of the log. It is reserved when it is made, appended to, and never changed or used again.

use std::io;

use larder_mapping::{Access, Map};

use crate::files::DiskFile;
use crate::place::Place;
use crate::record::{HEADER, Header};
use crate::root::{Identity, Root};

/// Where the records of a segment begin.
pub(crate) const START: u64 = 64;
/// The first bytes of a segment. The first is no text.
const MAGIC: [u8; 8] = *b"\x8aLRDLOG1";
/// The smallest and the largest segment. Tests of this crate have small ones, which few writes fill.
pub(crate) const SIZES: (u64, u64) = (if cfg!(test) { 16 << 10 } else { 1 << 20 }, 64 << 20);
/// How many segments fill the limit.
const SHARE: u64 = 64;

/// The largest segment of a disk with this limit.
pub(crate) fn largest_for(limit: Option<u64>) -> u64 {
    limit.map_or(SIZES.1, |limit| (limit / SHARE).next_power_of_two().clamp(SIZES.0, SIZES.1))
}

/// The longest frame that is copied into the log of a disk with this limit, while others wait.
pub(crate) fn longest_frame_for(limit: Option<u64>) -> u64 {
    (largest_for(limit) / 4).min(2 << 20)
}

/// The bytes of a new segment of a disk with this limit whose segments take `taken` bytes: a small disk has small ones.
pub(crate) fn size_for(limit: Option<u64>, taken: u64) -> u64 {
    let least = (longest_frame_for(limit) * 2).max(SIZES.0);
    (taken / 8).next_power_of_two().clamp(least, largest_for(limit))
}

/// The salt in the first bytes of segment `number`; 0 if nothing was written to it yet, `None` if it is no segment.
pub(crate) fn salt_in(bytes: &[u8; START as usize], number: u32) -> Option<u64> {
    if *bytes == [0; START as usize] {
        return Some(0);
    }
    let is_one = bytes[..8] == MAGIC && bytes[8..12] == number.to_le_bytes();
    is_one.then(|| bytes[24..].first_chunk().map(|salt| u64::from_le_bytes(*salt))).flatten()
}

/// Whether the file of segment `number` holds nothing but zeros: its process died before it wrote the header.
pub(crate) fn is_blank(root: &Root, number: u32) -> io::Result<bool> {
    let file = root.open_file(&file(number), Access::Read)?;
    let length = file.length()?;
    if length < START {
        return Ok(length == 0);
    }
    let map = file.map(0, addressable(length)?, Access::Read)?;
    let mut words = (0..map.len() / 8).map(|word| map.load(word, std::sync::atomic::Ordering::Relaxed));
    Ok(words.all(|word| word == 0))
}

/// What the header of a segment says beside its number and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// What the records are checked with.
    pub(crate) salt: u64,
    /// The boot of the machine in which the segment was made; zeros if that is unknown.
    pub(crate) boot: [u64; 2],
}

/// A segment that is open in this process.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) number: u32,
    pub(crate) map: Map,
    /// Which file it is: another one may have its name by now.
    pub(crate) identity: Identity,
    pub(crate) stamp: Stamp,
}

/// Where the segments of a disk lie.
pub(crate) const DIRECTORY: &str = "log";

/// The file of segment `number`.
pub(crate) fn file(number: u32) -> String {
    format!("{DIRECTORY}/{number:010}")
}

/// The number of the segment with this name.
pub(crate) fn number_of(name: &str) -> Option<u32> {
    let is_one = name.len() == 10 && name.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| name.parse().ok()).flatten().filter(|number| *number > 0)
}

impl AsRef<Map> for Segment {
    fn as_ref(&self) -> &Map {
        &self.map
    }
}

impl Segment {
    /// Makes segment `number` of `size` bytes.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if a file has its name, which stays as it is.
    pub(crate) fn create(root: &Root, number: u32, size: u64, stamp: Stamp) -> io::Result<(Self, DiskFile)> {
        let name = file(number);
        let file = match root.create_file(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Another program removed all segments, and the empty directory with them.
                root.create_directory(DIRECTORY)?;
                root.create_file(&name)?
            }
            file => file?,
        };
        let made = Self::prepare(&file, number, size, stamp);
        if made.is_err() {
            let _ = root.remove(&name);
        }
        let (map, identity) = made?;
        Ok((Self { number, map, identity, stamp }, file))
    }

    /// Makes the file that is kept in reserve segment `number`; `None` if there is no such file.
    pub(crate) fn adopt(
        root: &Root,
        reserve: &str,
        number: u32,
        stamp: Stamp,
    ) -> io::Result<Option<(Self, DiskFile)>> {
        let file = match root.open_file(reserve, Access::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let size = file.length()?;
        let mut begin = [0; START as usize];
        if size <= START + HEADER {
            return Ok(None);
        }
        file.read_exact_at(&mut begin, 0)?;
        if begin != [0; START as usize] {
            // Another program's file, which stays as it is.
            return Ok(None);
        }
        let (map, identity) = Self::begin(&file, number, size, stamp)?;
        root.rename_new(reserve, &self::file(number))?;
        Ok(Some((Self { number, map, identity, stamp }, file)))
    }

    /// Reserves the space of a segment and writes its header.
    fn prepare(file: &DiskFile, number: u32, size: u64, stamp: Stamp) -> io::Result<(Map, Identity)> {
        file.set_length(size)?;
        file.reserve(0, size)?;
        Self::begin(file, number, size, stamp)
    }

    /// Writes the header of a segment into a file whose space is reserved.
    fn begin(file: &DiskFile, number: u32, size: u64, stamp: Stamp) -> io::Result<(Map, Identity)> {
        let map = file.map(0, addressable(size)?, Access::Write)?;
        let mut head = [0; START as usize];
        head[..8].copy_from_slice(&MAGIC);
        head[8..12].copy_from_slice(&number.to_le_bytes());
        head[16..24].copy_from_slice(&size.to_le_bytes());
        head[24..32].copy_from_slice(&stamp.salt.to_le_bytes());
        head[32..40].copy_from_slice(&stamp.boot[0].to_le_bytes());
        head[40..48].copy_from_slice(&stamp.boot[1].to_le_bytes());
        map.copy_in(0, &head);
        Ok((map, file.status()?.identity))
    }

    /// Opens segment `number`. Its file is mapped and closed again, so that any number of segments may be open.
    ///
    /// A damaged header is no matter where the records are of `salt`: each of them says so itself.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) if it is no segment, or one of another salt.
    pub(crate) fn open(root: &Root, number: u32, access: Access, salt: Option<u64>) -> io::Result<Self> {
        let file = root.open_file(&file(number), access)?;
        let status = file.status()?;
        if status.length < START {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file of a segment was cut"));
        }
        let map = file.map(0, addressable(status.length)?, access)?;
        let mut head = [0; START as usize];
        let read = map.copy_to(0, &mut head);
        let own = if read { salt_in(&head, number).filter(|salt| *salt != 0) } else { None };
        let (words, _) = head.as_chunks::<8>();
        let boot = [words[4], words[5]].map(u64::from_le_bytes);
        let stamp =
            Stamp { salt: salt.or(own).unwrap_or(0), boot: if own.is_some() { boot } else { [0; 2] } };
        let segment = Self { number, map, identity: status.identity, stamp };
        let is_damaged = own.is_none_or(|own| salt.is_some_and(|salt| salt != own));
        if is_damaged && salt.is_none_or(|salt| segment.next(START, u64::MAX, salt).is_none()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "this file is no segment of the log"));
        }
        Ok(segment)
    }

    pub(crate) fn size(&self) -> u64 {
        self.map.len() as u64
    }

    /// Whether bytes lie at `offset` that are not the header of a record.
    pub(crate) fn is_damaged(&self, offset: u64, salt: u64) -> bool {
        offset + HEADER <= self.size() && self.header(offset, salt).is_none() && !self.is_zero(offset, HEADER)
    }

    /// The header of the record at `offset`, if it can be read with one byte corrected.
    #[cold]
    pub(crate) fn corrected(&self, offset: u64, salt: u64) -> Option<Header> {
        let mut bytes = [0; HEADER as usize];
        let place = Place { segment: self.number, offset, is_apart: false };
        let read =
            self.map.copy_to(usize::try_from(offset).ok()?, &mut bytes) && bytes != [0; HEADER as usize];
        let header = read.then(|| Header::corrected(&bytes, salt, place)).flatten();
        header.filter(|header| offset + header.length() <= self.size())
    }

    /// The header of the record at `offset`.
    pub(crate) fn header(&self, offset: u64, salt: u64) -> Option<Header> {
        let mut bytes = [0; HEADER as usize];
        let place = Place { segment: self.number, offset, is_apart: false };
        let read = self.map.copy_to(usize::try_from(offset).ok()?, &mut bytes);
        read.then(|| Header::decode(&bytes, salt, place)).flatten()
    }

    /// Appends the payload behind the header at `offset`, from `start` on, to `out`; says whether it lies in the segment.
    pub(crate) fn read(&self, offset: u64, start: u64, length: u64, out: &mut Vec<u8>) -> bool {
        let from = usize::try_from(offset + HEADER + start);
        from.ok()
            .zip(usize::try_from(length).ok())
            .is_some_and(|(from, length)| self.map.copy_out(from, length, out))
    }

    /// Whether nothing was ever written behind the header. Takes as long as reading the file.
    pub(crate) fn is_unused(&self) -> bool {
        self.is_zero(START, self.size().saturating_sub(START))
    }

    /// Whether all words of `length` bytes from `offset` on are zero. Both are multiples of the bytes of a word.
    pub(crate) fn is_zero(&self, offset: u64, length: u64) -> bool {
        let words = offset as usize / 8..(offset + length) as usize / 8;
        words.into_iter().all(|word| self.map.load(word, std::sync::atomic::Ordering::Relaxed) == 0)
    }

    /// The next record from `offset` on and before `end`: where it lies, and its header. Damaged bytes are passed over.
    pub(crate) fn next(&self, offset: u64, end: u64, salt: u64) -> Option<(u64, Header)> {
        let end = end.min(self.size());
        let mut at = offset;
        while at + HEADER <= end {
            if self.map.load(usize::try_from(at / 8).ok()?, std::sync::atomic::Ordering::Relaxed) != 0
                && let Some(header) = self.header(at, salt)
                && at + header.length() <= end
            {
                return Some((at, header));
            }
            at += crate::place::ALIGN;
        }
        None
    }
}

fn addressable(size: u64) -> io::Result<usize> {
    usize::try_from(size).map_err(|_| io::Error::other("a segment that memory cannot address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_grow_with_the_limit_and_with_what_is_there() {
        let largest = [Some(0), Some(1 << 20), Some(1 << 30), Some(1 << 40), None].map(largest_for);
        assert_eq!(largest, [SIZES.0, SIZES.0, 16 << 20, 64 << 20, 64 << 20]);
        let sizes = [0, 32 << 20, 100 << 20, 1 << 40].map(|taken| size_for(None, taken));
        assert_eq!(sizes, [4 << 20, 4 << 20, 16 << 20, 64 << 20]);
        for limit in [Some(0), Some(1 << 30), None] {
            let payload = longest_frame_for(limit) + HEADER;
            assert!(
                payload + START <= size_for(limit, 0),
                "the longest frame fits into the smallest segment"
            );
        }
    }

    #[test]
    fn a_name_is_one_of_a_segment_or_not() {
        assert_eq!(number_of("0000000012"), Some(12));
        for name in ["0000000000", "12", "00000000012", "000000001x", "+000000012", "9999999999"] {
            assert_eq!(number_of(name), None, "{name}");
        }
    }
}
