//! Versions of data, and keys (VER-2 to 10, CKY-1 to 3).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use larder::{Bytes, CacheKey};
use larder_dataflow::caching::{DataVersion, EventKind, NodeKey};
use larder_dataflow::{Kind, Value, kind, node, nodes};
use proptest::prelude::*;

use crate::core::{driver, last};
use crate::stores::memory;

fn of(kind: Kind, value: &Value) -> DataVersion {
    DataVersion::of(kind, value).unwrap()
}

macro_rules! version {
    ($type:ty, $value:expr) => {{
        let value: $type = $value;
        of(kind!($type), &Value::new(value))
    }};
}

#[test]
fn values_of_different_kinds_have_different_versions() {
    let versions = [
        version!(i64, 1),
        version!(f64, 1.0),
        version!(f64, 0.0),
        version!(f64, -0.0),
        version!(String, "1".into()),
        version!(Bytes, Bytes::from_static(b"1")),
        version!(bool, true),
        version!(String, "true".into()),
        version!(Option<i64>, None),
        version!(String, "<none>".into()),
        version!(Vec<i64>, vec![]),
        version!(BTreeSet<i64>, BTreeSet::new()),
        version!(BTreeMap<String, i64>, BTreeMap::new()),
        version!(Vec<Vec<char>>, vec![vec!['a'], vec!['b']]),
        version!(Vec<Vec<char>>, vec![vec!['a', 'b'], vec![]]),
        version!((i64, i64), (1, 2)),
        version!(Vec<i64>, vec![1, 2]),
        version!(Vec<i64>, vec![2, 1]),
    ];
    let different: BTreeSet<&DataVersion> = versions.iter().collect();
    assert_eq!(different.len(), versions.len());
    assert_eq!(versions[8].as_str(), "<none>");
}

#[test]
fn order_matters_in_sequences_and_not_in_maps_and_sets() {
    let set = |numbers: [i64; 3]| version!(HashSet<i64>, HashSet::from(numbers));
    assert_eq!(set([1, 2, 3]), set([3, 1, 2]));
    let map = |pairs: [(&str, i64); 2]| version!(HashMap<String, i64>, pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    assert_eq!(map([("a", 1), ("b", 2)]), map([("b", 2), ("a", 1)]));
}

/// Changing these is forgetting all that people have cached.
#[test]
fn versions_are_golden_and_names_of_files() {
    let golden = [
        (version!(i64, 1), "1MJrhli5z4aeoWHT9Usk7zlCLV-bmY-9YmzAWEOP21Y"),
        (version!(String, "text".into()), "8DqKYWP5leVC_mVDZIuzfRAJd-9-a_cQ6CfXNNUGL_4"),
        (version!(Vec<f64>, vec![1.5, f64::NAN]), "r4eAzndOMRzyFmmVH2m620C7HRnhvFIoCOHFz_6rQso"),
        (version!(f64, -0.0), "1pf9Q57A_NJlAc7mqRw6CuOVJGi578Q21q-sHYUsn24"),
    ];
    for (version, expected) in golden {
        assert_eq!(version.as_str(), expected);
        assert!(version.as_str().chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)));
    }
}

#[derive(CacheKey, Clone)]
enum Tree {
    Leaf,
    Branch(Box<Tree>),
}

#[test]
fn what_nests_too_deep_has_no_version_as_a_whole() {
    let nested =
        |depth: usize| Value::new((0..depth).fold(Tree::Leaf, |tree, _| Tree::Branch(Box::new(tree))));
    let is_versioned =
        |levels: usize, depth: usize| DataVersion::within(kind!(Tree), &nested(levels), depth).is_ok();
    // A leaf is a level too.
    for depth in [1, 2, 20, 126, 127] {
        assert!(is_versioned(depth - 1, depth) && !is_versioned(depth, depth), "{depth}");
    }
    assert!(DataVersion::of(kind!(Tree), &nested(126)).is_ok());
    assert!(DataVersion::of(kind!(Tree), &nested(127)).is_err());
    assert!(DataVersion::of(kind!(Tree), &nested(2000)).is_err());
    assert!(!is_versioned(127, 1000), "no bound is beyond that of keys");
    assert_eq!(
        DataVersion::within(kind!(Tree), &nested(3), 5).unwrap(),
        DataVersion::of(kind!(Tree), &nested(3)).unwrap()
    );
    assert!(DataVersion::within(kind!(i64), &Value::new(1_i64), 0).is_ok());
}

/// No key, and not versionable.
#[derive(Clone)]
struct Socket(i64);

#[node]
fn socket(number: i64) -> Socket {
    Socket(number)
}

#[node]
fn received(socket: &Socket) -> i64 {
    socket.0
}

#[test]
fn data_without_a_version_gets_a_fresh_one_and_the_run_goes_on() {
    let driver = driver(&memory(), nodes![socket, received]);
    let run = || {
        let results = driver.execute(["received"]).input("number", 3_i64).wait().unwrap();
        assert_eq!(results.get::<i64>("received").unwrap(), &3);
        let cache = driver.cache().unwrap();
        cache.run(&cache.last_run_id().unwrap()).unwrap()
    };
    let (one, other) = (run(), run());
    assert!(one.data_versions["socket"].as_str().starts_with("<unhashable>_"));
    assert_ne!(one.data_versions["socket"], other.data_versions["socket"]);
    let told = one.events.iter().filter(|event| event.kind == EventKind::UnhashableDataVersion).count();
    assert_eq!(told, 1);
    assert_eq!(other.states["received"].to_string(), "executed");
}

#[test]
fn versions_of_inputs_code_and_data_can_be_asked_for() {
    #[node]
    fn double(number: i64) -> i64 {
        2 * number
    }
    let driver = driver(&memory(), nodes![double]);
    driver.execute(["double"]).input("number", 3_i64).wait().unwrap();
    let cache = driver.cache().unwrap();
    let record = cache.run(&cache.last_run_id().unwrap()).unwrap();
    assert_eq!(record.data_versions["number"], version!(i64, 3));
    assert_eq!(record.data_versions["double"], version!(i64, 6));
    let key = &record.keys["double"];
    assert_eq!(key.code_version(), double::node().version().to_string());
    assert_eq!(key.dependencies(), [("number".to_owned(), version!(i64, 3))]);
    assert_eq!(last(&driver).0, ["double"]);
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_0-9]{1,6}", "\\PC{0,4}", Just("a-b".to_owned()), Just("a_b".to_owned())]
}

proptest! {
    #[test]
    fn keys_are_read_back_and_never_shared(
        keys in prop::collection::vec((name(), name(), prop::collection::btree_map(name(), name(), 0..3)), 2..5),
    ) {
        let key = |(node, code, dependencies): &(String, String, BTreeMap<String, String>)| {
            let pairs = dependencies.iter().rev().map(|(name, version)| (name.clone(), version.clone().into()));
            NodeKey::new(node, code, pairs)
        };
        for one in &keys {
            let text = key(one).to_string();
            prop_assert_eq!(&NodeKey::decode(&text).unwrap(), &key(one));
            let (plain, _) = text.split_once('-').unwrap();
            prop_assert!(plain.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_'));
            for other in &keys {
                prop_assert_eq!(one == other, text == key(other).to_string());
            }
        }
    }

    #[test]
    fn no_other_text_is_a_key(text in prop_oneof!["\\PC{0,40}", "[a-z]{1,3}-[0-9a-f]{2}-[A-Za-z0-9_-]{0,20}"]) {
        if let Ok(key) = NodeKey::decode(&text) {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}
