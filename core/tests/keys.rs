//! What keys promise: which values are one key, which are two, and how keys sort.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use larder_core::key::{CacheKey, Decoder, Digest, Encoder, FromKey, Key, KeyValue, Namespace};
use larder_core::{Bytes, ErrorKind, Result};

fn key(value: &(impl CacheKey + ?Sized)) -> Key {
    Key::new(&Namespace::named("test"), value).unwrap()
}

/// Sees to it that no two keys are equal, by bytes or by digest.
fn differ(keys: &[Key]) {
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len(), "{keys:?}");
    assert_eq!(keys.iter().map(Key::digest).collect::<HashSet<_>>().len(), keys.len(), "{keys:?}");
}

/// Sees to it that all keys are equal, by bytes and by digest.
fn agree(keys: &[Key]) {
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 1, "{keys:?}");
    assert_eq!(keys.iter().map(Key::digest).collect::<HashSet<_>>().len(), 1, "{keys:?}");
}

#[test]
fn text_bytes_numbers_and_truth_values_are_different_keys() {
    differ(&[key("1"), key(b"1"), key(&1), key(&1.0), key(&true), key(&false), key(&0), key(&0.0)]);
    differ(&[key(""), key(b""), key(&None::<u8>), key(&()), key(&Vec::<String>::new())]);
}

#[test]
fn equal_integers_of_every_width_and_sign_are_one_key() {
    agree(&[
        key(&1_u8),
        key(&1_u16),
        key(&1_u32),
        key(&1_u64),
        key(&1_u128),
        key(&1_usize),
        key(&1_i8),
        key(&1_i16),
        key(&1_i32),
        key(&1_i64),
        key(&1_i128),
        key(&1_isize),
    ]);
    agree(&[key(&u64::MAX), key(&u128::from(u64::MAX)), key(&i128::from(u64::MAX))]);
}

#[test]
fn floats_of_both_widths_are_one_key_and_zeros_have_no_sign() {
    agree(&[key(&1.5_f32), key(&1.5_f64)]);
    agree(&[key(&0.0_f32), key(&-0.0_f32), key(&0.0_f64), key(&-0.0_f64)]);
    differ(&[key(&0.1_f32), key(&0.1_f64), key(&f64::INFINITY), key(&f64::NEG_INFINITY), key(&f64::MAX)]);
}

#[test]
fn nan_is_no_key_but_equals_itself_within_one() {
    let refused = Key::new(&Namespace::named("test"), &f64::NAN).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert_eq!(Key::new(&Namespace::named("test"), &&f32::NAN).unwrap_err().kind(), ErrorKind::Invalid);
    let payload = f64::from_bits(0xFFF0_0000_0000_0001);
    agree(&[key(&(f64::NAN, 1)), key(&(-f64::NAN, 1)), key(&(payload, 1)), key(&(f32::NAN, 1))]);
    differ(&[key(&(f64::NAN,)), key(&[f64::NAN]), key(&Some(f64::NAN)), key(&(f64::INFINITY,))]);
}

#[test]
fn integers_beyond_64_bits_are_exact() {
    let edges = [
        i128::MIN,
        i128::MIN + 1,
        -(1 << 64) - 1,
        -(1 << 64),
        i128::from(i64::MIN) - 1,
        i64::MIN.into(),
        i128::from(i64::MIN) + 1,
        -1,
        0,
        i128::from(i64::MAX) - 1,
        i64::MAX.into(),
        1 << 63,
        (1 << 63) + 1,
        u64::MAX.into(),
        1 << 64,
        i128::MAX - 1,
        i128::MAX,
    ];
    let keys = edges.map(|edge| key(&edge));
    differ(&keys);
    for (key, edge) in keys.iter().zip(edges) {
        assert_eq!(key.decode::<i128>().unwrap(), edge);
    }
    differ(&[key(&u128::MAX), key(&(u128::MAX - 1)), key(&2.0_f64.powi(128)), key(&2.0_f64.powi(64))]);
    assert_eq!(key(&u128::MAX).decode::<u128>().unwrap(), u128::MAX);
}

#[test]
fn text_is_compared_by_code_points_with_case_and_blanks() {
    differ(&[key("\u{E9}"), key("e\u{301}"), key("E"), key("e"), key(" e"), key("e ")]);
    differ(&[key("a\0b"), key("a"), key("a\0c"), key("a\0"), key("a\0\0"), key("a\0\u{FF}")]);
    differ(&[key("../a"), key("a"), key("/a"), key("%2Fa"), key("./a"), key("\u{1F600}"), key("\u{1}")]);
}

#[test]
fn a_key_of_ten_megabytes_is_read_back() {
    let text = "larder\0".repeat(10 << 20).split_at(10 << 20).0.to_owned();
    let key = key(&text);
    assert_eq!(Key::from_bytes(key.as_bytes()).unwrap().decode::<String>().unwrap(), text);
    assert!(key.to_string().chars().count() < 70, "{key}");
}

#[test]
fn types_within_a_structure_are_told_apart() {
    differ(&[key(&(1, 2)), key(&(1.0, 2)), key(&(true, 2)), key(&("1", 2)), key(&(2, 1)), key(&(12,))]);
    differ(&[key(&(1, 2)), key(&[1, 2]), key(&BTreeSet::from([1, 2])), key(&BTreeMap::from([(1, 2)]))]);
    differ(&[key(&((1, 2), 3)), key(&(1, (2, 3))), key(&(1, 2, 3)), key(&((1, 2, 3),))]);
    differ(&[key("a"), key(&("a",)), key(&["a"]), key(&(("a",),)), key(&Some("a"))]);
}

#[test]
fn an_option_is_not_its_value() {
    differ(&[key(&None::<u8>), key(&Some(None::<u8>)), key(&Some(Some(1))), key(&Some(1)), key(&1)]);
}

#[test]
fn sets_and_maps_have_no_order() {
    let words: Vec<String> = (0..100).map(|at| format!("word {at}")).collect();
    let hashed: HashSet<_> = words.iter().rev().collect();
    agree(&[key(&words.iter().collect::<BTreeSet<_>>()), key(&hashed)]);
    let mapped: HashMap<_, _> = words.iter().zip(0_u8..100).rev().collect();
    agree(&[key(&words.iter().zip(0_u32..).collect::<BTreeMap<_, _>>()), key(&mapped)]);
    assert_eq!(key(&mapped).decode::<HashMap<String, u8>>().unwrap().len(), 100);
    let set = |values: Vec<i64>| KeyValue::Set(values.into_iter().map(KeyValue::Integer).collect());
    agree(&[key(&set(vec![3, 1, 2, 1])), key(&set(vec![1, 2, 3])), key(&BTreeSet::from([1, 2, 3]))]);
}

#[test]
fn what_points_to_a_value_is_the_value() {
    let text = "ann";
    agree(&[
        key(text),
        key(&text),
        key(&text.to_owned()),
        key(&Box::<str>::from(text)),
        key(&Arc::<str>::from(text)),
        key(&Rc::new(text)),
        key(&Cow::Borrowed(text)),
        key(&&&text),
    ]);
    agree(&[
        key(b"ann"),
        key(&b"ann"[..]),
        key(&b"ann".to_vec()),
        key(&Bytes::from_static(b"ann")),
        key(&Box::<[u8]>::from(*b"ann")),
        key(&Cow::Borrowed(&b"ann"[..])),
    ]);
    agree(&[
        key(&[1, 2]),
        key(&vec![1_u16, 2]),
        key(&VecDeque::from([1_u8, 2])),
        key(&LinkedList::from([1_u8, 2])),
    ]);
    agree(&[key(&'a'), key("a")]);
}

#[test]
fn a_key_is_never_the_bytes_of_another() {
    let tuple = key(&(1, "a"));
    let value = &tuple.as_bytes()[10..];
    differ(&[tuple.clone(), key(value), key(tuple.as_bytes())]);
}

#[test]
fn a_key_read_back_finds_the_same_entry() {
    type Nested = (String, Option<Vec<i64>>, BTreeMap<char, [u8; 2]>, (), bool, Box<f32>);
    let value: Nested =
        ("a\0".into(), Some(vec![-1, i64::MAX]), BTreeMap::from([('x', [0, 255])]), (), true, Box::new(0.5));
    let first = key(&value);
    assert_eq!(first.decode::<Nested>().unwrap(), value);
    assert_eq!(key(&first.decode::<Nested>().unwrap()), first);
    assert_eq!(key(&first.value().unwrap()), first);
    assert_eq!(Key::from_bytes(first.as_bytes()).unwrap(), first);
    assert_eq!(Key::from_bytes(first.as_bytes()).unwrap().namespace_id(), first.namespace_id());
}

#[test]
fn another_type_does_not_read_a_key() {
    let kinds = [
        key(&300).decode::<u8>().unwrap_err(),
        key(&-1).decode::<u64>().unwrap_err(),
        key(&1.0).decode::<i64>().unwrap_err(),
        key(&0.1).decode::<f32>().unwrap_err(),
        key("a").decode::<Vec<u8>>().unwrap_err(),
        key("ab").decode::<char>().unwrap_err(),
        key(&(1, 2)).decode::<(i64,)>().unwrap_err(),
        key(&(1, 2)).decode::<(i64, i64, i64)>().unwrap_err(),
        key(&[1, 2]).decode::<[i64; 3]>().unwrap_err(),
        key(&u128::MAX).decode::<i128>().unwrap_err(),
    ]
    .map(|error| error.kind());
    assert_eq!(kinds, [ErrorKind::Decode; 10]);
}

#[test]
fn namespaces_keep_keys_apart_whatever_their_names_hold() {
    let names = ["", "a", "a/", "a\0", "A", "a/b", "\u{0}", "(reserved)", "a\u{1}"];
    let spaces: Vec<_> =
        names.iter().map(|name| Namespace::named(name)).chain([Namespace::reserved()]).collect();
    let keys: Vec<_> = spaces.iter().map(|space| Key::new(space, "b").unwrap()).collect();
    differ(&keys);
    for (at, key) in keys.iter().enumerate() {
        let homes: Vec<_> = spaces.iter().map(|space| key.is_in(space)).collect();
        assert_eq!(homes, (0..spaces.len()).map(|space| space == at).collect::<Vec<_>>());
        assert_eq!(key.namespace_id(), spaces[at].id());
    }
}

#[test]
fn a_digest_plays_no_part_in_identity() {
    let constant = Digest::from_bytes([7; 32]);
    let (first, second) = (key("a").with_digest(constant), key("b").with_digest(constant));
    assert_eq!(first.digest(), second.digest());
    assert_ne!(first, second);
    assert_eq!(first, key("a"));
}

/// Writes as many elements as it says, in the place of one.
struct Miscounted(usize);

impl CacheKey for Miscounted {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        (0..self.0).try_for_each(|_| encoder.null())
    }
}

/// Goes on after an element that failed.
struct Stubborn;

impl CacheKey for Stubborn {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        let failed = encoder.tuple(|encoder| {
            encoder.text("half of it")?;
            encoder.element(&Miscounted(0))
        });
        assert!(failed.is_err());
        encoder.null()
    }
}

#[test]
fn a_type_that_miscounts_its_elements_makes_no_key() {
    for count in [0, 2] {
        let whole = Key::new(&Namespace::named("test"), &Miscounted(count)).unwrap_err();
        let within = Key::new(&Namespace::named("test"), &[Miscounted(count)]).unwrap_err();
        assert_eq!([whole.kind(), within.kind()], [ErrorKind::Encode; 2]);
    }
    agree(&[key(&Stubborn), key(&None::<u8>)]);
}

/// Reads no element at all.
#[derive(Debug)]
struct Absent;

impl FromKey for Absent {
    fn decode(_: &mut Decoder<'_>) -> Result<Self> {
        Ok(Self)
    }
}

#[test]
fn a_type_that_reads_nothing_is_an_error_and_no_endless_loop() {
    assert_eq!(key(&[1, 2]).decode::<Vec<Absent>>().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(key(&1).decode::<Absent>().unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn keys_nest_to_a_limit() {
    let kinds: [fn(KeyValue) -> KeyValue; 6] = [
        |inner| KeyValue::Some(Box::new(inner)),
        |inner| KeyValue::Sequence(vec![inner]),
        |inner| KeyValue::Tuple(vec![inner]),
        |inner| KeyValue::Set(vec![inner]),
        |inner| KeyValue::Map(vec![(inner, KeyValue::Null)]),
        |inner| KeyValue::Struct { name: "a".into(), fields: vec![("b".into(), inner)] },
    ];
    for kind in kinds {
        let deepest = (0..128).fold(KeyValue::Null, |value, _| kind(value));
        assert_eq!(key(&deepest).value().unwrap(), deepest);
        let refused = Key::new(&Namespace::named("test"), &kind(deepest)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
    }
    let deep = [key(&()).as_bytes().split_at(10).0, &[0x50].repeat(100_000)].concat();
    assert_eq!(Key::from_bytes(&deep).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn keys_that_encode_alike_make_no_map() {
    let map =
        KeyValue::Map(vec![(KeyValue::Float(0.0), KeyValue::Null), (KeyValue::Float(-0.0), KeyValue::Null)]);
    assert_eq!(Key::new(&Namespace::named("test"), &map).unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn keys_sort_by_number_then_text_then_bytes_then_structure() {
    let sorted = [
        key(&-1),
        key(&1.5),
        key(&2),
        key(""),
        key("a"),
        key("b"),
        key(b""),
        key(b"a"),
        key(&None::<u8>),
        key(&(1,)),
    ];
    let mut shuffled = [5, 2, 7, 1, 8, 9, 4, 0, 6, 3].map(|at: usize| sorted[at].clone()).to_vec();
    shuffled.sort();
    assert_eq!(shuffled, sorted);
}

#[test]
fn numbers_sort_exactly_where_floats_are_coarse() {
    let (edge, high) = (9_007_199_254_740_992.0, 9_223_372_036_854_775_808.0);
    let sorted = [
        key(&f64::NEG_INFINITY),
        key(&-1e300),
        key(&i64::MIN),
        key(&-high),
        key(&(i64::MIN + 1)),
        key(&-0.5),
        key(&0),
        key(&0.0),
        key(&5e-324),
        key(&(1_i64 << 53)),
        key(&edge),
        key(&((1_i64 << 53) + 1)),
        key(&(edge + 2.0)),
        key(&(i64::MAX - 1)),
        key(&i64::MAX),
        key(&high),
        key(&f64::INFINITY),
    ];
    assert!(sorted.is_sorted_by(|a, b| a < b), "{sorted:?}");
}

#[test]
fn keys_show_themselves_shortly() {
    let shown = |key: Key| key.to_string();
    assert_eq!(shown(key("it's \"a\"\n")), r#"test/"it's \"a\"\n""#);
    assert_eq!(shown(key(&(1,))), "test/(1,)");
    assert_eq!(shown(key(&(-1.0, b"\0", Some(None::<u8>)))), r#"test/(-1.0, b"\x00", some(null))"#);
    assert_eq!(shown(key(&BTreeMap::from([("a", [1, 2])]))), r#"test/{"a": [1, 2]}"#);
    assert_eq!(shown(key(&i128::MIN)), format!("test/{}", i128::MIN));
    assert_eq!(shown(Key::new(&Namespace::reserved(), &()).unwrap()), "(reserved)/()");
    let long = Key::new(&Namespace::named(&"n".repeat(1_000)), &[true; 1_000]).unwrap();
    assert!(long.to_string().ends_with('…') && long.to_string().chars().count() < 70, "{long}");
}

#[test]
fn digests_spread_over_shards() {
    let kinds: [fn(u32) -> Key; 5] = [
        |at| key(&at),
        |at| key(&f64::from(at)),
        |at| key(&at.to_string()),
        |at| key(&at.to_be_bytes()),
        |at| key(&(at, "x")),
    ];
    for kind in kinds {
        let mut shards = [0; 8];
        for at in 0..10_000 {
            shards[usize::from(kind(at).digest().as_bytes()[0] % 8)] += 1;
        }
        assert!(shards.iter().all(|count| *count <= 2_000), "{shards:?}");
    }
}
