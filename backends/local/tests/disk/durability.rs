//! What is on the medium, as far as a test can see: the thread of the disk wakes who waits for it.

use std::time::Duration;

use larder_core::disk::{Disk, Settings};
use larder_local::{Durability, LocalDisk, OpenOptions};

use super::bench::{cache_on, harm, value};

#[test]
fn every_durability_stores_and_syncs() {
    for durability in
        [Durability::None, Durability::Interval(Duration::from_millis(5)), Durability::EveryWrite]
    {
        pollster::block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let options = OpenOptions { durability, ..OpenOptions::default() };
            let settings = Settings::limited(8 << 20);
            let disk =
                LocalDisk::open_with(directory.path(), options.clone(), settings.clone()).await.unwrap();
            let (_, cache) = cache_on(&disk).await;
            for key in 0..50 {
                assert!(cache.set(&key, &value(key, 0, 1000)).await.unwrap().is_stored());
            }
            assert!(cache.set(&50, &value(50, 0, 2 << 20)).await.unwrap().is_stored());
            assert!(cache.remove(&3).await.unwrap());
            disk.sync().await.unwrap();
            drop((cache, disk));
            let disk = LocalDisk::open_with(directory.path(), options, settings).await.unwrap();
            let (_, cache) = cache_on(&disk).await;
            assert_eq!(cache.get(&3).await.unwrap(), None);
            assert_eq!(cache.get(&50).await.unwrap(), Some(value(50, 0, 2 << 20)));
            assert_eq!(harm(&disk).await, []);
        });
    }
}

#[test]
fn writes_that_wait_for_the_medium_wait_together() {
    let directory = tempfile::tempdir().unwrap();
    let options = OpenOptions { durability: Durability::EveryWrite, ..OpenOptions::default() };
    let opening = LocalDisk::open_with(directory.path(), options, Settings::limited(8 << 20));
    let disk = pollster::block_on(opening).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let disk = &disk;
            scope.spawn(move || {
                pollster::block_on(async {
                    let (_, cache) = cache_on(disk).await;
                    for turn in 0..20 {
                        let key = thread * 1000 + turn;
                        assert!(cache.set(&key, &value(key, 0, 100)).await.unwrap().is_stored());
                    }
                });
            });
        }
    });
    assert_eq!(pollster::block_on(disk.usage()).unwrap().entries, 160);
}
