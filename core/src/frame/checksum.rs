//! Checksums of frames: seal 0.
//!
//! XXH3 in 64 bits: it misses a fault once in 2^64, and heads are short, where it takes a fifth of the time of a CRC.
//! For blocks it is bound to the entry and the place by xor with a mix of nonce and number. It is no defence
//! against somebody who wants to deceive; another seal is reserved for that.

use twox_hash::XxHash3_64;

use crate::random::split_mix;

/// The number under which the foot is sealed; no body has so many blocks.
const FOOT: u64 = u64::MAX;

/// The checksum of a head.
#[inline]
pub(super) fn of_head(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// The checksum of block `number` of the entry with this nonce.
#[inline]
pub(super) fn of_block(nonce: u64, number: u64, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes) ^ split_mix(nonce, number)
}

/// The checksum of the lengths in the foot of the entry with this nonce.
pub(super) fn of_foot(nonce: u64, lengths: &[u8]) -> u64 {
    of_block(nonce, FOOT, lengths)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by another implementation, for bytes that count up to 250 and begin again.
    #[test]
    fn checksums_are_golden() {
        let bytes: Vec<u8> = (0..=250).cycle().take(5000).collect();
        let golden = [
            (0, 0x2D06_8005_38D3_94C2),
            (1, 0xC44B_DFF4_074E_ECDB),
            (8, 0x3A1C_2D7C_85AF_88F8),
            (16, 0x8355_E3A6_F617_70DB),
            (100, 0x004E_4F92_1A64_BD1C),
            (200, 0xF42A_8864_FEAF_0703),
            (240, 0x375A_384D_957F_E865),
            (241, 0x02E8_CD95_421C_6D02),
            (1024, 0xE5D7_8BAF_A45B_2AA5),
            (1025, 0xE95C_4228_8F28_186E),
            (5000, 0xB418_500F_C423_20EE),
        ];
        for (length, sum) in golden {
            assert_eq!(of_head(&bytes[..length]), sum, "{length} bytes");
        }
    }

    #[test]
    fn a_block_is_bound_to_its_entry_and_its_place() {
        assert_ne!(of_block(1, 0, b"block"), of_block(2, 0, b"block"));
        assert_ne!(of_block(1, 0, b"block"), of_block(1, 1, b"block"));
    }

    #[test]
    fn the_mix_is_the_published_sequence() {
        assert_eq!(split_mix(1_234_567, 0), 6_457_827_717_110_365_317);
        assert_eq!(split_mix(1_234_567, 1), 3_203_168_211_198_807_973);
    }
}
