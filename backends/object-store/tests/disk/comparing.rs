//! A store that compares: conditions hold against other disks, and what they cost.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use larder_core::disk::{Access, Cause, Condition, Disk, Put, Removed, Revised, Revision, Settings};
use larder_core::entry::Version;
use larder_core::key::Key;
use larder_object_store::{ObjectStoreDisk, OpenOptions, Requests, Sharing};
use object_store::{ObjectStore, ObjectStoreExt};

use crate::bench::bench;
use crate::troubled::Troubled;

async fn disk(store: &Arc<Troubled>) -> ObjectStoreDisk {
    let (store, settings) = (Arc::clone(store), Some(Settings::unbounded()));
    let options = OpenOptions::default();
    ObjectStoreDisk::with_store("troubled:", store, "", Sharing::Shared, options, settings).await.unwrap()
}

/// Requests since the last call.
fn made(disk: &ObjectStoreDisk, last: &mut Requests) -> (u64, u64, u64, u64) {
    let now = disk.requests();
    let made = (now.get - last.get, now.head - last.head, now.put - last.put, now.delete - last.delete);
    *last = now;
    made
}

fn object(key: &Key) -> object_store::path::Path {
    let name = key.digest().to_string();
    object_store::path::Path::from(format!("{}/{name}", &name[..2]))
}

#[test]
fn a_write_over_what_was_read_or_written_costs_no_further_request() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store).await;
        let key = bench.key("key");
        let mut last = disk.requests();
        let first = bench.store(&disk, &key, "one").await;
        assert_eq!(made(&disk, &mut last), (0, 0, 1, 0), "a set");
        let second = bench.put(&disk, &key, "two", Condition::Is(first.version)).await.unwrap();
        let (second, _) = bench.stored(second);
        assert_eq!(made(&disk, &mut last), (0, 0, 1, 0), "a swap after a write");
        disk.get(&key, Access::Peek).await.unwrap().unwrap();
        let third = bench.put(&disk, &key, "three", Condition::Is(second.version)).await.unwrap();
        assert!(matches!(third, Put::Stored { .. }), "{third:?}");
        assert_eq!(made(&disk, &mut last), (1, 0, 1, 0), "a swap after a read");
        let (fourth, _) = bench.stored(third);
        let removed = disk.remove(&key, Condition::Is(fourth.version), Cause::Removed).await.unwrap();
        assert!(matches!(removed, Removed::Gone(brief) if brief.version == fourth.version));
        assert_eq!(made(&disk, &mut last), (0, 0, 1, 0), "a removal after a write is a tombstone");
        let added = bench.put(&disk, &bench.key("other"), "x", Condition::Absent).await.unwrap();
        assert!(matches!(added, Put::Stored { .. }));
        assert_eq!(made(&disk, &mut last), (0, 0, 1, 0), "an add");
    });
}

#[test]
fn what_another_disk_wrote_in_between_is_kept_and_told() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let (mine, other) = (disk(&store).await, disk(&store).await);
        let key = bench.key("key");
        let first = bench.store(&mine, &key, "mine").await;
        let theirs = bench.store(&other, &key, "theirs").await;
        let swapped = bench.put(&mine, &key, "again", Condition::Is(first.version)).await.unwrap();
        assert_eq!(swapped, Put::Conflict(Some(theirs.version)));
        let removed = mine.remove(&key, Condition::Is(first.version), Cause::Removed).await.unwrap();
        assert_eq!(removed, Removed::Conflict(theirs.version));
        let revision = Revision { version: Version::from_bits(9), expires: None };
        let touched = mine.revise(&key, first.version, revision).await.unwrap();
        assert_eq!(touched, Revised::Conflict(Some(theirs.version)));
        assert_eq!(bench.body(&mine, &key).await.unwrap(), "theirs");
        let touched = mine.revise(&key, theirs.version, revision).await.unwrap();
        assert!(matches!(touched, Revised::Done(brief) if brief.version == revision.version), "{touched:?}");
        assert_eq!(bench.body(&other, &key).await.unwrap(), "theirs");
        bench.balanced(&mine).await;
    });
}

#[test]
fn a_tombstone_is_no_entry_for_anybody_and_makes_way_for_one() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let (mine, other) = (disk(&store).await, disk(&store).await);
        let key = bench.key("key");
        let stored = bench.store(&mine, &key, "value").await;
        bench.body(&other, &key).await.unwrap();
        let removed = mine.remove(&key, Condition::Is(stored.version), Cause::Removed).await.unwrap();
        assert!(matches!(removed, Removed::Gone(_)));
        assert_eq!(store.head(&object(&key)).await.unwrap().size, 48, "a tombstone lies there");
        for disk in [&mine, &other] {
            assert_eq!(bench.body(disk, &key).await, None);
            assert!(disk.peek(&key).await.unwrap().is_none());
            assert_eq!(bench.volume(disk).await, 0, "it counts for nothing");
            let removed = disk.remove(&key, Condition::Always, Cause::Removed).await.unwrap();
            assert_eq!(removed, Removed::Nothing);
            let removed = disk.remove(&key, Condition::Is(stored.version), Cause::Removed).await.unwrap();
            assert_eq!(removed, Removed::Nothing, "nobody removes it twice");
        }
        assert_eq!(disk(&store).await.usage().await.unwrap().entries, 0, "a listing knows it");
        let added = bench.put(&other, &key, "new", Condition::Absent).await.unwrap();
        assert!(matches!(added, Put::Stored { .. }), "{added:?}");
        assert_eq!(bench.body(&mine, &key).await.unwrap(), "new");
        let again = bench.put(&mine, &key, "newer", Condition::Absent).await.unwrap();
        assert!(matches!(again, Put::Conflict(Some(_))), "{again:?}");
    });
}

#[test]
fn of_two_that_remove_one_version_one_gets_it() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let (mine, other) = (disk(&store).await, disk(&store).await);
        for number in 0..50 {
            let key = bench.key(&number);
            let stored = bench.store(&mine, &key, "value").await;
            bench.body(&other, &key).await.unwrap();
            let remove = |disk: ObjectStoreDisk| {
                let key = key.clone();
                async move { disk.remove(&key, Condition::Is(stored.version), Cause::Removed).await.unwrap() }
            };
            let both = futures_util::future::join(remove(mine.clone()), remove(other.clone())).await;
            let gone = [both.0, both.1].into_iter().filter(|removed| matches!(removed, Removed::Gone(_)));
            assert_eq!(gone.count(), 1, "{both:?}");
        }
    });
}

#[test]
fn a_conditional_write_whose_answer_is_lost_is_known_by_what_is_there() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store).await;
        let key = bench.key("key");
        let first = bench.store(&disk, &key, "one").await;
        store.loses_answers.store(true, Ordering::Relaxed);
        let swapped = bench.put(&disk, &key, "two", Condition::Is(first.version)).await.unwrap();
        let (second, _) = bench.stored(swapped);
        assert_eq!(bench.body(&disk, &key).await.unwrap(), "two");
        let removed = disk.remove(&key, Condition::Is(second.version), Cause::Removed).await.unwrap();
        assert!(matches!(removed, Removed::Gone(brief) if brief.version == second.version), "{removed:?}");
        assert_eq!(bench.body(&disk, &key).await, None);
        bench.balanced(&disk).await;
    });
}

#[test]
fn an_object_that_is_no_frame_is_replaced_by_whoever_asks() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store).await;
        let key = bench.key("key");
        store.inner.put(&object(&key), "no frame".into()).await.unwrap();
        let got = disk.get(&key, Access::Peek).await;
        bench.fails(got, larder_core::ErrorKind::Corrupt, "what is no frame");
        let removed = disk.remove(&key, Condition::Always, Cause::Superseded).await.unwrap();
        assert_eq!(removed, Removed::Nothing, "nothing that could be read was there");
        assert_eq!(bench.body(&disk, &key).await, None);
        let _ = store.list(None);
    });
}
