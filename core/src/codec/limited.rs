//! Reads any serde format within limits.
//!
//! A wrapper around a deserializer that counts how deep it is and how many elements it met, so a hostile body
//! neither overflows the stack nor runs on for the 2^64 elements that it claims. No crate does just that:
//! `serde_stacker` grows the stack instead, and formats differ in what they limit. The price is a counter a value.

use std::any::type_name;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::canonical::has_function;

/// Levels that are read in any case: nothing deeper is written, and every stack holds so many.
pub(super) const DEEPEST: u32 = 128;

/// What may still be read.
#[derive(Debug)]
pub(super) struct Budget {
    depth: Cell<u32>,
    elements: Cell<u64>,
    too_deep: Cell<bool>,
    /// Whether it is of interest how the type reads.
    observes: bool,
    asks: Cell<bool>,
    by_content: Cell<bool>,
}

impl Budget {
    pub(super) fn new(limits: super::Limits) -> Self {
        Self {
            depth: Cell::new(limits.max_depth.min(DEEPEST)),
            elements: Cell::new(limits.max_decoded),
            too_deep: Cell::new(false),
            observes: false,
            asks: Cell::new(false),
            by_content: Cell::new(false),
        }
    }

    /// A budget that also observes how the type reads.
    pub(super) fn observing(limits: super::Limits) -> Self {
        Self { observes: true, ..Self::new(limits) }
    }

    /// Whether there were as many elements as the limit allows.
    pub(super) fn is_exhausted(&self) -> bool {
        self.elements.get() == 0
    }

    /// Whether there were more levels than the limit allows.
    pub(super) fn is_too_deep(&self) -> bool {
        self.too_deep.get()
    }

    /// Whether the type asked the format for the kind of a value, as untagged, internally tagged and flattened types
    /// do.
    pub(super) fn is_dynamic(&self) -> bool {
        self.asks.get()
    }

    /// Whether it depends on the content of a value what the type makes of it: it asked for the kind of a part, a
    /// function of the user read a field, or a part was ignored.
    pub(super) fn is_by_content(&self) -> bool {
        self.by_content.get()
    }

    /// Notes that a `T` is read by asking for its kind.
    fn asks<T>(&self) {
        if self.observes {
            self.asks.set(true);
            // A JSON value holds every kind, so its content makes no difference.
            self.by_content
                .set(self.by_content.get() || !type_name::<T>().ends_with("serde_json::value::Value"));
        }
    }

    /// Notes that a `T` is read.
    fn reads<T>(&self) {
        if self.observes && has_function::<T>("__DeserializeWith") {
            self.by_content.set(true);
        }
    }

    fn count<E: Error>(&self) -> Result<(), E> {
        let left = self.elements.get().checked_sub(1).ok_or_else(|| E::custom("too many elements"))?;
        self.elements.set(left);
        Ok(())
    }

    /// Runs `read` one level deeper.
    fn deeper<T, E: Error>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let left = self.depth.get().checked_sub(1).ok_or_else(|| {
            self.too_deep.set(true);
            E::custom("nested too deeply")
        })?;
        self.depth.set(left);
        let read = read();
        self.depth.set(left + 1);
        read
    }
}

/// Reads a whole `V`, within a budget.
pub(super) struct Seed<'a, V> {
    budget: &'a Budget,
    value: PhantomData<V>,
}

impl<'a, V> Seed<'a, V> {
    pub(super) fn new(budget: &'a Budget) -> Self {
        Self { budget, value: PhantomData }
    }
}

impl<'de, V: DeserializeOwned> DeserializeSeed<'de> for Seed<'_, V> {
    type Value = V;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V, D::Error> {
        V::deserialize(Limited { inner: deserializer, budget: self.budget })
    }
}

/// A deserializer, visitor, seed or access of serde that counts.
struct Limited<'a, T> {
    inner: T,
    budget: &'a Budget,
}

impl<'a, T> Limited<'a, T> {
    fn wrap<U>(budget: &'a Budget, inner: U) -> Limited<'a, U> {
        Limited { inner, budget }
    }
}

/// Hands the call on, with the visitor wrapped.
macro_rules! forward {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            self.inner.$method(Self::wrap(self.budget, visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Limited<'_, D> {
    type Error = D::Error;

    forward! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_bytes deserialize_option
        deserialize_unit deserialize_seq deserialize_map deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.budget.asks::<V::Value>();
        self.inner.deserialize_any(Self::wrap(self.budget, visitor))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.budget.by_content.set(true);
        self.inner.deserialize_ignored_any(Self::wrap(self.budget, visitor))
    }

    // Owned text and bytes are asked for as borrowed ones: some formats allocate what an owned one claims to have.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.inner.deserialize_unit_struct(name, Self::wrap(self.budget, visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.inner.deserialize_newtype_struct(name, Self::wrap(self.budget, visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Self::Error> {
        self.inner.deserialize_tuple(len, Self::wrap(self.budget, visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.inner.deserialize_tuple_struct(name, len, Self::wrap(self.budget, visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.inner.deserialize_struct(name, fields, Self::wrap(self.budget, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.inner.deserialize_enum(name, variants, Self::wrap(self.budget, visitor))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Hands a plain value on.
macro_rules! visit {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<Self::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Limited<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visit! {
        visit_bool(bool) visit_i8(i8) visit_i16(i16) visit_i32(i32) visit_i64(i64) visit_i128(i128) visit_u8(u8)
        visit_u16(u16) visit_u32(u32) visit_u64(u64) visit_u128(u128) visit_f32(f32) visit_f64(f64)
        visit_char(char) visit_str(&str) visit_borrowed_str(&'de str) visit_string(String) visit_bytes(&[u8])
        visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let Self { inner, budget } = self;
        budget.deeper(|| inner.visit_some(Self::wrap(budget, deserializer)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let Self { inner, budget } = self;
        budget.deeper(|| inner.visit_newtype_struct(Self::wrap(budget, deserializer)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        let Self { inner, budget } = self;
        budget.deeper(|| inner.visit_seq(Self::wrap(budget, access)))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        let Self { inner, budget } = self;
        budget.deeper(|| inner.visit_map(Self::wrap(budget, access)))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        let Self { inner, budget } = self;
        budget.deeper(|| inner.visit_enum(Self::wrap(budget, access)))
    }
}

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Limited<'_, T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        self.budget.count()?;
        self.budget.reads::<T::Value>();
        self.inner.deserialize(Self::wrap(self.budget, deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Limited<'_, A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, A::Error> {
        self.inner.next_element_seed(Self::wrap(self.budget, seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Limited<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.inner.next_key_seed(Self::wrap(self.budget, seed))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.inner.next_value_seed(Self::wrap(self.budget, seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Limited<'a, A> {
    type Error = A::Error;
    type Variant = Limited<'a, A::Variant>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(Self::wrap(self.budget, seed))?;
        Ok((value, Self::wrap(self.budget, variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Limited<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.inner.newtype_variant_seed(Self::wrap(self.budget, seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, Self::wrap(self.budget, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Self::wrap(self.budget, visitor))
    }
}
