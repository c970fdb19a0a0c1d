//! The promises of a [`Codec`]: values come back as they were, and bytes that are none are errors.
//!
//! The values are the author's, since a codec is for a type: give them some of every shape that the type has.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use larder_core::Bytes;
use larder_core::codec::{Codec, Limits};
use larder_core::error::ErrorKind;

/// How many places of a long body are tried.
const PLACES: usize = 512;

/// Every value that is encoded comes back equal; one that the codec cannot hold is refused as
/// [`Encode`](ErrorKind::Encode), and one at least can be held.
///
/// [VAL-1, VAL-2, VAL-9, KEY-34]
///
/// # Panics
///
/// When the promise is broken.
pub fn values_come_back<V: PartialEq + Debug + 'static>(codec: &dyn Codec<V>, values: &[V]) {
    let name = codec.name().to_owned();
    assert!(!name.is_empty(), "a codec has a name");
    let mut held = 0;
    for value in values {
        match codec.encode(value) {
            Ok(body) => {
                let read = codec.decode(&body, &Limits::default());
                let read = read.unwrap_or_else(|error| panic!("{name}: decoding {value:?}: {error:?}"));
                assert_eq!(&read, value, "{name}: another value comes back");
                held += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Encode, "{name}: encoding {value:?}: {error:?}");
            }
        }
    }
    assert!(held > 0, "{name}: it holds none of {} values", values.len());
    assert_eq!(codec.name(), name, "the name of a codec changed");
}

/// Bytes that were cut anywhere are a value or a [`Decode`](ErrorKind::Decode) error, and never a panic.
///
/// [VAL-10]
///
/// # Panics
///
/// When the promise is broken.
pub fn cut_bytes_are_no_panic<V: PartialEq + Debug + 'static>(codec: &dyn Codec<V>, values: &[V]) {
    for body in bodies(codec, values) {
        for place in places(body.len()) {
            harmless(codec, &body.slice(..place));
        }
    }
}

/// Bytes of which one was changed, and bytes after the end, are a value or a [`Decode`](ErrorKind::Decode) error, and never a panic.
///
/// [VAL-10]
///
/// # Panics
///
/// When the promise is broken.
pub fn changed_bytes_are_no_panic<V: PartialEq + Debug + 'static>(codec: &dyn Codec<V>, values: &[V]) {
    for body in bodies(codec, values) {
        for place in places(body.len()) {
            for flip in [0x01, 0x80, 0xFF] {
                let mut bytes = body.to_vec();
                bytes[place] ^= flip;
                harmless(codec, &bytes.into());
            }
        }
        harmless(codec, &[&body, &b"\0\xFFmore"[..]].concat().into());
    }
    harmless(codec, &Bytes::new());
    harmless(codec, &vec![0xFF; 64].into());
}

/// A value of more bytes than the limits admit is a [`Decode`](ErrorKind::Decode) error.
///
/// [VAL-10]
///
/// # Panics
///
/// When the promise is broken, or no value is longer than a byte.
pub fn limits_are_obeyed<V: PartialEq + Debug + 'static>(codec: &dyn Codec<V>, values: &[V]) {
    let limits = Limits { max_decoded: 1, ..Limits::default() };
    let bodies = bodies(codec, values);
    let longest = bodies.iter().max_by_key(|body| body.len()).filter(|body| body.len() > 1);
    let Some(longest) = longest else { panic!("{}: no value is longer than a byte", codec.name()) };
    match codec.decode(longest, &limits) {
        Ok(value) => panic!("{}: {} bytes beyond the limit are {value:?}", codec.name(), longest.len()),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Decode, "{}: {error:?}", codec.name()),
    }
}

/// A value that is written within limits is read within the same limits; one beyond them is refused as
/// [`Encode`](ErrorKind::Encode) and not stored where it cannot be read.
///
/// [VAL-1, VAL-10]
///
/// # Panics
///
/// When the promise is broken.
pub fn what_is_written_within_limits_is_read_within_them<V>(codec: &dyn Codec<V>, values: &[V])
where
    V: PartialEq + Debug + 'static,
{
    let name = codec.name();
    let sizes = bodies(codec, values).iter().map(|body| body.len() as u64).max().unwrap_or(0);
    let bytes = [0, 1, 2, 7, 64, sizes.saturating_sub(1), sizes].map(|max_decoded| (max_decoded, 128));
    for (max_decoded, max_depth) in bytes.into_iter().chain((0..9).map(|depth| (1 << 30, depth))) {
        let limits = Limits { max_decoded, max_depth };
        for value in values {
            match codec.encode_within(value, &limits) {
                Ok(body) => {
                    let read = codec.decode(&body, &limits);
                    let read =
                        read.unwrap_or_else(|error| panic!("{name}: {value:?} within {limits:?}: {error:?}"));
                    assert_eq!(&read, value, "{name}: another value comes back within {limits:?}");
                }
                Err(error) => {
                    assert_eq!(
                        error.kind(),
                        ErrorKind::Encode,
                        "{name}: {value:?} within {limits:?}: {error:?}"
                    );
                }
            }
        }
    }
}

/// The bodies of those values that the codec holds.
fn bodies<V: 'static>(codec: &dyn Codec<V>, values: &[V]) -> Vec<Bytes> {
    values.iter().filter_map(|value| codec.encode(value).ok()).collect()
}

/// Places in a body: all of a short one, some of a long one.
fn places(length: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(length.div_ceil(PLACES).max(1))
}

/// Requires that decoding `body` ends in a value or a decode error.
fn harmless<V: 'static>(codec: &dyn Codec<V>, body: &Bytes) {
    let decoded = catch_unwind(AssertUnwindSafe(|| codec.decode(body, &Limits::default()).map(drop)));
    let Ok(decoded) = decoded else { panic!("{}: decoding {body:?} panics", codec.name()) };
    if let Err(error) = decoded {
        assert_eq!(error.kind(), ErrorKind::Decode, "{}: decoding {body:?}: {error:?}", codec.name());
    }
}

/// Makes a module of tests for a codec, one for each promise: its name, the codec, and values of its type.
///
/// ```
/// use larder_core::codec::Format;
///
/// larder_conformance::codec_conformance! { json_texts, Format::Json, ["", "text", "\0"].map(String::from) }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! codec_conformance {
    ($name:ident, $codec:expr, $values:expr $(,)?) => {
        $crate::codec_conformance! { @tests $name ($codec) ($values)
            values_come_back cut_bytes_are_no_panic changed_bytes_are_no_panic limits_are_obeyed
            what_is_written_within_limits_is_read_within_them
        }
    };
    (@tests $name:ident $codec:tt $values:tt $($check:ident)*) => {
        mod $name {
            // The caller's expressions name what the caller has in scope.
            #[allow(unused_imports, clippy::wildcard_imports, reason = "the expressions are the caller's")]
            use super::*;
            $(#[test]
            fn $check() {
                $crate::codecs::$check(&$codec, &$values);
            })*
        }
    };
}
