//! Every format gives back the value it was given, or refuses it; never another value.

use std::collections::{BTreeMap, HashMap};

use larder_core::codec::{Codec, Codecs, Compression, Format, Limits};
use larder_core::entry::{Fingerprint, Meta};
use larder_core::random::Seeded;
use larder_core::time::Time;
use larder_core::{Bytes, ErrorKind};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Newtype(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pair(u8, String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Inside {
    Empty,
    Full { at: i64, maybe: Option<f64> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value")]
enum Beside {
    Empty,
    Full(u8, String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Bare {
    Number(i64),
    Float(f64),
    Text(String),
    Many(Vec<Bare>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    own: u8,
    inside: Inside,
    #[serde(flatten)]
    rest: BTreeMap<String, Bare>,
}

/// A newtype is written as what it holds, so it hides nothing from the reader.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Hidden(Option<u8>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Newtype(i64),
    Tuple(u8, char),
    Struct { name: String, next: Option<Box<Shape>> },
    Many(Vec<Shape>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Zoo {
    flag: bool,
    small: (i8, i16, i32, u8, u16, u32),
    large: (i64, u64, i128, u128),
    floats: (f32, f64),
    letter: char,
    text: String,
    bytes: Vec<u8>,
    maybe: Option<String>,
    unit: (),
    unit_struct: Unit,
    newtype: Newtype,
    pair: Pair,
    shapes: Vec<Shape>,
    map: BTreeMap<String, BTreeMap<String, Option<u8>>>,
    array: [i16; 3],
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        any::<i64>().prop_map(Shape::Newtype),
        any::<(u8, char)>().prop_map(|(number, letter)| Shape::Tuple(number, letter)),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (any::<String>(), proptest::option::of(inner.clone()))
                .prop_map(|(name, next)| Shape::Struct { name, next: next.map(Box::new) }),
            proptest::collection::vec(inner, 0..3).prop_map(Shape::Many),
        ]
    })
}

prop_compose! {
    fn zoo()(
        flag in any::<bool>(),
        small in any::<(i8, i16, i32, u8, u16, u32)>(),
        large in any::<(i64, u64, i128, u128)>(),
        floats in (any::<f32>(), any::<f64>()),
        (letter, text, bytes) in any::<(char, String, Vec<u8>)>(),
        maybe in any::<Option<String>>(),
        (newtype, pair) in any::<(String, (u8, String))>(),
        shapes in proptest::collection::vec(shape(), 0..4),
        map in proptest::collection::btree_map(
            any::<String>(), proptest::collection::btree_map(any::<String>(), any::<Option<u8>>(), 0..3), 0..3),
        array in any::<[i16; 3]>(),
    ) -> Zoo {
        Zoo {
            flag, small, large, floats, letter, text, bytes, maybe, shapes, map, array,
            unit: (), unit_struct: Unit, newtype: Newtype(newtype), pair: Pair(pair.0, pair.1),
        }
    }
}

/// The formats that hold more than bytes and text.
fn formats() -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(|format| *format != Format::Raw)
}

fn compressions() -> [Compression; 4] {
    [Compression::None, Compression::ZSTD, Compression::Zstd { level: 19 }, Compression::Lz4]
}

/// The value after a way there and back, or the kind of the error on the way there.
fn back<V: Serialize + DeserializeOwned + 'static>(format: Format, value: &V) -> Result<V, ErrorKind> {
    let body = format.encode(value).map_err(|error| error.kind())?;
    Ok(format.decode(&body, &Limits::default()).expect("what was written is read"))
}

/// Every format gives `value` back.
fn comes_back<V: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug + 'static>(value: &V) {
    for format in formats() {
        assert_eq!(back(format, value).as_ref(), Ok(value), "{format}");
    }
}

/// Every format gives `value` back or refuses it, and those in `refusing` refuse it.
fn refused<V: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug + 'static>(
    value: &V,
    refusing: &[Format],
) {
    for format in formats() {
        let expected = if refusing.contains(&format) { Err(ErrorKind::Encode) } else { Ok(value) };
        assert_eq!(back(format, value).as_ref().map_err(|kind| *kind), expected, "{format} {value:?}");
    }
}

proptest! {
    #[test]
    fn every_value_comes_back_from_every_format_and_compression(zoo in zoo()) {
        for format in formats() {
            for compression in compressions() {
                let codecs = Codecs::serde(format).compressed(compression).schema(Fingerprint::of("zoo"));
                let refuses = format == Format::Json && !(zoo.floats.0.is_finite() && zoo.floats.1.is_finite());
                let encoded = match codecs.encode(&zoo) {
                    Err(error) => {
                        prop_assert!(refuses, "{}: {:?}", format, error);
                        continue;
                    }
                    Ok(encoded) => encoded,
                };
                let mut meta = Meta::new(&Seeded::new(1), Time::EPOCH, encoded.format, encoded.compression);
                meta.schema = encoded.schema;
                let read: Zoo = codecs.decode(&meta, encoded.body).expect("what was written is read");
                // NaN equals nothing, so floats are compared by their bits.
                let bits = |zoo: &Zoo| (zoo.floats.0.to_bits(), zoo.floats.1.to_bits());
                prop_assert_eq!(bits(&read), bits(&zoo));
                let read = Zoo { floats: (0.0, 0.0), ..read };
                prop_assert_eq!(read, Zoo { floats: (0.0, 0.0), ..zoo.clone() });
            }
        }
    }

    #[test]
    fn floats_come_back_bit_for_bit(wide in any::<u64>(), narrow in any::<u32>()) {
        let (wide, narrow) = (f64::from_bits(wide), f32::from_bits(narrow));
        for format in formats() {
            if let Ok((a, b)) = back(format, &(wide, narrow)) {
                prop_assert_eq!((a.to_bits(), b.to_bits()), (wide.to_bits(), narrow.to_bits()), "{}", format);
            }
        }
    }

    #[test]
    fn no_bytes_make_a_format_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let body = Bytes::from(bytes);
        let limits = Limits { max_decoded: 100_000, max_depth: 64 };
        for format in Format::ALL {
            let _ = Codec::<Zoo>::decode(format, &body, &limits);
            let _ = Codec::<Shape>::decode(format, &body, &limits);
            let _ = Codec::<Vec<()>>::decode(format, &body, &limits);
            let _ = Codec::<Vec<String>>::decode(format, &body, &limits);
            let _ = Codec::<HashMap<u64, Vec<u8>>>::decode(format, &body, &limits);
            let _ = Codec::<(Bytes, Option<Vec<f64>>)>::decode(format, &body, &limits);
            let _ = Codec::<String>::decode(format, &body, &limits);
        }
        for compression in compressions() {
            let _ = compression.decompress(&body, &limits);
        }
    }

    #[test]
    fn a_damaged_body_makes_no_format_panic(zoo in zoo(), at in any::<proptest::sample::Index>(), to in any::<u8>()) {
        for format in formats() {
            if let Ok(body) = format.encode(&zoo) {
                let mut damaged = body.to_vec();
                damaged[at.index(body.len())] = to;
                let limits = Limits { max_decoded: 1 << 20, ..Limits::default() };
                let _ = Codec::<Zoo>::decode(&format, &damaged.into(), &limits);
            }
        }
    }
}

#[test]
fn floats_that_are_not_finite_are_refused_by_json_alone() {
    for value in [f64::INFINITY, f64::NEG_INFINITY] {
        refused(&value, &[Format::Json]);
        refused(&vec![Some(value)], &[Format::Json]);
    }
    refused(&f32::INFINITY, &[Format::Json]);
    assert_eq!(back(Format::Json, &f32::NAN), Err(ErrorKind::Encode));
    assert_eq!(back(Format::Json, &f64::NAN), Err(ErrorKind::Encode));
    for format in formats().filter(|format| *format != Format::Json) {
        assert!(back(format, &f64::NAN).is_ok_and(f64::is_nan), "{format}");
    }
}

#[test]
fn floats_at_the_edges_come_back() {
    for value in
        [0.0, -0.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, f64::MIN, 0.1, 1.0, 1e23, 2.225_073_858_507_201e-308]
    {
        for format in formats() {
            assert_eq!(back(format, &value).map(f64::to_bits), Ok(value.to_bits()), "{format} {value:e}");
        }
    }
}

#[test]
fn an_option_within_an_option_comes_back_or_is_refused() {
    let refusing = [Format::Json, Format::MessagePack];
    comes_back(&None::<Option<u8>>);
    comes_back(&Some(Some(5)));
    refused(&Some(None::<u8>), &refusing);
    refused(&Some(Some(None::<u8>)), &refusing);
    refused(&Some(()), &refusing);
    refused(&vec![Some(None::<u8>)], &refusing);
    refused(&Some(Unit), &[Format::Json]);
    comes_back(&Hidden(None));
    refused(&Some(Hidden(None)), &refusing);
}

#[test]
fn keys_that_are_not_text_are_refused_by_json_alone() {
    comes_back(&BTreeMap::from([("text".to_owned(), 1)]));
    comes_back(&BTreeMap::from([('c', 1)]));
    refused(&BTreeMap::from([(1, 1)]), &[Format::Json]);
    refused(&BTreeMap::from([((1, 2), 1)]), &[Format::Json]);
    refused(&BTreeMap::from([(true, 1)]), &[Format::Json]);
    refused(&BTreeMap::from([(Some("a".to_owned()), 1)]), &[Format::Json]);
    refused(&vec![BTreeMap::from([(vec![1_u8], 1)])], &[Format::Json]);
}

#[test]
fn texts_keep_every_character() {
    for text in ["", "\0", "a\0b", "\r\n", "\u{FEFF}é\u{301}", "\"\\/\u{7f}\u{2028}", "😀"] {
        comes_back(&text.to_owned());
    }
    comes_back(&"x\n".repeat(100_000));
}

#[test]
fn kinds_are_not_mixed_up() {
    let body = Format::Json.encode(&true).unwrap();
    assert!(Codec::<u8>::decode(&Format::Json, &body, &Limits::default()).is_err());
    let body = Format::MessagePack.encode(&"1".to_owned()).unwrap();
    assert!(Codec::<u8>::decode(&Format::MessagePack, &body, &Limits::default()).is_err());
    comes_back(&(i128::MIN, i128::MAX, u128::MAX, u64::MAX, i64::MIN));
}

#[test]
fn types_that_ask_the_format_what_comes_work_where_it_tells() {
    let bare = vec![
        Bare::Number(1),
        Bare::Float(1.0),
        Bare::Text("1".to_owned()),
        Bare::Many(vec![Bare::Number(-1), Bare::Float(-0.5)]),
    ];
    let rest = BTreeMap::from([("more".to_owned(), Bare::Many(bare.clone()))]);
    let inside = Inside::Full { at: -5, maybe: None };
    let value =
        (bare, vec![Inside::Empty, inside.clone()], vec![Beside::Empty, Beside::Full(1, "b".to_owned())]);
    let flat = Flat { own: 1, inside, rest };
    for format in [Format::Json, Format::MessagePack] {
        assert_eq!(back(format, &value).as_ref(), Ok(&value), "{format}");
        assert_eq!(back(format, &flat).as_ref(), Ok(&flat), "{format}");
    }
}

#[test]
fn bytes_behind_a_value_are_an_error() {
    for format in formats() {
        let body = format.encode(&vec![7_u8]).unwrap();
        let longer = Bytes::from([&body[..], b"7"].concat());
        let error = Codec::<Vec<u8>>::decode(&format, &longer, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{format}");
    }
}
