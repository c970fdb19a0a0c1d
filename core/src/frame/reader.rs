//! Reads numbers and lengths from bytes that nobody vouches for.
//!
//! Every length is compared with what is left before anything is taken, so nothing panics and nothing is
//! allocated for a length that is only claimed.

use std::ops::Range;

use super::corrupt;
use crate::error::Result;

/// The longest unsigned LEB128 number of 64 bits.
const LONGEST_NUMBER: usize = 10;

/// What is left to be read.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `length` bytes.
    #[inline]
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let taken = usize::try_from(length).ok().and_then(|length| self.0.split_at_checked(length));
        let (taken, rest) = taken.ok_or_else(|| corrupt("a length leaves the frame"))?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(|| corrupt("the frame is cut"))?;
        self.0 = rest;
        Ok(*taken)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8> {
        self.array().map(|[byte]| byte)
    }

    /// The next number in unsigned LEB128, in the one shortest form that it has.
    #[inline]
    pub(super) fn number(&mut self) -> Result<u64> {
        let mut number = 0;
        for index in 0..LONGEST_NUMBER {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (index == LONGEST_NUMBER - 1 && byte > 1) || (index > 0 && byte == 0) {
                break;
            }
            number |= bits << (7 * index);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(corrupt("a number is not in its shortest form"))
    }

    /// The next bytes, behind their length.
    #[inline]
    pub(super) fn prefixed(&mut self) -> Result<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }
}

/// The bytes of `range`, where they are there.
pub(super) fn part(bytes: &[u8], range: Range<u64>) -> Result<&[u8]> {
    let bounds = (usize::try_from(range.start), usize::try_from(range.end));
    let (Ok(start), Ok(end)) = bounds else { return Err(corrupt("the frame is cut")) };
    bytes.get(start..end).ok_or_else(|| corrupt("the frame is cut"))
}

/// The bytes that [`Reader::number`] reads for `number`.
pub(super) const fn number_size(number: u64) -> usize {
    // Seven bits a byte; zero takes one byte as well.
    ((number | 1).ilog2() / 7 + 1) as usize
}

/// Appends `number` as [`Reader::number`] reads it.
#[inline]
pub(super) fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "the lowest seven bits are meant")]
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "less than 128")]
    out.push(number as u8);
}

/// Appends `bytes` behind their length.
#[inline]
pub(super) fn write_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_written_and_as_long_as_told() {
        let numbers = (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit]).chain([u64::MAX]);
        for number in numbers {
            let mut out = Vec::new();
            write_number(&mut out, number);
            assert_eq!(out.len(), number_size(number), "{number}");
            let mut reader = Reader::new(&out);
            assert_eq!(reader.number().unwrap(), number);
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn a_number_has_one_form() {
        for bytes in [&[0x80, 0x00][..], &[0xff; 10], &[0x80; 11], &[0x80]] {
            assert!(Reader::new(bytes).number().is_err(), "{bytes:?}");
        }
    }
}
