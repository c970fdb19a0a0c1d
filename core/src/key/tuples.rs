//! Tuples as keys, of none to twelve elements.

use super::{CacheKey, Decoder, Encoder, FromKey};
use crate::error::Result;

impl CacheKey for () {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.tuple(|_| Ok(()))
    }
}

impl FromKey for () {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        decoder.tuple(|_| Ok(()))
    }
}

macro_rules! tuples {
    ($($($element:ident)+;)*) => { $(
        impl<$($element: CacheKey),+> CacheKey for ($($element,)+) {
            fn encode(&self, encoder: &mut Encoder) -> Result<()> {
                #[expect(non_snake_case, reason = "the elements are named as their types")]
                let ($($element,)+) = self;
                encoder.tuple(|encoder| {
                    $(encoder.element($element)?;)+
                    Ok(())
                })
            }
        }

        impl<$($element: FromKey),+> FromKey for ($($element,)+) {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
                decoder.tuple(|elements| Ok(($(elements.required::<$element>()?,)+)))
            }
        }
    )* };
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}
