//! Options, and what points to a value: a pointer is the key that its value is.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::{CacheKey, Decoder, Encoder, FromKey};
use crate::error::Result;

impl<T: CacheKey> CacheKey for Option<T> {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        match self {
            Some(value) => encoder.some(value),
            None => encoder.null(),
        }
    }
}

impl<T: FromKey> FromKey for Option<T> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.option()
    }
}

impl<T: CacheKey + ?Sized> CacheKey for &T {
    #[inline]
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        T::encode(self, encoder)
    }
}

impl<T: CacheKey + ?Sized> CacheKey for &mut T {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        T::encode(self, encoder)
    }
}

impl<T: CacheKey + ToOwned + ?Sized> CacheKey for Cow<'_, T> {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        T::encode(self, encoder)
    }
}

impl<T: ToOwned<Owned: FromKey> + ?Sized> FromKey for Cow<'_, T> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        T::Owned::decode(decoder).map(Self::Owned)
    }
}

macro_rules! pointers {
    ($($pointer:ident)*) => { $(
        impl<T: CacheKey + ?Sized> CacheKey for $pointer<T> {
            fn encode(&self, encoder: &mut Encoder) -> Result<()> {
                T::encode(self, encoder)
            }
        }

        impl<T: FromKey> FromKey for $pointer<T> {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
                T::decode(decoder).map(Self::new)
            }
        }
    )* };
}

pointers!(Box Rc Arc);
