//! Writes keys, element by element.
//!
//! The encoder accepts only what can be read back: it counts elements and depth, sorts sets and maps itself, and
//! takes back whatever an element wrote before it failed. The price is one addition for each element.

use smallvec::SmallVec;

use super::CacheKey;
use super::element::{self, END, ESCAPED, MOST_DEPTH};
use crate::error::{Error, ErrorKind, Result};

/// The bytes of a key: short ones lie in place.
pub(crate) type Encoded = SmallVec<[u8; 64]>;

/// Writes the elements of a key; [`CacheKey::encode`] gets one and writes exactly one element.
///
/// ```
/// use larder_core::Result;
/// use larder_core::key::{CacheKey, Encoder, Key, Namespace};
///
/// struct Page {
///     number: u32,
/// }
///
/// impl CacheKey for Page {
///     fn encode(&self, encoder: &mut Encoder) -> Result<()> {
///         encoder.structure("Page", |fields| fields.field("number", &self.number))
///     }
/// }
///
/// let key = Key::new(&Namespace::named("pages"), &Page { number: 7 })?;
/// assert_eq!(key.to_string(), "pages/Page { number: 7 }");
/// # Ok::<(), larder_core::Error>(())
/// ```
///
/// # Errors
///
/// Every method answers [`ErrorKind::Invalid`] for what no key can hold (elements deeper than 128, an empty name,
/// two equal keys of a map, a NaN that is the whole key) and [`ErrorKind::Encode`] where a [`CacheKey`] wrote no
/// element, or several, in the place of one. An element that failed has written nothing.
#[derive(Debug)]
pub struct Encoder {
    bytes: Encoded,
    depth: usize,
    /// Elements written so far where the encoder stands.
    elements: usize,
    rules: Rules,
    zeros: Zeros,
}

/// Whether the sign of a zero counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zeros {
    Equal,
    Signed,
}

/// Whether what cannot be read back is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    Kept,
    /// For comparing and showing values that may be no keys.
    Waived,
}

/// Where one element of a set, or one pair of a map, lies.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    /// The end of what is compared: of the element, or of the key of the pair.
    compared: usize,
    end: usize,
}

#[expect(clippy::missing_errors_doc, reason = "they are the same everywhere and said once, at the type")]
impl Encoder {
    pub(super) fn after(prefix: &[u8]) -> Self {
        Self {
            bytes: Encoded::from_slice(prefix),
            depth: 0,
            elements: 0,
            rules: Rules::Kept,
            zeros: Zeros::Equal,
        }
    }

    pub(super) fn finish(self) -> Encoded {
        self.bytes
    }

    /// Writes `value` and sees to it that it is one element.
    pub fn element(&mut self, value: &(impl CacheKey + ?Sized)) -> Result<()> {
        let before = self.elements;
        value.encode(self)?;
        match self.elements - before {
            1 => Ok(()),
            count => Err(Error::new(
                ErrorKind::Encode,
                format!("a key wrote {count} elements in the place of one"),
            )),
        }
    }

    /// Writes an element that is the whole key, and was encoded before.
    pub(super) fn encoded(&mut self, element: &[u8]) {
        self.bytes.extend_from_slice(element);
        self.elements += 1;
    }

    /// Whether what is written next is the whole key.
    pub(super) const fn is_outermost(&self) -> bool {
        self.depth == 0
    }

    /// Writes an integer; equal integers of every width and sign are one key.
    #[inline]
    pub fn integer<T>(&mut self, value: T) -> Result<()>
    where
        T: Copy + TryInto<i64> + TryInto<i128> + TryInto<u128>,
    {
        if let Ok(small) = TryInto::<i64>::try_into(value) {
            self.plain(&element::integer(small));
        } else if let Ok(positive) = TryInto::<u128>::try_into(value) {
            self.big(false, positive);
        } else if let Ok(negative) = TryInto::<i128>::try_into(value) {
            self.big(true, negative.unsigned_abs());
        } else {
            return Err(Error::new(ErrorKind::Invalid, "an integer of more than 128 bits"));
        }
        Ok(())
    }

    /// Writes an integer outside the 64-bit signed range.
    pub(super) fn big(&mut self, negative: bool, magnitude: u128) {
        let (mut bytes, length) = element::big(magnitude);
        if negative {
            // Complemented, a greater magnitude sorts before a smaller one.
            for byte in &mut bytes {
                *byte = !*byte;
            }
        }
        self.bytes.push(if negative { element::BELOW } else { element::ABOVE });
        self.bytes.extend(bytes.into_iter().take(length));
        self.elements += 1;
    }

    /// Writes a float, which never equals an integer; zeros have no sign, but within [`signed_zeros`](Self::signed_zeros).
    /// NaN is refused where it is the whole key, and equals itself within a greater one.
    pub fn float(&mut self, value: f64) -> Result<()> {
        if self.zeros == Zeros::Signed && value == 0.0 && value.is_sign_negative() {
            return self.structure("-0.0", |_| Ok(()));
        }
        if value.is_nan() && self.depth == 0 && self.rules == Rules::Kept {
            return Err(Error::new(ErrorKind::Invalid, "a key cannot be NaN"));
        }
        self.plain(&element::float(value));
        Ok(())
    }

    /// Writes with `write`, for which `-0.0` is another value than `0.0`: an empty structure of that name.
    ///
    /// As keys of a cache the two are equal, as they are to `==`. A function can tell them apart, by `1.0 / x`, so the arguments
    /// of a call are written so.
    ///
    /// ```
    /// use larder_core::Result;
    /// use larder_core::key::{CacheKey, Encoder, Key, Namespace};
    ///
    /// struct Argument(f64);
    ///
    /// impl CacheKey for Argument {
    ///     fn encode(&self, encoder: &mut Encoder) -> Result<()> {
    ///         encoder.signed_zeros(|encoder| encoder.element(&self.0))
    ///     }
    /// }
    ///
    /// let calls = Namespace::named("calls");
    /// assert_ne!(Key::new(&calls, &Argument(0.0))?, Key::new(&calls, &Argument(-0.0))?);
    /// assert_eq!(Key::new(&calls, &0.0)?, Key::new(&calls, &-0.0)?);
    /// # Ok::<(), larder_core::Error>(())
    /// ```
    pub fn signed_zeros(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let before = std::mem::replace(&mut self.zeros, Zeros::Signed);
        let written = write(self);
        self.zeros = before;
        written
    }

    /// Writes text, which is compared by code points and not normalised.
    pub fn text(&mut self, value: &str) -> Result<()> {
        self.bytes.push(element::TEXT);
        self.escape(value.as_bytes());
        self.elements += 1;
        Ok(())
    }

    /// Writes bytes, which never equal text.
    pub fn bytes(&mut self, value: &[u8]) -> Result<()> {
        self.bytes.push(element::BYTES);
        self.escape(value);
        self.elements += 1;
        Ok(())
    }

    /// Writes the absence of a value, as `None` does.
    pub fn null(&mut self) -> Result<()> {
        self.plain(&[element::NULL]);
        Ok(())
    }

    /// Writes a value where there might have been none, as `Some` does; it never equals the value itself.
    pub fn some(&mut self, value: &(impl CacheKey + ?Sized)) -> Result<()> {
        self.nested(element::SOME, |encoder| encoder.element(value))
    }

    /// Writes a truth value, which never equals a number.
    pub fn bool(&mut self, value: bool) -> Result<()> {
        self.plain(&[if value { element::TRUE } else { element::FALSE }]);
        Ok(())
    }

    /// Writes a sequence: `write` writes its elements in order.
    pub fn sequence(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.nested(element::SEQUENCE, |encoder| {
            write(encoder)?;
            encoder.bytes.push(END);
            Ok(())
        })
    }

    /// Writes a tuple, which never equals a sequence: `write` writes its elements in order.
    pub fn tuple(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.nested(element::TUPLE, |encoder| {
            write(encoder)?;
            encoder.bytes.push(END);
            Ok(())
        })
    }

    /// Writes a set; order and repetition of `elements` make no difference.
    pub fn set<T: CacheKey>(&mut self, elements: impl IntoIterator<Item = T>) -> Result<()> {
        self.nested(element::SET, |encoder| {
            let (from, mut spans) = (encoder.bytes.len(), Vec::new());
            for value in elements {
                let start = encoder.bytes.len();
                encoder.element(&value)?;
                spans.push(Span { start, compared: encoder.bytes.len(), end: encoder.bytes.len() });
            }
            if !encoder.is_ascending(&spans) {
                encoder.sort(&mut spans);
                spans.dedup_by(|a, b| encoder.compared(a) == encoder.compared(b));
                encoder.arrange(from, &spans);
            }
            encoder.bytes.push(END);
            Ok(())
        })
    }

    /// Writes a map; the order of `pairs` makes no difference.
    pub fn map<K: CacheKey, V: CacheKey>(&mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Result<()> {
        self.nested(element::MAP, |encoder| {
            let (from, mut spans) = (encoder.bytes.len(), Vec::new());
            for (key, value) in pairs {
                let start = encoder.bytes.len();
                encoder.element(&key)?;
                let compared = encoder.bytes.len();
                encoder.element(&value)?;
                spans.push(Span { start, compared, end: encoder.bytes.len() });
            }
            if !encoder.is_ascending(&spans) {
                encoder.sort(&mut spans);
                if encoder.rules == Rules::Kept && !encoder.is_ascending(&spans) {
                    return Err(Error::new(ErrorKind::Invalid, "two keys of a map are encoded alike"));
                }
                encoder.arrange(from, &spans);
            }
            encoder.bytes.push(END);
            Ok(())
        })
    }

    /// Writes a structure of a user's type: its name, then the fields that `write` writes, in their order.
    pub fn structure(&mut self, name: &str, write: impl FnOnce(&mut Fields<'_>) -> Result<()>) -> Result<()> {
        self.nested(element::STRUCTURE, |encoder| {
            encoder.name(name)?;
            write(&mut Fields { encoder })?;
            encoder.bytes.push(END);
            Ok(())
        })
    }

    /// Writes a variant of a user's enum: both names, then the fields that `write` writes, in their order.
    pub fn variant(
        &mut self,
        name: &str,
        variant: &str,
        write: impl FnOnce(&mut Fields<'_>) -> Result<()>,
    ) -> Result<()> {
        self.nested(element::VARIANT, |encoder| {
            encoder.name(name)?;
            encoder.name(variant)?;
            write(&mut Fields { encoder })?;
            encoder.bytes.push(END);
            Ok(())
        })
    }

    fn plain(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.elements += 1;
    }

    /// Writes `tag` and what `write` adds as one element, or nothing.
    fn nested(&mut self, tag: u8, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.depth == MOST_DEPTH && self.rules == Rules::Kept {
            return Err(Error::new(ErrorKind::Invalid, "a key of more than 128 elements within each other"));
        }
        let (start, elements) = (self.bytes.len(), self.elements);
        self.bytes.push(tag);
        self.depth += 1;
        let written = write(self);
        self.depth -= 1;
        self.elements = elements;
        match written {
            Ok(()) => self.elements += 1,
            // A caller that goes on after the error must not leave half an element behind.
            Err(_) => self.bytes.truncate(start),
        }
        written
    }

    fn name(&mut self, name: &str) -> Result<()> {
        if name.is_empty() && self.rules == Rules::Kept {
            return Err(Error::new(ErrorKind::Invalid, "a type, a variant or a field without a name"));
        }
        self.escape(name.as_bytes());
        Ok(())
    }

    /// Writes content and its end; a zero byte within is followed by one that no element begins with, as in the
    /// [tuple layer](https://github.com/apple/foundationdb/blob/main/design/tuple.md) of `FoundationDB`.
    #[inline]
    fn escape(&mut self, content: &[u8]) {
        if has_zero(content) {
            for part in content.split_inclusive(|byte| *byte == 0) {
                self.bytes.extend_from_slice(part);
                if part.ends_with(&[0]) {
                    self.bytes.push(ESCAPED);
                }
            }
        } else {
            self.bytes.extend_from_slice(content);
        }
        self.bytes.push(END);
    }

    fn compared(&self, span: &Span) -> &[u8] {
        self.bytes.get(span.start..span.compared).unwrap_or_default()
    }

    fn is_ascending(&self, spans: &[Span]) -> bool {
        spans.is_sorted_by(|a, b| self.compared(a) < self.compared(b))
    }

    fn sort(&self, spans: &mut [Span]) {
        spans.sort_by(|a, b| self.compared(a).cmp(self.compared(b)));
    }

    /// Puts the elements of a set or a map, written since `from`, into the order of `spans`.
    fn arrange(&mut self, from: usize, spans: &[Span]) {
        let mut arranged = Vec::with_capacity(self.bytes.len() - from);
        for span in spans {
            arranged.extend_from_slice(self.bytes.get(span.start..span.end).unwrap_or_default());
        }
        self.bytes.truncate(from);
        self.bytes.extend_from_slice(&arranged);
    }
}

/// Whether there is a zero byte: eight bytes at a time, as keys are short and a search takes longer to begin.
#[inline]
fn has_zero(content: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    // Borrows reach a high bit that was not set only from a byte that was zero.
    let is_in = |eight: &[u8; 8]| {
        let word = u64::from_ne_bytes(*eight);
        word.wrapping_sub(ONES) & !word & HIGHS != 0
    };
    match content.last_chunk() {
        Some(last) => content.as_chunks().0.iter().any(is_in) || is_in(last),
        None => content.contains(&0),
    }
}

/// The element of a value whose encoding cannot fail, or is only compared or shown.
pub(crate) fn encoding(value: &impl CacheKey) -> Encoded {
    let mut encoder =
        Encoder { bytes: Encoded::new(), depth: 0, elements: 0, rules: Rules::Waived, zeros: Zeros::Equal };
    // With its rules waived an encoder refuses nothing.
    let _ = value.encode(&mut encoder);
    encoder.bytes
}

/// Writes the fields of a structure or a variant.
#[derive(Debug)]
pub struct Fields<'a> {
    encoder: &'a mut Encoder,
}

impl Fields<'_> {
    /// Writes one field. Fields of tuple structures are named `0`, `1` and so on.
    ///
    /// # Errors
    ///
    /// As every method of [`Encoder`]; the structure as a whole is then not written.
    pub fn field(&mut self, name: &str, value: &(impl CacheKey + ?Sized)) -> Result<()> {
        self.encoder.name(name)?;
        self.encoder.element(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_byte_is_found_wherever_it_is_and_nothing_else() {
        for length in 0..40 {
            for other in [0x01, 0x7F, 0x80, 0xFF] {
                let mut content = vec![other; length];
                assert!(!has_zero(&content), "{length} bytes of {other}");
                for place in 0..length {
                    content[place] = 0;
                    assert!(has_zero(&content), "{length} bytes of {other}, the zero at {place}");
                    content[place] = other;
                }
            }
        }
    }
}
