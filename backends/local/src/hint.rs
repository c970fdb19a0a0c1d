//! A guess of where a record lies, in the half of a chain's word that nothing else needs.
//!
//! A read waits for the chain, then for the slot, then for the record, and each is seldom in a cache of the processor. With
//! the guess the record comes while the slot does. It is of the first slot of the chain, and never believed: a wrong one
//! costs some lines of memory that are loaded in vain.

use crate::place::{ALIGN, Place};

/// The bits of an offset: segments have 64 MiB at most.
const OFFSET_BITS: u32 = 23;
const OFFSETS: u64 = (1 << OFFSET_BITS) - 1;
/// So many of the newest segments can be told apart.
const SEGMENTS: u64 = 1 << (32 - OFFSET_BITS);

/// The guess for a record, in the upper half of a word.
#[inline]
pub(crate) const fn of(place: Place) -> u64 {
    let segment = place.segment as u64 % SEGMENTS;
    ((segment << OFFSET_BITS) | ((place.offset / ALIGN) & OFFSETS)) << 32
}

/// The segment and the offset that `word` guesses where `newest` is the newest segment, if it guesses any.
#[inline]
pub(crate) const fn guess(word: u64, newest: u32) -> Option<(u32, u64)> {
    let half = word >> 32;
    if half == 0 {
        return None;
    }
    let age = (newest as u64).wrapping_sub(half >> OFFSET_BITS) % SEGMENTS;
    Some((newest.wrapping_sub(age as u32), (half & OFFSETS) * ALIGN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_the_newest_segments_is_guessed_where_it_lies() {
        for segment in [1, 2, 511, 512, 513, 70_000] {
            for offset in [64, 72, (64 << 20) - 8] {
                let word = of(Place { segment, offset, is_apart: false }) | 5;
                for newest in [segment, segment + 1, segment + 511] {
                    assert_eq!(guess(word, newest), Some((segment, offset)), "{segment} of {newest}");
                }
                assert_ne!(guess(word, segment + 512), Some((segment, offset)), "too long ago");
            }
        }
    }

    #[test]
    fn a_word_without_a_guess_guesses_nothing() {
        assert_eq!(guess(5, 7), None);
    }
}
