//! Refuses to write what a format cannot give back.
//!
//! Some formats write values that they cannot hold without an error: JSON turns NaN into null, JSON and `MessagePack`
//! turn `Some(None)` into `None`, and in formats without field names a skipped field shifts all that follow. This
//! wrapper around their serializers refuses these, and values that are nested deeper than [limits](super::Limits) let
//! them be read. It also notes the branches that a value takes through its type, so that [`Verified`](super::verified)
//! reads back a value of a new form. The cost is a check for each struct, enum, option, sequence and map.

use std::fmt::Display;
use std::marker::PhantomData;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::branches::{Branch, Trace, address};

/// The reason for a value that is nested too deeply.
pub(super) const TOO_DEEP: &str = "nested too deeply";

/// What a format can hold. A type and not a value, so that a check that a format does not need costs nothing.
pub(super) trait Model {
    /// Fields have no names, so none can be left out.
    const POSITIONAL: bool = false;
    /// There is one null: an option within an option, and `()` within one, would be written as `None` is.
    const ONE_NULL: bool = false;
    /// Unit structs are null, keys of maps are text, floats are finite, and bytes are arrays.
    const JSON: bool = false;
}

/// All values of serde, in their order.
pub(super) struct Positional;

/// Fields with names, and one null.
pub(super) struct OneNull;

/// JSON.
pub(super) struct Json;

impl Model for Positional {
    const POSITIONAL: bool = true;
}

impl Model for OneNull {
    const ONE_NULL: bool = true;
}

impl Model for Json {
    const ONE_NULL: bool = true;
    const JSON: bool = true;
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Anywhere,
    /// Directly inside of `Some`: it must not look like `None`.
    Some,
    /// The key of a map.
    Key,
}

/// A value, or a serializer, that is under the rules of the model `M`. As small as can be: one is made for each part.
pub(super) struct Strict<'t, M, T> {
    inner: T,
    trace: &'t Trace<'t>,
    /// The struct or variant around this place, and the field.
    scope: u32,
    /// Levels that may still be nested.
    depth: u8,
    place: Place,
    /// Elements that are still to come, of a tuple, modulo 2^16.
    left: u16,
    model: PhantomData<M>,
}

impl<'t, M: Model, T> Strict<'t, M, T> {
    pub(super) fn new(inner: T, depth: u8, trace: &'t Trace<'t>) -> Self {
        Self { inner, trace, scope: 0, depth, place: Place::Anywhere, left: 0, model: PhantomData }
    }

    fn scoped(self, scope: u32) -> Self {
        Self { scope, ..self }
    }

    /// Expects `len` elements.
    fn of_length(self, len: usize) -> Self {
        Self { left: low_bits(len), ..self }
    }

    fn part<U>(&self, inner: U) -> Strict<'t, M, U> {
        self.below(inner, self.depth, self.scope)
    }

    fn below<U>(&self, inner: U, depth: u8, scope: u32) -> Strict<'t, M, U> {
        Strict { inner, trace: self.trace, scope, depth, place: Place::Anywhere, left: 0, model: PhantomData }
    }

    #[cold]
    fn refuse<E: Error>(&self, reason: &'static str) -> E {
        E::custom(self.trace.refuse(reason))
    }

    /// Goes down `levels`.
    fn deeper<E: Error>(&self, levels: u8) -> Result<u8, E> {
        self.depth.checked_sub(levels).ok_or_else(|| self.refuse(TOO_DEEP))
    }

    fn not_key<E: Error>(&self) -> Result<(), E> {
        if M::JSON && self.place == Place::Key {
            return Err(self.refuse("a key of a map is not text"));
        }
        Ok(())
    }

    fn not_null<E: Error>(&self) -> Result<(), E> {
        self.not_key()?;
        if M::ONE_NULL && self.place == Place::Some {
            return Err(
                self.refuse("an option that holds nothing, such as Some(None), would be read as None")
            );
        }
        Ok(())
    }

    fn finite<E: Error>(&self, finite: bool) -> Result<(), E> {
        self.not_key()?;
        if M::JSON && !finite {
            return Err(self.refuse("a float is not finite"));
        }
        Ok(())
    }

    /// Counts a value that takes no bytes in some formats.
    fn hollow(&self) {
        if M::POSITIONAL {
            self.trace.count_hollow();
        }
    }

    /// Notes a sequence or map of `len` elements.
    fn filled(&self, len: Option<usize>) {
        let kind = if len == Some(0) { Branch::Empty } else { Branch::Filled };
        self.trace.branch(kind, self.scope);
    }

    /// Notes a variant, and returns the scope of what is in it.
    fn variant(&self, name: &'static str, index: u32, variant: &'static str) -> u32 {
        let scope = address(name).rotate_left(20) ^ address(variant) ^ index.rotate_left(10);
        self.trace.branch(Branch::Variant, scope);
        // A reader counts the variant beside its value, and it may be a single byte.
        self.trace.count_hollow();
        scope
    }
}

impl<M: Model, T: Serialize> Serialize for Strict<'_, M, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let serializer = Strict { place: self.place, ..self.part(serializer) };
        self.inner.serialize(serializer)
    }
}

/// Hands a plain value on, unless it is the key of a map.
macro_rules! plain {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.not_key()?;
            self.inner.$method(value)
        }
    )*};
}

impl<'t, M: Model, S: Serializer> Serializer for Strict<'t, M, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Strict<'t, M, S::SerializeSeq>;
    type SerializeTuple = Strict<'t, M, S::SerializeTuple>;
    type SerializeTupleStruct = Strict<'t, M, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Strict<'t, M, S::SerializeTupleVariant>;
    type SerializeMap = Strict<'t, M, S::SerializeMap>;
    type SerializeStruct = Strict<'t, M, S::SerializeStruct>;
    type SerializeStructVariant = Strict<'t, M, S::SerializeStructVariant>;

    plain! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_i128(i128) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
        serialize_u128(u128)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        self.not_key()?;
        if M::JSON {
            // Written as an array.
            self.deeper(1)?;
        }
        self.inner.serialize_bytes(value)
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.finite(value.is_finite())?;
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.finite(value.is_finite())?;
        self.inner.serialize_f64(value)
    }

    fn serialize_char(self, value: char) -> Result<S::Ok, S::Error> {
        self.inner.serialize_char(value)
    }

    fn serialize_str(self, value: &str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_str(value)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.not_null()?;
        self.trace.branch(Branch::None, self.scope);
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.not_key()?;
        let depth = self.deeper(1)?;
        self.trace.branch(Branch::Some, self.scope);
        let value = Strict { place: Place::Some, ..self.below(value, depth, self.scope) };
        self.inner.serialize_some(&value)
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.not_null()?;
        self.hollow();
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        if M::JSON {
            self.not_null()?;
        }
        self.hollow();
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        // Reading it is a level as well.
        self.deeper(1)?;
        self.variant(name, index, variant);
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        // A newtype is written as what it holds, in the place where it stands.
        let depth = self.deeper(1)?;
        let value = Strict { place: self.place, ..self.below(value, depth, address(name)) };
        self.inner.serialize_newtype_struct(name, &value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.not_key()?;
        let depth = self.deeper(1)?;
        let value = self.below(value, depth, self.variant(name, index, variant));
        self.inner.serialize_newtype_variant(name, index, variant, &value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.not_key()?;
        let depth = self.deeper(1)?;
        self.filled(len);
        let Self { scope, trace, .. } = self;
        Ok(Strict::new(self.inner.serialize_seq(len)?, depth, trace).scoped(scope))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.not_key()?;
        let depth = self.deeper(1)?;
        self.hollow();
        let Self { scope, trace, .. } = self;
        Ok(Strict::new(self.inner.serialize_tuple(len)?, depth, trace).scoped(scope).of_length(len))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.not_key()?;
        let depth = self.deeper(1)?;
        self.hollow();
        let (scope, trace) = (address(name), self.trace);
        trace.tuple(scope, len);
        let inner = self.inner.serialize_tuple_struct(name, len)?;
        Ok(Strict::new(inner, depth, trace).scoped(scope).of_length(len))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.not_key()?;
        let depth = self.deeper(2)?;
        let (scope, trace) = (self.variant(name, index, variant), self.trace);
        trace.tuple(scope, len);
        let inner = self.inner.serialize_tuple_variant(name, index, variant, len)?;
        Ok(Strict::new(inner, depth, trace).scoped(scope).of_length(len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.not_key()?;
        let depth = self.deeper(1)?;
        self.filled(len);
        let Self { scope, trace, .. } = self;
        Ok(Strict::new(self.inner.serialize_map(len)?, depth, trace).scoped(scope))
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.not_key()?;
        let depth = self.deeper(1)?;
        self.hollow();
        let scope = address(name) ^ u32::try_from(len).unwrap_or(u32::MAX).rotate_left(24);
        self.trace.branch(Branch::Struct, scope);
        let trace = self.trace;
        Ok(Strict::new(self.inner.serialize_struct(name, len)?, depth, trace).scoped(scope))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.not_key()?;
        let depth = self.deeper(2)?;
        let (scope, trace) = (self.variant(name, index, variant), self.trace);
        let inner = self.inner.serialize_struct_variant(name, index, variant, len)?;
        Ok(Strict::new(inner, depth, trace).scoped(scope))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low bits are what is asked for")]
const fn low_bits(len: usize) -> u16 {
    len as u16
}

impl<M: Model, C: SerializeSeq> SerializeSeq for Strict<'_, M, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        let value = self.part(value);
        self.inner.serialize_element(&value)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}

/// Hands the elements of a tuple on, each under the rules, and counts them: a reader expects as many as were announced.
macro_rules! tuples {
    ($($trait:ident::$method:ident)*) => {$(
        impl<M: Model, C: $trait> $trait for Strict<'_, M, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.left = self.left.wrapping_sub(1);
                let value = self.part(value);
                self.inner.$method(&value)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                if self.left != 0 {
                    return Err(self.refuse("a tuple has more or fewer elements than it announced"));
                }
                self.inner.end()
            }
        }
    )*};
}

tuples! {
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

/// Hands the fields of a struct on, each under the rules.
macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl<M: Model, C: $trait> $trait for Strict<'_, M, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                let scope = self.scope ^ address(name).rotate_left(7);
                let value = self.below(value, self.depth, scope);
                self.inner.serialize_field(name, &value)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                if M::POSITIONAL {
                    return Err(self.refuse("a field is skipped, and without field names the others shift"));
                }
                self.trace.branch(Branch::Skipped, self.scope ^ address(name).rotate_left(7));
                self.inner.skip_field(name)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl<M: Model, C: SerializeMap> SerializeMap for Strict<'_, M, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        let key = Strict { place: Place::Key, ..self.part(key) };
        self.inner.serialize_key(&key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        let value = self.part(value);
        self.inner.serialize_value(&value)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}
