//! A place that is not larder's is refused, and nothing that larder did not write is ever overwritten or removed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder_core::ErrorKind;
use larder_core::disk::{Brief, Cause, Condition, Disk, Fate, Finding, Flaw, Repair, Scope, Settings};
use larder_object_store::{ObjectStoreDisk, OpenOptions, Sharing};
use object_store::memory::InMemory;
use object_store::path::Path as Name;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::bench::{at, bench, directory, file_of, files};

/// A name as entries have, of the layout that other programs use too.
const LIKE_AN_ENTRY: &str = "ab/ab00000000000000000000000000000000000000000000000000000000000000";

const LIMIT: u64 = 1 << 20;

/// The content and the inode of all files below `path`.
fn contents(path: &Path) -> BTreeMap<PathBuf, (u64, Vec<u8>)> {
    let inode = |file: &Path| std::os::unix::fs::MetadataExt::ino(&file.metadata().unwrap());
    files(path).into_iter().map(|file| (file.clone(), (inode(&file), fs::read(&file).unwrap()))).collect()
}

async fn open(path: &Path) -> larder_core::Result<ObjectStoreDisk> {
    ObjectStoreDisk::at_path(path, Some(Settings::limited(LIMIT))).await
}

async fn in_memory(store: &Arc<InMemory>) -> larder_core::Result<ObjectStoreDisk> {
    let (store, settings) = (Arc::clone(store), Some(Settings::limited(LIMIT)));
    ObjectStoreDisk::with_store("mine://a", store, "a", Sharing::Shared, OpenOptions::default(), settings)
        .await
}

#[test]
fn a_directory_of_another_program_is_refused_and_left() {
    let bench = bench();
    for names in [
        &["index", "HEAD", "objects/ab/cd"][..],
        &["README"],
        &[".hidden"],
        &["notes#1"],
        &["lost+found"],
        &[LIKE_AN_ENTRY],
        &["probe-1"],
        &["deep/down/file"],
    ] {
        let directory = directory();
        for name in names {
            let file = directory.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "mine").unwrap();
        }
        let before = contents(directory.path());
        let error = bench.block_on(open(directory.path())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
        let top = |name: &&str| {
            let top = if *name == LIKE_AN_ENTRY { *name } else { name.split('/').next().unwrap() };
            error.message().contains(&format!("`{top}`"))
        };
        assert!(names.iter().all(top), "{error}");
        assert_eq!(contents(directory.path()), before);
        let left = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(left, names.len(), "nothing was made");
    }
}

#[test]
fn settings_of_another_program_are_never_replaced() {
    let bench = bench();
    for content in [r#"{"editor.fontSize": 12}"#, r#"{"version": 1}"#, "[]", "", "{", "key = value", "\0\0"] {
        let directory = directory();
        let file = directory.path().join("settings.json");
        fs::write(&file, content).unwrap();
        let error = bench.block_on(open(directory.path())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{content}: {error:?}");
        assert!(error.message().contains("`settings.json`"), "{content}: {error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
    // Nor by a fix, once they stand in the place of larder's.
    let directory = directory();
    let file = directory.path().join("settings.json");
    bench.block_on(async {
        let disk = open(directory.path()).await.unwrap();
        fs::write(&file, r#"{"editor.fontSize": 12}"#).unwrap();
        let mut findings: Vec<Finding> = Vec::new();
        disk.check(Repair::Fix, &mut findings).await.unwrap();
        assert_eq!(findings[0].flaw, Flaw::Settings);
        disk.erase().await.unwrap();
    });
    assert_eq!(fs::read_to_string(&file).unwrap(), r#"{"editor.fontSize": 12}"#);
}

#[test]
fn a_prefix_of_another_program_is_refused_and_left() {
    let bench = bench();
    bench.block_on(async {
        for name in ["a/index", "a/b/c", &format!("a/{LIKE_AN_ENTRY}"), "a/settings.json/x"] {
            let store = Arc::new(InMemory::new());
            store.put(&Name::from(name), "mine".into()).await.unwrap();
            let error = in_memory(&store).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
            assert!(error.message().contains(&format!("`{name}`")), "{error}");
            let listed: Vec<_> = futures_util::TryStreamExt::try_collect(store.list(None)).await.unwrap();
            assert_eq!(listed.len(), 1, "nothing was made");
        }
        // Beside the prefix, anything may be.
        let store = Arc::new(InMemory::new());
        for name in ["index", "ab/c", "aa"] {
            store.put(&Name::from(name), "mine".into()).await.unwrap();
        }
        // A "folder" of a store's console, and what a killed opening left.
        store.put(&Name::from("a"), "".into()).await.unwrap();
        store.put(&Name::from("a/probe-0123456789abcdef"), "one".into()).await.unwrap();
        in_memory(&store).await.unwrap();
    });
}

#[test]
fn what_can_hold_no_data_is_not_in_the_way_and_is_reported() {
    let (bench, directory) = (bench(), directory());
    let path = directory.path();
    let lay = || {
        symlink("loop", path.join("loop")).unwrap();
        symlink("nowhere", path.join("dangling")).unwrap();
        fs::create_dir(path.join("lost+found")).unwrap();
        fs::set_permissions(path.join("lost+found"), fs::Permissions::from_mode(0o0)).unwrap();
        std::os::unix::net::UnixListener::bind(path.join("socket")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path.join("fifo"), rustix::fs::Mode::RWXU).unwrap();
    };
    lay();
    // Also where entries are.
    bench.block_on(async {
        let disk = at(path).await;
        let key = bench.key("key");
        bench.store(&disk, &key, "value").await;
        let shard = file_of(path, &key).parent().unwrap().to_owned();
        symlink("loop", shard.join("loop")).unwrap();
        symlink("00", path.join("00")).unwrap();
        let digest = key.digest().to_string();
        let like = shard.join(format!("{}{}", &digest[..2], "0".repeat(62)));
        symlink("nowhere", &like).unwrap();
        let again = at(path).await;
        assert_eq!(bench.keys(&again).await, std::slice::from_ref(&key));
        let mut findings: Vec<Finding> = Vec::new();
        again.check(Repair::Fix, &mut findings).await.unwrap();
        let mut names: Vec<_> = findings.into_iter().map(|finding| (finding.flaw, finding.at)).collect();
        names.sort_by(|one, other| one.1.cmp(&other.1));
        let like = like.file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected = ["00", "dangling", "fifo", "loop", "loop", "lost+found", "socket", &like];
        expected.sort_unstable();
        assert_eq!(names, expected.map(|name| (Flaw::Foreign, name.to_owned())));
        assert_eq!(bench.body(&again, &key).await.unwrap(), "value");
    });
    for name in ["loop", "dangling", "lost+found", "socket", "fifo", "00"] {
        assert!(path.join(name).symlink_metadata().is_ok(), "{name} stays");
    }
}

#[test]
fn foreign_objects_with_names_of_entries_survive_everything() {
    let (bench, directory) = (bench(), directory());
    let path = directory.path();
    bench.block_on(async {
        let disk = at(path).await;
        for number in 0..3 {
            bench.store(&disk, &bench.key(&number), vec![1; 1_000]).await;
        }
        let foreign = path.join(LIKE_AN_ENTRY);
        fs::create_dir_all(foreign.parent().unwrap()).unwrap();
        fs::write(&foreign, vec![b'x'; 100_000]).unwrap();
        let kept = |what: &str| assert_eq!(fs::read(&foreign).unwrap(), vec![b'x'; 100_000], "{what}");

        let mut findings: Vec<Finding> = Vec::new();
        disk.check(Repair::Fix, &mut findings).await.unwrap();
        assert_eq!(findings.iter().map(|found| found.flaw).collect::<Vec<_>>(), [Flaw::Foreign]);
        kept("a fix");

        // Known from a listing, it is chosen for eviction first, and only leaves the index.
        let again = at(path).await;
        assert_eq!(again.usage().await.unwrap().entries, 4);
        let victims: Vec<_> = bench.survey(&again, Scope::All, 10).await.iter().map(Brief::victim).collect();
        assert_eq!(again.evict(&victims, Cause::Evicted).await.unwrap(), [Fate::Gone; 4]);
        assert_eq!(again.usage().await.unwrap().entries, 0);
        kept("an eviction");

        let larder = bench.larder_on(Arc::new(at(path).await)).await;
        bench.texts(&larder).clear().await.unwrap();
        kept("a clear");
        let small = Settings { max_entries: Some(1), ..Settings::limited(30_000) };
        let larder =
            bench.larder_on(Arc::new(ObjectStoreDisk::at_path(path, Some(small)).await.unwrap())).await;
        let set = bench.texts(&larder).set("new", &"value".to_owned()).await.unwrap();
        assert!(set.is_stored(), "{set:?}");
        kept("the limits");
        at(path).await.erase().await.unwrap();
        kept("erasing");
    });
}

#[test]
fn entries_whose_settings_were_lost_prove_that_the_place_is_larders() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let key = bench.key("key");
        bench.store(&at(directory.path()).await, &key, "value").await;
        fs::remove_file(directory.path().join("settings.json")).unwrap();
        fs::write(directory.path().join("README"), "mine").unwrap();
        let error = ObjectStoreDisk::at_path(directory.path(), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let disk = open(directory.path()).await.unwrap();
        assert_eq!(bench.body(&disk, &key).await.unwrap(), "value");
    });
}

#[test]
fn openers_of_a_new_place_at_the_same_time_agree() {
    let directory = directory();
    let disks: Vec<_> = std::thread::scope(|scope| {
        let open = |number: u64| {
            let path = directory.path();
            scope.spawn(move || {
                let settings = Settings::limited(LIMIT + number);
                pollster::block_on(async {
                    let disk = ObjectStoreDisk::at_path(path, Some(settings)).await.unwrap();
                    let bench = bench();
                    bench.store(&disk, &bench.key(&number), "value").await;
                    disk
                })
            })
        };
        let threads: Vec<_> = (0..8).map(open).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(disks.len(), 8);
    let again = pollster::block_on(ObjectStoreDisk::at_path(directory.path(), None)).unwrap();
    assert_eq!(pollster::block_on(again.usage()).unwrap().entries, 8);
}

#[test]
fn a_directory_that_was_moved_is_followed_and_its_successor_left() {
    let (bench, directory) = (bench(), directory());
    let (path, moved) = (directory.path().join("store"), directory.path().join("moved"));
    bench.block_on(async {
        let first = at(&path).await;
        bench.store(&first, &bench.key("before"), "first").await;
        fs::rename(&path, &moved).unwrap();
        let second = at(&path).await;
        bench.store(&second, &bench.key("before"), "second").await;
        let before = contents(&path);
        bench.store(&first, &bench.key("after"), "first").await;
        let _ = bench.remove(&first, &bench.key("before")).await;
        let mut findings: Vec<Finding> = Vec::new();
        first.check(Repair::Fix, &mut findings).await.unwrap();
        assert_eq!(findings, []);
        assert_eq!(contents(&path), before);
        assert_eq!(bench.keys(&at(&moved).await).await, [bench.key("after")]);
    });
}

#[test]
fn a_write_into_a_directory_that_was_removed_fails() {
    let (bench, directory) = (bench(), directory());
    let path = directory.path().join("store");
    bench.block_on(async {
        let disk = at(&path).await;
        bench.store(&disk, &bench.key("key"), "value").await;
        fs::remove_dir_all(&path).unwrap();
        let put = bench.put(&disk, &bench.key("new"), "value", Condition::Always).await;
        bench.fails(put, ErrorKind::Unavailable, "a write into nowhere");
        assert!(!path.exists());
        assert_eq!(bench.body(&disk, &bench.key("key")).await, None);
    });
}
