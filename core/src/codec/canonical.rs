//! Compares two values by what they serialize as.
//!
//! Values of any serde type have no `PartialEq`, so both are serialized into hashes. NaN equals NaN, and 0.0 differs
//! from -0.0. The order of the entries of a map does not count. The order of a sequence counts where the type is a
//! list of the standard library; any other sequence may come from a set, whose order changes from instance to
//! instance, so there only the elements count. What `Serialize` leaves out, such as a `#[serde(skip)]` field, cannot
//! be compared.

use std::any::type_name;
use std::cell::Cell;
use std::fmt::{self, Display};

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use twox_hash::XxHash3_64;

/// What the comparison found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    /// Both serialize as the same value.
    pub(super) equal: bool,
    /// A field is written by a function of the user, `#[serde(serialize_with)]`.
    pub(super) custom: bool,
}

/// Compares `a` and `b`, as a format serializes them that is `human_readable` or not.
///
/// # Errors
///
/// What `Serialize` answers.
pub(super) fn compare<V: Serialize>(a: &V, b: &V, human_readable: bool) -> Result<Compared, Failed> {
    let context = Shared { human_readable, custom: Cell::new(false) };
    let hash = |value| Hasher::part::<V>(&context, value);
    let first = hash(a)?;
    // A value that does not serialize twice alike, such as a time since now, cannot be compared.
    let equal = first == hash(b)? || first != hash(a)?;
    Ok(Compared { equal, custom: context.custom.get() })
}

/// What holds for all parts of a value.
struct Shared {
    human_readable: bool,
    custom: Cell<bool>,
}

/// Whether `T` is a list of the standard library, whose order counts; looked at through references and boxes.
fn is_list<T: ?Sized>() -> bool {
    let mut name = type_name::<T>();
    let covers =
        ["&mut ", "&", "alloc::boxed::Box<", "alloc::rc::Rc<", "alloc::sync::Arc<", "alloc::borrow::Cow<"];
    while let Some(inner) = covers.iter().find_map(|cover| name.strip_prefix(cover)) {
        name = inner;
    }
    let lists =
        ["alloc::vec::Vec<", "[", "alloc::collections::vec_deque::", "alloc::collections::linked_list::"];
    lists.iter().any(|list| name.starts_with(list))
}

/// Whether `T` is the type called `wrapper` that serde's derive makes for a field with a function of the user.
pub(super) fn has_function<T: ?Sized>(wrapper: &str) -> bool {
    let name = type_name::<T>();
    // The name has the path of the impl around it, so short ones need no search.
    name.len() > 2 * wrapper.len() && name.contains(wrapper)
}

/// Why a value could not be serialized.
#[derive(Debug)]
pub(super) struct Failed(String);

impl Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl serde::ser::Error for Failed {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// What a hash is of: kinds are apart, so that 1 of `u8` is not 1 of `u16`.
#[derive(Clone, Copy)]
enum NodeKind {
    Bool = 1,
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
    F32,
    F64,
    Char,
    Str,
    Bytes,
    None,
    Some,
    Unit,
    UnitStruct,
    NewtypeStruct,
    Seq,
    Tuple,
    TupleStruct,
    Map,
    Struct,
    UnitVariant,
    NewtypeVariant,
    TupleVariant,
    StructVariant,
}

fn mix(a: u64, b: u64) -> u64 {
    let (low, high) = (a ^ 0x2D35_8DCC_AA6C_78A5).carrying_mul(b ^ 0x8BB8_4B93_962E_ACC9, 0);
    (low ^ high ^ a.rotate_left(23)).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.rotate_left(41)
}

fn leaf(kind: NodeKind, bits: u64) -> u64 {
    mix(kind as u64, bits)
}

fn text(kind: NodeKind, bytes: &[u8]) -> u64 {
    mix(leaf(kind, bytes.len() as u64), XxHash3_64::oneshot(bytes))
}

/// A name that the type gives.
fn named(kind: NodeKind, name: &str) -> u64 {
    text(kind, name.as_bytes())
}

fn variant(kind: NodeKind, name: &str, index: u32, variant: &str) -> u64 {
    mix(mix(named(kind, name), index.into()), named(NodeKind::Str, variant))
}

/// Hashes one value.
struct Hasher<'c> {
    context: &'c Shared,
    /// Whether the value is a list, whose order counts; asked for sequences only, because it compares names.
    is_list: fn() -> bool,
}

impl<'c> Hasher<'c> {
    fn part<T: Serialize + ?Sized>(context: &'c Shared, value: &T) -> Result<u64, Failed> {
        if has_function::<T>("__SerializeWith") {
            context.custom.set(true);
        }
        value.serialize(Self { context, is_list: is_list::<T> })
    }

    fn parts(self, start: u64) -> Parts<'c> {
        Parts { hash: start, count: 0, sum: 0, key: 0, ordered: true, context: self.context }
    }
}

/// Hashes a plain number by its bits.
macro_rules! numbers {
    ($($method:ident($type:ty) $kind:ident $bits:expr;)*) => {$(
        fn $method(self, value: $type) -> Result<u64, Failed> {
            let bits: fn($type) -> u64 = $bits;
            Ok(leaf(NodeKind::$kind, bits(value)))
        }
    )*};
}

impl<'c> Serializer for Hasher<'c> {
    type Ok = u64;
    type Error = Failed;
    type SerializeSeq = Parts<'c>;
    type SerializeTuple = Parts<'c>;
    type SerializeTupleStruct = Parts<'c>;
    type SerializeTupleVariant = Parts<'c>;
    type SerializeMap = Parts<'c>;
    type SerializeStruct = Parts<'c>;
    type SerializeStructVariant = Parts<'c>;

    numbers! {
        serialize_bool(bool) Bool u64::from;
        serialize_i8(i8) I8 |value| i64::from(value).cast_unsigned();
        serialize_i16(i16) I16 |value| i64::from(value).cast_unsigned();
        serialize_i32(i32) I32 |value| i64::from(value).cast_unsigned();
        serialize_i64(i64) I64 i64::cast_unsigned;
        serialize_i128(i128) I128 |value| XxHash3_64::oneshot(&value.to_le_bytes());
        serialize_u8(u8) U8 u64::from;
        serialize_u16(u16) U16 u64::from;
        serialize_u32(u32) U32 u64::from;
        serialize_u64(u64) U64 u64::from;
        serialize_u128(u128) U128 |value| XxHash3_64::oneshot(&value.to_le_bytes());
        serialize_f32(f32) F32 |value| if value.is_nan() { f32::NAN } else { value }.to_bits().into();
        serialize_f64(f64) F64 |value| if value.is_nan() { f64::NAN } else { value }.to_bits();
        serialize_char(char) Char u64::from;
    }

    fn serialize_str(self, value: &str) -> Result<u64, Failed> {
        Ok(text(NodeKind::Str, value.as_bytes()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<u64, Failed> {
        Ok(text(NodeKind::Bytes, value))
    }

    fn serialize_none(self) -> Result<u64, Failed> {
        Ok(leaf(NodeKind::None, 0))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<u64, Failed> {
        Ok(leaf(NodeKind::Some, Self::part(self.context, value)?))
    }

    fn serialize_unit(self) -> Result<u64, Failed> {
        Ok(leaf(NodeKind::Unit, 0))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<u64, Failed> {
        Ok(named(NodeKind::UnitStruct, name))
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, of: &'static str) -> Result<u64, Failed> {
        Ok(variant(NodeKind::UnitVariant, name, index, of))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<u64, Failed> {
        Ok(mix(named(NodeKind::NewtypeStruct, name), Self::part(self.context, value)?))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        of: &'static str,
        value: &T,
    ) -> Result<u64, Failed> {
        let value = Self::part(self.context, value)?;
        Ok(mix(variant(NodeKind::NewtypeVariant, name, index, of), value))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'c>, Failed> {
        let ordered = (self.is_list)();
        Ok(Parts { ordered, ..self.parts(leaf(NodeKind::Seq, 0)) })
    }

    fn serialize_tuple(self, len: usize) -> Result<Parts<'c>, Failed> {
        Ok(self.parts(leaf(NodeKind::Tuple, len as u64)))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Parts<'c>, Failed> {
        Ok(self.parts(named(NodeKind::TupleStruct, name)))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        of: &'static str,
        _: usize,
    ) -> Result<Parts<'c>, Failed> {
        Ok(self.parts(variant(NodeKind::TupleVariant, name, index, of)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'c>, Failed> {
        Ok(Parts { ordered: false, ..self.parts(leaf(NodeKind::Map, 0)) })
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'c>, Failed> {
        Ok(self.parts(named(NodeKind::Struct, name)))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        of: &'static str,
        _: usize,
    ) -> Result<Parts<'c>, Failed> {
        Ok(self.parts(variant(NodeKind::StructVariant, name, index, of)))
    }

    fn is_human_readable(&self) -> bool {
        self.context.human_readable
    }
}

/// Hashes the parts of a value, in their order or in any.
struct Parts<'c> {
    hash: u64,
    count: u64,
    sum: u64,
    /// The key of a map that waits for its value.
    key: u64,
    ordered: bool,
    context: &'c Shared,
}

impl Parts<'_> {
    fn take(&mut self, part: u64) {
        self.count += 1;
        if self.ordered {
            self.hash = mix(self.hash, part);
        } else {
            self.sum = self.sum.wrapping_add(mix(part, 1));
        }
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        let part = Hasher::part(self.context, value)?;
        self.take(part);
        Ok(())
    }

    fn finish(self) -> u64 {
        mix(mix(self.hash, self.count), self.sum)
    }
}

macro_rules! parts {
    ($($trait:ident::$method:ident)*) => {$(
        impl $trait for Parts<'_> {
            type Ok = u64;
            type Error = Failed;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
                self.value(value)
            }

            fn end(self) -> Result<u64, Failed> {
                Ok(self.finish())
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

macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl $trait for Parts<'_> {
            type Ok = u64;
            type Error = Failed;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failed> {
                let part = Hasher::part(self.context, value)?;
                self.take(mix(named(NodeKind::Str, name), part));
                Ok(())
            }

            fn end(self) -> Result<u64, Failed> {
                Ok(self.finish())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Parts<'_> {
    type Ok = u64;
    type Error = Failed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        self.key = Hasher::part(self.context, key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        let part = Hasher::part(self.context, value)?;
        self.take(mix(self.key, part));
        Ok(())
    }

    fn end(self) -> Result<u64, Failed> {
        Ok(self.finish())
    }
}
