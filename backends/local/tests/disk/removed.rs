//! Other programs remove files of an open disk, as those do that remove what is old.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::stream;
use larder_core::cache::{Cache, WriteOptions};
use larder_core::disk::{Disk, Finding, Repair, Requested, Settings};
use larder_core::{Bytes, ErrorKind};
use larder_local::LocalDisk;

use super::bench::{cache_on, harm, open, value};

/// The files below `path` that have the name of a segment, the first one first.
fn segments(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path.join("log")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut segments: Vec<_> = paths.filter(|path| path.file_name().unwrap() != "reserve").collect();
    segments.sort();
    segments
}

async fn set(cache: &Cache<u64, Bytes>, key: u64, turn: u64) {
    let outcome = cache.set(&key, &value(key, turn, 20_000)).await.unwrap();
    assert!(outcome.is_stored(), "key {key}");
}

#[test]
fn the_log_goes_on_in_a_new_segment_where_one_is_gone() {
    pollster::block_on(async {
        for is_fresh in [false, true] {
            let directory = tempfile::tempdir().unwrap();
            let disk = open(directory.path(), Settings::limited(64 << 20)).await;
            let (larder, cache) = cache_on(&disk).await;
            for key in 0..300 {
                set(&cache, key, 1).await;
            }
            let paths = segments(directory.path());
            assert!(paths.len() > 1);
            let last = paths.last().unwrap();
            // A process that never had the segment open finds nothing of it; one that has saves what is
            // needed.
            let (_disk, larder, cache) = if is_fresh {
                drop((disk, larder, cache));
                std::fs::remove_file(last).unwrap();
                let disk = open(directory.path(), Settings::limited(64 << 20)).await;
                let (larder, cache) = cache_on(&disk).await;
                (disk, larder, cache)
            } else {
                std::fs::remove_file(last).unwrap();
                (disk, larder, cache)
            };
            // Whether a file was removed is looked at once a millisecond.
            let mut key = 300;
            while segments(directory.path()).len() < paths.len() {
                set(&cache, key, 1).await;
                key += 1;
                assert!(key < 100_000, "nothing is written to a new segment");
            }
            set(&cache, key, 1).await;
            let other = open(directory.path(), Settings::limited(64 << 20)).await;
            let (_, others) = cache_on(&other).await;
            let mut found = 0;
            for key in 0..=key {
                let read = others.get(&key).await.unwrap();
                assert!(read.is_none() || read == Some(value(key, 1, 20_000)), "key {key}");
                found += u64::from(read.is_some());
            }
            assert!(is_fresh || found == key + 1, "{found} of {}", key + 1);
            assert!(found >= 50, "the other segments are there: {found}");
            assert!(others.get(&key).await.unwrap().is_some());
            assert!(cache.remove(&0).await.unwrap() || is_fresh);
            assert_eq!(
                larder.usage().await.unwrap().entries,
                found - u64::from(cache.get(&0).await.unwrap().is_none())
            );
            assert_eq!(harm(&other).await, []);
        }
    });
}

#[test]
fn the_log_goes_on_where_its_directory_is_gone() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(64 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        for key in 0..120 {
            set(&cache, key, 1).await;
        }
        std::fs::remove_dir_all(directory.path().join("log")).unwrap();
        let mut key = 120;
        // Whether a file was removed is looked at once a millisecond.
        while !directory.path().join("log").exists() {
            set(&cache, key, 1).await;
            key += 1;
            assert!(key < 100_000, "nothing is written to a new segment");
        }
        set(&cache, key, 1).await;
        for turn in 2..4 {
            for key in 0..120 {
                set(&cache, key, turn).await;
            }
        }
        drop(cache);
        drop(disk);
        let disk = open(directory.path(), Settings::limited(64 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        for key in 0..120 {
            assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 3, 20_000)), "key {key}");
        }
        assert_eq!(harm(&disk).await, []);
    });
}

#[test]
fn an_older_value_does_not_come_back_for_one_in_a_segment_that_is_gone() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(64 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        for key in 0..100 {
            set(&cache, key, 1).await;
        }
        let before = segments(directory.path()).len();
        let mut more = 1000;
        while segments(directory.path()).len() == before {
            set(&cache, more, 1).await;
            more += 1;
        }
        for key in 0..20 {
            set(&cache, key, 2).await;
        }
        drop((disk, cache));
        std::fs::remove_file(segments(directory.path()).last().unwrap()).unwrap();
        for is_rebuilt in [false, true] {
            if is_rebuilt {
                std::fs::remove_file(directory.path().join("index")).unwrap();
            }
            let disk = open(directory.path(), Settings::limited(64 << 20)).await;
            let (_, cache) = cache_on(&disk).await;
            for key in 0..20 {
                assert_eq!(cache.get(&key).await.unwrap(), None, "key {key}");
            }
            assert_eq!(harm(&disk).await, []);
        }
    });
}

#[test]
fn a_disk_whose_index_was_replaced_touches_nothing_of_its_successor() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let first = open(directory.path(), Settings::limited(64 << 20)).await;
        let (_, old) = cache_on(&first).await;
        for key in 0..300 {
            set(&old, key, 1).await;
        }
        // All that is old goes, so only the directories stay.
        for entry in std::fs::read_dir(directory.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::remove_file(path).unwrap();
            }
        }
        for path in segments(directory.path()) {
            std::fs::remove_file(path).unwrap();
        }
        let _ = std::fs::remove_file(directory.path().join("log/reserve"));
        for directory in ["apart/unfinished", "apart", "log"].map(|name| directory.path().join(name)) {
            std::fs::remove_dir(directory).unwrap();
        }
        let second = open(directory.path(), Settings::limited(64 << 20)).await;
        let (_, new) = cache_on(&second).await;
        for key in 0..300 {
            set(&new, key, 2).await;
        }
        let mut refused = 0;
        for key in 0..300 {
            match old.set(&key, &value(key, 3, 20_000)).await {
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                    refused += 1;
                }
                // For a millisecond, into a file that is gone.
                Ok(_) => assert_eq!(refused, 0, "key {key}"),
            }
        }
        assert!(refused > 0);
        assert!(old.clear().await.is_err());
        drop((first, old));
        for key in 0..300 {
            assert_eq!(new.get(&key).await.unwrap(), Some(value(key, 2, 20_000)), "key {key}");
        }
        assert_eq!(harm(&second).await, []);
    });
}

#[test]
fn a_record_of_the_settings_that_is_gone_is_written_again() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let record = directory.path().join("larder.json");
        let disk = open(directory.path(), Settings::limited(8 << 20)).await;
        let (larder, cache) = cache_on(&disk).await;
        set(&cache, 1, 1).await;
        std::fs::remove_file(&record).unwrap();
        for _ in 0..2 {
            let other = LocalDisk::open(directory.path(), Requested::default()).await.unwrap();
            let (_, others) = cache_on(&other).await;
            assert_eq!(others.get(&1).await.unwrap(), Some(value(1, 1, 20_000)));
            assert_eq!(other.settings(None).await.unwrap(), Settings::limited(8 << 20));
            assert!(record.is_file());
            assert_eq!(harm(&other).await, []);
            drop((other, others));
            std::fs::remove_file(&record).unwrap();
        }
        drop((disk, larder, cache));
        std::fs::remove_file(directory.path().join("index")).unwrap();
        let error = LocalDisk::open(directory.path(), Requested::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "the log does not say which limit there was");
        let disk = open(directory.path(), Settings::limited(8 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        assert_eq!(cache.get(&1).await.unwrap(), Some(value(1, 1, 20_000)));
    });
}

/// Makes every file below `path` old.
fn age(path: &Path) {
    let old = SystemTime::now() - Duration::from_hours(24);
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            age(&path);
        } else {
            std::fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
        }
    }
}

#[test]
fn a_body_in_flight_stays_however_old_it_is() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(64 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        let body = value(1, 1, 8 << 20);
        let path = directory.path().to_owned();
        let mut parts: Vec<Bytes> = body.chunks(1 << 20).map(Bytes::copy_from_slice).collect();
        parts.reverse();
        let chunks = std::iter::from_fn(move || {
            let part = parts.pop()?;
            age(&path);
            // Others open the disk, and check it, in between.
            pollster::block_on(async {
                let other = open(&path, Settings::limited(64 << 20)).await;
                let mut findings: Vec<Finding> = Vec::new();
                other.check(Repair::Fix, &mut findings).await.unwrap();
                assert!(findings.is_empty(), "{findings:?}");
            });
            Some(part)
        });
        let stored = cache.set_stream(&1, stream::iter(chunks.map(Ok)), &WriteOptions::default()).await;
        assert!(stored.unwrap().is_stored());
        assert_eq!(cache.get(&1).await.unwrap(), Some(body));
        assert_eq!(harm(&disk).await, []);
    });
}
