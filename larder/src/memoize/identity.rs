//! The identities of the memoized functions of this process: no two functions may have the same one.
//!
//! The macro makes paths and versions that differ. What it cannot see is the rest of the program: two
//! versions of one package have functions of equal path and source. Such a function runs uncached and reports
//! why.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::code::CodeVersion;

/// What the results of a function are found by, besides arguments.
type Identity = (&'static str, &'static str, Option<CodeVersion>);

/// By identity the address of the memo of the function, which lasts as long as the process.
static IDENTITIES: Mutex<BTreeMap<Identity, usize>> = Mutex::new(BTreeMap::new());

/// Registers the function whose memo is at `address`. Returns whether no other function has its identity.
pub(super) fn register(
    cache: &'static str,
    path: &'static str,
    version: Option<CodeVersion>,
    address: usize,
) -> bool {
    // A map has no state that a panic elsewhere could have left half done.
    let mut identities = IDENTITIES.lock().unwrap_or_else(PoisonError::into_inner);
    *identities.entry((cache, path, version)).or_insert(address) == address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_functions_never_have_one_identity() {
        let version = CodeVersion::of_source("fn f ( ) { }");
        assert!(register("memoize", "a::f", Some(version), 1));
        assert!(register("memoize", "a::f", Some(version), 1), "the same function again");
        assert!(!register("memoize", "a::f", Some(version), 2));
        assert!(register("memoize", "a::f", Some(version.and("version", "2")), 2));
        assert!(register("other", "a::f", Some(version), 2));
        assert!(register("memoize", "a::g", Some(version), 2));
    }
}
