//! What holds of every key: injective, ordered, read back, and nothing but what the encoder writes is read.
//!
//! The twins are naive: equality by walking both values, order of numbers by exact arithmetic.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::float_cmp, reason = "keys are equal exactly or not at all")]
#![expect(clippy::cast_precision_loss, reason = "any float near the integer will do")]

use std::cmp::Ordering;

use larder_core::ErrorKind;
use larder_core::key::{Key, KeyValue, Namespace};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::{collection::vec, sample::Index, sample::select};

fn key(value: &KeyValue) -> Key {
    Key::new(&Namespace::named("test"), value).unwrap()
}

/// Whether two values are equal, without encoding either.
fn equal(a: &KeyValue, b: &KeyValue) -> bool {
    use KeyValue as V;
    let all = |a: &[V], b: &[V]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b));
    let within = |a: &[V], b: &[V]| a.iter().all(|a| b.iter().any(|b| equal(a, b)));
    let named = |a: &[(String, V)], b: &[(String, V)]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && equal(&a.1, &b.1))
    };
    match (a, b) {
        (V::Null, V::Null) => true,
        (V::Bool(a), V::Bool(b)) => a == b,
        (V::Integer(a), V::Integer(b)) => a == b,
        (V::BigInteger { .. }, V::BigInteger { .. }) => parts(a) == parts(b),
        (V::Float(a), V::Float(b)) => a == b || a.is_nan() && b.is_nan(),
        (V::Text(a), V::Text(b)) => a == b,
        (V::Bytes(a), V::Bytes(b)) => a == b,
        (V::Some(a), V::Some(b)) => equal(a, b),
        (V::Sequence(a), V::Sequence(b)) | (V::Tuple(a), V::Tuple(b)) => all(a, b),
        (V::Set(a), V::Set(b)) => within(a, b) && within(b, a),
        (V::Map(a), V::Map(b)) => {
            let found =
                |pair: &(V, V)| b.iter().any(|other| equal(&pair.0, &other.0) && equal(&pair.1, &other.1));
            a.len() == b.len() && a.iter().all(found)
        }
        (V::Struct { name: a, fields }, V::Struct { name: b, fields: others }) => {
            a == b && named(fields, others)
        }
        (V::Variant { name: a, variant, fields }, V::Variant { name: b, variant: other, fields: others }) => {
            a == b && variant == other && named(fields, others)
        }
        _ => false,
    }
}

/// Sign and distance of a big integer, such that they compare as the integers do.
fn parts(value: &KeyValue) -> (u8, u128) {
    match value {
        KeyValue::BigInteger { negative: true, magnitude } => (0, u128::MAX - magnitude),
        KeyValue::BigInteger { negative: false, magnitude } => (1, *magnitude),
        other => panic!("{other} is no big integer"),
    }
}

/// Compares two raw keys without encoding either; `None` where both are structured.
fn naive(a: &KeyValue, b: &KeyValue) -> Option<Ordering> {
    use KeyValue as V;
    let rank = |value: &V| match value {
        V::Integer(_) | V::Float(_) => 0,
        V::Text(_) => 1,
        V::Bytes(_) => 2,
        _ => 3,
    };
    Some(match (a, b) {
        (V::Integer(a), V::Integer(b)) => a.cmp(b),
        (V::Float(a), V::Float(b)) => a.partial_cmp(b).unwrap(),
        (V::Integer(a), V::Float(b)) => mixed(*a, *b),
        (V::Float(a), V::Integer(b)) => mixed(*b, *a).reverse(),
        (V::Text(a), V::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (V::Bytes(a), V::Bytes(b)) => a.cmp(b),
        (a, b) if rank(a) == 3 && rank(b) == 3 => return None,
        (a, b) => rank(a).cmp(&rank(b)),
    })
}

/// Compares exactly: floats within 2^100 by their whole part and what is left of it.
fn mixed(integer: i64, float: f64) -> Ordering {
    if float.abs() > 1e30 {
        return if float > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within 2^100 is held exactly")]
    let below = float.floor() as i128;
    match i128::from(integer).cmp(&below) {
        Ordering::Equal => Ordering::Less,
        unequal => unequal,
    }
}

fn integers() -> impl Strategy<Value = i64> {
    let edges = [i64::MIN, -(1 << 53), 0, 1 << 53, 1 << 62, i64::MAX];
    prop_oneof![
        any::<i64>(),
        -2_i64..3,
        (select(edges.to_vec()), -1_025_i64..1_026).prop_map(|(a, b)| a.saturating_add(b))
    ]
}

fn floats() -> impl Strategy<Value = f64> {
    let special = [0.0, -0.0, 0.5, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 5e-324, f64::MAX];
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        select(special.to_vec()),
        integers().prop_map(|near| near as f64),
        integers().prop_map(|near| (near as f64).next_up()),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(select(['\0', '\u{1}', 'a', 'b', '\u{FF}', '\u{10FFFF}'].to_vec()), 0..4)
            .prop_map(|characters| characters.into_iter().collect()),
        vec(any::<char>(), 0..8).prop_map(|characters| characters.into_iter().collect()),
    ]
}

fn names() -> impl Strategy<Value = String> + Clone {
    select(["a", "b", "\0", "a\0", "0"].to_vec()).prop_map(str::to_owned)
}

fn raw() -> impl Strategy<Value = KeyValue> {
    let bytes = prop_oneof![vec(any::<u8>(), 0..8), vec(select([0, 1, 0xFE, 0xFF].to_vec()), 0..4)];
    prop_oneof![
        integers().prop_map(KeyValue::Integer),
        floats().prop_map(KeyValue::Float),
        texts().prop_map(KeyValue::Text),
        bytes.prop_map(|bytes| KeyValue::Bytes(bytes.into())),
    ]
}

fn big() -> impl Strategy<Value = KeyValue> {
    let magnitudes = prop_oneof![any::<u128>(), (1_u128 << 63)..(1 << 66), Just(u128::MAX), Just(1 << 127)];
    (any::<bool>(), magnitudes).prop_map(|(negative, magnitude)| KeyValue::BigInteger {
        negative,
        magnitude: magnitude.max((1 << 63) + 1),
    })
}

fn values() -> impl Strategy<Value = KeyValue> {
    let leaf = prop_oneof![
        4 => raw(),
        1 => big(),
        1 => Just(KeyValue::Null),
        1 => any::<bool>().prop_map(KeyValue::Bool),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let fields = vec((names(), inner.clone()), 0..3);
        prop_oneof![
            inner.clone().prop_map(|value| KeyValue::Some(Box::new(value))),
            vec(inner.clone(), 0..4).prop_map(KeyValue::Sequence),
            vec(inner.clone(), 0..4).prop_map(KeyValue::Tuple),
            vec(inner.clone(), 0..4).prop_map(KeyValue::Set),
            vec((inner.clone(), inner), 0..4).prop_map(|pairs| {
                let mut map: Vec<(KeyValue, KeyValue)> = Vec::new();
                for pair in pairs {
                    if !map.iter().any(|(key, _)| equal(key, &pair.0)) {
                        map.push(pair);
                    }
                }
                KeyValue::Map(map)
            }),
            (names(), fields.clone()).prop_map(|(name, fields)| KeyValue::Struct { name, fields }),
            (names(), names(), fields).prop_map(|(name, variant, fields)| KeyValue::Variant {
                name,
                variant,
                fields
            }),
        ]
    })
    // NaN by itself is no key.
    .prop_map(|value| match value {
        KeyValue::Float(float) if float.is_nan() => KeyValue::Tuple(vec![value]),
        value => value,
    })
}

/// Values of few different parts, so that two of them are often equal.
fn alike() -> impl Strategy<Value = KeyValue> {
    let leaf = select(vec![
        KeyValue::Null,
        KeyValue::Integer(0),
        KeyValue::Float(0.0),
        KeyValue::Float(-0.0),
        KeyValue::Text(String::new()),
        KeyValue::Bytes("\0".into()),
    ]);
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(KeyValue::Sequence),
            vec(inner.clone(), 0..3).prop_map(KeyValue::Set),
            (inner.clone(), inner).prop_map(|pair| KeyValue::Map(vec![pair])),
        ]
    })
}

/// Walks `bytes` a little out of shape.
fn damaged(bytes: &[u8], changes: &[(Index, u8, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, how, byte) in changes {
        let at = at.index(bytes.len() + 1);
        match how % 4 {
            0 => bytes.insert(at, *byte),
            1 => bytes.truncate(at.max(1)),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                if let Some(found) = bytes.get_mut(at) {
                    *found = *byte;
                }
            }
        }
    }
    bytes
}

fn accepted_only_as_written(bytes: &[u8]) {
    match Key::from_bytes(bytes) {
        Ok(key) => {
            let namespace = Namespace::named("test");
            assert_eq!(key.as_bytes(), bytes);
            if key.is_in(&namespace) {
                assert_eq!(Key::new(&namespace, &key.value().unwrap()).unwrap().as_bytes(), bytes);
            }
        }
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format), "{error} of {bytes:?}");
        }
    }
}

proptest! {
    #[test]
    fn a_key_is_read_back_whole(value in values()) {
        let first = key(&value);
        let read = Key::from_bytes(first.as_bytes()).unwrap().value().unwrap();
        prop_assert!(equal(&read, &value), "{read} for {value}");
        prop_assert_eq!(key(&read), first);
    }

    #[test]
    fn values_are_equal_exactly_where_their_keys_are(a in values(), b in values()) {
        prop_assert_eq!(equal(&a, &b), key(&a) == key(&b));
    }

    #[test]
    fn values_of_few_parts_are_equal_exactly_where_their_keys_are(a in alike(), b in alike()) {
        prop_assert_eq!(equal(&a, &b), key(&a) == key(&b));
    }

    #[test]
    fn what_follows_the_beginning_of_a_key_begins_no_element(a in values(), b in values()) {
        if let Some([next, ..]) = key(&a).as_bytes().strip_prefix(key(&b).as_bytes()) {
            prop_assert_eq!(*next, 0xFF);
        }
    }

    #[test]
    fn keys_sort_as_their_values_do(a in raw(), b in prop_oneof![raw(), values()]) {
        if let KeyValue::Float(float) = &a { proptest::prop_assume!(!float.is_nan()); }
        if let KeyValue::Float(float) = &b { proptest::prop_assume!(!float.is_nan()); }
        prop_assert_eq!(naive(&a, &b), Some(key(&a).cmp(&key(&b))));
    }

    #[test]
    fn numbers_sort_exactly(integer in integers(), float in floats()) {
        proptest::prop_assume!(!float.is_nan());
        let sorted = key(&KeyValue::Integer(integer)).cmp(&key(&KeyValue::Float(float)));
        prop_assert_eq!(sorted, mixed(integer, float));
        let near = KeyValue::Float(integer as f64);
        prop_assert_eq!(key(&KeyValue::Integer(integer)).cmp(&key(&near)), mixed(integer, integer as f64));
    }

    #[test]
    fn big_integers_sort_by_sign_and_magnitude(a in big(), b in big()) {
        prop_assert_eq!(key(&a).cmp(&key(&b)), parts(&a).cmp(&parts(&b)));
    }

    #[test]
    fn any_bytes_are_refused_or_read_as_written(
        value in vec(prop_oneof![any::<u8>(), select([0_u8, 0x10, 0x20, 0x41, 0x50, 0x52, 0x53, 0x60].to_vec())], 0..40),
    ) {
        accepted_only_as_written(&value);
        accepted_only_as_written(&[&[1, 1, 0, 0, 0, 4][..], b"test", &value].concat());
    }

    #[test]
    fn damaged_keys_are_refused_or_read_as_written(
        value in values(),
        changes in vec((any::<Index>(), any::<u8>(), prop_oneof![any::<u8>(), Just(0)]), 1..4),
    ) {
        accepted_only_as_written(&damaged(key(&value).as_bytes(), &changes));
    }

    #[test]
    fn every_value_shows_itself(value in values()) {
        prop_assert!(!value.to_string().contains('…'), "{}", value);
        prop_assert!(key(&value).to_string().chars().count() <= 70);
    }

    #[test]
    fn a_key_as_a_value_is_what_it_was_made_of(value in values()) {
        let made = Key::new(&Namespace::named("elsewhere"), &value).unwrap();
        let here = Namespace::named("test");
        prop_assert_eq!(Key::new(&here, &made).unwrap(), key(&value));
        prop_assert_eq!(Key::new(&here, &(1, &made)).unwrap(), Key::new(&here, &(1, &value)).unwrap());
    }
}
