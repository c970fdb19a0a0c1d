//! Capabilities: what is declared is done, what is not is refused.

use crate::{Bench, Need};

/// What the disk does not declare it refuses as unsupported, and changes nothing.
/// [CNF-6]
pub async fn what_is_not_declared_is_refused(bench: &Bench) {
    for need in Need::ALL {
        if !need.is_in(bench.declared()) {
            need.is_refused(&bench.fresh()).await;
        }
    }
    // A disk that declares everything must still open, and tell the same each time.
    let disk = bench.disk().await;
    assert_eq!(disk.capabilities(), bench.declared(), "{bench}: what is declared changed");
    assert!(!disk.location().is_empty(), "{bench}: a disk says where it is");
}
