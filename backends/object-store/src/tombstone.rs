//! What lies in the place of an entry that was removed under a condition.
//!
//! No store deletes only what is known, but some replace only what is known. So an entry that must go once, to one caller
//! (a pop), is replaced by a tombstone: 48 bytes, less than any frame has, so that a listing tells them apart. Nobody
//! but a write to its key and [`check`](larder_core::disk::Disk) takes it away; the price is an object that stays until then.

use larder_core::entry::Version;
use larder_core::key::Digest;
use larder_core::random::Random;

/// The first bytes; those of a frame differ in the last one.
const MAGIC: [u8; 4] = [0x8A, b'L', b'R', b'T'];
/// The only version of tombstones.
const FORMAT_VERSION: u8 = 1;
/// The bytes before the checksum.
const CHECKED: usize = 40;
/// The bytes of the checksum.
const SUM: usize = 8;

/// The mark of one removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tombstone {
    /// Drawn at random, so that whoever removed the entry knows his own.
    nonce: u128,
    /// The version of the entry that was removed.
    removed: Version,
}

impl Tombstone {
    /// The bytes of a tombstone.
    pub(crate) const LENGTH: usize = CHECKED + SUM;

    pub(crate) fn of(removed: Version, random: &dyn Random) -> Self {
        let nonce = (u128::from(random.next()) << 64) | u128::from(random.next());
        Self { nonce, removed }
    }

    pub(crate) fn encode(&self) -> [u8; Self::LENGTH] {
        let mut out = [0; Self::LENGTH];
        out[..4].copy_from_slice(&MAGIC);
        out[4] = FORMAT_VERSION;
        out[8..24].copy_from_slice(&self.nonce.to_le_bytes());
        out[24..CHECKED].copy_from_slice(&self.removed.bits().to_le_bytes());
        let sum = checksum(&out[..CHECKED]);
        out[CHECKED..].copy_from_slice(&sum);
        out
    }

    /// The tombstone that these bytes are; `None` if they are none.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LENGTH] = bytes.try_into().ok()?;
        let (nonce, removed) = (bytes[8..].first_chunk()?, bytes[24..].first_chunk()?);
        let tombstone = Self {
            nonce: u128::from_le_bytes(*nonce),
            removed: Version::from_bits(u128::from_le_bytes(*removed)),
        };
        (tombstone.encode() == *bytes).then_some(tombstone)
    }
}

fn checksum(bytes: &[u8]) -> [u8; SUM] {
    *Digest::of(bytes).as_bytes().first_chunk().expect("a digest has 32 bytes")
}

#[cfg(test)]
mod tests {
    use larder_core::random::Seeded;

    use super::*;

    #[test]
    fn a_tombstone_is_read_back_and_its_own() {
        let random = Seeded::new(1);
        let (mine, other) =
            (Tombstone::of(Version::from_bits(7), &random), Tombstone::of(Version::from_bits(7), &random));
        assert_eq!(Tombstone::decode(&mine.encode()), Some(mine));
        assert_ne!(mine, other, "two removals of one version are told apart");
    }

    #[test]
    fn any_changed_byte_and_any_other_length_is_no_tombstone() {
        let bytes = Tombstone::of(Version::from_bits(7), &Seeded::new(1)).encode();
        for at in 0..bytes.len() {
            let mut changed = bytes;
            changed[at] ^= 1;
            assert_eq!(Tombstone::decode(&changed), None, "byte {at}");
            assert_eq!(Tombstone::decode(&bytes[..at]), None, "cut at {at}");
        }
    }
}
