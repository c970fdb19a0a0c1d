//! Tries values of one type with all formats and compressions.

use std::fmt::Debug;

use larder_core::ErrorKind;
use larder_core::codec::{Codecs, Compression, Encoded, Format};
use larder_core::entry::{Fingerprint, Meta};
use larder_core::random::Seeded;
use larder_core::time::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// More writes of a value than are read back because they are the first.
const WARM: usize = 20;

/// A type of the matrix.
pub(crate) trait Value:
    Serialize + DeserializeOwned + PartialEq + Debug + Send + Sync + 'static
{
}

impl<T: Serialize + DeserializeOwned + PartialEq + Debug + Send + Sync + 'static> Value for T {}

pub(crate) const ALL: &[&str] = &["json", "messagepack", "postcard", "bincode"];
pub(crate) const NAMED: &[&str] = &["json", "messagepack"];
pub(crate) const BINARY: &[&str] = &["messagepack", "postcard", "bincode"];
pub(crate) const COMPACT: &[&str] = &["postcard", "bincode"];
pub(crate) const NONE: &[&str] = &[];

pub(crate) fn formats() -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(|format| *format != Format::Raw)
}

pub(crate) fn codecs<V: Value>(format: Format) -> Codecs<V> {
    Codecs::serde(format).schema(Fingerprint::of("matrix"))
}

pub(crate) fn decode<V: Value>(codecs: &Codecs<V>, encoded: Encoded) -> V {
    let mut meta = Meta::new(&Seeded::new(1), Time::EPOCH, encoded.format, encoded.compression);
    meta.schema = encoded.schema;
    codecs.decode(&meta, encoded.body).expect("what is written can be read")
}

/// Requires that `value` comes back, or is refused with a reason and is not in a format that `holds` it.
fn one<V: Value>(codecs: &Codecs<V>, format: Format, value: &V, holds: &[&str]) {
    match codecs.encode(value) {
        Ok(encoded) => {
            let read = decode(codecs, encoded);
            // NaN equals nothing, so it is compared by what is shown.
            let same = read == *value || format!("{read:?}") == format!("{value:?}");
            assert!(same, "{format}: {value:?} is read back as {read:?}");
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Encode, "{format}: {value:?}: {error}");
            assert!(error.to_string().contains(&format!("as {format}: ")), "{format}: no reason: {error}");
            assert!(!holds.contains(&format.name()), "{format} does not hold {value:?}: {error:?}");
        }
    }
}

/// Requires that every one of `values` comes back or is refused, also after many writes of any other of them, and that
/// the formats that `holds` names hold all of them.
pub(crate) fn check<V: Value>(holds: &[&str], values: &[V]) {
    for format in formats() {
        for value in values {
            for compression in [Compression::None, Compression::ZSTD, Compression::Lz4] {
                one(&codecs(format).compressed(compression), format, value, holds);
            }
        }
        for first in values {
            let codecs = codecs(format);
            for _ in 0..WARM {
                one(&codecs, format, first, holds);
            }
            for value in values {
                one(&codecs, format, value, holds);
            }
        }
    }
}

/// As [`check`], and requires that `refused` refuse every value.
pub(crate) fn check_refused<V: Value>(holds: &[&str], refused: &[&str], values: &[V]) {
    check(holds, values);
    for format in formats().filter(|format| refused.contains(&format.name())) {
        for value in values {
            let codecs = codecs::<V>(format);
            assert!(codecs.encode(value).is_err(), "{format} takes {value:?}");
        }
    }
}
