//! Kinds of keys.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use larder_core::Bytes;
use larder_core::disk::Scope;
use larder_core::key::Key;

use super::all_apart;
use crate::Bench;

/// A key of every kind, no two of which are one.
fn zoo(bench: &Bench) -> Vec<Key> {
    vec![
        bench.key(&1),
        bench.key(&0),
        bench.key(&-1),
        bench.key(&i64::MIN),
        bench.key(&i64::MAX),
        bench.key(&u64::MAX),
        bench.key(&i128::MIN),
        bench.key(&1.0),
        bench.key(&1.5),
        bench.key(&f64::INFINITY),
        bench.key(&f64::NEG_INFINITY),
        bench.key("1"),
        bench.key("a"),
        bench.key(""),
        bench.key(&b"1"[..]),
        bench.key(&b"a"[..]),
        bench.key(&b""[..]),
        bench.key(&true),
        bench.key(&false),
        bench.key(&None::<i64>),
        bench.key(&Some(1)),
        bench.key(&(1,)),
        bench.key(&(1, 2)),
        bench.key(&(1.0, 2)),
        bench.key(&(true, 2)),
        bench.key(&("1", 2)),
        bench.key(&(2, 1)),
        bench.key(&vec![1, 2]),
        bench.key(&(f64::NAN, 1)),
        bench.key(&BTreeSet::from([1, 2])),
        bench.key(&BTreeMap::from([("a", 1)])),
    ]
}

/// Keys of different kinds are different keys, whatever they look like when printed.
/// [KEY-2, KEY-3, KEY-4, KEY-11, KEY-12, KEY-15, KEY-22, KEY-23, KEY-27]
pub async fn kinds_of_keys_are_apart(bench: &Bench) {
    let disk = bench.disk().await;
    all_apart(bench, &*disk, &zoo(bench)).await;
}

/// Keys that are equal are one key, however they were built.
/// [KEY-4, KEY-7, KEY-21, KEY-24, KEY-32]
pub async fn equal_keys_built_apart_are_one(bench: &Bench) {
    let disk = bench.disk().await;
    let pairs = [
        (bench.key(&1_u8), bench.key(&1_i64)),
        (bench.key(&0.0), bench.key(&-0.0)),
        (bench.key("text"), bench.key(&String::from("text"))),
        (bench.key(&b"bytes"[..]), bench.key(&Bytes::from_static(b"bytes"))),
        (bench.key(&("a", vec![1, 2])), bench.key(&(String::from("a"), [1_u16, 2]))),
        (bench.key(&HashSet::from([1, 2, 3])), bench.key(&BTreeSet::from([3_u8, 2, 1]))),
        (bench.key(&HashMap::from([(1, "x"), (2, "y")])), bench.key(&BTreeMap::from([(2, "y"), (1, "x")]))),
    ];
    for (one, _) in &pairs {
        bench.store(&*disk, one, one.to_string()).await;
    }
    for (one, other) in &pairs {
        let body = bench.body(&*disk, other).await;
        assert_eq!(body, Some(one.to_string().into()), "{bench}: {one} is not found by an equal key");
        bench.store(&*disk, other, "again").await;
        let body = bench.body(&*disk, one).await;
        assert_eq!(body.as_deref(), Some(&b"again"[..]), "{bench}: {one} is not overwritten by an equal key");
    }
    let usage = bench.must(disk.usage().await, "asking for the usage");
    assert_eq!(usage.entries, pairs.len() as u64, "{bench}: an equal key made an entry of its own");
}

/// Listings give every key with kind and content unchanged, and what they give finds the entry.
/// [KEY-1, KEY-8, KEY-10, KEY-13, KEY-14, KEY-25]
pub async fn keys_are_listed_as_they_were_put(bench: &Bench) {
    let disk = bench.disk().await;
    let mut keys = zoo(bench);
    for key in &keys {
        bench.store(&*disk, key, key.to_string()).await;
    }
    keys.sort();
    let listed = bench.keys(&*disk).await;
    assert_eq!(listed, keys, "{bench}: listings give other keys than were put");
    for key in &listed {
        let body = bench.body(&*disk, key).await;
        assert_eq!(
            body,
            Some(key.to_string().into()),
            "{bench}: the listed key {key} does not find its entry"
        );
    }
    let briefs = bench.survey(&*disk, Scope::All, 7).await;
    assert_eq!(briefs.len(), keys.len(), "{bench}: a survey in small pages tells another number of entries");
}
