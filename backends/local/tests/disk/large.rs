//! Large values, which lie apart.

use std::time::Duration;

use larder_core::disk::{Disk, Settings};

use super::bench::{cache_on, harm, open, value};
use super::directory::space;

#[test]
fn a_large_value_lies_apart_and_goes_with_its_entry() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(256 << 20)).await;
        let (larder, cache) = cache_on(&disk).await;
        let apart = || {
            let files = std::fs::read_dir(directory.path().join("apart")).unwrap();
            files.filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
        };
        let large = value(1, 0, 5 << 20);
        assert!(cache.set(&1, &large).await.unwrap().is_stored());
        assert_eq!((apart(), cache.get(&1).await.unwrap().as_ref()), (1, Some(&large)));
        assert!(cache.touch(&1, Duration::from_mins(1)).await.unwrap());
        assert_eq!((apart(), cache.get(&1).await.unwrap().as_ref()), (1, Some(&large)), "touched");
        assert!(cache.touch(&1, Duration::from_secs(90)).await.unwrap());
        assert_eq!((apart(), cache.get(&1).await.unwrap().as_ref()), (1, Some(&large)), "touched again");
        assert_eq!(harm(&disk).await, []);

        let other = value(1, 1, 6 << 20);
        assert!(cache.set(&1, &other).await.unwrap().is_stored());
        assert_eq!((apart(), cache.get(&1).await.unwrap().as_ref()), (1, Some(&other)), "written over");
        assert!(cache.set(&1, &value(1, 2, 10)).await.unwrap().is_stored());
        assert_eq!(
            (apart(), cache.get(&1).await.unwrap()),
            (0, Some(value(1, 2, 10))),
            "a small one over it"
        );
        assert!(cache.set(&1, &other).await.unwrap().is_stored());
        assert!(cache.remove(&1).await.unwrap());
        assert_eq!((apart(), larder.volume().await.unwrap()), (0, 0));
        assert_eq!(harm(&disk).await, []);
        assert!(space(directory.path()) < 20 << 20);
    });
}

#[test]
fn large_values_are_there_after_a_rebuild_also_touched_ones() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let settings = Settings::limited(256 << 20);
        let disk = open(directory.path(), settings.clone()).await;
        let (larder, cache) = cache_on(&disk).await;
        for key in 0..3 {
            assert!(cache.set(&key, &value(key, 0, 3 << 20)).await.unwrap().is_stored());
        }
        assert!(cache.touch(&1, Duration::from_hours(1)).await.unwrap());
        assert!(cache.remove(&2).await.unwrap());
        let usage = larder.usage().await.unwrap();
        drop((disk, cache, larder));
        std::fs::remove_file(directory.path().join("slots")).unwrap();
        let disk = open(directory.path(), settings).await;
        let (larder, cache) = cache_on(&disk).await;
        assert_eq!(larder.usage().await.unwrap(), usage);
        for key in 0..2 {
            assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 0, 3 << 20)), "key {key}");
        }
        assert_eq!(cache.get(&2).await.unwrap(), None);
        assert!(cache.get_entry(&1).await.unwrap().unwrap().expires.is_some());
        assert_eq!(harm(&disk).await, []);
        disk.sync().await.unwrap();
    });
}

/// Tells the test that it is the writer that is killed, and where the disk is.
const KILLED: &str = "LARDER_TEST_KILLED_STREAM";

#[test]
fn what_a_killed_stream_had_reserved_is_given_back_while_others_have_the_disk_open() {
    let limited = || Settings::limited(8 << 20).policy("none");
    if let Some(place) = std::env::var_os(KILLED) {
        pollster::block_on(async {
            let disk = open(std::path::Path::new(&place), limited()).await;
            let (_, cache) = cache_on(&disk).await;
            let chunks = (0..7).map(|turn| {
                if turn == 6 {
                    // The end of a process by a signal: nothing is cleaned up.
                    std::process::abort();
                }
                Ok(value(9, turn, 1 << 20))
            });
            let chunks = futures_util::stream::iter(chunks);
            let _ = cache.set_stream(&9, chunks, &larder_core::cache::WriteOptions::default()).await;
        });
        return;
    }
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), limited()).await;
        let (larder, cache) = cache_on(&disk).await;
        assert!(cache.set(&1, &value(1, 0, 100)).await.unwrap().is_stored());
        let name = "large::what_a_killed_stream_had_reserved_is_given_back_while_others_have_the_disk_open";
        let mut writer = std::process::Command::new(std::env::current_exe().unwrap());
        writer.args(["--exact", name]).env(KILLED, directory.path());
        writer.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        assert!(!writer.status().unwrap().success());
        assert!(larder.usage().await.unwrap().reserved > 5 << 20);
        // Nothing may be evicted, so it fits only without what was reserved.
        assert!(cache.set(&2, &value(2, 0, 5 << 20)).await.unwrap().is_stored());
        assert_eq!(larder.usage().await.unwrap().reserved, 0);
        assert_eq!(std::fs::read_dir(directory.path().join("apart/unfinished")).unwrap().count(), 0);
        assert_eq!(harm(&disk).await, []);
    });
}
