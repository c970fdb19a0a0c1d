//! What is stored comes back, whole and unchanged.

pub mod bodies;
pub mod conditions;
pub mod limits;
pub mod metadata;
pub mod operations;
pub mod streams;
pub mod unreadable;

use larder_core::Bytes;

/// Bytes of which every one depends on its place and on `seed`.
pub(crate) fn pattern(length: usize, seed: u64) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length);
    for _ in 0..length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.push(state.to_le_bytes()[3]);
    }
    bytes.into()
}
