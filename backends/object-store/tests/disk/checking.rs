//! What a check finds in a store, what a fix leaves, and what it asks of the store.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use larder_core::ErrorKind;
use larder_core::disk::{Checked, Disk, Finding, Fixed, Flaw, Repair, Settings};
use larder_object_store::{ObjectStoreDisk, OpenOptions, Sharing};
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use object_store::path::Path as Name;

use crate::bench::{at, bench, directory, file_of, files};
use crate::troubled::Troubled;

/// What is found: the flaw, the name, and what was done, sorted.
async fn check(disk: &ObjectStoreDisk, repair: Repair) -> (Vec<(Flaw, String, Fixed)>, Checked) {
    let mut findings: Vec<Finding> = Vec::new();
    let checked = disk.check(repair, &mut findings).await.unwrap();
    let mut told: Vec<_> =
        findings.into_iter().map(|finding| (finding.flaw, finding.at, finding.fixed)).collect();
    told.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    (told, checked)
}

/// The name of the file of an entry below `root`.
fn name(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap().to_str().unwrap().to_owned()
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
}

#[test]
fn all_damage_of_a_path_is_told_fixed_and_then_gone() {
    let (bench, directory) = (bench(), directory());
    let root = directory.path();
    bench.block_on(async {
        let disk = at(root).await;
        let keys: Vec<_> = (0..10).map(|number| bench.key(&number)).collect();
        for key in &keys {
            bench.store(&disk, key, vec![7; 10_000]).await;
        }
        assert_eq!(check(&disk, Repair::Fix).await, (vec![], Checked { entries: 10, ..Checked::default() }));
        let file = |number: usize| file_of(root, &keys[number]);
        flip(&file(0), usize::MAX);
        flip(&file(1), 5_000);
        File::options().write(true).open(file(2)).unwrap().set_len(300).unwrap();
        fs::write(file(3), "").unwrap();
        fs::copy(file(8), file(4)).unwrap();
        File::options().write(true).open(file(5)).unwrap().set_len((1 << 40) + 1).unwrap();
        flip(&file(6), 4);
        fs::write(root.join("settings.json"), "no settings").unwrap();
        let leftover = file(9).with_file_name(format!("{}#1", keys[9].digest()));
        let young = file(9).with_file_name(format!("{}#2", keys[9].digest()));
        for copy in [&leftover, &young] {
            fs::write(copy, &fs::read(file(9)).unwrap()[..10]).unwrap();
        }
        let old = SystemTime::now() - Duration::from_hours(2);
        File::options().write(true).open(&leftover).unwrap().set_modified(old).unwrap();
        fs::write(root.join("README"), "mine").unwrap();

        let named = |flaw, file: &Path, fixed| (flaw, name(root, file), fixed);
        let expected = |removed, repaired| {
            let mut all: Vec<_> = (0..6).map(|number| named(Flaw::Damaged, &file(number), removed)).collect();
            all.push(named(Flaw::Settings, &root.join("settings.json"), repaired));
            all.push(named(Flaw::Unfinished, &leftover, removed));
            all.push(named(Flaw::Newer, &file(6), Fixed::No));
            all.push(named(Flaw::Foreign, &root.join("README"), Fixed::No));
            all.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
            all
        };
        let before = files(root);
        let (told, checked) = check(&disk, Repair::Tell).await;
        assert_eq!(told, expected(Fixed::No, Fixed::No));
        assert_eq!(checked, Checked { entries: 3, ..Checked::default() });
        assert_eq!(files(root), before, "telling changes nothing");
        assert_eq!(disk.usage().await.unwrap().entries, 10);

        let (fixed, checked) = check(&disk, Repair::Fix).await;
        assert_eq!(fixed, expected(Fixed::Removed, Fixed::Repaired));
        assert_eq!(checked, Checked { entries: 3, adopted: 0, struck: 6 });

        let again = ObjectStoreDisk::at_path(root, None).await.unwrap();
        for disk in [&disk, &again] {
            let left = [
                named(Flaw::Newer, &file(6), Fixed::No),
                named(Flaw::Foreign, &root.join("README"), Fixed::No),
            ];
            assert_eq!(check(disk, Repair::Tell).await.0, left);
            assert_eq!(disk.usage().await.unwrap().entries, 4);
            bench.balanced(disk).await;
            for key in &keys[7..] {
                assert_eq!(bench.body(disk, key).await.unwrap(), vec![7; 10_000]);
            }
        }
        assert!(young.exists(), "a living writer may be at it");
        assert_eq!(fs::read_to_string(root.join("README")).unwrap(), "mine");
    });
}

#[test]
fn what_another_disk_did_on_a_shared_path_is_learnt_and_no_finding() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let (mine, other) = (at(directory.path()).await, at(directory.path()).await);
        let (gone, changed, new) = (bench.key("gone"), bench.key("changed"), bench.key("new"));
        for key in [&gone, &changed] {
            bench.store(&mine, key, "value").await;
        }
        let _ = bench.remove(&other, &gone).await;
        bench.store(&other, &changed, "a longer value").await;
        bench.store(&other, &new, "value").await;
        for repair in [Repair::Tell, Repair::Fix] {
            assert_eq!(check(&mine, repair).await.0, []);
            assert_eq!(bench.volume(&mine).await, bench.volume(&other).await);
            assert_eq!(bench.keys(&mine).await, bench.keys(&other).await);
            bench.balanced(&mine).await;
        }
    });
}

#[test]
fn on_a_store_of_ones_own_what_the_books_do_not_know_is_found_and_fixed() {
    let (bench, store) = (bench(), Arc::new(InMemory::new()));
    bench.block_on(async {
        let open = async || {
            let (store, settings) = (Arc::clone(&store), Some(Settings::unbounded()));
            ObjectStoreDisk::with_store(
                "own://a",
                store,
                "a",
                Sharing::Alone,
                OpenOptions::default(),
                settings,
            )
            .await
            .unwrap()
        };
        let disk = open().await;
        let keys: Vec<_> = (0..4).map(|number| bench.key(&number)).collect();
        for key in &keys[..3] {
            bench.store(&disk, key, "value").await;
        }
        // Somebody writes to the store all the same.
        let intruder = open().await;
        let _ = bench.remove(&intruder, &keys[0]).await;
        bench.store(&intruder, &keys[1], "a longer value").await;
        bench.store(&intruder, &keys[3], "value").await;
        let name = |number: usize| {
            let digest = keys[number].digest().to_string();
            format!("a/{}/{digest}", &digest[..2])
        };
        let expected = |repaired, removed| {
            vec![
                (Flaw::Unindexed, name(3), repaired),
                (Flaw::Missing, name(0), removed),
                (Flaw::Differing, name(1), repaired),
            ]
        };
        let before = disk.usage().await.unwrap();
        assert_eq!(check(&disk, Repair::Tell).await.0, expected(Fixed::No, Fixed::No));
        assert_eq!(disk.usage().await.unwrap(), before);
        let (fixed, checked) = check(&disk, Repair::Fix).await;
        assert_eq!(fixed, expected(Fixed::Repaired, Fixed::Removed));
        assert_eq!(checked, Checked { entries: 3, adopted: 1, struck: 1 });
        assert_eq!(check(&disk, Repair::Tell).await.0, []);
        assert_eq!(disk.usage().await.unwrap(), intruder.usage().await.unwrap());
    });
}

#[test]
fn nothing_outside_of_the_prefix_is_looked_at() {
    let (bench, store) = (bench(), Arc::new(InMemory::new()));
    bench.block_on(async {
        let (shared, settings) = (Arc::clone(&store), Some(Settings::unbounded()));
        let disk = ObjectStoreDisk::with_store(
            "own://a",
            shared,
            "a",
            Sharing::Shared,
            OpenOptions::default(),
            settings,
        )
        .await
        .unwrap();
        for name in ["elsewhere", "ab", "a/foreign"] {
            store.put(&Name::from(name), "mine".into()).await.unwrap();
        }
        let left = [(Flaw::Foreign, "a/foreign".to_owned(), Fixed::No)];
        assert_eq!(check(&disk, Repair::Fix).await.0, left);
        assert_eq!(check(&disk, Repair::Fix).await.0, left, "it is left alone");
    });
}

#[test]
fn a_check_is_one_listing_and_a_get_for_each_entry() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = at(directory.path()).await;
        for number in 0..50 {
            bench.store(&disk, &bench.key(&number), "value").await;
        }
        let before = disk.requests();
        check(&disk, Repair::Fix).await;
        let after = disk.requests();
        // The settings are the one more.
        assert_eq!((after.list - before.list, after.get - before.get), (1, 51));
        assert_eq!(after.total() - before.total(), 52);
    });
}

#[test]
fn a_deletion_that_fails_stops_a_fix_and_the_books_keep_what_is_there() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let (shared, settings) = (Arc::clone(&store), Some(Settings::unbounded()));
        let disk = ObjectStoreDisk::with_store(
            "troubled://a",
            shared,
            "a",
            Sharing::Alone,
            OpenOptions::default(),
            settings,
        )
        .await
        .unwrap();
        let key = bench.key("key");
        bench.store(&disk, &key, "value").await;
        let digest = key.digest().to_string();
        let object = Name::from(format!("a/{}/{digest}", &digest[..2]));
        store.inner.put(&object, "no frame".into()).await.unwrap();
        store.refuses_deletions.store(true, Ordering::Relaxed);
        let error = disk.check(Repair::Fix, &mut Vec::new()).await.unwrap_err();
        assert_eq!((error.kind(), error.done()), (ErrorKind::Unavailable, Some(0)), "{error}");
        assert!(error.to_string().contains("troubled://a"), "{error}");
        assert_eq!(disk.usage().await.unwrap().entries, 1);
        store.refuses_deletions.store(false, Ordering::Relaxed);
        assert_eq!(check(&disk, Repair::Fix).await.0.len(), 1);
        assert_eq!(check(&disk, Repair::Tell).await.0, []);
        assert_eq!(disk.usage().await.unwrap().entries, 0);
    });
}

#[test]
fn a_fix_that_is_dropped_at_any_point_leaves_books_that_are_right() {
    for polls in 0..60 {
        let (bench, store) = (bench(), Arc::new(Troubled::default()));
        bench.block_on(async {
            let (shared, settings) = (Arc::clone(&store), Some(Settings::unbounded()));
            let disk = ObjectStoreDisk::with_store(
                "troubled://a",
                shared,
                "a",
                Sharing::Alone,
                OpenOptions::default(),
                settings,
            )
            .await
            .unwrap();
            for number in 0..4 {
                bench.store(&disk, &bench.key(&number), "value").await;
            }
            let digest = bench.key(&1).digest().to_string();
            let object = Name::from(format!("a/{}/{digest}", &digest[..2]));
            store.inner.put(&object, "no frame".into()).await.unwrap();
            {
                let mut findings = Vec::new();
                let mut fixing = disk.check(Repair::Fix, &mut findings);
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                for _ in 0..polls {
                    if fixing.as_mut().poll(&mut context).is_ready() {
                        break;
                    }
                }
            }
            // What was begun is carried to its end, and a write of each key comes after it.
            for number in 0..4 {
                bench.store(&disk, &bench.key(&number), "value").await;
            }
            assert_eq!(check(&disk, Repair::Tell).await.0, [], "after {polls} polls");
            bench.balanced(&disk).await;
            assert_eq!(disk.usage().await.unwrap().entries, 4, "after {polls} polls");
        });
    }
}

#[test]
fn a_disk_that_is_erased_leaves_foreign_objects_and_nothing_else() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let root = directory.path();
        let (disk, other) = (at(root).await, at(root).await);
        for number in 0..5 {
            bench.store(&disk, &bench.key(&number), "value").await;
            bench.store(&other, &bench.key(&(number + 10)), "value").await;
        }
        fs::write(root.join("README"), "mine").unwrap();
        assert_eq!(disk.erase().await.unwrap(), 11);
        assert_eq!(files(root), [root.join("README")]);
        let refused = ObjectStoreDisk::at_path(root, Some(Settings::unbounded())).await.unwrap_err();
        assert!(refused.message().contains("`README` is in the way"), "{refused}");
        fs::remove_file(root.join("README")).unwrap();
        assert_eq!(at(root).await.usage().await.unwrap().entries, 0);
    });
}
