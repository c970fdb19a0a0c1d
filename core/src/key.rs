//! Keys: canonical, typed, and themselves.
//!
//! A key is its bytes: a version, a namespace and the canonical encoding of a value. Equal values have equal
//! bytes on every machine, unequal ones never, and `memcmp` sorts them. The price is a fixed encoding, frozen by
//! golden vectors, in place of `Hash`, `Debug` or a serializer; `docs/design/0002-keys.md` describes it.

mod collections;
mod decoder;
mod digest;
mod element;
mod encoder;
mod namespace;
mod numbers;
mod sequences;
mod show;
mod text;
mod traits;
mod tuples;
mod value;
mod wrappers;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use crate::error::Result;
use encoder::Encoded;

pub use decoder::{Decoder, Elements, NamedFields};
pub use digest::Digest;
pub use encoder::{Encoder, Fields};
pub use namespace::Namespace;
pub use traits::{CacheKey, FromKey};
pub use value::KeyValue;

pub(crate) use encoder::encoding;

/// The key of an entry: what identifies it, whole.
///
/// Equality, order and hash are those of the [bytes](Self::as_bytes); the [digest](Self::digest) plays no part in
/// them. Keys of up to 64 bytes allocate nothing.
///
/// ```
/// use larder_core::key::{Key, Namespace};
///
/// let users = Namespace::named("users");
/// let key = Key::new(&users, &("ann", 42))?;
/// assert_eq!(key, Key::new(&users, &(String::from("ann"), 42_u8))?);
/// assert_eq!(key.to_string(), r#"users/("ann", 42)"#);
/// assert_eq!(key.decode::<(String, u64)>()?, ("ann".to_owned(), 42));
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Key {
    bytes: Encoded,
    /// Where the value begins.
    value: usize,
    namespace: u64,
    digest: OnceLock<Digest>,
}

impl Key {
    /// The key of `value` in `namespace`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for NaN and for what no key can hold (see [`Encoder`]),
    /// and whatever a [`CacheKey`] of the user answers.
    pub fn new(namespace: &Namespace, value: &(impl CacheKey + ?Sized)) -> Result<Self> {
        let prefix = namespace.prefix()?;
        let mut encoder = Encoder::after(prefix);
        encoder.element(value)?;
        Ok(Self {
            bytes: encoder.finish(),
            value: prefix.len(),
            namespace: namespace.id(),
            digest: OnceLock::new(),
        })
    }

    /// The key that has these bytes, every one of which is checked.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for bytes that no key has, and
    /// [`ErrorKind::Format`](crate::ErrorKind::Format) for another version of the encoding.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (prefix, _, value) = namespace::split(bytes)?;
        Decoder::new(value).whole::<value::Ignored>()?;
        Ok(Self {
            bytes: Encoded::from_slice(bytes),
            value: prefix.len(),
            namespace: namespace::id_of(prefix),
            digest: OnceLock::new(),
        })
    }

    /// The bytes of the whole key: version, namespace, value.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the bytes, computed when it is first asked for.
    pub fn digest(&self) -> &Digest {
        self.digest.get_or_init(|| Digest::of(&self.bytes))
    }

    /// This key with another digest.
    ///
    /// For tests only: with it they make keys whose digests collide, which BLAKE3 does not give them. A cache
    /// finds nothing under such a key that it keeps under the true digest.
    #[must_use]
    pub fn with_digest(mut self, digest: Digest) -> Self {
        self.digest = OnceLock::from(digest);
        self
    }

    /// The [id](Namespace::id) of this key's namespace.
    pub fn namespace_id(&self) -> u64 {
        self.namespace
    }

    /// Whether this key belongs to `namespace`; decided by the name, not by its id.
    pub fn is_in(&self, namespace: &Namespace) -> bool {
        namespace.prefix().is_ok_and(|prefix| self.parts().0 == prefix)
    }

    /// The value of this key, whatever its type was.
    ///
    /// # Errors
    ///
    /// None in practice: the bytes of a key are checked when it is made.
    pub fn value(&self) -> Result<KeyValue> {
        self.decode()
    }

    /// The value of this key as a `K`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when the key is no `K`.
    pub fn decode<K: FromKey>(&self) -> Result<K> {
        Decoder::new(self.parts().1).whole()
    }

    /// The namespace, with the version before it, and the value.
    fn parts(&self) -> (&[u8], &[u8]) {
        self.bytes.split_at_checked(self.value).unwrap_or_default()
    }
}

impl CacheKey for Key {
    /// Writes the value of this key, without its namespace: so a key that was made once can be asked for again and
    /// again, in whatever cache, without what it was made of.
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        if encoder.is_outermost() {
            encoder.encoded(self.parts().1);
            return Ok(());
        }
        self.value()?.encode(encoder)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The bytes delimit themselves: their length need not be hashed with them.
        state.write(&self.bytes);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Key {
    /// Writes namespace and value for a human, shortened to some 64 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::key(f, &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_keys_lie_in_place() {
        let users = Namespace::named("users");
        let long = Key::new(&users, &"x".repeat(51)).unwrap();
        assert_eq!(long.as_bytes().len(), 64);
        let keys = [Key::new(&users, &u64::MAX).unwrap(), Key::new(&users, &("ann", 42)).unwrap(), long];
        assert!(keys.iter().all(|key| !key.bytes.spilled()));
    }
}
