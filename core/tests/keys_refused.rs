//! What is no key: bytes that say what an encoder would have said otherwise, or nothing at all.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use larder_core::ErrorKind;
use larder_core::key::{Key, Namespace};

/// Version and namespace of the keys here.
const PREFIX: &[u8] = &[0x01, 0x01, 0, 0, 0, 1, b'n'];

/// What reading a key with these elements answers.
fn read(elements: &[u8]) -> Result<Key, ErrorKind> {
    Key::from_bytes(&[PREFIX, elements].concat()).map_err(|error| error.kind())
}

/// Sees to it that the first is a key and the others are not.
#[track_caller]
fn only_the_first<const N: usize>(encodings: [&[u8]; N]) {
    let (first, others) = encodings.split_first().unwrap();
    assert!(read(first).unwrap().is_in(&Namespace::named("n")));
    for other in others {
        assert_eq!(read(other), Err(ErrorKind::Corrupt), "{other:x?}");
    }
}

/// The element of a number with this float, as its bits are ordered, and these last two bytes.
fn number(ordered: u64, low: u16) -> Vec<u8> {
    [&[0x10][..], &ordered.to_be_bytes(), &low.to_be_bytes()].concat()
}

#[test]
fn numbers_have_one_encoding() {
    let ordered =
        |float: f64| if float.is_sign_negative() { !float.to_bits() } else { float.to_bits() | 1 << 63 };
    let two_to_53 = ordered(9_007_199_254_740_992.0);
    only_the_first([
        &number(two_to_53, 2),
        // The next float is not above this number, a float has no remainder, an integer no fraction.
        &number(two_to_53, 4),
        &number(ordered(9_007_199_254_740_991.0), 4),
        &number(two_to_53, 3),
        &number(ordered(0.5), 0),
        &number(ordered(f64::INFINITY), 0),
        &number(ordered(9_223_372_036_854_775_808.0), 0),
        &number(ordered(-9_223_372_036_854_775_808.0 * 2.0), 0),
    ]);
    only_the_first([&number(ordered(0.0), 1), &number(ordered(-0.0), 1), &number(ordered(-0.0), 0)]);
    let tuple = |element: &[u8]| [&[0x51], element, &[0]].concat();
    let (nan, payload) = (ordered(f64::from_bits(0x7FF8 << 48)), ordered(f64::from_bits((0x7FF8 << 48) + 1)));
    only_the_first([
        &tuple(&number(nan, 1)),
        &number(nan, 1),
        &tuple(&number(payload, 1)),
        &tuple(&number(!nan, 1)),
        &tuple(&number(nan, 0)),
    ]);
}

#[test]
fn big_integers_have_no_leading_zeros_and_are_big() {
    let above = |magnitude: &[u8]| [&[0x49, u8::try_from(magnitude.len()).unwrap()], magnitude].concat();
    let below = |magnitude: &[u8]| {
        [0x48].into_iter().chain(above(magnitude).into_iter().skip(1).map(|byte| !byte)).collect::<Vec<_>>()
    };
    let edge = [0x80, 0, 0, 0, 0, 0, 0, 0];
    let beyond = [0x80, 0, 0, 0, 0, 0, 0, 1];
    only_the_first([
        &above(&edge),
        &above(&[0x7F, 255, 255, 255, 255, 255, 255, 255]),
        &above(&[&[0][..], &edge].concat()),
        &above(&[]),
        &above(&[1; 17]),
        &[0x49, 8, 1],
        &[0x49],
    ]);
    only_the_first([&below(&beyond), &below(&edge), &below(&[&[0][..], &beyond].concat()), &below(&[1; 17])]);
}

#[test]
fn text_is_utf8_and_ends() {
    only_the_first([
        &[0x20, b'a', 0, 0xFF, 0],
        &[0x20, b'a'],
        &[0x20, b'a', 0, 0xFF],
        &[0x20, 0xFF, 0],
        &[0x20, 0xC3, 0],
        &[0x20, 0xC3, 0, 0xFF, 0xA9, 0],
        &[0x20, 0xED, 0xA0, 0x80, 0],
        &[0x20, b'a', 0, 0x01],
    ]);
    only_the_first([&[0x30, 0xFF, 0, 0xFF, 0], &[0x30, 0xFF, 0, 0xFF], &[0x30]]);
}

#[test]
fn sets_and_maps_are_in_order_without_repetition() {
    only_the_first([
        &[0x52, 0x40, 0x42, 0x43, 0],
        &[0x52, 0x42, 0x40, 0x43, 0],
        &[0x52, 0x40, 0x42, 0x42, 0],
        &[0x52, 0x40, 0x42],
    ]);
    only_the_first([
        &[0x53, 0x40, 0x43, 0x42, 0x40, 0],
        &[0x53, 0x42, 0x40, 0x40, 0x43, 0],
        &[0x53, 0x40, 0x43, 0x40, 0x42, 0],
        &[0x53, 0x40, 0],
        &[0x53, 0x40, 0x43],
    ]);
    // A sequence may repeat itself, and so may the values of a map.
    assert!(read(&[0x50, 0x43, 0x42, 0x42, 0]).is_ok());
    assert!(read(&[0x53, 0x40, 0x43, 0x42, 0x43, 0]).is_ok());
}

#[test]
fn structures_have_names() {
    only_the_first([
        &[0x60, b'A', 0, b'a', 0, 0x40, 0],
        &[0x60, 0, b'a', 0, 0x40, 0],
        &[0x60, b'A', 0, b'a', 0, 0x40],
        &[0x60, b'A', 0, b'a', 0, 0],
        &[0x60, b'A'],
        &[0x60, 0xFF, 0, 0],
    ]);
    only_the_first([&[0x61, b'A', 0, b'B', 0, 0], &[0x61, 0, b'B', 0, 0], &[0x61, b'A', 0, 0, 0]]);
    // A name may begin with U+0000, which is not the end of the fields.
    assert!(read(&[0x60, b'A', 0, 0, 0xFF, 0, 0x40, 0]).is_ok());
}

#[test]
fn a_key_is_one_known_element() {
    only_the_first([
        &[0x40],
        &[],
        &[0x40, 0x40],
        &[0],
        &[0xFF],
        &[0x44],
        &[0x41],
        &[0x50, 0x44, 0],
        &[0x40, 0],
    ]);
}

#[test]
fn a_key_begins_with_version_and_namespace() {
    let kind = |bytes: &[u8]| Key::from_bytes(bytes).map_err(|error| error.kind());
    assert!(kind(&[1, 0, 0x40]).is_ok());
    assert_eq!(kind(&[2, 0, 0x40]), Err(ErrorKind::Format));
    let damaged: [&[u8]; 7] = [
        &[],
        &[1],
        &[1, 2, 0x40],
        &[1, 1, 0, 0],
        &[1, 1, 0, 0, 0, 2, b'n'],
        &[1, 1, 255, 255, 255, 255, 0x40],
        &[1, 1, 0, 0, 0, 1, 0xFF, 0x40],
    ];
    for bytes in damaged {
        assert_eq!(kind(bytes), Err(ErrorKind::Corrupt), "{bytes:x?}");
    }
}
