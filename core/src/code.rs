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

/// Where a function is written, so that two functions of one name and source are never taken for each other.
///
/// The path of a function in a module is unique. A function in the body of another one has a path too, but
/// two blocks of one body may each have a function of that name; the macros then write what distinguishes
/// them.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// Returns the path of a type in the scope of the function: that of the function, below a method of an
    /// `impl` one of its own.
    pub path: fn() -> &'static str,
    /// The module.
    pub module: &'static str,
    /// The number of segments that [`path`](Self::path) has below the module if no function encloses it.
    pub segments: usize,
    /// Differs between functions of one name and source in one file; `None` if there is only one.
    pub twin: Option<&'static str>,
}

impl Site {
    /// What must be added to the path to make it unique: nothing for a function that no other function
    /// encloses.
    pub fn discriminator(&self) -> Option<&'static str> {
        self.twin.filter(|_| self.is_enclosed())
    }

    /// `version` of a function at this site, with what makes the path unique.
    #[must_use]
    pub fn distinguish(&self, version: CodeVersion) -> CodeVersion {
        match self.discriminator() {
            Some(twin) => version.and("site", twin),
            None => version,
        }
    }

    /// Whether the function is in the body of another function, of a closure or of a constant.
    fn is_enclosed(&self) -> bool {
        let below = (self.path)().strip_prefix(self.module).and_then(|below| below.strip_prefix("::"));
        // A path that does not begin with the module is unknown, so nothing is assumed of it.
        below.is_none_or(|below| segments(below) != self.segments)
    }
}

/// The number of segments of a path. What is in angle brackets is one: `<impl a::B<c::D>>::f` has two.
fn segments(path: &str) -> usize {
    let (mut depth, mut count, mut rest) = (0_usize, 1, path);
    while let Some(sign) = rest.chars().next() {
        match sign {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && rest.starts_with("::") => {
                count += 1;
                rest = &rest[1..];
            }
            _ => {}
        }
        rest = &rest[sign.len_utf8()..];
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_enclosed_function_has_a_discriminator() {
        let site = |path, segments| Site { path, module: "a::m", segments, twin: Some("1:2") };
        assert_eq!(site(|| "a::m::f", 1).discriminator(), None);
        assert_eq!(site(|| "a::m::S<b::C<d::E>>::f::Here", 3).discriminator(), None);
        assert_eq!(site(|| "a::m::<impl b::C<d::E>>::f::Here", 3).discriminator(), None);
        for enclosed in
            [|| "a::m::outer::f", || "a::m::_::f", || "a::m::outer::{{closure}}::f", || "other::f"]
        {
            assert_eq!(site(enclosed, 1).discriminator(), Some("1:2"), "{}", enclosed());
        }
        assert_eq!(site(|| "a::m::outer::S::f::Here", 3).discriminator(), Some("1:2"));
        let code = CodeVersion::of_source("");
        assert_eq!(site(|| "a::m::f", 1).distinguish(code), code);
        assert_ne!(site(|| "a::m::g::f", 1).distinguish(code), code);
    }

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
