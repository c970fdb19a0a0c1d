//! The directory goes, the file system is full: what still works, and what says that it does not.

use larder_core::ErrorKind;
use larder_core::disk::Settings;

use super::bench::{cache_on, harm, open, value};

#[test]
fn writes_into_a_directory_that_was_removed_say_that_they_failed() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("disk");
        let disk = open(&path, Settings::limited(8 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        assert!(cache.set(&1, &value(1, 1, 100)).await.unwrap().is_stored());
        std::fs::remove_dir_all(&path).unwrap();
        let removed = std::time::Instant::now();
        while cache.set(&2, &value(2, 1, 100)).await.is_ok() {
            assert!(removed.elapsed().as_secs() < 5, "writes go into nowhere");
        }
        assert!(cache.set(&2, &value(2, 2, 100)).await.is_err());
        // A miss, or an error; never a panic.
        let _ = cache.get(&1).await;
        let again = open(&path, Settings::limited(8 << 20)).await;
        let (_, fresh) = cache_on(&again).await;
        assert_eq!(fresh.get(&1).await.unwrap(), None);
        assert!(fresh.set(&1, &value(1, 2, 100)).await.unwrap().is_stored());
        assert_eq!(fresh.get(&1).await.unwrap(), Some(value(1, 2, 100)));
        assert_eq!(harm(&again).await, []);
    });
}

/// A directory on a file system of 16 to 64 MiB that is this test's alone; without one the test tries nothing.
const SMALL: &str = "LARDER_TEST_SMALL_FILE_SYSTEM";

#[test]
fn a_full_file_system_refuses_writes_and_goes_on_with_all_else() {
    let Some(place) = std::env::var_os(SMALL) else { return };
    pollster::block_on(async {
        let path = std::path::PathBuf::from(place).join("disk");
        let disk = open(&path, Settings::unbounded()).await;
        let (larder, cache) = cache_on(&disk).await;
        // Without a limit and a policy that knows whom to evict, the file system decides.
        larder.change(Settings::unbounded().policy("none")).await.unwrap();
        let mut stored = 0;
        let error = loop {
            match cache.set(&stored, &value(stored, 0, 10_000)).await {
                Ok(outcome) => assert!(outcome.is_stored(), "{outcome:?}"),
                Err(error) => break error,
            }
            stored += 1;
            assert!(stored < 100_000, "the file system is not small");
        };
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        for key in 0..stored {
            assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 0, 10_000)), "key {key}");
        }
        for key in 0..stored / 2 {
            assert!(cache.remove(&key).await.unwrap(), "key {key}");
        }
        assert!(cache.clear().await.unwrap() > 0);
        assert_eq!(harm(&disk).await, []);
        assert!(cache.set(&1, &value(1, 1, 10_000)).await.unwrap().is_stored(), "there is space again");
        assert_eq!(cache.get(&1).await.unwrap(), Some(value(1, 1, 10_000)));
        assert_eq!(harm(&disk).await, []);
    });
}
