//! What derived keys promise: their names, what is transparent, what is skipped, and that they are read back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Debug;

use larder_core::ErrorKind;
use larder_core::key::{CacheKey, FromKey, Key, KeyValue, Namespace};
use larder_macros::{CacheKey, FromKey};

fn key(value: &impl CacheKey) -> Key {
    Key::new(&Namespace::named("test"), value).unwrap()
}

/// Sees to it that `value` shows as `text` and is read back.
#[track_caller]
fn is_read_back<T: CacheKey + FromKey + PartialEq + Debug>(value: &T, text: &str) {
    let key = key(value);
    assert_eq!(key.value().unwrap().to_string(), text);
    assert_eq!(key.decode::<T>().unwrap(), *value);
}

#[derive(CacheKey, FromKey, PartialEq, Debug, Clone)]
#[cache_key(crate = "larder_core")]
struct User {
    name: String,
    r#type: Option<u8>,
}

#[derive(CacheKey, FromKey, PartialEq, Debug)]
#[cache_key(crate = "larder_core")]
struct Point(i32, i32);

#[derive(CacheKey, FromKey, PartialEq, Debug)]
#[cache_key(crate = "larder_core")]
struct Unit;

#[test]
fn structures_are_written_with_their_names() {
    let user = User { name: "ann".into(), r#type: Some(1) };
    is_read_back(&user, r#"User { name: "ann", type: some(1) }"#);
    is_read_back(&Point(1, -2), "Point { 0: 1, 1: -2 }");
    is_read_back(&Unit, "Unit");
    let same = KeyValue::Struct {
        name: "User".into(),
        fields: vec![
            ("name".into(), KeyValue::Text("ann".into())),
            ("type".into(), KeyValue::Some(Box::new(KeyValue::Integer(1)))),
        ],
    };
    assert_eq!(key(&user), key(&same));
}

#[derive(CacheKey, FromKey, PartialEq, Debug)]
#[cache_key(crate = "larder_core")]
enum Shape {
    Empty,
    Circle(f64),
    #[cache_key(rename = "Rectangle")]
    Box {
        #[cache_key(rename = "w")]
        width: u8,
        height: u8,
        #[cache_key(skip)]
        colour: String,
    },
}

#[test]
fn variants_are_written_with_both_names() {
    is_read_back(&Shape::Empty, "Shape::Empty");
    is_read_back(&Shape::Circle(0.5), "Shape::Circle { 0: 0.5 }");
    let plain = Shape::Box { width: 1, height: 2, colour: String::new() };
    is_read_back(&plain, "Shape::Rectangle { w: 1, height: 2 }");
    assert_eq!(key(&plain), key(&Shape::Box { width: 1, height: 2, colour: "red".into() }));
}

#[derive(CacheKey, FromKey, PartialEq, Debug)]
#[cache_key(crate = "larder_core")]
struct Name(String);

#[derive(CacheKey, FromKey, PartialEq, Debug)]
#[cache_key(crate = "larder_core", transparent)]
struct Alias {
    name: String,
    #[cache_key(skip)]
    note: u8,
}

#[test]
fn a_type_around_text_is_text_only_if_it_is_transparent() {
    let (name, alias) = (Name("ann".into()), Alias { name: "ann".into(), note: 0 });
    assert_ne!(key(&name), key(&"ann"));
    assert_eq!(key(&alias), key(&"ann"));
    is_read_back(&name, r#"Name { 0: "ann" }"#);
    is_read_back(&alias, r#""ann""#);
}

#[derive(CacheKey)]
#[cache_key(crate = "larder_core", transparent)]
struct Ratio(f64);

#[test]
fn a_transparent_nan_is_no_key() {
    let refused = Key::new(&Namespace::named("test"), &Ratio(f64::NAN)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
}

#[derive(CacheKey, FromKey, PartialEq, Debug)]
#[cache_key(crate = "larder_core", rename = "Pair")]
struct Renamed<A, B: Ord, const N: usize>
where
    A: Clone,
{
    left: Vec<A>,
    right: BTreeMap<B, [u16; N]>,
}

#[test]
fn generic_types_are_keys_where_their_parameters_are() {
    let pair =
        Renamed { left: vec![User { name: String::new(), r#type: None }], right: [('a', [1, 2])].into() };
    is_read_back(&pair, r#"Pair { left: [User { name: "", type: null }], right: {"a": [1, 2]} }"#);
}

#[derive(CacheKey)]
#[cache_key(crate = "larder_core")]
struct Borrowed<'a, T: ?Sized> {
    text: &'a str,
    rest: &'a T,
}

#[test]
fn borrowed_types_are_keys_too() {
    let key = key(&Borrowed { text: "a", rest: &b"b"[..] });
    assert_eq!(key.to_string(), r#"test/Borrowed { text: "a", rest: b"b" }"#);
}

#[test]
fn another_type_is_not_read() {
    let kinds = [
        key(&Unit).decode::<Point>().map(drop),
        key(&Point(1, 2)).decode::<(i32, i32)>().map(drop),
        key(&Shape::Empty).decode::<Unit>().map(drop),
        key(&KeyValue::Variant { name: "Shape".into(), variant: "Line".into(), fields: vec![] })
            .decode::<Shape>()
            .map(drop),
        key(&KeyValue::Struct { name: "Point".into(), fields: vec![] }).decode::<Point>().map(drop),
    ]
    .map(|read| read.unwrap_err().kind());
    assert_eq!(kinds, [ErrorKind::Decode; 5]);
}
