//! The injected source of randomness: write nonces now, early recomputation later.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::time::Time;

/// Gives random numbers.
pub trait Random: Debug + Send + Sync + 'static {
    /// The next 64 random bits.
    fn next(&self) -> u64;
}

/// Numbers seeded by the operating system, another sequence in every thread; one that a forked child makes gives others than
/// any of its parent's. Not for secrets.
#[derive(Clone, Copy, Debug)]
pub struct SystemRandom {
    /// A child inherits the state of its parent's generators: what differs is the process.
    salt: u64,
}

impl SystemRandom {
    /// The numbers of this process.
    pub fn new() -> Self {
        let now = Time::from(SystemTime::now()).nanos().cast_unsigned();
        Self { salt: split_mix(now, std::process::id().into()) }
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn next(&self) -> u64 {
        fastrand::u64(..) ^ self.salt
    }
}

/// The same numbers in every run: `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
#[derive(Debug)]
pub struct Seeded {
    seed: u64,
    drawn: AtomicU64,
}

impl Seeded {
    /// The sequence that belongs to `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Random for Seeded {
    fn next(&self) -> u64 {
        split_mix(self.seed, self.drawn.fetch_add(1, Ordering::Relaxed))
    }
}

/// Number `number` of the sequence that belongs to `seed`: a bijection in each argument while the other stays.
#[inline]
pub(crate) const fn split_mix(seed: u64, number: u64) -> u64 {
    const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut z = seed.wrapping_add(GAMMA.wrapping_mul(number.wrapping_add(1)));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_published_sequence() {
        let random = Seeded::new(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
