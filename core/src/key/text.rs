//! Text and shared bytes as keys.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;

use super::{CacheKey, Decoder, Encoder, FromKey};
use crate::error::{Error, ErrorKind, Result};

impl CacheKey for str {
    #[inline]
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.text(self)
    }
}

impl CacheKey for String {
    #[inline]
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.text(self)
    }
}

impl CacheKey for char {
    /// Writes text of one character.
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.text(self.encode_utf8(&mut [0; 4]))
    }
}

impl FromKey for char {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        let text = decoder.text()?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err(Error::new(ErrorKind::Decode, "expected text of one character")),
        }
    }
}

macro_rules! owned_text {
    ($($owned:ty)*) => { $(
        impl FromKey for $owned {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
                decoder.text().map(Self::from)
            }
        }
    )* };
}

owned_text!(String Box<str> Rc<str> Arc<str>);

impl CacheKey for Bytes {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.bytes(self)
    }
}

impl FromKey for Bytes {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.bytes().map(|bytes| Self::from(bytes.into_owned()))
    }
}
