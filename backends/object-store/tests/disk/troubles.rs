//! A store that fails: what was there stays, and the books say so.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use larder_core::ErrorKind;
use larder_core::disk::{Cause, Condition, Disk, Put, Removed, Revised, Revision, Scope, Settings};
use larder_core::entry::Version;
use larder_object_store::{ObjectStoreDisk, OpenOptions, Sharing};

use crate::bench::bench;
use crate::troubled::Troubled;

async fn disk(store: &Arc<Troubled>, sharing: Sharing) -> ObjectStoreDisk {
    let store = Arc::clone(store);
    let settings = Some(Settings::unbounded());
    ObjectStoreDisk::with_store("troubled://a/b", store, "a/b", sharing, OpenOptions::default(), settings)
        .await
        .unwrap()
}

#[test]
fn a_write_that_fails_leaves_the_old_entry() {
    for sharing in [Sharing::Alone, Sharing::Shared] {
        let (bench, store) = (bench(), Arc::new(Troubled::default()));
        bench.block_on(async {
            let disk = disk(&store, sharing).await;
            let key = bench.key("key");
            bench.store(&disk, &key, "old").await;
            store.refuses_writes.store(true, Ordering::Relaxed);
            let failed = bench.put(&disk, &key, "new", Condition::Always).await;
            let error = bench.fails(failed, ErrorKind::Unavailable, "a refused write");
            let told = error.to_string();
            assert!(told.contains("storing an entry") && told.contains("bench/\"key\""), "{told}");
            assert!(told.contains("troubled://a/b"), "{told}");
            assert!(std::error::Error::source(&error).is_some());
            assert_eq!(bench.body(&disk, &key).await.unwrap(), "old");
            bench.balanced(&disk).await;
        });
    }
}

#[test]
fn a_write_whose_answer_is_lost_is_stored() {
    for sharing in [Sharing::Alone, Sharing::Shared] {
        let (bench, store) = (bench(), Arc::new(Troubled::default()));
        bench.block_on(async {
            let disk = disk(&store, sharing).await;
            let key = bench.key("key");
            store.loses_answers.store(true, Ordering::Relaxed);
            for condition in [Condition::Absent, Condition::Always] {
                let put = bench.put(&disk, &key, "value", condition).await.unwrap();
                assert!(matches!(put, Put::Stored { .. }), "{put:?}");
            }
            assert_eq!(bench.body(&disk, &key).await.unwrap(), "value");
            bench.balanced(&disk).await;
            if sharing == Sharing::Alone {
                let at = disk.peek(&key).await.unwrap().unwrap().version;
                let revision = Revision { version: Version::from_bits(7), expires: None };
                let revised = disk.revise(&key, at, revision).await.unwrap();
                assert!(matches!(revised, Revised::Done(brief) if brief.version == revision.version));
            }
        });
    }
}

#[test]
fn an_entry_whose_deletion_fails_stays_counted() {
    for sharing in [Sharing::Alone, Sharing::Shared] {
        let (bench, store) = (bench(), Arc::new(Troubled::default()));
        bench.block_on(async {
            let disk = disk(&store, sharing).await;
            let key = bench.key("key");
            let stored = bench.store(&disk, &key, "value").await;
            store.refuses_deletions.store(true, Ordering::Relaxed);
            let removed = disk.remove(&key, Condition::Always, Cause::Removed).await;
            bench.fails(removed, ErrorKind::Unavailable, "a refused removal");
            let evicted = disk.evict(&[stored.victim()], Cause::Evicted).await;
            bench.fails(evicted, ErrorKind::Unavailable, "a refused eviction");
            assert_eq!(bench.volume(&disk).await, stored.size);
            assert_eq!(bench.body(&disk, &key).await.unwrap(), "value");

            store.refuses_deletions.store(false, Ordering::Relaxed);
            let removed = disk.remove(&key, Condition::Always, Cause::Removed).await.unwrap();
            assert!(matches!(removed, Removed::Gone(brief) if brief.version == stored.version));
            assert_eq!(bench.volume(&disk).await, 0);
        });
    }
}

#[test]
fn nothing_outside_of_the_prefix_is_touched() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let inside = disk(&store, Sharing::Shared).await;
        let whole = Arc::clone(&store);
        let settings = Some(Settings::unbounded());
        let beside = ObjectStoreDisk::with_store(
            "troubled://a/bc",
            whole,
            "a/bc",
            Sharing::Shared,
            OpenOptions::default(),
            settings,
        );
        let beside = beside.await.unwrap();
        bench.store(&beside, &bench.key("key"), "beside").await;
        assert_eq!(bench.body(&inside, &bench.key("key")).await, None);
        assert!(bench.survey(&disk(&store, Sharing::Shared).await, Scope::All, 10).await.is_empty());
    });
}

#[test]
fn a_prefix_that_is_no_path_is_told() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    for prefix in ["a//b", "a/../b"] {
        let settings = Some(Settings::unbounded());
        let store = Arc::clone(&store);
        let opened = ObjectStoreDisk::with_store(
            "troubled:",
            store,
            prefix,
            Sharing::Alone,
            OpenOptions::default(),
            settings,
        );
        assert_eq!(bench.block_on(opened).unwrap_err().kind(), ErrorKind::Invalid, "{prefix}");
    }
}
