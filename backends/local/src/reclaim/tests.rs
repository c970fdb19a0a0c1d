use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use larder_core::Bytes;
use larder_core::cache::{Cache, OnError};
use larder_core::codec::Format;
use larder_core::disk::{Disk, Finding, Repair, Settings};
use larder_core::larder::Larder;

use super::*;
use crate::fault::{Call, Injector};
use crate::{Durability, LocalDisk, OpenOptions};

async fn open(place: &Path, options: OpenOptions, limit: u64) -> (LocalDisk, Cache<u64, Bytes>) {
    let disk = LocalDisk::open_with(place, options, Settings::limited(limit)).await.unwrap();
    let larder = Larder::open(disk.clone()).await.unwrap();
    let cache = larder.cache("tests").format(Format::Raw).on_error(OnError::Fail).build().unwrap();
    (disk, cache)
}

fn options() -> OpenOptions {
    OpenOptions { durability: Durability::None, ..OpenOptions::default() }
}

/// A directory in memory, where there is such a place.
fn fresh() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn value(random: &mut fastrand::Rng, length: usize) -> Bytes {
    random.u64(..).to_le_bytes().repeat(length.div_ceil(8)).into()
}

#[test]
fn nothing_is_written_to_the_medium_while_the_writers_lock_is_held() {
    pollster::block_on(async {
        let directory = fresh();
        let injector = Injector::new(directory.path());
        // Without a thread that flushes, so that only this one takes the lock.
        let (disk, cache) = open(directory.path(), options(), 4 << 20).await;
        let mut random = fastrand::Rng::with_seed(7);
        assert!(cache.set(&0, &value(&mut random, 100)).await.unwrap().is_stored());
        // From now on moved records must be on the medium before their segment goes.
        disk.sync().await.unwrap();
        let syncs = Arc::new(AtomicU64::new(0));
        let (seen, inner) = (Arc::clone(&syncs), Arc::downgrade(&disk.inner));
        injector.observe(move |call| {
            if call == Call::Sync
                && let Some(inner) = inner.upgrade()
            {
                seen.fetch_add(1, Ordering::Relaxed);
                assert_eq!(Word::Lock.get(&inner.tables.head), 0, "the lock is held");
            }
        });
        for _ in 0..4000 {
            let length = random.usize(500..3000);
            assert!(cache.set(&random.u64(..2500), &value(&mut random, length)).await.unwrap().is_stored());
            if random.u8(..10) == 0 {
                cache.remove(&random.u64(..1000)).await.unwrap();
            }
        }
        disk.compact(&mut |_, _| {}).await.unwrap();
        assert!(syncs.load(Ordering::Relaxed) > 20, "emptied segments wait for the medium");
    });
}

/// The bytes that all files below `path` take on the medium.
fn taken(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = std::fs::read_dir(path).unwrap().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(file) if file.is_dir() => taken(&entry.path()),
        Ok(file) => file.blocks() * 512,
        Err(_) => 0,
    });
    sizes.sum()
}

#[test]
fn the_files_take_no_more_than_utilization_and_two_segments() {
    pollster::block_on(async {
        let mut random = fastrand::Rng::with_seed(11);
        let limit = 16 << 20;
        let segment = segment::largest_for(Some(limit));
        for utilization in [110, 125] {
            for lengths in [2_000..16_000, 50_000..64_000, 50_000..70_000, 60_000..400_000] {
                let directory = fresh();
                let options = OpenOptions { utilization, ..options() };
                let (disk, cache) = open(directory.path(), options, limit).await;
                let keys = 3 * limit / lengths.start as u64;
                let (mut written, mut most) = (0, 0);
                while written < 2 * limit + limit / 2 {
                    let length = random.usize(lengths.clone());
                    let stored = cache.set(&random.u64(..keys), &value(&mut random, length)).await.unwrap();
                    assert!(stored.is_stored(), "{stored:?}");
                    written += length as u64;
                    if random.u8(..4) == 0 {
                        most = most.max(taken(directory.path()));
                    }
                }
                let bound = limit * u64::from(utilization) / 100 + 2 * segment;
                assert!(most <= bound, "{most} of {bound} bytes, {utilization}, {lengths:?}");
                let mut findings: Vec<Finding> = Vec::new();
                disk.check(Repair::Tell, &mut findings).await.unwrap();
                assert!(findings.is_empty(), "{findings:?}");
            }
        }
    });
}
