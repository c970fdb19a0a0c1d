//! Types of the standard library and plain derives, which every format holds unless it has no such kind of value.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use larder_core::Bytes;
use serde::{Deserialize, Serialize};

use super::harness::{ALL, BINARY, COMPACT, check, check_refused};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Empty {}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Newtype(Vec<u8>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tuple(u8, Option<String>, Unit);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Generic<T> {
    one: T,
    many: Vec<T>,
    none: PhantomData<T>,
}

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
enum Color {
    Red,
    Green,
}

#[test]
fn numbers() {
    check(ALL, &[(i8::MIN, i16::MIN, i32::MIN, i64::MIN), (0, -1, 1, i64::MAX)]);
    check(ALL, &[(u8::MAX, u16::MAX, u32::MAX, u64::MAX), (0, 1, 2, 3)]);
    check(ALL, &[u128::MAX, 0, u128::from(u64::MAX), u128::from(u64::MAX) + 1]);
    check(ALL, &[i128::MIN, i128::MAX, i128::from(i64::MIN), -1]);
    check(ALL, &[0.0, -0.0, 1.0, 1e300, f64::MIN_POSITIVE, 0.1]);
    check(ALL, &[0.0, -0.0, 0.1, f32::MAX]);
    check_refused(BINARY, &["json"], &[f64::NAN, f64::INFINITY]);
    check_refused(BINARY, &["json"], &[f32::NAN, f32::NEG_INFINITY]);
    check(ALL, &[NonZeroU8::MIN, NonZeroU8::MAX]);
}

#[test]
fn text_and_bytes() {
    check(ALL, &[String::new(), "\0".to_owned(), "é\u{2028}\"\\".to_owned(), "x".repeat(5000)]);
    check(ALL, &['a', '\0', '\u{10FFFF}']);
    check(ALL, &[Bytes::new(), Bytes::from_static(&[0, 255])]);
    check(ALL, &[vec![0_u8, 255], vec![]]);
    check(ALL, &[Box::<str>::from("a"), Box::from("")]);
    check(ALL, &[Cow::<'static, str>::from("a"), Cow::from("")]);
    check(ALL, &[PathBuf::from("/a/b"), PathBuf::new()]);
}

#[test]
fn options_and_units() {
    check(ALL, &[Some(1), None]);
    check(ALL, &[()]);
    check(ALL, &[Unit]);
    check(ALL, &[Empty {}]);
    check(ALL, &[vec![(), ()], vec![]]);
    check(ALL, &[vec![Empty {}, Empty {}], vec![]]);
    check(COMPACT, &[Some(None::<u8>), Some(Some(1)), None]);
    check_refused(COMPACT, &["json", "messagepack"], &[Some(None::<u8>)]);
    check(COMPACT, &[Some(()), None]);
    check(BINARY, &[Some(Unit), None]);
    check(ALL, &[Ok(1), Err("no".to_owned())]);
}

#[test]
fn sequences() {
    check(ALL, &[vec![1, 2], vec![]]);
    check(ALL, &[vec![vec![1], vec![]], vec![]]);
    check(ALL, &[VecDeque::from([1, 2]), VecDeque::new()]);
    check(ALL, &[LinkedList::from([1, 2]), LinkedList::new()]);
    check(ALL, &[BTreeSet::from([3, 1]), BTreeSet::new()]);
    check(ALL, &[(0..20).collect::<HashSet<_>>(), HashSet::new(), HashSet::from([1, 2])]);
    check(ALL, &[[1_u8, 2, 3], [0, 0, 0]]);
    check(ALL, &[Box::<[u8]>::from([1, 2]), Box::from([])]);
    check(ALL, &[(1, "a".to_owned(), [true])]);
    check(ALL, &[Generic { one: 1, many: vec![2], none: PhantomData }]);
    check(ALL, &[Tuple(1, None, Unit), Tuple(2, Some("a".to_owned()), Unit)]);
    check(ALL, &[Newtype(vec![1]), Newtype(vec![])]);
}

#[test]
fn heaps_keep_their_elements() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Heap(BinaryHeap<u8>);
    impl PartialEq for Heap {
        fn eq(&self, other: &Self) -> bool {
            self.0.clone().into_sorted_vec() == other.0.clone().into_sorted_vec()
        }
    }
    check(ALL, &[Heap(BinaryHeap::from([3, 9, 1, 4])), Heap(BinaryHeap::new())]);
}

#[test]
fn maps() {
    let text = |entries: &[(&str, u8)]| entries.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
    check::<HashMap<String, u8>>(ALL, &[text(&[("a", 1), ("b", 2), ("c", 3)]), text(&[])]);
    let sorted = |entries: &[(&str, u8)]| -> BTreeMap<String, u8> {
        entries.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect()
    };
    check(ALL, &[sorted(&[("a", 1), ("", 2)]), sorted(&[])]);
    check(BINARY, &[BTreeMap::from([(1, 2), (3, 4)]), BTreeMap::new()]);
    check(BINARY, &[BTreeMap::from([((1, true), 2)]), BTreeMap::new()]);
    check(COMPACT, &[BTreeMap::from([(Some(1), 2), (None, 3)]), BTreeMap::new()]);
    check(ALL, &[BTreeMap::from([(Color::Red, 2), (Color::Green, 3)]), BTreeMap::new()]);
    check(ALL, &[BTreeMap::from([('a', vec![1])]), BTreeMap::new()]);
    check(ALL, &[HashMap::from([("a".to_owned(), HashMap::from([("b".to_owned(), 1)]))])]);
}

#[test]
fn wrappers_and_times() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Shared(Cow<'static, [u8]>, std::cmp::Reverse<u8>, std::num::Wrapping<u16>);
    check(ALL, &[Box::new(1), Box::new(2)]);
    check(ALL, &[Duration::new(1, 2), Duration::ZERO]);
    check(ALL, &[SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::new(5, 6)]);
    check(ALL, &[1..5, 0..0]);
    check(
        ALL,
        &[(Color::Red, std::net::Ipv4Addr::LOCALHOST), (Color::Green, std::net::Ipv4Addr::UNSPECIFIED)],
    );
    check(ALL, &[Shared(Cow::from(vec![1, 2]), std::cmp::Reverse(1), std::num::Wrapping(2))]);
}
