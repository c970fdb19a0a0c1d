//! Attributes of fields.

use serde::{Deserialize, Serialize};

use super::harness::{ALL, COMPACT, NAMED, NONE, check, check_refused};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SkipsIf {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    nick: Option<String>,
    id: u32,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    marks: Vec<u32>,
}

/// What is skipped is not what is put in its place.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SkipsZero {
    #[serde(skip_serializing_if = "is_zero", default = "five")]
    a: u8,
    b: u8,
}

/// What is skipped is required.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SkipsRequired {
    #[serde(skip_serializing_if = "is_zero")]
    a: u8,
    b: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(value: &u8) -> bool {
    *value == 0
}

fn five() -> u8 {
    5
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum SkipsInVariant {
    Other,
    Fields {
        #[serde(skip_serializing_if = "Option::is_none")]
        a: Option<u8>,
        b: u8,
    },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct NotWritten {
    #[serde(skip_serializing)]
    a: u8,
    b: u8,
    c: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct NotRead {
    #[serde(skip_deserializing)]
    a: u8,
    b: u8,
    c: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct RenamedField {
    #[serde(rename = "type", alias = "kind", alias = "sort")]
    a: u8,
    #[serde(rename(serialize = "b"))]
    same: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct RenamedOptional {
    #[serde(rename(serialize = "left", deserialize = "right"))]
    a: Option<u8>,
    b: u8,
}

/// Both fields are written under one name.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Twice {
    #[serde(rename(serialize = "b"))]
    a: u8,
    b: u8,
}

/// Each field is read as the other.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Crossed {
    #[serde(rename(serialize = "b"))]
    a: u8,
    #[serde(rename(serialize = "a"))]
    b: u8,
}

/// The name of another field is an alias of this one.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct AliasInTheWay {
    #[serde(alias = "x", default)]
    a: u8,
    #[serde(rename(serialize = "x"), default)]
    b: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct WithDefault {
    #[serde(default = "five")]
    a: u8,
    #[serde(default)]
    b: Option<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nested {
    inner: Vec<SkipsIf>,
    last: Option<Box<Nested>>,
}

#[test]
fn fields_that_are_skipped_at_times() {
    let full = || SkipsIf { nick: Some("a".to_owned()), id: 0, marks: vec![0] };
    let without = || SkipsIf { nick: None, id: 0, marks: vec![0] };
    check(NAMED, &[full(), without(), SkipsIf { nick: None, id: 1, marks: vec![] }]);
    check(ALL, &[full()]);
    check_refused(NAMED, COMPACT, &[without(), SkipsIf { nick: Some(String::new()), id: 1, marks: vec![] }]);
    check(NAMED, &[SkipsInVariant::Other, SkipsInVariant::Fields { a: None, b: 1 }]);
    check(ALL, &[SkipsInVariant::Other, SkipsInVariant::Fields { a: Some(1), b: 1 }]);
    let nested = |inner| Nested { inner, last: Some(Box::new(Nested { inner: vec![], last: None })) };
    check(NAMED, &[nested(vec![]), nested(vec![full()]), nested(vec![full(), without()])]);
}

#[test]
fn fields_that_are_skipped_and_read_as_another_value() {
    check(NONE, &[SkipsZero { a: 1, b: 2 }, SkipsZero { a: 0, b: 2 }, SkipsZero { a: 5, b: 2 }]);
    check(ALL, &[SkipsZero { a: 1, b: 2 }]);
    check_refused(NONE, ALL, &[SkipsZero { a: 0, b: 2 }, SkipsZero { a: 0, b: 0 }]);
    check_refused(NONE, ALL, &[SkipsRequired { a: 0, b: 2 }]);
    check(ALL, &[SkipsRequired { a: 1, b: 2 }]);
}

#[test]
fn fields_that_are_written_or_read_only() {
    check_refused(NONE, ALL, &[NotWritten { a: 1, b: 2, c: 3 }, NotWritten { a: 0, b: 0, c: 0 }]);
    check_refused(NONE, ALL, &[NotRead { a: 1, b: 2, c: 3 }]);
    check(NONE, &[NotRead { a: 0, b: 2, c: 3 }, NotRead { a: 1, b: 2, c: 3 }]);
    check(NONE, &[vec![NotWritten { a: 1, b: 2, c: 3 }, NotWritten { a: 4, b: 5, c: 6 }], vec![]]);
}

#[test]
fn fields_with_other_names() {
    check_refused(COMPACT, NAMED, &[RenamedField { a: 1, same: 2 }]);
    check(COMPACT, &[RenamedOptional { a: Some(1), b: 2 }, RenamedOptional { a: None, b: 2 }]);
    check_refused(COMPACT, NAMED, &[RenamedOptional { a: Some(1), b: 2 }]);
    check_refused(COMPACT, NAMED, &[Twice { a: 1, b: 2 }, Twice { a: 1, b: 1 }]);
    check_refused(COMPACT, NAMED, &[Crossed { a: 1, b: 2 }]);
    check(COMPACT, &[Crossed { a: 1, b: 1 }]);
    check(COMPACT, &[AliasInTheWay { a: 1, b: 2 }, AliasInTheWay { a: 0, b: 0 }]);
    check(ALL, &[WithDefault { a: 1, b: None }, WithDefault { a: 5, b: Some(1) }]);
}

/// A field that is skipped in a tuple shifts those after it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SkipsInTuple(
    #[serde(skip_serializing_if = "Option::is_none", default)] Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none", default)] Option<u8>,
    #[serde(skip_serializing_if = "is_zero", default)] u8,
);

/// As above, in a variant.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum SkipsInTupleVariant {
    Other,
    Pair(#[serde(skip_serializing_if = "is_zero", default)] u8, #[serde(default)] u8),
}

/// Which field of a tuple was skipped is not seen in its serialization, so two values of one length differ: the one
/// that skips its last field reads back, and the one that skips another does not.
#[test]
fn skipped_fields_of_tuples() {
    let values = [(Some(1), Some(2), 3), (Some(1), Some(2), 0), (Some(1), None, 3), (None, Some(1), 3)];
    check(NONE, &values.map(|(a, b, c)| SkipsInTuple(a, b, c)));
    let pairs = [(1, 2), (0, 2), (1, 0)].map(|(a, b)| SkipsInTupleVariant::Pair(a, b));
    check(NONE, &pairs);
    check(ALL, &[SkipsInTupleVariant::Other]);
}
