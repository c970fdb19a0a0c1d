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
