use larder_core::Bytes;
use larder_core::codec::Format;
use larder_core::disk::{Disk, Finding, Repair, Settings};
use larder_core::larder::Larder;

use crate::{Durability, LocalDisk, OpenOptions};

/// A write that begins a segment may have the very record cleaned that it replaces.
#[test]
fn sums_stay_right_where_a_write_moves_what_it_replaces() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { durability: Durability::None, ..OpenOptions::default() };
        let disk = LocalDisk::open_with(directory.path(), options, Settings::limited(1 << 20)).await.unwrap();
        let larder = Larder::open(disk.clone()).await.unwrap();
        let cache = larder.cache("tests").format(Format::Raw).build::<u64, Bytes>().unwrap();
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..40 {
            for _ in 0..100 {
                let key = random.u64(..40);
                if random.u32(..4) == 0 {
                    cache.remove(&key).await.unwrap();
                } else {
                    let value = Bytes::from(vec![1; random.usize(..6000)]);
                    assert!(cache.set(&key, &value).await.unwrap().is_stored());
                }
            }
            let mut findings: Vec<Finding> = Vec::new();
            disk.check(Repair::Tell, &mut findings).await.unwrap();
            assert!(findings.is_empty(), "round {round}: {findings:?}");
        }
    });
}
