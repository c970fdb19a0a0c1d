//! The encoding is frozen: every row of `golden/keys.txt` is recomputed here.
//!
//! A row is name, key, namespace (`-` for the reserved one, else quoted), the whole key in hexadecimal, and its
//! digest. Rows are added, never changed: a changed row means that every cache forgets everything.
//! `golden/recompute.py` computes them apart, from the description alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::unreadable_literal, reason = "keys stand here as they do in the file")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;

use larder_core::key::{CacheKey, Encoder, Key, KeyValue, Namespace};
use larder_core::{Bytes, Result};

/// A structure with named fields.
struct User {
    name: &'static str,
    id: u64,
}

impl CacheKey for User {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.structure("User", |fields| {
            fields.field("name", self.name)?;
            fields.field("id", &self.id)
        })
    }
}

/// A structure without names.
struct Metres(f64);

impl CacheKey for Metres {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.structure("Metres", |fields| fields.field("0", &self.0))
    }
}

/// A structure without fields.
struct Nothing;

impl CacheKey for Nothing {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.structure("Nothing", |_| Ok(()))
    }
}

enum Shape {
    Point,
    Circle(i32),
    Box { width: u8, inner: Option<Metres> },
}

impl CacheKey for Shape {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        match self {
            Self::Point => encoder.variant("Shape", "Point", |_| Ok(())),
            Self::Circle(radius) => encoder.variant("Shape", "Circle", |fields| fields.field("0", radius)),
            Self::Box { width, inner } => encoder.variant("Shape", "Box", |fields| {
                fields.field("width", width)?;
                fields.field("inner", inner)
            }),
        }
    }
}

/// One row for each key, in the form of the file.
macro_rules! rows {
    ($($name:ident, $namespace:expr, $key:expr;)*) => {
        [$(row(stringify!($name), stringify!($key), $namespace, &$key)),*]
    };
}

fn row(name: &str, text: &str, namespace: Option<&str>, value: &(impl CacheKey + ?Sized)) -> String {
    let space = namespace.map_or_else(Namespace::reserved, Namespace::named);
    let key = Key::new(&space, value).unwrap();
    assert_eq!(Key::from_bytes(key.as_bytes()).unwrap(), key, "{name} is read back");
    let hex = key.as_bytes().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let namespace = namespace.map_or_else(|| "-".to_owned(), |name| format!("{name:?}"));
    [name, &text, &namespace, &hex, &key.digest().to_string()].join("\t")
}

/// Sees to it that the file has just these rows.
fn are_frozen(rows: &[String]) {
    let frozen = include_str!("golden/keys.txt");
    let computed = rows.join("\n") + "\n";
    for (frozen, computed) in frozen.lines().zip(computed.lines()) {
        assert_eq!(frozen, computed);
    }
    assert_eq!(frozen.lines().count(), rows.len(), "these are the rows:\n{computed}");
}

#[test]
fn every_key_is_encoded_as_ever() {
    let g = Some("g");
    let rows = rows! {
        zero, g, 0;
        one, g, 1_u8;
        minus_one, g, -1_i8;
        forty_two, g, 42;
        u32_max, g, u32::MAX;
        two_to_53, g, 9007199254740992_u64;
        two_to_53_and_one, g, 9007199254740993_u64;
        minus_two_to_53_and_one, g, -9007199254740993_i64;
        two_to_62_and_odd, g, 4611686018427388415_i64;
        rounds_up, g, 9007199254740995_i64;
        i64_max, g, i64::MAX;
        i64_max_less_one, g, i64::MAX - 1;
        i64_min, g, i64::MIN;
        i64_min_and_one, g, i64::MIN + 1;
        above_i64, g, 9223372036854775808_u64;
        u64_max, g, u64::MAX;
        two_to_64, g, 18446744073709551616_u128;
        i128_max, g, i128::MAX;
        u128_max, g, u128::MAX;
        below_i64, g, -9223372036854775809_i128;
        minus_two_to_64, g, -18446744073709551616_i128;
        i128_min, g, i128::MIN;
        lowest, g, KeyValue::BigInteger { negative: true, magnitude: u128::MAX };
        float_zero, g, 0.0;
        float_minus_zero, g, -0.0;
        float_one, g, 1.0;
        float_half, g, -0.5;
        float_tenth, g, 0.1;
        float_short_tenth, g, 0.1_f32;
        float_least, g, 5e-324;
        float_max, g, f64::MAX;
        float_two_to_63, g, 9223372036854775808.0;
        infinity, g, f64::INFINITY;
        minus_infinity, g, f64::NEG_INFINITY;
        nan_within, g, (f64::NAN,);
        minus_nan_within, g, (-f64::NAN,);
        empty_text, g, "";
        text, g, "larder";
        text_accent, g, "é";
        text_emoji, g, "😀";
        text_nul, g, "a\0b";
        text_nuls, g, "\0\0";
        character, g, 'x';
        empty_bytes, g, b"";
        bytes, g, b"larder";
        bytes_all, g, [0_u8, 1, 127, 128, 254, 255, 0];
        bytes_shared, g, Bytes::from_static(b"\x00\xff");
        null, g, None::<u8>;
        some_null, g, Some(None::<u8>);
        some_one, g, Some(1);
        some_some_text, g, Some(Some("a"));
        no, g, false;
        yes, g, true;
        unit, g, ();
        tuple_of_one, g, (1,);
        tuple_of_kinds, g, (1, 1.0, "1", b"1", true, None::<u8>);
        tuple_of_tuples, g, ((1, 2), ((), (3,)), 4);
        tuple_of_twelve, g, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        empty_sequence, g, Vec::<u16>::new();
        sequence, g, vec![1, 2];
        sequence_of_texts, g, ["a", "", "\0"];
        sequence_of_sequences, g, vec![vec![1], vec![], vec![2, 3]];
        sequence_of_bytes, g, vec![b"a".to_vec(), vec![]];
        empty_set, g, BTreeSet::<u16>::new();
        set, g, HashSet::from([3, -1, 2]);
        set_of_texts, g, HashSet::from(["b", "", "a\0", "a"]);
        set_of_kinds, g, KeyValue::Set(vec![
            KeyValue::Text("a".into()), KeyValue::Null, KeyValue::Float(1.0), KeyValue::Integer(1), KeyValue::Null,
        ]);
        set_of_sets, g, BTreeSet::from([BTreeSet::from([2, 1]), BTreeSet::from([1]), BTreeSet::from([])]);
        empty_map, g, BTreeMap::<u16, u16>::new();
        map, g, HashMap::from([("b", 1), ("a", 2), ("", 3)]);
        map_of_numbers, g, BTreeMap::from([(-1, "x"), (10, "y"), (9, "z")]);
        map_of_maps, g, BTreeMap::from([((1, "k"), HashMap::from([(1, [true])]))]);
        structure, g, User { name: "ann", id: 7 };
        structure_of_one, g, Metres(2.5);
        structure_of_none, g, Nothing;
        structure_of_escapes, g, KeyValue::Struct {
            name: "a\0b".into(),
            fields: vec![("\0".into(), KeyValue::Null), ("a".into(), KeyValue::Text("\0".into()))],
        };
        variant_of_none, g, Shape::Point;
        variant_of_one, g, Shape::Circle(-3);
        variant_of_fields, g, Shape::Box { width: 4, inner: Some(Metres(0.5)) };
        sequence_of_structures, g, [User { name: "a\0", id: u64::MAX }, User { name: "", id: 0 }];
        reserved_integer, None, 1;
        reserved_text, None, "lease";
        namespace_of_nothing, Some(""), 1;
        namespace_of_separators, Some("a/b:c d"), 1;
        namespace_of_nul, Some("a\0b"), 1;
        namespace_of_accents, Some("é😀"), "x";
        namespace_like_a_key, Some("g\u{20}larder"), "larder";
    };
    are_frozen(&rows);
}

#[test]
fn ids_of_namespaces_are_frozen_too() {
    let ids =
        [Namespace::reserved(), Namespace::named(""), Namespace::named("users")].map(|space| space.id());
    assert_eq!(ids, [17_393_213_961_538_517_549, 6_410_468_476_434_089_079, 13_165_235_697_286_409_324]);
}
