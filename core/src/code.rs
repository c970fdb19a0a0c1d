//! What a cached result depends on besides its arguments: the code that made it.
//!
//! A [`CodeVersion`] is the BLAKE3 digest of the normal form of a function's source, which the macros `#[memoize]`,
//! `#[node]` and `#[versioned]` write down, and of whatever is added to it by hand. The functions that it calls are
//! not in it unless they are named.

use std::fmt;

use crate::Result;
use crate::key::{CacheKey, Digest, Encoder};

/// The version of a piece of code: 32 bytes that differ where the code does.
///
/// ```
/// use larder_core::code::CodeVersion;
///
/// let one = CodeVersion::of_source("fn one ( ) -> u8 { 1 }");
/// assert_ne!(one, CodeVersion::of_source("fn one ( ) -> u8 { 2 }"));
/// assert_ne!(one, one.and("release", "2026-11"));
/// assert_eq!(one.to_string().len(), 64);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeVersion(Digest);

impl CodeVersion {
    /// The version of source text in the normal form that the macros of larder write.
    ///
    /// It is the plain BLAKE3 digest of the text, so that other tools can compute it.
    pub fn of_source(normal_form: &str) -> Self {
        Self(Digest::of(normal_form.as_bytes()))
    }

    /// This version and something else that results depend on: `name` says what it is, `what` what it is now.
    ///
    /// The order of additions matters, as do names: nothing is ever equal by accident of joining texts.
    #[must_use]
    pub fn and(self, name: &str, what: impl AsRef<[u8]>) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"larder code 1\0");
        hasher.update(self.0.as_bytes());
        for part in [name.as_bytes(), what.as_ref()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(Digest::from_bytes(*hasher.finalize().as_bytes()))
    }

    /// This version and that of a function which is called.
    #[must_use]
    pub fn and_code(self, name: &str, code: Self) -> Self {
        self.and(name, code.0.as_bytes())
    }

    /// The 32 bytes of this version.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for CodeVersion {
    /// Writes 64 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CodeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl CacheKey for CodeVersion {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.bytes(self.as_bytes())
    }
}

/// A function whose version is known: what `#[versioned]`, `#[memoize]` and `#[node]` leave beside a function, under
/// its name, so that others can name it among their helpers.
pub trait Versioned {
    /// The version of the code.
    fn code_version() -> CodeVersion;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_source_is_its_plain_digest() {
        let known = blake3::hash(b"fn one ( ) -> u8 { 1 }").to_hex();
        assert_eq!(CodeVersion::of_source("fn one ( ) -> u8 { 1 }").to_string(), known.as_str());
    }

    #[test]
    fn names_and_what_they_name_are_not_run_together() {
        let code = CodeVersion::of_source("");
        assert_ne!(code.and("ab", "c"), code.and("a", "bc"));
        assert_ne!(code.and("a", "").and("b", ""), code.and("b", "").and("a", ""));
    }
}
