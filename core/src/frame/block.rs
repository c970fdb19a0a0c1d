//! The size of the blocks that bodies are checked in.

use crate::error::{Error, ErrorKind, Result};

/// The size of a block: a power of two from 4 KiB to 1 GiB.
///
/// A body up to one block is handed out without a copy; a range is read and checked in whole blocks.
///
/// ```
/// use larder_core::frame::BlockSize;
///
/// assert_eq!(BlockSize::DEFAULT.len(), 1 << 20);
/// assert!(BlockSize::power_of_two(11).is_err());
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSize(u8);

#[expect(clippy::len_without_is_empty, reason = "no block is empty")]
impl BlockSize {
    /// 1 MiB.
    pub const DEFAULT: Self = Self(20);

    /// Blocks of 2 to the power of `exponent` bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] unless `exponent` is between 12 and 30.
    pub fn power_of_two(exponent: u8) -> Result<Self> {
        if (12..=30).contains(&exponent) {
            Ok(Self(exponent))
        } else {
            Err(Error::new(ErrorKind::Invalid, "a block size outside 4 KiB to 1 GiB"))
        }
    }

    /// The bytes of a full block.
    pub const fn len(self) -> usize {
        1 << self.0
    }

    /// How many blocks a body of `body` bytes takes.
    pub const fn count(self, body: u64) -> u64 {
        // A shift: the compiler does not know that the divisor is a power of two.
        (body >> self.0) + (body & (self.len() as u64 - 1) > 0) as u64
    }

    /// The exponent, as a frame carries it.
    pub const fn exponent(self) -> u8 {
        self.0
    }
}
