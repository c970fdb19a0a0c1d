//! Refuses to write what would read back as something else.
//!
//! Some formats write without a word what they cannot hold: JSON turns NaN into null, JSON and `MessagePack` turn
//! `Some(None)` into `None`. A wrapper around their serializer refuses that, and what is nested deeper than
//! [limits](super::Limits) let it be read. The price is a check a value, of which little is left after inlining.

use std::fmt::Display;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// What a format can hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Model {
    /// All that serde has.
    Serde,
    /// One null: an option within an option, and `()` within one, would be written as `None` is.
    OneNull,
    /// One null, for unit structs as well; keys of maps are text, floats are finite.
    Json,
}

/// What is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// What the format can hold.
    pub(super) model: Model,
    /// Levels that may be nested.
    pub(super) depth: u32,
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

/// A value, or a serializer, that is under rules.
pub(super) struct Strict<T> {
    inner: T,
    rules: Rules,
    place: Place,
}

impl<T> Strict<T> {
    pub(super) fn new(inner: T, rules: Rules) -> Self {
        Self { inner, rules, place: Place::Anywhere }
    }

    fn part<U>(&self, inner: U) -> Strict<U> {
        Strict { inner, rules: self.rules, place: Place::Anywhere }
    }

    /// Goes down `levels`.
    fn deeper<E: Error>(&self, levels: u32) -> Result<Rules, E> {
        let depth = self.rules.depth.checked_sub(levels).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Rules { depth, ..self.rules })
    }

    fn not_key<E: Error>(&self) -> Result<(), E> {
        if self.place == Place::Key && self.rules.model == Model::Json {
            return Err(E::custom("a key of a map that is not text"));
        }
        Ok(())
    }

    fn not_null<E: Error>(&self) -> Result<(), E> {
        self.not_key()?;
        if self.place == Place::Some && self.rules.model != Model::Serde {
            return Err(E::custom("an option of nothing, which would read back as none"));
        }
        Ok(())
    }

    fn finite<E: Error>(&self, finite: bool) -> Result<(), E> {
        self.not_key()?;
        if self.rules.model == Model::Json && !finite {
            return Err(E::custom("a float that is not finite"));
        }
        Ok(())
    }
}

impl<T: Serialize> Serialize for Strict<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.serialize(Strict { inner: serializer, rules: self.rules, place: self.place })
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

impl<S: Serializer> Serializer for Strict<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Strict<S::SerializeSeq>;
    type SerializeTuple = Strict<S::SerializeTuple>;
    type SerializeTupleStruct = Strict<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Strict<S::SerializeTupleVariant>;
    type SerializeMap = Strict<S::SerializeMap>;
    type SerializeStruct = Strict<S::SerializeStruct>;
    type SerializeStructVariant = Strict<S::SerializeStructVariant>;

    plain! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_i128(i128) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
        serialize_u128(u128) serialize_bytes(&[u8])
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
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.not_key()?;
        let rules = self.deeper(1)?;
        self.inner.serialize_some(&Strict { inner: value, rules, place: Place::Some })
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.not_null()?;
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        if self.rules.model == Model::Json {
            self.not_null()?;
        }
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
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        // A newtype is written as what it holds, in the place where it stands.
        let rules = self.deeper(1)?;
        self.inner.serialize_newtype_struct(name, &Strict { inner: value, rules, place: self.place })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.not_key()?;
        let rules = self.deeper(1)?;
        self.inner.serialize_newtype_variant(name, index, variant, &Strict::new(value, rules))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.not_key()?;
        let rules = self.deeper(1)?;
        Ok(Strict::new(self.inner.serialize_seq(len)?, rules))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.not_key()?;
        let rules = self.deeper(1)?;
        Ok(Strict::new(self.inner.serialize_tuple(len)?, rules))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.not_key()?;
        let rules = self.deeper(1)?;
        Ok(Strict::new(self.inner.serialize_tuple_struct(name, len)?, rules))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.not_key()?;
        let rules = self.deeper(2)?;
        Ok(Strict::new(self.inner.serialize_tuple_variant(name, index, variant, len)?, rules))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.not_key()?;
        let rules = self.deeper(1)?;
        Ok(Strict::new(self.inner.serialize_map(len)?, rules))
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.not_key()?;
        let rules = self.deeper(1)?;
        Ok(Strict::new(self.inner.serialize_struct(name, len)?, rules))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.not_key()?;
        let rules = self.deeper(2)?;
        Ok(Strict::new(self.inner.serialize_struct_variant(name, index, variant, len)?, rules))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Hands the parts of a sequence or tuple on, each under the rules.
macro_rules! parts {
    ($($trait:ident::$method:ident)*) => {$(
        impl<C: $trait> $trait for Strict<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                let value = self.part(value);
                self.inner.$method(&value)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

parts! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

/// Hands the fields of a struct on, each under the rules.
macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl<C: $trait> $trait for Strict<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                let value = self.part(value);
                self.inner.serialize_field(name, &value)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                self.inner.skip_field(name)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl<C: SerializeMap> SerializeMap for Strict<C> {
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
