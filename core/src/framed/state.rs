//! What the frames of entries do not say: order of insertion, hits, last access and what the policy wrote
//! down.
//!
//! A sync writes it as one frame of its own, and an open reads it. It is derived data: entries are never
//! added or removed by it, and a state that cannot be read costs order and hits, and no entry. The price is
//! that a process that ends without a sync leaves the state of the last one.

use std::collections::HashMap;
use std::sync::LazyLock;

use bytes::{BufMut, Bytes, BytesMut};

use crate::books::Found;
use crate::disk::Brief;
use crate::entry::Version;
use crate::key::Digest;
use crate::time::Time;

/// The name of the frame. No key has this digest, since no encoded key is this text.
pub(super) static NAME: LazyLock<Digest> = LazyLock::new(|| Digest::of(b"larder framed disk: state"));

/// What the frame begins with.
const MAGIC: &[u8; 16] = b"larder framed 1\0";
/// The bytes of one entry.
const ENTRY: usize = 32 + 16 + 8 + 8 + 4 + 8;
/// The bytes of the digest at the end.
const DIGEST: usize = 32;

/// The state of a disk when it was last synced.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The last insertion number that was given away.
    pub(super) last: u64,
    entries: HashMap<Digest, Remembered>,
}

/// What is remembered of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Remembered {
    version: Version,
    insertion: u64,
    accessed: Time,
    hits: u32,
    word: u64,
}

impl State {
    /// The insertion number of the entry called `name`, if it is known. An overwrite keeps the number.
    pub(super) fn insertion(&self, name: &Digest) -> Option<u64> {
        self.entries.get(name).map(|entry| entry.insertion)
    }

    /// Adds to `found` what is remembered of this version of the entry.
    pub(super) fn restore(&self, name: &Digest, found: Found) -> Found {
        match self.entries.get(name).filter(|entry| entry.version == found.version) {
            Some(entry) => {
                found.marks.note(entry.accessed, entry.hits);
                Found { word: entry.word, ..found }
            }
            None => found,
        }
    }

    /// Writes the state of a disk that has these entries.
    pub(super) fn encode(last: u64, entries: &[(Digest, Brief)]) -> Bytes {
        let mut bytes = BytesMut::with_capacity(MAGIC.len() + 8 + entries.len() * ENTRY + DIGEST);
        bytes.put_slice(MAGIC);
        bytes.put_u64_le(last);
        for (name, brief) in entries {
            bytes.put_slice(name.as_bytes());
            bytes.put_u128_le(brief.version.bits());
            bytes.put_u64_le(brief.insertion);
            bytes.put_i64_le(brief.accessed.nanos());
            bytes.put_u32_le(brief.hits);
            bytes.put_u64_le(brief.word);
        }
        let digest = Digest::of(&bytes);
        bytes.put_slice(digest.as_bytes());
        bytes.freeze()
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (text, digest) = bytes.split_last_chunk::<DIGEST>()?;
        if Digest::of(text).as_bytes() != digest {
            return None;
        }
        let text = text.strip_prefix(MAGIC)?;
        let (last, text) = text.split_first_chunk()?;
        let last = u64::from_le_bytes(*last);
        let (entries, rest) = text.as_chunks::<ENTRY>();
        if !rest.is_empty() {
            return None;
        }
        let entries =
            entries.iter().map(|entry| Remembered::decode(entry)).collect::<Option<HashMap<_, _>>>()?;
        // A number beyond the last one would be given away again.
        entries.values().all(|entry| (1..=last).contains(&entry.insertion)).then_some(Self { last, entries })
    }
}

impl Remembered {
    fn decode(bytes: &[u8]) -> Option<(Digest, Self)> {
        let (name, rest) = bytes.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        let (insertion, rest) = rest.split_first_chunk()?;
        let (accessed, rest) = rest.split_first_chunk()?;
        let (hits, rest) = rest.split_first_chunk()?;
        let word = rest.first_chunk()?;
        let entry = Self {
            version: Version::from_bits(u128::from_le_bytes(*version)),
            insertion: u64::from_le_bytes(*insertion),
            accessed: Time::from_nanos(i64::from_le_bytes(*accessed)),
            hits: u32::from_le_bytes(*hits),
            word: u64::from_le_bytes(*word),
        };
        Some((Digest::from_bytes(*name), entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Id;

    fn brief(insertion: u64) -> Brief {
        Brief {
            id: Id(0),
            hash: 1,
            version: Version::from_bits(insertion.into()),
            size: 10,
            stored: Time::EPOCH,
            accessed: Time::from_secs(9),
            expires: None,
            hits: 4,
            insertion,
            tags: 0,
            namespace: 0,
            cost: 0,
            word: 5,
        }
    }

    #[test]
    fn a_state_reads_back_and_any_change_of_a_byte_makes_it_unreadable() {
        let names = [Digest::of(b"a"), Digest::of(b"b")];
        let bytes = State::encode(7, &[(names[0], brief(2)), (names[1], brief(7))]);
        let state = State::decode(&bytes).expect("it was written so");
        assert_eq!((state.last, names.map(|name| state.insertion(&name))), (7, [Some(2), Some(7)]));
        let Remembered { accessed, hits, word, .. } = state.entries[&names[0]];
        assert_eq!((accessed, hits, word), (Time::from_secs(9), 4, 5));
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            assert!(State::decode(&changed).is_none(), "byte {at}");
            assert!(State::decode(&bytes[..at]).is_none(), "cut to {at}");
        }
    }

    #[test]
    fn a_number_beyond_the_last_is_not_believed() {
        let name = Digest::of(b"a");
        assert!(State::decode(&State::encode(6, &[(name, brief(7))])).is_none());
        assert!(State::decode(&State::encode(6, &[(name, brief(0))])).is_none());
    }
}
