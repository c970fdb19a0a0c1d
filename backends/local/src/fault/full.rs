//! A full file system: dead space is reused, as little as possible is evicted, and removals always work.

use std::path::Path;
use std::sync::Arc;

use larder_core::cache::{Cache, OnError};
use larder_core::codec::Format;
use larder_core::disk::{Disk, Finding, Repair, Settings};
use larder_core::larder::Larder;
use larder_core::{Bytes, ErrorKind};

use super::calls::Injector;
use crate::head::Word;
use crate::{Durability, LocalDisk, OpenOptions};

/// The limit is far above the space.
const LIMIT: u64 = 16 << 20;
/// The space: the index takes more than half a megabyte of it, and segments have 64 KiB.
const SPACE: u64 = 2 << 20;
const LENGTH: usize = 1500;
/// Values of this length have files of their own.
const LARGE: usize = 200 << 10;

struct Fixture {
    directory: tempfile::TempDir,
    injector: Arc<Injector>,
    disk: LocalDisk,
    larder: Larder,
    cache: Cache<u64, Bytes>,
}

fn value(key: u64, length: usize) -> Bytes {
    key.to_le_bytes().repeat(length / 8).into()
}

impl Fixture {
    async fn new(policy: &'static str, options: OpenOptions) -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let injector = Injector::new(directory.path());
        injector.limit_space(Some(SPACE));
        let (disk, larder, cache) = open(directory.path(), policy, options).await;
        Self { directory, injector, disk, larder, cache }
    }

    /// Sets keys from `first` on until a set fails; returns the first key that is not stored.
    async fn fill(&self, first: u64, length: usize) -> u64 {
        for key in first..first + 10_000 {
            match self.cache.set(&key, &value(key, length)).await {
                Ok(outcome) => assert!(outcome.is_stored(), "{outcome:?}"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
                    return key;
                }
            }
        }
        panic!("the space is never full");
    }

    async fn entries(&self) -> u64 {
        self.larder.usage().await.unwrap().entries
    }

    async fn assert_healthy(&self) {
        let mut findings: Vec<Finding> = Vec::new();
        self.disk.check(Repair::Tell, &mut findings).await.unwrap();
        assert!(findings.is_empty(), "{findings:?}");
    }
}

async fn open(
    place: &Path,
    policy: &'static str,
    options: OpenOptions,
) -> (LocalDisk, Larder, Cache<u64, Bytes>) {
    let settings = Settings::limited(LIMIT).policy(policy);
    let disk = LocalDisk::open_with(place, options, settings).await.unwrap();
    let larder = Larder::open(disk.clone()).await.unwrap();
    let cache = larder.cache("tests").format(Format::Raw).on_error(OnError::Fail).build().unwrap();
    (disk, larder, cache)
}

fn options() -> OpenOptions {
    OpenOptions { durability: Durability::None, ..OpenOptions::default() }
}

#[test]
fn without_eviction_sets_fail_and_all_else_works() {
    pollster::block_on(async {
        for length in [LENGTH, 20] {
            let fixture = Fixture::new("none", options()).await;
            let stored = fixture.fill(0, length).await;
            assert_eq!(fixture.entries().await, stored);
            for key in 0..20 {
                assert!(fixture.cache.set(&(stored + key), &value(key, length)).await.is_err());
            }
            assert_eq!(fixture.entries().await, stored, "a set that failed has removed something");
            fixture.assert_healthy().await;
            // Every other one, in an order in which no segment becomes empty before the others.
            for key in (0..stored).step_by(2) {
                assert!(fixture.cache.remove(&key).await.unwrap(), "{key} of {stored} of {length} bytes");
            }
            for key in (1..stored).step_by(2) {
                assert_eq!(fixture.cache.get(&key).await.unwrap(), Some(value(key, length)));
            }
            fixture.assert_healthy().await;
            let again = fixture.fill(stored, length).await - stored;
            assert!(again > stored / 3, "{again} where {} were removed", stored / 2);
            assert_eq!(fixture.cache.clear().await.unwrap(), stored / 2 + again);
            fixture.assert_healthy().await;
            let last = fixture.fill(0, length).await;
            assert!(last > stored * 9 / 10, "{last} of {stored} after a clear");
            fixture.larder.compact(&mut |_, _| {}).await.unwrap();
            fixture.injector.limit_space(None);
            for key in 0..stored {
                assert!(fixture.cache.set(&(10_000 + key), &value(key, length)).await.unwrap().is_stored());
            }
            fixture.assert_healthy().await;
        }
    });
}

#[test]
fn eviction_goes_no_further_than_is_needed() {
    pollster::block_on(async {
        let cases = [("lru", Durability::None), ("lfu", Durability::EveryWrite), ("lrs", Durability::None)];
        for (policy, durability) in cases {
            let fixture = Fixture::new(policy, OpenOptions { durability, ..options() }).await;
            let (mut most, mut key) = (0, 0);
            while most == fixture.entries().await {
                assert!(fixture.cache.set(&key, &value(key, LENGTH)).await.unwrap().is_stored());
                key += 1;
                most = most.max(fixture.entries().await);
            }
            for key in key..key + most {
                assert!(fixture.cache.set(&key, &value(key, LENGTH)).await.unwrap().is_stored());
                assert_eq!(fixture.cache.get(&key).await.unwrap(), Some(value(key, LENGTH)));
                let entries = fixture.entries().await;
                assert!(entries > most * 3 / 4, "{entries} of {most} are left, {policy}");
            }
            fixture.assert_healthy().await;
        }
    });
}

#[test]
fn a_set_that_cannot_be_stored_evicts_nothing() {
    pollster::block_on(async {
        let fixture = Fixture::new("lru", options()).await;
        for key in 0..300 {
            assert!(fixture.cache.set(&key, &value(key, LENGTH)).await.unwrap().is_stored());
        }
        // Others take all the space, what was in reserve included: nothing that is evicted could be compacted.
        fixture.injector.limit_space(Some(0));
        std::fs::remove_file(fixture.directory.path().join(crate::log::RESERVE)).unwrap();
        Word::Spare.put(&fixture.disk.inner.tables.head, 0);
        let first = fixture.fill(300, LENGTH).await;
        assert!(first < 350, "the rest of a segment takes no more");
        let before = fixture.entries().await;
        for _ in 0..10 {
            assert!(fixture.cache.set(&first, &value(first, LENGTH)).await.is_err());
            assert!(fixture.cache.set(&first, &value(first, LARGE)).await.is_err());
        }
        assert_eq!(fixture.entries().await, before);
        for key in 0..first {
            assert_eq!(fixture.cache.get(&key).await.unwrap(), Some(value(key, LENGTH)), "key {key}");
        }
        // One that is larger than all the space is refused before anything goes.
        fixture.injector.limit_space(Some(SPACE));
        assert!(fixture.cache.set(&first, &value(first, SPACE as usize * 2)).await.is_err());
        assert_eq!(fixture.entries().await, before);
        assert!(fixture.cache.set(&first, &value(first, LENGTH)).await.unwrap().is_stored());
        fixture.assert_healthy().await;
    });
}

#[test]
fn large_values_share_a_full_file_system() {
    pollster::block_on(async {
        let fixture = Fixture::new("lru", options()).await;
        for key in 0..60 {
            let length = if key % 4 == 0 { LENGTH } else { LARGE };
            assert!(fixture.cache.set(&key, &value(key, length)).await.unwrap().is_stored(), "key {key}");
            assert_eq!(fixture.cache.get(&key).await.unwrap(), Some(value(key, length)));
        }
        let entries = fixture.entries().await;
        assert!(entries >= 4, "{entries} are left");
        fixture.assert_healthy().await;
    });
}

#[test]
fn the_floor_holds_for_every_write() {
    pollster::block_on(async {
        let floor = 400 << 10;
        let fixture = Fixture::new("lru", OpenOptions { free_space: floor, ..options() }).await;
        let mut most = 0;
        for key in 0..2000 {
            let length = if key % 50 == 0 { LARGE } else { LENGTH };
            assert!(fixture.cache.set(&key, &value(key, length)).await.unwrap().is_stored(), "key {key}");
            let free = fixture.injector.free_space().unwrap();
            // A segment is compacted into the reserve, and its own space comes back after that.
            assert!(free >= floor, "{free} of {floor} are free after key {key}");
            let entries = fixture.entries().await;
            most = most.max(entries);
            assert!(entries >= most / 2, "{entries} of {most} are left after key {key}");
        }
        fixture.assert_healthy().await;
        // Others take what was to stay free.
        fixture.injector.limit_space(Some(SPACE - floor));
        let before = fixture.entries().await;
        for key in 2000..2300 {
            assert!(fixture.cache.set(&key, &value(key, LENGTH)).await.unwrap().is_stored(), "key {key}");
        }
        assert!(fixture.entries().await >= before / 2);
        fixture.injector.limit_space(Some(SPACE * 2));
        let grown = fixture.entries().await;
        for key in 3000..3000 + most {
            assert!(fixture.cache.set(&key, &value(key, LENGTH)).await.unwrap().is_stored());
        }
        assert!(fixture.entries().await > grown, "it grows where there is space again");
        fixture.assert_healthy().await;
    });
}

#[test]
fn removals_clears_and_compaction_work_after_sets_used_all_space() {
    pollster::block_on(async {
        for (policy, length, end) in
            [("lru", 2000, End::Remove), ("lru", 2000, End::Clear), ("none", 2000, End::Compact)]
        {
            let fixture = Fixture::new(policy, options()).await;
            let mut random = fastrand::Rng::with_seed(5);
            let keys = 2 * SPACE / length as u64;
            for key in 0..keys + 300 {
                if key > keys / 2 && key % 200 == 0 {
                    // A file system needs blocks of its own: what was freed is not all available again.
                    fixture.injector.limit_space(Some(SPACE - random.u64(0..4) * 8192));
                }
                // Whether one fails depends on the policy.
                let set = fixture.cache.set(&key, &value(key, length)).await;
                assert!(set.is_ok() || set.is_err_and(|error| error.kind() == ErrorKind::Unavailable));
            }
            let entries = fixture.entries().await;
            assert!(entries > SPACE / 4 / length as u64, "{entries} are left");
            fixture.assert_healthy().await;
            match end {
                End::Remove => {
                    let mut left: Vec<u64> = (0..keys + 300).collect();
                    random.shuffle(&mut left);
                    let mut removed = 0;
                    for key in left {
                        let gone = fixture.cache.remove(&key).await;
                        removed +=
                            u64::from(gone.unwrap_or_else(|error| panic!("{removed} removed: {error:?}")));
                    }
                    assert_eq!(removed, entries);
                }
                End::Clear => assert_eq!(fixture.cache.clear().await.unwrap(), entries),
                End::Compact => {
                    for key in (0..keys).step_by(3) {
                        fixture.cache.remove(&key).await.unwrap();
                    }
                    fixture.larder.compact(&mut |_, _| {}).await.unwrap();
                    fixture.cache.clear().await.unwrap();
                    fixture.larder.compact(&mut |_, _| {}).await.unwrap();
                }
            }
            assert_eq!(fixture.entries().await, 0);
            fixture.assert_healthy().await;
            let Fixture { directory, injector, disk, larder, cache } = fixture;
            drop((disk, larder, cache));
            let (disk, larder, cache) = open(directory.path(), policy, options()).await;
            let fixture = Fixture { directory, injector, disk, larder, cache };
            for key in 0..200 {
                assert!(fixture.cache.set(&key, &value(key, length)).await.unwrap().is_stored(), "key {key}");
            }
            fixture.assert_healthy().await;
        }
    });
}

/// How a full disk is emptied.
#[derive(Clone, Copy)]
enum End {
    Remove,
    Clear,
    Compact,
}

#[test]
fn sets_never_use_the_space_of_the_reserve() {
    pollster::block_on(async {
        let fixture = Fixture::new("none", options()).await;
        let stored = fixture.fill(0, LENGTH).await;
        // Others take all that comes free, so the reserve is used by the first removals and cannot be restored.
        fixture.injector.limit_space(Some(0));
        let head = &fixture.disk.inner.tables.head;
        let mut removed = 0;
        while Word::Spare.get(head) != 0 {
            assert!(fixture.cache.remove(&removed).await.unwrap());
            removed += 1;
        }
        let tail = Word::Tail.get(head);
        for key in stored..stored + 50 {
            assert!(fixture.cache.set(&key, &value(key, 20)).await.is_err());
            assert!(fixture.cache.set(&key, &value(key, LARGE)).await.is_err());
        }
        assert_eq!((Word::Tail.get(head), Word::Spare.get(head)), (tail, 0));
        assert_eq!(fixture.entries().await, stored - removed);
        // Once there is space again, the reserve is restored first.
        fixture.injector.limit_space(Some(SPACE));
        assert!(fixture.cache.set(&0, &value(0, LENGTH)).await.unwrap().is_stored());
        assert!(Word::Spare.get(head) > 0);
        fixture.assert_healthy().await;
    });
}

#[test]
fn the_floor_holds_until_a_steady_state() {
    pollster::block_on(async {
        for length in [700, 5000, LARGE] {
            let floor = 500 << 10;
            let fixture = Fixture::new("lru", OpenOptions { free_space: floor, ..options() }).await;
            let mut least = u64::MAX;
            for key in 0..(3 * SPACE / length as u64).max(60) {
                let set = fixture.cache.set(&key, &value(key, length)).await;
                assert!(set.unwrap().is_stored(), "key {key} of {length} bytes");
                if key % (1 + 2000 / length as u64) == 0 {
                    least = least.min(fixture.injector.free_space().unwrap());
                    assert!(least >= floor, "{least} of {floor} are free after key {key} of {length} bytes");
                }
            }
            fixture.assert_healthy().await;
        }
    });
}
