//! Slices, arrays, vectors, queues and lists as keys: bytes where the elements are `u8`, else sequences.

use std::collections::{LinkedList, VecDeque};

use super::{CacheKey, Decoder, Encoder, FromKey};
use crate::error::{Error, ErrorKind, Result};

impl<T: CacheKey> CacheKey for [T] {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        T::encode_slice(self, encoder)
    }
}

impl<T: CacheKey, const N: usize> CacheKey for [T; N] {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        T::encode_slice(self, encoder)
    }
}

impl<T: CacheKey> CacheKey for Vec<T> {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        T::encode_slice(self, encoder)
    }
}

impl<T: FromKey> FromKey for Vec<T> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        T::decode_vec(decoder)
    }
}

impl<T: FromKey> FromKey for Box<[T]> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        T::decode_vec(decoder).map(Vec::into_boxed_slice)
    }
}

impl<T: FromKey, const N: usize> FromKey for [T; N] {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        Self::try_from(T::decode_vec(decoder)?).map_err(|found| {
            Error::new(ErrorKind::Decode, format!("expected {N} elements, found {}", found.len()))
        })
    }
}

macro_rules! lists {
    ($($list:ident)*) => { $(
        // Of `u8` too: only what lies in memory in one piece is bytes.
        impl<T: CacheKey> CacheKey for $list<T> {
            fn encode(&self, encoder: &mut Encoder) -> Result<()> {
                encoder.sequence(|encoder| self.iter().try_for_each(|value| encoder.element(value)))
            }
        }

        impl<T: FromKey> FromKey for $list<T> {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
                decoder.sequence(|elements| std::iter::from_fn(|| elements.next().transpose()).collect())
            }
        }
    )* };
}

lists!(VecDeque LinkedList);
