//! What a check makes of the marks that a bucket gathers: tombstones, probes, damage where a store compares.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use larder_core::disk::{Cause, Condition, Disk, Finding, Fixed, Flaw, Put, Removed, Repair, Settings};
use larder_object_store::{ObjectStoreDisk, OpenOptions, Sharing};
use object_store::ObjectStoreExt;
use object_store::path::Path as Name;

use crate::bench::bench;
use crate::troubled::Troubled;

async fn disk(store: &Arc<Troubled>) -> ObjectStoreDisk {
    let (store, settings) = (Arc::clone(store), Some(Settings::unbounded()));
    let options = OpenOptions::default();
    ObjectStoreDisk::with_store("troubled:", store, "", Sharing::Shared, options, settings).await.unwrap()
}

/// Flaws and what was done about them.
async fn check(disk: &ObjectStoreDisk, repair: Repair) -> Vec<(Flaw, Fixed)> {
    let mut findings: Vec<Finding> = Vec::new();
    disk.check(repair, &mut findings).await.unwrap();
    findings.into_iter().map(|finding| (finding.flaw, finding.fixed)).collect()
}

#[test]
fn a_tombstone_stays_while_somebody_may_need_it_and_goes_then() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store).await;
        let (gone, kept) = (bench.key("gone"), bench.key("kept"));
        let stored = bench.store(&disk, &gone, "value").await;
        bench.store(&disk, &kept, "value").await;
        let removed = disk.remove(&gone, Condition::Is(stored.version), Cause::Removed).await.unwrap();
        assert!(matches!(removed, Removed::Gone(_)));
        assert_eq!(check(&disk, Repair::Fix).await, [], "it is of this minute");
        store.lists_as_old.store(true, Ordering::Relaxed);
        assert_eq!(check(&disk, Repair::Tell).await, [(Flaw::Spent, Fixed::No)]);
        assert_eq!(check(&disk, Repair::Fix).await, [(Flaw::Spent, Fixed::Removed)]);
        assert_eq!(check(&disk, Repair::Fix).await, []);
        assert_eq!(bench.body(&disk, &gone).await, None);
        assert_eq!(bench.body(&disk, &kept).await.unwrap(), "value", "an old entry is no mark");
    });
}

#[test]
fn an_entry_in_the_place_of_an_old_tombstone_is_no_mark() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store).await;
        let key = bench.key("key");
        let stored = bench.store(&disk, &key, "value").await;
        let removed = disk.remove(&key, Condition::Is(stored.version), Cause::Removed).await.unwrap();
        assert!(matches!(removed, Removed::Gone(_)));
        let added = bench.put(&disk, &key, "new", Condition::Absent).await.unwrap();
        assert!(matches!(added, Put::Stored { .. }));
        store.lists_as_old.store(true, Ordering::Relaxed);
        assert_eq!(check(&disk, Repair::Fix).await, []);
        assert_eq!(bench.body(&disk, &key).await.unwrap(), "new");
    });
}

#[test]
fn the_object_of_a_trial_that_was_killed_goes_once_it_is_old() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store).await;
        store.inner.put(&Name::from("probe-0123456789abcdef"), "one".into()).await.unwrap();
        assert_eq!(check(&disk, Repair::Fix).await, [], "another disk may be opening");
        store.lists_as_old.store(true, Ordering::Relaxed);
        assert_eq!(check(&disk, Repair::Tell).await, [(Flaw::Unfinished, Fixed::No)]);
        assert_eq!(check(&disk, Repair::Fix).await, [(Flaw::Unfinished, Fixed::Removed)]);
        assert_eq!(check(&disk, Repair::Fix).await, []);
    });
}

#[test]
fn damage_is_replaced_by_its_stamp_where_the_store_compares() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store).await;
        let key = bench.key("key");
        let digest = key.digest().to_string();
        let name = Name::from(format!("{}/{digest}", &digest[..2]));
        store.inner.put(&name, b"\x8ALRD".to_vec().into()).await.unwrap();
        assert_eq!(check(&disk, Repair::Tell).await, [(Flaw::Damaged, Fixed::No)]);
        assert_eq!(check(&disk, Repair::Fix).await, [(Flaw::Damaged, Fixed::Removed)]);
        assert_eq!(store.inner.head(&name).await.unwrap().size, 48, "no blind deletion, a tombstone");
        assert_eq!(check(&disk, Repair::Fix).await, []);
        let added = bench.put(&disk, &key, "new", Condition::Absent).await.unwrap();
        assert!(matches!(added, Put::Stored { .. }), "{added:?}");
    });
}
