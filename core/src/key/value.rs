//! Keys as values of no particular type: what listings and the command line show.

use std::cmp::Ordering;
use std::fmt;

use bytes::Bytes;

use super::collections::pair;
use super::decoder::{NamedFields, Whole};
use super::element::{self, Number};
use super::encoder::encoding;
use super::{CacheKey, Decoder, Elements, Encoder, Fields, FromKey, show};
use crate::error::{Error, ErrorKind, Result};

/// The value of a key, of whatever type it was.
///
/// A value that was read from a key encodes to the bytes of that key. Equality and order are those of the
/// encodings, so a set is equal to itself in another order.
///
/// ```
/// use larder_core::key::{Key, KeyValue, Namespace};
///
/// let value = Key::new(&Namespace::named("users"), &("ann", 42))?.value()?;
/// assert_eq!(value, KeyValue::Tuple(vec![KeyValue::Text("ann".into()), KeyValue::Integer(42)]));
/// assert_eq!(value.to_string(), r#"("ann", 42)"#);
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum KeyValue {
    /// The absence of a value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A 64-bit signed integer.
    Integer(i64),
    /// An integer beyond 64 bits; one within is the same key as the [`Integer`](Self::Integer).
    BigInteger {
        /// Whether it is below zero.
        negative: bool,
        /// Its distance from zero.
        magnitude: u128,
    },
    /// A float; zeros have no sign, and NaN is one value.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Bytes),
    /// A value where there might have been none.
    Some(Box<Self>),
    /// Elements in order.
    Sequence(Vec<Self>),
    /// Elements in order, of a number that the type fixes.
    Tuple(Vec<Self>),
    /// Elements without order; repeated ones count once.
    Set(Vec<Self>),
    /// Pairs of key and value without order.
    Map(Vec<(Self, Self)>),
    /// A structure of a user's type.
    Struct {
        /// The name of the type.
        name: String,
        /// The fields in order.
        fields: Vec<(String, Self)>,
    },
    /// A variant of a user's enum.
    Variant {
        /// The name of the enum.
        name: String,
        /// The name of the variant.
        variant: String,
        /// The fields in order.
        fields: Vec<(String, Self)>,
    },
}

impl CacheKey for KeyValue {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        let write = |fields: &mut Fields<'_>, all: &[(String, Self)]| {
            all.iter().try_for_each(|(name, value)| fields.field(name, value))
        };
        match self {
            Self::Null => encoder.null(),
            Self::Bool(value) => encoder.bool(*value),
            Self::Integer(value) => encoder.integer(*value),
            Self::BigInteger { negative: false, magnitude } => encoder.integer(*magnitude),
            Self::BigInteger { negative: true, magnitude } => {
                if let Some(value) = 0_i128.checked_sub_unsigned(*magnitude) {
                    return encoder.integer(value);
                }
                encoder.big(true, *magnitude);
                Ok(())
            }
            Self::Float(value) => encoder.float(*value),
            Self::Text(value) => encoder.text(value),
            Self::Bytes(value) => encoder.bytes(value),
            Self::Some(value) => encoder.some(value),
            Self::Sequence(values) => {
                encoder.sequence(|encoder| values.iter().try_for_each(|value| encoder.element(value)))
            }
            Self::Tuple(values) => {
                encoder.tuple(|encoder| values.iter().try_for_each(|value| encoder.element(value)))
            }
            Self::Set(values) => encoder.set(values),
            Self::Map(pairs) => encoder.map(pairs.iter().map(|(key, value)| (key, value))),
            Self::Struct { name, fields } => encoder.structure(name, |to| write(to, fields)),
            Self::Variant { name, variant, fields } => encoder.variant(name, variant, |to| write(to, fields)),
        }
    }
}

impl FromKey for KeyValue {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        let fields = |fields: &mut NamedFields<'_, '_>| {
            std::iter::from_fn(|| fields.any().transpose())
                .map(|field| field.map(|(name, value)| (name.into_owned(), value)))
                .collect::<Result<Vec<_>>>()
        };
        Ok(match decoder.peek() {
            Some(element::NUMBER) => match decoder.any_number()? {
                Number::Integer(value) => Self::Integer(value),
                Number::Float(value) => Self::Float(value),
            },
            Some(element::TEXT) => Self::Text(decoder.text()?.into_owned()),
            Some(element::BYTES) => Self::Bytes(FromKey::decode(decoder)?),
            Some(element::NULL) => decoder.null().map(|()| Self::Null)?,
            Some(element::SOME) => {
                decoder.option::<Self>()?.map_or(Self::Null, |value| Self::Some(value.into()))
            }
            Some(element::FALSE | element::TRUE) => Self::Bool(decoder.bool()?),
            Some(element::BELOW | element::ABOVE) => match decoder.any_integer()? {
                Whole::Small(value) => Self::Integer(value),
                Whole::Big { negative, magnitude } => Self::BigInteger { negative, magnitude },
            },
            Some(element::SEQUENCE) => Self::Sequence(FromKey::decode(decoder)?),
            Some(element::TUPLE) => decoder.tuple(all).map(Self::Tuple)?,
            Some(element::SET) => decoder.set(all).map(Self::Set)?,
            Some(element::MAP) => decoder
                .map(|elements| std::iter::from_fn(|| pair(elements).transpose()).collect())
                .map(Self::Map)?,
            Some(element::STRUCTURE) => decoder.any_structure(|name, all| {
                Ok(Self::Struct { name: name.into_owned(), fields: fields(all)? })
            })?,
            Some(element::VARIANT) => decoder.any_variant(|name, variant, all| {
                let (name, variant) = (name.into_owned(), variant.into_owned());
                Ok(Self::Variant { name, variant, fields: fields(all)? })
            })?,
            _ => return Err(Error::new(ErrorKind::Corrupt, "an element without a known kind")),
        })
    }
}

fn all<T: FromKey>(elements: &mut Elements<'_, '_>) -> Result<Vec<T>> {
    std::iter::from_fn(|| elements.next().transpose()).collect()
}

/// Any value at all, looked at and not kept: the check of a key's bytes.
pub(super) struct Ignored;

impl FromKey for Ignored {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self> {
        let each = |elements: &mut Elements<'_, '_>| {
            while elements.next::<Self>()?.is_some() {}
            Ok(())
        };
        let fields = |fields: &mut NamedFields<'_, '_>| {
            while fields.any::<Self>()?.is_some() {}
            Ok(())
        };
        match decoder.peek() {
            Some(element::NUMBER) => decoder.any_number().map(drop),
            Some(element::TEXT) => decoder.text().map(drop),
            Some(element::BYTES) => decoder.bytes().map(drop),
            Some(element::NULL | element::SOME) => decoder.option::<Self>().map(drop),
            Some(element::FALSE | element::TRUE) => decoder.bool().map(drop),
            Some(element::BELOW | element::ABOVE) => decoder.any_integer().map(drop),
            Some(element::SEQUENCE) => decoder.sequence(each),
            Some(element::TUPLE) => decoder.tuple(each),
            Some(element::SET) => decoder.set(each),
            Some(element::MAP) => decoder.map(|pairs| {
                while pair::<Self, Self>(pairs)?.is_some() {}
                Ok(())
            }),
            Some(element::STRUCTURE) => decoder.any_structure(|_, all| fields(all)),
            Some(element::VARIANT) => decoder.any_variant(|_, _, all| fields(all)),
            _ => Err(Error::new(ErrorKind::Corrupt, "an element without a known kind")),
        }?;
        Ok(Self)
    }
}

impl PartialEq for KeyValue {
    fn eq(&self, other: &Self) -> bool {
        encoding(self) == encoding(other)
    }
}

impl Eq for KeyValue {}

impl PartialOrd for KeyValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KeyValue {
    fn cmp(&self, other: &Self) -> Ordering {
        encoding(self).cmp(&encoding(other))
    }
}

impl fmt::Display for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::value(f, &encoding(self))
    }
}
