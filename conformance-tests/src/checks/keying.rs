//! Which keys are one and which are not: the whole key decides.

pub mod digests;
pub mod kinds;
pub mod names;

use larder_core::disk::Disk;
use larder_core::key::Key;

use crate::Bench;

/// Stores at each key a body of its own, and requires that each key keeps its own.
async fn all_apart(bench: &Bench, disk: &dyn Disk, keys: &[Key]) {
    for (number, key) in keys.iter().enumerate() {
        bench.store(disk, key, format!("value {number}")).await;
    }
    for (number, key) in keys.iter().enumerate() {
        let body = bench.body(disk, key).await;
        let expected = format!("value {number}");
        assert_eq!(
            body.as_deref(),
            Some(expected.as_bytes()),
            "{bench}: the key {key} has another key's value"
        );
    }
    let usage = bench.must(disk.usage().await, "asking for the usage");
    assert_eq!(usage.entries, keys.len() as u64, "{bench}: each key is an entry");
}
