//! Keys and values that anybody can check.
//!
//! A value follows from its number, its generation and its size, and hides its generation in its first bytes. So what an
//! engine answers is checked without keeping what it was given, also where another process wrote it. The price is that
//! a value is made anew to check it, outside of what is timed.

use larder::Bytes;

/// The least size of a value: its first bytes are its generation.
pub(crate) const LEAST: usize = size_of::<u64>();

/// The increment of splitmix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The key with this number, 16 bytes of text. Neighbours in number are no neighbours in order, as in a cache.
pub(crate) fn key(number: u64) -> String {
    format!("{:016x}", mix(number))
}

/// The value of this number and generation: bytes that do not compress.
pub(crate) fn value(number: u64, generation: u64, size: usize) -> Bytes {
    let mut bytes = Vec::with_capacity(size.next_multiple_of(LEAST));
    let mut state = mix(number ^ generation.rotate_left(32));
    bytes.extend_from_slice(&(generation ^ mix(!number)).to_le_bytes());
    while bytes.len() < size {
        state = state.wrapping_add(GOLDEN);
        bytes.extend_from_slice(&mix(state).to_le_bytes());
    }
    bytes.truncate(size);
    Bytes::from(bytes)
}

/// The generation of a value of this number and size; `None` where the bytes are no such value.
pub(crate) fn generation(number: u64, size: usize, bytes: &[u8]) -> Option<u64> {
    let (head, _) = bytes.split_first_chunk()?;
    let generation = u64::from_le_bytes(*head) ^ mix(!number);
    (value(number, generation, size) == bytes).then_some(generation)
}

/// The finisher of splitmix64, one to one.
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_value_tells_its_generation() {
        for size in [LEAST, 9, 100, 4096] {
            for generation_ in [0, 1, u64::MAX] {
                assert_eq!(generation(7, size, &value(7, generation_, size)), Some(generation_), "{size}");
            }
        }
    }

    #[test]
    fn whatever_is_changed_in_a_value_is_seen() {
        let whole = value(3, 5, 100);
        for at in 0..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[at] ^= 1;
            assert_eq!(generation(3, 100, &bytes), None, "byte {at}");
        }
        assert_eq!(generation(4, 100, &whole), None, "the value of another number");
        assert_eq!(generation(3, 100, &whole[..99]), None, "a short one");
        assert_eq!(generation(3, 100, &whole[..4]), None, "less than a head");
    }

    #[test]
    fn keys_are_different_and_of_one_length() {
        let keys: HashSet<String> = (0..10_000).map(key).collect();
        assert_eq!(keys.len(), 10_000);
        assert!(keys.iter().all(|key| key.len() == 16));
    }
}
