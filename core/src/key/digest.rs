//! The digest of a key: what names an entry on a disk.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// The BLAKE3 hash of a whole key: 256 bits.
///
/// A digest finds an entry; whether it is the entry of a key, the stored key decides.
///
/// ```
/// use larder_core::key::{Digest, Key, Namespace};
///
/// let key = Key::new(&Namespace::named("users"), "ann")?;
/// let text = key.digest().to_string();
/// assert_eq!(text.parse::<Digest>()?, *key.digest());
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of the bytes of a whole key.
    pub fn of(key: &[u8]) -> Self {
        Self(*blake3::hash(key).as_bytes())
    }

    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The first eight bytes, little-endian: for tables and the memory of a policy, never for identity.
    pub fn hash(&self) -> u64 {
        u64::from_le_bytes(*self.0.first_chunk().expect("a digest has 32 bytes"))
    }

    /// The bytes of this digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    /// Writes 64 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = Error;

    /// Reads 64 hexadecimal digits; upper case is refused, so that one digest has one name.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::Invalid, "a digest is 64 lower-case hexadecimal digits");
        let (pairs, odd) = text.as_bytes().as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !odd.is_empty() {
            return Err(wrong());
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (nibble(*high).ok_or_else(wrong)? << 4) | nibble(*low).ok_or_else(wrong)?;
        }
        Ok(Self(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_back_from_its_text() {
        let digest = Digest::of(b"key");
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
    }

    #[test]
    fn other_text_is_no_digest() {
        let text = Digest::of(b"key").to_string();
        for wrong in ["", &text[1..], &text.to_uppercase(), &format!("{text}00"), &text.replace('1', "g")] {
            assert_eq!(wrong.parse::<Digest>().unwrap_err().kind(), ErrorKind::Invalid, "{wrong}");
        }
    }
}
