//! What the objects of a disk are called.
//!
//! An entry is `prefix/ab/abcd…`, the 64 hexadecimal digits of its key's digest below their first two, so that no
//! directory of a path grows without bound and no range of names of a bucket gets all the load. Every other name is
//! foreign: never read, written or deleted. Other programs use this layout too, so a name that was found in a listing
//! does not prove that larder wrote the object; its first bytes do.

use larder_core::key::Digest;
use object_store::path::Path;

use crate::recorded;

/// Names under one prefix.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    prefix: Path,
}

impl Names {
    pub(crate) const fn under(prefix: Path) -> Self {
        Self { prefix }
    }

    /// What is listed: nothing outside of it is touched.
    pub(crate) fn prefix(&self) -> Option<&Path> {
        (!self.prefix.as_ref().is_empty()).then_some(&self.prefix)
    }

    /// The object of the entry with this digest.
    pub(crate) fn entry(&self, digest: &Digest) -> Path {
        let name = digest.to_string();
        self.prefix.clone().join(&name[..2]).join(name)
    }

    /// The object that settings are recorded in.
    pub(crate) fn settings(&self) -> Path {
        self.prefix.clone().join(recorded::NAME)
    }

    /// An object that proves what the store honours.
    pub(crate) fn probe(&self, number: u64) -> Path {
        self.prefix.clone().join(format!("probe-{number:016x}"))
    }

    /// Whether `name` is that of a probe.
    pub(crate) fn is_probe(&self, name: &Path) -> bool {
        let number = name.filename().and_then(|name| name.strip_prefix("probe-"));
        let number = number.and_then(|number| u64::from_str_radix(number, 16).ok());
        number.is_some_and(|number| self.probe(number) == *name)
    }

    /// The digest that `name` was made of; `None` for a foreign object.
    pub(crate) fn digest(&self, name: &Path) -> Option<Digest> {
        let mut parts = name.prefix_match(&self.prefix)?;
        let (directory, file) = (parts.next()?, parts.next()?);
        let digest: Digest = file.as_ref().parse().ok()?;
        (parts.next().is_none() && file.as_ref().get(..2) == Some(directory.as_ref())).then_some(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_digest() {
        let digest = Digest::of(b"key");
        for prefix in ["", "a", "a/b"] {
            let names = Names::under(Path::from(prefix));
            assert_eq!(names.digest(&names.entry(&digest)), Some(digest), "{prefix}");
        }
    }

    #[test]
    fn a_probe_is_known_by_its_name() {
        let names = Names::under(Path::from("a/b"));
        assert!(names.is_probe(&names.probe(0xAB)) && names.is_probe(&names.probe(u64::MAX)));
        for other in
            ["a/b/probe-ab", "a/probe-00000000000000ab", "a/b/c/probe-00000000000000ab", "a/b/settings.json"]
        {
            assert!(!names.is_probe(&Path::from(other)), "{other}");
        }
    }

    #[test]
    fn other_names_are_foreign() {
        let names = Names::under(Path::from("a"));
        let digest = Digest::of(b"key").to_string();
        let place = format!("a/{}", &digest[..2]);
        let foreign = [
            "a/settings.json".to_owned(),
            format!("a/{digest}"),
            format!("a/zz/{digest}"),
            format!("{place}/{}", digest.to_uppercase()),
            format!("{place}/{digest}/x"),
            format!("{place}/{digest}#1"),
            format!("b/{}/{digest}", &digest[..2]),
        ];
        for name in foreign {
            assert_eq!(names.digest(&Path::parse(&name).unwrap()), None, "{name}");
        }
    }
}
