//! Attributes of containers.

use serde::{Deserialize, Serialize};

use super::harness::{ALL, NAMED, NONE, check, check_refused};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "Other", rename_all = "kebab-case")]
struct Renamed {
    first_field: u8,
    second_field: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase", deserialize = "snake_case"))]
struct RenamedApart {
    first_field: u8,
    second_field: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE", rename_all_fields = "PascalCase")]
enum RenamedVariants {
    FirstOne,
    SecondOne { inner_field: u8 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "lowercase"))]
enum VariantsApart {
    First,
    Second(u8),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Denying {
    a: u8,
    b: Option<u8>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Defaulted {
    a: u8,
    b: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Transparent {
    inner: Option<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "T: Value2")]
struct Bound<T>(T);

trait Value2: Serialize + for<'a> Deserialize<'a> {}

impl Value2 for u8 {}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "a thing")]
struct Expecting {
    a: u8,
}

mod elsewhere {
    #[derive(Debug, PartialEq)]
    pub(crate) struct Point {
        pub(crate) x: i32,
        pub(crate) y: i32,
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "elsewhere::Point")]
struct PointHere {
    x: i32,
    y: i32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Remote {
    #[serde(with = "PointHere")]
    at: elsewhere::Point,
}

/// The remote definition leaves out a part.
#[derive(Serialize, Deserialize)]
#[serde(remote = "elsewhere::Point")]
struct HalfPoint {
    #[serde(rename(serialize = "left"))]
    x: i32,
    y: i32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct HalfRemote {
    #[serde(with = "HalfPoint")]
    at: elsewhere::Point,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
struct TaggedStruct {
    a: u8,
}

#[test]
fn renamed_containers() {
    check(ALL, &[Renamed { first_field: 1, second_field: "a".to_owned() }]);
    check(ALL, &[RenamedVariants::FirstOne, RenamedVariants::SecondOne { inner_field: 1 }]);
}

#[test]
fn asymmetric_renames_are_refused_by_formats_with_names() {
    let values = [RenamedApart { first_field: 1, second_field: "a".to_owned() }];
    check_refused(&["postcard", "bincode"], NAMED, &values);
    check_refused(&["postcard", "bincode"], NAMED, &[VariantsApart::First, VariantsApart::Second(1)]);
    check_refused(&["postcard", "bincode"], NAMED, &[HalfRemote { at: elsewhere::Point { x: 1, y: 2 } }]);
}

#[test]
fn other_attributes_of_containers() {
    check(ALL, &[Denying { a: 1, b: None }, Denying { a: 1, b: Some(2) }]);
    check(ALL, &[Defaulted::default(), Defaulted { a: 1, b: "b".to_owned() }]);
    check(ALL, &[Transparent { inner: None }, Transparent { inner: Some(1) }]);
    check(ALL, &[Bound(1_u8)]);
    check(ALL, &[Expecting { a: 1 }]);
    check(ALL, &[Remote { at: elsewhere::Point { x: 1, y: -2 } }]);
    check(NAMED, &[TaggedStruct { a: 1 }]);
    check(NONE, &[vec![TaggedStruct { a: 1 }, TaggedStruct { a: 2 }], vec![]]);
}
