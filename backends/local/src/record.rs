//! Records: what the log consists of.
//!
//! A record is a header of six words and a payload, and ends at a multiple of eight bytes. The check of the header covers
//! where it lies, so bytes that look like a record somewhere else are none. What the payload holds checks itself.

use twox_hash::XxHash3_64;

use crate::place::{ALIGN, Place};
use crate::slot::Mark;

/// The bytes of a header.
pub(crate) const HEADER: u64 = 48;
/// The words of a header.
const WORDS: usize = 6;
/// The longest payload.
pub(crate) const LONGEST_PAYLOAD: u64 = (1 << 24) - 1;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An entry: the payload is its frame.
    Frame,
    /// An entry whose frame lies in a file of its own: the payload [tells](crate::apart) which.
    Apart,
    /// The removal of an entry. Older records of it may lie in the segments from the first to the last.
    Tombstone { first: u32, last: u32 },
    /// That all that lies before this place was on the medium. Readers of version 1 pass it over as damage.
    Checkpoint { durable: Place },
}

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) mark: Mark,
    /// The number of the write; a record that cleaning moves keeps it.
    pub(crate) sequence: u64,
    /// The place of the entry in the order of insertion.
    pub(crate) insertion: u64,
    /// What the policy wrote down when the entry was stored.
    pub(crate) word: u64,
    /// The bytes of the payload.
    pub(crate) payload: u32,
}

/// The bytes of a record with a payload of `payload` bytes.
pub(crate) const fn length(payload: u64) -> u64 {
    HEADER + payload.next_multiple_of(ALIGN)
}

impl Header {
    pub(crate) fn encode(&self, salt: u64, place: Place) -> [u8; HEADER as usize] {
        let (kind, insertion) = match self.kind {
            Kind::Frame => (1, self.insertion),
            Kind::Apart => (2, self.insertion),
            Kind::Tombstone { first, last } => (3, (u64::from(first) << 32) | u64::from(last)),
            Kind::Checkpoint { durable } => (4, durable.to_word()),
        };
        let first = kind | (u64::from(self.payload) << 8) | (u64::from(self.mark.more) << 32);
        let words = [first, self.sequence, insertion, self.word, self.mark.hash];
        let mut out = [0; HEADER as usize];
        let (parts, _) = out.as_chunks_mut::<8>();
        for (part, word) in parts.iter_mut().zip(words) {
            *part = word.to_le_bytes();
        }
        let check = check(&out[..HEADER as usize - 8], salt, place);
        out[HEADER as usize - 8..].copy_from_slice(&check.to_le_bytes());
        out
    }

    /// The header at the start of `bytes`; `None` if there is none.
    pub(crate) fn decode(bytes: &[u8], salt: u64, place: Place) -> Option<Self> {
        let bytes = bytes.first_chunk::<{ HEADER as usize }>()?;
        let (parts, _) = bytes.as_chunks::<8>();
        let mut words = [0; WORDS];
        for (word, part) in words.iter_mut().zip(parts) {
            *word = u64::from_le_bytes(*part);
        }
        let [first, sequence, insertion, word, hash, sum] = words;
        if first == 0 || check(&bytes[..HEADER as usize - 8], salt, place) != sum {
            return None;
        }
        let kind = match first & 0xff {
            1 => Kind::Frame,
            2 => Kind::Apart,
            3 => Kind::Tombstone { first: (insertion >> 32) as u32, last: insertion as u32 },
            4 => Kind::Checkpoint { durable: Place::from_word(insertion)? },
            _ => return None,
        };
        let payload = ((first >> 8) & LONGEST_PAYLOAD) as u32;
        Some(Self {
            kind,
            mark: Mark { hash, more: (first >> 32) as u32 },
            sequence,
            insertion,
            word,
            payload,
        })
    }

    /// The header at the start of `bytes` with one damaged byte corrected; `None` if no byte explains the damage.
    ///
    /// Each value of each byte is tried against the check of 64 bits, so another header is found once in 2^50. That takes some
    /// 50 µs, only where there is damage.
    #[cold]
    pub(crate) fn corrected(bytes: &[u8], salt: u64, place: Place) -> Option<Self> {
        let mut bytes = *bytes.first_chunk::<{ HEADER as usize }>()?;
        let (words, sum) = bytes.split_at(HEADER as usize - 8);
        let right = check(words, salt, place).to_le_bytes();
        if right.iter().zip(sum).filter(|(right, is)| right != is).count() == 1 {
            bytes[HEADER as usize - 8..].copy_from_slice(&right);
            return Self::decode(&bytes, salt, place);
        }
        for index in 0..HEADER as usize - 8 {
            let damaged = bytes[index];
            for change in 1..=u8::MAX {
                bytes[index] = damaged ^ change;
                if let Some(header) = Self::decode(&bytes, salt, place) {
                    return Some(header);
                }
            }
            bytes[index] = damaged;
        }
        None
    }

    /// The bytes of the whole record.
    pub(crate) const fn length(&self) -> u64 {
        length(self.payload as u64)
    }
}

fn check(bytes: &[u8], salt: u64, place: Place) -> u64 {
    // Whether the body lies apart is no part of where the record lies.
    let place = Place { is_apart: false, ..place };
    XxHash3_64::oneshot_with_seed(salt ^ place.to_word(), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: Kind) -> Header {
        let mark = Mark { hash: 0x0102_0304_0506_0708, more: 0x090a_0b0c };
        Header { kind, mark, sequence: 7, insertion: 5, word: 3, payload: 1_000_000 }
    }

    #[test]
    fn a_header_is_read_back() {
        let place = Place { segment: 3, offset: 64, is_apart: false };
        for kind in [Kind::Frame, Kind::Apart] {
            let bytes = header(kind).encode(9, place);
            assert_eq!(Header::decode(&bytes, 9, place), Some(header(kind)));
        }
        let tombstone = Header { payload: 0, ..header(Kind::Tombstone { first: 1, last: 3 }) };
        let read = Header::decode(&tombstone.encode(9, place), 9, place).unwrap();
        assert_eq!((read.kind, read.mark, read.sequence), (tombstone.kind, tombstone.mark, 7));
    }

    #[test]
    fn any_one_damaged_byte_of_a_header_is_corrected() {
        let place = Place { segment: 3, offset: 64, is_apart: false };
        let bytes = header(Kind::Frame).encode(9, place);
        for index in 0..bytes.len() {
            for change in [1, 0x80, 0xff] {
                let mut damaged = bytes;
                damaged[index] ^= change;
                assert_eq!(Header::corrected(&damaged, 9, place), Some(header(Kind::Frame)), "byte {index}");
            }
        }
        let mut damaged = bytes;
        damaged[3] ^= 1;
        damaged[30] ^= 1;
        assert_eq!(Header::corrected(&damaged, 9, place), None, "two bytes");
    }

    #[test]
    fn a_checkpoint_is_read_back() {
        let place = Place { segment: 3, offset: 64, is_apart: false };
        let durable = Place { segment: 2, offset: 8000, is_apart: false };
        let checkpoint = Header { payload: 0, insertion: 0, ..header(Kind::Checkpoint { durable }) };
        let read = Header::decode(&checkpoint.encode(9, place), 9, place).unwrap();
        assert_eq!((read.kind, read.sequence), (checkpoint.kind, 7));
    }

    #[test]
    fn a_header_is_one_only_where_it_was_written_and_as_it_was_written() {
        let place = Place { segment: 3, offset: 64, is_apart: false };
        let bytes = header(Kind::Frame).encode(9, place);
        assert_eq!(Header::decode(&bytes, 8, place), None);
        assert_eq!(Header::decode(&bytes, 9, Place { offset: 72, ..place }), None);
        assert_eq!(Header::decode(&bytes[..47], 9, place), None);
        for index in 0..bytes.len() {
            let mut changed = bytes;
            changed[index] ^= 1;
            assert_eq!(Header::decode(&changed, 9, place), None, "byte {index}");
        }
        assert_eq!(Header::decode(&[0; 48], 9, place), None);
    }
}
