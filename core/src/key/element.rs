//! The bytes of single elements, version 1: tags, numbers and big integers.
//!
//! Integers and floats share one form, so that `memcmp` of two encodings compares the numbers exactly; the price
//! is eleven bytes for every number. The frozen description is `docs/design/0002-keys.md`.

/// The version of the encoding, the first byte of every key.
pub(super) const VERSION: u8 = 0x01;

/// Ends text, bytes, names and containers.
pub(super) const END: u8 = 0x00;
/// Follows a zero byte that is content and no end; no tag and no byte of UTF-8 has this value.
pub(super) const ESCAPED: u8 = 0xFF;

pub(super) const NUMBER: u8 = 0x10;
pub(super) const TEXT: u8 = 0x20;
pub(super) const BYTES: u8 = 0x30;
pub(super) const NULL: u8 = 0x40;
pub(super) const SOME: u8 = 0x41;
pub(super) const FALSE: u8 = 0x42;
pub(super) const TRUE: u8 = 0x43;
pub(super) const BELOW: u8 = 0x48;
pub(super) const ABOVE: u8 = 0x49;
pub(super) const SEQUENCE: u8 = 0x50;
pub(super) const TUPLE: u8 = 0x51;
pub(super) const SET: u8 = 0x52;
pub(super) const MAP: u8 = 0x53;
pub(super) const STRUCTURE: u8 = 0x60;
pub(super) const VARIANT: u8 = 0x61;

/// How deep elements may lie in each other, so that no key exhausts the stack of who reads it.
pub(super) const MOST_DEPTH: usize = 128;

/// The one NaN that a key may hold: quiet, positive, without a payload.
pub(super) const NAN_BITS: u64 = 0x7FF8_0000_0000_0000;

const SIGN: u64 = 1 << 63;

/// A number as an element holds it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Integer(i64),
    Float(f64),
}

/// The element of an integer: its tag, the greatest float that is not above it, and what remains to it.
pub(super) fn integer(value: i64) -> [u8; 11] {
    let (float, remainder) = floor(value);
    number(float, remainder << 1)
}

/// The element of a float. Zeros lose their sign, and every NaN becomes the one NaN.
pub(super) fn float(value: f64) -> [u8; 11] {
    // Adding zero turns the negative zero into the positive one and leaves all else.
    let value = if value.is_nan() { f64::from_bits(NAN_BITS) } else { value + 0.0 };
    number(value, 1)
}

/// Reads what follows the tag of a number; `None` where no canonical encoding has these bytes.
pub(super) fn read_number(bytes: [u8; 10]) -> Option<Number> {
    let (ordered, low) = bytes.split_at(8);
    let ordered = u64::from_be_bytes(ordered.try_into().ok()?);
    let value = f64::from_bits(if ordered & SIGN == 0 { !ordered } else { ordered ^ SIGN });
    let low = u16::from_be_bytes(low.try_into().ok()?);
    let (read, again) = if low & 1 == 1 {
        (Number::Float(value), float(value))
    } else {
        let whole = exact(value)?.checked_add(i128::from(low >> 1))?;
        let whole = i64::try_from(whole).ok()?;
        (Number::Integer(whole), integer(whole))
    };
    // One number has one encoding: whatever would be written otherwise is refused.
    (again.get(1..) == Some(bytes.as_slice())).then_some(read)
}

/// Magnitudes of integers beyond 64 bits: the length in bytes, then the bytes, without leading zeros.
pub(super) fn big(magnitude: u128) -> ([u8; 17], usize) {
    let zeros = magnitude.leading_zeros() / 8;
    let length = 16 - zeros;
    let mut bytes = [0; 17];
    let (first, rest) = bytes.split_at_mut(1);
    first.fill(u8::try_from(length).expect("a magnitude has at most 16 bytes"));
    rest.copy_from_slice(&(magnitude << (zeros * 8).min(127)).to_be_bytes());
    (bytes, 1 + length as usize)
}

/// Reads the magnitude that [`big`] wrote; `None` where a number of this sign is not written so.
pub(super) fn read_big(negative: bool, bytes: &[u8]) -> Option<u128> {
    let flip = if negative { 0xFF } else { 0x00 };
    if bytes.len() > 16 || bytes.first().is_none_or(|first| first ^ flip == 0) {
        return None;
    }
    let magnitude = bytes.iter().fold(0, |sum: u128, byte| (sum << 8) | u128::from(byte ^ flip));
    let least = if negative { (1 << 63) + 1 } else { 1 << 63 };
    (magnitude >= least).then_some(magnitude)
}

/// Flips bits so that floats compare as unsigned integers do (as in `f64::total_cmp`).
fn number(float: f64, low: u16) -> [u8; 11] {
    let bits = float.to_bits();
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    let mut bytes = [NUMBER; 11];
    bytes[1..9].copy_from_slice(&ordered.to_be_bytes());
    bytes[9..].copy_from_slice(&low.to_be_bytes());
    bytes
}

/// The greatest float that is not above `value`, and what remains: at most 1,023.
fn floor(value: i64) -> (f64, u16) {
    #[expect(clippy::cast_precision_loss, reason = "what is lost is the remainder, computed below")]
    let nearest = value as f64;
    // Within 2^53 every integer is a float, which is nearly every key.
    if value.unsigned_abs() <= 1 << 53 {
        return (nearest, 0);
    }
    let value = i128::from(value);
    let whole = |float: f64| exact(float).expect("a float next to a 64-bit integer is a whole number");
    let float = if whole(nearest) > value { nearest.next_down() } else { nearest };
    (float, u16::try_from(value - whole(float)).expect("floats near 2^63 are 1,024 apart"))
}

/// The integer that `value` is, if it is one and near enough to the 64-bit ones.
fn exact(value: f64) -> Option<i128> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within 2^63 is held exactly")]
    (value.abs() <= BOUND && value.fract() == 0.0).then_some(value as i128)
}
