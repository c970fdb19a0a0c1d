//! What the tests of this disk have in common.

use std::path::Path;

use larder_core::Bytes;
use larder_core::cache::Cache;
use larder_core::disk::{Disk, Finding, Repair, Settings};
use larder_core::larder::Larder;
use larder_local::{Durability, LocalDisk, OpenOptions};

/// Nothing is written to the medium but when it is asked for.
pub(crate) fn options() -> OpenOptions {
    OpenOptions { durability: Durability::None, ..OpenOptions::default() }
}

pub(crate) async fn open(path: &Path, settings: Settings) -> LocalDisk {
    LocalDisk::open_with(path, options(), settings).await.expect("the directory is ours")
}

pub(crate) async fn cache_on(disk: &LocalDisk) -> (Larder, Cache<u64, Bytes>) {
    let larder = Larder::open(disk.clone()).await.expect("the policy is known");
    let cache = larder
        .cache("tests")
        .format(larder_core::codec::Format::Raw)
        .on_error(larder_core::cache::OnError::Fail)
        .build();
    (larder, cache.expect("the settings are right"))
}

/// Bytes that tell which write they are of.
pub(crate) fn value(key: u64, turn: u64, length: usize) -> Bytes {
    let mut seed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ turn;
    let words = std::iter::repeat_with(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.rotate_left(17)
    });
    words.flat_map(u64::to_le_bytes).take(length).collect()
}

/// What a check finds that is wrong with the disk.
pub(crate) async fn harm(disk: &LocalDisk) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    disk.check(Repair::Tell, &mut findings).await.expect("the disk can be read");
    findings.retain(|finding| finding.flaw.is_harm());
    findings
}
