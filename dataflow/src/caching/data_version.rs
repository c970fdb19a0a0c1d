//! Versions of data: digests of values, which tell whether two values are one.
//!
//! The digest is over the canonical encoding of keys, which is typed, unambiguous, blind to the order of maps and sets, and frozen.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use larder::CacheKey;
use larder::key::{Encoder, Key, KeyValue, Namespace};

use crate::driver::RunId;
use crate::kind::Kind;
use crate::value::Value;

/// The version of a value: a text that can be the name of a file, equal for equal values only.
///
/// ```
/// use larder_dataflow::caching::DataVersion;
/// use larder_dataflow::{Value, kind};
///
/// let of = |value: f64| DataVersion::of(kind!(f64), &Value::new(value)).unwrap();
/// assert_eq!(of(1.0), of(1.0));
/// assert_ne!(of(1.0), of(2.0));
/// let null = DataVersion::of(kind!(Option<i64>), &Value::new(None::<i64>)).unwrap();
/// assert_eq!(null.as_str(), "<none>");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataVersion(String);

impl DataVersion {
    /// How deep values may nest: as deep as keys, within the tuple that they are put in.
    pub(super) const MOST_DEPTH: usize = 127;

    /// The version of `value`, a BLAKE3 digest in Base64 for URLs; `<none>` for null.
    ///
    /// Unlike as keys, `0.0` and `-0.0` are two values; every NaN is one.
    ///
    /// # Errors
    ///
    /// [`Invalid`](larder::ErrorKind::Invalid) for a type that is neither a [`CacheKey`] nor brings a version of its own, and for values that nest
    /// deeper than 127.
    pub fn of(kind: Kind, value: &Value) -> larder::Result<Self> {
        Self::within(kind, value, Self::MOST_DEPTH)
    }

    /// [`of`](Self::of), for values that nest up to `depth` deep.
    ///
    /// # Errors
    ///
    /// As for `of`; what nests deeper has no version as a whole.
    pub fn within(kind: Kind, value: &Value, depth: usize) -> larder::Result<Self> {
        if let Some(version) = kind.own_version() {
            let mut hasher = DataHasher(blake3::Hasher::new());
            hasher.0.update(kind.name().as_bytes()).update(&[0]);
            version(value, &mut hasher)?;
            return Ok(Self::digest(&hasher.0.finalize()));
        }
        let key = |value: &dyn CacheKey| {
            // Within a tuple, for which also NaN is a key.
            Key::new(&Namespace::named("data"), &Within(value))
        };
        let encoded = key(&Typed { kind, value })?;
        // The encoder has its own bound, the greatest.
        if depth < Self::MOST_DEPTH && depth_of(&encoded.value()?) > depth + 1 {
            let message = format!("a value that nests deeper than {depth} has no version");
            return Err(larder::Error::new(larder::ErrorKind::Invalid, message));
        }
        if encoded == key(&None::<i64>)? {
            return Ok(Self("<none>".to_owned()));
        }
        Ok(Self::digest(&blake3::hash(encoded.as_bytes())))
    }

    fn digest(digest: &blake3::Hash) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest.as_bytes()))
    }

    /// That of a value which has none: unlike any other.
    pub(super) fn unversionable(random: &RunId) -> Self {
        Self(format!("<unhashable>_{random}"))
    }

    /// That of a value which is not to be found again: unlike any other.
    pub(super) fn disabled(random: &RunId) -> Self {
        Self(format!("<disable>_{random}"))
    }

    /// That of a value which does not matter: always the same.
    pub(super) fn ignored() -> Self {
        Self("<ignore>".to_owned())
    }

    /// That of what a saver tells of what it has saved.
    pub(super) fn of_saver(node: &str) -> Self {
        Self(format!("{node}__metadata"))
    }

    /// This version, for one call alone.
    pub(super) fn of_call(&self, key: &super::NodeKey) -> Self {
        let digest = blake3::hash(key.to_string().as_bytes());
        Self(format!("{self}-{}", URL_SAFE_NO_PAD.encode(digest.as_bytes())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for DataVersion {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for DataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Digests what makes up a value.
#[derive(Debug)]
pub struct DataHasher(blake3::Hasher);

impl DataHasher {
    /// Adds a part, with its length: parts are never run together.
    pub fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    }
}

/// A type that says itself what makes up a value, in the place of its being a [`CacheKey`].
///
/// ```
/// use larder_dataflow::caching::{DataHasher, DataVersion, VersionedData};
/// use larder_dataflow::{Value, kind};
///
/// /// A picture, of which the time when it was loaded is no part.
/// struct Picture {
///     pixels: Vec<u8>,
///     loaded: std::time::Instant,
/// }
///
/// impl VersionedData for Picture {
///     fn hash_data(&self, hasher: &mut DataHasher) -> larder::Result<()> {
///         hasher.part(&self.pixels);
///         Ok(())
///     }
/// }
///
/// let picture = || Value::new(Picture { pixels: vec![1, 2], loaded: std::time::Instant::now() });
/// let of = |value| DataVersion::of(kind!(Picture), &value).unwrap();
/// assert_eq!(of(picture()), of(picture()));
/// ```
pub trait VersionedData {
    /// Adds all that makes up the value, each part on its own: shape, types, content.
    ///
    /// # Errors
    ///
    /// [`Invalid`](larder::ErrorKind::Invalid) for a value that has no version; what depends on it then runs each time.
    fn hash_data(&self, hasher: &mut DataHasher) -> larder::Result<()>;
}

/// How many structures are within each other.
fn depth_of(value: &KeyValue) -> usize {
    let within = |deepest: Option<usize>| deepest.map_or(1, |depth| depth + 1);
    match value {
        KeyValue::Some(value) => depth_of(value) + 1,
        KeyValue::Sequence(values) | KeyValue::Tuple(values) | KeyValue::Set(values) => {
            within(values.iter().map(depth_of).max())
        }
        KeyValue::Map(pairs) => {
            within(pairs.iter().flat_map(|(key, value)| [key, value]).map(depth_of).max())
        }
        KeyValue::Struct { fields, .. } | KeyValue::Variant { fields, .. } => {
            within(fields.iter().map(|(_, value)| depth_of(value)).max())
        }
        _ => 0,
    }
}

struct Typed<'a> {
    kind: Kind,
    value: &'a Value,
}

impl CacheKey for Typed<'_> {
    fn encode(&self, encoder: &mut Encoder) -> larder::Result<()> {
        self.kind.encode(self.value, encoder)
    }
}

struct Within<'a>(&'a dyn CacheKey);

impl CacheKey for Within<'_> {
    fn encode(&self, encoder: &mut Encoder) -> larder::Result<()> {
        encoder.signed_zeros(|encoder| encoder.tuple(|encoder| encoder.element(self.0)))
    }
}
