//! Numbers and truth values as keys.

use super::{CacheKey, Decoder, Encoder, FromKey};
use crate::error::{Error, ErrorKind, Result};

macro_rules! integers {
    ($($integer:ty)*) => { $(
        impl CacheKey for $integer {
            #[inline]
            fn encode(&self, encoder: &mut Encoder) -> Result<()> {
                encoder.integer(*self)
            }
        }

        impl FromKey for $integer {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
                decoder.integer()
            }
        }
    )* };
}

integers!(u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl CacheKey for u8 {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.integer(*self)
    }

    fn encode_slice(slice: &[Self], encoder: &mut Encoder) -> Result<()> {
        encoder.bytes(slice)
    }
}

impl FromKey for u8 {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.integer()
    }

    fn decode_vec(decoder: &mut Decoder<'_>) -> Result<Vec<Self>> {
        decoder.bytes().map(std::borrow::Cow::into_owned)
    }
}

impl CacheKey for f64 {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.float(*self)
    }
}

impl FromKey for f64 {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.float()
    }
}

impl CacheKey for f32 {
    /// Writes the `f64` of the same value, so that the width of a float makes no difference.
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.float(f64::from(*self))
    }
}

impl FromKey for f32 {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        let value = decoder.float()?;
        #[expect(clippy::cast_possible_truncation, reason = "what is lost is found below")]
        let short = value as Self;
        if value.is_nan() || f64::from(short).to_bits() == value.to_bits() {
            Ok(short)
        } else {
            Err(Error::new(ErrorKind::Decode, "a float beyond the precision of f32"))
        }
    }
}

impl CacheKey for bool {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.bool(*self)
    }
}

impl FromKey for bool {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.bool()
    }
}
