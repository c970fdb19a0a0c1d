//! Values that tell of which write they are, and whether they are whole.

use std::hash::Hasher;

use larder_core::Bytes;
use twox_hash::XxHash3_64;

/// The bytes before the body: writer and key, turn, length, check.
const HEADER: usize = 32;

/// The value that `writer` stores at `key` in its turn `turn`: `length` bytes, at least those of the header.
pub(super) fn value(writer: u32, key: u32, turn: u64, length: usize) -> Bytes {
    let length = length.max(HEADER);
    let mut bytes = Vec::with_capacity(length + 8);
    bytes.extend_from_slice(&writer.to_le_bytes());
    bytes.extend_from_slice(&key.to_le_bytes());
    bytes.extend_from_slice(&turn.to_le_bytes());
    bytes.extend_from_slice(&(length as u64).to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    let mut word = turn ^ (u64::from(key) << 40) ^ (u64::from(writer) << 20);
    while bytes.len() < length {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.truncate(length);
    let check = check(&bytes);
    bytes[HEADER - 8..HEADER].copy_from_slice(&check.to_le_bytes());
    bytes.into()
}

/// The turn of the write that stored `bytes` at `key`; what is wrong with them if it cannot be told.
pub(super) fn turn_of(writer: u32, key: u32, bytes: &[u8]) -> Result<u64, String> {
    let word =
        |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u64::from_le_bytes);
    let (Some(owner), Some(turn), Some(length), Some(sum)) = (word(0), word(8), word(16), word(24)) else {
        return Err(format!("a value of {} bytes", bytes.len()));
    };
    if owner != u64::from(writer) | (u64::from(key) << 32) {
        return Err(format!("the value of key {} of writer {}", owner >> 32, owner & 0xffff_ffff));
    }
    if length != bytes.len() as u64 {
        return Err(format!("a value of {} bytes that should have {length}", bytes.len()));
    }
    if check(bytes) != sum {
        return Err(format!("a value of turn {turn} that was changed"));
    }
    Ok(turn)
}

/// The check of all bytes but the check itself.
fn check(bytes: &[u8]) -> u64 {
    let mut hasher = XxHash3_64::with_seed(0);
    hasher.write(&bytes[..HEADER - 8]);
    hasher.write(&bytes[HEADER..]);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_tells_its_turn_and_any_change() {
        let whole = value(3, 7, 42, 100);
        assert_eq!((whole.len(), turn_of(3, 7, &whole)), (100, Ok(42)));
        assert!(turn_of(3, 8, &whole).is_err() && turn_of(2, 7, &whole).is_err());
        assert!(turn_of(3, 7, &whole[..99]).is_err() && turn_of(3, 7, b"").is_err());
        for at in 0..whole.len() {
            let mut changed = whole.to_vec();
            changed[at] ^= 1;
            assert_ne!(turn_of(3, 7, &changed), Ok(42), "byte {at}");
        }
    }
}
