//! What an operation costs in requests.

use larder_conformance::Bench;
use larder_core::disk::{Access, Cause, Condition, Disk, Put, Settings};
use larder_object_store::{ObjectStoreDisk, Requests};

use crate::bench::{bench, directory};

const SETS: u64 = 2_000;

/// Fills the disk twice over, then counts what further sets cost.
async fn evicting_sets_make_no_further_requests(bench: &Bench, disk: ObjectStoreDisk) {
    let larder = bench.larder_on(std::sync::Arc::new(disk.clone())).await;
    let cache = bench.texts(&larder);
    let set = async |number: u64| {
        bench.pass(1);
        assert!(cache.set(&format!("key {number}"), &"value".repeat(10)).await.unwrap().is_stored());
    };
    for number in 0..1_000 {
        set(number).await;
    }
    let (before, evicted) = (disk.requests(), larder.balance().await.unwrap().evicted);
    assert!(evicted > 0, "the disk is full");
    for number in 1_000..1_000 + SETS {
        set(number).await;
    }
    let after = disk.requests();
    let evicted = larder.balance().await.unwrap().evicted - evicted;
    assert!(evicted >= SETS - 10, "the sets evicted: {evicted}");
    assert_eq!(after.put - before.put, SETS, "one PUT a set");
    assert_eq!(after.delete - before.delete, evicted, "one deletion a victim");
    let further = (after.total() - before.total()) - SETS - evicted;
    assert!(further * 100 <= SETS, "{further} further requests in {SETS} sets: {before:?} {after:?}");
}

#[test]
fn evicting_sets_in_memory_make_no_further_requests() {
    for policy in ["lrs", "lru", "lfu"] {
        let bench = bench();
        let disk = ObjectStoreDisk::memory(Settings::limited(200_000).policy(policy));
        bench.block_on(evicting_sets_make_no_further_requests(&bench, disk));
    }
}

#[test]
fn evicting_sets_on_a_path_make_no_further_requests() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let settings = Settings::limited(200_000).policy("lru");
        let disk = ObjectStoreDisk::at_path(directory.path(), Some(settings)).await.unwrap();
        evicting_sets_make_no_further_requests(&bench, disk).await;
    });
}

#[test]
fn opening_lists_once_and_reads_no_entry() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let settings = Settings::unbounded();
        let disk = ObjectStoreDisk::at_path(directory.path(), Some(settings)).await.unwrap();
        assert_eq!(disk.requests(), Requests { get: 1, put: 1, list: 1, ..Requests::default() });
        for number in 0..100 {
            bench.store(&disk, &bench.key(&number), "value").await;
        }
        let again = ObjectStoreDisk::at_path(directory.path(), None).await.unwrap();
        assert_eq!(again.usage().await.unwrap(), disk.usage().await.unwrap());
        assert_eq!(again.requests(), Requests { get: 1, list: 1, ..Requests::default() });
        let same = ObjectStoreDisk::at_path(directory.path(), Some(Settings::unbounded())).await.unwrap();
        assert_eq!(same.requests(), again.requests());
    });
}

#[test]
fn each_operation_on_a_path_is_one_request() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = crate::bench::at(directory.path()).await;
        let key = bench.key("key");
        let mut last = disk.requests();
        let mut made = |disk: &ObjectStoreDisk| {
            let now = disk.requests();
            let made = Requests {
                get: now.get - last.get,
                head: now.head - last.head,
                put: now.put - last.put,
                list: now.list - last.list,
                delete: now.delete - last.delete,
            };
            last = now;
            made
        };
        let none = Requests::default();
        let added = bench.put(&disk, &key, "value", Condition::Absent).await.unwrap();
        assert!(matches!(added, Put::Stored { .. }));
        assert_eq!(made(&disk), Requests { put: 1, ..none }, "an add");
        bench.store(&disk, &key, "other").await;
        assert_eq!(made(&disk), Requests { put: 1, ..none }, "a set");
        disk.get(&key, Access::Peek).await.unwrap().unwrap();
        assert_eq!(made(&disk), Requests { get: 1, ..none }, "a get");
        disk.peek(&key).await.unwrap().unwrap();
        assert_eq!(made(&disk), Requests { head: 1, ..none }, "a peek");
        let _ = disk.remove(&key, Condition::Always, Cause::Removed).await.unwrap();
        assert_eq!(made(&disk), Requests { delete: 1, ..none }, "a removal");
        assert!(disk.get(&key, Access::Peek).await.unwrap().is_none());
        assert_eq!(made(&disk), Requests { get: 1, ..none }, "a miss");
    });
}
