//! Functions and types of the user between a value and its serialization.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::harness::{ALL, NONE, check, check_refused};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u8, u8)", into = "(u8, u8)")]
struct Swapped(u8, u8);

impl From<(u8, u8)> for Swapped {
    fn from((a, b): (u8, u8)) -> Self {
        Self(b, a)
    }
}

impl From<Swapped> for (u8, u8) {
    fn from(value: Swapped) -> Self {
        (value.1, value.0)
    }
}

/// Reads back with the parts in the wrong order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u8, u8)", into = "(u8, u8)")]
struct Confused(u8, u8);

impl From<(u8, u8)> for Confused {
    fn from((a, b): (u8, u8)) -> Self {
        Self(a, b)
    }
}

impl From<Confused> for (u8, u8) {
    fn from(value: Confused) -> Self {
        (value.1, value.0)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
struct Even(u8);

impl TryFrom<u8> for Even {
    type Error = &'static str;

    fn try_from(value: u8) -> Result<Self, &'static str> {
        if value.is_multiple_of(2) { Ok(Self(value)) } else { Err("odd") }
    }
}

impl From<Even> for u8 {
    fn from(value: Even) -> Self {
        value.0
    }
}

/// A set that goes through a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<u8>", into = "Vec<u8>")]
struct SetThroughList(HashSet<u8>);

impl From<Vec<u8>> for SetThroughList {
    fn from(value: Vec<u8>) -> Self {
        Self(value.into_iter().collect())
    }
}

impl From<SetThroughList> for Vec<u8> {
    fn from(value: SetThroughList) -> Self {
        value.0.into_iter().collect()
    }
}

mod pairs {
    use super::{Deserialize, Deserializer, HashMap, Serializer};

    pub(super) fn serialize<S: Serializer>(
        map: &HashMap<(u8, u8), u8>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<HashMap<(u8, u8), u8>, D::Error> {
        Ok(Vec::<((u8, u8), u8)>::deserialize(from)?.into_iter().collect())
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct MapAsPairs {
    #[serde(with = "pairs")]
    map: HashMap<(u8, u8), u8>,
}

fn lower<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(String::deserialize(from)?.to_lowercase())
}

fn sorted<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let mut list = Vec::<u8>::deserialize(from)?;
    list.sort_unstable();
    Ok(list)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn tenths<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{value:.1}"))
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Lowered {
    #[serde(deserialize_with = "lower")]
    name: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sorted {
    #[serde(deserialize_with = "sorted")]
    list: Vec<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct OtherKind {
    #[serde(serialize_with = "tenths")]
    value: f64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct LoweredAlone(#[serde(deserialize_with = "lower")] String);

/// Reads another field than it writes.
#[derive(Debug, PartialEq)]
struct ByHand {
    a: u8,
    b: u8,
}

impl Serialize for ByHand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BTreeMap::from([("a", self.a), ("b", self.b)]).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ByHand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = BTreeMap::<String, u8>::deserialize(deserializer)?;
        Ok(Self { a: map["a"], b: map["a"] })
    }
}

/// Announces two elements, and leaves the second out if it is zero.
#[derive(Debug, PartialEq)]
struct ShortTuple(u8, u8);

impl Serialize for ShortTuple {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&self.0)?;
        if self.1 != 0 {
            tuple.serialize_element(&self.1)?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for ShortTuple {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <(u8, u8)>::deserialize(deserializer).map(|(a, b)| Self(a, b))
    }
}

#[test]
fn tuples_of_another_length_than_announced() {
    check(ALL, &[ShortTuple(1, 2)]);
    let values = [ShortTuple(1, 2), ShortTuple(3, 0)];
    check(NONE, &values);
    for format in super::harness::formats() {
        let codecs = super::harness::codecs::<ShortTuple>(format);
        // Later than the values that are read back because they are the first.
        for _ in 0..40 {
            assert!(codecs.encode(&values[0]).is_ok(), "{format}");
        }
        assert!(codecs.encode(&values[1]).is_err(), "{format}: a tuple with an element too few");
    }
}

#[test]
fn conversions_of_containers() {
    check(ALL, &[Swapped(1, 2), Swapped(3, 3)]);
    check_refused(NONE, ALL, &[Confused(1, 2)]);
    check(ALL, &[Even(2), Even(0)]);
    check_refused(NONE, ALL, &[Even(1)]);
    check(ALL, &[SetThroughList((0..20).collect()), SetThroughList(HashSet::from([1, 2]))]);
}

#[test]
fn functions_of_fields() {
    let map = |pairs: &[((u8, u8), u8)]| MapAsPairs { map: pairs.iter().copied().collect() };
    check(ALL, &[map(&[]), map(&[((1, 2), 3), ((4, 5), 6), ((7, 8), 9)])]);
    let lowered = |name: &str| Lowered { name: name.to_owned() };
    check(NONE, &[lowered("ann"), lowered("Ann"), lowered("ANN")]);
    check(ALL, &[lowered("ann")]);
    check(NONE, &[Sorted { list: vec![1, 2] }, Sorted { list: vec![2, 1] }]);
    check(ALL, &[Sorted { list: vec![1, 2] }]);
    check_refused(NONE, ALL, &[Sorted { list: vec![2, 1] }]);
    check_refused(NONE, ALL, &[OtherKind { value: 0.5 }]);
    check_refused(NONE, ALL, &[LoweredAlone("Ann".to_owned())]);
    check_refused(NONE, ALL, &[ByHand { a: 1, b: 2 }]);
}

/// A field that is skipped on both sides is not part of the value: it comes back as its default, as serde says.
#[test]
fn skipped_fields_come_back_as_their_default() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Skipping {
        #[serde(skip)]
        hidden: u8,
        shown: u8,
    }
    for format in super::harness::formats() {
        let codecs = super::harness::codecs::<Skipping>(format);
        let encoded = codecs.encode(&Skipping { hidden: 1, shown: 2 }).expect("it is held");
        assert_eq!(super::harness::decode(&codecs, encoded), Skipping { hidden: 0, shown: 2 }, "{format}");
    }
}
