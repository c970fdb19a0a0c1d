//! What can be a key, and what a key can be read back as.

use super::{Decoder, Encoder};
use crate::error::Result;

/// A value that can be a key.
///
/// It is implemented for numbers, truth values, text, bytes, tuples of up to twelve, options, sequences, sets, maps,
/// and what points to these; `#[derive(CacheKey)]` implements it for a user's types. Values that are equal must
/// write equal elements. The encoding is frozen, and so must be that of a user's type: renaming a field makes
/// other keys, which is to forget what was cached under the old ones.
///
/// | Rust | key |
/// |---|---|
/// | `u8` ... `i128`, `usize`, `isize` | integer, equal across widths and signs |
/// | `f32`, `f64` | float, never equal to an integer; `-0.0` is `0.0`; NaN only within a greater key |
/// | `str`, `String`, `char` | text |
/// | `[u8]`, `[u8; N]`, `Vec<u8>`, `Bytes` | bytes |
/// | other slices, arrays, `Vec`, `VecDeque`, `LinkedList` | sequence |
/// | tuples | tuple, never equal to a sequence |
/// | `BTreeSet`, `HashSet` | set, without order |
/// | `BTreeMap`, `HashMap` | map, without order |
/// | `None`, `Some(x)` | null, and an element that is not `x` |
/// | references, `Box`, `Rc`, `Arc`, `Cow` | what they point to |
///
/// An implementation by hand stands at [`Encoder`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of a cache",
    note = "derive it: `#[derive(larder::CacheKey)]`"
)]
pub trait CacheKey {
    /// Writes this value as exactly one element.
    ///
    /// # Errors
    ///
    /// Those of the [`Encoder`], passed on; the key is then not made and nothing is stored.
    fn encode(&self, encoder: &mut Encoder) -> Result<()>;

    /// Writes a slice of these values. Only `u8`, whose slices are bytes, has its own way.
    #[doc(hidden)]
    fn encode_slice(slice: &[Self], encoder: &mut Encoder) -> Result<()>
    where
        Self: Sized,
    {
        encoder.sequence(|encoder| slice.iter().try_for_each(|value| encoder.element(value)))
    }
}

/// A value that can be read back from a key, as iteration does: the reverse of [`CacheKey`].
///
/// Only owned types can. An implementation by hand stands at [`Decoder`].
pub trait FromKey: Sized {
    /// Reads a value from exactly one element.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when the element is no such value, and those of the
    /// [`Decoder`], passed on.
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self>;

    /// Reads a vector of these values. Only `u8`, whose vectors are bytes, has its own way.
    #[doc(hidden)]
    fn decode_vec(decoder: &mut Decoder<'_>) -> Result<Vec<Self>> {
        decoder.sequence(|elements| {
            let mut values = Vec::new();
            while let Some(value) = elements.next()? {
                values.push(value);
            }
            Ok(values)
        })
    }
}
