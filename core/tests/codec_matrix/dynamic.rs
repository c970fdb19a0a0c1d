//! Flattened types and JSON values, which ask the format for the kind of a value.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::harness::{ALL, COMPACT, NAMED, NONE, check, check_refused};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Rest {
    own: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Inner {
    a: u64,
    b: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    own: u8,
    #[serde(flatten)]
    inner: Inner,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wide {
    value: u128,
    signed: i128,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FlatWide {
    #[serde(flatten)]
    inner: Wide,
}

/// A name stands in both.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FlatTwice {
    a: u64,
    #[serde(flatten)]
    inner: Inner,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FlatOption {
    own: u8,
    #[serde(flatten)]
    inner: Option<Inner>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FlatEnum {
    own: u8,
    #[serde(flatten)]
    choice: Choice,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Unit,
    Newtype(u8),
    Fields { a: u8 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Holder {
    name: String,
    value: Option<Value>,
    more: HashMap<String, Value>,
}

fn rest(entries: &[(&str, i64)]) -> Rest {
    Rest { own: 1, rest: entries.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect() }
}

fn flat_wide(value: u128, signed: i128) -> FlatWide {
    FlatWide { inner: Wide { value, signed } }
}

#[test]
fn flattened_maps() {
    check(NAMED, &[rest(&[]), rest(&[("a", 1), ("b", -1)])]);
    check_refused(NAMED, COMPACT, &[rest(&[]), rest(&[("a", 1)])]);
    check_refused(NONE, ALL, &[rest(&[("own", 2)])]);
    check(NONE, &[rest(&[("a", 1)]), rest(&[("own", 2)])]);
}

#[test]
fn flattened_structs() {
    let inner = |a| Inner { a, b: None };
    check(
        NAMED,
        &[Flat { own: 1, inner: inner(1) }, Flat { own: 1, inner: Inner { a: 2, b: Some("b".to_owned()) } }],
    );
    check_refused(NAMED, COMPACT, &[Flat { own: 1, inner: inner(1) }]);
    check(NONE, &[flat_wide(1, 1), flat_wide(u128::MAX, 1), flat_wide(1, i128::MIN)]);
    check_refused(NONE, ALL, &[flat_wide(u128::MAX, i128::MIN)]);
    check_refused(NONE, ALL, &[FlatTwice { a: 1, inner: inner(2) }, FlatTwice { a: 1, inner: inner(1) }]);
    check(NONE, &[FlatOption { own: 1, inner: None }, FlatOption { own: 1, inner: Some(inner(1)) }]);
    let flat = |choice| FlatEnum { own: 1, choice };
    check(NONE, &[flat(Choice::Newtype(1)), flat(Choice::Unit), flat(Choice::Fields { a: 1 })]);
}

#[test]
fn json_values() {
    check(
        NAMED,
        &[json!(1), json!(-1), json!(u64::MAX), json!("a"), json!([]), json!({"a": [null, 1.5, true]})],
    );
    check_refused(NAMED, COMPACT, &[json!(1), json!(null), json!({})]);
    check(NAMED, &[json!(0.1), json!(1.0), json!(-0.0), json!(1e300)]);
    let holder = |value, more: &[(&str, Value)]| Holder {
        name: "a".to_owned(),
        value,
        more: more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    check(NAMED, &[holder(None, &[]), holder(Some(json!(1)), &[]), holder(None, &[("a", json!([1]))])]);
    check_refused(NONE, ALL, &[holder(Some(Value::Null), &[])]);
    check(NONE, &[holder(None, &[]), holder(Some(Value::Null), &[])]);
    check(COMPACT, &[holder(None, &[])]);
}
