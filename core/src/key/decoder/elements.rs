//! What lies within an element: the elements of containers and the fields of structures.
//!
//! Sets and maps must come in the order of their encodings, without repetition; this is where that is seen to.

use std::borrow::Cow;

use super::{Decoder, corrupt, unexpected};
use crate::error::{Error, ErrorKind, Result};
use crate::key::FromKey;
use crate::key::element::{END, ESCAPED};

/// How the elements of a container follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    AsWritten,
    Ascending,
    AscendingPairs,
}

/// Reads the elements of a sequence, a tuple, a set or a map.
#[derive(Debug)]
pub struct Elements<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
    order: Order,
    /// The encoding of the element, or the key of a pair, that came before.
    last: Option<&'a [u8]>,
    in_pair: bool,
}

impl<'d, 'a> Elements<'d, 'a> {
    pub(super) fn of(decoder: &'d mut Decoder<'a>, order: Order) -> Self {
        Self { decoder, order, last: None, in_pair: false }
    }

    /// Reads the next element, if there is one.
    ///
    /// # Errors
    ///
    /// As every method of [`Decoder`].
    #[expect(clippy::should_implement_trait, reason = "each element may be of another type")]
    pub fn next<T: FromKey>(&mut self) -> Result<Option<T>> {
        self.next_with(T::decode)
    }

    pub(in crate::key) fn next_with<T>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'a>) -> Result<T>,
    ) -> Result<Option<T>> {
        if !self.in_pair && self.decoder.peek().is_none_or(|tag| tag == END) {
            return Ok(None);
        }
        let before = self.decoder.rest;
        let value = self.decoder.element_with(read)?;
        let encoding = before.split_at(before.len() - self.decoder.rest.len()).0;
        if self.order == Order::Ascending || self.order == Order::AscendingPairs && !self.in_pair {
            if self.last.is_some_and(|last| last >= encoding) {
                return Err(corrupt("the elements of a set or a map are not in order"));
            }
            self.last = Some(encoding);
        }
        self.in_pair = self.order == Order::AscendingPairs && !self.in_pair;
        Ok(Some(value))
    }

    /// Reads the next element, which must be there.
    ///
    /// # Errors
    ///
    /// As every method of [`Decoder`]; [`ErrorKind::Decode`] at the end.
    pub fn required<T: FromKey>(&mut self) -> Result<T> {
        self.next()?.ok_or_else(|| Error::new(ErrorKind::Decode, "fewer elements than expected"))
    }
}

/// Reads the fields of a structure or a variant.
#[derive(Debug)]
pub struct NamedFields<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
}

impl<'d, 'a> NamedFields<'d, 'a> {
    pub(super) fn of(decoder: &'d mut Decoder<'a>) -> Self {
        Self { decoder }
    }

    /// Reads the next field, which must have this name.
    ///
    /// # Errors
    ///
    /// As every method of [`Decoder`].
    pub fn field<T: FromKey>(&mut self, name: &str) -> Result<T> {
        match self.any()? {
            Some((found, value)) if found == name => Ok(value),
            Some((found, _)) => Err(unexpected(name, &found)),
            None => Err(unexpected(name, "no field")),
        }
    }

    /// The error of an enum that has no variant of this name.
    pub fn unknown_variant(&self, variant: &str) -> Error {
        Error::new(ErrorKind::Decode, format!("no variant is named {variant}"))
    }

    /// Reads the next field whatever its name, if there is one.
    pub(in crate::key) fn any<T: FromKey>(&mut self) -> Result<Option<(Cow<'a, str>, T)>> {
        self.any_with(|name, decoder| Ok((name, T::decode(decoder)?)))
    }

    pub(in crate::key) fn any_with<T>(
        &mut self,
        read: impl FnOnce(Cow<'a, str>, &mut Decoder<'a>) -> Result<T>,
    ) -> Result<Option<T>> {
        // A name that begins with U+0000 begins with an escaped zero, the end with a plain one.
        if self.decoder.peek() == Some(END) && self.decoder.rest.get(1) != Some(&ESCAPED) {
            return Ok(None);
        }
        let name = self.decoder.name()?;
        self.decoder.element_with(|decoder| read(name, decoder)).map(Some)
    }
}
