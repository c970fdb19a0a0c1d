//! Checksums of frames: seal 0.
//!
//! CRC-64/NVME, which finds every burst of up to 64 bits and misses others once in 2^64. For blocks it is bound to
//! the entry and the place by xor with a mix of nonce and number: 2 ns where feeding 16 more bytes costs 10.
//! It is no defence against somebody who wants to deceive; another seal is reserved for that.

/// The number under which the foot is sealed; no body has so many blocks.
const FOOT: u64 = u64::MAX;

/// The checksum of a head.
pub(super) fn of_head(bytes: &[u8]) -> u64 {
    crc_fast::crc64_nvme(bytes)
}

/// The checksum of block `number` of the entry with this nonce.
pub(super) fn of_block(nonce: u64, number: u64, bytes: &[u8]) -> u64 {
    crc_fast::crc64_nvme(bytes) ^ mix(nonce, number)
}

/// The checksum of the two lengths in the foot of the entry with this nonce.
pub(super) fn of_foot(nonce: u64, body: u64, blocks: u64) -> u64 {
    mix(mix(mix(nonce, FOOT), body), blocks)
}

/// A bijection in each argument while the other stays, so a changed one is always seen: output `number` of the
/// `SplitMix64` sequence that starts at `nonce` (Steele, Lea and Flood, OOPSLA 2014).
fn mix(nonce: u64, number: u64) -> u64 {
    const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut z = nonce.wrapping_add(GAMMA.wrapping_mul(number.wrapping_add(1)));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CRC-64/NVME bit by bit, as its parameters define it: the twin of the fast one.
    fn naive(bytes: &[u8]) -> u64 {
        let mut crc = u64::MAX;
        for byte in bytes {
            crc ^= u64::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ if crc & 1 == 1 { 0x9A6C_9329_AC4B_C9B5 } else { 0 };
            }
        }
        !crc
    }

    #[test]
    fn the_fast_checksum_equals_the_naive_one_at_every_length_and_alignment() {
        assert_eq!(of_head(b"123456789"), 0xAE8B_1486_0A79_9888);
        let bytes: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for length in (0..700).chain([1023, 1024, 1025, 4095, 4096, 4900]) {
            for start in [0, 1, 7, 63] {
                let part = &bytes[start..start + length];
                assert_eq!(of_head(part), naive(part), "{length} bytes from {start}");
            }
        }
    }

    #[test]
    fn a_block_is_bound_to_its_entry_and_its_place() {
        assert_ne!(of_block(1, 0, b"block"), of_block(2, 0, b"block"));
        assert_ne!(of_block(1, 0, b"block"), of_block(1, 1, b"block"));
    }

    #[test]
    fn the_mix_is_the_published_sequence() {
        assert_eq!(mix(1_234_567, 0), 6_457_827_717_110_365_317);
        assert_eq!(mix(1_234_567, 1), 3_203_168_211_198_807_973);
    }
}
