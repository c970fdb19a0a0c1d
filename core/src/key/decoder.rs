//! Reads keys back, element by element.
//!
//! Whatever is accepted is exactly what the encoder writes: one value has one encoding, so bytes that compare
//! equal are the only equality that anybody needs. Nothing read is trusted for a length or a depth.

mod elements;

use std::borrow::Cow;

use super::FromKey;
use super::element::{self, END, ESCAPED, MOST_DEPTH, Number};
use crate::error::{Error, ErrorKind, Result};
use elements::Order;

pub use elements::{Elements, NamedFields};

/// Reads the elements of a key; [`FromKey::decode`] gets one and reads exactly one element.
///
/// ```
/// use larder_core::Result;
/// use larder_core::key::{Decoder, FromKey, Key, Namespace};
///
/// struct Path(Vec<String>);
///
/// impl FromKey for Path {
///     fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
///         Ok(Self(decoder.text()?.split('/').map(str::to_owned).collect()))
///     }
/// }
///
/// let key = Key::new(&Namespace::named("files"), "a/b")?;
/// assert_eq!(key.decode::<Path>()?.0, ["a", "b"]);
/// # Ok::<(), larder_core::Error>(())
/// ```
///
/// # Errors
///
/// Every method answers [`ErrorKind::Decode`] for an element of another kind or a number out of range, and
/// [`ErrorKind::Corrupt`] for bytes that no encoder wrote. The decoder then stands where it stood before.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    rest: &'a [u8],
    depth: usize,
    /// Elements read so far where the decoder stands.
    elements: usize,
}

/// An integer beyond the 64-bit signed range, or one within.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whole {
    Small(i64),
    Big { negative: bool, magnitude: u128 },
}

#[expect(clippy::missing_errors_doc, reason = "they are the same everywhere and said once, at the type")]
impl<'a> Decoder<'a> {
    pub(crate) fn new(value: &'a [u8]) -> Self {
        Self { rest: value, depth: 0, elements: 0 }
    }

    /// Reads the one element that there is.
    pub(crate) fn whole<T: FromKey>(mut self) -> Result<T> {
        let value = self.element()?;
        if self.rest.is_empty() { Ok(value) } else { Err(corrupt("bytes after the end of a key")) }
    }

    /// Reads a `T` and sees to it that it is one element.
    pub fn element<T: FromKey>(&mut self) -> Result<T> {
        self.element_with(T::decode)
    }

    fn element_with<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = self.elements;
        let value = read(self)?;
        if self.elements == before + 1 {
            Ok(value)
        } else {
            Err(Error::new(ErrorKind::Decode, "a type read no element, or several, in the place of one"))
        }
    }

    /// Reads an integer.
    pub fn integer<T: TryFrom<i128> + TryFrom<u128>>(&mut self) -> Result<T> {
        let start = self.clone();
        let fits = match self.any_integer()? {
            Whole::Small(value) => T::try_from(i128::from(value)).ok(),
            Whole::Big { negative: false, magnitude } => T::try_from(magnitude).ok(),
            Whole::Big { negative: true, magnitude } => {
                0_i128.checked_sub_unsigned(magnitude).and_then(|value| T::try_from(value).ok())
            }
        };
        fits.ok_or_else(|| {
            *self = start;
            Error::new(ErrorKind::Decode, format!("an integer beyond {}", std::any::type_name::<T>()))
        })
    }

    /// Reads a float.
    pub fn float(&mut self) -> Result<f64> {
        self.leaf(|decoder| match decoder.number("a float")? {
            Number::Float(value) => Ok(value),
            Number::Integer(_) => Err(unexpected("a float", "an integer")),
        })
    }

    /// Reads text; borrowed unless it holds U+0000.
    pub fn text(&mut self) -> Result<Cow<'a, str>> {
        self.leaf(|decoder| {
            decoder.tag(element::TEXT, "text")?;
            decoder.escaped_text()
        })
    }

    /// Reads bytes; borrowed unless they hold a zero.
    pub fn bytes(&mut self) -> Result<Cow<'a, [u8]>> {
        self.leaf(|decoder| {
            decoder.tag(element::BYTES, "bytes")?;
            decoder.escaped()
        })
    }

    /// Reads the absence of a value.
    pub fn null(&mut self) -> Result<()> {
        self.leaf(|decoder| decoder.tag(element::NULL, "null"))
    }

    /// Reads a value where there might have been none: null is `None`.
    pub fn option<T: FromKey>(&mut self) -> Result<Option<T>> {
        if self.peek() == Some(element::NULL) {
            return self.null().map(|()| None);
        }
        self.some_with(T::decode).map(Some)
    }

    pub(super) fn some_with<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.nested(element::SOME, "an option", |decoder| decoder.element_with(read))
    }

    /// Reads a truth value.
    pub fn bool(&mut self) -> Result<bool> {
        self.leaf(|decoder| match decoder.peek() {
            Some(element::FALSE) => decoder.tag(element::FALSE, "false").map(|()| false),
            _ => decoder.tag(element::TRUE, "a truth value").map(|()| true),
        })
    }

    /// Reads a sequence; `read` must read all its elements.
    pub fn sequence<T>(&mut self, read: impl FnOnce(&mut Elements<'_, 'a>) -> Result<T>) -> Result<T> {
        self.container(element::SEQUENCE, "a sequence", Order::AsWritten, read)
    }

    /// Reads a tuple; `read` must read all its elements.
    pub fn tuple<T>(&mut self, read: impl FnOnce(&mut Elements<'_, 'a>) -> Result<T>) -> Result<T> {
        self.container(element::TUPLE, "a tuple", Order::AsWritten, read)
    }

    /// Reads a set; `read` must read all its elements, which come in the order of their encodings.
    pub fn set<T>(&mut self, read: impl FnOnce(&mut Elements<'_, 'a>) -> Result<T>) -> Result<T> {
        self.container(element::SET, "a set", Order::Ascending, read)
    }

    /// Reads a map; `read` must read all its pairs, key then value, which come in the order of the keys' encodings.
    pub fn map<T>(&mut self, read: impl FnOnce(&mut Elements<'_, 'a>) -> Result<T>) -> Result<T> {
        self.container(element::MAP, "a map", Order::AscendingPairs, read)
    }

    /// Reads a structure that has this name; `read` must read all its fields.
    pub fn structure<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut NamedFields<'_, 'a>) -> Result<T>,
    ) -> Result<T> {
        self.any_structure(
            |found, fields| if found == name { read(fields) } else { Err(unexpected(name, &found)) },
        )
    }

    /// Reads a variant of the enum that has this name; `read` gets the variant's name and must read all its fields.
    pub fn variant<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str, &mut NamedFields<'_, 'a>) -> Result<T>,
    ) -> Result<T> {
        self.any_variant(
            |found, variant, fields| {
                if found == name { read(&variant, fields) } else { Err(unexpected(name, &found)) }
            },
        )
    }

    pub(super) fn any_integer(&mut self) -> Result<Whole> {
        self.leaf(|decoder| match decoder.peek() {
            Some(element::BELOW) => decoder.big(true),
            Some(element::ABOVE) => decoder.big(false),
            _ => match decoder.number("an integer")? {
                Number::Integer(value) => Ok(Whole::Small(value)),
                Number::Float(_) => Err(unexpected("an integer", "a float")),
            },
        })
    }

    pub(super) fn any_number(&mut self) -> Result<Number> {
        self.leaf(|decoder| decoder.number("a number"))
    }

    pub(super) fn any_structure<T>(
        &mut self,
        read: impl FnOnce(Cow<'a, str>, &mut NamedFields<'_, 'a>) -> Result<T>,
    ) -> Result<T> {
        self.nested(element::STRUCTURE, "a structure", |decoder| {
            let name = decoder.name()?;
            let value = read(name, &mut NamedFields::of(decoder))?;
            decoder.end()?;
            Ok(value)
        })
    }

    pub(super) fn any_variant<T>(
        &mut self,
        read: impl FnOnce(Cow<'a, str>, Cow<'a, str>, &mut NamedFields<'_, 'a>) -> Result<T>,
    ) -> Result<T> {
        self.nested(element::VARIANT, "a variant", |decoder| {
            let (name, variant) = (decoder.name()?, decoder.name()?);
            let value = read(name, variant, &mut NamedFields::of(decoder))?;
            decoder.end()?;
            Ok(value)
        })
    }

    /// The tag of the next element.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn container<T>(
        &mut self,
        tag: u8,
        expected: &str,
        order: Order,
        read: impl FnOnce(&mut Elements<'_, 'a>) -> Result<T>,
    ) -> Result<T> {
        self.nested(tag, expected, |decoder| {
            let value = read(&mut Elements::of(decoder, order))?;
            decoder.end()?;
            Ok(value)
        })
    }

    /// Reads one element that holds others, or leaves the decoder where it stood.
    fn nested<T>(&mut self, tag: u8, expected: &str, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.leaf(|decoder| {
            decoder.tag(tag, expected)?;
            if decoder.depth == MOST_DEPTH {
                return Err(corrupt("a key of more than 128 elements within each other"));
            }
            decoder.depth += 1;
            read(decoder)
        })
    }

    /// Reads one element, or leaves the decoder where it stood.
    fn leaf<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let start = self.clone();
        let value = read(self);
        let rest = self.rest;
        *self = start;
        if value.is_ok() {
            self.rest = rest;
            self.elements += 1;
        }
        value
    }

    fn tag(&mut self, tag: u8, expected: &str) -> Result<()> {
        match self.rest.split_first() {
            Some((found, rest)) if *found == tag => {
                self.rest = rest;
                Ok(())
            }
            found => Err(match found.and_then(|(found, _)| described(*found)) {
                Some(described) => unexpected(expected, described),
                None => corrupt("an element without a known kind"),
            }),
        }
    }

    fn number(&mut self, expected: &str) -> Result<Number> {
        self.tag(element::NUMBER, expected)?;
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(ended)?;
        let number = element::read_number(*bytes).ok_or_else(|| corrupt("a number is not canonical"))?;
        if self.depth == 0 && matches!(number, Number::Float(value) if value.is_nan()) {
            return Err(corrupt("a key that is NaN"));
        }
        self.rest = rest;
        Ok(number)
    }

    fn big(&mut self, negative: bool) -> Result<Whole> {
        let (_, rest) = self.rest.split_first().ok_or_else(ended)?;
        let (length, rest) = rest.split_first().ok_or_else(ended)?;
        let length = usize::from(if negative { !length } else { *length });
        let (bytes, rest) = rest.split_at_checked(length).ok_or_else(ended)?;
        let magnitude =
            element::read_big(negative, bytes).ok_or_else(|| corrupt("a big integer is not canonical"))?;
        self.rest = rest;
        Ok(Whole::Big { negative, magnitude })
    }

    fn end(&mut self) -> Result<()> {
        match self.rest.split_first() {
            Some((&END, rest)) => {
                self.rest = rest;
                Ok(())
            }
            Some(_) => Err(Error::new(ErrorKind::Decode, "more elements or fields than expected")),
            None => Err(ended()),
        }
    }

    fn name(&mut self) -> Result<Cow<'a, str>> {
        let name = self.escaped_text()?;
        if name.is_empty() { Err(corrupt("a type, a variant or a field without a name")) } else { Ok(name) }
    }

    fn escaped_text(&mut self) -> Result<Cow<'a, str>> {
        match self.escaped()? {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(not_text),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(not_text),
        }
    }

    /// Reads content up to its end.
    fn escaped(&mut self) -> Result<Cow<'a, [u8]>> {
        let mut content = Cow::Borrowed(&[][..]);
        loop {
            let zero = self.rest.iter().position(|byte| *byte == END).ok_or_else(ended)?;
            let (part, rest) = self.rest.split_at(zero);
            if content.is_empty() {
                content = Cow::Borrowed(part);
            } else {
                content.to_mut().extend_from_slice(part);
            }
            if rest.get(1) != Some(&ESCAPED) {
                self.rest = rest.get(1..).unwrap_or_default();
                return Ok(content);
            }
            content.to_mut().push(0);
            self.rest = rest.get(2..).unwrap_or_default();
        }
    }
}

/// What an element with this tag is, for messages.
fn described(tag: u8) -> Option<&'static str> {
    Some(match tag {
        element::NUMBER => "a number",
        element::TEXT => "text",
        element::BYTES => "bytes",
        element::NULL => "null",
        element::SOME => "an option",
        element::FALSE | element::TRUE => "a truth value",
        element::BELOW | element::ABOVE => "a big integer",
        element::SEQUENCE => "a sequence",
        element::TUPLE => "a tuple",
        element::SET => "a set",
        element::MAP => "a map",
        element::STRUCTURE => "a structure",
        element::VARIANT => "a variant",
        _ => return None,
    })
}

fn unexpected(expected: &str, found: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("expected {expected}, found {found}"))
}

fn corrupt(message: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

fn ended() -> Error {
    corrupt("a key ends within an element")
}

fn not_text(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    corrupt("text in a key is not UTF-8").because(cause)
}
