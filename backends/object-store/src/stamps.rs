//! By which stamp the store knows an entry that this disk read or wrote.
//!
//! A conditional write names the object that it replaces by a stamp (entity tag, generation) that the store gave with it.
//! The last ones are remembered, so that a write which follows a read needs no request to learn it. A stamp that is out
//! of date costs a request and nothing else: the store refuses it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use larder_core::entry::Version;
use larder_core::key::Digest;
use object_store::{ObjectMeta, PutResult, UpdateVersion};

/// How many stamps are remembered; about 200 bytes each.
const MOST: usize = 4096;

/// What a store names a version of an object by.
pub(crate) type Stamp = UpdateVersion;

/// The stamp of an object that was read.
pub(crate) fn of(meta: &ObjectMeta) -> Stamp {
    Stamp { e_tag: meta.e_tag.clone(), version: meta.version.clone() }
}

/// The stamp of an object that was written.
pub(crate) fn of_written(put: PutResult) -> Stamp {
    Stamp { e_tag: put.e_tag, version: put.version }
}

/// Stamps of entries, by digest, each with the version that it is the stamp of.
#[derive(Debug, Default)]
pub(crate) struct Stamps(Mutex<HashMap<Digest, (Version, Stamp)>>);

impl Stamps {
    pub(crate) fn remember(&self, digest: &Digest, version: Version, stamp: Stamp) {
        let mut stamps = self.stamps();
        if stamps.len() == MOST && !stamps.contains_key(digest) {
            // Nothing is lost but a request for each: simpler than to know which was asked for last.
            stamps.clear();
        }
        stamps.insert(*digest, (version, stamp));
    }

    /// The stamp of this version, and forgets it: whoever takes it is about to make it out of date.
    pub(crate) fn take(&self, digest: &Digest, version: Version) -> Option<Stamp> {
        let (known, stamp) = self.stamps().remove(digest)?;
        (known == version).then_some(stamp)
    }

    fn stamps(&self) -> MutexGuard<'_, HashMap<Digest, (Version, Stamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(text: &str) -> Stamp {
        Stamp { e_tag: Some(text.into()), version: None }
    }

    #[test]
    fn a_stamp_is_given_once_and_for_its_version() {
        let (stamps, digest) = (Stamps::default(), Digest::of(b"key"));
        let version = Version::from_bits;
        stamps.remember(&digest, version(1), stamp("a"));
        assert_eq!(stamps.take(&digest, version(1)), Some(stamp("a")));
        assert_eq!(stamps.take(&digest, version(1)), None);
        stamps.remember(&digest, version(1), stamp("a"));
        assert_eq!(stamps.take(&digest, version(2)), None);
    }

    #[test]
    fn stamps_are_bounded() {
        let stamps = Stamps::default();
        for number in 0..2 * MOST as u64 {
            stamps.remember(&Digest::of(&number.to_le_bytes()), Version::from_bits(1), stamp("a"));
        }
        assert!(stamps.stamps().len() <= MOST);
    }
}
