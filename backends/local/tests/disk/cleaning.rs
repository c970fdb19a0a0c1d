//! The files take no more than they may.

use std::time::Duration;

use larder_core::disk::{Disk, Settings};
use larder_local::{Durability, LocalDisk, OpenOptions};

use super::bench::{cache_on, harm, open, options, value};
use super::directory::space;

#[test]
fn files_stay_within_their_bound_under_overwrites() {
    pollster::block_on(async {
        // With an interval that never comes, nobody writes to the medium but who needs the space.
        let never = Durability::Interval(Duration::from_hours(1));
        let cases =
            [(6 << 20, 100), (8 << 20, 4000), (32 << 20, 20_000)].map(|case| (case, Durability::None));
        for ((limit, length), durability) in cases.into_iter().chain([((8 << 20, 1000), never)]) {
            let directory = tempfile::tempdir().unwrap();
            let options = OpenOptions { durability, ..options() };
            let settings = Settings::limited(limit);
            let disk = LocalDisk::open_with(directory.path(), options, settings).await.unwrap();
            let (larder, cache) = cache_on(&disk).await;
            // As many keys as fit into nine tenths of the limit, written over and over.
            let keys = limit * 9 / 10 / (length as u64 + 260);
            let mut most = 0;
            if durability != Durability::None {
                // From now on what was moved must be on the medium before its old place goes.
                assert!(cache.set(&0, &value(0, 0, length)).await.unwrap().is_stored());
                disk.sync().await.unwrap();
            }
            for turn in 0..keys * 5 {
                let key = turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) % keys;
                assert!(cache.set(&key, &value(key, turn, length)).await.unwrap().is_stored());
                if turn.is_multiple_of(997) {
                    most = most.max(space(directory.path()));
                }
            }
            let segment = (limit / 64).next_power_of_two().clamp(1 << 20, 64 << 20);
            let bound = limit / 4 * 5 + 2 * segment;
            assert!(most <= bound, "{most} bytes of {bound} with values of {length}");
            assert!(larder.usage().await.unwrap().volume <= limit);
            assert_eq!(harm(&disk).await, []);
        }
    });
}

#[test]
fn compacting_gives_back_what_is_not_needed() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(256 << 20)).await;
        let (larder, cache) = cache_on(&disk).await;
        for turn in 0..3 {
            for key in 0..4000 {
                assert!(cache.set(&key, &value(key, turn, 4000)).await.unwrap().is_stored());
            }
        }
        for key in 400..4000 {
            assert!(cache.remove(&key).await.unwrap());
        }
        let before = larder.space().await.unwrap().expect("a directory takes space");
        let mut heard = Vec::new();
        larder.compact(&mut |done, all| heard.push((done, all))).await.unwrap();
        let after = larder.space().await.unwrap().expect("a directory takes space");
        assert!(before.dead > 20 << 20, "{before:?}");
        assert!(after.dead < 4 << 20 && after.live <= before.live, "{after:?}");
        assert!(heard.len() > 2 && heard.last().is_some_and(|(done, all)| done == all), "{heard:?}");
        for key in 0..400 {
            assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 2, 4000)), "key {key}");
        }
        assert_eq!(harm(&disk).await, []);
    });
}

#[test]
fn what_is_moved_keeps_its_value_and_its_place() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(8 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        for key in 0..100 {
            assert!(cache.set(&key, &value(key, 0, 500)).await.unwrap().is_stored());
        }
        for turn in 0..40_000 {
            let key = 1000 + turn % 1000;
            assert!(cache.set(&key, &value(key, turn, 2000)).await.unwrap().is_stored());
        }
        for key in 0..100 {
            assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 0, 500)), "key {key}");
        }
        assert_eq!(harm(&disk).await, []);
        disk.sync().await.unwrap();
    });
}
